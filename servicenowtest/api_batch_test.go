package servicenowtest

import (
	"encoding/base64"
	"fmt"
	"strings"
	"testing"

	"github.com/seed-a66f7fd3/servicenow/servicenowtest/internal/db"
)

func batchBody(items ...string) string {
	return `{"batch_request_id":"b-17","rest_requests":[` + strings.Join(items, ",") + `]}`
}

func item(id, method, url, body string) string {
	return fmt.Sprintf(`{"id":%q,"method":%q,"url":%q,"headers":[{"name":"Content-Type","value":"application/json"},`+
		`{"name":"Accept","value":"application/json"}],"body":%q}`, id, method, url,
		base64.StdEncoding.EncodeToString([]byte(body)))
}

// https://www.servicenow.com/docs/r/api-reference/rest-apis/batch-api.html
func TestBatch(t *testing.T) {
	b := newBench(t)
	id := b.incidents(1)[0]
	a := b.do("POST", "/api/now/v1/batch", batchBody(
		item("1", "GET", "/api/now/v2/table/incident?sysparm_fields=number", ""),
		item("2", "PATCH", "/api/now/v2/table/incident/"+id, `{"state":"2"}`),
		item("3", "GET", "/api/now/v2/table/incident?sysparm_fields=state", ""),
		item("4", "GET", "/api/now/v2/table/incident/none", ""),
		item("5", "DELETE", "/api/now/v2/table/incident/"+id, ""),
		item("6", "GET", "no-path", ""),
	)).want(200)
	a.is("batch_request_id", "b-17").is("unserviced_requests", "[]")
	for i, want := range []struct{ status, text, body string }{
		{"200", "OK", `{"result":[{"number":"INC0000001"}]}`}, {"200", "OK", ""},
		{"200", "OK", `{"result":[{"state":"2"}]}`}, // one after the other
		{"404", "Not Found", ""}, {"204", "No Content", ""}, {"400", "Bad Request", ""},
	} {
		at := fmt.Sprintf("serviced_requests/%d/", i)
		a.is(at+"id", fmt.Sprint(i+1)).is(at+"status_code", want.status).is(at+"status_text", want.text)
		body, err := base64.StdEncoding.DecodeString(a.value(at + "body"))
		if err != nil || want.body != "" && strings.TrimSpace(string(body)) != want.body {
			t.Errorf("item %d answered %s, want %s (%v)", i+1, body, want.body, err)
		}
	}
	if got := a.value("serviced_requests/0/headers"); !strings.Contains(got, `{"name":"Content-Type","value":"application/json;charset=UTF-8"}`) {
		t.Errorf("headers %s", got)
	}
}

func TestBatchLimits(t *testing.T) {
	b := newBench(t)
	b.incidents(100)
	list := item("1", "GET", "/api/now/table/incident", "")
	a := b.do("POST", "/api/now/v1/batch", batchBody(list, item("2", "GET", "/api/now/table/incident?sysparm_limit=1", "")),
		"X-BATCHREQUEST-MAX-OUTPUT-SIZE", "1000").want(200)
	a.is("serviced_requests", "[]").is("unserviced_requests", `["1","2"]`)
	b.quirks.BatchServices = 1
	a = b.do("POST", "/api/now/v1/batch", batchBody(list, item("2", "GET", "/api/now/table/task", ""),
		item("3", "GET", "/api/now/table/task", ""))).want(200)
	a.is("serviced_requests/0/id", "1").is("serviced_requests/1", "<absent>").is("unserviced_requests", `["2","3"]`)
	b.do("POST", "/api/now/batch", batchBody(list)).want(400) // only a versioned path is documented
	b.do("POST", "/api/now/v1/batch", `{"batch_request_id":"1"}`).want(400)
	b.do("GET", "/api/now/v1/batch", "").want(405)
	quiet := strings.Replace(list, `"id"`, `"exclude_response_headers":true,"id"`, 1)
	b.do("POST", "/api/now/v1/batch", batchBody(quiet)).is("serviced_requests/0/headers", "[]")
}

// "You can change this default by updating the … system property. Maximum value: 10 MB"
func TestBatchSizeProperties(t *testing.T) {
	b := newBench(t)
	b.incidents(3)
	const answers, done = `[]`, `["1"]`
	for _, c := range []struct{ name, property, value, header, unserviced string }{
		{"no limit is met", "", "", "", answers},
		{"the property for answers", "glide.rest.batch.max.outputSize", "100", "", done},
		{"the header lowers it", "", "", "100", done},
		{"the header cannot raise it", "glide.rest.batch.max.outputSize", "100", "1000000", done},
		{"what is no number counts as unset", "glide.rest.batch.max.outputSize", "much", "", answers},
		{"the property for requests", "glide.rest.batch.max.inputSize", "3", "", done},
	} {
		t.Run(c.name, func(t *testing.T) {
			b.t = t
			if c.property != "" {
				id := b.seed("sys_properties", row{"name": c.property, "value": c.value})
				defer func() { _ = b.db.Delete(db.Session{}, "sys_properties", id) }()
			}
			body := batchBody(item("1", "POST", "/api/now/v2/table/incident", `{"short_description":"0123456789"}`))
			b.do("POST", "/api/now/v1/batch", body, "X-BATCHREQUEST-MAX-OUTPUT-SIZE", c.header).want(200).
				is("unserviced_requests", c.unserviced)
		})
	}
	b.t = t
	b.do("POST", "/api/now/v1/batch", "<x/>", "Content-Type", "application/xml").want(415) // "Only supports application/json"
}
