package servicenowtest_test

import (
	"net/http"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/seed-a66f7fd3/servicenow/servicenowtest"
)

// https://www.servicenow.com/docs/r/api-reference/rest-api-explorer/inbound-REST-API-rate-limiting.html
func TestRateLimits(t *testing.T) {
	for _, c := range []struct {
		name  string
		rules []servicenowtest.RateLimit
		limit int
	}{
		{"all users", []servicenowtest.RateLimit{{API: "Table API", PerHour: 3}}, 3},
		{"a role goes before all", []servicenowtest.RateLimit{{PerHour: 1}, {Role: "itil", PerHour: 3}}, 3},
		{"a user goes before a role", []servicenowtest.RateLimit{{Role: "itil", PerHour: 1},
			{User: servicenowtest.IntegrationUser, PerHour: 3}}, 3},
		{"the lowest of several roles", []servicenowtest.RateLimit{{Role: "itil", PerHour: 5}, {Role: "csm_ws_integration", PerHour: 2}}, 2},
		{"a method", []servicenowtest.RateLimit{{Method: "GET", PerHour: 2}}, 2},
		{"another method", []servicenowtest.RateLimit{{Method: "POST", PerHour: 2}}, 0},
		{"a table", []servicenowtest.RateLimit{{API: "Table API", Table: "incident", PerHour: 2}}, 2},
		{"another table", []servicenowtest.RateLimit{{API: "Table API", Table: "problem", PerHour: 2}}, 0},
		{"a user who is a guest", []servicenowtest.RateLimit{{User: "guest", PerHour: 2}}, 0},
		{"another API", []servicenowtest.RateLimit{{API: "Case API", PerHour: 1}}, 0},
	} {
		clock := servicenowtest.NewClock(start.Add(15 * time.Minute))
		opts := []servicenowtest.Option{servicenowtest.WithClock(clock)}
		for _, rule := range c.rules {
			opts = append(opts, servicenowtest.WithRateLimit(rule))
		}
		s := servicenowtest.NewServer(t, opts...)
		me := talk(t, s).integration()
		served := 0
		var last reply
		for range 6 {
			if last = me.get(incidents); last.StatusCode == 200 {
				served++
			}
		}
		if c.limit == 0 {
			if served != 6 || last.Header.Get("X-RateLimit-Limit") != "" {
				t.Errorf("%s: %d served, %v", c.name, served, last.Header)
			}
			continue
		}
		if served != c.limit || last.StatusCode != 429 {
			t.Errorf("%s: %d served, then %d", c.name, served, last.StatusCode)
		}
		message, detail := last.errorOf(t)
		if message != "Rate limit exceeded" || detail != "Rate limit of "+strconv.Itoa(c.limit)+" requests per hour for Table API exceeded" {
			t.Errorf("%s: %v / %v", c.name, message, detail)
		}
		if last.Header.Get("Retry-After") != "2701" || last.Header.Get("X-RateLimit-Limit") != strconv.Itoa(c.limit) ||
			last.Header.Get("X-RateLimit-Reset") != strconv.FormatInt(start.Add(time.Hour).Unix(), 10) ||
			s.Row("sys_rate_limit_rules", last.Header.Get("X-RateLimit-Rule"))["request_limit"] != strconv.Itoa(c.limit) || last.Header.Get("X-RateLimit-Remaining") != "" {
			t.Errorf("%s: %v", c.name, last.Header)
		}
		clock.Advance(46 * time.Minute)
		if r := me.get(incidents); r.StatusCode != 200 {
			t.Errorf("%s: the next hour: %d", c.name, r.StatusCode)
		}
	}
}

// "By default, this API has a rate limit of 500 per hour for unauthenticated and snc_external users."
// https://www.servicenow.com/docs/r/api-reference/rest-apis/knowledge-api.html and attachment_csm-api.html
func TestStockRateLimits(t *testing.T) {
	s := servicenowtest.NewServer(t, servicenowtest.WithUser("cara", "customer-password",
		[]string{"sn_customerservice.customer"}, ""))
	for _, c := range []struct{ name, user, password, path, limit string }{
		{"a guest", "", "", "/api/sn_km_api/knowledge/articles", "500"},
		{"an external user", "cara", "customer-password", "/api/sn_km_api/knowledge/articles", "500"},
		{"an external user's files", "cara", "customer-password", "/api/now/v1/attachment_csm/x", "500"},
		{"an external user elsewhere", "cara", "customer-password", "/api/sn_customerservice/case", ""},
		{"an internal user", servicenowtest.IntegrationUser, servicenowtest.IntegrationPassword,
			"/api/sn_km_api/knowledge/articles", ""},
	} {
		req, err := http.NewRequest(http.MethodGet, s.Instance().Origin()+c.path, nil)
		if err != nil {
			t.Fatal(err)
		}
		if c.user != "" {
			req.SetBasicAuth(c.user, c.password)
		}
		resp, err := s.HTTPClient().Do(req)
		if err != nil {
			t.Fatal(err)
		}
		_ = resp.Body.Close()
		if got := resp.Header.Get("X-RateLimit-Limit"); got != c.limit {
			t.Errorf("%s: limit %q, want %q (%s)", c.name, got, c.limit, resp.Status)
		}
	}
}

// A session runs one transaction at a time; with ten waiting, the next is answered 202 and not executed (KB3047080).
func TestACrowdedSession(t *testing.T) {
	s := servicenowtest.NewServer(t)
	me := talk(t, s).integration()
	cookie := ""
	for _, c := range me.get(incidents).Cookies() {
		if c.Name == "JSESSIONID" {
			cookie = c.Name + "=" + c.Value
		}
	}
	release := make(chan bool)
	blocked := make(chan bool, 1)
	s.OnWrite(func(servicenowtest.Write) { blocked <- true; <-release })
	statuses := make(chan int, 20)
	var wg sync.WaitGroup
	post := func() {
		wg.Go(func() {
			r, err := me.try("POST", incidents, `{"short_description":"x"}`, "Cookie", cookie)
			if err != nil {
				t.Error(err)
				return
			}
			statuses <- r.StatusCode
		})
	}
	post()
	<-blocked
	for range 12 {
		post()
	}
	for range 2 {
		if got := <-statuses; got != http.StatusAccepted {
			t.Errorf("status %d while ten wait, want 202", got)
		}
	}
	go func() {
		for range 10 {
			<-blocked
		}
	}()
	close(release)
	wg.Wait()
	close(statuses)
	created := 0
	for status := range statuses {
		if status == 201 {
			created++
		}
	}
	if rows := s.Rows("incident", ""); created != 11 || len(rows) != 11 {
		t.Errorf("%d created, %d rows: a 202 must not execute", created, len(rows))
	}
}

// API_INT: four threads and a queue; what finds the queue full gets a bare 429.
func TestTheIntegrationPool(t *testing.T) {
	s := servicenowtest.NewServer(t, servicenowtest.WithIntegrationPool(2, 3))
	me := talk(t, s).integration()
	release := make(chan bool)
	s.OnWrite(func(servicenowtest.Write) { <-release })
	answers := make(chan reply, 10)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			r, err := me.try("POST", incidents, `{}`)
			if err != nil {
				t.Error(err)
				return
			}
			answers <- r
		})
	}
	for range 3 {
		r := <-answers
		if r.StatusCode != 429 || r.Header.Get("Retry-After") != "" || r.body != "" {
			t.Errorf("%d %v %q", r.StatusCode, r.Header.Get("Retry-After"), r.body)
		}
	}
	close(release)
	wg.Wait()
	if n := len(s.Rows("incident", "")); n != 5 {
		t.Errorf("%d rows, want 5", n)
	}
}
