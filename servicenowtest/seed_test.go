package servicenowtest_test

import (
	"strconv"
	"strings"
	"testing"

	"github.com/seed-a66f7fd3/servicenow/servicenowtest"
)

func TestSeeding(t *testing.T) {
	s := servicenowtest.NewServer(t)
	s.AddTable(servicenowtest.Table{Name: "x_acme_asset", Label: "Asset", NumberPrefix: "AST", Columns: []servicenowtest.Column{
		{Name: "number"}, {Name: "name", Display: true}, {Name: "owner", Type: "reference", Reference: "sys_user"},
		{Name: "state", Default: "1"}}})
	s.AddColumn("task", servicenowtest.Column{Name: "u_asset", Type: "reference", Reference: "x_acme_asset"})
	s.SetChoices("x_acme_asset", "state", servicenowtest.Choice{Value: "1", Label: "New"},
		servicenowtest.Choice{Value: "2", Label: "Broken"})
	s.AddACL(servicenowtest.ACL{Table: "x_acme_asset", Operation: servicenowtest.Read, Roles: []string{"itil"}})
	ids, err := s.SeedRows("x_acme_asset", map[string]string{"name": "Pump", "state": "2"}, map[string]string{"name": "Fan"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.SeedRows("incident", map[string]string{"u_asset": ids[0], "short_description": "x"}); err != nil {
		t.Fatal(err)
	}
	me := talk(t, s).integration()
	for path, want := range map[string]string{
		"/api/now/v2/table/x_acme_asset?sysparm_display_value=true&sysparm_fields=name,state&sysparm_query=name=Pump": `"state":"Broken"`,
		"/api/now/v2/table/x_acme_asset?sysparm_fields=number&sysparm_query=name=Fan":                                 `"number":"AST00`,
		"/api/now/v2/table/incident?sysparm_fields=u_asset.name":                                                      `"u_asset.name":"Pump"`,
	} {
		if r := me.get(path); r.StatusCode != 200 || !strings.Contains(r.body, want) {
			t.Errorf("%s: %d %s", path, r.StatusCode, r.body)
		}
	}
	if r := me.do("POST", "/api/now/v2/table/x_acme_asset", "{}"); r.StatusCode != 403 {
		t.Errorf("a table without an ACL for writing: %d", r.StatusCode)
	}
	if len(s.Writes()) != 0 {
		t.Errorf("seeding is listed as writes: %v", s.Writes())
	}
	if _, err := s.SeedRows("no_such_table", nil); err == nil {
		t.Error("an unknown table was seeded")
	}
}

// Many rows are stored, and counted by a query. BenchmarkSeed100000 tells how long 100,000 take.
func TestManyRows(t *testing.T) {
	s := servicenowtest.NewServer(t)
	const n = 20_000
	rows := make([]map[string]string, n)
	for i := range rows {
		rows[i] = map[string]string{"short_description": "row " + strconv.Itoa(i), "priority": strconv.Itoa(i%5 + 1)}
	}
	if _, err := s.SeedRows("incident", rows...); err != nil {
		t.Fatal(err)
	}
	r := talk(t, s).integration().get(incidents + "?sysparm_query=priority=2&sysparm_limit=1&sysparm_fields=sys_id")
	if got := r.Header.Get("X-Total-Count"); got != strconv.Itoa(n/5) {
		t.Errorf("X-Total-Count %s", got)
	}
}

func BenchmarkSeed100000(b *testing.B) {
	rows := make([]map[string]string, 100_000)
	for i := range rows {
		rows[i] = map[string]string{"short_description": "row " + strconv.Itoa(i), "priority": strconv.Itoa(i%5 + 1)}
	}
	for b.Loop() {
		s := servicenowtest.NewServer(b)
		if _, err := s.SeedRows("incident", rows...); err != nil {
			b.Fatal(err)
		}
	}
}
