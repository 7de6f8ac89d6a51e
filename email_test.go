package servicenow

import (
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/seed-a66f7fd3/servicenow/internal/rest"
	"github.com/seed-a66f7fd3/servicenow/internal/wiretest"
)

const (
	emailPath = "/api/now/v1/email"
	aMail     = "b963219a44b02200964f63773cd6adfc"
)

func TestEmailSend(t *testing.T) {
	w := wiretest.New(t)
	w.On(http.MethodPost, emailPath, wiretest.Result(`{"id":"`+aMail+`","links":[{"rel":"self","href":"/now/v1/email/`+aMail+`"},
		{"rel":"status","href":"/now/v1/email/`+aMail+`?sysparm_fields=id,type,state,error"}]}`))
	queued, err := newEmail(w.Conn).Send(t.Context(), EmailMessage{
		To: []string{"User1 <user1@acme.example>"}, CC: []string{"user3@acme.example"}, Subject: "Hello There", Text: "Test Message",
		HTML: "Test", Table: "incident", RecordID: aUser, Headers: map[string]string{"X-Custom": "header"},
	})
	if err != nil || queued.ID.String() != aMail || len(queued.Links) != 2 {
		t.Fatalf("got %+v, %v", queued, err)
	}
	if link := queued.Links[1]; link.Rel.String() != "status" ||
		link.Path() != "/api/now/v1/email/"+aMail+"?sysparm_fields=id,type,state,error" {
		t.Errorf("the prefix that the API leaves out: %+v", link)
	}
	w.Expect("POST " + emailPath)
	want := `{"to":["User1 \u003cuser1@acme.example\u003e"],"cc":["user3@acme.example"],"subject":"Hello There","text":"Test Message",` +
		`"html":"Test","headers":{"X-Custom":"header"},"table_name":"incident","table_record_id":"` + aUser + `"}`
	if body := w.Sent()[0].Body; body != want {
		t.Errorf("body\n got %s\nwant %s", body, want)
	}
}

func TestEmailSendRefusesBeforeAnythingIsSent(t *testing.T) {
	w := wiretest.New(t)
	ok := EmailMessage{To: []string{"a@acme.example"}}
	many := slices.Repeat([]string{"a@acme.example"}, 101)
	for name, change := range map[string]func(*EmailMessage){
		"nobody":          func(m *EmailMessage) { m.To = nil },
		"101 to":          func(m *EmailMessage) { m.To = many },
		"101 cc":          func(m *EmailMessage) { m.CC = many },
		"101 bcc":         func(m *EmailMessage) { m.BCC = many },
		"no address":      func(m *EmailMessage) { m.BCC = []string{"nobody"} },
		"two in one":      func(m *EmailMessage) { m.To = []string{"a@acme.example, b@acme.example"} },
		"a header inside": func(m *EmailMessage) { m.To = []string{"a@acme.example\r\nBcc: b@acme.example"} },
		"half a record":   func(m *EmailMessage) { m.Table = "incident" },
		"header name":     func(m *EmailMessage) { m.Headers = map[string]string{"X A:": "x"} },
		"header value":    func(m *EmailMessage) { m.Headers = map[string]string{"X-A": "x\r\nBcc: y"} },
		"subject":         func(m *EmailMessage) { m.Subject = "a\nb" },
	} {
		m := ok
		change(&m)
		_, err := newEmail(w.Conn).Send(t.Context(), m)
		if !errors.Is(err, rest.ErrInvalid) || strings.Contains(err.Error(), "acme.example") {
			t.Errorf("%s: %v", name, err)
		}
	}
	w.Expect()
}

func TestEmailRefusals(t *testing.T) {
	w := wiretest.New(t)
	w.On(http.MethodPost, emailPath, refusal(403))
	_, err := newEmail(w.Conn).Send(t.Context(), EmailMessage{To: []string{"a@acme.example"}})
	e, ok := errors.AsType[*rest.Error](err)
	if !ok || !errors.Is(err, rest.ErrForbidden) || !strings.Contains(e.Remedy, "email_api_send") {
		t.Errorf("the remedy does not name the role: %+v", err)
	}
	twice := wiretest.Retrying(t, 2)
	twice.On(http.MethodPost, emailPath, refusal(503))
	if _, err := newEmail(twice.Conn).Send(t.Context(), EmailMessage{To: []string{"a@acme.example"}}); err == nil ||
		len(twice.Sent()) != 1 {
		t.Errorf("a second mail: %v after %d requests", err, len(twice.Sent()))
	}
}

func TestEmailGetAndStatus(t *testing.T) {
	w := wiretest.New(t)
	w.On(http.MethodGet, emailPath+"/"+aMail, wiretest.Result(`{"headers":{"X-ServiceNow-SysEmail-Version":"2"},"cc":[""],"type":"send-ready",
		"html":"<html></html>","bcc":[""],"subject":"closed","to":["alejandro.mascall@acme.example"],"state":"ready","id":"`+aMail+`","importance":"","text":""}`))
	email := newEmail(w.Conn)
	m, err := email.Get(t.Context(), aMail)
	if err != nil || len(m.CC) != 0 || len(m.BCC) != 0 || len(m.To) != 1 || !m.Type.Is(EmailSendReady) ||
		m.Headers["X-ServiceNow-SysEmail-Version"] != "2" {
		t.Errorf("got %+v, %v", m, err)
	}
	if _, err := email.Status(t.Context(), aMail); err != nil {
		t.Error(err)
	}
	if _, err := email.Status(t.Context(), "../x"); !errors.Is(err, rest.ErrInvalid) {
		t.Errorf("got %v", err)
	}
	w.Expect("GET "+emailPath+"/"+aMail, "GET "+emailPath+"/"+aMail+"?sysparm_fields=id,type,state,error")
}
