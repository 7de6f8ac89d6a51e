package casesvc_test

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/seed-a66f7fd3/servicenow/casesvc"
	"github.com/seed-a66f7fd3/servicenow/internal/rest"
	"github.com/seed-a66f7fd3/servicenow/internal/wiretest"
	"github.com/seed-a66f7fd3/servicenow/table"
)

// stream is an activity stream as the documentation has it, with an attachment beside the comment.
const stream = `{"display_value":"CS0001401","sys_id":"` + caseID + `","short_description":"Laptop is not working properly",
	"number":"CS0001401","entries":[
	{"sys_created_on_adjusted":"2020-05-04 14:15:44","sys_id":"600b6e4adb241010d045232d1396196a","login_name":"John Jason",
	 "user_sys_id":"` + userID + `","initials":"JJ","sys_created_on":"2020-05-04 21:15:44","contains_code":"false",
	 "field_label":"Additional comments","name":"John Jason","value":"Hi, Alex.","element":"comments"},
	{"sys_id":"700b6e4adb241010d045232d1396196a","element":"attachment","contains_code":true,"attachment":{"path":"a.iix",
	 "sys_id":"800b6e4adb241010d045232d1396196a","file_name":"a.png","content_type":"image/png","size":"157.7 KB",
	 "size_bytes":161485,"state":"available","image_width":800,"image_height":"600","average_image_color":"#fff"}}],
	"user_sys_id":"` + contactID + `","user_full_name":"Mark Johnson","user_login":"admin","label":"Case",
	"table":"sn_customerservice_case","journal_fields":[
	{"can_read":true,"color":"transparent","can_write":true,"name":"comments","label":"Additional comments"},
	{"can_read":true,"color":"gold","can_write":false,"name":"work_notes","label":"Work notes"}],
	"sys_created_on":"2019-02-15 21:57:04","sys_created_on_adjusted":"2019-02-15 13:57:04"}`

func TestActivities(t *testing.T) {
	w, svc := connect(t)
	w.On(http.MethodGet, base+"/CS0001401/activities", wiretest.Result(stream))
	a, err := svc.Activities(t.Context(), "CS0001401", casesvc.ActivityOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if a.Number.String() != "CS0001401" || a.UserSysID.String() != contactID || a.UserLogin.String() != "admin" || a.Total != -1 ||
		!a.CreatedOn.Std().Equal(time.Date(2019, 2, 15, 21, 57, 4, 0, time.UTC)) {
		t.Errorf("got %+v", a)
	}
	if len(a.JournalFields) != 2 || !a.JournalFields[1].CanRead.Bool() || a.JournalFields[1].CanWrite.Bool() {
		t.Errorf("journal fields %+v", a.JournalFields)
	}
	comment, file := a.Entries[0], a.Entries[1]
	if comment.Element.String() != casesvc.Comments || comment.Value.String() != "Hi, Alex." || comment.ContainsCode.Bool() ||
		comment.Attachment != nil ||
		comment.UserSysID.String() != userID || !comment.CreatedOn.Std().Equal(time.Date(2020, 5, 4, 21, 15, 44, 0, time.UTC)) {
		t.Errorf("comment %+v", comment)
	}
	if file.Element.String() != casesvc.Attachment || !file.ContainsCode.Bool() || file.Attachment.SizeBytes.Int64() != 161485 ||
		file.Attachment.ImageHeight.Int64() != 600 || file.Attachment.FileName.String() != "a.png" {
		t.Errorf("attachment %+v", file)
	}
	w.Expect("GET " + base + "/CS0001401/activities")
}

func TestActivitiesInParts(t *testing.T) {
	w, svc := connect(t)
	w.On(http.MethodGet, base+"/"+caseID+"/activities", wiretest.Answer{Body: `{"result":` + stream + `}`,
		Header: map[string]string{"X-Total-Count": "9"}})
	o := casesvc.ActivityOptions{Types: []string{casesvc.Attachment, casesvc.WorkNotes}, Limit: 2, Offset: 4}
	a, err := svc.Activities(t.Context(), caseID, o)
	if err != nil || a.Total != 9 {
		t.Errorf("got %+v, %v", a, err)
	}
	w.Expect("GET " + base + "/" + caseID +
		"/activities?sysparm_activity_type=attachment,work_notes&sysparm_limit=2&sysparm_offset=4")
	for _, o := range []casesvc.ActivityOptions{{Types: []string{"a,b"}}, {Limit: -1}, {Offset: -1}} {
		if _, err := svc.Activities(t.Context(), caseID, o); !errors.Is(err, rest.ErrInvalid) {
			t.Errorf("%+v: %v", o, err)
		}
	}
}

func TestEntriesPage(t *testing.T) {
	entries := func(from, to, total int) wiretest.Answer {
		var list []string
		for i := from; i < to; i++ {
			list = append(list, fmt.Sprintf(`{"sys_id":"%032d","element":"comments"}`, i))
		}
		a := wiretest.Result(`{"entries":[` + strings.Join(list, ",") + `]}`)
		if total >= 0 {
			a.Header = map[string]string{"X-Total-Count": fmt.Sprint(total)}
		}
		return a
	}
	for name, tt := range map[string]struct {
		answers        []wiretest.Answer
		entries, calls int
	}{
		"counted":                    {[]wiretest.Answer{entries(0, 100, 130), entries(100, 130, 130)}, 130, 2},
		"not counted":                {[]wiretest.Answer{entries(0, 100, -1), entries(100, 130, -1), entries(0, 0, -1)}, 130, 3},
		"pushed on by a new comment": {[]wiretest.Answer{entries(0, 100, 100), entries(99, 101, 101)}, 100, 1},
		"doubled":                    {[]wiretest.Answer{entries(0, 100, 102), entries(98, 102, 102)}, 102, 2},
	} {
		t.Run(name, func(t *testing.T) {
			w, svc := connect(t)
			w.On(http.MethodGet, base+"/"+caseID+"/activities", tt.answers...)
			n := 0
			for _, err := range svc.Entries(t.Context(), caseID, casesvc.Comments) {
				if n++; err != nil {
					t.Fatal(err)
				}
			}
			if sent := w.Sent(); n != tt.entries || len(sent) != tt.calls || sent[0].Query.Get("sysparm_limit") != "100" {
				t.Errorf("%d entries by %v", n, sent)
			}
		})
	}
}

func TestFieldValues(t *testing.T) {
	w, svc := connect(t)
	const values = `[{"label":"Amy Pascal","value":"268e22b0d7300200e5982cf65e6103d3","email":"amy@acme.example"},{"label":"-- None --","value":""}]`
	w.On(http.MethodGet, base+"/field_values/contact", wiretest.Result(values))
	w.On(http.MethodGet, base+"/"+caseID+"/field_values/asset", wiretest.Result(`[]`))
	got, err := svc.FieldValues(t.Context(), "contact", casesvc.FieldValueOptions{})
	if err != nil || len(got) != 2 || got[0].Label.String() != "Amy Pascal" || got[0].Extra["email"].String() != "amy@acme.example" ||
		got[1].Extra != nil {
		t.Errorf("got %+v, %v", got, err)
	}
	_, err = svc.FieldValues(t.Context(), "asset", casesvc.FieldValueOptions{
		CaseID: caseID, Dependent: "Phone", Query: table.Where("active", table.Is, "true"), Columns: []string{"name", "email"},
		RefQualInput: map[string]string{"product": "5d1b7bb053401010dc25ddeeff7b129d", "account": "x"}, Limit: 5, Offset: 10,
	})
	if err != nil {
		t.Error(err)
	}
	w.Expect("GET "+base+"/field_values/contact", "GET "+base+"/"+caseID+"/field_values/asset?sysparm_dependent_value=Phone&"+
		"sysparm_limit=5&sysparm_offset=10&sysparm_query=active=true&sysparm_ref_qual_input=account=x^product=5d1b7bb053401010dc25ddeeff7b129d&"+
		"sysparm_reference_field_columns=name,email")
	for name, o := range map[string]casesvc.FieldValueOptions{
		"case": {CaseID: "CS1"}, "columns": {Columns: []string{"a,b"}}, "limit": {Limit: -1},
		"input": {RefQualInput: map[string]string{"a": "javascript:x"}},
	} {
		if _, err := svc.FieldValues(t.Context(), "contact", o); !errors.Is(err, rest.ErrInvalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
