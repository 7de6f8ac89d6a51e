package provision

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/seed-a66f7fd3/servicenow/table"
)

// repair is what helps against everything in layers B and C.
const repair = "run the provisioning again (Reconnect)"

// installed is layers B and C: what stands on the instance, against what should.
func (e *examination) installed(ctx context.Context) {
	found, err := e.p.look(ctx, e.Spec)
	if err != nil {
		seen, todo := err.Error(), "see what the instance answered"
		var r *RightsError
		if errors.As(err, &r) {
			seen, todo = r.problem(), r.Remedy
		}
		e.note("B1", Fail, "records", seen, todo)
		return
	}
	e.found = found
	known := map[string]bool{}
	for _, a := range e.Spec.items() {
		rows := ours(a, found.rows[a.table], known)
		switch a.table {
		case propertyTable:
			e.property(a, rows)
		default:
			e.rule(a, rows)
		}
	}
	e.strangers(known)
}

func (e *examination) property(a item, rows []table.Record) {
	id := "B1"
	if a.isSecret {
		id = "B3"
	}
	subject := "property " + a.name
	switch {
	case len(rows) == 0 && a.blankOnly:
		return
	case len(rows) == 0 && e.found.blind[a.table] && !e.privileged:
		e.note(id, Unknown, subject, "no property can be read", "let the integration user read sys_properties")
	case len(rows) == 0:
		e.note(id, Fail, subject, "is missing", repair)
	case get(rows[0], "name") != a.name:
		e.note(id, Fail, subject, fmt.Sprintf("was renamed to %q, where the rules do not look", get(rows[0], "name")), repair)
	case len(rows) > 1:
		e.note(id, Fail, subject, fmt.Sprintf("is there %d times, and nobody knows which one counts", len(rows)), repair)
	case a.isSecret:
		e.secret(a, rows[0])
	default:
		is, want := get(rows[0], "value"), a.variants[0].columns.get("value")
		seen := "holds the receiver's URL"
		switch {
		case is == "":
			seen = "is blank, which switches the rules off"
		case is != want:
			seen = fmt.Sprintf("holds %q, not %q", is, want)
		}
		e.either(is == want, id, Fail, subject, seen, repair)
	}
	if len(rows) == 1 {
		e.privacy(a, rows[0])
	}
}

func (e *examination) secret(a item, row table.Record) {
	m, _ := markerIn(e.Spec.Vendor, get(row, "description"))
	subject := "secret " + a.name
	switch m.KeyID {
	case a.secret.ID():
		e.note("B3", OK, subject, "is key "+m.KeyID+" by its description", "")
	case "":
		e.note("B3", Fail, subject, "was never written, or not by us", repair)
	default:
		e.note("B3", Fail, subject, "is key "+m.KeyID+", and the receiver has "+a.secret.ID(), repair)
	}
}

func (e *examination) privacy(a item, row table.Record) {
	want := a.variants[0].columns.get("type")
	var seen []string
	if is := row.Get("is_private"); !is.IsZero() && canonical("is_private", is.String()) != "true" {
		seen = append(seen, "is not private and would travel with update sets")
	}
	if is := row.Get("type"); !is.IsZero() && is.String() != want {
		seen = append(seen, "has the type "+is.String()+", not "+want)
	}
	if len(seen) > 0 {
		e.note("B2", Warn, "property "+a.name, strings.Join(seen, " and "), repair)
	}
}

// rule also looks at registrations and script actions, which are compared in the same way.
func (e *examination) rule(a item, rows []table.Record) {
	subject := "rule " + a.name
	if a.table != ruleTable {
		subject = a.table + " " + a.name
	}
	switch {
	case len(rows) == 0 && e.found.blind[a.table] && !e.privileged:
		e.note("C1", Unknown, subject, "no row of "+a.table+" can be read", "let the integration user read "+a.table)
		return
	case len(rows) == 0:
		e.note("C1", Fail, subject, "is missing", repair)
		return
	}
	e.either(len(rows) == 1, "C1", Warn, subject, fmt.Sprintf("is there %d time(s)", len(rows)), repair)
	e.wrongColumns(a, subject, rows[0])
	if script := get(rows[0], "script"); script != "" {
		e.script(a, subject, rows[0], script)
	}
	if domain := get(rows[0], "sys_domain"); domain != "" && domain != "global" {
		e.note("C2", Warn, subject, "is in domain "+domain+", and does not run for others", "move it to the domain global")
	}
}

func (e *examination) wrongColumns(a item, subject string, row table.Record) {
	var wrong []string
	for _, c := range a.fitting(row).columns {
		change, differs := difference(e.Spec, c, row)
		if differs && c.name != "script" && c.name != "description" && c.name != "name" {
			wrong = append(wrong, fmt.Sprintf("%s is %q, not %q", c.name, change.From, change.To))
		}
	}
	if n, err := strconv.Atoi(get(row, "order")); err == nil && n >= 1000 {
		wrong = append(wrong, "from order 1000 on rules skip inactive records")
	}
	e.either(len(wrong) == 0, "C2", Fail, subject, first(strings.Join(wrong, "; "), "runs as intended"), repair)
}

func first(values ...string) string {
	for _, v := range values {
		if v != "" {
			return v
		}
	}
	return ""
}

func (e *examination) script(a item, subject string, row table.Record, script string) {
	want := a.fitting(row).columns.get("script")
	if made := instanceOf(script); made != "" && made != e.Conn.Instance().Name() {
		e.note("C4", Fail, subject, fmt.Sprintf("was made for the instance %q and stays silent here: a clone, or a new name",
			made),
			repair)
		return
	}
	e.either(ScriptHash(script) == ScriptHash(want), "C3", Fail, subject,
		"script last written by "+get(row, "sys_updated_by")+" on "+get(row, "sys_updated_on"),
		"it differs from ours: "+repair)
}

// instanceOf reads the literal that renders put into a script.
func instanceOf(script string) string {
	_, after, _ := strings.Cut(script, `"instance": `)
	var name string
	_ = json.NewDecoder(strings.NewReader(after)).Decode(&name) // an edited script may hold anything
	return name
}

// strangers are rules that should be gone.
func (e *examination) strangers(known map[string]bool) {
	for _, r := range e.found.rows[ruleTable] {
		if why := e.Spec.legacy(r); why != "" && !known[r.SysID()] {
			e.note("C5", Warn, "rule "+get(r, "name"), why+", and still there", repair)
		}
	}
}
