package provision

import (
	"context"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/seed-a66f7fd3/servicenow/table"
)

// Action is what is to be done with one record.
type Action string

// The actions of a Step.
const (
	Keep   Action = "keep"
	Create Action = "create"
	Update Action = "update"
	Delete Action = "delete"
)

// Step is what is to be done with one record.
type Step struct {
	Do    Action `json:"do"`
	Key   string `json:"key,omitempty"` // of the rule or property in the Spec; empty for a legacy rule
	Table string `json:"table"`
	SysID string `json:"sys_id,omitempty"` // empty for Create
	Name  string `json:"name"`
	// Why is for people: "script edited by abel.tuter", "duplicate of …", "legacy rule".
	Why     string   `json:"why"`
	Changes []Change `json:"changes,omitempty"`
	// Left reports an admin's edit that is not repaired, because the Provisioner was told to leave edits.
	Left bool `json:"left,omitempty"`
}

// Change is one column of ours. Scripts show their hash, secrets their Key.ID.
type Change struct {
	Column string `json:"column"`
	From   string `json:"from"`
	To     string `json:"to"`
}

// Plan is an ordered list of steps, as data: print it, show it, compare it. Only a Plan that came from
// [Provisioner.Plan] can be applied; one that was unmarshalled is for people.
type Plan struct {
	Steps []Step `json:"steps"`

	spec  Spec
	found *state
}

// Settled reports that there is nothing to do.
func (p Plan) Settled() bool {
	for _, s := range p.Steps {
		if s.Do != Keep {
			return false
		}
	}
	return true
}

// String is the plan as a person reads it, one line for each step, without secrets and scripts.
func (p Plan) String() string {
	var out strings.Builder
	for _, s := range p.Steps {
		fmt.Fprintf(&out, "%-6s %s %q: %s\n", s.Do, s.Table, s.Name, s.Why)
		for _, c := range s.Changes {
			fmt.Fprintf(&out, "         %s: %q -> %q\n", c.Column, c.From, c.To)
		}
	}
	return out.String()
}

// Plan compares what is installed with what spec wants. It only reads, in one HTTP call.
func (p *Provisioner) Plan(ctx context.Context, spec Spec) (Plan, error) {
	found, err := p.look(ctx, spec)
	if err != nil {
		return Plan{}, err
	}
	return p.plan(spec, found)
}

// plan needs no instance.
func (p *Provisioner) plan(spec Spec, found *state) (Plan, error) {
	out := Plan{spec: spec, found: found}
	known := map[string]bool{}
	for _, a := range spec.items() {
		steps, err := p.compare(a, out, ours(a, found.rows[a.table], known))
		if err != nil {
			return Plan{}, err
		}
		out.Steps = append(out.Steps, steps...)
	}
	for _, r := range found.rows[ruleTable] {
		if why := spec.legacy(r); why != "" && !known[r.SysID()] {
			out.Steps = append(out.Steps, Step{Do: Delete, Table: ruleTable, SysID: r.SysID(), Name: get(r, "name"), Why: why})
		}
	}
	return out, nil
}

// ours selects an item's records, and notes them: oldest first, but of properties first those under their name, which
// the scripts read.
func ours(a item, rows []table.Record, known map[string]bool) []table.Record {
	var out, renamed []table.Record
	for _, r := range rows {
		if !a.owns(r) || known[r.SysID()] {
			continue
		}
		known[r.SysID()] = true
		if a.table == propertyTable && get(r, "name") != a.name {
			renamed = append(renamed, r)
			continue
		}
		out = append(out, r)
	}
	return append(out, renamed...)
}

// legacy says why a rule that no item owns is to go: the host named it, or it has our marker and a key that the
// spec does not have. Anything else is not ours.
func (spec Spec) legacy(r table.Record) string {
	if m, marked := markerIn(spec.Vendor, get(r, "description")); marked {
		return fmt.Sprintf("rule %q is no longer wanted", m.Key)
	}
	for _, l := range spec.Legacy {
		if get(r, "name") == l.Name && get(r, "collection") == l.Table {
			return "legacy rule"
		}
	}
	return ""
}

func (p *Provisioner) compare(a item, plan Plan, rows []table.Record) ([]Step, error) {
	if len(rows) == 0 {
		if a.blankOnly {
			return nil, nil
		}
		why := "not there"
		if plan.found.blind[a.table] {
			why = "not there, or not to be read by this user: the table shows no row at all"
		}
		return []Step{{Do: Create, Key: a.key, Table: a.table, Name: a.name, Why: why}}, nil
	}
	first, err := p.repair(a, plan.spec, rows[0])
	if err != nil {
		return nil, err
	}
	steps := []Step{first}
	for _, r := range rows[1:] {
		steps = append(steps, Step{Do: Delete, Key: a.key, Table: a.table, SysID: r.SysID(),
			Name: get(r, nameColumn(a.table)), Why: "duplicate of " + rows[0].SysID()})
	}
	return steps, nil
}

func nameColumn(tableName string) string {
	if tableName == registrationTable {
		return "event_name"
	}
	return "name"
}

// repair compares the columns that are ours after the platform's own normalisation, and nothing else.
func (p *Provisioner) repair(a item, spec Spec, r table.Record) (Step, error) {
	s := Step{Do: Keep, Key: a.key, Table: a.table, SysID: r.SysID(), Name: a.name, Why: "as wanted"}
	for _, c := range a.fitting(r).columns {
		if c.name == "value" && r.Get("value").IsZero() {
			return s, rights(a.table, Hidden, nil, "value")
		}
		if change, differs := difference(spec, c, r); differs {
			s.Changes = append(s.Changes, change)
		}
	}
	if a.blankOnly && hasKey(spec, r) {
		s.Changes = append(s.Changes, Change{Column: "value", From: "secret", To: ""})
	}
	if len(s.Changes) == 0 {
		return s, nil
	}
	s.Do, s.Why = Update, "differs"
	if a.table == ruleTable {
		edited := false
		if s.Why, edited = why(a, spec, r); edited && p.leaveEdits {
			s.Do, s.Left = Keep, true
		}
	}
	return s, nil
}

// difference is false for a column that this instance does not have or does not show, which cannot be compared. A row
// that was read without the columns that matter did not come this far.
func difference(spec Spec, c column, r table.Record) (Change, bool) {
	is := r.Get(c.name)
	if is.IsZero() || same(c, is.String()) {
		return Change{}, false
	}
	change := Change{Column: c.name, From: is.String(), To: c.value}
	switch c.name {
	case "script":
		change.From, change.To = "sha256:"+ScriptHash(change.From), "sha256:"+ScriptHash(change.To)
	case "description":
		was, _ := markerIn(spec.Vendor, change.From)
		will, _ := markerIn(spec.Vendor, change.To)
		if was == will {
			return Change{}, false // people may add words of their own
		}
	}
	return change, true
}

func same(c column, is string) bool {
	return canonical(c.name, c.value) == canonical(c.name, is) || c.name == "name" && isCut(c.value, is)
}

// shortestCut is the length from which a name may have been cut.
//
// belief: the name of a rule holds 40 characters, and the platform cuts silently what is longer. The dictionary entry
// sys_script.name of an instance would settle the first, one longer name the second.
const shortestCut = 40

func isCut(name, is string) bool {
	return utf8.RuneCountInString(is) >= shortestCut && strings.HasPrefix(name, is)
}

// canonical undoes what the platform does to a value that it stores.
func canonical(name, value string) string {
	switch name {
	case "script":
		return normalised(value)
	case "filter_condition":
		return joinConditions(value) // forms store ^EQ at the end
	case "active", "advanced", "action_insert", "action_update", "action_delete", "action_query", "abort_action", "is_private":
		switch value {
		case "1":
			return "true"
		case "0", "":
			return "false"
		}
		return strings.ToLower(value)
	case "sys_scope":
		if value == "" {
			return "global" // an instance that has no scopes
		}
	}
	return value
}

func hasKey(spec Spec, r table.Record) bool {
	m, _ := markerIn(spec.Vendor, get(r, "description"))
	return m.KeyID != ""
}

// why tells an edit from an update: our marker has the hashes of what we wrote last.
func why(a item, spec Spec, r table.Record) (text string, edited bool) {
	m, marked := markerIn(spec.Vendor, get(r, "description"))
	is := a.fitting(r).columns.hash(func(c column) string { return get(r, c.name) })
	switch {
	case !marked:
		return "not marked as ours", false
	case m.SHA256 != ScriptHash(get(r, "script")) || m.Columns != is:
		return "edited by " + get(r, "sys_updated_by") + " on " + get(r, "sys_updated_on"), true
	}
	return "new version or settings", false
}

func changed(changes []Change, columnName string) bool {
	for _, c := range changes {
		if c.Column == columnName {
			return true
		}
	}
	return false
}
