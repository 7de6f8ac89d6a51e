package servicenowtest

import (
	"cmp"
	"strings"

	"github.com/seed-a66f7fd3/servicenow/servicenowtest/internal/db"
)

// foreign reports whether a Business Rule is one that an application scope may not have on a table of another: anything
// but an async rule, or a before rule that has no script and aborts nothing, and a query rule in any case.
// https://www.servicenow.com/docs/r/api-reference/business-rules-classic/c_BusinessRules.html
func foreign(get func(column string) string) bool {
	if scope := cmp.Or(get("sys_scope"), "global"); scope == scopeOf(get("collection")) {
		return false
	}
	switch {
	case get("action_query") == "true":
		return true
	case strings.HasPrefix(get("when"), "async"):
		return false
	case get("when") == "before":
		return get("advanced") == "true" || get("abort_action") == "true"
	}
	return true
}

// scopeOf is the application that a table belongs to, by its name.
func scopeOf(table string) string {
	if strings.HasPrefix(table, "sn_customerservice_") {
		return "sn_customerservice"
	}
	return "global"
}

// checkScope is a hook of the database that does to foreign rules what the switch says.
//
// belief: all four outcomes are possible; creating such a rule over REST on a real instance, and touching a case,
// would tell which one it is.
func (s *Server) checkScope(w db.Write) error {
	if w.Phase != db.Before || w.Class != "sys_script" || w.Draft == nil || !w.Workflow ||
		!foreign(w.Draft.Get) {
		return nil
	}
	switch s.currentSwitches().ForeignScopeRules {
	case ForeignRulesRefused:
		return scopeError{}
	case ForeignRulesAltered:
		w.Draft.Set("when", "async")
	}
	return nil
}

// skipsRule reports whether a stored rule never fires.
func (s *Server) skipsRule(rule db.Row) bool {
	return s.currentSwitches().ForeignScopeRules == ForeignRulesSilent && foreign(rule.Get)
}

// scopeError refuses the insert of a foreign rule.
type scopeError struct{}

func (scopeError) Error() string { return "a rule of another scope on this table may only be async" }

// Abort is how the Table API words the refusal.
func (e scopeError) Abort() (message, detail string) { return "Operation Failed", e.Error() }
