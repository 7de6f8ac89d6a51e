package db

import (
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Session is who reads or writes.
type Session struct {
	UserID   string // sys_id of the sys_user
	UserName string // what sys_created_by and sys_updated_by become; "system" when empty
	Roles    []string
	TimeZone *time.Location // nil means UTC
	System   bool           // the instance itself: no rights are asked
	Tx       any            // the writer's transaction, handed through to hooks
}

// HasRole reports whether the session has the role; admin has every role.
func (s Session) HasRole(role string) bool {
	return s.System || slices.Contains(s.Roles, role) || slices.Contains(s.Roles, "admin")
}

func (s Session) userName() string {
	if s.UserName == "" {
		return "system"
	}
	return s.UserName
}

func (s Session) zone() *time.Location {
	if s.TimeZone == nil {
		return time.UTC
	}
	return s.TimeZone
}

// Phase tells a hook whether the record is stored already.
type Phase int

// The phases of a write.
const (
	Before Phase = iota
	After
)

// Op is what a write does.
type Op string

// The operations of a write.
const (
	OpInsert Op = "insert"
	OpUpdate Op = "update"
	OpDelete Op = "delete"
)

// Write is what a hook sees of a write.
type Write struct {
	Phase    Phase
	Op       Op
	Session  Session
	Class    string            // the record's actual class
	Previous Row               // as it was; zero on insert
	Draft    *Draft            // what is being written; a before-hook may change it. nil on delete
	Current  Row               // as stored; zero in a before-hook, and on delete (see Previous)
	Journal  map[string]string // entries appended by this write, by journal column
	Workflow bool              // false after setWorkflow(false): Business Rules are to be skipped
}

// OnWrite adds a hook. Before-hooks run before the record is stored and may change the draft or abort the write with an
// error; after-hooks run inside the writer's call once the record, its journal entries and audit are stored, and their
// error does not undo the write. Hooks run without a lock held and may read and write.
func (d *DB) OnWrite(hook func(Write) error) {
	d.mu.Lock()
	d.hooks = append(slices.Clone(d.hooks), hook)
	d.mu.Unlock()
}

func (d *DB) fire(w Write) error {
	d.mu.RLock()
	hooks := d.hooks
	d.mu.RUnlock()
	for _, h := range hooks {
		if err := h(w); err != nil {
			return err
		}
	}
	return nil
}

// WriteOption changes how one write is made.
type WriteOption func(*writeOptions)

type writeOptions struct{ noWorkflow, noAutoSys bool }

// WithoutWorkflow is setWorkflow(false): no Business Rules run, and nothing is audited.
func WithoutWorkflow() WriteOption { return func(o *writeOptions) { o.noWorkflow = true } }

// WithoutAutoSysFields is autoSysFields(false): sys_created_*, sys_updated_* and sys_mod_count are left as given.
func WithoutAutoSysFields() WriteOption { return func(o *writeOptions) { o.noAutoSys = true } }

func options(opts []WriteOption) (o writeOptions) {
	for _, f := range opts {
		f(&o)
	}
	return o
}

// Insert stores a new record of class table (or of the class below it that values name in sys_class_name).
// Columns the class does not have are ignored; defaults, number, sys_id and sys_ columns are filled in.
func (d *DB) Insert(s Session, table string, values map[string]string, opts ...WriteOption) (Row, error) {
	o := options(opts)
	t, err := d.classFor(table, values)
	if err != nil {
		return Row{}, err
	}
	draft := d.newDraft(s, t, values, o)
	w := Write{Phase: Before, Op: OpInsert, Session: s, Class: t.Name, Draft: draft, Journal: draft.journal,
		Workflow: !o.noWorkflow}
	if err := d.fire(w); err != nil {
		return Row{}, err
	}
	row, err := d.storeNew(draft)
	if err != nil {
		return Row{}, err
	}
	return row, d.finish(w, row, o)
}

func (d *DB) classFor(table string, values map[string]string) (*Table, error) {
	t, ok := d.schema.Table(table)
	if !ok {
		return nil, ErrNoTable
	}
	if class := values["sys_class_name"]; class != "" && class != table && d.schema.IsA(class, table) {
		t, _ = d.schema.Table(class)
	}
	return t, nil
}

func (d *DB) newDraft(s Session, t *Table, values map[string]string, o writeOptions) *Draft {
	draft := &Draft{table: t, set: make(map[string]string, len(values)+len(t.defaults)+10),
		journal: map[string]string{}}
	maps.Copy(draft.set, t.defaults)
	if t.base == "task" {
		draft.set["opened_at"], draft.set["opened_by"] = d.Now().Format(TimeLayout), s.UserID
		draft.set["state"] = firstState(t.Name)
	}
	for k, v := range values {
		draft.Set(k, v)
	}
	d.stampNew(s, draft, values, o)
	return draft
}

// firstState is the state a new task of a class begins in.
func firstState(class string) string {
	switch class {
	case "change_request", "change_task":
		return "-5"
	case "problem":
		return "101"
	case "problem_task":
		return "151"
	case "sn_customerservice_escalation":
		return "100"
	}
	return "1"
}

func (d *DB) stampNew(s Session, draft *Draft, values map[string]string, o writeOptions) {
	now := d.Now().Format(TimeLayout)
	stamp := map[string]string{"sys_created_on": now, "sys_updated_on": now, "sys_created_by": s.userName(),
		"sys_updated_by": s.userName(), "sys_mod_count": "0"}
	for k, v := range stamp {
		if !o.noAutoSys || values[k] == "" {
			draft.set[k] = v
		}
	}
	if id := values["sys_id"]; validID(id) {
		draft.set["sys_id"] = id
	} else {
		draft.set["sys_id"] = d.NewID()
	}
	if _, ok := draft.table.columns["sys_class_name"]; ok {
		draft.set["sys_class_name"] = draft.table.Name
	}
}

func validID(id string) bool {
	return len(id) == 32 && strings.Trim(id, "0123456789abcdef") == ""
}

func (d *DB) storeNew(draft *Draft) (Row, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.storeNewLocked(draft)
}

func (d *DB) storeNewLocked(draft *Draft) (Row, error) {
	t := draft.table
	if t.NumberPrefix != "" {
		if n := draft.Get("number"); n != "" {
			d.noteNumber(t, n)
		} else {
			draft.set["number"] = d.nextNumber(t)
		}
	}
	derive(draft)
	if _, taken := d.lookup(t.base, draft.SysID()); taken {
		return Row{}, ErrUnique
	}
	row := newRow(t, draft.handOver())
	d.put(row)
	return row, nil
}

// derive fills the columns the platform computes from others.
func derive(draft *Draft) {
	if draft.table.base == "task" && draft.previous.IsZero() {
		draft.set["task_effective_number"] = draft.Get("number")
	}
	if _, ok := draft.table.columns["first_name"]; ok && (draft.Changed("first_name") || draft.Changed("last_name")) &&
		!draft.Changed("name") {
		full := []string{draft.Get("first_name"), draft.Get("middle_name"), draft.Get("last_name")}
		full = slices.DeleteFunc(full, func(s string) bool { return s == "" })
		draft.set["name"] = strings.Join(full, " ")
	}
	if draft.table.Name == "incident" && draft.Changed("state") {
		draft.set["incident_state"] = draft.Get("state")
	}
}

// Update changes a record that table, or a class below it, holds. Columns the class does not have are ignored.
//
// belief: an update that changes nothing is not written: no sys_mod_count, no after rules. PATCH with the same value
// twice on a developer instance would settle it.
func (d *DB) Update(s Session, table, sysID string, values map[string]string, opts ...WriteOption) (Row, error) {
	o := options(opts)
	previous, ok := d.Get(table, sysID)
	if !ok {
		return Row{}, ErrNotFound
	}
	draft := &Draft{table: previous.table, previous: previous, set: map[string]string{}, journal: map[string]string{}}
	for k, v := range values {
		if !readOnly[k] || o.noAutoSys {
			draft.Set(k, v)
		}
	}
	w := Write{Phase: Before, Op: OpUpdate, Session: s, Class: previous.Class(), Previous: previous, Draft: draft,
		Journal: draft.journal, Workflow: !o.noWorkflow}
	if err := d.fire(w); err != nil {
		return Row{}, err
	}
	if !draft.dirty() {
		return previous, nil
	}
	row, err := d.storeChanged(s, draft, o)
	if err != nil {
		return Row{}, err
	}
	return row, d.finish(w, row, o)
}

// readOnly columns are the platform's to set.
var readOnly = map[string]bool{"sys_id": true, "sys_created_on": true, "sys_created_by": true, "sys_updated_on": true,
	"sys_updated_by": true, "sys_mod_count": true, "sys_class_name": true}

// storeChanged applies the draft's changes, and only them, to the record as it is now: another writer may have changed
// other columns meanwhile.
func (d *DB) storeChanged(s Session, draft *Draft, o writeOptions) (Row, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	now, ok := d.lookup(draft.table.base, draft.SysID())
	if !ok {
		return Row{}, ErrNotFound
	}
	derive(draft)
	maps.DeleteFunc(draft.set, func(column, v string) bool { return v == draft.previous.Get(column) })
	if !o.noAutoSys {
		n, _ := strconv.Atoi(now.Get("sys_mod_count"))
		draft.set["sys_mod_count"] = strconv.Itoa(n + 1)
		draft.set["sys_updated_on"] = d.Now().Format(TimeLayout)
		draft.set["sys_updated_by"] = s.userName()
	}
	row := newRow(draft.table, draft.merged(now))
	d.put(row)
	return row, nil
}

// finish writes what follows from a stored record, then runs the after-hooks.
func (d *DB) finish(w Write, row Row, o writeOptions) error {
	d.follow(w.Op, row)
	if !o.noWorkflow {
		d.audit(w, row)
	}
	if err := d.journal(w.Session, row, w.Journal, o); err != nil {
		return err
	}
	w.Phase, w.Current = After, row
	return d.fire(w)
}

// Delete removes a record and what hangs on it: journal entries stay, attachments go.
func (d *DB) Delete(s Session, table, sysID string, opts ...WriteOption) error {
	o := options(opts)
	previous, ok := d.Get(table, sysID)
	if !ok {
		return ErrNotFound
	}
	w := Write{Phase: Before, Op: OpDelete, Session: s, Class: previous.Class(), Previous: previous,
		Workflow: !o.noWorkflow}
	if err := d.fire(w); err != nil {
		return err
	}
	d.mu.Lock()
	if _, ok := d.lookup(previous.table.base, sysID); !ok {
		d.mu.Unlock()
		return ErrNotFound
	}
	d.remove(previous)
	d.mu.Unlock()
	d.auditDelete(s, previous)
	d.dropChunks(previous)
	for _, a := range d.Find("sys_attachment", "table_sys_id", sysID) {
		if err := d.Delete(s, "sys_attachment", a.SysID(), opts...); err != nil && err != ErrNotFound {
			return err
		}
	}
	w.Phase = After
	return d.fire(w)
}
