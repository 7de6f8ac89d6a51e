package servicenowtest

import (
	"net/http"
	"strings"

	"github.com/seed-a66f7fd3/servicenow/servicenowtest/internal/db"
)

func (c *call) caseFieldValues() { c.fieldValues(c.arg[0], db.Row{}) }

func (c *call) oneCaseFieldValues() {
	if row, ok := c.foundCase(c.arg[0]); ok {
		c.fieldValues(c.arg[1], row)
	}
}

// fieldValues lists what a choice or reference column of a case may hold.
func (c *call) fieldValues(name string, of db.Row) {
	c.short()
	column, ok := c.db.Schema().Column(caseTable, name)
	choices := c.db.Schema().Choices(caseTable, name)
	switch {
	case ok && len(choices) > 0:
		c.choiceValues(choices)
	case ok && column.IsReference():
		c.referenceValues(column, of)
	default:
		c.fail(http.StatusBadRequest, "Bad Request", name+" is not a choice or reference field")
	}
}

func (c *call) choiceValues(choices []db.Choice) {
	list := []any{}
	for _, ch := range choices {
		if d := c.q.Get("sysparm_dependent_value"); d == "" || ch.Dependent == "" || ch.Dependent == d {
			list = append(list, map[string]any{"label": ch.Label, "value": ch.Value})
		}
	}
	c.result(http.StatusOK, list)
}

// referenceValues lists the rows a reference may point at. For a case that has an account, a reference qualifier keeps
// to the rows of that account, as the stock dictionary does for contacts and assets.
func (c *call) referenceValues(column db.Column, of db.Row) {
	q, ok := c.caseQuery(column.Reference)
	if !ok {
		return
	}
	account := of.Get("account")
	for _, pair := range strings.Split(c.q.Get("sysparm_ref_qual_input"), "^") {
		if v, found := strings.CutPrefix(pair, "account="); found {
			account = v
		}
	}
	if _, has := c.db.Schema().Column(column.Reference, "account"); has && account != "" {
		q.Match = func(r db.Row) bool { return r.Get("account") == account }
	}
	res, err := c.db.Query(c.s, q)
	if err != nil {
		c.queryFailed(err)
		return
	}
	list := make([]any, len(res.Rows))
	for i, r := range res.Rows {
		item := map[string]any{"label": c.db.DisplayOf(r), "value": r.SysID()}
		for _, extra := range strings.Split(c.q.Get("sysparm_reference_field_columns"), ",") {
			if cell, ok := c.cell(r, strings.TrimSpace(extra), view{display: "false", noLink: true}); ok {
				item[extra] = cell
			}
		}
		list[i] = item
	}
	c.casePageHeaders(q, res)
	c.result(http.StatusOK, list)
}
