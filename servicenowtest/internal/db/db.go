package db

import (
	"encoding/hex"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Errors of reading and writing. Hooks abort a write with errors of their own, which are passed through.
var (
	ErrNoTable  = errors.New("no such table")
	ErrNotFound = errors.New("no such record")
	ErrUnique   = errors.New("duplicate key")
)

// Options configure a [DB].
type Options struct {
	Now  func() time.Time // the instance's clock; nil means time.Now
	Seed uint64           // the sys_ids made are the same for the same seed
}

// DB is the data of one instance. It is safe for concurrent use.
type DB struct {
	now    func() time.Time
	schema *Schema

	mu      sync.RWMutex
	stores  map[string]*store // by base table
	numbers map[string]int
	rnd     *rand.ChaCha8
	hooks   []func(Write) error

	queryHooks []func(Session, string) string
}

// store holds the rows of one class hierarchy, in the order they were inserted.
type store struct {
	pos   map[string]int // sys_id to place in rows
	rows  []Row          // the zero Row where one was deleted
	holes int
	index map[string]map[string][]string // column to value to sys_ids, for the columns of indexed
}

// indexed columns are looked up by value all day long: a scan of the table each time would be slow, no more.
var indexed = map[string]bool{
	"element_id": true, "documentkey": true, "table_sys_id": true, "user": true, "number": true, "name": true,
	"user_name": true, "correlation_id": true, "collection": true, "client_id": true, "sys_attachment": true,
	"request_item": true, "account": true, "contact": true, "source_record": true,
}

// New makes an instance's database with the stock schema and no rows but those that describe the schema.
func New(o Options) *DB {
	if o.Now == nil {
		o.Now = time.Now
	}
	var seed [32]byte
	copy(seed[:], fmt.Sprintf("%032x", o.Seed))
	d := &DB{now: o.Now, schema: stockSchema(), stores: map[string]*store{},
		numbers: map[string]int{}, rnd: rand.NewChaCha8(seed)}
	d.describeSchema()
	return d
}

// Schema is the class hierarchy and dictionary.
func (d *DB) Schema() *Schema { return d.schema }

// Now is the instance's time, in UTC, to the second.
func (d *DB) Now() time.Time { return d.now().UTC().Truncate(time.Second) }

// NewID makes a sys_id.
func (d *DB) NewID() string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.newID()
}

func (d *DB) newID() string {
	var b [16]byte
	_, _ = d.rnd.Read(b[:])
	return hex.EncodeToString(b[:])
}

// Get reads one record through table: a record of a class that is not below table is not found.
func (d *DB) Get(table, sysID string) (Row, bool) {
	t, ok := d.schema.Table(table)
	if !ok {
		return Row{}, false
	}
	d.mu.RLock()
	defer d.mu.RUnlock()
	r, ok := d.lookup(t.base, sysID)
	if !ok || !d.schema.IsA(r.Class(), table) {
		return Row{}, false
	}
	return r, true
}

func (d *DB) lookup(base, sysID string) (Row, bool) {
	s := d.stores[base]
	if s == nil {
		return Row{}, false
	}
	i, ok := s.pos[sysID]
	if !ok {
		return Row{}, false
	}
	return s.rows[i], true
}

// Find gives the rows of table, and of the classes below it, that have value in column.
func (d *DB) Find(table, column, value string) []Row {
	t, ok := d.schema.Table(table)
	if !ok {
		return nil
	}
	d.mu.RLock()
	defer d.mu.RUnlock()
	var out []Row
	for _, r := range d.candidates(t.base, column, value) {
		if !r.IsZero() && r.Get(column) == value && d.schema.IsA(r.Class(), table) {
			out = append(out, r)
		}
	}
	return out
}

func (d *DB) candidates(base, column, value string) []Row {
	s := d.stores[base]
	if s == nil {
		return nil
	}
	if !indexed[column] {
		return s.rows
	}
	ids := s.index[column][value]
	out := make([]Row, 0, len(ids))
	for _, id := range ids {
		out = append(out, s.rows[s.pos[id]])
	}
	return out
}

// All gives the rows of table and of the classes below it, in the order they were inserted.
func (d *DB) All(table string) []Row {
	t, ok := d.schema.Table(table)
	if !ok {
		return nil
	}
	classes := d.classSet(table)
	d.mu.RLock()
	defer d.mu.RUnlock()
	s := d.stores[t.base]
	if s == nil {
		return nil
	}
	out := make([]Row, 0, len(s.rows))
	for _, r := range s.rows {
		if r.table != nil && classes[r.table.Name] {
			out = append(out, r)
		}
	}
	return out
}

func (d *DB) classSet(table string) map[string]bool {
	set := map[string]bool{}
	for _, n := range d.schema.Descendants(table) {
		set[n] = true
	}
	return set
}

// put stores a new version of a row. The caller holds the lock.
func (d *DB) put(r Row) {
	s := d.stores[r.table.base]
	if s == nil {
		s = &store{pos: map[string]int{}, index: map[string]map[string][]string{}}
		d.stores[r.table.base] = s
	}
	id := r.SysID()
	if i, ok := s.pos[id]; ok {
		s.reindex(s.rows[i], r)
		s.rows[i] = r
		return
	}
	s.reindex(Row{}, r)
	s.pos[id] = len(s.rows)
	s.rows = append(s.rows, r)
}

// remove takes a row out. The caller holds the lock.
func (d *DB) remove(r Row) {
	s := d.stores[r.table.base]
	s.reindex(r, Row{})
	s.rows[s.pos[r.SysID()]] = Row{}
	delete(s.pos, r.SysID())
	if s.holes++; s.holes > 1000 && s.holes > len(s.rows)/2 {
		s.compact()
	}
}

func (s *store) compact() {
	s.rows = slices.DeleteFunc(slices.Clone(s.rows), Row.IsZero)
	s.holes = 0
	for i, r := range s.rows {
		s.pos[r.SysID()] = i
	}
}

func (s *store) reindex(before, after Row) {
	for col := range indexed {
		old, now := before.Get(col), after.Get(col)
		if old == now {
			continue
		}
		if s.index[col] == nil {
			s.index[col] = map[string][]string{}
		}
		if old != "" {
			id := before.SysID()
			s.index[col][old] = slices.DeleteFunc(s.index[col][old], func(o string) bool { return o == id })
		}
		if now != "" {
			s.index[col][now] = append(s.index[col][now], after.SysID())
		}
	}
}

// nextNumber gives the next number of a class. The caller holds the lock.
func (d *DB) nextNumber(t *Table) string {
	d.numbers[t.NumberPrefix]++
	return t.NumberPrefix + fmt.Sprintf("%07d", 10000+d.numbers[t.NumberPrefix])
}

// noteNumber keeps auto-numbering ahead of a number that was given. The caller holds the lock.
func (d *DB) noteNumber(t *Table, number string) {
	n, err := strconv.Atoi(strings.TrimPrefix(number, t.NumberPrefix))
	if err == nil && n < 1e9 && n-10000 > d.numbers[t.NumberPrefix] {
		d.numbers[t.NumberPrefix] = n - 10000
	}
}
