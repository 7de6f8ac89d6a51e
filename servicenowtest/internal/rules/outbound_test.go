package rules

import (
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/seed-a66f7fd3/servicenow/servicenowtest/internal/db"
)

const post = `var m = new sn_ws.RESTMessageV2();
m.setHttpMethod('post');
m.setEndpoint(gs.getProperty('acme.url'));
m.setRequestHeader('X-Test', 'yes');
m.setRequestBody('{"number":"' + current.number + '"}');
`

// "after" with execute() makes the writer wait; with executeAsync() it does not.
func TestExecuteIsFeltByTheWriter(t *testing.T) {
	for _, c := range []struct {
		call  string
		waits bool
	}{{"m.execute();", true}, {"m.executeAsync();", false}} {
		b := newBench(t)
		b.hold, b.came = make(chan bool), make(chan bool, 1)
		b.rule("incident", post+c.call)
		written := make(chan error, 1)
		go func() {
			_, err := b.db.Insert(b.user, "incident", map[string]string{"short_description": "x"})
			written <- err
		}()
		<-b.came
		if !c.waits {
			written <- <-written // returns while the receiver still holds the request
		}
		select {
		case err := <-written:
			if c.waits || err != nil {
				t.Errorf("%s: the writer did not wait: %v", c.call, err)
			}
			close(b.hold)
		default:
			close(b.hold)
			if err := <-written; err != nil {
				t.Error(err)
			}
		}
		b.settle()
		if got := b.received(); len(got) != 1 || got[0].header.Get("X-Test") != "yes" {
			t.Errorf("%s: received %v; log %s", c.call, got, b.logged())
		}
	}
}

func TestResponseOfExecute(t *testing.T) {
	for _, c := range []struct{ expression, want string }{
		{"r.getStatusCode()", "201"},
		{"typeof r.getStatusCode()", "number"},
		{"r.getBody()", "taken"},
		{"r.haveError()", "false"},
		{"r.getErrorMessage() == ''", "true"},
		{"r.getHeader('Content-Type')", "text/plain; charset=utf-8"},
		{"m.getRequestHeader('x-test')", "yes"},
		{"m.getRequestBody().length > 5", "true"},
		{"m.getEndpoint() == gs.getProperty('acme.url')", "true"},
	} {
		b := newBench(t)
		b.code = 201
		b.rule("incident", post+"var r = m.execute(); gs.info('=' + ("+c.expression+"));")
		b.insert(b.user, "incident", "short_description", "x")
		if got := b.logged(); got != "="+c.want {
			t.Errorf("%s: %q, want %q", c.expression, got, c.want)
		}
	}
}

func TestExecuteThrowsWhereNoAnswerComes(t *testing.T) {
	for _, c := range []struct{ name, change, want string }{
		{"no scheme", "m.setEndpoint('nowhere');", "Invalid uri"},
		{"refused", "m.setEndpoint('https://127.0.0.1:1/');", "connection refused"},
		{"too slow", "m.setHttpTimeout(20);", "deadline exceeded"},
	} {
		b := newBench(t)
		b.slow = 100 * time.Millisecond
		b.rule("incident", post+c.change+"try { m.execute(); } catch (e) { gs.info('=' + e.getMessage()); }")
		b.insert(b.user, "incident", "short_description", "x")
		if got := b.logged(); !strings.HasPrefix(got, "=") || !strings.Contains(got, c.want) {
			t.Errorf("%s: %q", c.name, got)
		}
	}
}

func TestWithoutAClientNothingLeaves(t *testing.T) {
	var mu sync.Mutex
	var told []Delivery
	b := newBench(t, func(c *Config) {
		c.Client = nil
		c.Delivered = func(d Delivery) { mu.Lock(); told = append(told, d); mu.Unlock() }
	})
	b.rule("incident", post+"m.executeAsync();", "name", "Sender")
	b.insert(b.user, "incident", "short_description", "x")
	b.settle()
	if len(told) != 1 || told[0].Status != 0 || !strings.Contains(told[0].Err, "WithOutbound") || told[0].Rule != "Sender" {
		t.Errorf("deliveries: %+v", told)
	}
}

// Queued requests are rows of ecc_queue, and every request is a row of sys_outbound_http_log: host and path, no body.
func TestOutboundIsLogged(t *testing.T) {
	b := newBench(t)
	b.rule("incident", post+"m.setQueryParameter('key', 'secret'); m.executeAsync();")
	b.insert(b.user, "incident", "short_description", "x")
	b.settle()
	queue, log := b.db.All("ecc_queue"), b.db.All("sys_outbound_http_log")
	if len(queue) != 1 || queue[0].Get("state") != "processed" {
		t.Errorf("queue: %v", queue)
	}
	if len(log) != 1 || log[0].Get("response_status") != "200" || !strings.HasSuffix(log[0].Get("url"), "/hook") {
		t.Errorf("log: %v", log)
	}
}

func TestVariableSubstitution(t *testing.T) {
	for _, c := range []struct{ script, want string }{
		{"m.setRequestBody('a${b}c');", "ac"},
		{"m.setRequestBody('a${b}c'); m.setStringParameter('b', 'X');", "aXc"},
		{"m.setRequestBody('cut here ${');", "cut here "},
		{"m.setRequestBody('a${b}c'); m.disableForcedVariableSubstitution();", "a${b}c"},
		{"m.setRequestBody('$5 {x}');", "$5 {x}"},
	} {
		b := newBench(t)
		b.rule("incident", post+c.script+"m.execute();")
		b.insert(b.user, "incident", "short_description", "x")
		if got := b.received(); len(got) != 1 || got[0].body != c.want {
			t.Errorf("%s: %v; %s", c.script, got, b.logged())
		}
	}
}

// An async rule runs in the scheduler, sees the record as it is then, and has no previous.
func TestAsyncRulesRunLaterWithoutPrevious(t *testing.T) {
	b := newBench(t)
	b.rule("incident", "gs.info('async ' + previous + ' ' + current.urgency + ' ' + current.state.changes() + ' ' + gs.getUserName());",
		"when", "async", "filter_condition", "stateCHANGESTO2^EQ")
	row := b.insert(b.user, "incident", "short_description", "x", "urgency", "3")
	tx := b.Begin(b.user)
	if _, err := b.db.Update(tx.Session(), "incident", row.SysID(), map[string]string{"state": "2"}); err != nil {
		t.Fatal(err)
	}
	if _, err := b.db.Update(tx.Session(), "incident", row.SysID(), map[string]string{"urgency": "1"}); err != nil {
		t.Fatal(err)
	}
	if b.logged() != "" {
		t.Error("it ran inside the transaction")
	}
	tx.End()
	b.settle()
	if got := b.logged(); got != "async null 1 false abel" {
		t.Errorf("log: %q", got)
	}
}

func TestEventsReachScriptActions(t *testing.T) {
	b := newBench(t)
	b.insert(db.Session{}, "sysevent_script_action", "name", "Send", "event_name", "acme.event", "script",
		"gs.info(event.name + ' ' + event.parm1 + ' ' + event.parm2 + ' ' + current.number + ' ' + gs.getUserName());")
	b.rule("incident", "gs.eventQueue('acme.event', current, 'one', 'two');")
	row := b.insert(b.user, "incident", "short_description", "x")
	b.settle()
	if got, want := b.logged(), "acme.event one two "+row.Get("number")+" abel"; got != want {
		t.Errorf("log %q, want %q", got, want)
	}
	if e := b.db.All("sysevent"); len(e) != 1 || e[0].Get("state") != "processed" {
		t.Errorf("events: %v", e)
	}
}

func TestAThrowingScriptActionMarksItsEvent(t *testing.T) {
	b := newBench(t)
	b.insert(db.Session{}, "sysevent_script_action", "name", "Send", "event_name", "acme.event", "script", "nonsense();")
	b.rule("incident", "gs.eventQueue('acme.event', current);")
	b.insert(b.user, "incident", "short_description", "x")
	b.settle()
	if e := b.db.All("sysevent"); len(e) != 1 || e[0].Get("state") != "error" || !strings.Contains(b.logged(), "Send") {
		t.Errorf("events: %v, log %s", e, b.logged())
	}
}

func TestLongEventNamesAreCutSilently(t *testing.T) {
	b := newBench(t)
	name := strings.Repeat("n", 45)
	b.rule("incident", "gs.eventQueue('"+name+"', current);")
	b.insert(b.user, "incident", "short_description", "x")
	if e := b.db.All("sysevent"); len(e) != 1 || e[0].Get("name") != name[:40] {
		t.Errorf("events: %v", e)
	}
}

func TestGlideRecordQueriesAndWrites(t *testing.T) {
	for _, c := range []struct{ script, want string }{
		{"var g = new GlideRecord('incident'); g.addQuery('severity', '1'); g.query(); g.getRowCount()", "2"},
		{"var g = new GlideRecord('incident'); g.addQuery('short_description', 'CONTAINS', 'net'); g.query(); g.getRowCount()", "1"},
		{"var g = new GlideRecord('incident'); g.addQuery('short_description', 'net').addOrCondition('short_description', 'mail'); g.query(); g.getRowCount()", "2"},
		{"var g = new GlideRecord('incident'); g.addEncodedQuery('severity=1^short_description=net'); g.query(); g.next() + ' ' + g.short_description", "true net"},
		{"var g = new GlideRecord('incident'); g.orderByDesc('short_description'); g.setLimit(1); g.query(); g.next(); '' + g.short_description", "print"},
		{"var g = new GlideRecord('incident'); g.addNullQuery('close_notes'); g.query(); g.getRowCount() > 2", "true"},
		{"var g = new GlideRecord('incident'); g.get('short_description', 'mail') + ' ' + g.getValue('severity')", "true 1"},
		{"var g = new GlideRecord('incident'); g.get('nope')", "false"},
		{"var g = new GlideRecord('problem'); g.initialize(); g.short_description = 'made'; var id = g.insert(); g.get(id) + ' ' + g.short_description", "true made"},
		{"var g = new GlideRecord('incident'); g.get('short_description', 'mail'); g.urgency = 1; g.update(); var h = new GlideRecord('incident'); h.get('short_description', 'mail'); '' + h.urgency", "1"},
		{"var g = new GlideRecord('incident'); g.get('short_description', 'mail'); g.deleteRecord() + ' ' + new GlideRecord('incident').get('short_description', 'mail')", "true false"},
		{"var g = new GlideRecord('incident'); g.addQuery('severity', '1'); g.deleteMultiple(); var h = new GlideRecord('incident'); h.addQuery('severity', 1); h.query(); h.hasNext()", "false"},
		{"new GlideRecord('no_such_table').isValid()", "false"},
		{"var g = new GlideRecord('incident'); g.get('short_description', 'mail'); g.setDisplayValue('state', 'On Hold'); '' + g.state", "3"},
		{"var n = 0; for (var k in current) { n = n + 1; } n > 60", "true"},
		{"var g = new GlideRecord('incident'); g.setNewGuidValue('0123456789abcdef0123456789abcdef'); g.short_description = 'id'; g.insert()", "0123456789abcdef0123456789abcdef"},
	} {
		t.Run(c.script, func(t *testing.T) {
			b := newBench(t)
			for text, severity := range map[string]string{"net": "1", "mail": "1", "print": "3"} {
				b.insert(b.user, "incident", "short_description", text, "severity", severity)
			}
			b.rule("problem", "gs.info('=' + eval("+quote(c.script)+"));", "filter_condition", "short_description=go^EQ")
			b.insert(b.user, "problem", "short_description", "go")
			if got := b.logged(); got != "="+c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func quote(s string) string { return `"` + strings.ReplaceAll(s, `"`, `\"`) + `"` }

func TestSetPropertyWritesTheTable(t *testing.T) {
	b := newBench(t)
	b.rule("incident", "gs.setProperty('acme.flag', 'on', 'why'); gs.info(gs.getProperty('acme.flag'));")
	b.insert(b.user, "incident", "short_description", "x")
	b.insert(b.user, "incident", "short_description", "y")
	if rows := b.db.Find("sys_properties", "name", "acme.flag"); len(rows) != 1 || b.logged() != "on\non" {
		t.Errorf("%d rows, log %q", len(rows), b.logged())
	}
}
