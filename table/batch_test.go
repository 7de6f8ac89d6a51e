package table_test

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/seed-a66f7fd3/servicenow/internal/rest"
	"github.com/seed-a66f7fd3/servicenow/table"
)

// item is the answer to one item of a batch, in the shape of the documentation's example.
func item(id string, status int, body string) string {
	return fmt.Sprintf(`{"id":"%s","body":"%s","status_code":%d,"status_text":"x","headers":[{"name":"Content-Type","value":"application/json;charset=UTF-8"}],`+
		`"execution_time":5}`, id, base64.StdEncoding.EncodeToString([]byte(body)), status)
}

func batchOf(unserviced string, items ...string) answer {
	return answer{body: `{"batch_request_id":"1","serviced_requests":[` + strings.Join(items, ",") +
		`],"unserviced_requests":[` + unserviced + `]}`}
}

func TestBatchSendsOneRequest(t *testing.T) {
	s, script := scripted(t, batchOf("", item("2", 201, `{"result":{"sys_id":"b","number":"INC2"}}`), item("1", 200,
		`{"result":{"sys_id":"a","number":"INC1"}}`),
		item("3", 204, ``), item("4", 200, `{"result":{"stats":{"count":"7"}}}`), item("5", 404,
			`{"error":{"message":"No Record found","detail":"d"},"status":"failure"}`)))
	b, incidents := s.Batch(), table.Incidents(s)
	one := table.Add(b, incidents.GetCall("a", table.ReadOptions{Fields: []string{"number"}}))
	two := table.Add(b, incidents.CreateCall(table.Set("urgency", table.NewInt(1)),
		table.WriteOptions{Read: table.ReadOptions{Fields: []string{"number"}}}))
	gone := table.Add(b, incidents.DeleteCall("c"))
	counted := table.Add(b, incidents.StatsCall(table.StatsOptions{Count: true}))
	hidden := table.Add(b, table.Of[table.Record](s, "incident").GetCall("e"))
	wrong := table.Add(b, incidents.GetCall("../e"))
	if _, err := one.Get(); !errors.Is(err, table.ErrNotSent) {
		t.Errorf("before it is sent: %v", err)
	}
	if err := b.Send(t.Context()); err != nil {
		t.Fatal(err)
	}
	if row, err := one.Get(); err != nil || row.Number.String() != "INC1" {
		t.Errorf("got %v, %v", row, err)
	}
	if row, err := two.Get(); err != nil || row.Number.String() != "INC2" {
		t.Errorf("got %v, %v", row, err)
	}
	if _, err := gone.Get(); err != nil {
		t.Error(err)
	}
	if groups, err := counted.Get(); err != nil || groups[0].Count() != 7 {
		t.Errorf("got %v, %v", groups, err)
	}
	if _, err := hidden.Get(); !errors.Is(err, rest.ErrNotFound) {
		t.Errorf("got %v", err)
	}
	if _, err := wrong.Get(); !errors.Is(err, rest.ErrInvalid) {
		t.Errorf("got %v", err)
	}
	if r := script.asked[0]; r.method != "POST" || r.path != "/api/now/v1/batch" || len(r.query) != 0 {
		t.Errorf("sent %s %s", r.method, r.path)
	}
	var sent struct {
		ID       string `json:"batch_request_id"`
		Requests []struct {
			ID, Method, URL string
			Body            []byte
			Headers         []struct{ Name, Value string }
		} `json:"rest_requests"`
	}
	if err := json.Unmarshal([]byte(script.asked[0].body), &sent); err != nil || sent.ID == "" ||
		len(sent.Requests) != 5 {
		t.Fatalf("sent %s, %v", script.asked[0].body, err)
	}
	create := sent.Requests[1]
	if create.ID != "2" || create.Method != "POST" || string(create.Body) != `{"urgency":"1"}` ||
		create.URL != "/api/now/v2/table/incident?sysparm_exclude_reference_link=true&sysparm_fields=sys_id%2Cnumber" {
		t.Errorf("sent %+v", create)
	}
	var names []string
	for _, h := range create.Headers {
		names = append(names, h.Name+": "+h.Value)
	}
	if !slices.Equal(names, []string{"Accept: application/json", "Content-Type: application/json"}) {
		t.Errorf("an item has no credential of its own: %v", names)
	}
}

func TestBatchSendsWhatWasNotServicedAgain(t *testing.T) {
	row := func(id string) string { return `{"result":{"sys_id":"` + id + `"}}` }
	s, script := scripted(t, batchOf(`"2","3"`, item("1", 200, row("a"))), batchOf(`"2"`, item("1", 200, row("b"))),
		batchOf(``, item("1", 200, row("c"))))
	b, incidents := s.Batch(), table.Incidents(s)
	var results []*table.Result[table.Incident]
	for _, id := range []string{"a", "b", "c"} {
		results = append(results, table.Add(b, incidents.GetCall(id)))
	}
	if err := b.Send(t.Context()); err != nil {
		t.Fatal(err)
	}
	for i, r := range results {
		if got, err := r.Get(); err != nil || got.SysID.String() != string("abc"[i]) {
			t.Errorf("result %d is %s, %v", i, got.SysID, err)
		}
	}
	if !strings.Contains(script.asked[1].body, "/incident/b") || strings.Contains(script.asked[1].body, "/incident/a") {
		t.Errorf("sent again: %s", script.asked[1].body)
	}
}

// An instance that gets through one call a request is slow, not stuck.
func TestBatchGoesOnWhileItComesForward(t *testing.T) {
	const n = 6
	var answers []answer
	for i := range n {
		var left []string
		for j := 2; j <= n-i; j++ {
			left = append(left, fmt.Sprintf("%q", fmt.Sprint(j)))
		}
		answers = append(answers, batchOf(strings.Join(left, ","), item("1", 200, `{"result":{"sys_id":"a"}}`)))
	}
	s, _ := scripted(t, answers...)
	b := s.Batch()
	var results []*table.Result[table.Incident]
	for range n {
		results = append(results, table.Add(b, table.Incidents(s).GetCall("a")))
	}
	if err := b.Send(t.Context()); err != nil {
		t.Fatal(err)
	}
	for i, r := range results {
		if _, err := r.Get(); err != nil {
			t.Errorf("call %d: %v", i, err)
		}
	}
}

func TestBatchTellsWhatWasLeft(t *testing.T) {
	never := batchOf(`"1"`)
	s, _ := scripted(t, never, never, never, never)
	b := s.Batch()
	left := table.Add(b, table.Incidents(s).GetCall("a"))
	if err := b.Send(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := left.Get(); !errors.Is(err, table.ErrNotSent) {
		t.Errorf("got %v", err)
	}

	s, _ = scripted(t, batchOf(``))
	b = s.Batch()
	lost := table.Add(b, table.Incidents(s).GetCall("a"))
	if err := b.Send(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := lost.Get(); err == nil {
		t.Error("a call that the answer does not mention has no result")
	}

	s, _ = scripted(t, answer{status: 401,
		body: `{"error":{"message":"User Not Authenticated","detail":"x"},"status":"failure"}`})
	b = s.Batch()
	refused := table.Add(b, table.Incidents(s).GetCall("a"))
	if err := b.Send(t.Context()); !errors.Is(err, rest.ErrUnauthorized) {
		t.Errorf("got %v", err)
	}
	if _, err := refused.Get(); !errors.Is(err, rest.ErrUnauthorized) || !errors.Is(err, table.ErrNotSent) {
		t.Errorf("got %v", err)
	}
}

func TestBatchKeepsWithinTheLimits(t *testing.T) {
	items := func(n int) answer {
		var all []string
		for i := range n {
			all = append(all, item(fmt.Sprint(i+1), 200, `{"result":{"sys_id":"a"}}`))
		}
		return batchOf("", all...)
	}
	s, _ := scripted(t, items(50), items(50), items(20))
	b := s.Batch()
	for range 120 {
		table.Add(b, table.Incidents(s).GetCall("a"))
	}
	if err := b.Send(t.Context()); err != nil {
		t.Error(err)
	}
	large := table.Add(b, table.Incidents(s).CreateCall(table.Set("description", table.NewText(strings.Repeat("x",
		5<<20)))))
	if _, err := large.Get(); !errors.Is(err, rest.ErrInvalid) {
		t.Errorf("got %v", err)
	}
}

// The documentation's example breaks base64 into lines.
func TestBatchReadsWrappedBodies(t *testing.T) {
	text := base64.StdEncoding.EncodeToString([]byte(`{"result":{"sys_id":"a"}}`))
	s, _ := scripted(t, answer{body: `{"batch_request_id":"1","serviced_requests":[{"id":"1","body":"` + text[:8] +
		`\n            ` + text[8:] + `","status_code":200,"status_text":"OK",` +
		`"headers":[],"execution_time":8}],"unserviced_requests":[]}`})
	b := s.Batch()
	r := table.Add(b, table.Incidents(s).GetCall("a"))
	if err := b.Send(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got, err := r.Get(); err != nil || got.SysID.String() != "a" {
		t.Errorf("got %v, %v", got, err)
	}
}

// One answer that cannot be read takes no other with it: the documentation's own example has bodies that are cut.
func TestBatchTellsEachFailureByItself(t *testing.T) {
	const failed = `{"id":"%s","body":"%s","status_code":%d,"status_text":"x","headers":[],"execution_time":5%s}`
	s, _ := scripted(t, batchOf("", fmt.Sprintf(failed, "1", "eyJyZXN1bHQiOl", 200, ""),
		fmt.Sprintf(failed, "2", "", 500, `,"error_message":"The item took too long"`),
		item("3", 200, `{"result":{"sys_id":"c"}}`)))
	b, incidents := s.Batch(), table.Incidents(s)
	cut, slow, good := table.Add(b, incidents.GetCall("a")), table.Add(b, incidents.GetCall("b")),
		table.Add(b, incidents.GetCall("c"))
	if err := b.Send(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := cut.Get(); !errors.Is(err, rest.ErrNotJSON) {
		t.Errorf("got %v", err)
	}
	if _, err := slow.Get(); !errors.Is(err, rest.ErrUnavailable) || !strings.Contains(err.Error(), "took too long") {
		t.Errorf("got %v", err)
	}
	if row, err := good.Get(); err != nil || row.SysID.String() != "c" {
		t.Errorf("got %v, %v", row, err)
	}
}

func TestAPageInABatch(t *testing.T) {
	s, script := scripted(t, batchOf("", item("1", 200, `{"result":[{"sys_id":"a","number":"INC1"},{"sys_id":"b"}]}`),
		item("2", 200, `{"result":[]}`), item("3", 404, `{"error":{"message":"No Record found","detail":""}}`),
		item("4", 200, `{"result":[{"number":"INC1"}]}`)))
	b, incidents := s.Batch(), table.Incidents(s)
	number := []string{"number"}
	first := table.Add(b, incidents.PageCall(table.ListOptions{Query: table.Where("state", table.Is, "1"), Fields: number}))
	none := table.Add(b, incidents.PageCall(table.ListOptions{PageSize: 20, Limit: 7, Fields: number}))
	older := table.Add(b, incidents.PageCall(table.ListOptions{Query: table.Query{}.OrderByDesc("number"), Fields: number}))
	nameless := table.Add(b, incidents.PageCall(table.ListOptions{Fields: number}))
	wrong := []*table.Result[[]table.Incident]{
		table.Add(b, incidents.PageCall(table.ListOptions{PageSize: -1})),
		table.Add(b, incidents.PageCall(table.ListOptions{Verify: true})),
		table.Add(b, incidents.PageCall(table.ListOptions{Query: table.Where("state", table.ValChanges)})),
	}
	if err := b.Send(t.Context()); err != nil {
		t.Fatal(err)
	}
	if page, err := first.Get(); err != nil || len(page) != 2 || page[0].Number.String() != "INC1" {
		t.Errorf("got %v, %v", page, err)
	}
	for _, empty := range []*table.Result[[]table.Incident]{none, older} {
		if page, err := empty.Get(); err != nil || page == nil || len(page) != 0 {
			t.Errorf("got %v, %v", page, err)
		}
	}
	if _, err := nameless.Get(); err == nil {
		t.Error("a row without a sys_id")
	}
	for _, r := range wrong {
		if _, err := r.Get(); !errors.Is(err, rest.ErrInvalid) {
			t.Errorf("got %v", err)
		}
	}
	const common = `/api/now/v2/table/incident?sysparm_exclude_reference_link=true\u0026sysparm_fields=sys_id%2Cnumber` +
		`\u0026sysparm_limit=100\u0026sysparm_no_count=true\u0026sysparm_query=`
	for _, url := range []string{common + "state%3D1%5EORDERBYsys_id", common + "ORDERBYDESCnumber",
		strings.Replace(common, "=100", "=7", 1) + "ORDERBYsys_id"} {
		if !strings.Contains(script.asked[0].body, `"`+url) {
			t.Errorf("%s is not in %s", url, script.asked[0].body)
		}
	}
}
