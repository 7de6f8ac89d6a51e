package servicenowtest_test

import (
	"crypto/x509"
	"net/http"
	"net/url"
	"reflect"
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

// Every row of every table that a fresh instance holds is the same, ids included.
func TestTheSameSeedGivesTheSameRows(t *testing.T) {
	clock := func() servicenowtest.Option {
		return servicenowtest.WithClock(servicenowtest.NewClock(time.Date(2026, 3, 4, 10, 0, 0, 0, time.UTC)))
	}
	small := servicenowtest.WithSampleData(servicenowtest.SampleData{Cases: 20, Incidents: 20, Contacts: 10})
	a := servicenowtest.NewServer(t, clock(), small)
	for range 3 { // a map's order is another each time
		b := servicenowtest.NewServer(t, clock(), small)
		for _, table := range []string{"sys_properties", "sys_user", "sys_user_role", "sys_user_has_role", "task",
			"sys_journal_field", "kb_knowledge", "sys_rate_limit_rules", "sys_filter_option_dynamic", "sys_choice",
			"sys_dictionary", "sys_attachment"} {
			if x, y := a.Rows(table, ""), b.Rows(table, ""); len(x) == 0 || !reflect.DeepEqual(x, y) {
				t.Fatalf("%s: %d and %d rows, which differ", table, len(x), len(y))
			}
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
