package servicenowtest

import (
	"encoding/json"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/seed-a66f7fd3/servicenow/servicenowtest/internal/db"
)

// input makes the values of a body fit to be stored: keys that are no columns, and columns the caller may not write,
// are left out without notice.
func (c *call) input(t *db.Table, body map[string]any) map[string]string {
	asDisplay := c.flag("sysparm_input_display_value")
	out := make(map[string]string, len(body))
	for name, v := range body {
		column, ok := t.Column(name)
		if !ok || !c.policy.canWriteColumn(c.s, t.Name, name) {
			continue
		}
		if value, keep := c.inputValue(t, column, plainText(v), asDisplay); keep {
			out[name] = value
		}
	}
	if scope := c.q.Get("sysparm_transaction_scope"); scope != "" && c.db.Schema().IsA(t.Name, "sys_metadata") {
		out["sys_scope"] = scope
	}
	return out
}

// inputValue turns one value into what is stored.
// https://www.servicenow.com/docs/r/api-reference/rest-api-explorer/c_RESTAPI.html, "Special data handling":
// an empty value clears any field but a choice field; encrypted fields are saved only as display values.
func (c *call) inputValue(t *db.Table, column db.Column, v string, asDisplay bool) (string, bool) {
	choices := c.db.Schema().Choices(t.Name, column.Name)
	switch {
	case column.IsSecret():
		return v, asDisplay
	case len(choices) > 0:
		return c.choiceInput(choices, v, asDisplay)
	case asDisplay && column.IsReference():
		return c.referenceInput(column.Reference, v), true
	case asDisplay && column.IsTime():
		return localToUTC(v, c.s.TimeZone), true
	}
	return v, true
}

// choiceInput drops values the list does not have, unless glide.rest.choice.allow_non_existing_value says otherwise.
func (c *call) choiceInput(choices []db.Choice, v string, asDisplay bool) (string, bool) {
	if v == "" {
		return "", false
	}
	for _, ch := range choices {
		if asDisplay && strings.EqualFold(ch.Label, v) {
			return ch.Value, true
		}
	}
	for _, ch := range choices {
		if ch.Value == v {
			return v, true
		}
	}
	return v, c.quirk.AllowAnyChoice || c.property("glide.rest.choice.allow_non_existing_value") == "true"
}

// referenceInput looks a display value up; what is not found is stored as empty.
func (c *call) referenceInput(table, display string) string {
	if display == "" {
		return ""
	}
	if _, ok := c.db.Get(table, display); ok {
		return display
	}
	t, ok := c.db.Schema().Table(table)
	if !ok {
		return ""
	}
	for _, r := range c.db.Find(table, t.DisplayColumn(), display) {
		return r.SysID()
	}
	return ""
}

func localToUTC(v string, zone *time.Location) string {
	if zone == nil {
		zone = time.UTC
	}
	if t, ok := db.ParseTime(v, zone); ok {
		return t.UTC().Format(db.TimeLayout)
	}
	return v
}

// plainText turns a JSON value into the text all values are: numbers and booleans are accepted, null is empty.
func plainText(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case string:
		return v
	case json.Number:
		return v.String()
	case bool:
		return strconv.FormatBool(v)
	case map[string]any: // a cell as it was read
		return plainText(v["value"])
	case []any:
		parts := make([]string, len(v))
		for i, e := range v {
			parts[i] = plainText(e)
		}
		return strings.Join(parts, ",")
	}
	return fmt.Sprint(v)
}

// pairs makes a condition of column=value parameters, which may give display values: state=closed instead of state=7.
func (c *call) pairs(t *db.Table) func(db.Row) bool {
	type pair struct{ column, value string }
	var all []pair
	for name, values := range c.q {
		if _, ok := c.db.Schema().Resolve(t.Name, name); ok && len(values) > 0 {
			all = append(all, pair{name, values[0]})
		}
	}
	if len(all) == 0 {
		return nil
	}
	return func(r db.Row) bool {
		for _, p := range all {
			if !c.pairMatches(r, p.column, p.value) {
				return false
			}
		}
		return true
	}
}

func (c *call) pairMatches(r db.Row, name, want string) bool {
	path := strings.Split(name, ".")
	holder, last := c.db.Walk(r, path), path[len(path)-1]
	have := holder.Get(last)
	if have == want || holder.IsZero() {
		return have == want
	}
	column, _ := holder.Table().Column(last)
	if column.IsReference() && column.Reference == "sys_user" {
		if u, ok := c.db.Get("sys_user", have); ok && u.Get("user_name") == want {
			return true
		}
	}
	return (column.IsReference() || column.Choice) && strings.EqualFold(c.db.DisplayCell(c.s, holder, last), want)
}

// without gives the raw query without some parameters, otherwise unchanged and in its order.
func without(rawQuery string, names ...string) string {
	var kept []string
	for _, part := range strings.Split(rawQuery, "&") {
		key, _, _ := strings.Cut(part, "=")
		key, _ = url.QueryUnescape(key)
		drop := part == ""
		for _, n := range names {
			drop = drop || n == key
		}
		if !drop {
			kept = append(kept, part)
		}
	}
	return strings.Join(kept, "&")
}
