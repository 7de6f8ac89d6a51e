package rules

import (
	"strings"

	"github.com/seed-a66f7fd3/servicenow/servicenowtest/internal/db"
)

// recordBridge is what GlideElement and the reading half of GlideRecord need.
func (m *machine) recordBridge() map[string]func(args) any {
	return map[string]func(args) any{
		"documented": func(a args) any { return documented[a.text(0)] },
		"onThrow":    func(a args) any { m.exception = a.Argument(0); return nil },
		"columns":    func(a args) any { return m.columns(a.text(0)) },
		"isA":        func(a args) any { return m.tx.engine.DB.Schema().IsA(a.text(0), a.text(1)) },
		"displayColumn": func(a args) any {
			t, ok := m.tx.engine.DB.Schema().Table(a.text(0))
			if !ok {
				return nil
			}
			return t.DisplayColumn()
		},
		"columnCount": func(a args) any { return len(m.columns(a.text(0))) },

		"get":           func(a args) any { return m.record(a).get(a.text(1)) },
		"value":         func(a args) any { return m.value(m.record(a), a.text(1)) },
		"set":           func(a args) any { m.assign(m.record(a), a.text(1), a.text(2)); return nil },
		"setDisplay":    func(a args) any { m.assignDisplay(m.record(a), a.text(1), a.text(2)); return nil },
		"display":       func(a args) any { return m.record(a).display(a.text(1)) },
		"label":         func(a args) any { c, _ := m.columnOf(a); return c.Label },
		"tableOf":       func(a args) any { c, _ := m.columnOf(a); return c.Table },
		"reference":     func(a args) any { c, _ := m.columnOf(a); return referenceOf(c) },
		"validPath":     func(a args) any { _, ok := m.columnOf(a); return ok },
		"refRecord":     func(a args) any { return m.refRecord(m.record(a), a.text(1)) },
		"journal":       func(a args) any { return m.journal(m.record(a), a.text(1), a.int(2)) },
		"changes":       func(a args) any { return m.changeable(a).changed(a.text(1)) },
		"changesTo":     func(a args) any { return m.changesTo(m.changeable(a), a.text(1), a.text(2)) },
		"changesFrom":   func(a args) any { return m.changesFrom(m.changeable(a), a.text(1), a.text(2)) },
		"changedFields": func(a args) any { return m.record(a).changedFields() },

		"uniqueValue":   func(a args) any { return orNull(m.record(a).sysID()) },
		"className":     func(a args) any { return m.record(a).class() },
		"tableName":     func(a args) any { return m.record(a).table },
		"tableLabel":    func(a args) any { return m.tableLabel(m.record(a).class()) },
		"recordDisplay": func(a args) any { return m.tx.engine.DB.DisplayOf(m.record(a).row) },
		"operation":     func(a args) any { return orNull(string(m.record(a).op)) },
		"isNew":         func(a args) any { r := m.record(a); return r.row.IsZero() },
		"choices":       func(a args) any { return m.choices(m.record(a), a.text(1)) },
		"hasAttachments": func(a args) any {
			return len(m.tx.engine.DB.Find("sys_attachment", "table_sys_id", m.record(a).sysID())) > 0
		},
		"validRecord": func(a args) any { return !m.record(a).row.IsZero() },
		"validTable":  func(a args) any { return m.tableExists(m.record(a).table) },
		"abort":       func(a args) any { m.record(a).aborted = a.bool(1); return nil },
		"aborted":     func(a args) any { return m.record(a).aborted },
		"lastError":   func(a args) any { return orNull(m.record(a).lastError) },
		"link": func(a args) any {
			r := m.record(a)
			return "https://" + m.tx.engine.InstanceHost + "/" + r.class() + ".do?sys_id=" + r.sysID()
		},
	}
}

// queryBridge is the querying and writing half of GlideRecord.
func (m *machine) queryBridge() map[string]func(args) any {
	return map[string]func(args) any{
		"newRecord": func(a args) any {
			return m.keep(&record{tx: m.tx, table: a.text(0), workflow: true, autoSys: true})
		},
		"addQuery": func(a args) any {
			r := m.record(a)
			r.conditions = append(r.conditions, a.text(1))
			return len(r.conditions) - 1
		},
		"addOr": func(a args) any {
			r := m.record(a)
			r.conditions[a.int(1)] += "^OR" + a.text(2)
			return nil
		},
		"order":          func(a args) any { r := m.record(a); r.orders = append(r.orders, a.text(1)); return nil },
		"window":         func(a args) any { r := m.record(a); r.from, r.size = a.int(1), a.int(2); return nil },
		"encodedQuery":   func(a args) any { return m.record(a).encoded() },
		"query":          func(a args) any { m.record(a).query(); return nil },
		"next":           func(a args) any { return m.record(a).next() },
		"rowNumber":      func(a args) any { return m.record(a).at },
		"saveLocation":   func(a args) any { r := m.record(a); r.saved = r.at - 1; return nil },
		"savedLocation":  func(a args) any { return m.record(a).saved },
		"seek":           func(a args) any { m.record(a).seek(a.int(1)); return nil },
		"validQuery":     func(a args) any { return m.validQuery(m.record(a), a.text(1)) },
		"hasNext":        func(a args) any { r := m.record(a); return r.at < len(r.found) },
		"rowCount":       func(a args) any { return len(m.record(a).found) },
		"fetch":          func(a args) any { return m.record(a).fetch(a.text(1), a.text(2)) },
		"initialize":     func(a args) any { m.record(a).initialize(); return nil },
		"workflow":       func(a args) any { m.record(a).workflow = a.bool(1); return nil },
		"forceUpdate":    func(a args) any { m.record(a).force = a.bool(1); return nil },
		"autoSys":        func(a args) any { m.record(a).autoSys = a.bool(1); return nil },
		"newGuid":        func(a args) any { m.record(a).guid = a.text(1); return nil },
		"insert":         func(a args) any { return orNull(m.record(a).insert()) },
		"update":         func(a args) any { return orNull(m.record(a).update()) },
		"deleteRecord":   func(a args) any { return m.record(a).delete() },
		"updateMultiple": func(a args) any { m.eachFound(m.record(a), (*record).updateAs); return nil },
		"deleteMultiple": func(a args) any { m.eachFound(m.record(a), (*record).deleteAs); return nil },
	}
}

func orNull(s string) any {
	if s == "" {
		return nil
	}
	return s
}

func referenceOf(c db.Column) string {
	if c.IsReference() {
		return c.Reference
	}
	return ""
}

func (m *machine) columns(table string) []string {
	t, ok := m.tx.engine.DB.Schema().Table(table)
	if !ok {
		return nil
	}
	return t.Columns()
}

func (m *machine) columnOf(a args) (db.Column, bool) {
	return m.tx.engine.DB.Schema().Resolve(m.record(a).class(), a.text(1))
}

func (m *machine) tableExists(table string) bool {
	_, ok := m.tx.engine.DB.Schema().Table(table)
	return ok
}

func (m *machine) tableLabel(table string) string {
	t, ok := m.tx.engine.DB.Schema().Table(table)
	if !ok {
		return table
	}
	return t.Label
}

// value is getValue: null for an empty column, and "1" or "0" for a boolean, whose element says true or false.
//
// belief: the "1" and "0" are lore of every script author and of no documentation page; gs.info(current.getValue(
// 'active')) in a background script shows them.
func (m *machine) value(r *record, path string) any {
	v := r.get(path)
	c, ok := m.tx.engine.DB.Schema().Resolve(r.class(), path)
	switch {
	case !ok || v == "":
		return nil
	case c.Type == "boolean" && v == "true":
		return "1"
	case c.Type == "boolean":
		return "0"
	}
	return v
}

// assign sets a column. A dotted path would have to be written to another record, which the platform does not do.
func (m *machine) assign(r *record, path, value string) {
	if !strings.Contains(path, ".") {
		r.assign(path, value)
	}
}

// assignDisplay looks the value up by what it shows: a choice's label or a referenced record's display column.
func (m *machine) assignDisplay(r *record, path, label string) {
	schema := m.tx.engine.DB.Schema()
	c, ok := schema.Column(r.class(), path)
	if !ok {
		return
	}
	for _, choice := range schema.Choices(r.class(), path) {
		if choice.Label == label {
			r.assign(path, choice.Value)
			return
		}
	}
	if ref, ok := schema.Table(c.Reference); ok && c.IsReference() {
		for _, row := range m.tx.engine.DB.Find(c.Reference, ref.DisplayColumn(), label) {
			r.assign(path, row.SysID())
			return
		}
	}
	r.assign(path, label)
}

func (m *machine) refRecord(r *record, path string) any {
	c, ok := m.tx.engine.DB.Schema().Resolve(r.class(), path)
	if !ok || !c.IsReference() {
		return nil
	}
	row, ok := m.tx.engine.DB.Get(c.Reference, r.get(path))
	if !ok {
		return nil
	}
	return m.keep(&record{tx: m.tx, table: c.Reference, row: row, workflow: true, autoSys: true})
}

// journal is getJournalEntry: 1 for the newest entry, -1 for all.
func (m *machine) journal(r *record, column string, n int) string {
	if n == -1 {
		return m.tx.engine.DB.DisplayCell(m.tx.session, r.row, column)
	}
	rows := m.tx.engine.DB.Journal(r.sysID(), column)
	if len(rows) == 0 {
		return ""
	}
	return rows[0].Get("value")
}

// changeable is the record of a changes() call. In the script of an async rule the call "does not work": the record
// that the write replaced is gone, so nothing has changed.
// https://www.servicenow.com/docs/r/api-reference/business-rules-classic/c_BusinessRules.html
func (m *machine) changeable(a args) *record { return m.record(a) }

func (m *machine) changesTo(r *record, column, value string) bool {
	return r.changed(column) && r.column(column) == value
}

func (m *machine) changesFrom(r *record, column, value string) bool {
	return r.changed(column) && r.previous.Get(column) == value
}

// choices are the values of a choice list.
func (m *machine) choices(r *record, column string) []string {
	var out []string
	for _, c := range m.tx.engine.DB.Schema().Choices(r.class(), column) {
		out = append(out, c.Value)
	}
	return out
}

// validQuery reports whether every clause of an encoded query is understood.
func (m *machine) validQuery(r *record, encoded string) bool {
	res, err := m.tx.engine.DB.Query(m.tx.session, db.Query{Table: r.table, Encoded: encoded, Limit: 1})
	return err == nil && len(res.Dropped) == 0
}

// eachFound runs a query and does something to every record it finds.
func (m *machine) eachFound(r *record, do func(*record, db.Row)) {
	set := r.set
	r.query()
	for _, row := range r.found {
		do(&record{tx: r.tx, table: r.table, set: set, workflow: r.workflow, autoSys: r.autoSys}, row)
	}
}

func (r *record) updateAs(row db.Row) { r.row = row; r.update() }
func (r *record) deleteAs(row db.Row) { r.row = row; r.delete() }
