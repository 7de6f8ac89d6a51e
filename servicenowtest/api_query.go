package servicenowtest

import (
	"errors"
	"net/http"
	"strconv"

	"github.com/seed-a66f7fd3/servicenow/servicenowtest/internal/db"
)

// query reads the parameters all lists share.
func (c *call) query(t *db.Table) db.Query {
	q := db.Query{Table: t.Name, Encoded: c.q.Get("sysparm_query"), Limit: defaultLimit, Regime: c.regime(),
		LiteralsInUserZone: c.quirk.LiteralsInUserZone, FoldCase: c.quirk.FoldCase, SplitCarets: c.quirk.SplitCarets,
		NoCount: c.flag("sysparm_no_count"), WithRules: true,
		Visible:      func(r db.Row) bool { return c.policy.canReadRow(c.s, r) },
		MatchRefused: func(table, column string) bool { return !c.policy.canMatch(c.s, table, column) },
		RangeRefused: func(table, column string) bool { return !c.policy.canRange(c.s, table, column) },
	}
	if n, err := strconv.Atoi(c.q.Get("sysparm_limit")); err == nil && n > 0 {
		q.Limit = n
	}
	if n, err := strconv.Atoi(c.q.Get("sysparm_offset")); err == nil && n > 0 {
		q.Offset = n
	}
	if q.Encoded == "" {
		q.Match = c.pairs(t)
	}
	return q
}

// regime is the switch, or the instance-wide property glide.invalid_query.returns_no_rows.
func (c *call) regime() db.Regime {
	if c.quirk.Regime == db.InvalidDropped && c.property("glide.invalid_query.returns_no_rows") == "true" {
		return db.InvalidReturnsNothing
	}
	return c.quirk.Regime
}

func (c *call) property(name string) string {
	for _, p := range c.db.Find("sys_properties", "name", name) {
		return p.Get("value")
	}
	return ""
}

func (c *call) queryFailed(err error) {
	if errors.Is(err, db.ErrQueryForbidden) {
		c.fail(http.StatusForbidden, "Insufficient rights to query records",
			"Fields present in the query do not have permission to be read")
		return
	}
	c.writeFailed(err)
}

func (c *call) visibleTotal(q db.Query) int {
	q.Limit, q.Offset, q.NoCount = 0, 0, true
	res, err := c.db.Query(c.s, q)
	if err != nil {
		return 0
	}
	return len(res.Rows)
}
