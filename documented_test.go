package servicenow_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"iter"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/jarcoal/httpmock"

	"github.com/seed-a66f7fd3/servicenow"
	"github.com/seed-a66f7fd3/servicenow/account"
	"github.com/seed-a66f7fd3/servicenow/attachment"
	"github.com/seed-a66f7fd3/servicenow/casesvc"
	"github.com/seed-a66f7fd3/servicenow/knowledge"
	"github.com/seed-a66f7fd3/servicenow/table"
)

// documented is an answer in the shape of an example of ServiceNow's REST documentation: its members and the types of
// their values are the documentation's, the values are not.
type documented struct {
	Source string          // the page
	Call   string          // "GET /api/now/account/{id}"
	Answer json.RawMessage // the body
}

const (
	anID  = "f352dc9387632300d6b0a7da0acb0b60"
	aFile = "0123456789"
)

var onRecord = attachment.Target{Table: "incident", ID: anID}

// documentedCall is what makes a documented call here, in how many requests, and what came of it.
type documentedCall struct {
	sends    string // where another method is sent than the one documented
	requests int
	unread   []string // members that repeat what the caller said
	call     func(ctx context.Context, sn *servicenow.Client) (any, error)
}

var documentedCalls = map[string]documentedCall{
	"GET /api/now/account": {requests: 1, call: func(ctx context.Context, sn *servicenow.Client) (any, error) {
		return all(sn.Accounts.List(ctx, account.ListOptions{}))
	}},
	"GET /api/now/account/{id}": {requests: 1, call: func(ctx context.Context, sn *servicenow.Client) (any, error) {
		return sn.Accounts.Get(ctx, anID)
	}},
	"GET /api/now/contact": {requests: 1, call: func(ctx context.Context, sn *servicenow.Client) (any, error) {
		return all(sn.Accounts.Contacts(ctx, account.ListOptions{}))
	}},
	"GET /api/now/contact/{id}": {requests: 1, call: func(ctx context.Context, sn *servicenow.Client) (any, error) {
		return sn.Accounts.Contact(ctx, anID)
	}},
	"POST /api/now/contact": {requests: 1, call: func(ctx context.Context, sn *servicenow.Client) (any, error) {
		return sn.Accounts.CreateContact(ctx, named)
	}},
	"GET /api/now/consumer": {requests: 1, call: func(ctx context.Context, sn *servicenow.Client) (any, error) {
		return all(sn.Accounts.Consumers(ctx, account.ListOptions{}))
	}},
	"GET /api/now/consumer/{id}": {requests: 1, call: func(ctx context.Context, sn *servicenow.Client) (any, error) {
		return sn.Accounts.Consumer(ctx, anID)
	}},
	"POST /api/now/consumer": {requests: 1, call: func(ctx context.Context, sn *servicenow.Client) (any, error) {
		return sn.Accounts.CreateConsumer(ctx, named)
	}},
	"GET /api/now/attachment": {requests: 2, call: func(ctx context.Context, sn *servicenow.Client) (any, error) {
		return all(sn.Attachments.List(ctx, attachment.ListOptions{}))
	}},
	"GET /api/now/attachment/{sys_id}": {requests: 1, call: func(ctx context.Context, sn *servicenow.Client) (any, error) {
		return sn.Attachments.Get(ctx, anID)
	}},
	"POST /api/now/attachment/file": {requests: 1, call: func(ctx context.Context, sn *servicenow.Client) (any, error) {
		return sn.Attachments.Upload(ctx, onRecord, attachment.Bytes("a.txt", []byte(aFile)))
	}},
	"POST /api/now/attachment/upload": {requests: 1, call: func(ctx context.Context, sn *servicenow.Client) (any, error) {
		return sn.Attachments.UploadForm(ctx, onRecord, attachment.Bytes("a.txt", []byte(aFile)))
	}},
	"GET /api/now/attachment/{sys_id}/attributes": {requests: 1,
		call: func(ctx context.Context, sn *servicenow.Client) (any, error) {
			return sn.Attachments.Attributes(ctx, anID)
		}},
	"GET /api/now/attachment/{sys_id}/attributes/{attribute_key}": {requests: 1,
		call: func(ctx context.Context, sn *servicenow.Client) (any, error) {
			return sn.Attachments.Attribute(ctx, anID, "alt")
		}},
	"POST /api/now/attachment/{sys_id}/attributes": {requests: 1,
		call: func(ctx context.Context, sn *servicenow.Client) (any, error) {
			return sn.Attachments.AddAttribute(ctx, anID, "alt", "A pump")
		}},
	"PUT /api/now/attachment/{sys_id}/attributes/{attribute_key}": {requests: 1,
		call: func(ctx context.Context, sn *servicenow.Client) (any, error) {
			return sn.Attachments.SetAttribute(ctx, anID, "alt", "A pump")
		}},
	"GET /api/now/attachment_csm": {requests: 2, call: func(ctx context.Context, sn *servicenow.Client) (any, error) {
		return all(sn.Attachments.CSM().List(ctx, attachment.ListOptions{Target: onRecord}))
	}},
	"GET /api/now/attachment_csm/{sys_id}": {requests: 1,
		call: func(ctx context.Context, sn *servicenow.Client) (any, error) {
			return sn.Attachments.CSM().Get(ctx, anID)
		}},
	"POST /api/now/attachment_csm/file": {requests: 1, call: func(ctx context.Context, sn *servicenow.Client) (any, error) {
		return sn.Attachments.CSM().Upload(ctx, onRecord, attachment.Bytes("a.txt", []byte(aFile)))
	}},
	"POST /api/now/attachment_csm/upload": {requests: 1,
		call: func(ctx context.Context, sn *servicenow.Client) (any, error) {
			return sn.Attachments.CSM().UploadForm(ctx, onRecord, attachment.Bytes("a.txt", []byte(aFile)))
		}},
	"GET /api/now/stats/{tableName}": {requests: 1, call: func(ctx context.Context, sn *servicenow.Client) (any, error) {
		return table.Incidents(sn.Tables).Stats(ctx, table.StatsOptions{
			Avg: []string{"reassignment_count", "business_stc"}, GroupBy: []string{"assignment_group"}})
	}},
	"GET /api/now/table/{tableName}": {requests: 1, call: func(ctx context.Context, sn *servicenow.Client) (any, error) {
		return all(table.Problems(sn.Tables).List(ctx, table.ListOptions{Limit: 1}))
	}},
	"GET /api/now/table/{tableName}/{sys_id}": {requests: 1,
		call: func(ctx context.Context, sn *servicenow.Client) (any, error) {
			return table.Incidents(sn.Tables).Get(ctx, anID)
		}},
	"POST /api/now/table/{tableName}": {requests: 1, call: func(ctx context.Context, sn *servicenow.Client) (any, error) {
		return table.Incidents(sn.Tables).Create(ctx, named)
	}},
	"PATCH /api/now/table/{tableName}/{sys_id}": {requests: 1,
		call: func(ctx context.Context, sn *servicenow.Client) (any, error) {
			return table.Incidents(sn.Tables).Update(ctx, anID, named)
		}},
	// PUT does what PATCH does.
	"PUT /api/now/table/{tableName}/{sys_id}": {sends: http.MethodPatch, requests: 1,
		call: func(ctx context.Context, sn *servicenow.Client) (any, error) {
			return table.Incidents(sn.Tables).Update(ctx, anID, named)
		}},
	"GET /api/sn_customerservice/case": {requests: 2, call: func(ctx context.Context, sn *servicenow.Client) (any, error) {
		return all(sn.Cases.List(ctx, casesvc.All()))
	}},
	"GET /api/sn_customerservice/case/{id}": {requests: 1,
		call: func(ctx context.Context, sn *servicenow.Client) (any, error) {
			return sn.Cases.GetCall(anID).Do(ctx)
		}},
	"GET /api/sn_customerservice/case/{id}/activities": {requests: 1,
		call: func(ctx context.Context, sn *servicenow.Client) (any, error) {
			return sn.Cases.Activities(ctx, anID, casesvc.ActivityOptions{})
		}},
	"GET /api/sn_customerservice/case/field_values/{field_name}": {requests: 1,
		call: func(ctx context.Context, sn *servicenow.Client) (any, error) {
			return sn.Cases.FieldValues(ctx, "contact", casesvc.FieldValueOptions{})
		}},
	"GET /api/sn_customerservice/case/{id}/field_values/{field_name}": {requests: 1,
		call: func(ctx context.Context, sn *servicenow.Client) (any, error) {
			return sn.Cases.FieldValues(ctx, "contact", casesvc.FieldValueOptions{CaseID: anID})
		}},
	"POST /api/sn_customerservice/case": {requests: 1, call: func(ctx context.Context, sn *servicenow.Client) (any, error) {
		return sn.Cases.Create(ctx, named)
	}},
	"PUT /api/sn_customerservice/case/{id}": {requests: 1,
		call: func(ctx context.Context, sn *servicenow.Client) (any, error) {
			return sn.Cases.Update(ctx, anID, named)
		}},
	"GET /api/now/email/{id}": {requests: 1, call: func(ctx context.Context, sn *servicenow.Client) (any, error) {
		return sn.Email.Get(ctx, anID)
	}},
	"POST /api/now/email": {requests: 1, call: func(ctx context.Context, sn *servicenow.Client) (any, error) {
		return sn.Email.Send(ctx, servicenow.EmailMessage{To: []string{"ada@acme.example"}})
	}},
	"GET /api/sn_km_api/knowledge/articles": {requests: 1,
		call: func(ctx context.Context, sn *servicenow.Client) (any, error) {
			return sn.Knowledge.SearchPage(ctx, knowledge.SearchOptions{Text: "pump"}, 0)
		}},
	"GET /api/sn_km_api/knowledge/articles/featured": {requests: 1,
		call: func(ctx context.Context, sn *servicenow.Client) (any, error) {
			return sn.Knowledge.FeaturedPageCall(knowledge.ListOptions{}, 0).Do(ctx)
		}},
	"GET /api/sn_km_api/knowledge/articles/most_viewed": {requests: 1,
		call: func(ctx context.Context, sn *servicenow.Client) (any, error) {
			return sn.Knowledge.MostViewedPageCall(knowledge.ListOptions{}, 0).Do(ctx)
		}},
	"GET /api/sn_km_api/knowledge/articles/{id}": {requests: 1,
		call: func(ctx context.Context, sn *servicenow.Client) (any, error) {
			return sn.Knowledge.Get(ctx, anID)
		}},
	"GET /api/global/user_role_inheritance": {requests: 1, unread: []string{"user_name"},
		call: func(ctx context.Context, sn *servicenow.Client) (any, error) {
			roles, err := sn.Users.Roles(ctx, anID)
			return inherited(roles), err
		}},
}

var named = table.Set("short_description", table.NewText("Pump stuck"))

func all[T any](list iter.Seq2[T, error]) ([]T, error) { return table.Collect(list, 100) }

// inherited is the API's notation for roles.
func inherited(roles servicenow.Roles) map[string][]string {
	sent := map[string][]string{}
	for _, r := range roles {
		path := "/" + strings.Join(append(slices.Clone(r.Via), r.Name), "/")
		if r.Group == "" {
			sent["from_role"] = append(sent["from_role"], path)
			continue
		}
		sent["from_group"] = append(sent["from_group"], "["+r.Group+"]"+path)
	}
	return sent
}

// Every answer that ServiceNow's REST documentation shows is understood: nothing of it is lost on the way through the
// types of this module and back to JSON, and the call that gets it is the one documented.
func TestDocumentedAnswersAreReadWithoutLoss(t *testing.T) {
	files, err := filepath.Glob("testdata/documented/*.json")
	if err != nil || len(files) < len(documentedCalls) {
		t.Fatalf("%d answers for %d calls, %v", len(files), len(documentedCalls), err)
	}
	missing := maps.Clone(documentedCalls)
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".json"), func(t *testing.T) {
			var d documented
			text, err := os.ReadFile(file)
			if err != nil || json.Unmarshal(text, &d) != nil {
				t.Fatal("not an answer", err)
			}
			made, known := documentedCalls[d.Call]
			if !known {
				t.Fatalf("no call for %s", d.Call)
			}
			delete(missing, d.Call)
			made.check(t, d)
		})
	}
	for call := range missing {
		t.Errorf("no answer for %s", call)
	}
}

func (c documentedCall) check(t *testing.T, d documented) {
	sn, sent := answering(t, string(d.Answer))
	got, err := c.call(t.Context(), sn)
	if err != nil {
		t.Fatal(err)
	}
	written, err := json.Marshal(got)
	if err != nil {
		t.Fatal(err)
	}
	var answer struct {
		Result any `json:"result"`
	}
	exactly(t, d.Answer, &answer)
	if object, ok := answer.Result.(map[string]any); ok {
		for _, name := range c.unread {
			delete(object, name)
		}
	}
	var back any
	exactly(t, written, &back)
	if !reflect.DeepEqual(back, answer.Result) {
		t.Errorf("lost on the way\nsent %v\nback %v", answer.Result, back)
	}
	if len(*sent) != c.requests {
		t.Errorf("%d requests: %v", len(*sent), *sent)
	}
	method, path, _ := strings.Cut(d.Call, " ")
	if c.sends != "" {
		method = c.sends
	}
	want := regexp.MustCompile("^" + method + " " + regexp.MustCompile(`\{\w+\}`).ReplaceAllString(path, "[a-z0-9_]+") + "$")
	for _, line := range *sent {
		if !want.MatchString(line) {
			t.Errorf("sent %s, documented is %s", line, d.Call)
		}
	}
}

// exactly decodes JSON with its numbers as they are written.
func exactly(t *testing.T, text []byte, into any) {
	t.Helper()
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.UseNumber()
	if err := dec.Decode(into); err != nil {
		t.Fatal(err)
	}
}

var version = regexp.MustCompile(`^(/api/\w+)/v\d+`)

// answering is a client of an instance that gives one answer, and an empty list after a list. What was sent is told
// without the version of the API and the query.
func answering(t *testing.T, answer string) (*servicenow.Client, *[]string) {
	t.Helper()
	var sent []string
	mock := httpmock.NewMockTransport()
	mock.RegisterNoResponder(func(r *http.Request) (*http.Response, error) {
		if sent = append(sent, r.Method+" "+version.ReplaceAllString(r.URL.Path, "$1")); len(sent) > 1 {
			answer = `{"result":[]}`
		}
		if r.Body != nil {
			_, _ = io.Copy(io.Discard, r.Body)
		}
		resp := httpmock.NewStringResponse(http.StatusOK, answer)
		resp.Header.Set("Content-Type", "application/json;charset=UTF-8")
		resp.Request = r
		return resp, nil
	})
	in, err := servicenow.ParseInstance("acme")
	if err != nil {
		t.Fatal(err)
	}
	sn, err := servicenow.New(in, servicenow.WithBasicAuth("ada", fmt.Sprint("pass", "word")),
		servicenow.WithHTTPClient(&http.Client{Transport: mock}))
	if err != nil {
		t.Fatal(err)
	}
	return sn, &sent
}
