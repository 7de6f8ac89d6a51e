package provision_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/seed-a66f7fd3/servicenow/provision"
	"github.com/seed-a66f7fd3/servicenow/servicenowtest"
	"github.com/seed-a66f7fd3/servicenow/webhook"
)

// seen is what the receiver observed.
func (b *bench) seen(_ context.Context, since time.Time) ([]webhook.Delivery, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	var out []webhook.Delivery
	for _, d := range b.deliveries {
		if !d.At.Before(since) {
			out = append(out, d)
		}
	}
	return out, nil
}

// planted is one thing that went wrong, and the check that must name it.
type planted struct {
	name  string
	opts  []servicenowtest.Option
	plant func(b *bench, spec *provision.Spec, d *provision.Doctor)
	check string
	says  string
}

func editRule(column, value string) func(*bench, *provision.Spec, *provision.Doctor) {
	return func(b *bench, _ *provision.Spec, _ *provision.Doctor) {
		b.must("", b.instance.As("admin").Update("sys_script", b.rules("")[0]["sys_id"], map[string]string{column: value}))
	}
}

func (b *bench) propertyID(name string) string {
	return b.instance.Rows("sys_properties", "name="+name)[0]["sys_id"]
}

func editProperty(name, column, value string) func(*bench, *provision.Spec, *provision.Doctor) {
	return func(b *bench, _ *provision.Spec, _ *provision.Doctor) {
		b.must("", b.instance.As("admin").Update("sys_properties", b.propertyID(name), map[string]string{column: value}))
	}
}

// change makes the rule fire, and waits until the instance has sent.
func change(b *bench) {
	b.must(b.instance.As("abel.tuter").Insert("incident", map[string]string{"short_description": "x"}))
	if err := b.instance.Settle(b.t.Context()); err != nil {
		b.t.Fatal(err)
	}
}

var plantings = []planted{
	{name: "rule missing", check: "C1", says: "missing", plant: func(b *bench, _ *provision.Spec, _ *provision.Doctor) {
		b.must("", b.instance.As("admin").Delete("sys_script", b.rules("")[0]["sys_id"]))
	}},
	{name: "rule inactive", check: "C2", says: `active is "false"`, plant: editRule("active", "false")},
	{name: "rule edited", check: "C3", says: "last written by admin", plant: editRule("script", "gs.info('x')")},
	{name: "rule duplicated", check: "C1", says: "2 time", plant: func(b *bench, _ *provision.Spec, _ *provision.Doctor) {
		b.must(b.instance.As("admin").Insert("sys_script", copied(b.rules("")[0])))
	}},
	{name: "wrong order", check: "C2", says: "inactive records", plant: editRule("order", "2000")},
	{name: "wrong table", check: "C2", says: `collection is "problem"`, plant: editRule("collection", "problem")},
	{name: "not after", check: "C2", says: `when is "before"`, plant: editRule("when", "before")},
	{name: "not advanced", check: "C2", says: `advanced is "false"`, plant: editRule("advanced", "false")},
	{name: "wrong condition", check: "C2", says: "filter_condition", plant: editRule("filter_condition", "active=false")},
	{name: "not on update", check: "C2", says: "action_update", plant: editRule("action_update", "false")},
	{name: "aborts", check: "C2", says: "abort_action", plant: editRule("abort_action", "true")},
	{name: "for some roles only", check: "C2", says: "role_conditions", plant: editRule("role_conditions", "itil")},
	{name: "other scope", check: "C2", says: "sys_scope", plant: editRule("sys_scope", "x_other")},
	{name: "cloned instance", check: "C4", says: `instance "production"`, plant: func(b *bench, spec *provision.Spec, _ *provision.Doctor) {
		s := b.settings
		s.Instance = "production"
		other, err := provision.Agent(s)
		if err != nil {
			b.t.Fatal(err)
		}
		editRule("script", other.Rules[0].Script)(b, nil, nil)
	}},
	{name: "property missing", check: "B1", says: "missing", plant: func(b *bench, _ *provision.Spec, _ *provision.Doctor) {
		b.must("", b.instance.As("admin").Delete("sys_properties", b.propertyID("x_acme.callback_url")))
	}},
	{name: "property renamed", check: "B1", says: `renamed to "x_acme.url"`, plant: editProperty("x_acme.callback_url", "name", "x_acme.url")},
	{name: "property blank", check: "B1", says: "blank", plant: editProperty("x_acme.callback_url", "value", "")},
	{name: "property wrong", check: "B1", says: "other.example.com", plant: editProperty("x_acme.callback_url", "value", "https://other.example.com/")},
	{name: "property doubled", check: "B1", says: "2 times", plant: func(b *bench, _ *provision.Spec, _ *provision.Doctor) {
		b.must(b.instance.As("admin").Insert("sys_properties", map[string]string{"name": "x_acme.callback_url", "value": "https://other.example.com/"}))
	}},
	{name: "property not private", check: "B2", says: "not private", plant: editProperty("x_acme.callback_url", "is_private", "false")},
	{name: "secret of another key", check: "B3", says: "the receiver has", plant: func(b *bench, spec *provision.Spec, _ *provision.Doctor) {
		b.settings.Secret = webhook.NewKey()
		*spec = b.spec(provision.Agent)
	}},
	{name: "secret never written", check: "B3", says: "never written", plant: editProperty("x_acme.webhook_secret", "description", "")},
	{name: "secret mismatch behind an equal id", check: "D1", says: "401", plant: func(b *bench, _ *provision.Spec, _ *provision.Doctor) {
		b.keys = []webhook.Key{webhook.NewKey()} // the receiver refuses what the instance signs
		change(b)
	}},
	{name: "receiver fails", check: "D1", says: "503", plant: func(b *bench, _ *provision.Spec, _ *provision.Doctor) {
		b.fail = fmt.Errorf("database down")
		change(b)
	}},
	{name: "receiver takes the instance for a clone", check: "D1", says: "403", plant: func(b *bench, _ *provision.Spec, _ *provision.Doctor) {
		b.expected = "production"
		change(b)
	}},
	{name: "receiver down", check: "D0", says: "down", plant: func(b *bench, _ *provision.Spec, _ *provision.Doctor) {
		b.receiver.CloseClientConnections()
		_ = b.receiver.Listener.Close()
	}},
	{name: "TLS", check: "D0", says: "certificate", plant: func(_ *bench, _ *provision.Spec, d *provision.Doctor) {
		d.Reach = &http.Client{Transport: &http.Transport{DisableKeepAlives: true}} // trusts public authorities only
	}},
	{name: "receiver slow", check: "D1", says: "slow", plant: func(b *bench, _ *provision.Spec, _ *provision.Doctor) {
		b.delay = 2100 * time.Millisecond
		change(b)
	}},
	{name: "a rule that logs errors", check: "D2", says: "no usable signing key", plant: func(b *bench, _ *provision.Spec, _ *provision.Doctor) {
		editProperty("x_acme.webhook_secret", "value", "")(b, nil, nil)
		change(b)
	}},
	{name: "backlog", check: "D3", says: "wait", plant: func(b *bench, _ *provision.Spec, _ *provision.Doctor) {
		if _, err := b.instance.SeedRows("ecc_queue", map[string]string{"queue": "output", "state": "ready",
			"sys_created_on": time.Now().UTC().Add(-time.Hour).Format(time.DateTime)}); err != nil {
			b.t.Fatal(err)
		}
	}},
	{name: "update set of the user's own", check: "F1", says: "update set", plant: func(b *bench, _ *provision.Spec, _ *provision.Doctor) {
		b.must(b.instance.As("acme.bot").Insert("sys_user_preference", map[string]string{
			"user": b.instance.Rows("sys_user", "user_name=acme.bot")[0]["sys_id"], "name": "sys_update_set", "value": "0123"}))
	}},
	{name: "log off", check: "D4", says: "switched off", plant: func(b *bench, _ *provision.Spec, _ *provision.Doctor) {
		b.instance.SetProperty("glide.outbound_http.db.log", "false")
	}},
	{name: "log that stores signatures", check: "D4", says: "signatures", plant: func(b *bench, _ *provision.Spec, _ *provision.Doctor) {
		b.instance.SetProperty("glide.outbound_http_log.override", "true")
	}},
	{name: "clock", check: "A3", says: "ahead", plant: func(_ *bench, _ *provision.Spec, d *provision.Doctor) {
		d.Now = func() time.Time { return time.Now().Add(-10 * time.Minute) }
	}},
	{name: "token refused", check: "A1", says: "401", plant: func(b *bench, _ *provision.Spec, _ *provision.Doctor) {
		b.instance.Fault(servicenowtest.When{}, servicenowtest.Unauthorized())
	}},
	{name: "rights missing", check: "B1", says: "may not access sys_script", plant: func(b *bench, _ *provision.Spec, d *provision.Doctor) {
		d.Conn = b.as("abel.tuter")
	}},
	{name: "read only", check: "A2", says: "snc_read_only", plant: func(b *bench, _ *provision.Spec, _ *provision.Doctor) {
		b.instance.GrantRoles("acme.bot", "snc_read_only")
	}},
	{name: "legacy rule left", check: "C5", says: "legacy", plant: func(b *bench, spec *provision.Spec, _ *provision.Doctor) {
		spec.Legacy = []provision.Legacy{{Name: "Acme Incident Webhook", Table: "incident"}}
		b.must(b.instance.As("admin").Insert("sys_script", map[string]string{"name": "Acme Incident Webhook", "collection": "incident"}))
	}},
	{name: "changes that nobody told of", check: "E3", says: "5 of 100", plant: func(_ *bench, _ *provision.Spec, d *provision.Doctor) {
		d.Missed = func(context.Context) (int, int, error) { return 5, 100, nil }
	}},
	{name: "a rule that does not fire", check: "E2", says: "nothing reached", plant: func(b *bench, spec *provision.Spec, d *provision.Doctor) {
		b.settings.Watch = []string{"state"} // the canary's description is not watched
		*spec = b.install(provision.Agent)
		d.Canary = &provision.Canary{Table: "incident", SysID: b.canary, Wait: time.Second}
	}},
}

func TestDoctorNamesTheCause(t *testing.T) {
	for _, c := range plantings {
		t.Run(c.name, func(t *testing.T) {
			b := newBench(t, c.opts...)
			b.canary = b.must(b.instance.As("acme.bot").Insert("incident", map[string]string{"short_description": "Acme connection check"}))
			spec := b.install(provision.Agent)
			d := provision.Doctor{Conn: b.as("acme.bot"), Deliveries: b.seen, Reach: b.receiver.Client()}
			c.plant(b, &spec, &d)
			d.Spec = spec
			got, err := d.Examine(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			cause, found := got.Cause()
			if !found || cause.ID != c.check || !strings.Contains(cause.Seen, c.says) || cause.Todo == "" {
				t.Errorf("want %s %q, got:\n%s", c.check, c.says, got)
			}
		})
	}
	if len(plantings) < 20 {
		t.Errorf("%d plantings", len(plantings))
	}
}

func TestDoctorOfAHealthyConnection(t *testing.T) {
	for _, delivery := range []provision.Delivery{provision.Direct, provision.Queued} {
		b := newBench(t)
		b.canary = b.must(b.instance.As("acme.bot").Insert("incident", map[string]string{"short_description": "Acme connection check"}))
		b.settings.Canary, b.settings.Delivery = b.canary, delivery
		spec := b.install(provision.Agent)
		change(b)
		b.instance.ResetRecord()
		d := provision.Doctor{Conn: b.as("acme.bot"), Spec: spec, Deliveries: b.seen, Reach: b.receiver.Client(),
			Canary: &provision.Canary{Table: "incident", SysID: b.canary, Wait: 5 * time.Second}}
		got, err := d.Examine(t.Context())
		if _, bad := got.Cause(); err != nil || bad || !strings.Contains(got.String(), "E2 ping: arrived after") {
			t.Errorf("%v\n%s", err, got)
		}
		if w := b.writesTo(); len(w) != 1 || w["incident"] != 1 {
			t.Errorf("the doctor wrote %v", w)
		}
		b.next()
		if e, ok := b.next().(*webhook.Ping); !ok || e.SysID != b.canary {
			t.Errorf("the canary's event is %+v", e)
		}
		asJSON, err := json.Marshal(got)
		if err != nil || !strings.Contains(string(asJSON), `"id":"A1","result":"ok"`) {
			t.Errorf("%s %v", asJSON, err)
		}
	}
}

// A doctor without the host's help says what it does not know.
func TestDoctorWithoutTheHostsHelp(t *testing.T) {
	b := newBench(t)
	d := provision.Doctor{Conn: b.as("acme.bot"), Spec: b.install(provision.Agent)}
	got, err := d.Examine(t.Context())
	if err != nil || !got.Healthy() || !strings.Contains(got.String(), "unknown E1") {
		t.Errorf("%v\n%s", err, got)
	}
}

// On some instances a rule may be stored on a table of another scope, look right, and never fire. Only a ping tells,
// and the same script on task is the way out.
func TestASilentCaseRuleIsFoundAndMoved(t *testing.T) {
	b := newBench(t, servicenowtest.WithSwitches(servicenowtest.Switches{ForeignScopeRules: servicenowtest.ForeignRulesSilent}))
	id := b.must(b.instance.As("acme.bot").Insert("sn_customerservice_case", map[string]string{"short_description": "Acme connection check"}))
	d := provision.Doctor{Conn: b.as("acme.bot"), Deliveries: b.seen, Spec: b.install(provision.Helpdesk),
		Canary: &provision.Canary{Table: "sn_customerservice_case", SysID: id, Wait: time.Second}}
	got, err := d.Examine(t.Context())
	if cause, _ := got.Cause(); err != nil || cause.ID != "E2" || !strings.Contains(cause.Todo, "CaseOnTask") {
		t.Fatalf("%v\n%s", err, got)
	}
	b.settings.CaseOnTask = true
	d.Spec = b.install(provision.Helpdesk)
	if got, err = d.Examine(t.Context()); err != nil || !got.Healthy() || len(b.rules("")) != 3 {
		t.Errorf("%v\n%s", err, got)
	}
}
