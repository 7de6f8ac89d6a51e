package db

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"
)

// world is a small instance whose rows the operator cases are about.
type world struct {
	*DB
	ada, ben, cyd   string // users: ben reports to ada, cyd to ben
	acme, net, mail string
	me              Session
}

func newWorld(t testing.TB) *world {
	t.Helper()
	w := &world{DB: newTestDB()}
	seed := func(table string, v map[string]string) string {
		ids, err := w.Seed(Session{UserName: "seed"}, table, []map[string]string{v})
		if err != nil {
			t.Fatal(err)
		}
		return ids[0]
	}
	w.ada = seed("sys_user", map[string]string{"user_name": "ada", "first_name": "Ada", "last_name": "Diaz"})
	w.ben = seed("sys_user", map[string]string{"user_name": "ben", "name": "Ben Okon", "manager": w.ada})
	w.cyd = seed("sys_user", map[string]string{"user_name": "cyd", "name": "Cyd Liffe", "manager": w.ben})
	w.acme = seed("core_company", map[string]string{"name": "Acme", "stock_symbol": "NYX"})
	w.net = seed("sys_user_group", map[string]string{"name": "Network"})
	w.mail = seed("sys_filter_option_dynamic", map[string]string{"label": "Me", "script": "gs.getUserID()"})
	w.me = Session{UserID: w.ada, UserName: "ada"}
	// now is Wednesday 2026-03-04 10:00:00 UTC
	seed("incident", map[string]string{"number": "INC0001", "short_description": "SAP outage", "state": "1",
		"priority": "1", "impact": "1", "urgency": "1", "caller_id": w.ada, "assigned_to": w.ada, "opened_at": "2026-03-04 09:30:00",
		"sla_due": "2026-03-04 23:00:00", "activity_due": "2026-03-06 00:00:00", "reassignment_count": "0",
		"reopen_count": "0", "category": "network", "subcategory": "email", "company": w.acme, "description": "SAP outage"})
	seed("incident", map[string]string{"number": "INC0002", "short_description": "Network storage unavailable", "state": "2",
		"priority": "2", "impact": "2", "urgency": "1", "caller_id": w.ben, "assigned_to": w.ada, "opened_at": "2026-03-03 10:00:00",
		"sla_due": "2026-03-03 12:00:00", "activity_due": "2026-03-03 13:00:00", "reassignment_count": "2",
		"reopen_count": "1", "category": "software", "subcategory": "os", "assignment_group": w.net})
	seed("incident", map[string]string{"number": "INC0003", "short_description": "", "state": "3", "priority": "3",
		"impact": "3", "urgency": "3", "caller_id": w.cyd, "opened_at": "2026-03-01 00:00:00", "reassignment_count": "10",
		"reopen_count": "10", "category": "", "subcategory": "", "active": "false", "made_sla": "false"})
	seed("incident", map[string]string{"number": "INC0004", "short_description": "caret ^ and sap", "state": "6",
		"priority": "4", "impact": "3", "urgency": "2", "opened_at": "2026-01-15 08:00:00", "reassignment_count": "",
		"sla_due": "2026-02-01 00:00:00", "category": "hardware", "active": "", "sys_tags": "t1,t2"})
	prb := seed("problem", map[string]string{"number": "PRB0001", "short_description": "root", "state": "101",
		"priority": "1"})
	seed("incident", map[string]string{"number": "INC0005", "short_description": "zz last", "problem_id": prb,
		"priority": "1", "state": "7", "opened_at": "2025-12-31 23:59:59", "category": "database", "sys_tags": "t1"})
	return w
}

func (w *world) numbers(t testing.TB, q Query) []string {
	t.Helper()
	res, err := w.Query(w.me, q)
	if err != nil {
		t.Fatalf("%s: %v", q.Encoded, err)
	}
	var out []string
	for _, r := range res.Rows {
		out = append(out, strings.TrimLeft(strings.TrimPrefix(r.Get("number"), "INC"), "0"))
	}
	return out
}

func TestHierarchyOperators(t *testing.T) {
	w := newWorld(t)
	for query, want := range map[string][]string{
		"managerIN_HIERARCHYx@" + w.ada:          {"ben", "cyd"},
		"managerIN_HIERARCHYx%40" + w.ben:        {"cyd"},
		"managerIN_HIERARCHY_DYNAMICx@" + w.mail: {"ben", "cyd"},
	} {
		res, err := w.Query(w.me, Query{Table: "sys_user", Encoded: query + "^ORDERBYuser_name"})
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, r := range res.Rows {
			got = append(got, r.Get("user_name"))
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s finds %v, want %v", query, got, want)
		}
	}
}

// https://www.servicenow.com/docs/r/platform-user-interface/c_EncodedQueryStrings.html, "Including a related list query"
func TestRelatedListQuery(t *testing.T) {
	w := newWorld(t)
	for query, want := range map[string]int{
		"RLQUERYincident.problem_id,>=1^ENDRLQUERY":                        1,
		"RLQUERYincident.problem_id,=0^ENDRLQUERY":                         0,
		"RLQUERYincident.problem_id,>=1,priority=1^ENDRLQUERY":             1,
		"RLQUERYincident.problem_id,>=1^priority=2^ENDRLQUERY":             0,
		"priority=1^RLQUERYincident.problem_id,>=1^priority=1^ENDRLQUERY":  1,
		"priority=3^RLQUERYincident.problem_id,>=1^priority=1^ENDRLQUERY":  0,
		"RLQUERYincident.nonsense,>=1^ENDRLQUERY":                          1, // dropped
		"RLQUERYincident.problem_id,!=1^ENDRLQUERY":                        0,
		"RLQUERYincident.problem_id,<=1^ENDRLQUERY^ORDERBYnumber":          1,
		"RLQUERYincident.problem_id,>=1^ENDRLQUERY^short_descriptionLIKEx": 0,
	} {
		n, err := w.Count(w.me, "problem", query)
		if err != nil || n != want {
			t.Errorf("%s finds %d, want %d (%v)", query, n, want, err)
		}
	}
}

// https://www.servicenow.com/docs/r/api-reference/rest-apis/c_TableAPI.html, sysparm_query: by default the invalid part
// is ignored, glide.invalid_query.returns_no_rows gives no rows; newer releases refuse.
func TestInvalidQueryRegimes(t *testing.T) {
	w := newWorld(t)
	q := Query{Table: "incident", Encoded: "bogus=1^priority=2"}
	res, err := w.Query(w.me, q)
	if err != nil || res.Total != 1 || !slices.Equal(res.Dropped, []string{"bogus=1"}) {
		t.Errorf("dropped: %+v, %v", res, err)
	}
	q.Regime = InvalidReturnsNothing
	if res, err := w.Query(w.me, q); err != nil || res.Total != 0 || len(res.Rows) != 0 {
		t.Errorf("returns no rows: %+v, %v", res, err)
	}
	q.Regime = InvalidForbidden
	if _, err := w.Query(w.me, q); !errors.Is(err, ErrQueryForbidden) {
		t.Errorf("forbidden: %v", err)
	}
	if _, err := w.Query(w.me, Query{Table: "bogus"}); !errors.Is(err, ErrNoTable) {
		t.Errorf("unknown table: %v", err)
	}
}

// https://www.servicenow.com/docs/r/platform-security/access-control/query-acl-rule.html
func TestQueryACLs(t *testing.T) {
	w := newWorld(t)
	priority := func(_, column string) bool { return column == "priority" }
	for _, c := range []struct {
		query          string
		match, ranging bool // refused by a query_match rule, by a query_range rule
	}{
		{"priority=1", true, false},
		{"priority!=1", true, false},
		{"priorityIN1,2", true, false},
		{"priorityISEMPTY", true, false},
		{"priorityANYTHING", true, false},
		{"prioritySAMEASimpact", true, false},
		{"priority>1", false, true},
		{"priority<=1", false, true},
		{"priorityBETWEEN1@2", false, true},
		{"prioritySTARTSWITH1", false, true},
		{"ORDERBYpriority", false, true},
		{"ORDERBYDESCpriority", false, true},
		{"state=1^ORDERBYnumber", false, false},
		{"parent.priority>1", false, true},
	} {
		_, err := w.Query(w.me, Query{Table: "incident", Encoded: c.query, MatchRefused: priority})
		if got := errors.Is(err, ErrQueryForbidden); got != c.match {
			t.Errorf("%s with query_match refused: %v", c.query, err)
		}
		_, err = w.Query(w.me, Query{Table: "incident", Encoded: c.query, RangeRefused: priority})
		if got := errors.Is(err, ErrQueryForbidden); got != c.ranging {
			t.Errorf("%s with query_range refused: %v", c.query, err)
		}
	}
}

// Sources disagree on the zone of a plain date literal; gs.dateGenerate is always in the caller's.
func TestDateLiteralZones(t *testing.T) {
	w := newWorld(t)
	berlin := time.FixedZone("CET", 3600)
	w.me.TimeZone = berlin
	for _, c := range []struct {
		query string
		local bool
		want  string
	}{
		{"opened_at=2026-03-03 10:00:00", false, "2"},
		{"opened_at=2026-03-03 11:00:00", false, ""},
		{"opened_at=2026-03-03 11:00:00", true, "2"},
		{"opened_at=2026-03-03 10:00:00", true, ""},
		{"opened_at=javascript:gs.dateGenerate('2026-03-03','11:00:00')", false, "2"},
		{"opened_at=javascript:gs.dateGenerate('2026-03-03','11:00:00')", true, "2"},
		{"opened_at>=javascript:gs.daysAgoStart(0)", false, "1"}, // from 23:00 UTC of the day before
		{"opened_at<javascript:gs.beginningOfThisYear()", false, ""},
	} {
		got := w.numbers(t, Query{Table: "incident", Encoded: c.query, LiteralsInUserZone: c.local})
		if strings.Join(got, " ") != c.want {
			t.Errorf("%s (zone of the caller: %v) finds %v, want %s", c.query, c.local, got, c.want)
		}
	}
}

func TestFoldCaseIsASwitch(t *testing.T) {
	w := newWorld(t)
	for query, want := range map[string]string{"short_descriptionLIKEsap": "1 4", "category=NETWORK": "1",
		"caller_idSTARTSWITHben": "2", "categoryINNetwork,HARDWARE": "1 4"} {
		got := w.numbers(t, Query{Table: "incident", Encoded: query, FoldCase: true})
		if strings.Join(got, " ") != want {
			t.Errorf("%s finds %v, want %s", query, got, want)
		}
	}
}

func TestWindowIsCutBeforeVisibility(t *testing.T) {
	w := newWorld(t)
	hidden := map[string]bool{"INC0002": true, "INC0003": true}
	q := Query{Table: "incident", Encoded: "ORDERBYnumber", Limit: 2,
		Visible: func(r Row) bool { return !hidden[r.Get("number")] }}
	for _, c := range []struct {
		offset int
		want   string
	}{{0, "1"}, {1, ""}, {2, "4"}, {4, "5"}, {9, ""}} {
		q.Offset = c.offset
		res, err := w.Query(w.me, q)
		if err != nil || res.Total != 5 {
			t.Fatalf("%+v %v", res, err)
		}
		if got := strings.Join(w.numbers(t, q), " "); got != c.want {
			t.Errorf("page at %d shows %q, want %q", c.offset, got, c.want)
		}
	}
}

func TestQueryOfAParentFindsItsChildren(t *testing.T) {
	w := newWorld(t)
	n, err := w.Count(w.me, "task", "priority=1")
	if err != nil || n != 3 {
		t.Errorf("task finds %d, want the 2 incidents and the problem (%v)", n, err)
	}
	if n, _ := w.Count(w.me, "task", "sys_class_name=problem"); n != 1 {
		t.Errorf("sys_class_name=problem finds %d", n)
	}
	// a column of a child is none of the parent's: the clause is dropped
	if res, _ := w.Query(w.me, Query{Table: "task", Encoded: "caller_idISNOTEMPTY"}); len(res.Dropped) != 1 {
		t.Errorf("dropped %v", res.Dropped)
	}
}
