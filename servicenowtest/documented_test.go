package servicenowtest

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"
	"time"
)

// documentedMembers are the members of the documentation's sample answers, by endpoint, with their JSON types: names
// and types only. They were read by machine from the pages under https://www.servicenow.com/docs/r/api-reference/rest-apis/.
func documentedMembers(t *testing.T) map[string]map[string]string {
	t.Helper()
	text, err := os.ReadFile("testdata/documented_members.txt")
	if err != nil {
		t.Fatal(err)
	}
	out, endpoint := map[string]map[string]string{}, ""
	for line := range strings.Lines(string(text)) {
		if line[0] != '\t' {
			endpoint = strings.TrimSpace(line)
			out[endpoint] = map[string]string{}
			continue
		}
		for _, item := range strings.Fields(line) {
			path, kind, _ := strings.Cut(item, ":")
			out[endpoint][path] = kind
		}
	}
	return out
}

// The ids that the documentation's examples name, or ours where an example names one that cannot be chosen.
const (
	docCase    = "f352dc9387632300d6b0a7da0acb0b60"
	docAccount = "86837a386f0331003b3c498f5d3ee4ca"
	docContact = "ddce70866f9331003b3c498f5d3ee417"
	docProblem = "04ce72c9c0a8016600b5b7f75ac67b5b"
	docIncid   = "ef43c6d40a0a0b5700c77f9bf387afe3"
	docGroup   = "287ebd7da9fe198100f92cc8d1d2154e"
	docUser    = "62826bf03710200044e0bfc8bcbe5df1"
	docConsmr  = "01d8403fdb1b1200b6075200cf961941"
	docArticle = "0b48fd75474321009db4b5b08b9a71c2"
)

// docServer holds what the examples speak of.
func docServer(t *testing.T) (s *Server, ids map[string]string) {
	t.Helper()
	s = NewServer(t, WithClock(NewClock(time.Date(2026, 3, 4, 10, 0, 0, 0, time.UTC))))
	seed := func(table string, row map[string]string) {
		t.Helper()
		if _, err := s.SeedRows(table, row); err != nil {
			t.Fatal(err)
		}
	}
	s.AddUser(User{SysID: docUser, UserName: "abel.tuter", FirstName: "Abel", LastName: "Tuter",
		Roles: []string{"cloud_user"}})
	seed("sys_user_group", map[string]string{"sys_id": docGroup, "name": "Azure Operators"})
	seed("sys_user_grmember", map[string]string{"user": docUser, "group": docGroup})
	seed("sys_group_has_role", map[string]string{"group": docGroup, "role": s.role("sn_azure.operator")})
	seed("problem", map[string]string{"sys_id": docProblem, "opened_by": docUser})
	seed("incident", map[string]string{"sys_id": docIncid, "caller_id": docUser, "assignment_group": docGroup,
		"location": docGroup, "opened_by": docUser, "problem_id": docProblem, "reassignment_count": "1",
		"business_stc": "600"})
	for i := range 3 {
		seed("customer_account", map[string]string{"name": fmt.Sprint("Boxeo ", i)})
		seed("customer_contact", map[string]string{"first_name": fmt.Sprint("George ", i), "account": docAccount})
		seed("csm_consumer", map[string]string{"first_name": fmt.Sprint("Harding ", i)})
	}
	seed("customer_account", map[string]string{"sys_id": docAccount, "name": "Boxeo"})
	seed("customer_contact", map[string]string{"sys_id": docContact, "account": docAccount, "first_name": "Alex",
		"last_name": "Linde"})
	seed("csm_consumer", map[string]string{"sys_id": docConsmr, "first_name": "Harding", "last_name": "Asher"})
	for i := range 4 {
		seed("sn_customerservice_case", map[string]string{"account": docAccount, "contact": docContact,
			"consumer": docConsmr, "short_description": fmt.Sprint(i)})
	}
	seed("sn_customerservice_case", map[string]string{"sys_id": docCase, "account": docAccount, "contact": docContact,
		"comments": "Hi, Alex."})
	for id, title := range map[string]string{docArticle: "How to Deal with Spam", "": "What is the Windows key?"} {
		seed("kb_knowledge", map[string]string{"sys_id": id, "short_description": title, "workflow_state": "published",
			"text": "<p>" + title + "</p>", "display_attachments": "true", "featured": "true", "sys_view_count": "7",
			"number": map[string]string{docArticle: "KB0000011"}[id]})
	}
	attach := func(table, id, name, kind string) string {
		t.Helper()
		a, err := s.As(AdminUser).Attach(table, id, name, kind, []byte("\x89PNG"))
		if err != nil {
			t.Fatal(err)
		}
		return a
	}
	ids = map[string]string{"attachment": attach("incident", docIncid, "blocks.swf", "application/x-shockwave-flash"),
		"kbattachment": attach("kb_knowledge", docArticle, "image.jpg", "image/jpeg"),
		"casefile":     attach("sn_customerservice_case", docCase, "label.jpg", "image/jpeg")}
	seed("sys_attachment_attribute", map[string]string{"sys_attachment": ids["attachment"], "key": "example_key",
		"value": "example_value"})
	id, err := s.As(AdminUser).Insert("sys_email", map[string]string{"recipients": "ada@x.example", "subject": "closed"})
	if err != nil {
		t.Fatal(err)
	}
	ids["email"] = id
	return s, ids
}

// documentedExchange is one request example of the documentation.
type documentedExchange struct {
	endpoint     string // as the page heads it
	request      string // method and path; {attachment} and its like are filled in
	body, kind   string
	status       int
	mayBeMissing string // members of the sample that our answer has no occasion for
	mayBeThere   string // members of the page's table that its sample lacks
	open         bool   // the answer is a record: a dictionary may have more columns than the sample shows
}

const (
	jsonBody = "application/json"
	names    = "result/created_by_name result/updated_by_name"
)

var documentedForm = "--b\r\nContent-Disposition: form-data; name=\"table_name\"\r\n\r\nincident\r\n" +
	"--b\r\nContent-Disposition: form-data; name=\"table_sys_id\"\r\n\r\n" + docIncid + "\r\n" +
	"--b\r\nContent-Disposition: form-data; name=\"uploadFile\"; filename=\"banner.jpeg\"\r\n" +
	"Content-Type: image/jpeg\r\n\r\nx\r\n--b--\r\n"

var documentedExchanges = []documentedExchange{
	// c_TableAPI.html
	{endpoint: "GET /now/table/{tableName}", request: "GET /api/now/table/problem?sysparm_limit=1", status: 200, open: true},
	{endpoint: "GET /now/table/{tableName}/{sys_id}", request: "GET /api/now/table/incident/" + docIncid, status: 200,
		open: true},
	{endpoint: "PATCH /now/table/{tableName}/{sys_id}", request: "PATCH /api/now/table/incident/" + docIncid,
		body: `{'assigned_to':'` + docUser + `','urgency':'1','comments':'Elevating urgency'}`, kind: jsonBody, status: 200,
		open: true},
	{endpoint: "PUT /now/table/{tableName}/{sys_id}", request: "PUT /api/now/table/incident/" + docIncid,
		body: `{'assigned_to':'` + docUser + `','urgency':'1','comments':'Elevating urgency'}`, kind: jsonBody, status: 200,
		open: true},
	{endpoint: "POST /now/table/{tableName}", request: "POST /api/now/table/incident",
		body: `{'short_description':'wifi','assignment_group':'` + docGroup + `','urgency':'2','impact':'2'}`,
		kind: jsonBody, status: 201, open: true},
	// c_AggregateAPI.html
	{endpoint: "GET /now/stats/{tableName}", request: "GET /api/now/stats/incident?sysparm_avg_fields=" +
		"reassignment_count%2Cbusiness_stc&sysparm_group_by=assignment_group", status: 200},
	// batch-api.html
	{endpoint: "POST /now/batch", request: "POST /api/now/v1/batch", kind: jsonBody, status: 200,
		body: `{"batch_request_id":"1","rest_requests":[` +
			`{"id":"11","headers":[{"name":"Accept","value":"application/xml"}],` +
			`"url":"/api/global/user_role_inheritance","method":"GET"},` +
			`{"id":"13","exclude_response_headers":true,"headers":[{"name":"Content-Type","value":"application/json"}],` +
			`"url":"/api/now/table/incident","method":"POST","body":"` +
			base64.StdEncoding.EncodeToString([]byte(`{'urgency':'1', 'short_description':'broken'}`)) + `"}]}`},
	// c_AttachmentAPI.html
	{endpoint: "GET /now/attachment", request: "GET /api/now/attachment?sysparm_limit=1", status: 200},
	{endpoint: "GET /now/attachment/{sys_id}", request: "GET /api/now/attachment/{attachment}", status: 200},
	{endpoint: "GET /now/attachment/{sys_id}/attributes", request: "GET /api/now/attachment/{attachment}/attributes",
		status: 200},
	{endpoint: "GET /now/attachment/{sys_id}/attributes/{attribute_key}",
		request: "GET /api/now/attachment/{attachment}/attributes/example_key", status: 200},
	{endpoint: "PUT /now/attachment/{sys_id}/attributes/{attribute_key}",
		request: "PUT /api/now/attachment/{attachment}/attributes/example_key", body: `{"value":"new_value"}`,
		kind: jsonBody, status: 200},
	{endpoint: "POST /now/attachment/{sys_id}/attributes", request: "POST /api/now/attachment/{attachment}/attributes",
		body: `{"key":"another_key","value":"another_value"}`, kind: jsonBody, status: 201},
	{endpoint: "POST /now/attachment/file", request: "POST /api/now/attachment/file?table_name=incident&table_sys_id=" +
		docIncid + "&file_name=Issue_screenshot", body: "x", kind: "image/jpeg", status: 201, mayBeThere: names},
	{endpoint: "POST /now/attachment/upload", request: "POST /api/now/attachment/upload", body: documentedForm,
		kind: "multipart/form-data; boundary=b", status: 201, mayBeThere: names},
	{request: "PATCH /api/now/attachment/{attachment}", body: `{"file_name":"new_attachment_name"}`, kind: jsonBody,
		status: 204},
	{request: "GET /api/now/attachment/{attachment}/file", status: 200},
	{request: "DELETE /api/now/attachment/{attachment}/attributes/example_key", status: 204},
	{request: "DELETE /api/now/attachment/{attachment}/attributes", status: 204},
	{request: "DELETE /api/now/attachment/{attachment}", status: 204},
	// attachment_csm-api.html
	{endpoint: "GET /now/attachment_csm", request: "GET /api/now/v1/attachment_csm?sysparm_query=table_name=" +
		"sn_customerservice_case&limit=1", status: 200},
	{endpoint: "GET /now/attachment_csm/{sys_id}", request: "GET /api/now/v1/attachment_csm/{casefile}", status: 200},
	{request: "GET /api/now/v1/attachment_csm/{casefile}/file", status: 200},
	{endpoint: "POST /now/attachment_csm/file", request: "POST /api/now/v1/attachment_csm/file?table_name=" +
		"sn_customerservice_case&table_sys_id=" + docCase + "&file_name=shot", body: "x", kind: "image/jpeg", status: 200},
	{endpoint: "POST /now/attachment_csm/upload", request: "POST /api/now/v1/attachment_csm/upload",
		body: strings.ReplaceAll(strings.ReplaceAll(documentedForm, "incident", "sn_customerservice_case"), docIncid, docCase),
		kind: "multipart/form-data; boundary=b", status: 200},
	{request: "DELETE /api/now/v1/attachment_csm/{casefile}", status: 204},
	// case-api.html
	{endpoint: "GET /sn_customerservice/case/{id}/activities",
		request: "GET /api/sn_customerservice/case/" + docCase + "/activities", status: 200,
		mayBeThere: "result/entries/*/attachment/"},
	{endpoint: "GET /sn_customerservice/case/field_values/{field_name}",
		request: "GET /api/sn_customerservice/case/field_values/contact", status: 200},
	{endpoint: "GET /sn_customerservice/case/{id}/field_values/{field_name}",
		request: "GET /api/sn_customerservice/case/" + docCase + "/field_values/contact", status: 200},
	{endpoint: "GET /sn_customerservice/case/{id}", request: "GET /api/sn_customerservice/case/" + docCase +
		"?sysparm_reference_fields=false", status: 200, open: true},
	{endpoint: "GET /sn_customerservice/case", request: "GET /api/sn_customerservice/case?sysparm_query=account=" +
		docAccount + "&sysparm_limit=2&sysparm_offset=2", status: 200, open: true},
	{endpoint: "POST /sn_customerservice/case", request: "POST /api/sn_customerservice/case", kind: jsonBody, status: 201,
		body: `{ consumer: "` + docConsmr + `", contact_type: "social", priority: "4", social_channel: "TWITTER",` +
			` social_handle: "consumertwo", social_handle_type: "Consumer" }`},
	{endpoint: "POST /sn_customerservice/case", request: "POST /api/sn_customerservice/case", kind: jsonBody, status: 201,
		body: `{ account: "` + docAccount + `", contact_type: "phone", priority: "1", short_description: "Outage" }`},
	{endpoint: "PUT /sn_customerservice/case/{id}", request: "PUT /api/sn_customerservice/case/" + docCase,
		kind: jsonBody, status: 201, body: `{ contact_type: "phone", priority: "4" }`},
	// account-api.html, contact-api.html, consumer-api.html
	{endpoint: "GET /now/account", request: "GET /api/now/account?sysparm_limit=2&sysparm_offset=2", status: 200, open: true},
	{endpoint: "GET /now/account/{id}", request: "GET /api/now/account/" + docAccount, status: 200, open: true},
	{endpoint: "GET /now/contact", request: "GET /api/now/contact?sysparm_query=account=" + docAccount +
		"&sysparm_limit=2&sysparm_offset=2", status: 200, open: true},
	{endpoint: "GET /now/contact/{id}", request: "GET /api/now/contact/" + docContact, status: 200, open: true},
	{endpoint: "POST /now/contact", request: "POST /api/now/contact", kind: jsonBody, status: 201,
		body: `{"country":"USA","notification":"1","user_name":"dora.warren","first_name":"Dora","account":"` + docAccount +
			`"}`},
	{endpoint: "GET /now/consumer", request: "GET /api/now/consumer?sysparm_limit=2&sysparm_offset=2", status: 200,
		open: true},
	{endpoint: "GET /now/consumer/{id}", request: "GET /api/now/consumer/" + docConsmr, status: 200, open: true},
	{endpoint: "POST /now/consumer", request: "POST /api/now/consumer", kind: jsonBody, status: 201,
		body: `{"country":"USA","first_name":"Jane","last_name":"Brown"}`},
	// knowledge-api.html
	{endpoint: "GET /knowledge/articles", request: "GET /api/sn_km_api/knowledge/articles?query=Windows&limit=2" +
		"&fields=short_description&fields=sys_class_name", status: 200},
	{endpoint: "GET /knowledge/articles/featured", request: "GET /api/sn_km_api/knowledge/articles/featured" +
		"?fields=short_description&limit=3", status: 200},
	{endpoint: "GET /knowledge/articles/most_viewed", request: "GET /api/sn_km_api/knowledge/articles/most_viewed?limit=5",
		status: 200},
	{endpoint: "GET /knowledge/articles/{id}", request: "GET /api/sn_km_api/knowledge/articles/" + docArticle +
		"?search_id=spam&search_rank=26.426", status: 200},
	{endpoint: "GET /knowledge/articles/{id}", request: "GET /api/sn_km_api/knowledge/articles/KB0000011?update_view=",
		status: 200},
	{request: "GET /api/sn_km_api/knowledge/articles/" + docArticle + "/attachments/{kbattachment}", status: 200},
	// email-api.html
	{endpoint: "GET /now/email/{id}", request: "GET /api/now/email/{email}", status: 200,
		mayBeMissing: "result/headers/X-ServiceNow-Source result/headers/X-ServiceNow-SysEmail-Version"},
	{endpoint: "POST /now/email", request: "POST /api/now/email", kind: jsonBody, status: 200,
		body: `{"to":["User1 <user1@example.com>"],"cc":["User3 <user3@example.com>"],"subject":"Hello There",` +
			`"text":"Test Message","html":"<b>Test Message</b>","table_name":"incident","table_record_id":"` + docIncid +
			`","headers":{"X-Custom":"header"}}`},
	// user-role-inheritance-api.html
	{endpoint: "GET /global/user_role_inheritance", request: "GET /api/global/user_role_inheritance?user_sysid=" + docUser,
		status: 200},
	// c_TableAPI.html, last because it deletes
	{request: "DELETE /api/now/table/incident/" + docIncid, status: 204},
}

// Every request example of the documentation is answered, with its status, and with the members of its sample answer:
// none is missing, none has another type, and none is there that the sample does not show.
func TestDocumentedExchanges(t *testing.T) {
	s, ids := docServer(t)
	members := documentedMembers(t)
	replayed := map[string]bool{}
	for _, x := range documentedExchanges {
		t.Run(strings.ReplaceAll(x.request, "/", " "), func(t *testing.T) {
			replayed[x.endpoint] = true
			got := x.send(t, s, ids)
			if x.endpoint == "" {
				return
			}
			want, ok := members[x.endpoint]
			if !ok {
				t.Fatalf("no sample of %s", x.endpoint)
			}
			x.compare(t, want, got)
		})
	}
	for endpoint := range members {
		if !replayed[endpoint] && !strings.Contains(endpoint, " /now/import/") { // see the package comment
			t.Errorf("the example of %s is not replayed", endpoint)
		}
	}
}

func (x documentedExchange) send(t *testing.T, s *Server, ids map[string]string) map[string]string {
	t.Helper()
	method, path, _ := strings.Cut(x.request, " ")
	for name, id := range ids {
		path = strings.ReplaceAll(path, "{"+name+"}", id)
	}
	req, err := http.NewRequest(method, s.Instance().Origin()+path, strings.NewReader(x.body))
	if err != nil {
		t.Fatal(err)
	}
	req.SetBasicAuth(AdminUser, AdminPassword)
	req.Header.Set("Accept", "application/json")
	if strings.HasSuffix(path, "/file") && method == http.MethodGet || strings.Contains(path, "/attachments/") {
		req.Header.Set("Accept", "*/*")
	}
	if x.kind != "" {
		req.Header.Set("Content-Type", x.kind)
	}
	resp, err := s.HTTPClient().Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != x.status {
		t.Fatalf("%s, want %d: %s %v", resp.Status, x.status, body, err)
	}
	if x.endpoint == "" {
		return nil
	}
	var v any
	if err := json.Unmarshal(body, &v); err != nil {
		t.Fatalf("%v: %s", err, body)
	}
	out := map[string]string{}
	kindsOf(v, "", out)
	return out
}

// kindsOf lists the members of a JSON value with their types; the elements of an array share one path.
func kindsOf(v any, path string, out map[string]string) {
	note := func(kind string) {
		if path != "" && !slices.Contains(strings.Split(out[path], "|"), kind) {
			out[path] = strings.TrimPrefix(out[path]+"|"+kind, "|")
		}
	}
	below := func(name string) string { return strings.TrimPrefix(path+"/"+name, "/") }
	switch v := v.(type) {
	case map[string]any:
		note("object")
		for k, e := range v {
			kindsOf(e, below(k), out)
		}
	case []any:
		note("array")
		for _, e := range v {
			kindsOf(e, below("*"), out)
		}
	case string:
		note("string")
	case bool:
		note("boolean")
	case float64:
		note("number")
	default:
		note("null")
	}
}

func (x documentedExchange) compare(t *testing.T, want, got map[string]string) {
	t.Helper()
	for _, path := range slices.Sorted(maps.Keys(want)) {
		have, ok := got[path]
		parent := path[:max(0, strings.LastIndexByte(path, '/'))]
		switch {
		case ok && sharesKind(have, want[path]), slices.Contains(strings.Fields(x.mayBeMissing), path):
		case x.open && ok && sharesKind("string|object", have) && sharesKind("string|object", want[path]):
			// a reference: an object where it is set, "" where it is not
		case x.open && got[parent] == "string":
			// inside a reference that is not set here
		case !ok:
			t.Errorf("%s (%s) is missing", path, want[path])
		default:
			t.Errorf("%s is %s, want %s", path, have, want[path])
		}
	}
	for _, path := range slices.Sorted(maps.Keys(got)) {
		allowed := func(member string) bool { return strings.HasPrefix(path+"/", strings.TrimSuffix(member, "/")+"/") }
		if _, documented := want[path]; !documented && !x.open &&
			!slices.ContainsFunc(strings.Fields(x.mayBeThere), allowed) {
			t.Errorf("%s (%s) is in no sample", path, got[path])
		}
	}
}

func sharesKind(a, b string) bool {
	return slices.ContainsFunc(strings.Split(a, "|"), func(k string) bool {
		return slices.Contains(strings.Split(b, "|"), k)
	})
}
