package servicenowtest

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

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
