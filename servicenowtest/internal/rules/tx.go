package rules

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/seed-a66f7fd3/servicenow/servicenowtest/internal/db"
)

// Tx is one transaction: a request, or one run of a job. Its rules share one global scope, as the platform's do, which
// is why scripts wrap themselves in functions. A Tx belongs to one goroutine at a time.
type Tx struct {
	engine   *Engine
	session  db.Session
	vm       *machine // made when the first script runs
	depth    int
	querying bool     // a query rule is running
	later    []func() // released by End: what must not overtake the request
}

// AbortError is why a write did not happen: a before rule called setAbortAction(true). Its text is the platform's.
type AbortError struct{ Table, Rule, RuleID, Message string }

func (e *AbortError) Error() string {
	return fmt.Sprintf("Operation against file '%s' was aborted by Business Rule '%s^%s'. Business Rule Stack:%s",
		e.Table, e.Rule, e.RuleID, e.Rule)
}

// Begin opens a transaction for a session. Put it into the Session's Tx to have writes belong to it.
func (e *Engine) Begin(s db.Session) *Tx {
	tx := &Tx{engine: e, session: s}
	tx.session.Tx = tx
	return tx
}

// Session is the session to write with inside the transaction.
func (tx *Tx) Session() db.Session { return tx.session }

// End releases what was queued: outbound requests, async rules, events. It is called after the writer has its answer.
func (tx *Tx) End() {
	tx.release()
	later := tx.later
	tx.later = nil
	for _, f := range later {
		f()
	}
}

// fire runs the rules of one phase of one write.
func (tx *Tx) fire(w db.Write) error {
	if tx.depth >= maxDepth {
		tx.log(levelError, "Detected possible infinite loop or recursive business rule on "+w.Class, "")
		return nil
	}
	tx.depth++
	defer func() { tx.depth-- }()
	for _, rule := range tx.engine.rules(w) {
		if err := tx.run(rule, w); err != nil {
			return err
		}
	}
	return nil
}

// rules lists the active rules of a write, those of parent tables included, in their order.
func (e *Engine) rules(w db.Write) []db.Row {
	return e.active(w.Class, func(r db.Row) bool { return r.Get("action_"+string(w.Op)) == "true" && inPhase(r, w) })
}

// active lists the active rules of a class and its parents that suit, in their order.
func (e *Engine) active(class string, suits func(db.Row) bool) []db.Row {
	var out []db.Row
	for _, table := range append(e.DB.Schema().Ancestry(class), "global") {
		for _, r := range e.DB.Find("sys_script", "collection", table) {
			if r.Get("active") == "true" && suits(r) && !e.Skip(r) {
				out = append(out, r)
			}
		}
	}
	slices.SortStableFunc(out, func(a, b db.Row) int {
		return cmp.Or(cmp.Compare(number(a, "order"), number(b, "order")), cmp.Compare(a.SysID(), b.SysID()))
	})
	return out
}

func number(r db.Row, column string) int {
	n, _ := strconv.Atoi(r.Get(column))
	return n
}

// inPhase decides by "when". After rules of order 1000 and above run "only for active records".
// https://www.servicenow.com/docs/r/api-reference/r_ExecutionOrderScriptsAndEngines.html
func inPhase(r db.Row, w db.Write) bool {
	when := r.Get("when")
	if w.Phase == db.Before {
		return when == "before"
	}
	record := w.Current
	if w.Op == db.OpDelete {
		record = w.Previous
	}
	if when == "after" && number(r, "order") >= 1000 && record.Has("active") && record.Get("active") != "true" {
		return false
	}
	return when == "after" || strings.HasPrefix(when, "async")
}

// run checks a rule's conditions and runs it, or queues it when it is async. Conditions see changes even for async
// rules; the script of an async rule has no previous.
func (tx *Tx) run(rule db.Row, w db.Write) error {
	if !tx.roleAllows(rule) || !tx.filterAllows(rule, w) {
		return nil
	}
	current, previous := tx.handles(w)
	if cond := rule.Get("condition"); cond != "" && !tx.condition(rule, cond, current, previous) {
		return nil
	}
	if strings.HasPrefix(rule.Get("when"), "async") {
		tx.queueAsync(rule, w)
		return nil
	}
	if w.Phase == db.Before && w.Draft != nil {
		setFieldValues(w.Draft, rule.Get("template"))
	}
	if rule.Get("abort_action") == "true" && w.Phase == db.Before {
		return abortOf(rule, w.Class)
	}
	// belief: the script of a rule that is not "advanced" is dead text, as the form hides it. Creating one over REST
	// and touching its table would tell.
	if rule.Get("advanced") != "true" {
		return nil
	}
	tx.script(rule, rule.Get("script"), current, previous)
	if current.aborted && w.Phase == db.Before {
		return abortOf(rule, w.Class)
	}
	return nil
}

// setFieldValues is the action of the form of that name: column=value, joined by ^. Only a before rule can still change
// the record.
func setFieldValues(draft *db.Draft, template string) {
	for _, pair := range strings.Split(template, "^") {
		if column, value, ok := strings.Cut(pair, "="); ok {
			draft.Set(column, value)
		}
	}
}

func abortOf(rule db.Row, table string) error {
	return &AbortError{Table: table, Rule: rule.Get("name"), RuleID: rule.SysID(), Message: rule.Get("message")}
}

// handles makes current and previous. On insert there is no previous; on delete current is the record that goes.
func (tx *Tx) handles(w db.Write) (current, previous *record) {
	current = &record{tx: tx, table: w.Class, row: w.Current, previous: w.Previous, op: w.Op, draft: w.Draft,
		journal: w.Journal, inRule: true, workflow: true, autoSys: true}
	switch {
	case w.Op == db.OpDelete:
		current.row = w.Previous
	case w.Phase == db.After:
		current.draft = nil
	}
	if w.Op != db.OpInsert {
		previous = &record{tx: tx, table: w.Class, row: w.Previous, op: w.Op, workflow: true, autoSys: true}
	}
	return current, previous
}

// roleAllows checks role_conditions: a list of roles of which the user needs one.
func (tx *Tx) roleAllows(rule db.Row) bool {
	list := rule.Get("role_conditions")
	if list == "" {
		return true
	}
	for _, id := range strings.Split(list, ",") {
		role, ok := tx.engine.DB.Get("sys_user_role", strings.TrimSpace(id))
		if ok && tx.session.HasRole(role.Get("name")) {
			return true
		}
	}
	return false
}

// queueAsync puts the rule into the scheduler's queue; the record is read again when its turn comes.
func (tx *Tx) queueAsync(rule db.Row, w db.Write) {
	e, session := tx.engine, tx.session
	id, class, op := w.Current.SysID(), w.Class, w.Op
	gone := w.Previous
	tx.later = append(tx.later, func() {
		e.job(session, func(tx *Tx) {
			row, ok := e.DB.Get(class, id)
			if !ok {
				row = gone
			}
			current := &record{tx: tx, table: class, row: row, previous: row, op: op, inRule: true, workflow: true,
				autoSys: true}
			tx.script(rule, rule.Get("script"), current, nil)
		})
	})
}

// Abort is how the Table API words the refusal: a 403 that is about validation and not about rights.
func (e *AbortError) Abort() (message, detail string) {
	if e.Message != "" {
		return "Operation Failed", e.Message + " " + e.Error()
	}
	return "Operation Failed", e.Error()
}
