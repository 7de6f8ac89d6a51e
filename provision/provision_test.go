package provision_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/seed-a66f7fd3/servicenow/auth"
	"github.com/seed-a66f7fd3/servicenow/internal/rest"
	"github.com/seed-a66f7fd3/servicenow/provision"
	"github.com/seed-a66f7fd3/servicenow/servicenowtest"
	"github.com/seed-a66f7fd3/servicenow/webhook"
)

type preset = func(provision.Settings) (provision.Spec, error)

func (b *bench) spec(p preset) provision.Spec {
	b.t.Helper()
	spec, err := p(b.settings)
	if err != nil {
		b.t.Fatal(err)
	}
	return spec
}

func (b *bench) rules(query string) []map[string]string {
	return b.instance.Rows("sys_script", query+"^ORDERBYname")
}

// writesTo counts the writes by table.
func (b *bench) writesTo() map[string]int {
	out := map[string]int{}
	for _, w := range b.instance.Writes() {
		out[w.Table]++
	}
	return out
}

func TestCost(t *testing.T) {
	for name, c := range map[string]struct {
		preset   preset
		delivery provision.Delivery
		first    int
	}{
		"agent":            {provision.Agent, provision.Direct, 8},
		"helpdesk":         {provision.Helpdesk, provision.Direct, 14},
		"agent, queued":    {provision.Agent, provision.Queued, 8},
		"helpdesk, queued": {provision.Helpdesk, provision.Queued, 14},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t)
			b.settings.Delivery = c.delivery
			b.install(c.preset)
			if n := len(b.instance.Requests()); n > c.first {
				t.Errorf("the first run cost %d HTTP calls, promised %d", n, c.first)
			}
			if n := b.instance.PropertyFlushes(); n > 3 {
				t.Errorf("the first run wrote properties %d times", n)
			}

			b.instance.ResetRecord()
			b.install(c.preset)
			if n := len(b.instance.Requests()); n != 1 || len(b.instance.Writes()) != 0 {
				t.Errorf("a run with nothing to do cost %d calls and wrote %v", n, b.instance.Writes())
			}

			b.instance.ResetRecord()
			b.settings.CallbackURL += "-moved"
			b.install(c.preset)
			if w := b.instance.Writes(); len(w) != 1 || w[0].Table != "sys_properties" || w[0].Changed["value"] != b.settings.CallbackURL {
				t.Errorf("a changed callback URL wrote %v", w)
			}
		})
	}
}

func TestPlanApplyVerifyRemove(t *testing.T) {
	b := newBench(t)
	b.settings.Delivery = provision.Queued
	p, spec := b.provisioner(), b.spec(provision.Helpdesk)
	plan, err := p.Plan(t.Context(), spec)
	if err != nil {
		t.Fatal(err)
	}
	if len(b.instance.Writes()) != 0 || plan.Settled() {
		t.Fatalf("Plan wrote, or found nothing to do:\n%s", plan)
	}
	for _, s := range plan.Steps {
		if s.Do != provision.Create {
			t.Errorf("%+v", s)
		}
	}
	if _, err := p.Verify(t.Context(), spec); !errors.Is(err, provision.ErrUnsettled) {
		t.Errorf("Verify of an empty instance: %v", err)
	}
	done, err := p.Apply(t.Context(), plan)
	if err != nil || len(done.Done) != len(plan.Steps) {
		t.Fatalf("%+v %v", done, err)
	}
	got, err := p.Verify(t.Context(), spec)
	if err != nil || len(got.Rules) != 3 {
		t.Fatalf("%+v %v", got, err)
	}
	for i, r := range got.Rules {
		want := provision.Stored{Key: spec.Rules[i].Key, SysID: r.SysID, Name: spec.Rules[i].Name, Collection: spec.Rules[i].Table,
			When: "after", Order: "950", Scope: "global", Active: true, ScriptSHA256: provision.ScriptHash(spec.Rules[i].Script)}
		if r != want {
			t.Errorf(" got %+v\nwant %+v", r, want)
		}
	}
	if _, err := p.Apply(t.Context(), plan); !errors.Is(err, provision.ErrDrift) {
		t.Errorf("the plan of before: %v", err)
	}
	stranger := b.must(b.instance.As("abel.tuter").Insert("sys_script",
		map[string]string{"name": "Somebody's own", "collection": "task", "when": "after", "script": "// x_acme"}))
	if _, err := p.Remove(t.Context(), spec); err != nil {
		t.Fatal(err)
	}
	if left := b.rules(""); len(left) != 1 || left[0]["sys_id"] != stranger {
		t.Errorf("left: %v", left)
	}
	for _, name := range []string{"sysevent_register", "sysevent_script_action"} {
		if left := b.instance.Rows(name, ""); len(left) != 0 {
			t.Errorf("%s left: %v", name, left)
		}
	}
	if left := b.instance.Rows("sys_properties", "nameSTARTSWITHx_acme"); len(left) != 0 {
		t.Errorf("properties left: %v", left)
	}
}

func TestAPlanIsDataWithoutSecrets(t *testing.T) {
	b := newBench(t)
	b.install(provision.Agent)
	b.settings.OldSecret, b.settings.Secret = b.settings.Secret, webhook.NewKey()
	spec := b.spec(provision.Agent)
	plan, err := b.provisioner().Plan(t.Context(), spec)
	if err != nil {
		t.Fatal(err)
	}
	asJSON, err := json.Marshal(map[string]any{"plan": plan, "spec": spec, "settings": b.settings})
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{plan.String(), string(asJSON), fmt.Sprintf("%v %+v %#v", plan, plan, plan), fmt.Sprintf("%+v %#v", spec, b.settings)} {
		for _, k := range []webhook.Key{b.settings.Secret, b.settings.OldSecret} {
			if strings.Contains(text, strings.TrimPrefix(k.Export(), "whsec_")) {
				t.Errorf("a secret in %.200s", text)
			}
		}
	}
	if !strings.Contains(plan.String(), `update sys_properties "x_acme.webhook_secret"`) {
		t.Error(plan)
	}
	var people provision.Plan
	if err := json.Unmarshal(asJSON[:], &map[string]*provision.Plan{"plan": &people}); err == nil {
		if _, err := b.provisioner().Apply(t.Context(), people); err == nil {
			t.Error("a plan from JSON was applied")
		}
	}
}

func TestAnAdminsEdits(t *testing.T) {
	for column, value := range map[string]string{
		"active": "false", "order": "100", "when": "async", "script": "gs.info('hello')", "filter_condition": "",
		"name": "Renamed", "action_update": "false", "abort_action": "true", "advanced": "false", "collection": "incident",
	} {
		t.Run(column, func(t *testing.T) {
			b := newBench(t)
			spec := b.install(provision.Agent)
			id := b.rules("")[0]["sys_id"]
			b.must("", b.instance.As("abel.tuter").Update("sys_script", id, map[string]string{column: value}))

			reported, err := provision.New(b.as("acme.bot"), provision.LeaveEdits()).Provision(t.Context(), spec)
			if err != nil || b.rules("")[0][column] != value {
				t.Fatalf("not left: %v %v", reported, err)
			}
			left := false
			for _, s := range reported.Steps {
				left = left || s.Left && strings.Contains(s.Why, "edited by abel.tuter") && s.Changes[0].Column == column
			}
			if !left {
				t.Errorf("not reported: %+v", reported.Steps)
			}
			b.instance.ResetRecord()
			if _, err := b.provisioner().Provision(t.Context(), spec); err != nil {
				t.Fatal(err)
			}
			if w := b.instance.Writes(); len(w) != 1 || w[0].SysID != id || len(b.rules("")) != 1 {
				t.Errorf("the repair wrote %+v", w)
			}
		})
	}
}

func TestSettingsOfANewReleaseAreNoEdits(t *testing.T) {
	b := newBench(t)
	b.install(provision.Agent)
	b.settings.Classes = []string{"incident"}
	spec := b.spec(provision.Agent)
	got, err := provision.New(b.as("acme.bot"), provision.LeaveEdits()).Provision(t.Context(), spec)
	if err != nil || len(got.Done) != 1 || b.rules("")[0]["filter_condition"] != "sys_class_nameINincident" {
		t.Errorf("%+v %v", got, err)
	}
}

func TestLegacyRulesGoAndNothingElse(t *testing.T) {
	b := newBench(t)
	admin := b.instance.As("admin")
	insert := func(columns map[string]string) string { return b.must(admin.Insert("sys_script", columns)) }
	insert(map[string]string{"name": "Acme Incident Webhook", "collection": "incident", "active": "true"})
	insert(map[string]string{"name": "old", "collection": "task", "description": `Managed by Acme. x_acme:{"key":"unknown","v":1}`})
	keep := []string{
		insert(map[string]string{"name": "Acme Incident Webhook", "collection": "problem"}),
		insert(map[string]string{"name": "Acme: task webhook", "collection": "cmdb_ci"}),
		insert(map[string]string{"name": "other vendor", "collection": "task", "description": `y_x_acme:{"key":"task","v":1}`}),
		insert(map[string]string{"name": "cut marker", "collection": "task", "description": `x_acme:{"key":`}),
	}
	b.settings.Legacy = []provision.Legacy{{Name: "Acme Incident Webhook", Table: "incident"}}
	b.instance.ResetRecord()
	b.install(provision.Agent)
	if n := len(b.rules("")); n != len(keep)+1 {
		t.Errorf("%d rules are there: %v", n, b.rules(""))
	}
	for _, w := range b.instance.Writes() {
		for _, k := range keep {
			if w.SysID == k {
				t.Errorf("touched %+v", w)
			}
		}
	}
	// Switched off before it went.
	off := false
	for _, w := range b.instance.Writes() {
		off = off || w.Op == "update" && w.Changed["active"] == "false"
		if w.Op == "delete" && !off {
			t.Error("deleted while active")
		}
	}
}

func TestDuplicatesCollapseToTheOldest(t *testing.T) {
	clock := servicenowtest.SkewedClock(0)
	b := newBench(t, servicenowtest.WithClock(clock))
	spec := b.install(provision.Agent)
	clock.Advance(2 * time.Second)
	first := b.rules("")[0]
	b.must(b.instance.As("admin").Insert("sys_script", copied(first)))
	p := b.instance.Rows("sys_properties", "name=x_acme.callback_url")[0]
	b.must(b.instance.As("admin").Insert("sys_properties", map[string]string{"name": p["name"], "value": "https://other.example.com"}))
	if _, err := b.provisioner().Provision(t.Context(), spec); err != nil {
		t.Fatal(err)
	}
	if left := b.rules(""); len(left) != 1 || left[0]["sys_id"] != first["sys_id"] {
		t.Errorf("left %v", left)
	}
	if left := b.instance.Rows("sys_properties", "name=x_acme.callback_url"); len(left) != 1 || left[0]["sys_id"] != p["sys_id"] {
		t.Errorf("left %v", left)
	}
}

// The marker tells a property that somebody renamed; it gets its name back, and is not made a second time.
func TestARenamedPropertyIsFoundByItsMarker(t *testing.T) {
	for _, name := range []string{"x_acme.callback_url", "x_acme.webhook_secret"} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t)
			spec := b.install(provision.Agent)
			id := b.propertyID(name)
			b.must("", b.instance.As("admin").Update("sys_properties", id, map[string]string{"name": "renamed"}))
			b.instance.ResetRecord()
			if _, err := b.provisioner().Provision(t.Context(), spec); err != nil {
				t.Fatal(err)
			}
			if w := b.instance.Writes(); len(w) != 1 || w[0].SysID != id || w[0].Changed["name"] != name || w[0].Changed["value"] != "" {
				t.Errorf("wrote %+v", w)
			}
			b.fires("after the repair")
			if _, err := b.provisioner().Remove(t.Context(), spec); err != nil || len(b.properties()) != 0 {
				t.Errorf("%v, left %v", err, b.properties())
			}
		})
	}
}

// A host may have names of its own, and may change them: the properties move with their values.
func TestNamesAreTheHosts(t *testing.T) {
	b := newBench(t)
	b.install(provision.Agent)
	b.settings.Names = map[string]string{"task": "Agent — Task Webhook", "callback_url": "acme.hooks.url", "secret": "acme.hooks.key"}
	b.instance.ResetRecord()
	b.install(provision.Agent)
	for _, w := range b.instance.Writes() {
		if w.Op != "update" || w.Changed["value"] != "" {
			t.Errorf("%+v", w)
		}
	}
	if r := b.rules(""); len(r) != 1 || r[0]["name"] != "Agent — Task Webhook" || len(b.properties()) != 2 {
		t.Errorf("%v %v", r, b.properties())
	}
	b.fires("under the new names")
	for _, names := range []map[string]string{{"callback_url": "a b"}, {"secret": "x_acme.callback_url"}, {"tsak": "x"}} {
		b.settings.Names = names
		if _, err := provision.Agent(b.settings); err == nil {
			t.Errorf("accepted %v", names)
		}
	}
}

// The platform cuts what is longer than its column, silently. A rule whose name was cut is still ours, and settled.
func TestNamesThatThePlatformCuts(t *testing.T) {
	b := newBench(t)
	b.settings.Label = strings.Repeat("long ", 7) + "é"
	b.install(provision.Helpdesk)
	if name := b.rules("")[0]["name"]; strings.HasSuffix(name, "webhook") {
		t.Fatalf("%q was not cut: this shows nothing", name)
	}
	b.instance.ResetRecord()
	spec := b.install(provision.Helpdesk)
	if len(b.instance.Writes()) != 0 || len(b.rules("")) != 3 {
		t.Errorf("%v", b.instance.Writes())
	}
	if _, err := b.provisioner().Remove(t.Context(), spec); err != nil || len(b.rules("")) != 0 {
		t.Errorf("%v, left %v", err, b.rules(""))
	}
}

func TestTheCaseRuleFallsBackToTask(t *testing.T) {
	for name, mode := range map[string]servicenowtest.ForeignScopeRules{
		"refused": servicenowtest.ForeignRulesRefused, "altered": servicenowtest.ForeignRulesAltered,
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t, servicenowtest.WithSwitches(servicenowtest.Switches{ForeignScopeRules: mode}))
			spec := b.install(provision.Helpdesk)
			if got := b.rules("name=Acme: case webhook"); len(got) != 1 || got[0]["collection"] != "task" ||
				got[0]["filter_condition"] != "sys_class_name=sn_customerservice_case" || got[0]["when"] != "after" {
				t.Fatalf("%v", got)
			}
			b.instance.ResetRecord()
			if _, err := b.provisioner().Provision(t.Context(), spec); err != nil || len(b.instance.Requests()) != 1 {
				t.Errorf("the next run: %v, %d calls", err, len(b.instance.Requests()))
			}
			id := b.must(b.instance.As("abel.tuter").Insert("sn_customerservice_case", map[string]string{"short_description": "x"}))
			if e, ok := b.next().(*webhook.CaseCreated); !ok || e.SysID != id {
				t.Errorf("%+v", e)
			}
		})
	}
}

func TestMissingRightsAreToldApart(t *testing.T) {
	b := newBench(t)
	spec := b.spec(provision.Agent)
	for user, roles := range map[string][]string{"reader": {"itil"}, "rules.only": {"business_rule_admin"}} {
		b.instance.AddUser(servicenowtest.User{UserName: user, Password: "secret", Roles: roles})
		_, err := provision.New(b.as(user)).Provision(t.Context(), spec)
		var r *provision.RightsError
		if !errors.As(err, &r) || !errors.Is(err, rest.ErrForbidden) || r.Remedy == "" {
			t.Errorf("%s: %v", user, err)
			continue
		}
		t.Logf("%s: %v", user, err)
	}
	if n := len(b.rules("")); n != 0 {
		t.Errorf("%d rules were left behind", n)
	}
}

// Access policies may admit a token to the Table API and not to the Batch API, and an instance may not have it.
func TestWithoutTheBatchAPI(t *testing.T) {
	for status, message := range map[int]string{
		http.StatusForbidden:  "User Not Authorized",
		http.StatusNotFound:   "Not found",
		http.StatusBadRequest: "Requested URI does not represent any resource",
	} {
		b := newBench(t)
		refused := 0
		p := b.through(func(r *http.Request, next http.RoundTripper) (*http.Response, error) {
			if strings.HasSuffix(r.URL.Path, "/batch") {
				refused++
				return jsonAnswer(status, `{"error":{"message":"`+message+`","detail":"policy"},"status":"failure"}`), nil
			}
			return next.RoundTrip(r)
		})
		b.comesAndGoes(p)
		if refused != 1 {
			t.Errorf("%d: the Batch API was tried %d times", status, refused)
		}
	}
}

// A batch that reaches a limit of the instance lists what it did not get to.
func TestBatchesThatAreCutShort(t *testing.T) {
	for _, services := range []int{1, 2} {
		b := newBench(t, servicenowtest.WithSwitches(servicenowtest.Switches{BatchServices: services}))
		b.comesAndGoes(b.through(func(r *http.Request, next http.RoundTripper) (*http.Response, error) { return next.RoundTrip(r) }))
	}
}

// Deletions are documented with 204; a proxy, or an API of another age, may say 200 with nothing or little in it.
func TestDeletionsThatAreAnsweredWith200(t *testing.T) {
	for _, body := range []string{"", `""`, `{"result":""}`} {
		b := newBench(t)
		b.comesAndGoes(b.through(func(r *http.Request, next http.RoundTripper) (*http.Response, error) {
			if strings.HasSuffix(r.URL.Path, "/batch") {
				return jsonAnswer(http.StatusNotFound, `{"error":{"message":"Not found"}}`), nil
			}
			resp, err := next.RoundTrip(r)
			if err == nil && r.Method == http.MethodDelete && resp.StatusCode == http.StatusNoContent {
				return jsonAnswer(http.StatusOK, body), nil
			}
			return resp, err
		}))
	}
}

func jsonAnswer(status int, body string) *http.Response {
	return &http.Response{StatusCode: status, Header: http.Header{"Content-Type": {"application/json"}},
		Body: io.NopCloser(strings.NewReader(body))}
}

// through is a provisioner whose requests pass through trip.
func (b *bench) through(trip func(*http.Request, http.RoundTripper) (*http.Response, error)) *provision.Provisioner {
	b.t.Helper()
	client := b.instance.HTTPClient()
	b.t.Cleanup(client.CloseIdleConnections)
	next := client.Transport
	client.Transport = roundTrip(func(r *http.Request) (*http.Response, error) { return trip(r, next) })
	conn, err := rest.New(rest.Config{Instance: b.instance.Instance(), HTTPClient: client,
		Credential: auth.Basic("acme.bot", auth.NewSecret("secret"))})
	if err != nil {
		b.t.Fatal(err)
	}
	return provision.New(conn)
}

// comesAndGoes installs, verifies and removes, and finds nothing left.
func (b *bench) comesAndGoes(p *provision.Provisioner) {
	b.t.Helper()
	spec := b.spec(provision.Helpdesk)
	if _, err := p.Provision(b.t.Context(), spec); err != nil {
		b.t.Fatal(err)
	}
	if _, err := p.Verify(b.t.Context(), spec); err != nil {
		b.t.Error(err)
	}
	if _, err := p.Remove(b.t.Context(), spec); err != nil {
		b.t.Error(err)
	}
	if rules := b.rules(""); len(rules) != 0 {
		b.t.Errorf("left behind: %v", rules)
	}
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }
