package rules

import (
	"maps"
	"slices"
	"strings"

	"github.com/seed-a66f7fd3/servicenow/servicenowtest/internal/db"
)

// record is what a GlideRecord handle stands for: a record of the write that fired the rule (inRule), or a query.
type record struct {
	tx       *Tx
	table    string
	row      db.Row    // as stored; zero for a new record
	previous db.Row    // the state before the write, of current
	draft    *db.Draft // of current in a before rule: assignments go there
	journal  map[string]string
	op       db.Op
	inRule   bool
	set      map[string]string // assignments not written yet
	guid     string

	conditions []string
	orders     []string
	from, size int
	found      []db.Row
	at         int // rows consumed
	saved      int // a place that saveLocation remembers

	workflow, autoSys bool
	force             bool // setForceUpdate: write even where nothing changed
	aborted           bool
	lastError         string
}

// get reads a stored value. A dotted path is walked through references.
func (r *record) get(path string) string {
	head, rest, dotted := strings.Cut(path, ".")
	v := r.column(head)
	if !dotted {
		return v
	}
	row, ok := r.follow(r.class(), head, v)
	if !ok {
		return ""
	}
	return (&record{tx: r.tx, table: row.Class(), row: row}).get(rest)
}

func (r *record) column(name string) string {
	if v, ok := r.set[name]; ok {
		return v
	}
	if r.draft != nil {
		return r.draft.Get(name)
	}
	if v, ok := r.journal[name]; ok && r.inRule {
		return v // a journal column of current holds what this write appended
	}
	return r.row.Get(name)
}

// follow reads the record a reference column points at.
func (r *record) follow(table, column, id string) (db.Row, bool) {
	c, ok := r.tx.engine.DB.Schema().Column(table, column)
	if !ok || !c.IsReference() || id == "" {
		return db.Row{}, false
	}
	return r.tx.engine.DB.Get(c.Reference, id)
}

// assign sets a column of the record itself: in the write that is under way, or for a later insert or update.
func (r *record) assign(path, value string) {
	if !r.has(path) {
		return // as the platform: a column that does not exist is ignored
	}
	if r.draft != nil {
		r.draft.Set(path, value)
		return
	}
	if r.set == nil {
		r.set = map[string]string{}
	}
	r.set[path] = value
}

func (r *record) has(column string) bool {
	_, ok := r.tx.engine.DB.Schema().Column(r.class(), column)
	return ok
}

// class is the record's own class, the table's while there is no record.
func (r *record) class() string {
	if !r.row.IsZero() {
		return r.row.Class()
	}
	if r.draft != nil {
		return r.draft.Class()
	}
	return r.table
}

func (r *record) sysID() string {
	if r.draft != nil {
		return r.draft.SysID()
	}
	if id := r.row.SysID(); id != "" {
		return id
	}
	return r.guid
}

// changed reports whether the write that is under way gives a column another value, or appends to a journal.
func (r *record) changed(column string) bool {
	switch {
	case r.journal[column] != "":
		return true
	case r.draft != nil:
		return r.draft.Changed(column)
	case !r.inRule:
		_, assigned := r.set[column]
		return assigned && r.set[column] != r.row.Get(column)
	}
	return r.column(column) != r.previous.Get(column)
}

// changedFields lists the changed columns as GlideScriptRecordUtil does.
//
// belief: that the columns the platform itself stamps are left out; the names in one event of a real instance would
// settle it.
func (r *record) changedFields() []string {
	out := []string{}
	table, ok := r.tx.engine.DB.Schema().Table(r.class())
	if !ok {
		return out
	}
	for _, name := range table.Columns() {
		if !stamped[name] && r.changed(name) {
			out = append(out, name)
		}
	}
	return out
}

var stamped = map[string]bool{
	"sys_id": true, "sys_created_on": true, "sys_created_by": true, "sys_updated_on": true, "sys_updated_by": true,
	"sys_mod_count": true,
}

// display is the display value of a path, in the session's zone.
func (r *record) display(path string) string {
	head, rest, dotted := strings.Cut(path, ".")
	if dotted {
		row, ok := r.follow(r.class(), head, r.column(head))
		if !ok {
			return ""
		}
		return (&record{tx: r.tx, table: row.Class(), row: row}).display(rest)
	}
	d := r.tx.engine.DB
	c, ok := d.Schema().Column(r.class(), path)
	if ok && (c.IsJournal() || c.Type == "journal_list") && !r.row.IsZero() {
		return d.DisplayCell(r.tx.session, r.row, path)
	}
	return d.Display(r.tx.session, r.class(), path, r.column(path))
}

func (r *record) query() {
	r.found, r.at, r.set = nil, 0, nil
	res, err := r.tx.engine.DB.Query(r.tx.session, db.Query{
		Table: r.table, Encoded: r.encoded(), Offset: r.from, Limit: r.size,
		LiteralsInUserZone: r.tx.engine.LiteralsInUserZone, WithRules: r.workflow,
	})
	if err != nil {
		r.lastError = err.Error()
		return
	}
	r.found = res.Rows
}

func (r *record) encoded() string {
	return strings.Join(slices.Concat(r.conditions, r.orders), "^")
}

func (r *record) next() bool {
	if r.at >= len(r.found) {
		return false
	}
	r.row, r.set = r.found[r.at], nil
	r.at++
	return true
}

// seek goes to a row that was found, by its place from 0; a place there is none of changes nothing.
func (r *record) seek(i int) {
	if i >= 0 && i < len(r.found) {
		r.row, r.set, r.at = r.found[i], nil, i+1
	}
}

// fetch is get(column, value): a query of its own, and its first row.
func (r *record) fetch(column, value string) bool {
	r.conditions, r.orders, r.from, r.size = []string{column + "=" + value}, nil, 0, 1
	r.query()
	return r.next()
}

// initialize makes an empty record that can be filled and inserted.
func (r *record) initialize() {
	*r = record{tx: r.tx, table: r.table, workflow: true, autoSys: true}
}

func (r *record) options() []db.WriteOption {
	var opts []db.WriteOption
	if !r.workflow {
		opts = append(opts, db.WithoutWorkflow())
	}
	if !r.autoSys {
		opts = append(opts, db.WithoutAutoSysFields())
	}
	if r.force {
		opts = append(opts, db.Forced())
	}
	return opts
}

// insert stores the record with its assignments, and gives its sys_id, or "" when it was refused.
func (r *record) insert() string {
	values := maps.Clone(r.row.Values())
	if values == nil {
		values = map[string]string{}
	}
	for name := range stamped {
		delete(values, name)
	}
	maps.Copy(values, r.set)
	if r.guid != "" {
		values["sys_id"] = r.guid
	}
	row, err := r.tx.engine.DB.Insert(r.tx.session, r.table, values, r.options()...)
	return r.written(row, err)
}

// update writes the assignments. A current.update() in an after rule is a write of its own and fires rules again; in a
// before rule the write is under way already, and the call does nothing.
func (r *record) update() string {
	if r.draft != nil {
		return r.draft.SysID()
	}
	if r.row.IsZero() {
		return r.insert()
	}
	row, err := r.tx.engine.DB.Update(r.tx.session, r.class(), r.row.SysID(), r.set, r.options()...)
	return r.written(row, err)
}

func (r *record) written(row db.Row, err error) string {
	if row.IsZero() {
		if err != nil {
			r.lastError = err.Error()
		}
		return ""
	}
	r.row, r.set, r.guid = row, nil, ""
	return row.SysID()
}

func (r *record) delete() bool {
	if r.row.IsZero() {
		return false
	}
	err := r.tx.engine.DB.Delete(r.tx.session, r.class(), r.row.SysID(), r.options()...)
	if err != nil {
		r.lastError = err.Error()
	}
	return err == nil
}
