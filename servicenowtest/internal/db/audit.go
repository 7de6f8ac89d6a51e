package db

import (
	"encoding/xml"
	"slices"
	"strings"
)

// audit writes one sys_audit row for each changed column of an audited table. sys_ columns are skipped; journal entries
// are audited with their text. Business Rules never run for it:
// https://www.servicenow.com/docs/r/platform-security/c_UnderstandingTheSysAuditTable.html
func (d *DB) audit(w Write, row Row) {
	if !row.table.Audited {
		return
	}
	for _, column := range row.table.Columns() {
		if strings.HasPrefix(column, "sys_") || row.table.column(column).IsSecret() {
			continue
		}
		before, after := w.Previous.Get(column), row.Get(column)
		if entry := w.Journal[column]; entry != "" {
			before, after = "", entry
		}
		if before != after && (w.Op != OpInsert || after != "") {
			d.auditRow(w.Session, row, column, before, after, row.Get("sys_mod_count"))
		}
	}
}

func (d *DB) auditRow(s Session, row Row, column, before, after, checkpoint string) {
	d.quiet(s, "sys_audit", map[string]string{"tablename": row.Class(), "documentkey": row.SysID(), "fieldname": column,
		"oldvalue": before, "newvalue": after, "user": s.userName(), "record_checkpoint": checkpoint})
}

// auditDelete files a deletion under the record's real class, with its display value and the row as XML.
func (d *DB) auditDelete(s Session, row Row) {
	if row.table.Audited {
		d.auditRow(s, row, "DELETED", "DELETED", "DELETED", "-1")
	}
	if !d.keepsDeletions(row.table) {
		return
	}
	d.quiet(s, "sys_audit_delete", map[string]string{"tablename": row.Class(), "documentkey": row.SysID(),
		"display_value": d.DisplayOf(row), "payload": payload(row)})
}

// auditedSystemTables is the stock value of glide.ui.audit_deleted_tables.
const auditedSystemTables = "sys_user,sys_user_group,sys_user_role,sys_user_has_role,sys_user_grmember," +
	"sys_group_has_role,sys_security_acl_role"

// keepsDeletions: a system table's deletions are kept only when glide.ui.audit_deleted_tables lists it.
// https://www.servicenow.com/docs/r/platform-administration/r_AvailableSystemProperties.html
func (d *DB) keepsDeletions(t *Table) bool {
	if !strings.HasPrefix(t.Name, "sys_") {
		return t.AuditDelete
	}
	listed := auditedSystemTables
	if rows := d.Find("sys_properties", "name", "glide.ui.audit_deleted_tables"); len(rows) > 0 {
		listed = rows[0].Get("value")
	}
	return slices.Contains(strings.Split(listed, ","), t.Name)
}

// payload is the record as the platform unloads it.
//
// belief: the element layout follows record unloads; reading one sys_audit_delete row of an instance would settle it.
func payload(row Row) string {
	var b strings.Builder
	b.WriteString(`<?xml version="1.0" encoding="UTF-8"?><unload><` + row.Class() + ` action="delete">`)
	for _, c := range row.table.Columns() {
		b.WriteString("<" + c + ">")
		if !row.table.column(c).IsSecret() {
			_ = xml.EscapeText(&b, []byte(row.Get(c)))
		}
		b.WriteString("</" + c + ">")
	}
	b.WriteString("</" + row.Class() + "></unload>")
	return b.String()
}

// quiet inserts a row of the platform's own books, which no hook sees.
func (d *DB) quiet(s Session, table string, values map[string]string) {
	t, ok := d.schema.Table(table)
	if !ok {
		return
	}
	draft := d.newDraft(s, t, values, writeOptions{})
	draft.private = true
	_, _ = d.storeNew(draft)
}
