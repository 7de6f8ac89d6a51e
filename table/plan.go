package table

import (
	"encoding"
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"sync"

	"github.com/seed-a66f7fd3/servicenow/internal/rows"
)

// plan is how a type takes rows: worked out once for each type, then only looked up.
type plan struct {
	columns []string // in the order of the fields
	places  map[string]place
	extra   []int // the field of type Extra, or nil
	record  bool  // T is Record
	row     reflect.Type
}

// place is a field of a struct.
type place struct {
	column  string
	index   []int
	isCell  bool
	journal bool
	omit    bool // omitempty or omitzero
}

var plans sync.Map // reflect.Type -> *plan or error

var (
	cellType    = reflect.TypeFor[interface{ cell() *core }]()
	journalType = reflect.TypeFor[Journal]()
	extraType   = reflect.TypeFor[Extra]()
	recordType  = reflect.TypeFor[Record]()
	writeType   = reflect.TypeFor[Write]()
)

var recordPlan = &plan{record: true, row: recordType}

func planOf[T any]() (*plan, error) { return planFor(reflect.TypeFor[T]()) }

func planFor(t reflect.Type) (*plan, error) {
	known, ok := plans.Load(t)
	if !ok {
		made, err := newPlan(t)
		if err != nil {
			return nil, err
		}
		known, _ = plans.LoadOrStore(t, made)
	}
	return known.(*plan), nil
}

func newPlan(t reflect.Type) (*plan, error) {
	if t == recordType {
		return recordPlan, nil
	}
	if t.Kind() != reflect.Struct {
		return nil, fmt.Errorf("rows cannot be read as %s: it is neither a struct nor table.Record", t)
	}
	p := &plan{places: map[string]place{}, row: t}
	p.addFields(t, nil)
	return p, nil
}

// addFields walks a struct as encoding/json does: an outer field wins over one of the same name further in.
func (p *plan) addFields(t reflect.Type, index []int) {
	var embedded []reflect.StructField
	for f := range t.Fields() {
		at := append(index[:len(index):len(index)], f.Index...)
		name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
		switch {
		case f.Type == extraType && f.IsExported():
			if p.extra == nil {
				p.extra = at
			}
		case f.Type == writeType || name == "-":
		case f.Anonymous && name == "" && f.Type.Kind() == reflect.Struct:
			f.Index = at
			embedded = append(embedded, f)
		case f.IsExported():
			if name == "" {
				name = f.Name
			}
			p.add(f, place{column: name, index: at, omit: strings.Contains(options, "omit")})
		}
	}
	for _, f := range embedded {
		p.addFields(f.Type, f.Index)
	}
}

func (p *plan) add(f reflect.StructField, at place) {
	if _, taken := p.places[at.column]; taken {
		return
	}
	at.isCell = reflect.PointerTo(f.Type).Implements(cellType)
	at.journal = f.Type == journalType
	p.places[at.column] = at
	p.columns = append(p.columns, at.column)
}

// fill puts the values of a row into the struct (or Record) that out points at, and yields its sys_id.
func (p *plan) fill(out any, row []rows.Field) (id string, err error) {
	f := filler{plan: p}
	return f.fill(out, row)
}

// filler fills the rows of one answer. They have the same columns in the same order, so that the place of each is
// looked up once.
type filler struct {
	plan  *plan
	slots []slot
}

type slot struct {
	name string
	at   place
	what slotKind
}

type slotKind uint8

const (
	slotNone slotKind = iota
	slotCell
	slotPlain
	slotExtra
)

func (f *filler) slot(i int, name string) *slot {
	if i < len(f.slots) && f.slots[i].name == name {
		return &f.slots[i]
	}
	s := slot{name: name}
	at, known := f.plan.places[name]
	switch {
	case known && at.isCell:
		s.at, s.what = at, slotCell
	case known:
		s.at, s.what = at, slotPlain
	case f.plan.extra != nil:
		s.what = slotExtra
	}
	f.slots = append(f.slots[:i], s)
	return &f.slots[i]
}

func (f *filler) fill(out any, row []rows.Field) (id string, err error) {
	if box, ok := out.(*any); ok {
		return f.fillBox(box, row)
	}
	if f.plan.record {
		return out.(*Record).fill(row), nil
	}
	v := reflect.ValueOf(out).Elem()
	for i := range row {
		column := &row[i]
		if column.Name == sysID {
			id = received(column.Value).String()
		}
		switch s := f.slot(i, column.Name); s.what {
		case slotCell:
			cellIn(v.FieldByIndex(s.at.index).Addr().Interface()).take(&column.Value)
		case slotPlain:
			if column.Form&isNull != 0 && f.plan.extra != nil {
				f.plan.keep(v, column) // a field that is no cell cannot tell null from nothing
			}
			if err := setPlain(v.FieldByIndex(s.at.index), received(column.Value)); err != nil {
				return id, fmt.Errorf("column %s: %w", column.Name, err)
			}
		case slotExtra:
			f.plan.keep(v, column)
		}
	}
	return id, nil
}

// fillBox puts a pointer to a new row into box. A Record shares its names with the one that was in the box before.
func (f *filler) fillBox(box *any, row []rows.Field) (id string, err error) {
	made := reflect.New(f.plan.row).Interface()
	if next, ok := made.(*Record); ok {
		if before, ok := (*box).(*Record); ok {
			next.names = before.names
		}
	}
	*box = made
	return f.fill(made, row)
}

// cellIn is the inside of the cell that p points at. The types are named because asking for one is faster than asking
// for an interface, and this is done for every value.
func cellIn(p any) *core {
	switch c := p.(type) {
	case *Text:
		return &c.core
	case *Ref:
		return &c.core
	case *Choice:
		return &c.core
	case *Time:
		return &c.core
	case *Int:
		return &c.core
	case *Bool:
		return &c.core
	}
	return p.(interface{ cell() *core }).cell()
}

func (p *plan) keep(v reflect.Value, f *rows.Field) {
	extra := v.FieldByIndex(p.extra).Addr().Interface().(*Extra)
	if *extra == nil {
		*extra = Extra{}
	}
	(*extra)[f.Name] = Value{received(f.Value)}
}

// setPlain fills a field of a host's own struct that is no cell.
func setPlain(field reflect.Value, c core) error {
	if c.form&isNull != 0 {
		field.SetZero()
		return nil
	}
	if field.Kind() == reflect.Pointer {
		field.Set(reflect.New(field.Type().Elem()))
		field = field.Elem()
	}
	if u, ok := field.Addr().Interface().(json.Unmarshaler); ok {
		text, err := c.appendRow(nil)
		if err != nil {
			return err
		}
		return u.UnmarshalJSON(text)
	}
	if u, ok := field.Addr().Interface().(encoding.TextUnmarshaler); ok {
		return u.UnmarshalText([]byte(c.String()))
	}
	if field.Kind() == reflect.String {
		field.SetString(c.String())
		return nil
	}
	if c.String() == "" {
		field.SetZero()
		return nil
	}
	switch field.Kind() {
	case reflect.Bool, reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64, reflect.Uint,
		reflect.Uint8,
		reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Float32, reflect.Float64:
		return json.Unmarshal([]byte(c.String()), field.Addr().Interface())
	}
	text, err := c.appendRow(nil)
	if err != nil {
		return err
	}
	return json.Unmarshal(text, field.Addr().Interface())
}
