package servicenowtest

import (
	"encoding/json"
	"net/http"
	"strings"

	"github.com/seed-a66f7fd3/servicenow/servicenowtest/internal/db"
)

// addEmail mounts the Email API: https://www.servicenow.com/docs/r/api-reference/rest-apis/email-api.html
// Its URL format names a version only, its samples none: both are served.
func (a *api) addEmail() {
	a.add(http.MethodPost, "now/email", "- v1", (*call).sendEmail, "email_api_send")
	a.add(http.MethodGet, "now/email/*", "- v1", (*call).getEmail)
}

// maxRecipients is what each of to, cc and bcc may hold.
const maxRecipients = 100

func (c *call) sendEmail() {
	body, ok := c.object()
	if !ok {
		return
	}
	values, problem := emailValues(body)
	if problem != "" {
		c.fail(http.StatusBadRequest, "Bad Request", problem)
		return
	}
	if table := values["target_table"]; table != "" {
		target, ok := c.db.Get(table, values["instance"])
		if !ok || !c.policy.canReadRow(c.s, target) {
			c.fail(http.StatusForbidden, "Forbidden", "The requesting user does not have access to the record")
			return
		}
	}
	if !c.policy.canCreate(c.s, "sys_email") {
		c.fail(http.StatusForbidden, "Forbidden", "The requesting user does not have access to the record")
		return
	}
	row, err := c.db.Insert(c.s, "sys_email", values)
	if err != nil {
		c.writeFailed(err)
		return
	}
	self := "/now/v1/email/" + row.SysID() // without /api, as printed
	c.result(http.StatusOK, map[string]any{"id": row.SysID(), "links": []any{
		map[string]any{"rel": "self", "href": self},
		map[string]any{"rel": "status", "href": self + "?sysparm_fields=id,type,state,error"},
	}})
}

func emailValues(body map[string]any) (map[string]string, string) {
	out := map[string]string{"type": "send-ready", "state": "ready"}
	for member, column := range map[string]string{"to": "recipients", "cc": "copied", "bcc": "blind_copied"} {
		list, ok := body[member].([]any)
		if !ok && body[member] != nil {
			return nil, member + " is not a list of addresses"
		}
		if len(list) > maxRecipients {
			return nil, member + " has more than 100 addresses"
		}
		out[column] = plainText(list)
	}
	if out["recipients"] == "" {
		return nil, "to is required"
	}
	for member, column := range map[string]string{"subject": "subject", "text": "body_text", "html": "body",
		"importance": "importance", "table_name": "target_table", "table_record_id": "instance"} {
		out[column] = plainText(body[member])
	}
	if (out["target_table"] == "") != (out["instance"] == "") {
		return nil, "table_name and table_record_id require each other"
	}
	if headers, ok := body["headers"].(map[string]any); ok {
		text, _ := json.Marshal(headers)
		out["headers"] = string(text)
	}
	return out, ""
}

// getEmail: a message that is not there is 403, as documented.
func (c *call) getEmail() {
	r, ok := c.db.Get("sys_email", c.arg[0])
	if !ok || !c.policy.canReadTable(c.s, "sys_email") || !c.policy.canReadRow(c.s, r) {
		c.fail(http.StatusForbidden, "Forbidden",
			"The record is not found or the requesting user does not have access to the record")
		return
	}
	headers := map[string]any{}
	_ = json.Unmarshal([]byte(r.Get("headers")), &headers)
	out := map[string]any{"id": r.SysID(), "type": r.Get("type"), "state": r.Get("state"), "subject": r.Get("subject"),
		"text": r.Get("body_text"), "html": r.Get("body"), "to": addresses(r, "recipients"), "cc": addresses(r, "copied"),
		"bcc": addresses(r, "blind_copied"), "headers": headers, "importance": r.Get("importance")}
	if fields := c.q.Get("sysparm_fields"); fields != "" {
		out["error"] = r.Get("error_string")
		chosen := map[string]any{}
		for _, f := range strings.Split(fields, ",") {
			if v, ok := out[strings.TrimSpace(f)]; ok {
				chosen[strings.TrimSpace(f)] = v
			}
		}
		out = chosen
	}
	c.result(http.StatusOK, out)
}

// addresses: an empty list comes as one empty text, as printed.
func addresses(r db.Row, column string) []any {
	var out []any
	for _, a := range strings.Split(r.Get(column), ",") {
		out = append(out, a)
	}
	return out
}
