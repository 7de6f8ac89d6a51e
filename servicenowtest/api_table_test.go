package servicenowtest

import (
	"fmt"
	"net/http"
	"slices"
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
		{"number", `{"priority":2}`, "", "priority", "2"},
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
		{"unknown column", `{"no_such":"x","priority":"1"}`, "", "priority", "1"},
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

func TestSecretsNeedDisplayValueAndAreNeverShown(t *testing.T) {
	b := newBench(t)
	path := "/api/now/table/sys_user?sysparm_fields=sys_id,user_password"
	a := b.do("POST", path, `{"user_password":"hunter2"}`).want(201).is("result/user_password", "")
	b.do("PATCH", "/api/now/table/sys_user/"+a.value("result/sys_id")+"?sysparm_input_display_value=true",
		`{"user_password":"hunter2"}`).want(200)
	for _, mode := range []string{"false", "true", "all"} {
		got := b.get("/api/now/table/sys_user/" + a.value("result/sys_id") + "?sysparm_display_value=" + mode).want(200)
		if strings.Contains(got.Body, "hunter2") {
			t.Errorf("the password is in the answer: %s", got.Body)
		}
	}
	stored, _ := b.db.Get("sys_user", a.value("result/sys_id"))
	if stored.Get("user_password") != "hunter2" {
		t.Error("the password was not saved")
	}
}

// The shapes of a cell in the display modes, with and without links.
func TestCellShapes(t *testing.T) {
	b := newBench(t)
	b.who.TimeZone = time.FixedZone("CET", 3600)
	id := b.seed("incident", row{"number": "INC1", "priority": "2", "assigned_to": b.who.UserID, "active": "true",
		"due_date": "2026-02-03 04:05:06", "calendar_duration": "1970-01-01 00:02:17", "comments": "hi",
		"sys_updated_by": "ada.diaz", "sys_updated_on": "2026-02-03 04:05:06", "watch_list": b.who.UserID + ",x@y.example"})
	link := testOrigin + "/api/now/table/sys_user/" + b.who.UserID
	ref := func(members ...string) string {
		slices.Sort(members)
		return "{" + strings.Join(members, ",") + "}"
	}
	display, value, href := `"display_value":"Ada Diaz"`, `"value":"`+b.who.UserID+`"`, `"link":"`+link+`"`
	for _, c := range []struct {
		mode    string
		exclude bool
		want    map[string]string
	}{
		{"false", false, map[string]string{"priority": "2", "assigned_to": ref(href, value), "closed_by": "",
			"due_date": "2026-02-03 04:05:06", "active": "true", "comments": "", "calendar_duration": "1970-01-01 00:02:17"}},
		{"false", true, map[string]string{"priority": "2", "assigned_to": b.who.UserID, "closed_by": ""}},
		{"true", false, map[string]string{"priority": "2 - High", "assigned_to": ref(display, href), "closed_by": "",
			"due_date": "2026-02-03 05:05:06", "active": "true", "calendar_duration": "2 Minutes 17 Seconds",
			"comments": "2026-02-03 05:05:06 - Ada Diaz (Additional comments)\nhi\n\n", "sys_class_name": "Incident",
			"watch_list": "Ada Diaz, x@y.example"}},
		{"true", true, map[string]string{"assigned_to": "Ada Diaz", "closed_by": ""}},
		{"all", false, map[string]string{"priority": `{"display_value":"2 - High","value":"2"}`,
			"assigned_to": ref(display, href, value), "closed_by": `{"display_value":"","value":""}`,
			"number":   `{"display_value":"INC1","value":"INC1"}`,
			"due_date": `{"display_value":"2026-02-03 05:05:06","value":"2026-02-03 04:05:06"}`}},
		{"all", true, map[string]string{"assigned_to": ref(display, value), "closed_by": `{"display_value":"","value":""}`}},
	} {
		t.Run(fmt.Sprintf("%s, links excluded %v", c.mode, c.exclude), func(t *testing.T) {
			b.t = t
			query := fmt.Sprintf("?sysparm_display_value=%s&sysparm_exclude_reference_link=%v", c.mode, c.exclude)
			one := b.get("/api/now/table/incident/" + id + query).want(200)
			list := b.get("/api/now/table/incident" + query).want(200)
			for column, want := range c.want {
				one.is("result/"+column, want)
				list.is("result/0/"+column, want)
			}
		})
	}
}

func TestLinksNameTheVersionThatWasAsked(t *testing.T) {
	b := newBench(t)
	id := b.seed("incident", row{"assigned_to": b.who.UserID})
	b.get("/api/now/v2/table/incident/"+id).is("result/assigned_to/link", testOrigin+"/api/now/v2/table/sys_user/"+b.who.UserID)
}

func TestFields(t *testing.T) {
	b := newBench(t)
	boss := b.seed("sys_user", row{"name": "Boss", "email": "boss@x.example"})
	user := b.seed("sys_user", row{"name": "Worker", "email": "w@x.example", "manager": boss})
	id := b.seed("incident", row{"number": "INC1", "assigned_to": user})
	for _, c := range []struct {
		fields string
		want   map[string]string
	}{
		{"number,sys_id", map[string]string{"number": "INC1", "sys_id": id, "state": "<absent>"}},
		{"number, state", map[string]string{"number": "INC1", "state": "1"}},
		{"number,no_such_column", map[string]string{"number": "INC1", "no_such_column": "<absent>"}},
		{"assigned_to.email", map[string]string{"assigned_to.email": "w@x.example", "assigned_to": "<absent>"}},
		{"assigned_to.manager.name", map[string]string{"assigned_to.manager.name": "Boss"}},
		{"closed_by.email", map[string]string{"closed_by.email": ""}},
		{"short_description.name", map[string]string{"short_description.name": "<absent>"}},
		{"assigned_to.no_such", map[string]string{"assigned_to.no_such": "<absent>"}},
		{"no_such_column", map[string]string{"number": "<absent>"}},
	} {
		a := b.get("/api/now/table/incident/" + id + "?sysparm_fields=" + strings.ReplaceAll(c.fields, " ", "%20")).want(200)
		for column, want := range c.want {
			a.is("result/"+column, want)
		}
	}
	// a walked reference has the shape of a reference
	b.get("/api/now/table/incident/"+id+"?sysparm_fields=assigned_to.manager&sysparm_display_value=true").
		is("result/assigned_to.manager/display_value", "Boss").
		is("result/assigned_to.manager/link", testOrigin+"/api/now/table/sys_user/"+boss)
	b.get("/api/now/table/incident/"+id+"?sysparm_view=mobile").is("result/description", "<absent>").is("result/number", "INC1")
	b.get("/api/now/table/incident/"+id+"?sysparm_view=mobile&sysparm_fields=description").is("result/description", "").
		is("result/number", "<absent>") // fields take precedence over the view
}

func TestColumnEqualsValueParameters(t *testing.T) {
	b := newBench(t)
	b.seed("incident", row{"number": "INC1", "state": "7", "active": "false", "assigned_to": b.who.UserID},
		row{"number": "INC2", "state": "1", "active": "true"})
	for query, want := range map[string]string{
		"active=true": "INC2", "state=7": "INC1", "state=closed": "INC1", "assigned_to=ada.diaz": "INC1",
		"assigned_to=Ada+Diaz": "INC1", "assigned_to.email=ada@x.example": "INC1", "active=false&state=1": "",
		"no_such=1": "INC1 INC2", "sysparm_query=active=true&state=7": "INC2", // mutually exclusive with the query
	} {
		if got := strings.Join(b.get("/api/now/table/incident?"+query).want(200).list("number"), " "); got != want {
			t.Errorf("%s finds %q, want %q", query, got, want)
		}
	}
}

func TestPageHeaders(t *testing.T) {
	b := newBench(t)
	b.incidents(25)
	path := testOrigin + "/api/now/table/incident?"
	for _, c := range []struct {
		query, total string
		links        []string // rel and offset
		rows         int
	}{
		{"", "25", nil, 25},
		{"sysparm_limit=100", "25", nil, 25},
		{"sysparm_limit=10", "25", []string{"first 0", "next 10", "last 20"}, 10},
		{"sysparm_limit=10&sysparm_offset=10", "25", []string{"first 0", "prev 0", "next 20", "last 20"}, 10},
		{"sysparm_limit=10&sysparm_offset=20", "25", []string{"first 0", "prev 10", "last 20"}, 5},
		{"sysparm_limit=10&sysparm_offset=5", "25", []string{"first 0", "prev -5", "next 15", "last 20"}, 10},
		{"sysparm_limit=10&sysparm_offset=90", "25", []string{"first 0", "prev 80", "last 20"}, 0},
		{"sysparm_limit=10&sysparm_no_count=true", "", []string{"first 0", "next 10"}, 10},
		{"sysparm_limit=10&sysparm_offset=20&sysparm_no_count=true", "", []string{"first 0", "prev 10"}, 5},
		{"sysparm_limit=10&sysparm_suppress_pagination_header=true", "25", nil, 10},
		{"sysparm_limit=nonsense", "25", nil, 25},
		{"sysparm_limit=10&sysparm_offset=-10", "25", []string{"first 0", "next 10", "last 20"}, 10},
	} {
		t.Run(c.query, func(t *testing.T) {
			b.t = t
			a := b.get("/api/now/table/incident?" + c.query).want(200)
			var want []string
			for _, l := range c.links {
				rel, offset, _ := strings.Cut(l, " ")
				extra := ""
				for _, flag := range []string{"sysparm_no_count=true&"} {
					if strings.Contains(c.query, strings.TrimSuffix(flag, "&")) {
						extra = flag
					}
				}
				want = append(want, fmt.Sprintf(`<%s%ssysparm_limit=10&sysparm_offset=%s>;rel="%s"`, path, extra, offset, rel))
			}
			if got := a.Header.Get("Link"); got != strings.Join(want, ",") {
				t.Errorf("Link is %s, want %s", got, strings.Join(want, ","))
			}
			if a.Header.Get("X-Total-Count") != c.total || len(a.list("number")) != c.rows {
				t.Errorf("total %s, %d rows", a.Header.Get("X-Total-Count"), len(a.list("number")))
			}
		})
	}
	// commas in the links are not escaped, whatever the request did
	a := b.get("/api/now/table/incident?sysparm_fields=number%2Cstate&sysparm_limit=1")
	if !strings.Contains(a.Header.Get("Link"), "sysparm_fields=number,state&") {
		t.Errorf("Link %s", a.Header.Get("Link"))
	}
}

func TestDefaultLimit(t *testing.T) {
	b := newBench(t)
	b.incidents(10001)
	a := b.get("/api/now/table/incident?sysparm_fields=number").want(200)
	if n := len(a.list("number")); n != 10000 || a.Header.Get("X-Total-Count") != "10001" {
		t.Errorf("%d rows of %s", n, a.Header.Get("X-Total-Count"))
	}
	if n := len(b.get("/api/now/table/incident?sysparm_fields=number&sysparm_limit=20000").list("number")); n != 10001 {
		t.Errorf("%d rows", n)
	}
}

// "This limit is applied before ACL evaluation."
func TestLimitIsAppliedBeforeACLs(t *testing.T) {
	b := newBench(t)
	b.incidents(10)
	b.policy.hideRow = func(r db.Row) bool { return r.Get("number") >= "INC0000003" && r.Get("number") <= "INC0000008" }
	page := "/api/now/v2/table/incident?sysparm_query=ORDERBYnumber&sysparm_limit=3&sysparm_offset="
	for offset, want := range map[int]string{0: "INC0000001 INC0000002", 3: "", 6: "INC0000009", 9: "INC0000010"} {
		a := b.get(page + fmt.Sprint(offset)).want(200)
		if got := strings.Join(a.list("number"), " "); got != want || a.Header.Get("X-Total-Count") != "10" {
			t.Errorf("page at %d shows %q of %s", offset, got, a.Header.Get("X-Total-Count"))
		}
	}
	b.quirks.CountHonoursACL = true
	if got := b.get(page + "0").Header.Get("X-Total-Count"); got != "4" {
		t.Errorf("with the switch, the count is %s", got)
	}
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

func TestColumnsThatMayNotBeReadOrWritten(t *testing.T) {
	b := newBench(t)
	id := b.seed("incident", row{"number": "INC1", "short_description": "x", "assigned_to": b.who.UserID})
	b.policy.hideColumn = "short_description"
	a := b.get("/api/now/table/incident/" + id).want(200)
	a.is("result/short_description", "<absent>").is("result/number", "INC1")
	b.policy.hideColumn = "email"
	b.get("/api/now/table/incident/"+id+"?sysparm_fields=assigned_to.email,assigned_to.name").
		is("result/assigned_to.email", "<absent>").is("result/assigned_to.name", "Ada Diaz")
	b.policy.noWriteCol = "state"
	b.do("PATCH", "/api/now/table/incident/"+id, `{"state":"2","priority":"1"}`).want(200).
		is("result/state", "1").is("result/priority", "1")
}

func TestTablesClosedToWebServices(t *testing.T) {
	b := newBench(t)
	b.db.Schema().AddTable(db.Table{Name: "u_closed", Label: "Closed"})
	b.get("/api/now/table/u_closed").want(403)
	b.do("POST", "/api/now/table/u_closed", "{}").want(403)
}

func TestInvalidClausesThroughTheAPI(t *testing.T) {
	b := newBench(t)
	b.incidents(3)
	path := "/api/now/v2/table/incident?sysparm_query=nmber=INC0000001"
	if n := len(b.get(path).want(200).list("number")); n != 3 {
		t.Errorf("a typo in the only clause found %d of 3 rows", n)
	}
	b.seed("sys_properties", row{"name": "glide.invalid_query.returns_no_rows", "value": "true"})
	if n := len(b.get(path).want(200).list("number")); n != 0 {
		t.Errorf("with glide.invalid_query.returns_no_rows: %d rows", n)
	}
	b.quirks.Regime = db.InvalidForbidden
	b.get(path).want(403).is("error/message", "Insufficient rights to query records")
}

func TestAnswersInXML(t *testing.T) {
	b := newBench(t)
	b.seed("incident", row{"number": "INC<1>"}, row{"number": "INC2"})
	a := b.do("GET", "/api/now/table/incident?sysparm_fields=number", "", "Accept", "application/xml").want(200)
	want := `<?xml version="1.0" encoding="UTF-8"?>` + "\n" +
		`<response><result><number>INC&lt;1&gt;</number></result><result><number>INC2</number></result></response>`
	if a.Body != want || a.Header.Get("Content-Type") != "application/xml;charset=UTF-8" {
		t.Errorf("%s %s", a.Header.Get("Content-Type"), a.Body)
	}
	xml := `<request><entry><number>INC3</number><short_description>a &amp; b</short_description></entry></request>`
	b.do("POST", "/api/now/table/incident", xml, "Content-Type", "application/xml").want(201).
		is("result/number", "INC3").is("result/short_description", "a & b")
	b.do("POST", "/api/now/table/incident", "<request>", "Content-Type", "application/xml").want(400)
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

func (abortError) Error() string           { return "aborted" }
func (abortError) Abort() (string, string) { return "Operation Failed", "aborted by Business Rule 'x'" }

func TestFaultySwitches(t *testing.T) {
	b := newBench(t)
	b.incidents(2)
	b.quirks.RepeatRows = true
	if got := b.get("/api/now/table/incident?sysparm_query=ORDERBYnumber").list("number"); len(got) != 3 || got[0] != got[2] {
		t.Errorf("rows %v", got)
	}
	b.quirks.NullColumns = map[string]bool{"description": true, "number": true}
	b.get("/api/now/table/incident").is("result/0/description", "null").is("result/0/number", "INC0000001")
	b.quirks.AllowAnyChoice = true
	b.do("POST", "/api/now/table/incident", `{"state":"99"}`).want(201).is("result/state", "99")
}
