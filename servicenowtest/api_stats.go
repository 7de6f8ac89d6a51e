package servicenowtest

import (
	"net/http"
	"strings"

	"github.com/seed-a66f7fd3/servicenow/servicenowtest/internal/db"
)

// addStats mounts the Aggregate API: https://www.servicenow.com/docs/r/api-reference/rest-apis/c_AggregateAPI.html
func (a *api) addStats() {
	a.add(http.MethodGet, "now/stats/*", "- v1 v2", (*call).stats)
}

// stats answers an object when ungrouped and an array when grouped. Rights are those of the table and its columns:
// GlideAggregate counts rows that a list would hide.
func (c *call) stats() {
	t, ok := c.table(c.arg[0])
	if !ok {
		return
	}
	if !c.policy.canReadTable(c.s, t.Name) {
		c.fail(http.StatusForbidden, "Insufficient rights to query records", "No permission to read table "+t.Name)
		return
	}
	q := c.query(t)
	q.Limit, q.Offset, q.Visible = 0, 0, nil
	res, err := c.db.Query(c.s, q)
	if err != nil {
		c.queryFailed(err)
		return
	}
	agg := c.aggregation(t)
	groups := agg.run(res.Rows)
	if len(agg.GroupBy) == 0 {
		c.result(http.StatusOK, map[string]any{"stats": agg.show(groups[0])})
		return
	}
	out := make([]any, len(groups))
	for i, g := range groups {
		out[i] = map[string]any{"stats": agg.show(g), "groupby_fields": c.groupFields(t, agg, g)}
	}
	c.result(http.StatusOK, out)
}

func (c *call) aggregation(t *db.Table) aggregation {
	agg := aggregation{db: c.db, table: t.Name, Count: c.flag("sysparm_count"), fields: map[string][]string{}}
	readable := func(list string) (out []string) {
		for _, f := range strings.Split(list, ",") {
			f = strings.TrimSpace(f)
			if _, ok := c.db.Schema().Resolve(t.Name, f); ok && c.mayWalk(t.Name, strings.Split(f, ".")) {
				out = append(out, f)
			}
		}
		return out
	}
	for _, fn := range []string{"avg", "min", "max", "sum"} {
		if fields := readable(c.q.Get("sysparm_" + fn + "_fields")); len(fields) > 0 {
			agg.fields[fn] = fields
		}
	}
	agg.GroupBy = readable(c.q.Get("sysparm_group_by"))
	agg.Having = c.q.Get("sysparm_having")
	agg.OrderBy = c.q.Get("sysparm_order_by")
	return agg
}

// groupFields names the group: the stored value, the display value, or both.
func (c *call) groupFields(t *db.Table, agg aggregation, g *group) []any {
	display := strings.ToLower(c.q.Get("sysparm_display_value"))
	out := make([]any, len(agg.GroupBy))
	for i, field := range agg.GroupBy {
		value := g.key[i]
		shown := value
		if column, ok := c.db.Schema().Resolve(t.Name, field); ok {
			shown = c.db.Display(c.s, column.Table, column.Name, value)
			if !strings.Contains(field, ".") {
				shown = c.db.Display(c.s, t.Name, field, value)
			}
		}
		cell := map[string]any{"field": field, "value": value}
		switch display {
		case "true":
			cell["value"] = shown
		case "all":
			cell["display_value"] = shown
		}
		out[i] = cell
	}
	return out
}
