package servicenowtest

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"mime/multipart"
	"net/textproto"
	"strings"
	"testing"
	"time"

	"github.com/seed-a66f7fd3/servicenow/servicenowtest/internal/db"
)

// https://www.servicenow.com/docs/r/api-reference/rest-apis/c_AggregateAPI.html
func TestStats(t *testing.T) {
	b := newBench(t)
	net := b.seed("sys_user_group", row{"name": "Network"})
	b.seed("incident",
		row{"state": "1", "reassignment_count": "1", "business_stc": "10", "assignment_group": net, "opened_at": "2026-01-01 00:00:00"},
		row{"state": "1", "reassignment_count": "2", "business_stc": "", "opened_at": "2026-01-03 00:00:00"},
		row{"state": "2", "reassignment_count": "10", "business_stc": "25", "assignment_group": net, "opened_at": "2026-01-02 00:00:00"})
	for _, c := range []struct {
		name, query string
		want        map[string]string
	}{
		{"count is text", "sysparm_count=true", map[string]string{"result/stats/count": "3"}},
		{"neither count nor lists: nothing is computed", "", map[string]string{"result/stats": "{}"}},
		{"average has four decimals", "sysparm_avg_fields=reassignment_count,business_stc", map[string]string{
			"result/stats/avg/reassignment_count": "4.3333", "result/stats/avg/business_stc": "17.5000"}},
		{"min, max and sum", "sysparm_min_fields=reassignment_count&sysparm_max_fields=reassignment_count,opened_at&" +
			"sysparm_sum_fields=reassignment_count", map[string]string{"result/stats/min/reassignment_count": "1",
			"result/stats/max/reassignment_count": "10", "result/stats/max/opened_at": "2026-01-03 00:00:00",
			"result/stats/sum/reassignment_count": "13"}},
		{"query", "sysparm_count=true&sysparm_query=state=1", map[string]string{"result/stats/count": "2"}},
		{"column=value", "sysparm_count=true&state=2", map[string]string{"result/stats/count": "1"}},
		{"nothing matches", "sysparm_count=true&sysparm_query=state=8", map[string]string{"result/stats/count": "0"}},
		{"grouped is an array", "sysparm_count=true&sysparm_group_by=state", map[string]string{
			"result/0/stats/count": "2", "result/0/groupby_fields/0/field": "state", "result/0/groupby_fields/0/value": "1",
			"result/0/groupby_fields/0/display_value": "<absent>", "result/1/stats/count": "1", "result/2": "<absent>"}},
		{"grouped by two", "sysparm_count=true&sysparm_group_by=state,assignment_group", map[string]string{
			"result/0/groupby_fields/1/value": "", "result/2/groupby_fields/1/field": "assignment_group"}},
		{"display values", "sysparm_count=true&sysparm_group_by=assignment_group&sysparm_display_value=all",
			map[string]string{"result/0/groupby_fields/0/display_value": "", "result/1/groupby_fields/0/display_value": "Network",
				"result/1/groupby_fields/0/value": net}},
		{"display values only", "sysparm_count=true&sysparm_group_by=state&sysparm_display_value=true",
			map[string]string{"result/0/groupby_fields/0/value": "New"}},
		{"having", "sysparm_count=true&sysparm_group_by=state&sysparm_having=count^state^%3E^1",
			map[string]string{"result/0/stats/count": "2", "result/1": "<absent>"}},
		{"having, of an average", "sysparm_count=true&sysparm_group_by=state&sysparm_having=count^state^%3E^0,avg^reassignment_count^%3E^3",
			map[string]string{"result/0/groupby_fields/0/value": "2", "result/1": "<absent>"}},
		{"order by a column, descending", "sysparm_count=true&sysparm_group_by=state&sysparm_order_by=state^DESC",
			map[string]string{"result/0/groupby_fields/0/value": "2"}},
		{"order by count", "sysparm_count=true&sysparm_group_by=state&sysparm_order_by=COUNT",
			map[string]string{"result/0/stats/count": "1"}},
		{"order by count, descending", "sysparm_count=true&sysparm_group_by=state&sysparm_order_by=COUNT^state^DESC",
			map[string]string{"result/0/stats/count": "2"}},
		{"order by an average", "sysparm_count=true&sysparm_group_by=state&sysparm_order_by=AVG^reassignment_count",
			map[string]string{"result/0/groupby_fields/0/value": "1"}},
		{"dot-walked group", "sysparm_count=true&sysparm_group_by=assignment_group.name", map[string]string{
			"result/1/groupby_fields/0/value": "Network", "result/1/stats/count": "2"}},
		{"unknown columns are ignored", "sysparm_count=true&sysparm_sum_fields=bogus&sysparm_group_by=bogus",
			map[string]string{"result/stats/count": "3"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			b.t = t
			a := b.get("/api/now/v1/stats/incident?" + c.query).want(200)
			for path, want := range c.want {
				a.is(path, want)
			}
		})
	}
	b.policy.hideRow = func(r db.Row) bool { return true }
	b.get("/api/now/stats/incident?sysparm_count=true").want(200).is("result/stats/count", "3") // rows that a list hides count
	b.policy.hideTable = "incident"
	b.get("/api/now/stats/incident?sysparm_count=true").want(403).is("error/message", "Insufficient rights to query records")
	b.get("/api/now/stats/bogus").want(400)
}

func batchBody(items ...string) string {
	return `{"batch_request_id":"b-17","rest_requests":[` + strings.Join(items, ",") + `]}`
}

func item(id, method, url, body string) string {
	return fmt.Sprintf(`{"id":%q,"method":%q,"url":%q,"headers":[{"name":"Content-Type","value":"application/json"},`+
		`{"name":"Accept","value":"application/json"}],"body":%q}`, id, method, url,
		base64.StdEncoding.EncodeToString([]byte(body)))
}

// https://www.servicenow.com/docs/r/api-reference/rest-apis/batch-api.html
func TestBatch(t *testing.T) {
	b := newBench(t)
	id := b.incidents(1)[0]
	a := b.do("POST", "/api/now/v1/batch", batchBody(
		item("1", "GET", "/api/now/v2/table/incident?sysparm_fields=number", ""),
		item("2", "PATCH", "/api/now/v2/table/incident/"+id, `{"state":"2"}`),
		item("3", "GET", "/api/now/v2/table/incident?sysparm_fields=state", ""),
		item("4", "GET", "/api/now/v2/table/incident/none", ""),
		item("5", "DELETE", "/api/now/v2/table/incident/"+id, ""),
		item("6", "GET", "no-path", ""),
	)).want(200)
	a.is("batch_request_id", "b-17").is("unserviced_requests", "[]")
	for i, want := range []struct{ status, text, body string }{
		{"200", "OK", `{"result":[{"number":"INC0000001"}]}`}, {"200", "OK", ""},
		{"200", "OK", `{"result":[{"state":"2"}]}`}, // one after the other
		{"404", "Not Found", ""}, {"204", "No Content", ""}, {"400", "Bad Request", ""},
	} {
		at := fmt.Sprintf("serviced_requests/%d/", i)
		a.is(at+"id", fmt.Sprint(i+1)).is(at+"status_code", want.status).is(at+"status_text", want.text)
		body, err := base64.StdEncoding.DecodeString(a.value(at + "body"))
		if err != nil || want.body != "" && strings.TrimSpace(string(body)) != want.body {
			t.Errorf("item %d answered %s, want %s (%v)", i+1, body, want.body, err)
		}
	}
	if got := a.value("serviced_requests/0/headers"); !strings.Contains(got, `{"name":"Content-Type","value":"application/json;charset=UTF-8"}`) {
		t.Errorf("headers %s", got)
	}
}

func TestBatchLimits(t *testing.T) {
	b := newBench(t)
	b.incidents(100)
	list := item("1", "GET", "/api/now/table/incident", "")
	a := b.do("POST", "/api/now/v1/batch", batchBody(list, item("2", "GET", "/api/now/table/incident?sysparm_limit=1", "")),
		"X-BATCHREQUEST-MAX-OUTPUT-SIZE", "1000").want(200)
	a.is("serviced_requests", "[]").is("unserviced_requests", `["1","2"]`)
	b.quirks.BatchServices = 1
	a = b.do("POST", "/api/now/v1/batch", batchBody(list, item("2", "GET", "/api/now/table/task", ""),
		item("3", "GET", "/api/now/table/task", ""))).want(200)
	a.is("serviced_requests/0/id", "1").is("serviced_requests/1", "<absent>").is("unserviced_requests", `["2","3"]`)
	b.do("POST", "/api/now/batch", batchBody(list)).want(400) // only a versioned path is documented
	b.do("POST", "/api/now/v1/batch", `{"batch_request_id":"1"}`).want(400)
	b.do("GET", "/api/now/v1/batch", "").want(405)
	quiet := strings.Replace(list, `"id"`, `"exclude_response_headers":true,"id"`, 1)
	b.do("POST", "/api/now/v1/batch", batchBody(quiet)).is("serviced_requests/0/headers", "[]")
}

// https://www.servicenow.com/docs/r/api-reference/rest-apis/c_AttachmentAPI.html
func TestAttachmentFileUpload(t *testing.T) {
	b := newBench(t)
	id := b.incidents(1)[0]
	target := "table_name=incident&table_sys_id=" + id
	a := b.do("POST", "/api/now/v1/attachment/file?"+target+"&file_name=tr%C3%A4ce.log", "hello\x00world",
		"Content-Type", "text/plain").want(201)
	sysID := a.value("result/sys_id")
	for member, want := range map[string]string{"file_name": "träce.log", "content_type": "text/plain", "size_bytes": "11",
		"table_name": "incident", "table_sys_id": id, "compressed": "true", "sys_created_by": "ada.diaz",
		"created_by_name": "Ada Diaz", "download_link": testOrigin + "/api/now/v1/attachment/" + sysID + "/file",
		"sys_mod_count": "0", "image_width": "", "sys_tags": ""} {
		a.is("result/"+member, want)
	}
	if got := a.Header.Get("Location"); got != testOrigin+"/api/now/v1/attachment/"+sysID {
		t.Errorf("Location %q", got)
	}
	file := b.do("GET", "/api/now/attachment/"+sysID+"/file", "", "Accept", "*/*").want(200)
	if file.Body != "hello\x00world" || file.Header.Get("Content-Type") != "text/plain" || file.Header.Get("Content-Length") != "11" {
		t.Errorf("file %q, %v", file.Body, file.Header)
	}
	var meta map[string]string
	if err := json.Unmarshal([]byte(file.Header.Get("X-Attachment-Metadata")), &meta); err != nil || meta["size_bytes"] != "11" {
		t.Errorf("X-Attachment-Metadata %s: %v", file.Header.Get("X-Attachment-Metadata"), err)
	}
	b.get("/api/now/attachment/"+sysID).want(200).is("result/sys_id", sysID)
}

func TestAttachmentRefusals(t *testing.T) {
	b := newBench(t)
	id := b.incidents(1)[0]
	target := "table_name=incident&table_sys_id=" + id
	b.seed("sys_properties", row{"name": "glide.attachment.extensions", "value": "txt, LOG"})
	size := b.seed("sys_properties", row{"name": "com.glide.attachment.max_size", "value": ""})
	big := strings.Repeat("x", 2000)
	for _, c := range []struct {
		name, query, contentType, body string
		status                         int
	}{
		{"no content type", target + "&file_name=a.txt", "", "x", 400},
		{"no file name", target, "text/plain", "x", 400},
		{"no table", "table_sys_id=" + id + "&file_name=a.txt", "text/plain", "x", 400},
		{"no record", "table_name=incident&file_name=a.txt", "text/plain", "x", 400},
		{"record that is not there", "table_name=incident&table_sys_id=none&file_name=a.txt", "text/plain", "x", 404},
		{"table that is not there", "table_name=bogus&table_sys_id=" + id + "&file_name=a.txt", "text/plain", "x", 404},
		{"extension", target + "&file_name=a.exe", "text/plain", "x", 403},
		{"no extension", target + "&file_name=a", "text/plain", "x", 403},
		{"extension in other letters", target + "&file_name=a.Log", "text/plain", "x", 201},
		{"an empty size property means 1 KB", target + "&file_name=a.txt", "text/plain", big, 403},
		{"within it", target + "&file_name=a.txt", "text/plain", big[:1024], 201},
	} {
		t.Run(c.name, func(t *testing.T) {
			b.t = t
			b.do("POST", "/api/now/attachment/file?"+c.query, c.body, "Content-Type", c.contentType).want(c.status)
		})
	}
	if _, err := b.db.Update(db.Session{}, "sys_properties", size, map[string]string{"value": "1"}); err != nil {
		t.Fatal(err)
	}
	b.do("POST", "/api/now/attachment/file?"+target+"&file_name=a.txt", big, "Content-Type", "x/y").want(201)
	b.policy.noWrite = "incident"
	b.do("POST", "/api/now/attachment/file?"+target+"&file_name=a.txt", "x", "Content-Type", "x/y").want(403)
	b.policy.hideRow = func(r db.Row) bool { return r.Class() == "incident" }
	b.do("POST", "/api/now/attachment/file?"+target+"&file_name=a.txt", "x", "Content-Type", "x/y").want(404)
	b.get("/api/now/attachment").want(200).is("result", "[]") // an attachment is as readable as its record
}

type part struct{ name, file, contentType, body string }

func form(t *testing.T, parts ...part) (body, contentType string) {
	t.Helper()
	var buf bytes.Buffer
	w := multipart.NewWriter(&buf)
	for _, p := range parts {
		h := textproto.MIMEHeader{}
		disposition := fmt.Sprintf(`form-data; name=%q`, p.name)
		if p.file != "" {
			disposition += fmt.Sprintf(`; filename=%q`, p.file)
		}
		h.Set("Content-Disposition", disposition)
		if p.contentType != "" {
			h.Set("Content-Type", p.contentType)
		}
		pw, err := w.CreatePart(h)
		if err != nil {
			t.Fatal(err)
		}
		_, _ = pw.Write([]byte(p.body))
	}
	w.Close()
	return buf.String(), w.FormDataContentType()
}

// "ensure that the file content is contained in the final part of the message only"
func TestAttachmentMultipart(t *testing.T) {
	b := newBench(t)
	id := b.incidents(1)[0]
	table, record := part{name: "table_name", body: "incident"}, part{name: "table_sys_id", body: id}
	file := part{name: "uploadFile", file: "a.png", contentType: "image/png", body: "bytes"}
	for _, c := range []struct {
		name   string
		parts  []part
		status int
	}{
		{"file last", []part{table, record, file}, 201},
		{"the other way round", []part{record, table, file}, 201},
		{"file first", []part{file, table, record}, 400},
		{"file in between", []part{table, file, record}, 400},
		{"no file", []part{table, record}, 400},
	} {
		t.Run(c.name, func(t *testing.T) {
			b.t = t
			body, contentType := form(t, c.parts...)
			a := b.do("POST", "/api/now/attachment/upload", body, "Content-Type", contentType).want(c.status)
			if c.status == 201 {
				a.is("result/file_name", "a.png").is("result/content_type", "image/png").is("result/size_bytes", "5")
				if a.Header.Get("Location") == "" {
					t.Error("no Location")
				}
			}
		})
	}
	b.do("POST", "/api/now/attachment/upload", "{}").want(415)
}

func TestAttachmentListRenameDelete(t *testing.T) {
	b := newBench(t)
	id := b.incidents(1)[0]
	for i := range 1001 {
		_, err := b.db.SeedAttachment(db.Session{}, db.NewAttachment{Table: "incident", SysID: id,
			FileName: fmt.Sprintf("f%04d", i), ContentType: "x/y"}, strings.NewReader("x"))
		if err != nil {
			t.Fatal(err)
		}
	}
	if n := len(b.get("/api/now/attachment").want(200).list("sys_id")); n != 1000 {
		t.Errorf("without a limit the list has %d rows, want 1000", n)
	}
	a := b.get("/api/now/attachment?sysparm_query=table_sys_id=" + id + "^ORDERBYDESCfile_name&sysparm_limit=2&sysparm_offset=1").want(200)
	if got := strings.Join(a.list("file_name"), " "); got != "f0999 f0998" {
		t.Errorf("page %s", got)
	}
	first := a.value("result/0/sys_id")
	if want := `<` + testOrigin + `/api/now/attachment/` + first + `/file>;rel="download"`; !strings.HasPrefix(a.Header.Get("Link"), want) {
		t.Errorf("Link %s", a.Header.Get("Link"))
	}
	b.do("PATCH", "/api/now/attachment/"+first, `{"file_name":"new.txt"}`).want(204)
	b.get("/api/now/attachment/"+first).is("result/file_name", "new.txt")
	b.do("PATCH", "/api/now/attachment/"+first, `{}`).want(400)
	b.do("DELETE", "/api/now/attachment/"+first, "").want(204)
	b.do("DELETE", "/api/now/attachment/"+first, "").want(404)
	b.get("/api/now/attachment/" + first + "/file").want(404)
	b.get("/api/now/v2/attachment").want(400) // served as version 1 and without
}

func TestAttachmentAttributes(t *testing.T) {
	b := newBench(t)
	id, err := b.db.SeedAttachment(db.Session{}, db.NewAttachment{Table: "incident", SysID: b.incidents(1)[0],
		FileName: "f", ContentType: "x/y"}, strings.NewReader("x"))
	if err != nil {
		t.Fatal(err)
	}
	path := "/api/now/attachment/" + id + "/attributes"
	b.get(path).want(200).is("result", "[]")
	b.do("POST", path, `{"key":"alt","value":"a picture"}`).want(201).is("result/key", "alt").is("result/value", "a picture")
	b.do("POST", path, `{"key":"alt"}`).want(400)
	b.get(path+"/alt").want(200).is("result/value", "a picture")
	b.get(path + "/none").want(404)
	b.do("DELETE", path+"/alt", "").want(204)
	b.get(path + "/alt").want(404)
}

func (b *bench) asRole(roles ...string) { b.who.Roles = roles }

// https://www.servicenow.com/docs/r/api-reference/rest-apis/account-api.html, contact-api.html, consumer-api.html
func TestCustomers(t *testing.T) {
	b := newBench(t)
	b.asRole("csm_ws_integration")
	parent := b.seed("customer_account", row{"name": "Parent"})
	for i := range 11 {
		b.seed("customer_account", row{"name": fmt.Sprintf("Account %02d", i), "account_parent": parent})
	}
	a := b.get("/api/now/account").want(200)
	if n := len(a.list("sys_id")); n != 10 {
		t.Errorf("without a limit the list has %d rows, want 10", n)
	}
	a = b.get("/api/now/v1/account?sysparm_query=nameLIKEAccount^ORDERBYDESCname&sysparm_limit=2&sysparm_offset=1&nonsense=1").want(200)
	a.is("result/0/name", "Account 09").is("result/0/account_parent", parent).is("result/0/primary", "false").
		is("result/2", "<absent>").is("hasMore", "<absent>")
	b.get("/api/now/account/"+parent).want(200).is("result/name", "Parent").is("result/sys_class_name", "customer_account")
	b.get("/api/now/account/none").want(404)
	b.do("POST", "/api/now/account", "{}").want(405)
	for path, table := range map[string]string{"contact": "customer_contact", "consumer": "csm_consumer"} {
		a := b.do("POST", "/api/now/"+path, `{"first_name":"Ada","last_name":"Diaz","email":"a@x.example","bogus":"1"}`).want(201)
		got, ok := b.db.Get(table, a.value("result")) // a bare sys_id
		if !ok || got.Get("name") != "Ada Diaz" {
			t.Errorf("%s: %v", path, a.Body)
		}
		b.get("/api/now/"+path+"/"+a.value("result")).want(200).is("result/email", "a@x.example")
		b.get("/api/now/"+path).want(200).is("result/0/name", "Ada Diaz")
	}
	b.quirks.HasMore = true
	b.get("/api/now/account?sysparm_limit=2").is("hasMore", "true")
	b.asRole("itil")
	for _, path := range []string{"account", "contact", "consumer"} {
		b.get("/api/now/"+path).want(403).is("error/message", "User Not Authorized")
	}
}

// https://www.servicenow.com/docs/r/api-reference/rest-apis/email-api.html
func TestEmail(t *testing.T) {
	b := newBench(t)
	b.asRole("email_api_send")
	id := b.incidents(1)[0]
	a := b.do("POST", "/api/now/v1/email", `{"to":["Ada <ada@x.example>","b@x.example"],"cc":["c@x.example"],"subject":"Hello",`+
		`"text":"Hi","html":"<b>Hi</b>","importance":"high","headers":{"X-App":"bot"},"table_name":"incident","table_record_id":"`+id+`"}`).want(200)
	mail := a.value("result/id")
	a.is("result/links/0/rel", "self").is("result/links/0/href", "/now/v1/email/"+mail). // without /api
												is("result/links/1/rel", "status").is("result/links/1/href", "/now/v1/email/"+mail+"?sysparm_fields=id,type,state,error")
	got := b.get("/api/now/v1/email/" + mail).want(200)
	for member, want := range map[string]string{"type": "send-ready", "state": "ready", "subject": "Hello", "text": "Hi",
		"html": "<b>Hi</b>", "importance": "high", "to": `["Ada <ada@x.example>","b@x.example"]`,
		"cc": `["c@x.example"]`, "bcc": `[""]`, "headers/X-App": "bot", "id": mail} {
		if v := strings.NewReplacer(`\u003c`, "<", `\u003e`, ">").Replace(got.value("result/" + member)); v != want {
			t.Errorf("%s is %s, want %s", member, v, want)
		}
	}
	b.get("/api/now/v1/email/"+mail+"?sysparm_fields=id,type,state,error").want(200).is("result/state", "ready").
		is("result/error", "").is("result/subject", "<absent>")
	b.get("/api/now/v1/email/none").want(403) // not 404
	many := `["a@x.example"` + strings.Repeat(`,"a@x.example"`, 100) + `]`
	for name, body := range map[string]string{"no to": `{"subject":"x"}`, "to is no list": `{"to":"a@x.example"}`,
		"too many": `{"to":` + many + `}`, "table without record": `{"to":["a@x.example"],"table_name":"incident"}`,
		"record without table": `{"to":["a@x.example"],"table_record_id":"x"}`, "no JSON": `{`} {
		if a := b.do("POST", "/api/now/v1/email", body); a.Status != 400 {
			t.Errorf("%s: %d", name, a.Status)
		}
	}
	b.do("POST", "/api/now/v1/email", `{"to":["a@x.example"],"table_name":"incident","table_record_id":"none"}`).want(403)
	b.asRole("itil")
	b.do("POST", "/api/now/v1/email", `{"to":["a@x.example"]}`).want(403)
}

func TestUsers(t *testing.T) {
	b := newBench(t)
	b.get("/api/now/ui/user/current_user").want(200).is("result/user_sys_id", b.who.UserID).
		is("result/user_name", "ada.diaz").is("result/user_display_name", "Ada Diaz").is("result/user_initials", "AD")
	b.get("/api/now/table/sys_user?sysparm_query=sys_id=javascript:gs.getUserID()&sysparm_fields=sys_id,user_name").
		want(200).is("result/0/user_name", "ada.diaz").is("result/1", "<absent>")
}

// https://www.servicenow.com/docs/r/api-reference/rest-apis/user-role-inheritance-api.html
func TestRoleInheritance(t *testing.T) {
	b := newBench(t)
	cloud, viewer, operator := b.seed("sys_user_role", row{"name": "cloud_user"}),
		b.seed("sys_user_role", row{"name": "pa_viewer"}), b.seed("sys_user_role", row{"name": "operator"})
	b.seed("sys_user_role_contains", row{"role": cloud, "contains": viewer})
	group := b.seed("sys_user_group", row{"name": "Operators"})
	b.seed("sys_group_has_role", row{"group": group, "role": operator})
	b.seed("sys_user_grmember", row{"user": b.who.UserID, "group": group})
	b.seed("sys_user_has_role", row{"user": b.who.UserID, "role": cloud},
		row{"user": b.who.UserID, "role": viewer, "inherited": "true"})
	b.asRole("user_admin")
	b.get("/api/global/user_role_inheritance?user_sysid="+b.who.UserID).want(200).is("result/user_name", "ada.diaz").
		is("result/from_role", `["/cloud_user","/cloud_user/pa_viewer"]`).is("result/from_group", `["[Operators]/operator"]`)
	b.get("/api/global/user_role_inheritance").want(400)
	b.get("/api/global/user_role_inheritance?user_sysid=none").want(404)
	b.asRole("itil")
	b.get("/api/global/user_role_inheritance?user_sysid=" + b.who.UserID).want(403)
}

// https://www.servicenow.com/docs/r/api-reference/rest-apis/knowledge-api.html
func TestKnowledge(t *testing.T) {
	b := newBench(t)
	base := b.seed("kb_knowledge_base", row{"title": "IT"})
	vpn := b.seed("kb_knowledge", row{"number": "KB1", "short_description": "VPN setup", "text": "<p>Set up the <i>vpn</i></p>",
		"workflow_state": "published", "kb_knowledge_base": base, "display_attachments": "true", "sys_view_count": "3"})
	b.seed("kb_knowledge",
		row{"number": "KB2", "short_description": "Printer", "text": "about the vpn", "workflow_state": "published", "featured": "true", "sys_view_count": "9"},
		row{"number": "KB3", "short_description": "VPN draft", "workflow_state": "draft"},
		row{"number": "KB4", "short_description": "VPN deutsch", "workflow_state": "published", "language": "de"})
	file, err := b.db.SeedAttachment(db.Session{}, db.NewAttachment{Table: "kb_knowledge", SysID: vpn, FileName: "a.png",
		ContentType: "image/png"}, strings.NewReader("png"))
	if err != nil {
		t.Fatal(err)
	}
	articles := "/api/sn_km_api/knowledge/articles"
	found := func(query string) string {
		t.Helper()
		a := b.get(articles + query).want(200)
		var numbers []string
		for i := 0; a.value(fmt.Sprintf("result/articles/%d", i)) != "<absent>"; i++ {
			numbers = append(numbers, a.value(fmt.Sprintf("result/articles/%d/number", i)))
		}
		return strings.Join(numbers, " ")
	}
	for query, want := range map[string]string{"?query=vpn": "KB1 KB2", "?query=vpn&limit=1": "KB1",
		"?query=vpn&limit=1&offset=1": "KB2", "?query=printer%20vpn": "KB2", "?query=nothing": "",
		"?filter=short_description=Printer": "KB2", "?kb=" + base: "KB1", "?language=de": "KB4",
		"?query=vpn&language=all": "KB1 KB4 KB2", "/featured": "KB2", "/most_viewed": "KB2 KB1"} {
		if got := found(query); got != want {
			t.Errorf("%s finds %q, want %q", query, got, want)
		}
	}
	a := b.get(articles + "?query=vpn&fields=short_description&fields=sys_class_name").want(200)
	for path, want := range map[string]string{"meta/start": "0", "meta/end": "2", "meta/count": "2", "meta/query": "vpn",
		"meta/fields": "short_description,sys_class_name", "meta/language": "en", "meta/status/code": "200",
		"articles/0/id": "kb_knowledge:" + vpn, "articles/0/rank": "1", "articles/0/title": "VPN setup",
		"articles/0/fields/short_description/label":      "Short description",
		"articles/0/fields/sys_class_name/display_value": "Knowledge",
		"articles/0/fields/sys_class_name/type":          "sys_class_name"} {
		a.is("result/"+path, want)
	}
	if !strings.Contains(a.Body, "<B>vpn</B>") {
		t.Errorf("the snippet does not mark the word: %s", a.Body)
	}
	one := b.get(articles + "/KB1").want(200)
	one.is("result/sys_id", vpn).is("result/content", "<p>Set up the <i>vpn</i></p>").is("result/template", "false").
		is("result/display_attachments", "true").is("result/attachments/0/file_name", "a.png").
		is("result/attachments/0/size_bytes", "3").is("result/embedded_content", "[]")
	b.get(articles + "/" + vpn).want(200)
	b.get(articles + "/KB3").want(404)
	b.get(articles + "/KB9").want(404)
	views := func() string { r, _ := b.db.Get("kb_knowledge", vpn); return r.Get("sys_view_count") }
	for _, query := range []string{"?update_view=true", "?update_view=false", "?update_view"} { // whatever its value
		before := views()
		b.get(articles + "/KB1" + query).want(200)
		if views() == before {
			t.Errorf("%s counted no view", query)
		}
	}
	if got := b.do("GET", articles+"/"+vpn+"/attachments/"+file, "", "Accept", "*/*").want(200); got.Body != "png" {
		t.Errorf("attachment %q", got.Body)
	}
	b.get(articles + "/" + vpn + "/attachments/none").want(404)
	mine := b.seed("user_criteria", row{"name": "me", "user": b.who.UserID})
	if _, err := b.db.Update(db.Session{}, "kb_knowledge", vpn, row{"cannot_read_user_criteria": mine}); err != nil {
		t.Fatal(err)
	}
	b.get(articles + "/KB1").want(404)
}

// https://www.servicenow.com/docs/r/api-reference/rest-apis/case-api.html
type csm struct {
	*bench
	account, contact, consumer, id string
}

func newCSM(t *testing.T) csm {
	b := newBench(t)
	b.asRole("csm_ws_integration")
	c := csm{bench: b}
	c.account = b.seed("customer_account", row{"name": "Boxeo"})
	c.contact = b.seed("customer_contact", row{"name": "Amy Pascal", "account": c.account})
	c.consumer = b.seed("csm_consumer", row{"name": "Con Sumer"})
	c.id = b.seed("sn_customerservice_case", row{"number": "CS0000001", "short_description": "Pump stuck", "state": "10",
		"account": c.account, "contact": c.contact, "assigned_to": b.who.UserID, "opened_at": "2026-02-03 04:05:06",
		"sys_created_on": "2026-02-03 04:05:06"})
	return c
}

func TestCaseShape(t *testing.T) {
	c := newCSM(t)
	cases := "/api/sn_customerservice/case"
	for _, a := range []answer{c.get(cases + "/" + c.id).want(200), c.get(cases + "/CS0000001").want(200)} {
		a.is("result/number", "CS0000001").is("result/assigned_to", c.who.UserID). // a bare sys_id
												is("result/account/name", "Boxeo").is("result/contact/account", c.account).is("result/consumer", "").
												is("result/category", "1").is("result/priority", "4").is("result/notify", "1")
	}
	c.get(cases + "/v1").want(404)
	c.get("/api/sn_customerservice/v1/case/CS0000001").want(200)
	for query, want := range map[string]string{"?sysparm_reference_fields=false": c.account, "?reference_fields=false": c.account,
		"?sysparm_fields=account&sysparm_reference_fields=false": c.account} {
		c.get(cases+query).want(200).is("result/0/account", want)
	}
	c.get(cases+"?sysparm_fields=number,bogus").want(200).is("result/0/number", "CS0000001").is("result/0/account", "<absent>")
	c.get(cases+"?display_value=true&reference_fields=false").is("result/0/state", "Open").is("result/0/account", "Boxeo").
		is("result/0/assigned_to", "Ada Diaz")
	c.get(cases+"?sysparm_display_value=all&sysparm_reference_fields=false").is("result/0/state/value", "10").
		is("result/0/state/display_value", "Open")
	c.policy.hideTable = "customer_account"
	c.get(cases+"/"+c.id).is("result/account", c.account) // expanded only for those who may read it
}

func TestCaseListParametersAndHeaders(t *testing.T) {
	c := newCSM(t)
	c.seed("sn_customerservice_case", row{"number": "CS0000002"}, row{"number": "CS0000003"})
	cases := "/api/sn_customerservice/case"
	a := c.get(cases).want(200)
	if len(a.list("number")) != 3 || a.Header.Get("X-Total-Count") != "" || a.Header.Get("Link") != "" {
		t.Errorf("without limit or offset: %v, %v", a.list("number"), a.Header)
	}
	for query, want := range map[string]string{
		"?sysparm_limit=2&sysparm_query=ORDERBYDESCnumber": "CS0000003 CS0000002",
		"?limit=1&offset=1&query=ORDERBYnumber":            "CS0000002",
		"?sysparm_query=state=10":                          "CS0000001",
		"?sysparm_query=bogus=1&limit=9":                   "CS0000001 CS0000002 CS0000003",
		"?state=10":                                        "CS0000001 CS0000002 CS0000003", // no such parameters here
		"?sysparm_offset=2":                                "CS0000003",
	} {
		a := c.get(cases + query).want(200)
		if got := strings.Join(a.list("number"), " "); got != want {
			t.Errorf("%s finds %s, want %s", query, got, want)
		}
		if limited := strings.Contains(query, "limit") || strings.Contains(query, "offset"); limited != (a.Header.Get("X-Total-Count") != "") {
			t.Errorf("%s: X-Total-Count %q", query, a.Header.Get("X-Total-Count"))
		}
	}
	if a := c.get(cases + "?limit=2"); !strings.Contains(a.Header.Get("Link"), `rel="next"`) {
		t.Errorf("Link %q", a.Header.Get("Link"))
	}
}

func TestCaseCreateAndUpdate(t *testing.T) {
	c := newCSM(t)
	cases := "/api/sn_customerservice/case"
	a := c.do("POST", cases, `{"contact":"`+c.contact+`","priority":"1","short_description":"Power Outage","typo":"x"}`).want(201)
	id := a.value("result/sys_id")
	a.is("result/number", "CS0010001").is("result/state", "<absent>")
	made, _ := c.db.Get(caseTable, id)
	if made.Get("account") != c.account || made.Get("priority") != "1" {
		t.Errorf("the account is not the contact's: %v", made.Values())
	}
	c.do("PUT", cases+"/"+id, `{"state":"10","comments":"hello"}`).want(201).is("result/number", "CS0010001").
		is("result/state", "<absent>")
	c.do("PUT", cases+"/"+id+"?sysparm_get_case_details=true", `{"state":"18"}`).want(201).is("result/state", "18").
		is("result/account/name", "Boxeo")
	c.do("PUT", cases+"/none", `{}`).want(404)
	c.do("PUT", cases+"/"+id, `{`).want(400)
	c.do("PATCH", cases+"/"+id, `{}`).want(405)
	c.do("DELETE", cases+"/"+id, ``).want(405)
	a = c.do("POST", cases, `{"consumer":"`+c.consumer+`","social_handle":"@con","social_handle_type":"consumer"}`).want(201)
	made, _ = c.db.Get(caseTable, a.value("result/sys_id"))
	if p, ok := c.db.Get("sn_app_cs_social_social_profile", made.Get("sn_app_cs_social_social_profile")); !ok || p.Get("social_handle") != "@con" {
		t.Errorf("no social profile: %v", made.Values())
	}
}

// "By default, external users … can only set the comments and state fields using this endpoint."
func TestCaseForExternalUsers(t *testing.T) {
	c := newCSM(t)
	c.asRole("sn_customerservice.customer")
	cases := "/api/sn_customerservice/case"
	a := c.do("POST", cases, `{"short_description":"x","priority":"1","urgency":"1","assigned_to":"y"}`).want(201)
	made, _ := c.db.Get(caseTable, a.value("result/sys_id"))
	if made.Get("priority") != "1" || made.Get("urgency") != "3" || made.Get("assigned_to") != "" {
		t.Errorf("%v", made.Values())
	}
	c.do("PUT", cases+"/"+made.SysID(), `{"state":"6","priority":"3","comments":"done"}`).want(201)
	made, _ = c.db.Get(caseTable, made.SysID())
	if made.Get("state") != "6" || made.Get("priority") != "1" || len(c.db.Journal(made.SysID())) != 1 {
		t.Errorf("%v", made.Values())
	}
	c.asRole("itil")
	c.get(cases).want(403).is("error/message", "User Not Authorized")
}

func TestCaseActivities(t *testing.T) {
	c := newCSM(t)
	c.who.TimeZone = time.FixedZone("PST", -8*3600)
	c.seed("sys_journal_field",
		row{"element": "comments", "element_id": c.id, "value": "one", "sys_created_on": "2026-02-03 05:00:00", "sys_created_by": "ada.diaz"},
		row{"element": "work_notes", "element_id": c.id, "value": "two", "sys_created_on": "2026-02-03 06:00:00", "sys_created_by": "ghost"})
	if _, err := c.db.SeedAttachment(db.Session{}, db.NewAttachment{Table: caseTable, SysID: c.id, FileName: "a.pdf",
		ContentType: "application/pdf", Values: row{"sys_created_on": "2026-02-03 07:00:00"}}, strings.NewReader(strings.Repeat("x", 2048))); err != nil {
		t.Fatal(err)
	}
	path := "/api/sn_customerservice/case/CS0000001/activities"
	a := c.get(path).want(200)
	for member, want := range map[string]string{
		"number": "CS0000001", "display_value": "CS0000001", "table": caseTable, "label": "Case", "sys_id": c.id,
		"sys_created_on": "2026-02-03 04:05:06", "sys_created_on_adjusted": "2026-02-02 20:05:06",
		"user_sys_id": c.who.UserID, "user_full_name": "Ada Diaz", "user_login": "ada.diaz", // the caller's
		"journal_fields/0/name": "comments", "journal_fields/0/can_read": "true", "journal_fields/0/color": "transparent",
		"journal_fields/0/label": "Additional comments", "journal_fields/1/color": "gold",
		"entries/0/element": "attachment", "entries/0/attachment/file_name": "a.pdf", "entries/0/attachment/size": "2.0 KB",
		"entries/0/attachment/size_bytes": "2048", "entries/0/attachment/state": "available",
		"entries/1/element": "work_notes", "entries/1/value": "two", "entries/1/login_name": "ghost",
		"entries/2/element": "comments", "entries/2/name": "Ada Diaz", "entries/2/login_name": "Ada Diaz",
		"entries/2/initials": "AD", "entries/2/contains_code": "false", "entries/2/user_sys_id": c.who.UserID,
		"entries/2/field_label": "Additional comments", "entries/2/sys_created_on_adjusted": "2026-02-02 21:00:00",
		"entries/2/attachment": "<absent>", "entries/3": "<absent>",
	} {
		a.is("result/"+member, want)
	}
	if !strings.Contains(a.Body, `"contains_code":"false"`) || !strings.Contains(a.Body, `"can_read":true`) {
		t.Errorf("contains_code is text and can_read is not: %s", a.Body)
	}
	for query, want := range map[string]string{"?sysparm_activity_type=comments": "comments",
		"?activity_type=attachment,work_notes": "attachment work_notes", "?sysparm_limit=1&sysparm_offset=1": "work_notes",
		"?sysparm_offset=9": ""} {
		a := c.get(path + query).want(200)
		var got []string
		for i := 0; a.value(fmt.Sprintf("result/entries/%d", i)) != "<absent>"; i++ {
			got = append(got, a.value(fmt.Sprintf("result/entries/%d/element", i)))
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%s shows %v, want %s", query, got, want)
		}
	}
	if got := c.get(path + "?limit=1").Header.Get("X-Total-Count"); got != "3" {
		t.Errorf("X-Total-Count %q", got)
	}
	c.policy.hideColumn = "work_notes"
	if a := c.get(path); strings.Contains(a.Body, `"two"`) {
		t.Error("work notes are shown to those who may not read them")
	}
	c.get("/api/sn_customerservice/case/none/activities").want(404)
}

func TestCaseFieldValues(t *testing.T) {
	c := newCSM(t)
	other := c.seed("customer_contact", row{"name": "Other Contact", "email": "o@x.example"})
	base := "/api/sn_customerservice/case/"
	c.get(base+"field_values/state").want(200).is("result/0/label", "New").is("result/0/value", "1").is("result/4/value", "3")
	c.get(base+"field_values/contact").want(200).is("result/0/label", "Amy Pascal").is("result/1/value", other)
	c.get(base+"field_values/contact?sysparm_query=nameSTARTSWITHOther&sysparm_reference_field_columns=email").
		is("result/0/label", "Other Contact").is("result/0/email", "o@x.example").is("result/1", "<absent>")
	c.get(base+"field_values/contact?limit=1&offset=1").is("result/0/value", other).is("result/1", "<absent>")
	c.get(base+c.id+"/field_values/contact").want(200).is("result/0/value", c.contact).is("result/1", "<absent>")
	c.get(base+"CS0000001/field_values/state").want(200).is("result/0/label", "New")
	c.get(base + "field_values/short_description").want(400)
	c.get(base + "field_values/bogus").want(400)
	c.get(base + "none/field_values/contact").want(404)
}
