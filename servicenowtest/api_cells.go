package servicenowtest

import (
	"crypto/sha256"
	"encoding/base64"
	"slices"
	"strings"

	"github.com/seed-a66f7fd3/servicenow/servicenowtest/internal/db"
)

// view is how rows are shown: which columns, in which of the display modes, with or without links.
type view struct {
	fields  []string // nil: all
	display string   // "false", "true" or "all"
	noLink  bool
}

func (c *call) view() view {
	v := view{display: strings.ToLower(c.q.Get("sysparm_display_value")), noLink: c.flag("sysparm_exclude_reference_link")}
	if v.display != "true" && v.display != "all" {
		v.display = "false"
	}
	if list := c.q.Get("sysparm_fields"); list != "" {
		for _, f := range strings.Split(list, ",") {
			v.fields = append(v.fields, strings.TrimSpace(f))
		}
	} else if c.q.Get("sysparm_view") == "mobile" {
		v.fields = []string{"sys_id", "number", "name", "short_description", "state", "sys_updated_on"}
	}
	return v
}

// row renders a record. Columns that do not exist, or that may not be read, are absent.
func (c *call) row(row db.Row, v view) map[string]any {
	fields := v.fields
	if fields == nil {
		fields = row.Columns()
	}
	out := make(map[string]any, len(fields))
	for _, f := range fields {
		if cell, ok := c.cell(row, f, v); ok {
			out[f] = cell
		}
	}
	return out
}

// cell renders one column, dot-walked or not.
func (c *call) cell(row db.Row, field string, v view) (any, bool) {
	path := strings.Split(field, ".")
	if !c.mayWalk(row.Class(), path) {
		return nil, false
	}
	holder, name := row, path[len(path)-1]
	column, ok := c.db.Schema().Resolve(row.Class(), field)
	if !ok {
		return nil, false
	}
	if len(path) > 1 {
		if holder = c.db.Walk(row, path); holder.IsZero() || !c.policy.canReadRow(c.s, holder) {
			return c.shape(column, "", "", v), true
		}
	}
	value, display := c.values(holder, name, column)
	if value == "" && c.quirk.NullColumns[name] {
		return nil, true
	}
	return c.shape(column, value, display, v), true
}

// mayWalk asks the right to read every column of the path.
func (c *call) mayWalk(table string, path []string) bool {
	for _, step := range path {
		if !c.policy.canReadColumn(c.s, table, step) {
			return false
		}
		column, _ := c.db.Schema().Column(table, step)
		table = column.Reference
	}
	return true
}

// values gives the stored and the display value of a column of one record. Secrets are shown as cipher text only.
func (c *call) values(holder db.Row, name string, column db.Column) (value, display string) {
	value = holder.Get(name)
	if column.IsSecret() || secretProperty(holder, name) {
		return sealed(value), masked(value)
	}
	return value, c.db.DisplayCell(c.s, holder, name)
}

// sealed stands for the cipher text an instance answers with.
func sealed(secret string) string {
	if secret == "" {
		return ""
	}
	sum := sha256.Sum256([]byte(secret))
	return base64.StdEncoding.EncodeToString(sum[:24])
}

func masked(secret string) string {
	if secret == "" {
		return ""
	}
	return "********"
}

// shape gives a cell the form the display mode asks for:
// https://www.servicenow.com/docs/r/api-reference/rest-apis/c_TableAPI.html
func (c *call) shape(column db.Column, value, display string, v view) any {
	reference := column.IsReference() && value != ""
	out := map[string]any{}
	switch {
	case v.display == "all":
		out["display_value"], out["value"] = display, value
	case v.display == "true" && reference && !v.noLink:
		out["display_value"] = display
	case v.display == "true":
		return display
	case reference && !v.noLink:
		out["value"] = value
	default:
		return value
	}
	if reference && !v.noLink {
		out["link"] = c.link("table", column.Reference, value)
	}
	return out
}

// link is the address of a resource of the now namespace, in the version that was asked for.
func (c *call) link(path ...string) string {
	if c.version != "" {
		path = slices.Insert(path, 0, c.version)
	}
	return c.origin + "/api/now/" + strings.Join(path, "/")
}
