package provision

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/seed-a66f7fd3/servicenow/internal/rest"
	"github.com/seed-a66f7fd3/servicenow/webhook"
)

// Doctor says why webhooks do not arrive. It looks in layers: the caller (A), the properties (B), the rules (C), the
// traffic (D), the deliveries (E), the surroundings (F), and stops after the first layer in which something failed,
// because what lies above it would only repeat it. It reads; only the ping writes, and only to the canary.
type Doctor struct {
	// Conn reads as the integration user. Rights that it lacks make a check Unknown.
	Conn *rest.Conn
	// Spec is what should be installed.
	Spec Spec
	// Deliveries lists what the receiver saw since a time, as webhook.HandlerConfig.Observe was told. Nil is not known.
	Deliveries func(ctx context.Context, since time.Time) ([]webhook.Delivery, error)
	// Reach tries the callback URL from here with one GET; it tells a receiver that is down from one whose certificate
	// nobody trusts. Nil does not try.
	Reach *http.Client
	// Canary is a record to change, for an active ping. Nil sends none.
	Canary *Canary
	// Missed tells how many of how many changes a reconciliation by polling found that no webhook had told of.
	Missed func(ctx context.Context) (missed, total int, err error)
	// Now is the local clock; nil is time.Now.
	Now func() time.Time
}

// Canary is a record of the integration user's own ("Acme connection check, do not delete") whose class passes the
// rule's condition. Settings.Canary makes its events pings.
type Canary struct {
	Table, SysID string
	// Column takes a nonce; empty is description.
	Column string
	// Wait is how long to wait for the event; zero is a minute.
	Wait time.Duration
}

// Finding is the result of a check.
type Finding string

// The results of a Check.
const (
	OK      Finding = "ok"
	Warn    Finding = "warn"
	Fail    Finding = "fail"
	Unknown Finding = "unknown" // the rights of the caller, or what the host configured, do not suffice to look
)

// Check is one thing that was looked at.
type Check struct {
	ID      string  `json:"id"` // "C2"
	Result  Finding `json:"result"`
	Subject string  `json:"subject"`        // "rule task"
	Seen    string  `json:"seen"`           // what was found
	Todo    string  `json:"todo,omitempty"` // what to do about it
}

// Diagnosis is what a Doctor found, in the order in which it looked.
type Diagnosis struct {
	Checks []Check `json:"checks"`
}

// Healthy reports that nothing failed.
func (d Diagnosis) Healthy() bool { return !d.has(Fail) }

// Cause is the check to act on first: the first that failed, or else the first with a warning.
func (d Diagnosis) Cause() (Check, bool) {
	for _, result := range []Finding{Fail, Warn} {
		for _, c := range d.Checks {
			if c.Result == result {
				return c, true
			}
		}
	}
	return Check{}, false
}

func (d Diagnosis) has(f Finding) bool {
	for _, c := range d.Checks {
		if c.Result == f {
			return true
		}
	}
	return false
}

// String is the diagnosis as a person reads it, one line for each check.
func (d Diagnosis) String() string {
	var out strings.Builder
	for _, c := range d.Checks {
		fmt.Fprintf(&out, "%-7s %s %s: %s", c.Result, c.ID, c.Subject, c.Seen)
		if c.Todo != "" && c.Result != OK {
			out.WriteString("; " + c.Todo)
		}
		out.WriteByte('\n')
	}
	return out.String()
}

// examination is one run of a Doctor.
type examination struct {
	Doctor
	p      *Provisioner
	checks []Check
	found  *state
	// privileged: the caller has a role with which rules are read, so what is not seen is not there.
	privileged bool
	admin      bool // the same of the system's own tables
}

// Examine looks. It returns an error only when ctx ended; everything else that goes wrong is a Check.
func (d Doctor) Examine(ctx context.Context) (Diagnosis, error) {
	if d.Now == nil {
		d.Now = time.Now
	}
	e := &examination{Doctor: d, p: New(d.Conn)}
	for _, layer := range []func(context.Context){e.caller, e.installed, e.traffic, e.deliveries} {
		layer(ctx)
		if (Diagnosis{e.checks}).has(Fail) {
			break
		}
	}
	return Diagnosis{Checks: e.checks}, ctx.Err()
}

func (e *examination) note(id string, result Finding, subject, seen, todo string) {
	e.checks = append(e.checks, Check{ID: id, Result: result, Subject: subject, Seen: seen, Todo: todo})
}

// either notes OK or the result given.
func (e *examination) either(good bool, id string, bad Finding, subject, seen, todo string) {
	if good {
		e.note(id, OK, subject, seen, "")
		return
	}
	e.note(id, bad, subject, seen, todo)
}
