package servicenow_test

import (
	"errors"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/seed-a66f7fd3/servicenow"
	"github.com/seed-a66f7fd3/servicenow/servicenowtest"
	"github.com/seed-a66f7fd3/servicenow/table"
)

// onTheWay sees each request of a client, may change it, and counts how many there are for each table, and how many at
// a time.
type onTheWay struct {
	next   http.RoundTripper
	change func(*http.Request)

	mu        sync.Mutex
	asked     map[string]int
	now, most int
}

func (w *onTheWay) RoundTrip(r *http.Request) (*http.Response, error) {
	w.mu.Lock()
	w.asked[r.URL.Path[strings.LastIndex(r.URL.Path, "/")+1:]]++
	w.now++
	w.most = max(w.most, w.now)
	w.mu.Unlock()
	defer func() {
		w.mu.Lock()
		w.now--
		w.mu.Unlock()
	}()
	if w.change != nil {
		w.change(r)
	}
	return w.next.RoundTrip(r)
}

func (w *onTheWay) reset() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.asked, w.most = map[string]int{}, 0
}

func pullThrough(t *testing.T, change func(*http.Request)) (*servicenowtest.Server, *servicenow.Client, *onTheWay) {
	t.Helper()
	server := servicenowtest.NewServer(t)
	hc := server.HTTPClient()
	way := &onTheWay{next: hc.Transport, change: change, asked: map[string]int{}}
	hc.Transport = way
	client, err := servicenow.New(server.Instance(), servicenow.WithHTTPClient(hc),
		servicenow.WithBasicAuth(servicenowtest.IntegrationUser, servicenowtest.IntegrationPassword))
	if err != nil {
		t.Fatal(err)
	}
	return server, client, way
}

// A pull in which nothing happened is at most two requests a table: its changes, and its deletions.
func TestPullOfNothingIsTwoRequestsATable(t *testing.T) {
	server, client, way := pullThrough(t, nil)
	for range 3 {
		insert(t, server, "sn_customerservice_case", map[string]string{"short_description": "row", "comments": "hurry"})
	}
	o := servicenow.PullOptions{Capability: servicenow.Helpdesk, By: servicenow.Updated}
	_, o.From = pullOnce(t, client, o)
	way.reset()
	if got, _ := pullOnce(t, client, o); len(got) > 0 {
		t.Fatalf("%d changes came of nothing", len(got))
	}
	deletions := way.asked["sys_audit_delete"]
	delete(way.asked, "sys_audit_delete")
	if len(way.asked) < 6 || deletions > len(way.asked) {
		t.Errorf("asked was %v, and %d times for deletions", way.asked, deletions)
	}
	for name, n := range way.asked {
		if n > 1 {
			t.Errorf("%d requests for %s", n, name)
		}
	}
}

// All tables of a pull share one budget of requests in flight.
func TestPullHasOneBudgetOfRequests(t *testing.T) {
	server, client, way := pullThrough(t, func(*http.Request) { time.Sleep(2 * time.Millisecond) })
	for range 40 {
		insert(t, server, "incident", map[string]string{"short_description": "row"})
		insert(t, server, "problem", map[string]string{"short_description": "row"})
	}
	o := servicenow.PullOptions{Capability: servicenow.TaskFamily, By: servicenow.Updated, PageSize: 3, Parallel: 2}
	got, _ := pullOnce(t, client, o)
	if len(got) < 80 || way.most > 2 {
		t.Errorf("%d changes came, with %d requests in flight, want at most 2", len(got), way.most)
	}
}

// A table whose answers cannot be trusted does not keep the others from being pulled, and is not passed over.
func TestPullGoesOnBehindATableThatCannotBeTrusted(t *testing.T) {
	server, client, _ := pullThrough(t, func(r *http.Request) {
		if q := r.URL.Query(); strings.HasSuffix(r.URL.Path, "/incident") {
			ordered, _, _ := strings.Cut(q.Get("sysparm_query"), "ORDERBY")
			q.Set("sysparm_query", strings.TrimSuffix(ordered, "^"))
			r.URL.RawQuery = q.Encode()
		}
	})
	for range 12 {
		insert(t, server, "incident", map[string]string{"short_description": "incident"})
	}
	insert(t, server, "problem", map[string]string{"short_description": "problem"})
	problems := 0
	var failed error
	for c, err := range client.Pull(t.Context(), servicenow.PullOptions{
		Capability: servicenow.TaskFamily, By: servicenow.Updated, Tables: []string{"incident", "problem"}, PageSize: 5,
	}) {
		switch {
		case err != nil:
			failed = err
		case c.Table == "incident":
			t.Error("an incident came that was not in its place")
		case c.Table == "problem":
			problems++
		}
	}
	if !errors.Is(failed, table.ErrOrderIgnored) || !strings.Contains(failed.Error(), "incident") || problems != 1 {
		t.Errorf("%d problems came, and the pull failed with %v, want ErrOrderIgnored", problems, failed)
	}
}

// A checkpoint of another capability, time or instance is refused, and says why.
func TestPullRefusesACheckpointOfAnotherPull(t *testing.T) {
	server, client := pullWorld(t)
	insert(t, server, "incident", map[string]string{"short_description": "row"})
	mine := servicenow.PullOptions{Capability: servicenow.TaskFamily, By: servicenow.Updated, Tables: []string{"incident"}}
	_, at := pullOnce(t, client, mine)
	if n := len(at.String()); n > 1500 {
		t.Errorf("a checkpoint of one table has %d characters", n)
	}
	_, elsewhere := pullWorld(t, servicenowtest.WithInstanceName("other"))
	for name, tt := range map[string]struct {
		client *servicenow.Client
		change func(*servicenow.PullOptions)
		what   string
	}{
		"capability": {client, func(o *servicenow.PullOptions) { o.Capability, o.Tables = servicenow.Helpdesk, nil }, "capability"},
		"time":       {client, func(o *servicenow.PullOptions) { o.By = servicenow.Created }, "time"},
		"identity":   {client, func(o *servicenow.PullOptions) { o.Identity = "somebody" }, "identity"},
		"instance":   {elsewhere, func(*servicenow.PullOptions) {}, "instance"},
	} {
		o := mine
		o.From = at
		tt.change(&o)
		for _, err := range tt.client.Pull(t.Context(), o) {
			var refused *table.CheckpointError
			if !errors.Is(err, table.ErrCheckpointMismatch) || !errors.As(err, &refused) || refused.What != tt.what {
				t.Errorf("%s: got %v", name, err)
			}
		}
	}
}
