package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/seed-a66f7fd3/servicenow"
	"github.com/seed-a66f7fd3/servicenow/table"
)

// tally counts what a pull brought.
type tally struct {
	rows    int
	skipped []servicenow.SkippedTable
}

// line is a change as -json writes it.
type line struct {
	Table     string          `json:"table"`
	SysID     string          `json:"sys_id"`
	Operation table.Operation `json:"operation"`
	UpdatedOn string          `json:"updated_on"`
	Class     string          `json:"class,omitempty"`
	Row       any             `json:"row,omitempty"`
}

func (c config) options(p *progress, t *tally) servicenow.PullOptions {
	return servicenow.PullOptions{
		Capability: c.capability, By: c.pullBy(), Limit: max(c.limit, 0), Audit: c.audit(),
		Progress: func(now servicenow.PullProgress) { show(p, now) },
		Skipped: func(s servicenow.SkippedTable) {
			t.skipped = append(t.skipped, s)
			p.say("  %s was skipped (%s): %v\n    → %s", s.Table, s.Why, s.Err, s.Remedy)
		},
		Notice: func(n table.Notice) { p.say("  note on %s: %s", n.Table, n.Text) },
	}
}

// auditDays is how much of the field history is looked at. Nobody reads all of sys_audit.
const auditDays = 365

// audit asks for the history of cases, which only a helpdesk pulls.
func (c config) audit() *servicenow.PullAudit {
	if c.capability != servicenow.Helpdesk {
		return nil
	}
	return &servicenow.PullAudit{Tables: []string{"sn_customerservice_case"}, Since: time.Now().AddDate(0, 0, -auditDays)}
}

// show redraws the running line while a table comes, and leaves one line when it is there.
func show(p *progress, now servicenow.PullProgress) {
	switch {
	case now.Done:
		p.say("  [%d/%d] %-32s %6d rows, %.0f a second", now.Step, now.Steps, now.Table, now.Rows, now.Rate())
	case now.Estimate >= 0:
		p.redraw("  [%d/%d] %-32s %6d of about %d", now.Step, now.Steps, now.Table, now.Rows, now.Estimate)
	default:
		p.redraw("  [%d/%d] %-32s %6d rows", now.Step, now.Steps, now.Table, now.Rows)
	}
}

// pull reads everything, and writes each change to standard output when asked to.
func pull(ctx context.Context, sn *servicenow.Client, c config, p *progress) (*tally, error) {
	t := &tally{}
	out := bufio.NewWriter(io.Discard)
	write := func(servicenow.Change) error { return nil }
	if c.json {
		out = bufio.NewWriter(os.Stdout)
		write = jsonLines(out)
	}
	began := time.Now()
	for change, err := range sn.Pull(ctx, c.options(p, t)) {
		if err != nil {
			return t, errors.Join(fmt.Errorf("the pull ended after %d rows: %w", t.rows, err), out.Flush())
		}
		t.rows++
		if err := write(change); err != nil {
			return t, fmt.Errorf("standard output: %w", err)
		}
	}
	p.say("  %d rows in %s", t.rows, time.Since(began).Round(time.Millisecond))
	if err := out.Flush(); err != nil {
		return t, fmt.Errorf("standard output: %w", err)
	}
	return t, nil
}

func jsonLines(w io.Writer) func(servicenow.Change) error {
	encoder := json.NewEncoder(w)
	return func(c servicenow.Change) error {
		return encoder.Encode(line{
			Table: c.Table, SysID: c.SysID, Operation: c.Operation, UpdatedOn: c.UpdatedOn.UTC().Format(time.RFC3339),
			Class: c.Class, Row: c.Row,
		})
	}
}
