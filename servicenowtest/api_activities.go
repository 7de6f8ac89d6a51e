package servicenowtest

import (
	"cmp"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/seed-a66f7fd3/servicenow/servicenowtest/internal/db"
)

// activities shows the stream of a case: journal entries and attachments, newest first. The user_ members are the
// caller's. https://www.servicenow.com/docs/r/api-reference/rest-apis/case-api.html
func (c *call) activities() {
	c.short()
	row, ok := c.foundCase(c.arg[0])
	if !ok {
		return
	}
	entries := c.entries(row)
	total := len(entries)
	offset, _ := strconv.Atoi(c.q.Get("sysparm_offset"))
	limit, _ := strconv.Atoi(c.q.Get("sysparm_limit"))
	entries = entries[min(max(offset, 0), total):]
	if limit > 0 {
		entries = entries[:min(limit, len(entries))]
	}
	c.casePageHeaders(db.Query{Limit: limit, Offset: max(offset, 0)}, db.Result{Total: total, Window: len(entries)})
	me, _ := c.db.Get("sys_user", c.s.UserID)
	c.result(http.StatusOK, map[string]any{
		"sys_id": row.SysID(), "number": row.Get("number"), "display_value": c.db.DisplayOf(row),
		"table": row.Class(), "label": row.Table().Label, "short_description": row.Get("short_description"),
		"sys_created_on": row.Get("sys_created_on"), "sys_created_on_adjusted": c.adjusted(row.Get("sys_created_on")),
		"user_sys_id": c.s.UserID, "user_full_name": me.Get("name"), "user_login": c.s.UserName,
		"journal_fields": c.journalFields(row), "entries": entries,
	})
}

// adjusted is a time in the caller's zone, without saying which.
func (c *call) adjusted(stored string) string {
	t, ok := db.ParseTime(stored, time.UTC)
	if !ok || c.s.TimeZone == nil {
		return stored
	}
	return t.In(c.s.TimeZone).Format(db.TimeLayout)
}

func (c *call) journalFields(row db.Row) []any {
	out := []any{}
	for _, f := range []struct{ name, color string }{{"comments", "transparent"}, {"work_notes", "gold"}} {
		column, _ := row.Table().Column(f.name)
		out = append(out, map[string]any{"name": f.name, "label": column.Label, "color": f.color,
			"can_read":  c.policy.canReadColumn(c.s, row.Class(), f.name),
			"can_write": c.policy.canWriteColumn(c.s, row.Class(), f.name)})
	}
	return out
}

func (c *call) entries(row db.Row) []map[string]any {
	wanted := func(kind string) bool {
		list := c.q.Get("sysparm_activity_type")
		return list == "" || slices.Contains(strings.Split(strings.ReplaceAll(list, " ", ""), ","), kind)
	}
	out := []map[string]any{}
	for _, e := range c.db.Journal(row.SysID(), "comments", "work_notes") {
		kind := e.Get("element")
		if column, ok := row.Table().Column(kind); ok && wanted(kind) && c.policy.canReadColumn(c.s, row.Class(), kind) {
			out = append(out, c.entry(e, kind, column.Label, e.Get("value")))
		}
	}
	if wanted("attachment") {
		for _, a := range c.db.Find("sys_attachment", "table_sys_id", row.SysID()) {
			entry := c.entry(a, "attachment", "Attachment", a.Get("file_name"))
			entry["attachment"] = c.attachmentEntry(a)
			out = append(out, entry)
		}
	}
	slices.SortStableFunc(out, func(a, b map[string]any) int {
		return cmp.Compare(b["sys_created_on"].(string), a["sys_created_on"].(string))
	})
	return out
}

// entry: contains_code is text although it is called a Boolean, and login_name holds the full name, as printed.
func (c *call) entry(r db.Row, kind, label, value string) map[string]any {
	name, id := c.fullName(r.Get("sys_created_by")), ""
	for _, u := range c.db.Find("sys_user", "user_name", r.Get("sys_created_by")) {
		id = u.SysID()
	}
	return map[string]any{"sys_id": r.SysID(), "element": kind, "field_label": label, "value": value, "name": name,
		"login_name": name, "user_sys_id": id, "initials": initials(name), "contains_code": "false",
		"sys_created_on": r.Get("sys_created_on"), "sys_created_on_adjusted": c.adjusted(r.Get("sys_created_on"))}
}

func initials(name string) string {
	var b strings.Builder
	for _, word := range strings.Fields(name) {
		b.WriteString(strings.ToUpper(string([]rune(word)[:1])))
	}
	return b.String()
}

func (c *call) attachmentEntry(a db.Row) map[string]any {
	n, _ := strconv.Atoi(a.Get("size_bytes"))
	path := "/sys_attachment.do?sys_id=" + a.SysID()
	out := map[string]any{"sys_id": a.SysID(), "file_name": a.Get("file_name"), "content_type": a.Get("content_type"),
		"size_bytes": n, "size": sizeText(n), "path": path, "state": c.db.DisplayCell(c.s, a, "state")}
	if strings.HasPrefix(a.Get("content_type"), "image/") {
		maps.Copy(out, map[string]any{"image_path": path, "thumbnail_path": path + "&view=true",
			"average_image_color": a.Get("average_image_color")})
		for _, side := range []string{"image_width", "image_height"} {
			if n, err := strconv.Atoi(a.Get(side)); err == nil {
				out[side] = n
			}
		}
	}
	return out
}

func sizeText(n int) string {
	switch {
	case n >= 1<<20:
		return fmt.Sprintf("%.1f MB", float64(n)/(1<<20))
	case n >= 1<<10:
		return fmt.Sprintf("%.1f KB", float64(n)/(1<<10))
	}
	return strconv.Itoa(n) + " bytes"
}
