package provision

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"

	"github.com/seed-a66f7fd3/servicenow/table"
	"github.com/seed-a66f7fd3/servicenow/webhook"
)

// item is one record of a Spec in the form in which records are found, compared and written.
type item struct {
	key, table, name string
	owns             func(table.Record) bool
	variants         []variant // the first is preferred; a rule with a fallback has two
	onCreate         columns   // sent with a new record, and not compared afterwards
	secret           webhook.Key
	isSecret         bool
	blankOnly        bool // an old secret that is not set: blanked where it is, not created where it is not
}

// variant is one acceptable state of the columns that we own.
type variant struct {
	place   string // the value of collection that selects this variant; empty for tables without variants
	columns columns
}

type columns []column

type column struct{ name, value string }

func (c columns) asMap(more ...columns) map[string]string {
	out := make(map[string]string)
	for _, list := range append([]columns{c}, more...) {
		for _, col := range list {
			out[col.name] = col.value
		}
	}
	return out
}

func (c columns) get(name string) string {
	for _, col := range c {
		if col.name == name {
			return col.value
		}
	}
	return ""
}

// items are the records of spec in the order in which they are installed: properties first, so that a rule finds
// them when it is switched on.
func (spec Spec) items() []item {
	var out []item
	for _, p := range spec.Properties {
		out = append(out, spec.property(p))
	}
	for _, e := range spec.Events {
		out = append(out, spec.registration(e))
	}
	for _, a := range spec.Actions {
		out = append(out, spec.action(a))
	}
	for _, r := range spec.Rules {
		out = append(out, spec.rule(r))
	}
	return out
}

// markedAs reports that a record has our marker for key.
func (spec Spec) markedAs(key string, r table.Record) bool {
	m, ours := markerIn(spec.Vendor, get(r, "description"))
	return ours && m.Key == key
}

func (spec Spec) describe(m marker) column {
	m.Version = scriptVersion
	return column{"description", m.describe(spec.Vendor, spec.Label)}
}

func (spec Spec) property(p Property) item {
	a := item{key: p.Key, table: propertyTable, name: p.Name,
		owns:     func(r table.Record) bool { return get(r, "name") == p.Name || spec.markedAs(p.Key, r) },
		onCreate: columns{{"write_roles", "admin"}, {"ignore_cache", "false"}},
	}
	c := columns{{"name", p.Name}, {"type", p.Type}, {"is_private", "true"}}
	if p.Type == "password2" {
		a.isSecret, a.secret = true, p.Secret
		a.blankOnly = p.Secret.IsZero()
	} else {
		c = append(c, column{"value", p.Value})
	}
	a.variants = []variant{{columns: append(c, spec.describe(marker{Key: p.Key, KeyID: p.Secret.ID()}))}}
	return a
}

func (spec Spec) registration(e Registration) item {
	return item{key: e.Key, table: registrationTable, name: e.Name,
		owns:     func(r table.Record) bool { return get(r, "event_name") == e.Name },
		variants: []variant{{columns: columns{{"event_name", e.Name}, spec.describe(marker{Key: e.Key})}}},
	}
}

// action has no description to carry a marker on all releases: the settings in its script name the vendor.
func (spec Spec) action(a ScriptAction) item {
	mark := `"managedBy": "` + spec.Vendor + `"`
	return item{key: a.Key, table: actionTable, name: a.Name,
		owns: func(r table.Record) bool {
			return get(r, "event_name") == a.Event && (get(r, "name") == a.Name || strings.Contains(get(r, "script"), mark))
		},
		variants: []variant{{columns: columns{
			{"name", a.Name}, {"event_name", a.Event}, {"active", "true"}, {"script", a.Script}}}},
	}
}

func (spec Spec) rule(r Rule) item {
	a := item{key: r.Key, table: ruleTable, name: r.Name,
		onCreate: columns{{"add_message", "false"}, {"client_callable", "false"}, {"is_rest", "false"}},
		variants: []variant{spec.ruleVariant(r, r.Table, r.Filter)},
	}
	if r.Fallback != nil {
		a.variants = append(a.variants, spec.ruleVariant(r, r.Fallback.Table, r.Fallback.Filter))
	}
	a.owns = func(row table.Record) bool {
		if m, ours := markerIn(spec.Vendor, get(row, "description")); ours {
			return m.Key == r.Key
		}
		return get(row, "name") == r.Name && a.variantAt(get(row, "collection")) != nil
	}
	return a
}

func (spec Spec) ruleVariant(r Rule, place, filter string) variant {
	c := columns{
		{"name", r.Name}, {"collection", place}, {"when", r.When}, {"order", strconv.Itoa(r.Order)},
		{"active", "true"}, {"advanced", "true"},
		{"action_insert", strconv.FormatBool(r.Insert)}, {"action_update", strconv.FormatBool(r.Update)},
		{"action_delete", strconv.FormatBool(r.Delete)}, {"action_query", "false"},
		{"filter_condition", filter}, {"condition", ""}, {"script", r.Script}, {"sys_scope", "global"},
		// A rule that aborts runs no script, and one with roles runs for their users only.
		{"abort_action", "false"}, {"role_conditions", ""},
	}
	m := marker{Key: r.Key, SHA256: ScriptHash(r.Script), Columns: c.hash(func(c column) string { return c.value })}
	return variant{place: place, columns: append(c, spec.describe(m))}
}

// hash is over all columns but the script, which has its own, and the description, in which the hash stands. Of names it
// sees what no platform cuts.
func (c columns) hash(value func(column) string) string {
	h := sha256.New()
	for _, col := range c {
		v := canonical(col.name, value(col))
		if runes := []rune(v); col.name == "name" && len(runes) > shortestCut {
			v = string(runes[:shortestCut])
		}
		if col.name != "script" && col.name != "description" {
			fmt.Fprintf(h, "%s=%s\n", col.name, v)
		}
	}
	return hex.EncodeToString(h.Sum(nil)[:4])
}

// variantAt is the variant for a record that is on table place, or nil.
func (a item) variantAt(place string) *variant {
	for i := range a.variants {
		if a.variants[i].place == place {
			return &a.variants[i]
		}
	}
	return nil
}

// fitting is the variant that a record is compared with: the one of its place, or the preferred one.
func (a item) fitting(r table.Record) variant {
	if v := a.variantAt(get(r, "collection")); v != nil {
		return *v
	}
	return a.variants[0]
}

func get(r table.Record, column string) string { return r.Get(column).String() }
