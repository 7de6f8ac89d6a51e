package servicenowtest_test

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/seed-a66f7fd3/servicenow/servicenowtest"
)

// receiver collects what rules send.
type receiver struct {
	*httptest.Server
	mu   sync.Mutex
	body []string
}

func newReceiver(t *testing.T) *receiver {
	r := &receiver{}
	r.Server = httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		b, _ := io.ReadAll(req.Body)
		r.mu.Lock()
		r.body = append(r.body, string(b))
		r.mu.Unlock()
	}))
	t.Cleanup(r.Close)
	return r
}

func settle(t *testing.T, s *servicenowtest.Server) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	if err := s.Settle(ctx); err != nil {
		t.Fatal(err)
	}
}

// rulePayload is the body of a POST to sys_script.
func rulePayload(collection, script string, kv ...string) string {
	m := map[string]string{"name": "Acme: webhook", "collection": collection, "when": "after", "order": "950",
		"active": "true", "advanced": "true", "action_insert": "true", "action_update": "true", "script": script}
	for i := 0; i+1 < len(kv); i += 2 {
		m[kv[i]] = kv[i+1]
	}
	b, _ := json.Marshal(m)
	return string(b)
}

const hook = `(function executeRule(current, previous) {
	var m = new sn_ws.RESTMessageV2();
	m.setHttpMethod('POST');
	m.setEndpoint(gs.getProperty('x_acme.callback_url'));
	m.setRequestBody(JSON.stringify({ number: '' + current.number, op: '' + current.operation() }));
	m.executeAsync();
})(current, previous);`

// The whole way: a rule and a property are created over REST, a person works, the receiver is called.
func TestAWebhookInstalledOverREST(t *testing.T) {
	r := newReceiver(t)
	s := servicenowtest.NewServer(t, servicenowtest.WithOutbound(r.Client()))
	admin := talk(t, s).admin()
	for path, body := range map[string]string{
		"sys_properties": `{"name":"x_acme.callback_url","value":"` + r.URL + `/sn"}`,
		"sys_script":     rulePayload("task", hook),
	} {
		if got := admin.do("POST", "/api/now/v2/table/"+path, body); got.StatusCode != 201 {
			t.Fatalf("%s: %d %s", path, got.StatusCode, got.body)
		}
	}
	id, err := s.As(servicenowtest.IntegrationUser).Insert("incident", map[string]string{"short_description": "x"})
	if err != nil {
		t.Fatal(err)
	}
	if got := talk(t, s).integration().do("PATCH", incidents+"/"+id, `{"state":"2"}`); got.StatusCode != 200 {
		t.Fatalf("%d %s", got.StatusCode, got.body)
	}
	settle(t, s)
	number := s.Row("incident", id)["number"]
	r.mu.Lock()
	defer r.mu.Unlock()
	slices.Sort(r.body)
	want := []string{`{"number":"` + number + `","op":"insert"}`, `{"number":"` + number + `","op":"update"}`}
	if !slices.Equal(r.body, want) {
		t.Errorf("received %v", r.body)
	}
	d := s.Deliveries()
	if len(d) != 2 || d[0].Status != 200 || !d[0].Async || d[0].Rule != "Acme: webhook" || d[0].URL != r.URL+"/sn" {
		t.Errorf("deliveries: %+v", d)
	}
	if n := s.PropertyFlushes(); n != 1 {
		t.Errorf("%d cache flushes", n)
	}
}

func TestAnAbortingRuleIsA403(t *testing.T) {
	s := servicenowtest.NewServer(t)
	admin := talk(t, s).admin()
	rule := rulePayload("incident", "current.setAbortAction(true);", "when", "before", "name", "Guard")
	if got := admin.do("POST", "/api/now/v2/table/sys_script", rule); got.StatusCode != 201 {
		t.Fatalf("%d %s", got.StatusCode, got.body)
	}
	got := admin.do("POST", incidents, "{}")
	message, detail := got.errorOf(t)
	if got.StatusCode != 403 || message != "Operation Failed" ||
		!strings.HasPrefix(detail.(string), "Operation against file 'incident' was aborted by Business Rule 'Guard^") {
		t.Errorf("%d %v %v", got.StatusCode, message, detail)
	}
}

// The switch for after rules of one scope on a table of another.
func TestForeignScopeRules(t *testing.T) {
	for _, c := range []struct {
		what   servicenowtest.ForeignScopeRules
		status int
		when   string
		fires  bool
	}{
		{servicenowtest.ForeignRulesRun, 201, "after", true}, {servicenowtest.ForeignRulesRefused, 403, "", false},
		{servicenowtest.ForeignRulesAltered, 201, "async", true}, {servicenowtest.ForeignRulesSilent, 201, "after", false},
	} {
		s := servicenowtest.NewServer(t, servicenowtest.WithSwitches(servicenowtest.Switches{ForeignScopeRules: c.what}))
		got := talk(t, s).admin().do("POST", "/api/now/v2/table/sys_script",
			rulePayload("sn_customerservice_case", "gs.info('fired');"))
		if got.StatusCode != c.status {
			t.Errorf("%v: %d %s", c.what, got.StatusCode, got.body)
			continue
		}
		if c.status == 201 && got.json(t)["result"].(map[string]any)["when"] != c.when {
			t.Errorf("%v: stored %s", c.what, got.body)
		}
		if _, err := s.As(servicenowtest.IntegrationUser).Insert("sn_customerservice_case", nil); err != nil {
			t.Fatal(err)
		}
		settle(t, s)
		if fired := len(s.Rows("syslog", "message=fired")) > 0; fired != c.fires {
			t.Errorf("%v: fired %v", c.what, fired)
		}
	}
}

// "For tables that are in a different scope than the business rule record, the types of rules are limited."
// https://www.servicenow.com/docs/r/api-reference/business-rules-classic/c_BusinessRules.html
func TestWhatAScopeMayNotDoToAnothersTable(t *testing.T) {
	s := servicenowtest.NewServer(t, servicenowtest.WithSwitches(servicenowtest.Switches{
		ForeignScopeRules: servicenowtest.ForeignRulesRefused}))
	admin := talk(t, s).admin()
	const kase, cs = "sn_customerservice_case", "sn_customerservice"
	for _, c := range []struct {
		name, table string
		columns     []string
		status      int
	}{
		{"after", kase, nil, 403},
		{"async with a script", kase, []string{"when", "async"}, 201},
		{"async, as older releases call it", kase, []string{"when", "async_deprecated"}, 201},
		{"before with a script", kase, []string{"when", "before"}, 403},
		{"before with field values", kase, []string{"when", "before", "advanced", "false", "template", "priority=1"}, 201},
		{"before that aborts", kase, []string{"when", "before", "advanced", "false", "abort_action", "true"}, 403},
		{"query", kase, []string{"when", "async", "action_query", "true"}, 403},
		{"display", kase, []string{"when", "display"}, 403},
		{"after, in the table's own scope", kase, []string{"sys_scope", cs}, 201},
		{"after, on a global table", "incident", nil, 201},
		{"after, from a scope on a global table", "incident", []string{"sys_scope", "x_acme"}, 403},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := admin.do("POST", "/api/now/v2/table/sys_script", rulePayload(c.table, "", c.columns...))
			if got.StatusCode != c.status {
				t.Errorf("%d, want %d: %s", got.StatusCode, c.status, got.body)
			}
		})
	}
}

// What a query rule hides is gone from lists, counts and statistics, and cannot be read, written or deleted by its id.
func TestQueryRulesHideRows(t *testing.T) {
	s := servicenowtest.NewServer(t)
	ids, err := s.SeedRows("incident", map[string]string{"number": "INC1"}, map[string]string{"number": "INC2"})
	if err != nil {
		t.Fatal(err)
	}
	rule := rulePayload("incident", "if (!gs.hasRole('admin')) { current.addQuery('number', 'INC1'); }", "when", "before",
		"action_insert", "false", "action_update", "false", "action_query", "true")
	if got := talk(t, s).admin().do("POST", "/api/now/v2/table/sys_script", rule); got.StatusCode != 201 {
		t.Fatal(got.body)
	}
	const table = "/api/now/v2/table/incident"
	for _, c := range []struct {
		method, path, body string
		status             int
		has, lacks         string
	}{
		{"GET", table + "?sysparm_fields=number", "", 200, "INC1", "INC2"},
		{"GET", table + "?sysparm_query=number=INC2", "", 200, `"result":[]`, "INC2"},
		{"GET", table + "/" + ids[0], "", 200, "INC1", "INC2"},
		{"GET", table + "/" + ids[1], "", 404, "No Record found", "INC2"},
		{"PATCH", table + "/" + ids[1], `{"state":"2"}`, 404, "No Record found", "INC2"},
		{"DELETE", table + "/" + ids[1], "", 404, "No Record found", "INC2"},
		{"GET", "/api/now/stats/incident?sysparm_count=true", "", 200, `"count":"1"`, `"2"`},
	} {
		got := talk(t, s).integration().do(c.method, c.path, c.body)
		if got.StatusCode != c.status || !strings.Contains(got.body, c.has) || strings.Contains(got.body, c.lacks) {
			t.Errorf("%s %s: %d %s", c.method, c.path, got.StatusCode, got.body)
		}
	}
	if got := talk(t, s).integration().do("GET", table+"?sysparm_limit=1", ""); got.Header.Get("X-Total-Count") != "1" {
		t.Errorf("X-Total-Count %q", got.Header.Get("X-Total-Count"))
	}
	if got := talk(t, s).admin().do("GET", table+"/"+ids[1], ""); got.StatusCode != 200 {
		t.Errorf("an admin: %d", got.StatusCode)
	}
}

// A property of type password2 is read as cipher text over REST; scripts see the clear text, or do not: a switch.
func TestSecretProperties(t *testing.T) {
	for _, sealed := range []bool{false, true} {
		s := servicenowtest.NewServer(t, servicenowtest.WithSwitches(servicenowtest.Switches{SealedProperties: sealed}))
		admin := talk(t, s).admin()
		if r := admin.do("POST", "/api/now/v2/table/sys_properties",
			`{"name":"x_acme.secret","type":"password2","value":"clear text"}`); r.StatusCode != 201 || strings.Contains(r.body, "clear text") {
			t.Errorf("%d %s", r.StatusCode, r.body)
		}
		if r := admin.get("/api/now/v2/table/sys_properties?sysparm_query=name=x_acme.secret&sysparm_display_value=all"); strings.Contains(r.body, "clear text") {
			t.Errorf("%s", r.body)
		}
		admin.do("POST", "/api/now/v2/table/sys_script", rulePayload("incident", "gs.info('=' + gs.getProperty('x_acme.secret'));"))
		if _, err := s.As(servicenowtest.AdminUser).Insert("incident", nil); err != nil {
			t.Fatal(err)
		}
		if clear := len(s.Rows("syslog", "message==clear text")) == 1; clear == sealed {
			t.Errorf("sealed %v: %v", sealed, s.Rows("syslog", ""))
		}
	}
}

func TestScheduledEventsWaitForTheClock(t *testing.T) {
	script := `var at = new GlideDateTime(); at.addSeconds(600); gs.eventQueueScheduled('acme.later', current, 'a', 'b', at);`
	seed := func(s *servicenowtest.Server) {
		system := s.As("system")
		for table, values := range map[string]map[string]string{
			"sysevent_script_action": {"name": "Later", "event_name": "acme.later", "script": "gs.info('done ' + event.parm1);"},
			"sys_script": {"name": "r", "collection": "incident", "when": "after", "advanced": "true",
				"action_insert": "true", "script": script},
		} {
			if _, err := system.Insert(table, values); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := system.Insert("incident", nil); err != nil {
			t.Fatal(err)
		}
	}
	done := func(s *servicenowtest.Server) bool { return len(s.Rows("syslog", "message=done a")) == 1 }

	t.Run("advanced by hand", func(t *testing.T) {
		clock := servicenowtest.NewClock(start)
		s := servicenowtest.NewServer(t, servicenowtest.WithClock(clock))
		seed(s)
		clock.Advance(599 * time.Second)
		settle(t, s)
		early := done(s)
		clock.Advance(2 * time.Second)
		settle(t, s)
		if early || !done(s) {
			t.Errorf("early %v, done %v", early, done(s))
		}
	})
	t.Run("in a bubble", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			s := servicenowtest.NewServer(t, servicenowtest.WithoutSockets())
			seed(s)
			time.Sleep(599 * time.Second)
			synctest.Wait()
			early := done(s)
			time.Sleep(2 * time.Second)
			synctest.Wait()
			if early || !done(s) {
				t.Errorf("early %v, done %v", early, done(s))
			}
		})
	})
}

func TestClose_dropsWhatIsQueued(t *testing.T) {
	block := make(chan bool)
	stuck := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		select {
		case <-block:
		case <-r.Context().Done():
		}
	}))
	defer stuck.Close()
	defer close(block)
	s, err := servicenowtest.Start(servicenowtest.WithOutbound(stuck.Client()))
	if err != nil {
		t.Fatal(err)
	}
	s.SetProperty("x_acme.callback_url", stuck.URL)
	if _, err := s.As("system").Insert("sys_script", map[string]string{"collection": "incident", "when": "after",
		"advanced": "true", "action_insert": "true", "script": hook}); err != nil {
		t.Fatal(err)
	}
	for range 20 {
		if _, err := s.As("system").Insert("incident", nil); err != nil {
			t.Fatal(err)
		}
	}
	s.Close() // returns, and goleak finds nothing left
}
