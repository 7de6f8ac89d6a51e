package servicenowtest

import (
	"net/http"
	"regexp"
	"slices"
	"strings"
)

// addCSMAttachment mounts the CSM Attachment API: that of attachments for any user with a login, external ones
// included, and for a few tables only.
// https://www.servicenow.com/docs/r/api-reference/rest-apis/attachment_csm-api.html
func (a *api) addCSMAttachment() {
	add := func(method, path string, h handler) {
		a.add(method, "now/attachment_csm"+path, "- v1", func(c *call) { c.csm = true; h(c) })
	}
	add(http.MethodGet, "", (*call).listCSMAttachments)
	add(http.MethodPost, "/file", (*call).uploadFile)
	add(http.MethodPost, "/upload", (*call).uploadForm)
	add(http.MethodGet, "/*", (*call).getAttachment)
	add(http.MethodDelete, "/*", (*call).deleteAttachment)
	add(http.MethodGet, "/*/file", (*call).download)
}

// csmTables are the tables whose attachments the CSM Attachment API shows.
//
// belief: an instance that was never asked allows cases; the page names the property and no default.
const (
	csmTables        = "glide.rest.attachment_csm_api.allowed_tables"
	defaultCSMTables = "sn_customerservice_case"
)

// csmAllows reports whether a call may touch attachments of a table, and answers for itself when it may not. It asks
// nothing outside the CSM Attachment API.
func (c *call) csmAllows(table string) bool {
	if !c.csm || slices.Contains(c.csmAllowed(), table) {
		return true
	}
	c.fail(http.StatusBadRequest, "Bad Request", "Attachments of "+table+" might not be accessible: see "+csmTables)
	return false
}

func (c *call) csmAllowed() []string {
	if len(c.db.Find("sys_properties", "name", csmTables)) == 0 {
		return []string{defaultCSMTables}
	}
	return strings.Split(strings.ReplaceAll(c.property(csmTables), " ", ""), ",")
}

var namedTable = regexp.MustCompile(`(?:^|\^)table_name=([a-z0-9_]+)`)

// listCSMAttachments wants a query that names one table.
//
// belief: a query without one is a 400; the page calls the clause required and lists no status for its absence.
func (c *call) listCSMAttachments() {
	c.short()
	m := namedTable.FindStringSubmatch(c.q.Get("sysparm_query"))
	if m == nil {
		c.fail(http.StatusBadRequest, "Bad Request", "sysparm_query has to name a table: table_name=…")
		return
	}
	if c.csmAllows(m[1]) {
		c.listAttachments()
	}
}
