package db

import (
	"bytes"
	"errors"
	"io"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"time"
)

// clockDB has a clock the test moves.
func clockDB() (*DB, *time.Time) {
	now := start
	return New(Options{Now: func() time.Time { return now }, Seed: 1}), &now
}

func mustInsert(t testing.TB, d *DB, s Session, table string, v map[string]string) Row {
	t.Helper()
	r, err := d.Insert(s, table, v)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

var ada = Session{UserID: "a0", UserName: "ada"}

func TestInsertFillsInWhatThePlatformDoes(t *testing.T) {
	d, _ := clockDB()
	r := mustInsert(t, d, ada, "incident", map[string]string{"short_description": "x", "no_such_column": "y"})
	for column, want := range map[string]string{
		"number": "INC0010001", "sys_class_name": "incident", "sys_created_by": "ada", "sys_updated_by": "ada",
		"sys_created_on": "2026-03-04 10:00:00", "sys_updated_on": "2026-03-04 10:00:00", "sys_mod_count": "0",
		"state": "1", "incident_state": "1", "active": "true", "approval": "not requested", "impact": "3",
		"opened_at": "2026-03-04 10:00:00", "opened_by": "a0", "task_effective_number": "INC0010001",
		"no_such_column": "", "sys_domain": "global",
	} {
		if got := r.Get(column); got != want {
			t.Errorf("%s is %q, want %q", column, got, want)
		}
	}
	if len(r.SysID()) != 32 {
		t.Errorf("sys_id %q", r.SysID())
	}
}

func TestNumbersCountPerPrefixAndStayAhead(t *testing.T) {
	d, _ := clockDB()
	mustInsert(t, d, ada, "incident", map[string]string{"number": "INC0010041"})
	for table, want := range map[string]string{"incident": "INC0010042", "sn_customerservice_case": "CS0010001",
		"change_request": "CHG0010001", "problem": "PRB0010001", "sc_req_item": "RITM0010001", "kb_knowledge": "KB0010001"} {
		if r := mustInsert(t, d, ada, table, nil); r.Get("number") != want {
			t.Errorf("%s got %s, want %s", table, r.Get("number"), want)
		}
	}
}

func TestUpdateStampsAndCounts(t *testing.T) {
	d, now := clockDB()
	r := mustInsert(t, d, ada, "incident", nil)
	*now = now.Add(1500 * time.Millisecond)
	r, err := d.Update(Session{UserName: "ben"}, "task", r.SysID(), map[string]string{"state": "2", "sys_id": "zz",
		"sys_mod_count": "77", "sys_created_by": "mallory", "caller_id": "c"})
	if err != nil {
		t.Fatal(err)
	}
	for column, want := range map[string]string{"sys_updated_on": "2026-03-04 10:00:01", "sys_updated_by": "ben",
		"sys_mod_count": "1", "sys_created_by": "ada", "state": "2", "incident_state": "2", "caller_id": "c"} {
		if got := r.Get(column); got != want {
			t.Errorf("%s is %q, want %q", column, got, want)
		}
	}
	again, err := d.Update(Session{UserName: "cyd"}, "incident", r.SysID(), map[string]string{"state": "2"})
	if err != nil || again.Get("sys_mod_count") != "1" || again.Get("sys_updated_by") != "ben" {
		t.Errorf("an update that changes nothing was written: %v, %v", again.Values(), err)
	}
	if _, err := d.Update(ada, "problem", r.SysID(), nil); !errors.Is(err, ErrNotFound) {
		t.Errorf("an incident is no problem: %v", err)
	}
}

func TestWithoutAutoSysFields(t *testing.T) {
	d, now := clockDB()
	r := mustInsert(t, d, ada, "incident", nil)
	*now = now.Add(time.Hour)
	r, err := d.Update(ada, "incident", r.SysID(), map[string]string{"state": "2"}, WithoutAutoSysFields())
	if err != nil || r.Get("sys_updated_on") != "2026-03-04 10:00:00" || r.Get("sys_mod_count") != "0" {
		t.Errorf("%v, %v", r.Values(), err)
	}
}

func TestValuesAreStoredInTheFormOfTheirType(t *testing.T) {
	d, _ := clockDB()
	for _, c := range []struct{ table, column, in, want string }{
		{"incident", "active", "1", "true"},
		{"incident", "active", "TRUE", "true"},
		{"incident", "active", "no", "false"},
		{"incident", "active", "", ""},
		{"incident", "priority", " 03 ", "3"},
		{"incident", "priority", "2.0", "2"},
		{"incident", "priority", "high", ""},
		{"incident", "due_date", "2026-01-02", "2026-01-02 00:00:00"},
		{"incident", "due_date", "2026-01-02T03:04:05Z", "2026-01-02 03:04:05"},
		{"incident", "due_date", "tomorrow", ""},
		{"kb_knowledge", "published", "2026-01-02 03:04:05", "2026-01-02"},
		{"incident", "short_description", strings.Repeat("ä", 200), strings.Repeat("ä", 160)},
		{"incident", "description", strings.Repeat("a", 5000), strings.Repeat("a", 5000)},
	} {
		r := mustInsert(t, d, ada, c.table, map[string]string{c.column: c.in})
		if got := r.Get(c.column); got != c.want {
			t.Errorf("%s = %q is stored as %q, want %q", c.column, c.in, got, c.want)
		}
	}
}

func TestChildTablesInheritColumnsAndChoices(t *testing.T) {
	d, _ := clockDB()
	s := d.Schema()
	for child, parent := range map[string]string{"incident": "task", "sn_customerservice_case": "task", "sc_task": "task",
		"sn_customerservice_escalation": "task", "customer_contact": "sys_user", "customer_account": "core_company",
		"sys_script": "sys_metadata", "csm_consumer_user": "sys_user", "cmdb_ci_linux_server": "cmdb"} {
		if !s.IsA(child, parent) || s.IsA(parent, child) {
			t.Errorf("%s does not extend %s", child, parent)
		}
	}
	if _, ok := s.Column("task", "caller_id"); ok {
		t.Error("task has a column of its child")
	}
	for _, c := range []struct{ table, column, value, label string }{
		{"incident", "state", "1", "New"}, {"task", "state", "1", "Open"}, {"sc_task", "state", "7", "Closed Skipped"},
		{"sn_customerservice_case", "state", "18", "Awaiting Info"}, {"incident", "priority", "5", "5 - Planning"},
		{"sn_customerservice_case", "priority", "1", "1 - Critical"}, {"change_request", "state", "-5", "New"},
		{"problem", "state", "101", "New"}, {"incident", "approval", "not requested", "Not Yet Requested"},
		{"kb_knowledge", "workflow_state", "published", "Published"}, {"incident", "state", "99", "99"},
	} {
		if got := d.Display(ada, c.table, c.column, c.value); got != c.label {
			t.Errorf("%s.%s %s displays %q, want %q", c.table, c.column, c.value, got, c.label)
		}
	}
}

func TestOneSysIDSpacePerHierarchy(t *testing.T) {
	d, _ := clockDB()
	r := mustInsert(t, d, ada, "incident", nil)
	if _, err := d.Insert(ada, "problem", map[string]string{"sys_id": r.SysID()}); !errors.Is(err, ErrUnique) {
		t.Errorf("a problem took an incident's sys_id: %v", err)
	}
	if _, ok := d.Get("task", r.SysID()); !ok {
		t.Error("the incident is not found as a task")
	}
	if c := mustInsert(t, d, ada, "task", map[string]string{"sys_class_name": "incident"}); c.Class() != "incident" {
		t.Errorf("sys_class_name=incident made a %s", c.Class())
	}
}

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

func TestHooksSeeEveryWriteInOrder(t *testing.T) {
	d, _ := clockDB()
	var log []string
	d.OnWrite(func(w Write) error {
		phase := map[Phase]string{Before: "before", After: "after"}[w.Phase]
		log = append(log, phase+" "+string(w.Op)+" "+w.Class)
		return nil
	})
	r := mustInsert(t, d, ada, "incident", map[string]string{"comments": "hi"})
	if _, err := d.Update(ada, "incident", r.SysID(), map[string]string{"state": "2"}); err != nil {
		t.Fatal(err)
	}
	if err := d.Delete(ada, "incident", r.SysID()); err != nil {
		t.Fatal(err)
	}
	want := "before insert incident|before insert sys_journal_field|after insert sys_journal_field|after insert incident|" +
		"before update incident|after update incident|before delete incident|after delete incident"
	if got := strings.Join(log, "|"); got != want {
		t.Errorf("hooks saw\n%s, want\n%s", got, want)
	}
}

func TestBeforeHooksChangeAndAbort(t *testing.T) {
	d, _ := clockDB()
	no := errors.New("no")
	d.OnWrite(func(w Write) error {
		if w.Phase != Before || w.Class != "incident" {
			return nil
		}
		if w.Draft == nil || w.Draft.Get("short_description") == "bad" {
			return no
		}
		if w.Draft.Changed("short_description") {
			w.Draft.Set("description", "from a rule: "+w.Draft.Get("short_description"))
			w.Draft.Set("bogus", "x")
		}
		return nil
	})
	r := mustInsert(t, d, ada, "incident", map[string]string{"short_description": "good"})
	if r.Get("description") != "from a rule: good" {
		t.Errorf("description %q", r.Get("description"))
	}
	if _, err := d.Insert(ada, "incident", map[string]string{"short_description": "bad"}); !errors.Is(err, no) {
		t.Errorf("insert: %v", err)
	}
	if _, err := d.Update(ada, "incident", r.SysID(), map[string]string{"short_description": "bad"}); !errors.Is(err, no) {
		t.Errorf("update: %v", err)
	}
	if err := d.Delete(ada, "incident", r.SysID()); !errors.Is(err, no) {
		t.Errorf("delete: %v", err)
	}
	if now, _ := d.Get("incident", r.SysID()); now.Get("short_description") != "good" || len(d.All("incident")) != 1 {
		t.Errorf("an aborted write left something: %v", now.Values())
	}
}

func TestAfterHooksMayWriteTheSameRecord(t *testing.T) {
	d, _ := clockDB()
	d.OnWrite(func(w Write) error {
		if w.Phase == After && w.Op == OpInsert && w.Class == "incident" {
			_, err := d.Update(w.Session, "incident", w.Current.SysID(), map[string]string{"state": "2"})
			return err
		}
		return nil
	})
	r := mustInsert(t, d, ada, "incident", nil)
	if now, _ := d.Get("incident", r.SysID()); now.Get("state") != "2" || now.Get("sys_mod_count") != "1" {
		t.Errorf("%v", now.Values())
	}
}

func TestDraftTellsWhatAWriteChanges(t *testing.T) {
	d, _ := clockDB()
	r := mustInsert(t, d, ada, "incident", map[string]string{"state": "1"})
	d.OnWrite(func(w Write) error {
		if w.Phase == Before && w.Op == OpUpdate {
			for column, want := range map[string]bool{"state": true, "priority": false, "comments": true, "work_notes": false,
				"impact": false} {
				if got := w.Draft.Changed(column); got != want {
					t.Errorf("Changed(%s) is %v", column, got)
				}
			}
			if w.Draft.Get("comments") != "hi" || w.Journal["comments"] != "hi" || w.Draft.SysID() != r.SysID() ||
				w.Previous.Get("state") != "1" || w.Draft.Row().Get("state") != "2" {
				t.Errorf("draft %+v", w.Draft)
			}
		}
		return nil
	})
	_, err := d.Update(ada, "incident", r.SysID(), map[string]string{"state": "2", "impact": "3", "comments": "hi"})
	if err != nil {
		t.Fatal(err)
	}
}

func TestRowsThatDescribeTheSchemaChangeIt(t *testing.T) {
	d, _ := clockDB()
	var task Row
	for _, r := range d.Find("sys_db_object", "name", "task") {
		task = r
	}
	mustInsert(t, d, ada, "sys_db_object", map[string]string{"name": "u_visit", "label": "Visit", "super_class": task.SysID()})
	mustInsert(t, d, ada, "sys_dictionary", map[string]string{"name": "u_visit", "element": "u_kind",
		"internal_type": "string", "max_length": "40"})
	mustInsert(t, d, ada, "sys_choice", map[string]string{"name": "u_visit", "element": "u_kind", "value": "h",
		"label": "Home"})
	r := mustInsert(t, d, ada, "u_visit", map[string]string{"u_kind": "h", "short_description": "x"})
	if r.Get("u_kind") != "h" || d.Display(ada, "u_visit", "u_kind", "h") != "Home" || !d.Schema().IsA("u_visit", "task") {
		t.Errorf("%v", r.Values())
	}
	if n, _ := d.Count(ada, "sys_dictionary", "name=incident^element=caller_id^internal_type=reference"); n != 1 {
		t.Errorf("sys_dictionary has %d rows for incident.caller_id", n)
	}
	if n, _ := d.Count(ada, "sys_dictionary", "name=incident^element=short_description"); n != 0 {
		t.Error("sys_dictionary lists an inherited column under the child")
	}
	if n, _ := d.Count(ada, "sys_choice", "name=incident^element=state"); n != 6 {
		t.Errorf("sys_choice has %d states of an incident", n)
	}
}

func TestAttachmentContentComesBackAsItWas(t *testing.T) {
	d, _ := clockDB()
	r := mustInsert(t, d, ada, "incident", nil)
	noise := make([]byte, 50000)
	src := rand.NewChaCha8([32]byte{1})
	_, _ = src.Read(noise)
	for name, content := range map[string][]byte{"empty": {}, "text": []byte("hello"), "noise": noise,
		"zeros": make([]byte, 100000)} {
		a, err := d.Attach(ada, NewAttachment{Table: "incident", SysID: r.SysID(), FileName: name, ContentType: "x/y"},
			bytes.NewReader(content))
		if err != nil {
			t.Fatal(err)
		}
		in, err := d.OpenAttachment(a.SysID())
		if err != nil {
			t.Fatal(err)
		}
		if got, err := io.ReadAll(in); err != nil || !bytes.Equal(got, content) {
			t.Errorf("%s: %d bytes came back, %v", name, len(got), err)
		}
		if a.Get("compressed") != "true" || a.Get("state") != "available" || len(a.Get("hash")) != 64 {
			t.Errorf("%v", a.Values())
		}
	}
	if n := len(d.All("sys_attachment_doc")); n < 13 {
		t.Errorf("only %d chunks of 4 KB", n)
	}
	if err := d.Delete(ada, "incident", r.SysID()); err != nil {
		t.Fatal(err)
	}
	if n := len(d.All("sys_attachment")) + len(d.All("sys_attachment_doc")); n != 0 {
		t.Errorf("%d rows outlived their record", n)
	}
}

func TestAttachStopsWithItsSource(t *testing.T) {
	d, _ := clockDB()
	boom := errors.New("boom")
	source := io.MultiReader(strings.NewReader("abc"), readerFunc(func([]byte) (int, error) { return 0, boom }))
	_, err := d.Attach(ada, NewAttachment{Table: "incident", SysID: "x", FileName: "f"}, source)
	if !errors.Is(err, boom) || len(d.All("sys_attachment"))+len(d.All("sys_attachment_doc")) != 0 {
		t.Errorf("%v", err)
	}
}

type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }

func TestConcurrentWritersLoseNothing(t *testing.T) {
	d, _ := clockDB()
	r := mustInsert(t, d, ada, "incident", nil)
	var wg sync.WaitGroup
	columns := []string{"short_description", "description", "correlation_id", "close_notes"}
	for _, c := range columns {
		wg.Go(func() {
			for _, v := range []string{"1", "2", "3", "4", "5"} {
				if _, err := d.Update(ada, "incident", r.SysID(), map[string]string{c: v}); err != nil {
					t.Error(err)
				}
				if _, err := d.Query(ada, Query{Table: "task", Encoded: c + "=" + v}); err != nil {
					t.Error(err)
				}
				if _, err := d.Insert(ada, "problem", nil); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	now, _ := d.Get("incident", r.SysID())
	if now.Get("sys_mod_count") != "20" {
		t.Errorf("20 writes were counted as %s", now.Get("sys_mod_count"))
	}
	for _, c := range columns {
		if now.Get(c) != "5" {
			t.Errorf("%s is %q", c, now.Get(c))
		}
	}
	if n, _ := d.Count(ada, "problem", ""); n != 20 {
		t.Errorf("%d problems", n)
	}
}

func TestManyDeletionsKeepTheIndexesRight(t *testing.T) {
	d, _ := clockDB()
	rows := make([]map[string]string, 3000)
	for i := range rows {
		rows[i] = map[string]string{"correlation_id": string(rune('a' + i%3))}
	}
	ids, err := d.Seed(ada, "incident", rows)
	if err != nil {
		t.Fatal(err)
	}
	for i, id := range ids {
		if i%3 != 0 {
			if err := d.Delete(ada, "incident", id); err != nil {
				t.Fatal(err)
			}
		}
	}
	for value, want := range map[string]int{"a": 1000, "b": 0, "c": 0} {
		if n, _ := d.Count(ada, "incident", "correlation_id="+value); n != want {
			t.Errorf("%d rows with %s, want %d", n, value, want)
		}
	}
	if n := len(d.All("incident")); n != 1000 {
		t.Errorf("%d rows", n)
	}
}
