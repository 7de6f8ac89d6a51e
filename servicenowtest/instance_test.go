package servicenowtest_test

import (
	"context"
	"crypto/x509"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/seed-a66f7fd3/servicenow/servicenowtest"
)

func TestAClientReachesItsOwnInstanceOnly(t *testing.T) {
	acme := servicenowtest.NewServer(t)
	globex := servicenowtest.NewServer(t, servicenowtest.WithInstanceName("globex"))
	if got := globex.Instance().Origin(); got != "https://globex.service-now.com" {
		t.Errorf("instance %s", got)
	}
	client := acme.HTTPClient()
	for _, host := range []string{"https://globex.service-now.com/", "https://example.com/", "https://" + globex.Addr() + "/"} {
		if resp, err := client.Get(host); err == nil {
			_ = resp.Body.Close()
			t.Errorf("%s was reached", host)
		}
	}
}

func TestAClientTrustsItsOwnServerOnly(t *testing.T) {
	one, other := servicenowtest.NewServer(t), servicenowtest.NewServer(t)
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(other.CertPEM())
	transport := one.Transport()
	transport.TLSClientConfig.RootCAs = pool
	if resp, err := (&http.Client{Transport: transport}).Get(one.Instance().Origin()); err == nil {
		_ = resp.Body.Close()
		t.Error("a certificate of another server was trusted")
	}
}

func TestAForeignHostIsMisdirected(t *testing.T) {
	s := servicenowtest.NewServer(t)
	req, err := http.NewRequest(http.MethodGet, "https://"+s.Addr()+"/", nil)
	if err != nil {
		t.Fatal(err)
	}
	for host, want := range map[string]int{"evil.example": 421, "acme.service-now.com": 200, "": 200} {
		req.Host = host
		resp, err := s.HTTPClient().Do(req)
		if err != nil {
			t.Fatal(err)
		}
		_ = resp.Body.Close()
		if resp.StatusCode != want {
			t.Errorf("%q: %d", host, resp.StatusCode)
		}
	}
}

func TestTheSameSeedGivesTheSameInstance(t *testing.T) {
	look := func(seed uint64) string {
		s := servicenowtest.NewServer(t, servicenowtest.WithSeed(seed), servicenowtest.WithOAuthClient(app),
			servicenowtest.WithClock(servicenowtest.NewClock(start)))
		api := talk(t, s)
		token := api.connect()["access_token"].(string)
		return token + api.bearer(token).do("POST", incidents, `{"short_description":"x"}`).body
	}
	if one, two := look(7), look(7); one != two {
		t.Errorf("%s\n%s", one, two)
	}
	if look(7) == look(8) {
		t.Error("another seed gave the same")
	}
}

func TestABadInstanceNameIsRefused(t *testing.T) {
	if s, err := servicenowtest.Start(servicenowtest.WithInstanceName("https://example.com")); err == nil {
		s.Close()
		t.Error("it started")
	}
}

func TestCloseTwice(t *testing.T) {
	s, err := servicenowtest.Start(servicenowtest.WithProxy("127.0.0.1:0"))
	if err != nil {
		t.Fatal(err)
	}
	s.Close()
	s.Close()
}

func TestWhatARequestLeavesInTheRecord(t *testing.T) {
	s := servicenowtest.NewServer(t)
	me := talk(t, s).integration()
	me.do("POST", incidents+"?sysparm_fields=number", `{"short_description":"x"}`)
	talk(t, s).get("/oauth_revoke_token.do?token=secret-token")
	got := s.Requests()
	if len(got) != 2 || got[0].Method != "POST" || got[0].Path != incidents || got[0].Status != 201 ||
		got[0].User != servicenowtest.IntegrationUser || got[0].Query.Get("sysparm_fields") != "number" || got[0].Bytes == 0 {
		t.Errorf("requests: %+v", got)
	}
	if got[1].Query.Get("token") != "***" {
		t.Errorf("a token is in the record: %v", got[1].Query)
	}
	writes := s.Writes()
	if len(writes) != 1 || writes[0].Table != "incident" || writes[0].Op != "insert" ||
		writes[0].User != servicenowtest.IntegrationUser || writes[0].Changed["short_description"] != "x" {
		t.Errorf("writes: %+v", writes)
	}
	if n := len(s.RequestsTo("/api/")); n != 1 {
		t.Errorf("%d API requests", n)
	}
	s.ResetRecord()
	if len(s.Requests())+len(s.Writes()) != 0 {
		t.Error("the record is not empty")
	}
}

func TestPeakConcurrency(t *testing.T) {
	s := servicenowtest.NewServer(t)
	me := talk(t, s).integration()
	arrived, release := make(chan bool), make(chan bool)
	s.OnWrite(func(servicenowtest.Write) { arrived <- true; <-release })
	var wg sync.WaitGroup
	for range 3 {
		wg.Go(func() { me.do("POST", incidents, "{}") })
	}
	for range 3 {
		<-arrived
	}
	close(release)
	wg.Wait()
	if got := s.PeakConcurrency(); got != 3 {
		t.Errorf("peak %d", got)
	}
}

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

func TestActors(t *testing.T) {
	s := servicenowtest.NewServer(t)
	me := s.As(servicenowtest.IntegrationUser)
	id, err := me.Insert("incident", map[string]string{"short_description": "x"})
	if err != nil {
		t.Fatal(err)
	}
	attachment, err := me.Attach("incident", id, "log.txt", "text/plain", []byte("hello"))
	if err != nil {
		t.Fatal(err)
	}
	for _, err := range []error{me.Comment("incident", id, "for all"), me.WorkNote("incident", id, "for us"),
		me.Update("incident", id, map[string]string{"state": "2"})} {
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct {
		table, query string
		want         int
	}{
		{"incident", "sys_created_by=integration.user^state=2", 1},
		{"sys_journal_field", "element=comments^value=for all^element_id=" + id, 1},
		{"sys_journal_field", "element=work_notes^element_id=" + id, 1},
		{"sys_attachment", "file_name=log.txt^table_sys_id=" + id, 1},
	} {
		if got := s.Rows(c.table, c.query); len(got) != c.want {
			t.Errorf("%s %s: %v", c.table, c.query, got)
		}
	}
	if r := talk(t, s).integration().get("/api/now/v1/attachment/" + attachment + "/file"); r.body != "hello" {
		t.Errorf("%d %s", r.StatusCode, r.body)
	}
	if err := me.Delete("incident", id); err != nil || s.Row("incident", id) != nil {
		t.Errorf("delete: %v", err)
	}
}

func TestTheProxy(t *testing.T) {
	s := servicenowtest.NewServer(t, servicenowtest.WithProxy("127.0.0.1:0"))
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(s.CertPEM())
	proxy, err := url.Parse(s.ProxyURL())
	if err != nil {
		t.Fatal(err)
	}
	transport := s.Transport()
	transport.Proxy, transport.DialContext = http.ProxyURL(proxy), nil
	defer transport.CloseIdleConnections()
	me := talk(t, s).integration()
	me.http = &http.Client{Transport: transport}
	if r := me.get(incidents); r.StatusCode != 200 {
		t.Errorf("%d %s", r.StatusCode, r.body)
	}
	if resp, err := me.http.Get("https://globex.service-now.com/"); err == nil {
		_ = resp.Body.Close()
		t.Error("the proxy reached another host")
	}
}

// A server without sockets lives in a bubble: a token's 1800 seconds and an event scheduled for tomorrow take no time.
func TestInABubble(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := servicenowtest.NewServer(t, servicenowtest.WithoutSockets(), servicenowtest.WithOAuthClient(app))
		api := talk(t, s)
		me := api.bearer(api.connect()["access_token"].(string))
		if r := me.get(incidents); r.StatusCode != 200 {
			t.Fatalf("%d %s", r.StatusCode, r.body)
		}
		time.Sleep(1801 * time.Second)
		if r := me.get(incidents); r.StatusCode != 401 {
			t.Errorf("after 1801 s: %d", r.StatusCode)
		}
	})
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
