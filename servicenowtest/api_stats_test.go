package servicenowtest

import (
	"testing"

	"github.com/seed-a66f7fd3/servicenow/servicenowtest/internal/db"
)

// https://www.servicenow.com/docs/r/api-reference/rest-apis/c_AggregateAPI.html
func TestStats(t *testing.T) {
	b := newBench(t)
	net := b.seed("sys_user_group", row{"name": "Network"})
	b.seed("incident",
		row{"state": "1", "reassignment_count": "1", "business_stc": "10", "assignment_group": net, "opened_at": "2026-01-01 00:00:00"},
		row{"state": "1", "reassignment_count": "2", "business_stc": "", "opened_at": "2026-01-03 00:00:00"},
		row{"state": "2", "reassignment_count": "10", "business_stc": "25", "assignment_group": net, "opened_at": "2026-01-02 00:00:00"})
	for _, c := range []struct {
		name, query string
		want        map[string]string
	}{
		{"count is text", "sysparm_count=true", map[string]string{"result/stats/count": "3"}},
		{"neither count nor lists: nothing is computed", "", map[string]string{"result/stats": "{}"}},
		{"average has four decimals", "sysparm_avg_fields=reassignment_count,business_stc", map[string]string{
			"result/stats/avg/reassignment_count": "4.3333", "result/stats/avg/business_stc": "17.5000"}},
		{"min, max and sum", "sysparm_min_fields=reassignment_count&sysparm_max_fields=reassignment_count,opened_at&" +
			"sysparm_sum_fields=reassignment_count", map[string]string{"result/stats/min/reassignment_count": "1",
			"result/stats/max/reassignment_count": "10", "result/stats/max/opened_at": "2026-01-03 00:00:00",
			"result/stats/sum/reassignment_count": "13"}},
		{"query", "sysparm_count=true&sysparm_query=state=1", map[string]string{"result/stats/count": "2"}},
		{"column=value", "sysparm_count=true&state=2", map[string]string{"result/stats/count": "1"}},
		{"nothing matches", "sysparm_count=true&sysparm_query=state=8", map[string]string{"result/stats/count": "0"}},
		{"grouped is an array", "sysparm_count=true&sysparm_group_by=state", map[string]string{
			"result/0/stats/count": "2", "result/0/groupby_fields/0/field": "state", "result/0/groupby_fields/0/value": "1",
			"result/0/groupby_fields/0/display_value": "<absent>", "result/1/stats/count": "1", "result/2": "<absent>"}},
		{"grouped by two", "sysparm_count=true&sysparm_group_by=state,assignment_group", map[string]string{
			"result/0/groupby_fields/1/value": "", "result/2/groupby_fields/1/field": "assignment_group"}},
		{"display values", "sysparm_count=true&sysparm_group_by=assignment_group&sysparm_display_value=all",
			map[string]string{"result/0/groupby_fields/0/display_value": "", "result/1/groupby_fields/0/display_value": "Network",
				"result/1/groupby_fields/0/value": net}},
		{"display values only", "sysparm_count=true&sysparm_group_by=state&sysparm_display_value=true",
			map[string]string{"result/0/groupby_fields/0/value": "New"}},
		{"having", "sysparm_count=true&sysparm_group_by=state&sysparm_having=count^state^%3E^1",
			map[string]string{"result/0/stats/count": "2", "result/1": "<absent>"}},
		{"having, of an average", "sysparm_count=true&sysparm_group_by=state&sysparm_having=count^state^%3E^0,avg^reassignment_count^%3E^3",
			map[string]string{"result/0/groupby_fields/0/value": "2", "result/1": "<absent>"}},
		{"order by a column, descending", "sysparm_count=true&sysparm_group_by=state&sysparm_order_by=state^DESC",
			map[string]string{"result/0/groupby_fields/0/value": "2"}},
		{"order by count", "sysparm_count=true&sysparm_group_by=state&sysparm_order_by=COUNT",
			map[string]string{"result/0/stats/count": "1"}},
		{"order by count, descending", "sysparm_count=true&sysparm_group_by=state&sysparm_order_by=COUNT^state^DESC",
			map[string]string{"result/0/stats/count": "2"}},
		{"order by an average", "sysparm_count=true&sysparm_group_by=state&sysparm_order_by=AVG^reassignment_count",
			map[string]string{"result/0/groupby_fields/0/value": "1"}},
		{"dot-walked group", "sysparm_count=true&sysparm_group_by=assignment_group.name", map[string]string{
			"result/1/groupby_fields/0/value": "Network", "result/1/stats/count": "2"}},
		{"unknown columns are ignored", "sysparm_count=true&sysparm_sum_fields=bogus&sysparm_group_by=bogus",
			map[string]string{"result/stats/count": "3"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			b.t = t
			a := b.get("/api/now/v1/stats/incident?" + c.query).want(200)
			for path, want := range c.want {
				a.is(path, want)
			}
		})
	}
	b.policy.hideRow = func(r db.Row) bool { return true }
	b.get("/api/now/stats/incident?sysparm_count=true").want(200).is("result/stats/count", "3") // rows that a list hides count
	b.policy.hideTable = "incident"
	b.get("/api/now/stats/incident?sysparm_count=true").want(403).is("error/message", "Insufficient rights to query records")
	b.get("/api/now/stats/bogus").want(400)
}
