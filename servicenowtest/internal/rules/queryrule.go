package rules

import (
	"strings"

	"github.com/seed-a66f7fd3/servicenow/servicenowtest/internal/db"
)

// onQuery runs the query rules of a table before one of its queries, and gives the conditions that they add to current.
// "Only query business rules on the table queried are executed—not query business rules on the tables of reference
// fields."
// https://www.servicenow.com/docs/r/api-reference/business-rules-classic/c_BusinessRules.html
//
// belief: rules of parent tables run too, as they do for writes, and one that throws restricts nothing.
func (e *Engine) onQuery(s db.Session, table string) string {
	rules := e.queryRules(table)
	if len(rules) == 0 || s.System {
		return ""
	}
	tx, ok := s.Tx.(*Tx)
	if !ok {
		tx = e.Begin(s)
		defer tx.End()
	}
	if tx.querying {
		return "" // a query made by a query rule
	}
	tx.querying = true
	defer func() { tx.querying = false }()
	current := &record{tx: tx, table: table, workflow: true, autoSys: true}
	for _, rule := range rules {
		if !tx.roleAllows(rule) {
			continue
		}
		if cond := rule.Get("condition"); cond != "" && !tx.condition(rule, cond, current, nil) {
			continue
		}
		tx.script(rule, rule.Get("script"), current, nil)
	}
	return strings.Join(current.conditions, "^")
}

// queryRules lists the active query rules of a table and its parents, in their order.
func (e *Engine) queryRules(table string) []db.Row {
	return e.active(table, func(r db.Row) bool {
		return r.Get("action_query") == "true" && r.Get("when") == "before" && r.Get("advanced") == "true"
	})
}
