package db

import (
	"errors"
	"maps"
	"strconv"
)

// WriteOption changes how one write is made.
type WriteOption func(*writeOptions)

type writeOptions struct{ noWorkflow, noAutoSys, force bool }

// WithoutWorkflow is setWorkflow(false): no Business Rules run, and nothing is audited.
func WithoutWorkflow() WriteOption { return func(o *writeOptions) { o.noWorkflow = true } }

// WithoutAutoSysFields is autoSysFields(false): sys_created_*, sys_updated_* and sys_mod_count are left as given.
func WithoutAutoSysFields() WriteOption { return func(o *writeOptions) { o.noAutoSys = true } }

// Forced is setForceUpdate(true): an update that changes nothing is written all the same.
func Forced() WriteOption { return func(o *writeOptions) { o.force = true } }

func options(opts []WriteOption) (o writeOptions) {
	for _, f := range opts {
		f(&o)
	}
	return o
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
	draft := &Draft{table: previous.table, previous: previous, set: map[string]string{}, journal: map[string]string{},
		engines: !o.noWorkflow}
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
	if !draft.dirty() && !o.force {
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
		if err := d.Delete(s, "sys_attachment", a.SysID(), opts...); err != nil && !errors.Is(err, ErrNotFound) {
			return err
		}
	}
	w.Phase = After
	return d.fire(w)
}
