package table_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"testing"

	"github.com/seed-a66f7fd3/servicenow/internal/rest"
	"github.com/seed-a66f7fd3/servicenow/table"
)

func TestStatsOfAllRows(t *testing.T) {
	s, _ := scripted(t,
		answer{body: `{"result":{"stats":{"count":"42","avg":{"reassignment_count":"1.2500"},"min":{"opened_at":"2026-02-03 04:05:06"},` +
			`"max":{"number":"INC9"},"sum":{"child_incidents":"7"}}}}`})
	groups, err := table.Incidents(s).Stats(t.Context(), table.StatsOptions{Count: true,
		Avg: []string{"reassignment_count"}})
	if err != nil || len(groups) != 1 {
		t.Fatalf("got %v, %v", groups, err)
	}
	g := groups[0]
	if g.Count() != 42 || g.Avg("reassignment_count").Float64() != 1.25 ||
		g.Min("opened_at").Time().Std().Hour() != 4 ||
		g.Max("number").String() != "INC9" || g.Sum("child_incidents").Float64() != 7 || !g.Sum("else").IsZero() ||
		!g.By("state").IsZero() {
		t.Errorf("got %+v", g)
	}
}

func TestStatsByGroup(t *testing.T) {
	for mode, body := range map[string]string{
		"stored": `{"result":[{"stats":{"count":"30"},"groupby_fields":[{"field":"state","value":"2"}]},{"stats":{"count":"12"},"groupby_fields":[{"value":"","field":"state"}]}]}`,
		"both": `{"result":[{"stats":{"count":"30"},"groupby_fields":[{"field":"state","value":"2","display_value":"In Progress"}]},` +
			`{"stats":{"count":"12"},"groupby_fields":[{"field":"state","value":"","display_value":""}]}]}`,
	} {
		s, _ := scripted(t, answer{body: body})
		groups, err := table.Incidents(s).Stats(t.Context(), table.StatsOptions{Count: true,
			GroupBy: []string{"state"}})
		if err != nil || len(groups) != 2 || groups[0].Count() != 30 || groups[0].By("state").String() != "2" ||
			groups[1].Count() != 12 || !groups[1].By("state").IsEmpty() {
			t.Errorf("%s: got %+v, %v", mode, groups, err)
		}
		if mode == "both" && groups[0].By("state").Display() != "In Progress" {
			t.Errorf("displays %q", groups[0].By("state").Display())
		}
	}
}

func TestCount(t *testing.T) {
	s, _ := scripted(t, answer{body: `{"result":{"stats":{"count":"42"}}}`})
	if n, err := table.Incidents(s).Count(t.Context(), table.Query{}); n != 42 || err != nil {
		t.Errorf("got %d, %v", n, err)
	}
	for _, body := range []string{`{"result":{"stats":{}}}`, `{"result":{"stats":{"count":"many"}}}`, `{"result":{}}`} {
		s, _ := scripted(t, answer{body: body})
		if n, err := table.Incidents(s).Count(t.Context(), table.Query{}); err == nil {
			t.Errorf("%s is %d", body, n)
		}
	}
	s, _ = scripted(t, answer{status: 403,
		body: `{"error":{"message":"Insufficient rights to query records","detail":"kb_knowledge"},"status":"failure"}`})
	if _, err := table.Articles(s).Count(t.Context(), table.Query{}); !errors.Is(err, rest.ErrForbidden) {
		t.Errorf("got %v", err)
	}
}

func TestCountOfALongIn(t *testing.T) {
	var ids []string
	for i := range 250 {
		ids = append(ids, fmt.Sprintf("%032x", i))
	}
	s, script := scripted(t, answer{body: `{"result":{"stats":{"count":"90"}}}`},
		answer{body: `{"result":{"stats":{"count":"80"}}}`}, answer{body: `{"result":{"stats":{"count":"7"}}}`})
	if n, err := table.Incidents(s).Count(t.Context(), table.Where("sys_id", table.In, ids...)); n != 177 ||
		err != nil {
		t.Errorf("got %d, %v", n, err)
	}
	if !slices.ContainsFunc(script.asked, func(r request) bool { return r.path == "/api/now/v1/stats/incident" }) {
		t.Error("the Aggregate API was not asked")
	}
}

func TestStatsAreWrittenDownWithoutLoss(t *testing.T) {
	for _, group := range []string{
		`{"stats":{"count":"3","avg":{"business_stc":"1.5000","a":null},"max":{"number":7}},` +
			`"groupby_fields":[{"field":"state","value":"2","display_value":"In Progress"},{"field":"u_a","value":""}]}`,
		`{"stats":{"count":"0"}}`, `{"stats":{}}`,
	} {
		var g table.StatsGroup
		if err := json.Unmarshal([]byte(group), &g); err != nil {
			t.Fatal(err)
		}
		if out, err := json.Marshal(g); err != nil || !reflect.DeepEqual(decoded(t, group), decoded(t, string(out))) {
			t.Errorf("sent %s\nback %s, %v", group, out, err)
		}
	}
}
