package db

import (
	"errors"
	"strings"
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
		{"incident", "severity", " 03 ", "3"},
		{"incident", "severity", "2.0", "2"},
		{"incident", "severity", "high", ""},
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
	old := mustInsert(t, d, ada, "incident", nil)
	mustInsert(t, d, ada, "sys_dictionary", map[string]string{"name": "task", "element": "u_new", "internal_type": "integer"})
	if old, err := d.Update(ada, "incident", old.SysID(), map[string]string{"u_new": "07"}); err != nil || old.Get("u_new") != "7" {
		t.Errorf("a row that was there before its column: %v, %v", old.Values(), err)
	}
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
