package casesvc_test

import (
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/seed-a66f7fd3/servicenow/casesvc"
	"github.com/seed-a66f7fd3/servicenow/internal/rest"
	"github.com/seed-a66f7fd3/servicenow/internal/wiretest"
	"github.com/seed-a66f7fd3/servicenow/table"
)

const escalations = "/api/now/v2/table/" + casesvc.EscalationTable

var (
	made    = wiretest.Answer{Status: 201, Body: `{"result":{"sys_id":"` + caseID + `","number":"CS0001005"}}`}
	updated = wiretest.Answer{Status: 201, Body: `{"result":{"sys_id":"` + caseID + `","number":"CS0001005"}}`}
	gone    = wiretest.Answer{Err: io.ErrUnexpectedEOF} // after the request was written
	busy    = wiretest.Answer{Status: 503}
)

func TestCreate(t *testing.T) {
	w, svc := connect(t)
	w.On(http.MethodPost, base, made)
	got, err := svc.Create(t.Context(), casesvc.Draft{
		ShortDescription: table.NewText("Consumer Test Case"), ContactType: table.NewChoice("social"),
		Priority: table.NewChoice("4"), Comment: table.Entry("Hello"), SocialChannel: table.NewText("TWITTER"),
		Extra: table.Extra{"u_region": table.NewValue("west")},
	})
	if want := (casesvc.Created{SysID: caseID, Number: "CS0001005"}); err != nil || got != want {
		t.Errorf("got %+v, %v", got, err)
	}
	w.Expect("POST " + base)
	want := `{"short_description":"Consumer Test Case","contact_type":"social","priority":"4","comments":"Hello",` +
		`"social_channel":"TWITTER","u_region":"west"}`
	if body := w.Sent()[0].Body; body != want {
		t.Errorf("body\n got %s\nwant %s", body, want)
	}
	w.On(http.MethodPost, base, wiretest.Result(`{}`))
	if _, err := svc.Create(t.Context(), table.Set("priority", table.NewChoice("1"))); err == nil {
		t.Error("an answer that names no case was taken")
	}
}

// After a failure that leaves it open whether the case was made, a correlation id tells.
func TestCreateLooksBeforeItSendsAgain(t *testing.T) {
	const look = "GET " + base + "?sysparm_fields=sys_id,number,correlation_id&sysparm_limit=2&" +
		"sysparm_query=correlation_id=acme-7781^ORDERBYsys_created_on&sysparm_reference_fields=false"
	found := func(n int, correlation string) wiretest.Answer {
		row := `{"sys_id":"` + caseID + `","number":"CS0001005","correlation_id":"` + correlation + `"}`
		return wiretest.Result("[" + strings.Join(slices.Repeat([]string{row}, n), ",") + "]")
	}
	html := wiretest.Answer{Body: "<html>", Header: map[string]string{"Content-Type": "text/html"}}
	refused := wiretest.Answer{Status: 400, Body: `{"error":{"message":"no"}}`}
	for name, tt := range map[string]struct {
		correlation string
		first       wiretest.Answer
		look        wiretest.Answer
		sent        []string
		found, ok   bool
	}{
		"it was made":              {"acme-7781", gone, found(1, "acme-7781"), []string{"POST " + base, look}, true, true},
		"a page came instead":      {"acme-7781", html, found(1, "acme-7781"), []string{"POST " + base, look}, true, true},
		"it was not":               {"acme-7781", busy, found(0, ""), []string{"POST " + base, look, "POST " + base}, false, true},
		"two have the id":          {"acme-7781", gone, found(2, "acme-7781"), []string{"POST " + base, look}, false, false},
		"the clause was dropped":   {"acme-7781", gone, found(1, "other"), []string{"POST " + base, look}, false, false},
		"looking fails":            {"acme-7781", gone, gone, []string{"POST " + base, look}, false, false},
		"without a correlation id": {"", gone, found(0, ""), []string{"POST " + base}, false, false},
		"refused is not unclear":   {"acme-7781", refused, found(0, ""), []string{"POST " + base}, false, false},
	} {
		t.Run(name, func(t *testing.T) {
			w, svc := connect(t)
			w.On(http.MethodPost, base, tt.first, made)
			w.On(http.MethodGet, base, tt.look)
			got, err := svc.Create(t.Context(), casesvc.Draft{
				ShortDescription: table.NewText("x"), CorrelationID: table.NewText(tt.correlation),
			})
			if (err == nil) != tt.ok || got.Found != tt.found || tt.ok && got.SysID != caseID {
				t.Errorf("got %+v, %v", got, err)
			}
			w.Expect(tt.sent...)
		})
	}
}

func TestUpdate(t *testing.T) {
	w, svc := connect(t)
	whole := wiretest.Result(aCase(`""`, `""`))
	w.On(http.MethodPut, base+"/"+caseID, whole)
	changes := table.Set("priority", table.NewChoice("3")).Set("u_region", table.NewText("west"))
	c, err := svc.Update(t.Context(), caseID, changes, casesvc.UpdateOptions{CheckEcho: true, Fields: []string{"priority"}})
	if err != nil || c.Priority.String() != "3" {
		t.Fatalf("got %v, %v", c, err)
	}
	w.Expect("PUT " + base + "/" + caseID + "?sysparm_fields=priority,sys_id,number,u_region&sysparm_get_case_details=true")
	if body := w.Sent()[0].Body; body != `{"priority":"3","u_region":"west"}` {
		t.Errorf("body %s", body)
	}
	_, err = svc.Update(t.Context(), caseID, table.Set("priority", table.NewChoice("1")).Set("u_no", table.NewText("x")),
		casesvc.UpdateOptions{CheckEcho: true})
	ignored, ok := errors.AsType[*table.IgnoredError](err)
	if !ok || !slices.Equal(ignored.Missing, []string{"u_no"}) || !slices.Equal(ignored.Different, []string{"priority"}) {
		t.Errorf("what the instance dropped: %v", err)
	}
	if _, err := svc.Update(t.Context(), caseID, table.Changes{}); !errors.Is(err, rest.ErrInvalid) {
		t.Errorf("nothing to write: %v", err)
	}
	if _, err := svc.Update(t.Context(), "CS0000009", changes); !errors.Is(err, rest.ErrInvalid) {
		t.Errorf("by number: %v", err)
	}
}

// What an instance that answers with sys_id and number alone has stored is read, not taken for dropped.
func TestUpdateReadsWhatTheShortAnswerLacks(t *testing.T) {
	w, svc := connect(t)
	w.On(http.MethodPut, base+"/"+caseID, updated)
	w.On(http.MethodGet, base+"/"+caseID, wiretest.Result(aCase(`""`, `""`)))
	check := casesvc.UpdateOptions{CheckEcho: true}
	c, err := svc.Update(t.Context(), caseID, table.Set("priority", table.NewChoice("3")), check)
	if err != nil || c.Priority.String() != "3" {
		t.Errorf("got %v, %v", c, err)
	}
	_, err = svc.Update(t.Context(), caseID, table.Set("priority", table.NewChoice("1")), check)
	if ignored, ok := errors.AsType[*table.IgnoredError](err); !ok || !slices.Equal(ignored.Different, []string{"priority"}) {
		t.Errorf("what the instance dropped: %v", err)
	}
}

func TestUpdateTakesTheShortAnswer(t *testing.T) {
	w, svc := connect(t)
	w.On(http.MethodPut, base+"/"+caseID, updated)
	c, err := svc.Update(t.Context(), caseID, table.Set("priority", table.NewChoice("3")))
	if err != nil || c.SysID.String() != caseID || !c.Priority.IsZero() {
		t.Errorf("got %v, %v", c, err)
	}
}

// What an agent does: one request each, and no more columns than the act is about.
func TestActions(t *testing.T) {
	for name, tt := range map[string]struct {
		act  func(*casesvc.Service) error
		body string
	}{
		"comment": {func(s *casesvc.Service) error { return s.AddComment(t.Context(), caseID, "On it.") },
			`{"comments":"On it."}`},
		"work note": {func(s *casesvc.Service) error { return s.AddWorkNote(t.Context(), caseID, "VPN?") },
			`{"work_notes":"VPN?"}`},
		"assign": {func(s *casesvc.Service) error { return s.Assign(t.Context(), caseID, userID) }, `{"assigned_to":"` + userID +
			`"}`},
		"assign to a group": {
			func(s *casesvc.Service) error { return s.AssignGroup(t.Context(), caseID, userID) },
			`{"assignment_group":"` + userID + `","assigned_to":""}`,
		},
		"state": {func(s *casesvc.Service) error { return s.SetState(t.Context(), caseID, table.CaseAwaitingInfo) },
			`{"state":"18"}`},
		"resolve": {
			func(s *casesvc.Service) error {
				return s.Resolve(t.Context(), caseID, casesvc.Resolution{Code: "16", Notes: "Replaced.", Cause: "Wear"})
			},
			`{"state":"6","close_notes":"Replaced.","resolution_code":"16","cause":"Wear"}`,
		},
		"close": {
			func(s *casesvc.Service) error {
				return s.Close(t.Context(), caseID, casesvc.Resolution{Notes: "Gone."})
			},
			`{"state":"3","close_notes":"Gone."}`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			w, svc := connect(t)
			w.On(http.MethodPut, base+"/"+caseID, updated)
			if err := tt.act(svc); err != nil {
				t.Fatal(err)
			}
			w.Expect("PUT " + base + "/" + caseID + "?sysparm_get_case_details=false")
			if body := w.Sent()[0].Body; body != tt.body {
				t.Errorf("body\n got %s\nwant %s", body, tt.body)
			}
		})
	}
}

func TestWhatAStepNeedsIsToldBeforeAnythingIsSent(t *testing.T) {
	w, svc := connect(t)
	for name, tt := range map[string]struct {
		err     error
		columns []string
	}{
		"resolve": {svc.Resolve(t.Context(), caseID, casesvc.Resolution{Notes: " "}), []string{"resolution_code",
			"close_notes"}},
		"resolve, noted":  {svc.Resolve(t.Context(), caseID, casesvc.Resolution{Notes: "x"}), []string{"resolution_code"}},
		"close":           {svc.Close(t.Context(), caseID, casesvc.Resolution{Code: "16"}), []string{"close_notes"}},
		"state: resolved": {svc.SetState(t.Context(), caseID, table.CaseResolved), []string{"resolution_code", "close_notes"}},
		"escalate":        {second(svc.Escalate(t.Context(), caseID, casesvc.Escalation{})), []string{"escalation_justification"}},
	} {
		missing, ok := errors.AsType[*table.MissingError](tt.err)
		if !ok || !slices.Equal(missing.Columns, tt.columns) || !errors.Is(tt.err, rest.ErrInvalid) {
			t.Errorf("%s: got %v, want %v", name, tt.err, tt.columns)
		}
	}
	for name, err := range map[string]error{
		"empty comment": svc.AddComment(t.Context(), caseID, ""), "nobody": svc.Assign(t.Context(), caseID, ""),
	} {
		if !errors.Is(err, rest.ErrInvalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
	w.Expect()
}

// A comment that may have been added is not added again; a plain column may be written twice.
func TestEntriesAreNeverSentTwice(t *testing.T) {
	for want, act := range map[int]func(*casesvc.Service) error{
		1: func(s *casesvc.Service) error { return s.AddComment(t.Context(), caseID, "x") },
		2: func(s *casesvc.Service) error { return s.Assign(t.Context(), caseID, userID) },
	} {
		w := wiretest.Retrying(t, 1)
		w.On(http.MethodPut, base+"/"+caseID, gone)
		if err := act(casesvc.New(w.Conn, w.Tables)); !errors.Is(err, rest.ErrUnavailable) {
			t.Errorf("got %v", err)
		}
		if n := len(w.Sent()); n != want {
			t.Errorf("%d requests, want %d", n, want)
		}
	}
}

func TestEscalate(t *testing.T) {
	const escalationID = "e4fa242887150300fe4433d4c6cb0b5f"
	e := casesvc.Escalation{Justification: "Down", Reason: "1", Source: "0", Severity: userID}
	row := `{"sys_id":"` + escalationID + `","source_record":"` + caseID + `","active":"true"}`

	t.Run("creates and links", func(t *testing.T) {
		w, svc := connect(t)
		w.On(http.MethodGet, escalations, wiretest.Answer{Body: `{"result":[]}`, Header: map[string]string{"X-Total-Count": "0"}})
		w.On(http.MethodPost, escalations, wiretest.Answer{Status: 201, Body: `{"result":` + row + `}`})
		w.On(http.MethodPut, base+"/"+caseID, updated)
		got, err := svc.Escalate(t.Context(), caseID, e)
		if err != nil || got.Existing || !got.Linked || got.Escalation.SysID.String() != escalationID {
			t.Fatalf("got %+v, %v", got, err)
		}
		sent := w.Sent()
		if len(sent) != 4 || !strings.HasPrefix(sent[0].Query.Get("sysparm_query"),
			"source_table=sn_customerservice_case^source_record="+caseID+"^active=true") {
			t.Fatalf("sent %v", sent)
		}
		for _, want := range []string{`"source_table":"sn_customerservice_case"`, `"source_record":"` + caseID + `"`,
			`"escalation_justification":"Down"`, `"reason":"1"`, `"request_source":"0"`, `"escalation_severity":"` + userID + `"`} {
			if !strings.Contains(sent[2].Body, want) {
				t.Errorf("%s is not in %s", want, sent[2].Body)
			}
		}
		if sent[3].Body != `{"active_escalation":"`+escalationID+`"}` {
			t.Errorf("linked with %s", sent[3].Body)
		}
	})
	t.Run("leaves an open one as it is", func(t *testing.T) {
		w, svc := connect(t)
		w.On(http.MethodGet, escalations, wiretest.Result("["+row+"]"))
		got, err := svc.Escalate(t.Context(), caseID, e)
		if err != nil || !got.Existing || got.Linked || len(w.Sent()) != 1 {
			t.Errorf("got %+v, %v after %v", got, err, w.Sent())
		}
	})
	t.Run("tells of an escalation that is not linked", func(t *testing.T) {
		w, svc := connect(t)
		w.On(http.MethodGet, escalations, wiretest.Answer{Body: `{"result":[]}`, Header: map[string]string{"X-Total-Count": "0"}})
		w.On(http.MethodPost, escalations, wiretest.Answer{Status: 201, Body: `{"result":` + row + `}`})
		w.On(http.MethodPut, base+"/"+caseID, wiretest.Answer{Status: 403, Body: `{"error":{"message":"no"}}`})
		got, err := svc.Escalate(t.Context(), caseID, e)
		if !errors.Is(err, rest.ErrForbidden) || got.Linked || got.Escalation.SysID.String() != escalationID {
			t.Errorf("got %+v, %v", got, err)
		}
	})
	t.Run("reads", func(t *testing.T) {
		w, svc := connect(t)
		w.On(http.MethodGet, escalations, wiretest.Answer{Body: `{"result":[` + row + `]}`,
			Header: map[string]string{"X-Total-Count": "1"}}, wiretest.Result(`[]`))
		n := 0
		for e, err := range svc.Escalations(t.Context(), caseID) {
			if err != nil || e.SourceRecord.String() != caseID {
				t.Errorf("got %v, %v", e, err)
			}
			n++
		}
		if n != 1 {
			t.Errorf("%d escalations", n)
		}
	})
}
