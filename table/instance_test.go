package table_test

import (
	"errors"
	"fmt"
	"slices"
	"sync/atomic"
	"testing"

	"github.com/seed-a66f7fd3/servicenow"
	"github.com/seed-a66f7fd3/servicenow/internal/rest"
	"github.com/seed-a66f7fd3/servicenow/servicenowtest"
	"github.com/seed-a66f7fd3/servicenow/table"
)

// connect is a client of the instance as this user.
func connect(t testing.TB, s *servicenowtest.Server, user, password string) *servicenow.Client {
	t.Helper()
	hc := s.HTTPClient()
	t.Cleanup(hc.CloseIdleConnections)
	c, err := servicenow.New(s.Instance(), servicenow.WithHTTPClient(hc), servicenow.WithBasicAuth(user, password))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func asAdmin(t testing.TB, s *servicenowtest.Server) *servicenow.Client {
	return connect(t, s, servicenowtest.AdminUser, servicenowtest.AdminPassword)
}

// incidents seeds n incidents and returns their ids, sorted.
func incidents(t testing.TB, s *servicenowtest.Server, n int) []string {
	t.Helper()
	rows := make([]map[string]string, n)
	for i := range rows {
		rows[i] = map[string]string{"short_description": fmt.Sprintf("incident %d", i), "urgency": fmt.Sprint(1 + i%3)}
	}
	ids, err := s.SeedRows("incident", rows...)
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(ids)
	return ids
}

func listed(t testing.TB, c *servicenow.Client, o table.ListOptions) []string {
	t.Helper()
	var ids []string
	for row, err := range table.Incidents(c.Tables).List(t.Context(), o) {
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, row.SysID.String())
	}
	return ids
}

func TestInstanceListIsWholeWhileOthersWrite(t *testing.T) {
	s := servicenowtest.NewServer(t)
	want := incidents(t, s, 300)
	c, admin := asAdmin(t, s), s.As(servicenowtest.AdminUser)
	seen := map[string]int{}
	n := 0
	for row, err := range table.Incidents(c.Tables).List(t.Context(), table.ListOptions{PageSize: 25}) {
		if err != nil {
			t.Fatal(err)
		}
		seen[row.SysID.String()]++
		if n++; n%10 != 0 {
			continue
		}
		if _, err := admin.Insert("incident", map[string]string{"short_description": "meanwhile"}); err != nil {
			t.Fatal(err)
		}
		if err := admin.Delete("incident", row.SysID.String()); err != nil {
			t.Fatal(err)
		}
	}
	for _, id := range want {
		if seen[id] != 1 {
			t.Errorf("%s came %d times", id, seen[id])
		}
	}
}

func TestInstanceListStepsOverHiddenRows(t *testing.T) {
	for _, counts := range []bool{false, true} {
		t.Run(fmt.Sprintf("the count honours access rules: %v", counts), func(t *testing.T) {
			s := servicenowtest.NewServer(t,
				servicenowtest.WithSwitches(servicenowtest.Switches{CountHonoursACL: counts}),
				servicenowtest.WithUser("reader", "secret", []string{"itil"}, "GMT"),
				servicenowtest.WithACL(servicenowtest.ACL{Table: "incident", Operation: servicenowtest.Read,
					Condition: func(_ string,
						record map[string]string) bool {
						return record["short_description"] == "open"
					}}))
			ids := incidents(t, s, 200)
			var want []string
			for i, id := range ids {
				if i < 5 || i > 90 && i%7 == 0 {
					if err := s.As(servicenowtest.AdminUser).Update("incident", id,
						map[string]string{"short_description": "open"}); err != nil {
						t.Fatal(err)
					}
					want = append(want, id)
				}
			}
			got := listed(t, connect(t, s, "reader", "secret"), table.ListOptions{PageSize: 20})
			if !slices.Equal(got, want) {
				t.Errorf("got %d rows, want %d", len(got), len(want))
			}
			first, err := table.Incidents(connect(t, s, "reader", "secret").Tables).First(t.Context(), table.Query{})
			if err != nil || first.SysID.String() != want[0] {
				t.Errorf("the first row is %s, %v", first.SysID, err)
			}
		})
	}
}

func TestInstanceListSurvivesFaults(t *testing.T) {
	for name, fault := range map[string]servicenowtest.Fault{
		"cancelled in a row":        servicenowtest.CancelledCut(),
		"cancelled behind the rows": servicenowtest.CancelledBeside(),
		"truncated":                 servicenowtest.Truncate(700), "ends early": servicenowtest.EndsEarly(900),
		"reset":       servicenowtest.ResetAfter(),
		"unavailable": servicenowtest.Unavailable(503), "crowded": servicenowtest.QueueFull(),
		"session full": servicenowtest.SessionFull(),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := servicenowtest.NewServer(t)
			want := incidents(t, s, 120)
			s.Fault(servicenowtest.When{Method: "GET", Skip: 1, Count: 1}, fault)
			s.Fault(servicenowtest.When{Method: "GET", Skip: 3, Count: 1}, fault)
			if got := listed(t, asAdmin(t, s), table.ListOptions{PageSize: 40}); !slices.Equal(got, want) {
				t.Errorf("got %d rows, want %d", len(got), len(want))
			}
		})
	}
}

func TestInstanceListWhereRangesAreRefused(t *testing.T) {
	var asked atomic.Int32
	s := servicenowtest.NewServer(t, servicenowtest.WithSwitches(servicenowtest.Switches{
		RangeRefused: func(_, column string) bool { asked.Add(1); return column == "sys_id" }}),
		servicenowtest.WithUser("reader", "secret", []string{"itil"}, "GMT"))
	want := incidents(t, s, 50)
	var notices []table.Notice
	got := listed(t, connect(t, s, "reader", "secret"), table.ListOptions{PageSize: 20,
		Notice: func(n table.Notice) { notices = append(notices, n) }})
	slices.Sort(got)
	if !slices.Equal(got, want) || asked.Load() == 0 {
		t.Errorf("got %d rows, want %d", len(got), len(want))
	}
	if len(notices) != 1 || notices[0].Kind != table.NoticeOrderRefused {
		t.Errorf("notices: %v", notices)
	}
}

func TestInstanceListWithRepeatedRows(t *testing.T) {
	s := servicenowtest.NewServer(t, servicenowtest.WithSwitches(servicenowtest.Switches{RepeatRows: true}))
	incidents(t, s, 3)
	rows := table.Incidents(asAdmin(t, s).Tables).List(t.Context(), table.ListOptions{})
	all, err := table.Collect(rows, 100)
	if len(all) != 3 || err != nil {
		t.Errorf("%d rows, %v", len(all), err)
	}
	seen := map[string]bool{}
	for _, row := range all {
		if seen[row.SysID.String()] {
			t.Errorf("%s came twice", row.SysID)
		}
		seen[row.SysID.String()] = true
	}
}

// TestInstanceTakesValuesAsData holds the builder against the instance's own evaluator: whatever a value is, the query
// finds the row that has it and no other.
func TestInstanceTakesValuesAsData(t *testing.T) {
	s := servicenowtest.NewServer(t)
	values := []string{"plain", "a^b", "^", "^^", "a^NQactive=true", "^ORactive=true", "x^ORDERBYnumber", "=", "<5",
		">=1", "a=b", "1@2", "a,b", "é ü 😀",
		"100% & more + less", "IN x", "ISEMPTY", `"quoted" \ back`, "^EQ", "tab\there", "RLQUERYx", "%", "*", "!*x"}
	for _, v := range values {
		if _, err := s.As(servicenowtest.AdminUser).Insert("incident",
			map[string]string{"short_description": v}); err != nil {
			t.Fatal(err)
		}
	}
	c := asAdmin(t, s)
	for _, v := range values {
		for op, want := range map[table.Operator]int{table.Is: 1, table.IsNot: len(values) - 1} {
			n, err := table.Incidents(c.Tables).Count(t.Context(), table.Where("short_description", op, v))
			if err != nil || n != want {
				t.Errorf("%s %q: %d rows, %v, want %d", op, v, n, err, want)
			}
		}
	}
}

func TestInstanceWrites(t *testing.T) {
	s := servicenowtest.NewServer(t)
	table1 := table.Incidents(asAdmin(t, s).Tables)
	ctx := t.Context()
	made, did, err := table1.Upsert(ctx, "correlation_id", "acme-1",
		table.IncidentChanges{TaskChanges: table.TaskChanges{
			ShortDescription: table.NewText("VPN drops"), Urgency: table.NewChoice("1"),
			Comment: table.Entry("hello")}})
	if err != nil || did != table.Created || made.Number.String() == "" {
		t.Fatalf("%s %v, %v", did, made.Number, err)
	}
	again, did, err := table1.Upsert(ctx, "correlation_id", "acme-1", table.Set("urgency", table.NewChoice("2")))
	if err != nil || did != table.Updated || again.SysID != made.SysID || again.Urgency.String() != "2" ||
		again.ShortDescription.String() != "VPN drops" {
		t.Fatalf("%s %v, %v", did, again, err)
	}
	id := made.SysID.String()
	if err := table1.AddWorkNote(ctx, id, "looked at it"); err != nil {
		t.Fatal(err)
	}
	var entries []string
	q := table.Where("element_id", table.Is, id).OrderBy("sys_created_on")
	for e, err := range table.JournalEntries(asAdmin(t, s).Tables).List(ctx, table.ListOptions{Query: q}) {
		if err != nil {
			t.Fatal(err)
		}
		entries = append(entries, e.Element.String()+": "+e.Value.String())
	}
	slices.Sort(entries)
	if !slices.Equal(entries, []string{"comments: hello", "work_notes: looked at it"}) {
		t.Errorf("entries %q", entries)
	}
	_, err = table1.Update(ctx, id, table.Set("u_none", table.NewText("x")).Set("urgency", table.NewChoice("3")),
		table.WriteOptions{CheckEcho: true})
	if ignored, ok := errors.AsType[*table.IgnoredError](err); !ok || !slices.Equal(ignored.Missing,
		[]string{"u_none"}) || ignored.Different != nil {
		t.Errorf("got %v", err)
	}
	if err := table1.Delete(ctx, id); err != nil {
		t.Error(err)
	}
	if _, err := table1.Get(ctx, id); !errors.Is(err, rest.ErrNotFound) {
		t.Errorf("got %v", err)
	}
	if ok, err := table1.Exists(ctx, table.Where("correlation_id", table.Is, "acme-1")); ok || err != nil {
		t.Errorf("exists: %v, %v", ok, err)
	}
}

func TestInstanceBatch(t *testing.T) {
	s := servicenowtest.NewServer(t, servicenowtest.WithSwitches(servicenowtest.Switches{BatchServices: 4}))
	ids := incidents(t, s, 10)
	c := asAdmin(t, s)
	b := c.Tables.Batch()
	var results []*table.Result[table.Incident]
	for _, id := range ids {
		results = append(results, table.Add(b, table.Incidents(c.Tables).GetCall(id)))
	}
	if err := b.Send(t.Context()); err != nil {
		t.Fatal(err)
	}
	for i, r := range results {
		if got, err := r.Get(); err != nil || got.SysID.String() != ids[i] {
			t.Errorf("result %d is %s, %v", i, got.SysID, err)
		}
	}
	if n := len(s.RequestsTo("/api/now/v1/batch")); n != 3 {
		t.Errorf("%d batches for 10 items of which 4 are serviced at a time", n)
	}
}

func TestInstanceStats(t *testing.T) {
	s := servicenowtest.NewServer(t)
	incidents(t, s, 31)
	groups, err := table.Incidents(asAdmin(t, s).Tables).Stats(t.Context(), table.StatsOptions{Count: true,
		Min: []string{"number"}, GroupBy: []string{"urgency"},
		OrderBy: []table.StatsOrder{{Column: "urgency"}}, Display: table.StoredAndDisplay})
	if err != nil || len(groups) != 3 {
		t.Fatalf("got %v, %v", groups, err)
	}
	for i, want := range []int{11, 10, 10} {
		if g := groups[i]; g.Count() != want || g.By("urgency").String() != fmt.Sprint(i+1) ||
			g.By("urgency").Display() == "" || g.Min("number").String() == "" {
			t.Errorf("group %d: %+v", i, g)
		}
	}
}
