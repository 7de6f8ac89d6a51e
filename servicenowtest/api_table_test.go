package servicenowtest

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/seed-a66f7fd3/servicenow/servicenowtest/internal/db"
)

// The Table API, as https://www.servicenow.com/docs/r/api-reference/rest-apis/c_TableAPI.html and
// https://www.servicenow.com/docs/r/api-reference/rest-api-explorer/c_RESTAPI.html say.

func (b *bench) incidents(n int) []string {
	b.t.Helper()
	rows := make([]row, n)
	for i := range rows {
		rows[i] = row{"number": fmt.Sprintf("INC%07d", i+1), "short_description": fmt.Sprint("row ", i+1), "state": "1"}
	}
	ids, err := b.db.Seed(db.Session{UserName: "seed"}, "incident", rows)
	if err != nil {
		b.t.Fatal(err)
	}
	return ids
}

func TestTableStatusCodes(t *testing.T) {
	b := newBench(t)
	id := b.incidents(1)[0]
	none := strings.Repeat("0", 32)
	for _, c := range []struct {
		name, method, path, body string
		status                   int
		message                  string
	}{
		{"list", "GET", "/api/now/table/incident", "", 200, ""},
		{"list, version 2", "GET", "/api/now/v2/table/incident", "", 200, ""},
		{"list, version 1", "GET", "/api/now/v1/table/incident", "", 200, ""},
		{"empty list is 200 and an empty array", "GET", "/api/now/table/incident?sysparm_query=number=x", "", 200, ""},
		{"empty list, version 2", "GET", "/api/now/v2/table/incident?sysparm_query=number=x", "", 200, ""},
		{"empty list is 404 in version 1", "GET", "/api/now/v1/table/incident?sysparm_query=number=x", "", 404, "No Record found"},
		{"get", "GET", "/api/now/table/incident/" + id, "", 200, ""},
		{"get through the parent table", "GET", "/api/now/table/task/" + id, "", 200, ""},
		{"get through another class", "GET", "/api/now/table/problem/" + id, "", 404, "No Record found"},
		{"get what is not there", "GET", "/api/now/table/incident/" + none, "", 404, "No Record found"},
		{"create", "POST", "/api/now/table/incident", `{"short_description":"x"}`, 201, ""},
		{"create from nothing", "POST", "/api/now/table/incident", `{}`, 201, ""},
		{"create, broken JSON", "POST", "/api/now/table/incident", `{"short_description":`, 400, "Exception while reading request"},
		{"create, not an object", "POST", "/api/now/table/incident", `"x"`, 400, "Exception while reading request"},
		{"create, text after the object", "POST", "/api/now/table/incident", `{} {}`, 400, "Exception while reading request"},
		{"create, of several only the first", "POST", "/api/now/table/problem", `[{"number":"P1"},{"number":"P2"}]`, 201, ""},
		{"patch", "PATCH", "/api/now/table/incident/" + id, `{"state":"2"}`, 200, ""},
		{"put is a patch", "PUT", "/api/now/table/incident/" + id, `{"state":"2"}`, 200, ""},
		{"patch what is not there", "PATCH", "/api/now/table/incident/" + none, `{}`, 404, "No Record found"},
		{"put what is not there is no upsert", "PUT", "/api/now/table/incident/" + none, `{"state":"2"}`, 404, "No Record found"},
		{"delete what is not there", "DELETE", "/api/now/table/incident/" + none, "", 404, "No Record found"},
		{"unknown table", "GET", "/api/now/table/bogus", "", 400, "Invalid table bogus"},
		{"unknown table, write", "POST", "/api/now/table/bogus", "{}", 400, "Invalid table bogus"},
		{"unknown version", "GET", "/api/now/v3/table/incident", "", 400, "Requested URI does not represent any resource"},
		{"unknown path", "GET", "/api/now/tables/incident", "", 400, "Requested URI does not represent any resource"},
		{"path too long", "GET", "/api/now/table/incident/" + id + "/x", "", 400, "Requested URI does not represent any resource"},
		{"wrong method", "POST", "/api/now/table/incident/" + id, "{}", 405, "Method not supported"},
		{"wrong method on the list", "DELETE", "/api/now/table/incident", "", 405, "Method not supported"},
		{"delete", "DELETE", "/api/now/table/incident/" + id, "", 204, ""},
		{"gone", "GET", "/api/now/table/incident/" + id, "", 404, "No Record found"},
	} {
		t.Run(c.name, func(t *testing.T) {
			b.t = t
			a := b.do(c.method, c.path, c.body).want(c.status)
			if c.message != "" {
				a.is("error/message", c.message).is("status", "failure")
			}
			if a.Status == 204 && a.Body != "" {
				t.Errorf("204 with a body: %q", a.Body)
			}
			if a.Status != 204 && a.Header.Get("Content-Type") != "application/json;charset=UTF-8" {
				t.Errorf("content type %q", a.Header.Get("Content-Type"))
			}
		})
	}
	if n := len(b.db.Find("problem", "number", "P1")) + len(b.db.Find("problem", "number", "P2")); n != 1 {
		t.Errorf("%d of the two records were made", n)
	}
}

func TestNotFoundBody(t *testing.T) {
	b := newBench(t)
	b.get("/api/now/table/incident/x").want(404).
		is("error/message", "No Record found").
		is("error/detail", "Record doesn't exist or ACL restricts the record retrieval").is("status", "failure")
	b.get("/api/now/table/bogus").want(400).is("error/detail", "null")
}

func TestRequestHeaders(t *testing.T) {
	b := newBench(t)
	id := b.incidents(1)[0]
	for _, c := range []struct {
		name, method, path, body string
		headers                  []string
		status                   int
	}{
		{"Accept defaults to JSON", "GET", "/api/now/table/incident", "", nil, 200},
		{"Accept */*", "GET", "/api/now/table/incident", "", []string{"Accept", "*/*"}, 200},
		{"Accept JSON", "GET", "/api/now/table/incident", "", []string{"Accept", "application/json"}, 200},
		{"Accept XML", "GET", "/api/now/table/incident", "", []string{"Accept", "application/xml"}, 200},
		{"Accept of what is not served", "GET", "/api/now/table/incident", "", []string{"Accept", "text/csv"}, 406},
		{"write without Content-Type", "POST", "/api/now/table/incident", "{}", []string{"Content-Type", ""}, 400},
		{"write of what is not read", "POST", "/api/now/table/incident", "{}", []string{"Content-Type", "text/plain"}, 415},
		{"form", "PATCH", "/api/now/table/incident/" + id, "a=b",
			[]string{"Content-Type", "application/x-www-form-urlencoded"}, 415},
		{"charset in Content-Type", "POST", "/api/now/table/incident", "{}",
			[]string{"Content-Type", "application/json; charset=utf-8"}, 201},
		{"method override", "POST", "/api/now/table/incident/" + id, `{"state":"2"}`,
			[]string{"X-http-method-override", "PATCH"}, 200},
		{"method override to GET", "POST", "/api/now/table/incident/" + id, "", []string{"X-HTTP-Method-Override", "GET"}, 200},
		{"override counts on POST only", "GET", "/api/now/table/incident/" + id, "",
			[]string{"X-HTTP-Method-Override", "DELETE"}, 200},
		{"method override to DELETE", "POST", "/api/now/table/incident/" + id, "",
			[]string{"X-HTTP-Method-Override", "delete"}, 204},
	} {
		t.Run(c.name, func(t *testing.T) {
			b.t = t
			b.do(c.method, c.path, c.body, c.headers...).want(c.status)
		})
	}
}

func TestHeadIsGetWithoutBody(t *testing.T) {
	b := newBench(t)
	b.incidents(3)
	a := b.do("HEAD", "/api/now/table/incident?sysparm_limit=1", "").want(200)
	if a.Body != "" || a.Header.Get("X-Total-Count") != "3" || a.Header.Get("Link") == "" {
		t.Errorf("body %q, headers %v", a.Body, a.Header)
	}
}

func TestCreateAnswersWithTheRecordAndItsPlace(t *testing.T) {
	b := newBench(t)
	a := b.do("POST", "/api/now/v2/table/incident?sysparm_fields=sys_id,number", `{"short_description":"VPN drops"}`).want(201)
	a.is("result/number", "INC0010001").is("result/short_description", "<absent>")
	if got := a.Header.Get("Location"); got != testOrigin+"/api/now/v2/table/incident/"+a.value("result/sys_id") {
		t.Errorf("Location %q", got)
	}
	for _, status := range []int{201} {
		quiet := b.do("POST", "/api/now/table/incident", `{}`, "X-no-response-body", "true").want(status)
		if quiet.Body != "" || quiet.Header.Get("Location") == "" {
			t.Errorf("body %q, Location %q", quiet.Body, quiet.Header.Get("Location"))
		}
	}
	quiet := b.do("PATCH", "/api/now/table/incident/"+a.value("result/sys_id"), `{"state":"2"}`, "X-no-response-body", "true")
	if quiet.want(200).Body != "" {
		t.Errorf("body %q", quiet.Body)
	}
}

func TestValuesIn(t *testing.T) {
	b := newBench(t)
	b.who.TimeZone = time.FixedZone("CET", 3600)
	net := b.seed("sys_user_group", row{"name": "Network"})
	for _, c := range []struct {
		name, body, query, column, want string
	}{
		{"text", `{"short_description":"ä 漢字 🙂"}`, "", "short_description", "ä 漢字 🙂"},
		{"number", `{"severity":2}`, "", "severity", "2"},
		// it-service-management/incident-management/def-prio-lookup-rules.html
		{"priority follows impact and urgency", `{"impact":"2","urgency":"2"}`, "", "priority", "3"},
		{"whatever it was sent as", `{"impact":"1","urgency":"1","priority":"4"}`, "", "priority", "1"},
		{"and from their defaults", `{"priority":"1"}`, "", "priority", "5"},
		{"boolean", `{"active":false}`, "", "active", "false"},
		{"null is empty", `{"assignment_group":null}`, "", "assignment_group", ""},
		{"time is UTC", `{"due_date":"2026-01-02 03:04:05"}`, "", "due_date", "2026-01-02 03:04:05"},
		{"time as display value is in the caller's zone", `{"due_date":"2026-01-02 03:04:05"}`,
			"sysparm_input_display_value=true", "due_date", "2026-01-02 02:04:05"},
		{"reference", `{"assignment_group":"` + net + `"}`, "", "assignment_group", net},
		{"reference as display value", `{"assignment_group":"Network"}`, "sysparm_input_display_value=true",
			"assignment_group", net},
		{"reference as display value, by sys_id", `{"assignment_group":"` + net + `"}`, "sysparm_input_display_value=true",
			"assignment_group", net},
		{"reference as display value, not found", `{"assignment_group":"Nobody"}`, "sysparm_input_display_value=true",
			"assignment_group", ""},
		{"choice", `{"state":"6"}`, "", "state", "6"},
		{"unknown choice value is dropped", `{"state":"99"}`, "", "state", "1"},
		{"choice by label needs input_display_value", `{"state":"Resolved"}`, "", "state", "1"},
		{"choice as display value", `{"state":"Resolved"}`, "sysparm_input_display_value=true", "state", "6"},
		{"choice as display value takes the value too", `{"state":"6"}`, "sysparm_input_display_value=true", "state", "6"},
		{"choice with a blank", `{"approval":"not requested"}`, "", "approval", "not requested"},
		{"unknown column", `{"no_such":"x","severity":"1"}`, "", "severity", "1"},
		{"a list of references", `{"watch_list":"a,b"}`, "", "watch_list", "a,b"},
		{"a cell as it was read", `{"assignment_group":{"link":"https://x","value":"` + net + `"}}`, "", "assignment_group", net},
		{"sys_ columns are the platform's", `{"sys_created_by":"mallory"}`, "", "sys_created_by", "ada.diaz"},
		{"unless auto sys fields are suppressed", `{"sys_created_by":"import"}`, "sysparm_suppress_auto_sys_field=true",
			"sys_created_by", "import"},
	} {
		t.Run(c.name, func(t *testing.T) {
			b.t = t
			a := b.do("POST", "/api/now/table/incident?sysparm_exclude_reference_link=true&"+c.query, c.body).want(201)
			a.is("result/"+c.column, c.want)
		})
	}
}

func TestClearingFields(t *testing.T) {
	b := newBench(t)
	id := b.seed("incident", row{"assigned_to": "x", "description": "d", "category": "network", "due_date": "2026-01-01 00:00:00"})
	a := b.do("PATCH", "/api/now/table/incident/"+id, `{"assigned_to":"","description":"","category":"","due_date":""}`).want(200)
	a.is("result/assigned_to", "").is("result/description", "").is("result/due_date", "")
	a.is("result/category", "network") // "Except for choice fields, you can pass an empty value"
}

func TestPutChangesOnlyWhatIsSent(t *testing.T) {
	b := newBench(t)
	id := b.seed("incident", row{"short_description": "a", "description": "b"})
	b.do("PUT", "/api/now/table/incident/"+id, `{"description":"c"}`).want(200).
		is("result/short_description", "a").is("result/description", "c").is("result/sys_mod_count", "1")
}

func TestRefusals(t *testing.T) {
	b := newBench(t)
	id := b.incidents(1)[0]
	for _, c := range []struct {
		name               string
		policy             testPolicy
		method, path, body string
		status             int
		message, detail    string
	}{
		{"table read", testPolicy{hideTable: "incident"}, "GET", "/api/now/table/incident", "", 403,
			"Insufficient rights to query records", "null"},
		{"row read", testPolicy{hideRow: func(db.Row) bool { return true }}, "GET", "/api/now/table/incident/" + id, "", 404,
			"No Record found", "Record doesn't exist or ACL restricts the record retrieval"},
		{"insert", testPolicy{noCreate: "incident"}, "POST", "/api/now/table/incident", "{}", 403, "Operation Failed",
			"ACL Exception Insert Failed due to security constraints"},
		{"update", testPolicy{noWrite: "incident"}, "PATCH", "/api/now/table/incident/" + id, `{"state":"2"}`, 403,
			"Operation Failed", "ACL Exception Update Failed due to security constraints"},
		{"delete", testPolicy{noDelete: "incident"}, "DELETE", "/api/now/table/incident/" + id, "", 403, "Operation Failed",
			"ACL Exception Delete Failed due to security constraints"},
		{"query_match", testPolicy{noMatch: "priority"}, "GET", "/api/now/table/incident?sysparm_query=priority=1", "", 403,
			"Insufficient rights to query records", "Fields present in the query do not have permission to be read"},
		{"query_range", testPolicy{noRange: "priority"}, "GET", "/api/now/table/incident?sysparm_query=ORDERBYpriority", "", 403,
			"Insufficient rights to query records", "Fields present in the query do not have permission to be read"},
	} {
		t.Run(c.name, func(t *testing.T) {
			b.t = t
			*b.policy = c.policy
			b.do(c.method, c.path, c.body).want(c.status).is("error/message", c.message).is("error/detail", c.detail)
		})
	}
}

func TestTablesClosedToWebServices(t *testing.T) {
	b := newBench(t)
	b.db.Schema().AddTable(db.Table{Name: "u_closed", Label: "Closed"})
	b.get("/api/now/table/u_closed").want(403)
	b.do("POST", "/api/now/table/u_closed", "{}").want(403)
}

func TestRuleAbortsAreRefusalsOfValidation(t *testing.T) {
	b := newBench(t)
	id := b.incidents(1)[0]
	b.db.OnWrite(func(w db.Write) error {
		if w.Phase == db.Before && w.Class == "incident" {
			return abortError{}
		}
		return nil
	})
	for _, c := range []struct{ method, path, body string }{{"POST", "/api/now/table/incident", "{}"},
		{"PATCH", "/api/now/table/incident/" + id, `{"state":"2"}`}, {"DELETE", "/api/now/table/incident/" + id, ""}} {
		b.do(c.method, c.path, c.body).want(http.StatusForbidden).is("error/message", "Operation Failed").
			is("error/detail", "aborted by Business Rule 'x'")
	}
}

type abortError struct{}

func (abortError) Error() string { return "aborted" }

func (abortError) Abort() (string, string) { return "Operation Failed", "aborted by Business Rule 'x'" }
