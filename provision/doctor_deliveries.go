package provision

import (
	"context"
	"fmt"
	"net/url"
	"strconv"
	"time"

	"github.com/seed-a66f7fd3/servicenow/internal/rest"
	"github.com/seed-a66f7fd3/servicenow/table"
	"github.com/seed-a66f7fd3/servicenow/webhook"
)

// underway is how long an event may be on its way before it counts as missing.
const underway = 2 * time.Minute

// deliveries is layer E: what should have arrived, and whether it did.
func (e *examination) deliveries(ctx context.Context) {
	if e.Deliveries == nil {
		e.note("E1", Unknown, "deliveries", "the host does not tell what arrived", "give the doctor Deliveries")
	} else {
		e.passive(ctx)
		e.ping(ctx)
	}
	if e.Missed == nil {
		return
	}
	switch missed, total, err := e.Missed(ctx); {
	case err != nil:
		e.note("E3", Unknown, "reconciliation", err.Error(), "")
	default:
		e.either(missed*100 <= total, "E3", Warn, "reconciliation",
			fmt.Sprintf("%d of %d changes came without a webhook", missed, total),
			"rules do not run for imports and some platform jobs; a steady rate above 1 % has another cause")
	}
}

// passive takes the newest record of which each rule should have told: its event must have come.
func (e *examination) passive(ctx context.Context) {
	for _, r := range e.Spec.Rules {
		told := tellingOf(r)
		row, err := e.newest(ctx, told)
		changed, _ := time.Parse(time.DateTime, get(row, told.dated))
		subject := "rule " + r.Name
		switch age := e.Conn.Now().Sub(changed); {
		case err != nil:
			e.note("E1", Unknown, subject, "its table cannot be read: "+err.Error(), "let the integration user read "+told.table)
		case row.SysID() == "" || age > 24*time.Hour || changed.Before(e.writtenOn(r.Key)):
			e.note("E1", Unknown, subject, "nothing happened since it is as it is, or within a day", "use a canary")
		case e.arrived(ctx, row.SysID(), told.modCount(row), changed.Add(-time.Hour)):
			e.note("E1", OK, subject, "the event of the newest "+told.what+" arrived", "")
		case age < underway:
			e.note("E1", Unknown, subject, "the newest "+told.what+" may still be on its way", "look again in two minutes")
		default:
			e.note("E1", Fail, subject, "the "+told.what+" of "+get(row, told.dated)+" in "+told.table+" never arrived",
				"the rule does not fire: look for an earlier rule that aborts, for domain separation, and whether "+
					"the writer switched rules off")
		}
	}
}

// telling is what a rule must have told of.
type telling struct {
	table, filter string
	dated         string // the column by which the newest is found
	what          string
	counted       bool // a record that changes: an event of an earlier state is not enough
}

func tellingOf(r Rule) telling {
	t := telling{table: r.Table, filter: r.Filter, dated: "sys_created_on", what: "new record"}
	changes := r.Key == "task" || r.Key == "case"
	if changes && len(r.Watch) == 0 { // of a change that touched no watched column nobody tells
		t.dated, t.what, t.counted = "sys_updated_on", "change", true
	}
	if changes && r.SkipActor != "" {
		t.filter = joinConditions(t.filter, "sys_updated_by!="+r.SkipActor)
	}
	return t
}

// modCount is what an event must have at least.
func (t telling) modCount(row table.Record) int {
	if !t.counted {
		return -1
	}
	n, _ := strconv.Atoi(get(row, "sys_mod_count"))
	return n
}

// writtenOn is when a rule was written last; changes before it tell nothing about it.
func (e *examination) writtenOn(key string) time.Time {
	for _, row := range e.found.rows[ruleTable] {
		if m, ok := markerIn(e.Spec.Vendor, get(row, "description")); ok && m.Key == key {
			t, _ := time.Parse(time.DateTime, get(row, "sys_updated_on"))
			return t
		}
	}
	return time.Time{}
}

func (e *examination) newest(ctx context.Context, t telling) (table.Record, error) {
	query := joinConditions(t.filter, "ORDERBYDESC"+t.dated)
	var rows []table.Record
	_, err := e.Conn.Do(ctx, listOp(t.table, query, "sys_id,sys_mod_count,"+t.dated, 1), &rows)
	if err != nil || len(rows) == 0 {
		return table.Record{}, err
	}
	return rows[0], nil
}

// arrived looks for an event of the record that is at least as new.
func (e *examination) arrived(ctx context.Context, sysID string, modCount int, since time.Time) bool {
	seen, err := e.Deliveries(ctx, since)
	if err != nil {
		return false
	}
	for _, d := range seen {
		if d.Event != nil && d.Err == nil && d.Event.About().SysID == sysID && d.Event.About().ModCount >= modCount {
			return true
		}
	}
	return false
}

// ping changes the canary, and waits for its event. A property would do as well, and cost the instance its caches.
func (e *examination) ping(ctx context.Context) {
	c := e.Canary
	if c == nil {
		return
	}
	wait := c.Wait
	if wait <= 0 {
		wait = time.Minute
	}
	started := e.Now()
	nonce := "checked " + started.UTC().Format(time.RFC3339Nano)
	op := updateOp(c.Table, c.SysID, map[string]string{first(c.Column, "description"): nonce})
	op.Query = url.Values{"sysparm_fields": {"sys_id,sys_mod_count"}}
	row, _, err := rest.Do[table.Record](ctx, e.Conn, op)
	if err != nil {
		e.note("E2", Unknown, "ping", "the canary cannot be changed: "+err.Error(), "let the integration user write "+c.Table)
		return
	}
	ctx, cancel := context.WithTimeout(ctx, wait)
	defer cancel()
	modCount := telling{counted: true}.modCount(row)
	for {
		if e.arrived(ctx, c.SysID, modCount, started.Add(-time.Minute)) {
			e.note("E2", OK, "ping", fmt.Sprintf("arrived after %v", e.Now().Sub(started).Round(time.Millisecond)), "")
			return
		}
		select {
		case <-ctx.Done():
			e.lost(context.WithoutCancel(ctx), wait, started)
			return
		case <-time.After(wait / 200):
		}
	}
}

// lost says where on the way the ping went.
func (e *examination) lost(ctx context.Context, wait time.Duration, since time.Time) {
	seen := fmt.Sprintf("no event within %v, and nothing reached the receiver", wait)
	deliveries, _ := e.Deliveries(ctx, since)
	for _, d := range deliveries {
		if d.Err != nil && webhook.Status(d.Err) < 500 {
			seen = "the receiver refused it: " + d.Err.Error()
		}
	}
	e.note("E2", Fail, "ping", seen,
		"the rule is as it should be: see that it watches the canary's column, look for other rules "+
			"that abort, and for a case rule set CaseOnTask, in case the instance does not run it on the case table")
}
