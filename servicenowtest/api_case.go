package servicenowtest

import (
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/seed-a66f7fd3/servicenow/servicenowtest/internal/db"
)

const caseTable = "sn_customerservice_case"

// caseRoles are the roles the Case API wants; the last two are external and restricted in what they may set.
var caseRoles = []string{"csm_ws_integration", "sn_customerservice.customer", "sn_customerservice.consumer"}

// addCase mounts the Case API: https://www.servicenow.com/docs/r/api-reference/rest-apis/case-api.html
func (a *api) addCase() {
	const versions = "- v1"
	add := func(method, path string, h handler) {
		a.add(method, "sn_customerservice/case"+path, versions, h, caseRoles...)
	}
	add(http.MethodGet, "", (*call).listCases)
	add(http.MethodPost, "", (*call).createCase)
	add(http.MethodGet, "/field_values/*", (*call).caseFieldValues)
	add(http.MethodGet, "/*/field_values/*", (*call).oneCaseFieldValues)
	add(http.MethodGet, "/*/activities", (*call).activities)
	add(http.MethodGet, "/*", (*call).getCase)
	add(http.MethodPut, "/*", (*call).updateCase)
}

// short lets the parameters of this API be given without their sysparm_ prefix, as its page allows.
func (c *call) short() {
	for name, values := range maps.Clone(c.q) {
		if full := "sysparm_" + name; !strings.HasPrefix(name, "sysparm_") && !c.q.Has(full) {
			c.q[full] = values
		}
	}
}

// caseQuery has no default limit: none is documented.
func (c *call) caseQuery(table string) (db.Query, bool) {
	t, ok := c.table(table)
	if !ok {
		return db.Query{}, false
	}
	q := c.query(t)
	q.Match = nil // this API has no column=value parameters
	if c.q.Get("sysparm_limit") == "" {
		q.Limit = 0
	}
	return q, true
}

func (c *call) listCases() {
	c.short()
	q, ok := c.caseQuery(caseTable)
	if !ok {
		return
	}
	res, err := c.db.Query(c.s, q)
	if err != nil {
		c.queryFailed(err)
		return
	}
	c.casePageHeaders(q, res)
	list, expand := make([]any, len(res.Rows)), c.q.Get("sysparm_reference_fields") != "false"
	for i, r := range res.Rows {
		list[i] = c.caseObject(r, expand)
	}
	c.result(http.StatusOK, list)
}

// casePageHeaders: Link and X-Total-Count are sent only where limit or offset was.
func (c *call) casePageHeaders(q db.Query, res db.Result) {
	if !c.q.Has("sysparm_limit") && !c.q.Has("sysparm_offset") {
		return
	}
	c.w.Header().Set("X-Total-Count", strconv.Itoa(res.Total))
	if q.Limit > 0 {
		if links := c.pageLinks(q, res); len(links) > 0 {
			c.w.Header().Set("Link", strings.Join(links, ","))
		}
	}
}

// expanded are the references this API shows as whole objects, where the caller may read them.
var expanded = map[string]bool{"account": true, "contact": true, "consumer": true,
	"sn_app_cs_social_social_profile": true}

// caseObject renders a case: all references are bare sys_ids, but for those of expanded.
func (c *call) caseObject(row db.Row, expand bool) map[string]any {
	v := c.view()
	v.noLink = true
	out := c.row(row, v)
	if !expand {
		return out
	}
	for name := range expanded {
		column, _ := row.Table().Column(name)
		target, ok := c.db.Get(column.Reference, row.Get(name))
		if _, shown := out[name]; shown && ok && c.policy.canReadTable(c.s, target.Class()) &&
			c.policy.canReadRow(c.s, target) {
			out[name] = c.row(target, view{display: v.display, noLink: true})
		}
	}
	return out
}

// foundCase finds a case by sys_id or by number.
func (c *call) foundCase(id string) (db.Row, bool) {
	row, ok := c.db.Seen(c.s, caseTable, id)
	if !ok {
		for _, r := range c.db.Find(caseTable, "number", id) {
			row, ok = c.db.Seen(c.s, caseTable, r.SysID())
			break
		}
	}
	if !ok || !c.policy.canReadTable(c.s, caseTable) || !c.policy.canReadRow(c.s, row) {
		c.noRecord()
		return db.Row{}, false
	}
	return row, true
}

func (c *call) getCase() {
	c.short()
	if row, ok := c.foundCase(c.arg[0]); ok {
		c.result(http.StatusOK, c.caseObject(row, c.q.Get("sysparm_reference_fields") != "false"))
	}
}

// What external users may set. https://www.servicenow.com/docs/r/api-reference/rest-apis/case-api.html, the warnings.
var (
	externalCreate = strings.Fields(`account asset comments consumer contact contact_type partner partner_contact priority
		product short_description state`)
	externalUpdate = []string{"comments", "state"}
)

// caseInput leaves out, without notice, what is no column or may not be set.
func (c *call) caseInput(t *db.Table, body map[string]any, external []string) map[string]string {
	in := c.input(t, body)
	if !c.s.HasRole("csm_ws_integration") {
		maps.DeleteFunc(in, func(k, _ string) bool { return !slices.Contains(external, k) })
	}
	return in
}

func (c *call) createCase() {
	c.short()
	t, ok := c.table(caseTable)
	if !ok {
		return
	}
	body, ok := c.object()
	if !ok {
		return
	}
	if !c.policy.canCreate(c.s, caseTable) {
		c.refused("Insert")
		return
	}
	in := c.caseInput(t, body, externalCreate)
	if contact, ok := c.db.Get("customer_contact", in["contact"]); ok && in["account"] == "" {
		in["account"] = contact.Get("account") // documented default
	}
	if err := c.socialProfile(body, in); err != nil {
		c.writeFailed(err)
		return
	}
	row, err := c.db.Insert(c.s, caseTable, in)
	if err != nil {
		c.writeFailed(err)
		return
	}
	c.result(http.StatusCreated, map[string]any{"sys_id": row.SysID(), "number": row.Get("number")})
}

// socialProfile makes the profile that the social_ members of a new case ask for.
func (c *call) socialProfile(body map[string]any, in map[string]string) error {
	handle := plainText(body["social_handle"])
	if handle == "" {
		return nil
	}
	profile, err := c.db.Insert(c.s, "sn_app_cs_social_social_profile",
		map[string]string{"name": handle, "social_handle": handle})
	in["sn_app_cs_social_social_profile"] = profile.SysID()
	return err
}

// updateCase answers 201, as its page says, and no more than id and number unless the record is asked for.
func (c *call) updateCase() {
	c.short()
	t, ok := c.table(caseTable)
	if !ok {
		return
	}
	body, ok := c.object()
	if !ok {
		return
	}
	before, ok := c.foundCase(c.arg[0])
	if !ok {
		return
	}
	if !c.policy.canWriteRow(c.s, before) {
		c.refused("Update")
		return
	}
	row, err := c.db.Update(c.s, caseTable, before.SysID(), c.caseInput(t, body, externalUpdate))
	if err != nil {
		c.writeFailed(err)
		return
	}
	if c.flag("sysparm_get_case_details") {
		if now, ok := c.db.Get(caseTable, row.SysID()); ok {
			row = now
		}
		c.result(http.StatusCreated, c.caseObject(row, true))
		return
	}
	c.result(http.StatusCreated, map[string]any{"sys_id": row.SysID(), "number": row.Get("number")})
}
