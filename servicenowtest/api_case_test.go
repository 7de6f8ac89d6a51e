package servicenowtest

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/seed-a66f7fd3/servicenow/servicenowtest/internal/db"
)

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
		"entries/0/attachment/size_bytes": "2048", "entries/0/attachment/state": "Available",
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
