package db

import (
	"errors"
	"strings"
	"testing"
	"time"
)

func TestJournalColumnsWriteEntries(t *testing.T) {
	d, now := clockDB()
	mustInsert(t, d, ada, "sys_user", map[string]string{"user_name": "ada", "first_name": "Ada", "last_name": "Diaz"})
	r := mustInsert(t, d, ada, "incident", map[string]string{"comments": "first"})
	*now = now.Add(time.Minute)
	r, err := d.Update(ada, "incident", r.SysID(), map[string]string{"comments": "second", "work_notes": "inside"})
	if err != nil {
		t.Fatal(err)
	}
	if r.Get("comments") != "" || r.Get("work_notes") != "" || r.Get("sys_mod_count") != "1" {
		t.Errorf("journal columns read back %q, %q; mod count %s", r.Get("comments"), r.Get("work_notes"), r.Get("sys_mod_count"))
	}
	entries := d.Journal(r.SysID())
	if len(entries) != 3 || entries[2].Get("value") != "first" || entries[0].Get("name") != "incident" ||
		entries[0].Get("sys_created_by") != "ada" {
		t.Errorf("entries %v", entries)
	}
	want := "2026-03-04 10:01:00 - Ada Diaz (Additional comments)\nsecond\n\n" +
		"2026-03-04 10:00:00 - Ada Diaz (Additional comments)\nfirst\n\n"
	if got := d.DisplayCell(Session{}, r, "comments"); got != want {
		t.Errorf("comments display as\n%q, want\n%q", got, want)
	}
	cet := Session{TimeZone: time.FixedZone("CET", 3600)}
	if got := d.DisplayCell(cet, r, "work_notes"); got != "2026-03-04 11:01:00 - Ada Diaz (Work notes)\ninside\n\n" {
		t.Errorf("work notes display as %q", got)
	}
	if got := d.DisplayCell(Session{}, r, "comments_and_work_notes"); strings.Count(got, "\n\n") != 3 {
		t.Errorf("both display as %q", got)
	}
}

func TestAuditedTablesKeepTheirHistory(t *testing.T) {
	d, _ := clockDB()
	r := mustInsert(t, d, ada, "incident", map[string]string{"short_description": "x", "comments": "hello"})
	if _, err := d.Update(ada, "incident", r.SysID(), map[string]string{"state": "2", "assigned_to": "u1"}); err != nil {
		t.Fatal(err)
	}
	rows := d.Find("sys_audit", "documentkey", r.SysID())
	found := map[string]string{}
	for _, a := range rows {
		if strings.HasPrefix(a.Get("fieldname"), "sys_") {
			t.Errorf("a sys_ column was audited: %s", a.Get("fieldname"))
		}
		found[a.Get("fieldname")+"/"+a.Get("record_checkpoint")] = a.Get("oldvalue") + ">" + a.Get("newvalue")
	}
	for key, want := range map[string]string{"short_description/0": ">x", "comments/0": ">hello", "state/1": "1>2",
		"assigned_to/1": ">u1"} {
		if found[key] != want {
			t.Errorf("audit of %s is %q, want %q", key, found[key], want)
		}
	}
	group := mustInsert(t, d, ada, "sys_user_role", map[string]string{"name": "r"})
	if n := len(d.Find("sys_audit", "documentkey", group.SysID())); n != 0 {
		t.Errorf("a table without the audit flag has %d rows", n)
	}
}

func TestDeletionIsFiledUnderTheRealClass(t *testing.T) {
	d, _ := clockDB()
	r := mustInsert(t, d, ada, "cmdb_ci_linux_server", map[string]string{"name": "web<1>"})
	if err := d.Delete(ada, "cmdb_ci", r.SysID()); err != nil {
		t.Fatal(err)
	}
	if _, ok := d.Get("cmdb_ci", r.SysID()); ok {
		t.Error("the row is still there")
	}
	rows := d.Find("sys_audit_delete", "documentkey", r.SysID())
	if len(rows) != 1 {
		t.Fatalf("%d rows", len(rows))
	}
	a := rows[0]
	if a.Get("tablename") != "cmdb_ci_linux_server" || a.Get("display_value") != "web<1>" ||
		a.Get("sys_created_by") != "ada" || !strings.Contains(a.Get("payload"), "<name>web&lt;1&gt;</name>") {
		t.Errorf("%v", a.Values())
	}
	deleted := 0
	for _, audit := range d.Find("sys_audit", "documentkey", r.SysID()) {
		if audit.Get("fieldname") == "DELETED" && audit.Get("record_checkpoint") == "-1" {
			deleted++
		}
	}
	if deleted != 1 {
		t.Errorf("%d DELETED rows in sys_audit", deleted)
	}
	if err := d.Delete(ada, "cmdb_ci", r.SysID()); !errors.Is(err, ErrNotFound) {
		t.Errorf("a second time: %v", err)
	}
}

// glide.ui.audit_deleted_tables lists the system tables whose deletions are kept.
func TestDeletionsOfSystemTables(t *testing.T) {
	d, _ := clockDB()
	deleted := func(table string) int {
		t.Helper()
		r := mustInsert(t, d, ada, table, map[string]string{"name": "x", "user_password": "hunter2"})
		if err := d.Delete(ada, table, r.SysID()); err != nil {
			t.Fatal(err)
		}
		rows := d.Find("sys_audit_delete", "documentkey", r.SysID())
		for _, row := range rows {
			if strings.Contains(row.Get("payload"), "hunter2") {
				t.Error("the payload has the password")
			}
		}
		return len(rows)
	}
	for table, want := range map[string]int{"sys_user": 1, "sys_user_group": 1, "sys_user_has_role": 1, "sys_script": 0,
		"sys_choice": 0, "sys_user_preference": 0, "incident": 1, "customer_contact": 1, "kb_knowledge": 1} {
		if got := deleted(table); got != want {
			t.Errorf("%s: %d rows, want %d", table, got, want)
		}
	}
	mustInsert(t, d, ada, "sys_properties", map[string]string{"name": "glide.ui.audit_deleted_tables", "value": "sys_script"})
	if deleted("sys_script") != 1 || deleted("sys_user") != 0 {
		t.Error("the property is not obeyed")
	}
}
