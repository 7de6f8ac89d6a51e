package provision

import (
	"fmt"
	"reflect"

	"github.com/seed-a66f7fd3/servicenow/table"
)

// Result is what was done, and what the instance holds afterwards.
type Result struct {
	// Done are the steps that were carried out, in order.
	Done []Step `json:"done,omitempty"`
	// Steps compare the instance, as last read, with the Spec: all Keep when everything is as wanted.
	Steps []Step `json:"steps"`
	// Rules are ours as the platform stored them.
	Rules []Stored `json:"rules,omitempty"`
}

// Stored is a rule as the platform stored it, which may differ from what it was sent.
type Stored struct {
	Key          string `json:"key"`
	SysID        string `json:"sys_id"`
	Name         string `json:"name"`
	Collection   string `json:"collection"`
	When         string `json:"when"`
	Order        string `json:"order"`
	Scope        string `json:"scope"`
	Active       bool   `json:"active"`
	ScriptSHA256 string `json:"script_sha256"`
}

func newResult(plan Plan, done []Step) Result {
	r := Result{Done: done, Steps: plan.Steps}
	for _, a := range plan.spec.items() {
		if a.table != ruleTable {
			continue
		}
		for _, row := range ours(a, plan.found.rows[ruleTable], map[string]bool{}) {
			r.Rules = append(r.Rules, stored(a.key, row))
		}
	}
	return r
}

func stored(key string, row table.Record) Stored {
	return Stored{
		Key: key, SysID: row.SysID(), Name: get(row, "name"), Collection: get(row, "collection"), When: get(row, "when"),
		Order: get(row, "order"), Scope: get(row, "sys_scope"), Active: canonical("active", get(row, "active")) == "true",
		ScriptSHA256: ScriptHash(get(row, "script")),
	}
}

// PartialError tells how far Apply came. Every step is safe to repeat: plan and apply again.
type PartialError struct {
	Applied []Step
	Failed  Step
	Err     error
}

func (e *PartialError) Error() string {
	f := e.Failed
	return fmt.Sprintf("provision: after %d steps, %s %s %q: %v", len(e.Applied), f.Do, f.Table, f.Name, e.Err)
}

// Unwrap is the instance's refusal.
func (e *PartialError) Unwrap() error { return e.Err }

func sameSteps(a, b Plan) bool { return reflect.DeepEqual(a.Steps, b.Steps) }
