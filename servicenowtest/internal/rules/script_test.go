package rules

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"os"
	"strings"
	"testing"
)

// signed is a bench with the task rule of the reference, its properties set.
func signed(t *testing.T, change ...func(*Config)) *bench {
	t.Helper()
	script, err := os.ReadFile("testdata/task.js")
	if err != nil {
		t.Fatal(err)
	}
	b := newBench(t, change...)
	url := b.Engine.property("acme.url").(string)
	b.property("instance_name", "acmeprod")
	b.property("x_acme.callback_url", url)
	b.property("x_acme.webhook_secret", "whsec_"+base64.StdEncoding.EncodeToString([]byte("a key of at least 24 bytes")))
	b.rule("task", string(script), "order", "950")
	return b
}

func verify(t *testing.T, r received) map[string]any {
	t.Helper()
	mac := hmac.New(sha256.New, []byte("a key of at least 24 bytes"))
	mac.Write([]byte(r.header.Get("webhook-id") + "." + r.header.Get("webhook-timestamp") + "." + r.body))
	want := "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil))
	if got := r.header.Get("webhook-signature"); got != want {
		t.Fatalf("signature %q, want %q", got, want)
	}
	var e map[string]any
	if err := json.Unmarshal([]byte(r.body), &e); err != nil {
		t.Fatal(err)
	}
	return e
}

// The complete rule of a signed webhook, as a product installs it, under both readings of what getters return.
func TestSignedTaskWebhook(t *testing.T) {
	for _, javaStrings := range []bool{false, true} {
		b := signed(t, func(c *Config) { c.JavaStrings = javaStrings })
		row := b.insert(b.user, "incident", "short_description", "Größe $5")
		b.settle()
		b.update(row, "state", "2", "urgency", "1")
		b.settle()
		got := b.received()
		if len(got) != 2 {
			t.Fatalf("javaStrings %v: %d deliveries; log: %s", javaStrings, len(got), b.logged())
		}
		e := verify(t, got[1])
		data := e["data"].(map[string]any)
		if e["type"] != "task.updated" || data["table"] != "incident" || data["mod_count"] != "1" ||
			data["actor"] != "abel" || data["sys_id"] != row.SysID() {
			t.Errorf("envelope: %v", e)
		}
		changed, _ := json.Marshal(data["changed"])
		if !strings.Contains(string(changed), `"state"`) || !strings.Contains(string(changed), `"urgency"`) {
			t.Errorf("changed: %s", changed)
		}
		if agent := got[0].header.Get("User-Agent"); agent != "ServiceNow/1.0" {
			t.Errorf("User-Agent %q", agent)
		}
	}
}

func TestBlankURLSwitchesTheRuleOff(t *testing.T) {
	b := signed(t)
	for _, p := range b.db.Find("sys_properties", "name", "x_acme.callback_url") {
		if _, err := b.db.Update(b.user, "sys_properties", p.SysID(), map[string]string{"value": ""}); err != nil {
			t.Fatal(err)
		}
	}
	b.insert(b.user, "incident", "short_description", "x")
	b.settle()
	if n := len(b.received()); n != 0 {
		t.Errorf("%d deliveries", n)
	}
}

func TestMissingKeyIsLoggedOnceAndNothingIsSent(t *testing.T) {
	b := signed(t)
	for _, p := range b.db.Find("sys_properties", "name", "x_acme.webhook_secret") {
		if err := b.db.Delete(b.user, "sys_properties", p.SysID()); err != nil {
			t.Fatal(err)
		}
	}
	b.insert(b.user, "incident", "short_description", "x")
	b.settle()
	if n := len(b.received()); n != 0 || !strings.Contains(b.logged(), "no usable signing key") {
		t.Errorf("%d deliveries; log: %s", n, b.logged())
	}
}

// A rule that calls a Glide method which is not emulated, or that does not exist, must not seem to work.
func TestMissingGlideMethodsThrow(t *testing.T) {
	for _, c := range []struct{ call, want string }{
		{"current.addJoinQuery('task')", "GlideRecord.addJoinQuery is not emulated by servicenowtest"},
		{"current.frobnicate()", `"frobnicate" is not a function`},
		{"current.state.getED()", "GlideElement.getED is not emulated"},
		{"current.state.frobnicate()", `"frobnicate" is not a function`},
		{"gs.calDateDiff('a', 'b')", "GlideSystem.calDateDiff is not emulated"},
		{"new GlideAggregate('incident').addTrend('opened_at', 'Month')", "GlideAggregate.addTrend is not emulated"},
		{"current.addUserQuery('state', 1)", "GlideRecord.addUserQuery is not emulated"},
		{"new GlideRecordSecure('incident')", "'GlideRecordSecure' is not defined"},
		{"gs.frobnicate()", `"frobnicate" is not a function`},
		{"new GlideDateTime().getSpanTime(1)", "GlideDateTime.getSpanTime is not emulated"},
		{"new GlideCertificateEncryption().sign('a', 'b', 'c', 'd', 'e')", "GlideCertificateEncryption.sign is not"},
		{"new sn_ws.RESTMessageV2('Yahoo Finance', 'get')", "REST message records are not emulated"},
		{"new sn_ws.RESTMessageV2().setMIDServer('mid')", "RESTMessageV2.setMIDServer is not emulated"},
		{"new sn_ws.RESTMessageV2().execute().getCookies()", "Invalid uri"},
		{"new GlideEncrypter()", "'GlideEncrypter' is not defined"},
		{"new CertificateEncryption()", "'CertificateEncryption' is not defined"},
		{"current.addQuery('state', 'RESEMBLES', 1)", "operator RESEMBLES is not emulated"},
		{"current.short_description.length.foo", "Cannot access member"},
	} {
		t.Run(c.call, func(t *testing.T) {
			b := newBench(t)
			b.rule("incident", c.call+";")
			row := b.insert(b.user, "incident", "short_description", "x")
			if log := b.logged(); !strings.Contains(log, c.want) {
				t.Errorf("log %q, want %q", log, c.want)
			}
			if _, ok := b.db.Get("incident", row.SysID()); !ok {
				t.Error("the write did not stand")
			}
		})
	}
}

// Newer JavaScript is refused, as the oldest mode refuses it. The refusal is in the log, and the write stands.
func TestOnlyES5Runs(t *testing.T) {
	for _, source := range []string{
		"let a = 1;", "const a = 1;", "(() => 1)();", "`text`;", "class A {}", "var [a] = [1];", "for (var a of []) {}",
		"Object.assign({}, {});", "[1].includes(1);", "[1].find(function () { return true; });", "new Map();",
		"Array.from([]);", "Number.isInteger(1);", "new Promise(function () {});", "function f(a = 1) {}",
	} {
		t.Run(source, func(t *testing.T) {
			b := newBench(t)
			b.rule("incident", source)
			b.insert(b.user, "incident", "short_description", "x")
			if b.logged() == "" {
				t.Error("it ran")
			}
		})
	}
}

func TestConditionsDecideBeforeTheScript(t *testing.T) {
	for _, c := range []struct {
		name  string
		rule  []string
		fires bool
	}{
		{"none", nil, true},
		{"inactive", []string{"active", "false"}, false},
		{"not advanced", []string{"advanced", "false"}, false},
		{"other operation", []string{"action_update", "false"}, false},
		{"condition true", []string{"condition", "current.state == 2"}, true},
		{"condition false", []string{"condition", "current.state == 7"}, false},
		{"condition throws", []string{"condition", "nonsense.x"}, false},
		{"condition on previous", []string{"condition", "previous.state == 1"}, true},
		{"filter holds", []string{"filter_condition", "state=2^EQ"}, true},
		{"filter fails", []string{"filter_condition", "state=7^EQ"}, false},
		{"filter on class", []string{"filter_condition", "sys_class_nameINincident,sc_req_item^EQ"}, true},
		{"filter on another class", []string{"filter_condition", "sys_class_nameINproblem^EQ"}, false},
		{"changes", []string{"filter_condition", "stateVALCHANGES^EQ"}, true},
		{"does not change", []string{"filter_condition", "urgencyVALCHANGES^EQ"}, false},
		{"changes to", []string{"filter_condition", "stateCHANGESTO2^EQ"}, true},
		{"changes to another", []string{"filter_condition", "stateCHANGESTO3^EQ"}, false},
		{"changes from", []string{"filter_condition", "stateCHANGESFROM1^EQ"}, true},
		{"changes from another", []string{"filter_condition", "stateCHANGESFROM2^EQ"}, false},
		{"changes, and holds", []string{"filter_condition", "stateVALCHANGES^active=true^EQ"}, true},
		{"changes, and fails", []string{"filter_condition", "stateVALCHANGES^active=false^EQ"}, false},
		{"one of two changes", []string{"filter_condition", "urgencyVALCHANGES^ORstateVALCHANGES^EQ"}, true},
		{"a comment counts as a change", []string{"filter_condition", "commentsVALCHANGES^EQ"}, true},
		{"new query", []string{"filter_condition", "state=7^NQstate=2^EQ"}, true},
		{"order 1000 on an active record", []string{"order", "1000"}, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := newBench(t)
			row := b.insert(b.user, "incident", "short_description", "x", "state", "1")
			b.rule("incident", "gs.info('fired');", c.rule...)
			b.update(row, "state", "2", "comments", "hello")
			if got := strings.Contains(b.logged(), "fired"); got != c.fires {
				t.Errorf("fired: %v; log: %s", got, b.logged())
			}
		})
	}
}

// "After rules of order 1000 and above run only for active records", so a webhook's rule stays below.
func TestLateAfterRulesDoNotSeeClosedRecords(t *testing.T) {
	b := newBench(t)
	row := b.insert(b.user, "incident", "short_description", "x")
	b.rule("incident", "gs.info('early');", "order", "999")
	b.rule("incident", "gs.info('late');", "order", "1000")
	b.update(row, "active", "false")
	if log := b.logged(); !strings.Contains(log, "early") || strings.Contains(log, "late") {
		t.Errorf("log: %s", log)
	}
}

func TestRulesOfParentTablesRunInOrder(t *testing.T) {
	b := newBench(t)
	b.rule("task", "gs.info('3');", "order", "300")
	b.rule("incident", "gs.info('1');", "order", "100")
	b.rule("global", "gs.info('2');", "order", "200", "filter_condition", "sys_class_name=incident")
	b.rule("problem", "gs.info('never');")
	b.insert(b.user, "incident", "short_description", "x")
	if got := b.logged(); got != "1\n2\n3" {
		t.Errorf("order: %q", got)
	}
}

func TestAJournalEntryFiresItsOwnRule(t *testing.T) {
	b := newBench(t)
	b.rule("sys_journal_field", "gs.info(current.element + '/' + current.name + '/' + current.value);",
		"filter_condition", "element=comments^EQ")
	row := b.insert(b.user, "incident", "short_description", "x")
	b.update(row, "comments", "for all", "work_notes", "for us")
	if got := b.logged(); got != "comments/incident/for all" {
		t.Errorf("log: %q", got)
	}
}

func TestABeforeRuleChangesAndAborts(t *testing.T) {
	b := newBench(t)
	b.rule("incident", "current.urgency = 1; if (current.short_description == 'bad') { current.setAbortAction(true); }",
		"when", "before", "name", "Guard")
	row := b.insert(b.user, "incident", "short_description", "good", "urgency", "3")
	if got := row.Get("urgency"); got != "1" {
		t.Errorf("urgency %q", got)
	}
	_, err := b.db.Insert(b.user, "incident", map[string]string{"short_description": "bad"})
	if err == nil || !strings.HasPrefix(err.Error(), "Operation against file 'incident' was aborted by Business Rule 'Guard^") {
		t.Errorf("error: %v", err)
	}
}

func TestThrowingRulesAreLoggedAndTheWriteStands(t *testing.T) {
	b := newBench(t)
	b.rule("incident", "throw new Error('broken');", "name", "Broken", "order", "1")
	b.rule("incident", "gs.info('next rule');", "order", "2")
	row := b.insert(b.user, "incident", "short_description", "x")
	if _, ok := b.db.Get("incident", row.SysID()); !ok {
		t.Error("the write did not stand")
	}
	if log := b.logged(); !strings.Contains(log, "Broken") || !strings.Contains(log, "next rule") {
		t.Errorf("log: %s", log)
	}
}

func TestSetWorkflowFalseFiresNothing(t *testing.T) {
	b := newBench(t)
	b.rule("problem", "gs.info('fired');")
	b.rule("incident", "var p = new GlideRecord('problem'); p.short_description = 'p'; p.setWorkflow(false); p.insert();")
	b.insert(b.user, "incident", "short_description", "x")
	if len(b.db.All("problem")) != 1 || b.logged() != "" {
		t.Errorf("%d problems, log %q", len(b.db.All("problem")), b.logged())
	}
}

func TestARuleThatUpdatesItsOwnRecordIsStopped(t *testing.T) {
	b := newBench(t)
	b.rule("incident", "current.urgency = current.urgency == 1 ? 2 : 1; current.update();")
	b.insert(b.user, "incident", "short_description", "x")
	if !strings.Contains(b.logged(), "recursive business rule") {
		t.Errorf("log: %s", b.logged())
	}
}

func TestAnEndlessScriptIsCancelled(t *testing.T) {
	for _, script := range []string{"while (true) { }", "for (;;) { try { throw 1; } catch (e) { } }",
		"(function f() { f(); })();"} {
		b := newBench(t, func(c *Config) { c.ScriptLimit = 50e6 })
		b.rule("incident", script)
		b.insert(b.user, "incident", "short_description", "x")
		if b.logged() == "" {
			t.Errorf("%s: nothing logged", script)
		}
	}
}

// Undeclared variables are shared by all rules of a transaction, and by no others.
func TestGlobalsAreSharedWithinATransaction(t *testing.T) {
	b := newBench(t)
	b.rule("incident", "leaked = 'from the first rule';", "order", "1")
	b.rule("incident", "gs.info('' + typeof leaked);", "order", "2")
	b.insert(b.user, "incident", "short_description", "x")
	b.rule("problem", "gs.info('later: ' + typeof leaked);")
	b.insert(b.user, "problem", "short_description", "y")
	if got := b.logged(); got != "string\nlater: undefined" {
		t.Errorf("log: %q", got)
	}
}

// Neither does what a script declared outside of a function, or put in the place of a platform object.
func TestATransactionLeavesNothingBehind(t *testing.T) {
	for _, script := range []string{"var top = 1;", "function top() {}", "top = 1;", "gs = 'mine';", "JSON = null;",
		"GlideRecord = function () {};"} {
		b := newBench(t)
		b.rule("incident", script)
		b.insert(b.user, "incident", "short_description", "x")
		b.rule("problem", "gs.info(typeof top + ' ' + typeof JSON.stringify + ' ' + new GlideRecord('task').isValid());")
		b.insert(b.user, "problem", "short_description", "y")
		if got := b.logged(); got != "undefined function true" {
			t.Errorf("%s: %q", script, got)
		}
	}
}

func TestAScopedRuleKnowsTheScopedClass(t *testing.T) {
	b := newBench(t)
	b.rule("incident", "gs.info(typeof GlideCertificateEncryption + ' ' + typeof CertificateEncryption + ' ' + gs.getCurrentScopeName());",
		"sys_scope", "x_acme")
	b.insert(b.user, "incident", "short_description", "x")
	if got := b.logged(); got != "undefined function x_acme" {
		t.Errorf("log: %q", got)
	}
}
