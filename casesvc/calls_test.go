package casesvc_test

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"testing"

	"github.com/seed-a66f7fd3/servicenow/account"
	"github.com/seed-a66f7fd3/servicenow/casesvc"
	"github.com/seed-a66f7fd3/servicenow/internal/rest"
	"github.com/seed-a66f7fd3/servicenow/internal/roomtest"
	"github.com/seed-a66f7fd3/servicenow/internal/wiretest"
	"github.com/seed-a66f7fd3/servicenow/table"
)

func TestCallsOfTheirOwn(t *testing.T) {
	w, svc := connect(t)
	w.On(http.MethodGet, base+"/"+caseID, wiretest.Result(aCase(wholeAccount, `""`)))
	c, err := svc.GetCall(caseID).Do(t.Context())
	if err != nil || c.Related.Account == nil {
		t.Errorf("got %+v, %v", c, err)
	}
	for name, err := range map[string]error{
		"get":    second(svc.GetCall("..").Do(t.Context())),
		"create": second(svc.CreateCall(table.Changes{}).Do(t.Context())),
		"update": second(svc.UpdateCall("CS1", table.Changes{}).Do(t.Context())),
		"echo": second(svc.UpdateCall(caseID, table.Set("priority", table.NewChoice("1")),
			casesvc.UpdateOptions{CheckEcho: true}).Do(t.Context())),
		"activities": second(svc.ActivitiesCall(caseID, casesvc.ActivityOptions{Limit: -1}).Do(t.Context())),
	} {
		if !errors.Is(err, rest.ErrInvalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
	w.Expect("GET " + base + "/" + caseID)
}

// Calls of several rooms travel in one request, and each comes back as what it is.
func TestCasesInABatch(t *testing.T) {
	in := roomtest.New(t)
	id := in.Insert(casesvc.Table, map[string]string{"short_description": "Pump stuck"})
	b := in.Tables.Batch()
	made := table.Add(b, in.Cases.CreateCall(casesvc.Draft{ShortDescription: table.NewText("Second")}))
	changed := table.Add(b, in.Cases.UpdateCall(id, table.Set("priority", table.NewChoice("1")).AddComment("Hi")))
	stream := table.Add(b, in.Cases.ActivitiesCall(id, casesvc.ActivityOptions{Types: []string{casesvc.Comments}}))
	missing := table.Add(b, in.Cases.GetCall("CS9999999"))
	row := table.Add(b, table.Cases(in.Tables).GetCall(id))
	if err := b.Send(t.Context()); err != nil {
		t.Fatal(err)
	}
	if created, err := made.Get(); err != nil || created.SysID == "" {
		t.Errorf("created %+v, %v", created, err)
	}
	if c, err := changed.Get(); err != nil || c.Priority.String() != "1" {
		t.Errorf("changed %+v, %v", c, err)
	}
	if a, err := stream.Get(); err != nil || len(a.Entries) != 1 || a.Entries[0].Value.String() != "Hi" {
		t.Errorf("activities %+v, %v", a, err)
	}
	if _, err := missing.Get(); !errors.Is(err, rest.ErrNotFound) {
		t.Errorf("a case that is not there: %v", err)
	}
	if r, err := row.Get(); err != nil || r.ShortDescription.String() != "Pump stuck" {
		t.Errorf("row %+v, %v", r, err)
	}
	if n := len(in.RequestsTo("/api/now/v1/batch")); n != 1 {
		t.Errorf("%d batches", n)
	}
}

func TestABatchedWriteIsTheOneThatWouldBeSent(t *testing.T) {
	w, svc := connect(t)
	w.On(http.MethodPost, "/api/now/v1/batch",
		wiretest.Answer{Body: `{"batch_request_id":"1","serviced_requests":[],"unserviced_requests":[]}`})
	b := w.Tables.Batch()
	table.Add(b, svc.UpdateCall(caseID, table.Set("priority", table.NewChoice("1")),
		casesvc.UpdateOptions{Fields: []string{"priority"}}))
	_ = b.Send(t.Context()) // the answer services nothing
	var sent struct {
		Requests []struct{ Method, URL, Body string } `json:"rest_requests"`
	}
	if err := json.Unmarshal([]byte(w.Sent()[0].Body), &sent); err != nil || len(sent.Requests) != 1 {
		t.Fatalf("%v in %s", err, w.Sent()[0].Body)
	}
	r := sent.Requests[0]
	body, err := base64.StdEncoding.DecodeString(r.Body)
	want := []string{http.MethodPut, base + "/" + caseID +
		"?sysparm_fields=priority%2Csys_id%2Cnumber&sysparm_get_case_details=true", `{"priority":"1"}`}
	if got := []string{r.Method, r.URL, string(body)}; err != nil || !slices.Equal(got, want) {
		t.Errorf("got %q\nwant %q", got, want)
	}
}

// A page of cases travels in a batch, as does one of customers.
func TestAPageOfCasesInABatch(t *testing.T) {
	in := roomtest.New(t)
	for range 3 {
		in.Insert(casesvc.Table, map[string]string{"short_description": "Pump stuck", "active": "true"})
	}
	in.Insert(account.Table, map[string]string{"name": "Boxeo"})
	in.Insert(account.ConsumerTable, map[string]string{"last_name": "Diaz"})
	b := in.Tables.Batch()
	cases := table.Add(b, in.Cases.PageCall(casesvc.Open().PageSize(2)))
	customers := table.Add(b, in.Accounts.PageCall(account.ListOptions{}))
	consumers := table.Add(b, in.Accounts.ConsumersPageCall(account.ListOptions{}))
	contacts := table.Add(b, in.Accounts.ContactsPageCall(account.ListOptions{}))
	if err := b.Send(t.Context()); err != nil {
		t.Fatal(err)
	}
	if page, err := cases.Get(); err != nil || len(page) != 2 || page[0].ShortDescription.String() != "Pump stuck" {
		t.Errorf("got %v, %v", page, err)
	}
	if page, err := customers.Get(); err != nil || len(page) != 1 || page[0].Name.String() != "Boxeo" {
		t.Errorf("got %v, %v", page, err)
	}
	if page, err := consumers.Get(); err != nil || len(page) != 1 {
		t.Errorf("got %v, %v", page, err)
	}
	if _, err := contacts.Get(); err != nil {
		t.Error(err)
	}
	for _, err := range []error{
		second(in.Cases.PageCall(casesvc.All().Limit(-1)).Do(t.Context())),
		second(in.Accounts.PageCall(account.ListOptions{PageSize: -1}).Do(t.Context())),
	} {
		if !errors.Is(err, rest.ErrInvalid) {
			t.Errorf("got %v", err)
		}
	}
}
