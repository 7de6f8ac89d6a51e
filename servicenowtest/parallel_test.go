package servicenowtest_test

import (
	"fmt"
	"net/http"
	"strconv"
	"sync"
	"testing"

	"github.com/seed-a66f7fd3/servicenow/servicenowtest"
)

// Many clients write while rules run, queued requests leave and the test itself turns at everything there is to turn:
// no write is lost or doubled, and the race detector has nothing to say.
func TestParallelWritersAndRules(t *testing.T) {
	const writers, each = 4, 6
	outbound := &http.Client{Transport: roundTrip(func(*http.Request) (*http.Response, error) {
		return &http.Response{StatusCode: 200, Body: http.NoBody, Header: http.Header{}}, nil
	})}
	s := servicenowtest.NewServer(t, servicenowtest.WithOutbound(outbound))
	system := s.As("system")
	for _, rule := range []map[string]string{
		{"name": "numbers", "when": "before", "action_insert": "true",
			"script": "current.correlation_display = 'seen ' + current.number;"},
		{"name": "notes", "when": "after", "action_update": "true", "script": "var g = new GlideRecord('problem'); " +
			"g.initialize(); g.short_description = 'of ' + current.number; g.insert();"},
		{"name": "async", "when": "async", "action_update": "true", "script": "gs.info('async ' + current.number);"},
		{"name": "calls", "when": "after", "action_insert": "true",
			"script": "var m = new sn_ws.RESTMessageV2(); m.setEndpoint('https://hooks.example/'); m.executeAsync();"},
		{"name": "query", "when": "before", "action_query": "true", "script": "current.addQuery('active', 'true');"},
	} {
		rule["collection"], rule["advanced"] = "incident", "true"
		if _, err := system.Insert("sys_script", rule); err != nil {
			t.Fatal(err)
		}
	}
	stop := make(chan bool)
	var meddling, writing sync.WaitGroup
	meddling.Go(func() { meddle(t, s, stop) })
	ids := make([]string, writers)
	for w := range writers {
		writing.Go(func() { ids[w] = write(t, s, w, each) })
	}
	writing.Wait()
	close(stop)
	meddling.Wait()
	settle(t, s)
	for w, id := range ids {
		row := s.Row("incident", id)
		if row["sys_mod_count"] != strconv.Itoa(each) || row["correlation_display"] != "seen "+row["number"] {
			t.Errorf("writer %d: %v", w, row)
		}
		if n := len(s.Rows("sys_journal_field", "element_id="+id)); n != each {
			t.Errorf("writer %d: %d comments of %d", w, n, each)
		}
		if n := len(s.Rows("problem", "short_description=of "+row["number"])); n != each {
			t.Errorf("writer %d: an after rule ran %d times of %d", w, n, each)
		}
		if n := len(s.Rows("syslog", "message=async "+row["number"])); n != each {
			t.Errorf("writer %d: an async rule ran %d times of %d", w, n, each)
		}
	}
	if n := len(s.Deliveries()); n != writers {
		t.Errorf("%d deliveries of %d", n, writers)
	}
	if log := s.Rows("syslog", "level=2"); len(log) > 0 {
		t.Errorf("errors were logged: %v", log)
	}
}

// write makes an incident and comments on it, and gives its id.
func write(t *testing.T, s *servicenowtest.Server, w, times int) string {
	me := talk(t, s).admin()
	made := me.do("POST", incidents, fmt.Sprintf(`{"short_description":"writer %d"}`, w))
	if made.StatusCode != 201 {
		t.Errorf("%d %s", made.StatusCode, made.body)
		return ""
	}
	id := made.json(t)["result"].(map[string]any)["sys_id"].(string)
	for i := range times {
		if r := me.do("PATCH", incidents+"/"+id, fmt.Sprintf(`{"comments":"%d"}`, i)); r.StatusCode != 200 {
			t.Errorf("%d %s", r.StatusCode, r.body)
		}
		if r := me.get(incidents + "?sysparm_query=ORDERBYnumber&sysparm_fields=number"); r.StatusCode != 200 {
			t.Errorf("%d %s", r.StatusCode, r.body)
		}
	}
	return id
}

// meddle changes what a test may change while the server runs, in ways that no request of the writers feels.
func meddle(t *testing.T, s *servicenowtest.Server, stop <-chan bool) {
	for i := range 30 {
		select {
		case <-stop:
			return
		default:
		}
		name := "u_table_" + strconv.Itoa(i%5)
		s.AddTable(servicenowtest.Table{Name: name, Columns: []servicenowtest.Column{{Name: "u_text"}}})
		s.AddColumn("incident", servicenowtest.Column{Name: "u_more_" + strconv.Itoa(i%5)})
		s.SetChoices(name, "u_text", servicenowtest.Choice{Value: "1", Label: "One"})
		if _, err := s.SeedRows(name, map[string]string{"u_text": "1"}); err != nil {
			t.Error(err)
			return
		}
		s.AddACL(servicenowtest.ACL{Table: name, Operation: servicenowtest.Read, Deny: true})
		s.AddAccessPolicy(servicenowtest.AccessPolicy{API: "Email API", Roles: []string{"x"}})
		s.Switch(func(w *servicenowtest.Switches) { w.HasMore = !w.HasMore })
		s.Fault(servicenowtest.When{Path: "/nowhere"}, servicenowtest.QueueFull())()
		s.SetProperty("acme.meddled", strconv.Itoa(i))
		s.AddUser(servicenowtest.User{UserName: "user" + strconv.Itoa(i), Roles: []string{"itil"}})
		_, _, _, _ = s.Requests(), s.Writes(), s.Deliveries(), s.TokensGranted()
	}
}
