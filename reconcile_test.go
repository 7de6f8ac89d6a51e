package servicenow_test

import (
	"context"
	"testing"
	"time"

	"github.com/seed-a66f7fd3/servicenow"
	"github.com/seed-a66f7fd3/servicenow/table"
)

// TestReconcile: a hinted change comes at once and once, a change that no hint told of comes with the poll, and what the
// hints missed is measured.
func TestReconcile(t *testing.T) {
	server, client := pullWorld(t)
	insert(t, server, "incident", map[string]string{"short_description": "old"})
	hints := make(chan servicenow.Hint, 10)
	measured := make(chan servicenow.ReconcileStats, 100)
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	o := servicenow.ReconcileOptions{
		Pull:  servicenow.PullOptions{Capability: servicenow.TaskFamily, By: servicenow.Updated, Tables: []string{"incident"}},
		Hints: hints, MinPoll: 50 * time.Millisecond, MaxPoll: 400 * time.Millisecond,
	}
	begun := false
	o.Measured = func(s servicenow.ReconcileStats) {
		measured <- s
		if begun {
			return
		}
		begun = true // the first poll has ended
		id := insert(t, server, "incident", map[string]string{"short_description": "hinted"})
		hints <- servicenow.Hint{Table: "incident", SysID: id}
		hints <- servicenow.Hint{Table: "incident", SysID: id} // webhooks come twice
		hints <- servicenow.Hint{Table: "sys_user", SysID: id} // and about what nobody asked for
		hints <- servicenow.Hint{Table: "incident", SysID: "no id!"}
	}
	came := map[string]int{}
	var last servicenow.ReconcileStats
	for c, err := range client.Reconcile(ctx, o) {
		if err != nil {
			t.Fatal(err)
		}
		text := c.Row.(*table.Incident).ShortDescription.String()
		came[text]++
		switch text {
		case "hinted":
			insert(t, server, "incident", map[string]string{"short_description": "silent"})
		case "silent":
			time.AfterFunc(300*time.Millisecond, cancel)
		}
	}
	for len(measured) > 0 {
		last = <-measured
	}
	for _, text := range []string{"old", "hinted", "silent"} {
		if came[text] != 1 {
			t.Errorf("%q came %d times", text, came[text])
		}
	}
	if last.Missed != 1 || last.MissRate <= 0 {
		t.Errorf("the hints missed one change, measured was %+v", last)
	}
}

func TestReconcileOptionsThatCannotWork(t *testing.T) {
	_, client := pullWorld(t)
	pull := servicenow.PullOptions{Capability: servicenow.Helpdesk, By: servicenow.Updated}
	limited := pull
	limited.Limit = 5
	for name, o := range map[string]servicenow.ReconcileOptions{
		"limit": {Pull: limited}, "polls": {Pull: pull, MinPoll: time.Hour}, "use": {},
	} {
		for _, err := range client.Reconcile(t.Context(), o) {
			if err == nil {
				t.Errorf("%s: no error", name)
			}
		}
	}
}
