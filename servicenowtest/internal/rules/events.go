package rules

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/seed-a66f7fd3/servicenow/servicenowtest/internal/db"
)

// job runs f in the scheduler, in a transaction of its own as the given user.
func (e *Engine) job(s db.Session, f func(*Tx)) {
	e.spawn(e.workers, func(context.Context) {
		s.Tx = nil
		tx := e.Begin(s)
		f(tx)
		tx.End()
	})
}

// scheduled is an event that waits for its time.
type scheduled struct {
	due   time.Time
	event string // sys_id of the sysevent row
}

// queueEvent is gs.eventQueue and gs.eventQueueScheduled: a row of sysevent, written below the rule engine, and
// processed after the transaction, or later.
// https://www.servicenow.com/docs/r/api-reference/server-api-reference/c_GlideSystemScopedAPI.html
func (m *machine) queueEvent(a args) {
	name := a.text(0)
	if len(name) > 40 {
		name = name[:40] // an event name is cut at 40 characters without a word
	}
	values := map[string]string{
		"name": name, "parm1": a.text(3), "parm2": a.text(4), "queue": a.text(5), "state": "ready",
		"user_id": m.tx.session.UserID, "user_name": userName(m.tx.session), "instance": a.text(2),
	}
	if a.int(1) >= 0 {
		r := m.records[a.int(1)]
		values["table"], values["instance"] = r.class(), r.sysID()
	}
	e := m.tx.engine
	due := e.Now()
	if v := a.Argument(6); v.IsNumber() {
		due = instant(a.number(6))
	}
	values["process_on"] = due.Format(db.TimeLayout)
	row, err := e.DB.Insert(m.tx.session, "sysevent", values, db.WithoutWorkflow())
	if err != nil {
		m.throw(err.Error())
	}
	id := row.SysID()
	m.tx.later = append(m.tx.later, func() { e.schedule(scheduled{due, id}) })
}

// schedule processes an event now, or when the instance's clock reaches its time.
func (e *Engine) schedule(s scheduled) {
	e.mu.Lock()
	e.timers = append(e.timers, s)
	if !e.watching && !e.closed {
		e.watching = true
		e.wg.Go(e.watch)
	}
	e.mu.Unlock()
	e.releaseDue()
	select {
	case e.wake <- struct{}{}:
	default:
	}
}

// releaseDue hands every event whose time has come to the scheduler.
func (e *Engine) releaseDue() {
	now := e.Now()
	e.mu.Lock()
	var due []scheduled
	e.timers = slices.DeleteFunc(e.timers, func(s scheduled) bool {
		if s.due.After(now) {
			return false
		}
		due = append(due, s)
		return true
	})
	e.mu.Unlock()
	slices.SortStableFunc(due, func(a, b scheduled) int { return a.due.Compare(b.due) })
	for _, s := range due {
		e.job(db.Session{System: true}, func(tx *Tx) { tx.process(s.event) })
	}
}

// watch waits for the next scheduled event until there is none.
func (e *Engine) watch() {
	for {
		e.mu.Lock()
		if len(e.timers) == 0 {
			e.watching = false
			e.mu.Unlock()
			return
		}
		next := slices.MinFunc(e.timers, func(a, b scheduled) int { return a.due.Compare(b.due) })
		e.mu.Unlock()
		jumped := e.Jumped()
		if e.Now().Before(next.due) {
			fires, stop := e.Wait(next.due)
			select {
			case <-fires:
			case <-jumped:
			case <-e.wake:
			case <-e.ctx.Done():
			}
			stop()
		}
		if e.ctx.Err() != nil {
			return
		}
		e.releaseDue()
	}
}

// process runs the script actions of an event, as the user who queued it, and marks the row. An event for which there
// is no script action is processed as well: nothing says that somebody listens.
func (tx *Tx) process(id string) {
	e := tx.engine
	event, ok := e.DB.Get("sysevent", id)
	if !ok || event.Get("state") != "ready" {
		return
	}
	if s, ok := e.Session(event.Get("user_name")); ok {
		s.Tx = tx
		tx.session = s
	}
	actions := e.DB.Find("sysevent_script_action", "event_name", event.Get("name"))
	slices.SortStableFunc(actions, func(a, b db.Row) int { return cmp.Compare(number(a, "order"), number(b, "order")) })
	state := "processed"
	for _, action := range actions {
		if action.Get("active") == "true" && !tx.act(action, event) {
			state = "error"
		}
	}
	_, _ = e.DB.Update(tx.session, "sysevent", id,
		map[string]string{"state": state, "processed": e.Now().Format(db.TimeLayout)}, db.WithoutWorkflow())
}

// act runs one script action with event and current. current is read now: only parm1 and parm2 tell what was.
func (tx *Tx) act(action, event db.Row) bool {
	m, err := tx.machine()
	if err != nil {
		return false
	}
	current := &record{tx: tx, table: event.Get("table"), workflow: true, autoSys: true}
	if row, ok := tx.engine.DB.Get(event.Get("table"), event.Get("instance")); ok {
		current = &record{tx: tx, table: row.Class(), row: row, previous: row, workflow: true, autoSys: true}
	}
	defer m.swap("event", m.wrap(&record{tx: tx, table: "sysevent", row: event}))()
	if cond := action.Get("condition_script"); cond != "" && !tx.condition(action, cond, current, nil) {
		return true
	}
	_, err = tx.eval(action, action.Get("script"), current, nil)
	if err != nil {
		tx.log(levelError, "Script action '"+action.Get("name")+"' threw: "+err.Error(), action.Get("name"))
	}
	return err == nil
}
