package provision_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/robertkrimen/otto"

	"github.com/seed-a66f7fd3/servicenow/provision"
	"github.com/seed-a66f7fd3/servicenow/webhook"
)

// The scripts in an engine that knows ECMAScript 5 and nothing later. The checks by tools that this project did not
// write, with Java and Node, are in .ci/rules; these need neither.

// scene is how things are on the instance when a script runs.
type scene struct {
	op      string
	url     string
	name    string // instance_name
	keys    []webhook.Key
	status  int
	objects bool // getters return objects that only convert to text
	throws  bool // properties cannot be read
	blanks  bool // around the values of properties
	// how the platform differs: "noLog", "globalLog", "oddUtil", "sendThrows"
	odd     string
	attempt string
	parm1   string
}

// outcome is what a script did.
type outcome struct {
	sent   []sentRequest
	logs   []string
	queued []string
	later  []string
	async  int64
	waited int64
}

type sentRequest struct {
	URL     string            `json:"url"`
	Headers map[string]string `json:"headers"`
	Body    string            `json:"body"`
}

func perform(script string, s scene) (outcome, error) {
	vm := otto.New()
	var out outcome
	set := func(name string, v any) {
		if err := vm.Set(name, v); err != nil {
			panic(err)
		}
	}
	set("hostMac", func(key, algorithm, text string) string {
		raw, err := base64.StdEncoding.DecodeString(key)
		if err != nil || algorithm != "HmacSHA256" {
			return ""
		}
		mac := hmac.New(sha256.New, raw)
		mac.Write([]byte(text))
		return base64.StdEncoding.EncodeToString(mac.Sum(nil))
	})
	set("hostSent", func(text string) {
		var r sentRequest
		if err := json.Unmarshal([]byte(text), &r); err != nil {
			panic(err)
		}
		out.sent = append(out.sent, r)
	})
	standins, err := os.ReadFile("testdata/standins.js")
	if err != nil {
		return out, err
	}
	if _, err := vm.Run(s.world() + string(standins) + s.event() + "var before = globals(); onlyES3();"); err != nil {
		return out, err
	}
	if _, err := vm.Run(script); err != nil {
		return out, fmt.Errorf("into the transaction: %w", err)
	}
	leaked, err := vm.Run("globals() - before")
	if n, _ := leaked.ToInteger(); err != nil || n != 0 {
		return out, errors.Join(fmt.Errorf("%d globals leaked", n), err)
	}
	read := func(expr string, to any) {
		v, err := vm.Run("JSON.stringify(" + expr + ")")
		if err == nil {
			err = json.Unmarshal([]byte(v.String()), to)
		}
		if err != nil {
			panic(err)
		}
	}
	read("world.logs", &out.logs)
	var queued, later [][]any
	read("world.queued", &queued)
	read("world.later", &later)
	for _, q := range queued {
		out.queued = append(out.queued, q[0].(string))
	}
	for _, l := range later {
		out.later = append(out.later, fmt.Sprintf("%v %v", l[0], l[1]))
	}
	read("world.async", &out.async)
	read("world.waited", &out.waited)
	return out, nil
}

func (s scene) world() string {
	properties := map[string]string{"x_acme.callback_url": s.url, "instance_name": s.name}
	for i, k := range s.keys {
		properties[[]string{"x_acme.webhook_secret", "x_acme.webhook_secret_old"}[i]] = k.Export()
	}
	if s.blanks {
		for name, v := range properties {
			properties[name] = " " + v + "\n"
		}
	}
	text, _ := json.Marshal(properties)
	convert := "return v;"
	if s.objects {
		convert = "return { toString: function () { return v; } };"
	}
	if s.throws {
		convert = "throw new Error('no');"
	}
	return fmt.Sprintf("var world = { properties: %s, op: %q, status: %d, logs: [], queued: [], later: [], async: 0, waited: 0, "+
		"%q: true, value: function (v) { %s } };\n", text, s.op, s.status, s.odd, convert)
}

func (s scene) event() string {
	if s.parm1 == "" {
		return ""
	}
	text, _ := json.Marshal(map[string]string{"parm1": s.parm1, "parm2": s.attempt})
	return "var event = " + string(text) + ";"
}

var scriptKeys = []webhook.Key{webhook.NewKey(), webhook.NewKey()}

func usual(op string) scene {
	return scene{op: op, url: "https://hooks.example.com/t", name: "acme", keys: scriptKeys[:1], status: 200}
}

// staged are the scenes that every rule's script is run through, and how often it sends in each.
var staged = func() []staging {
	with := func(name string, sends int, change func(*scene)) staging {
		s := usual("update")
		change(&s)
		return staging{name, s, sends}
	}
	return []staging{
		{"insert", usual("insert"), 1}, {"update", usual("update"), 1}, {"delete", usual("delete"), 1},
		with("both keys", 1, func(s *scene) { s.keys = scriptKeys }),
		with("getters that return objects", 1, func(s *scene) { s.objects = true }),
		with("a record util of another kind", 1, func(s *scene) { s.odd = "oddUtil" }),
		with("blanks around values", 1, func(s *scene) { s.blanks = true }),
		with("a clone", 0, func(s *scene) { s.name = "acmedev" }),
		with("switched off", 0, func(s *scene) { s.url = "" }),
		with("not https", 0, func(s *scene) { s.url = "http://hooks.example.com/t" }),
		with("properties that throw", 0, func(s *scene) { s.throws = true }),
		with("properties and a log that throw", 0, func(s *scene) { s.throws, s.odd = true, "noLog" }),
		with("properties that throw, in the global scope", 0, func(s *scene) { s.throws, s.odd = true, "globalLog" }),
		with("a request that throws", 1, func(s *scene) { s.odd = "sendThrows" }),
		with("no key", 0, func(s *scene) { s.keys = nil }),
	}
}()

type staging struct {
	name string
	scene
	sends int
}

// judge runs a rule's script through its scenes. Its error is what is wrong with the script.
func judge(script string, delivery provision.Delivery) error {
	ids := map[string]int{}
	for _, c := range staged {
		got, err := perform(script, c.scene)
		queues := c.sends
		if len(c.keys) == 0 {
			queues = 1 // the script action finds out
		}
		switch {
		case err != nil:
			return fmt.Errorf("%s: %w", c.name, err)
		case c.throws && c.odd != "noLog" && len(got.logs) != 1:
			return fmt.Errorf("%s: logged %q", c.name, got.logs)
		case delivery == provision.Queued && (len(got.queued) != queues || len(got.sent) > 0),
			delivery == provision.Direct && (len(got.sent) != c.sends || got.waited > 0):
			return fmt.Errorf("%s: %+v", c.name, got)
		}
		for _, r := range got.sent {
			id, err := verify(r, c.keys)
			if err != nil {
				return fmt.Errorf("%s: %w", c.name, err)
			}
			ids[id]++
		}
	}
	if delivery == provision.Direct && len(ids) != 3 {
		return fmt.Errorf("three events, one of them many times over, have the ids %v", ids)
	}
	return nil
}

// verify checks a request against each key by itself, as receivers that know only one of them do.
func verify(r sentRequest, keys []webhook.Key) (id string, err error) {
	h := http.Header{}
	for n, v := range r.Headers {
		h.Set(n, v)
	}
	for _, c := range r.Body {
		if c > 0x7e || c == '$' {
			return "", errors.New("the body is not plain ASCII")
		}
	}
	for _, k := range keys {
		v, err := webhook.NewVerifier([]webhook.Key{k})
		if err != nil {
			return "", err
		}
		e, err := v.Event(h, []byte(r.Body))
		if err != nil {
			return "", err
		}
		if _, unknown := e.(*webhook.Unknown); unknown || e.About().At.IsZero() || e.About().Actor != "abel.tuter" ||
			strings.HasPrefix(e.About().Rule, "task") && e.About().Number != "INC0010001" {
			return "", fmt.Errorf("%T %+v", e, e)
		}
		id = e.About().ID
	}
	return id, nil
}

func TestScriptsRunInAnES5Engine(t *testing.T) {
	for name, change := range variations {
		for _, delivery := range []provision.Delivery{provision.Direct, provision.Queued} {
			for _, spec := range rendered(t, delivery, change) {
				for _, r := range spec.Rules {
					if err := judge(r.Script, delivery); err != nil {
						t.Errorf("%s, %s, %s: %v", name, delivery, r.Key, err)
					}
				}
			}
		}
	}
}

var variations = map[string]func(*provision.Settings){
	"defaults": func(*provision.Settings) {},
	"everything": func(s *provision.Settings) {
		s.Text, s.WorkNotes, s.Deletes, s.Domain, s.SkipUser = true, true, true, true, "acme.bot"
		s.Columns, s.Watch, s.Timeout, s.Order = []string{"state", "priority"}, []string{"state"}, 5*time.Second, 100
	},
	"hostile label": func(s *provision.Settings) { s.Label = `A*/</script>"'\` + "\u2028" },
}

func rendered(t *testing.T, delivery provision.Delivery, change func(*provision.Settings)) []provision.Spec {
	t.Helper()
	s := provision.Settings{Instance: "acme", Vendor: "x_acme", CallbackURL: "https://hooks.example.com/t", Secret: scriptKeys[0], Delivery: delivery}
	change(&s)
	var out []provision.Spec
	for _, p := range []preset{provision.Helpdesk, provision.Agent} {
		spec, err := p(s)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, spec)
	}
	return out
}

func TestTheScriptActionTriesAgain(t *testing.T) {
	for _, spec := range rendered(t, provision.Queued, variations["defaults"]) {
		for _, r := range spec.Rules {
			if err := judgeAction(spec.Actions[0].Script, r.Script); err != nil {
				t.Errorf("%s: %v", r.Key, err)
			}
		}
	}
}

// judgeAction runs a script action with what a rule queued.
func judgeAction(script, rule string) error {
	queued, err := perform(rule, usual("update"))
	if err != nil || len(queued.queued) != 1 || len(queued.queued[0]) > 255 {
		return fmt.Errorf("the rule: %+v %w", queued, err)
	}
	for _, c := range []struct {
		status  int
		attempt string
		later   string // attempt and seconds
	}{
		{200, "1", ""}, {204, "3", ""}, {410, "1", ""}, {0, "1", "2 30"}, {302, "2", "3 120"}, {500, "3", "4 600"},
		{401, "4", "5 3600"}, {503, "5", "6 21600"}, {503, "6", ""}, {503, "", "2 30"},
	} {
		s := usual("update")
		s.status, s.attempt, s.parm1 = c.status, c.attempt, queued.queued[0]
		got, err := perform(script, s)
		gaveUp := c.status == 503 && c.attempt == "6"
		if err != nil || len(got.sent) != 1 || strings.Join(got.later, ",") != c.later || (len(got.logs) > 0) != gaveUp {
			return fmt.Errorf("%+v: %+v %w", c, got, err)
		}
		if _, err := verify(got.sent[0], s.keys); err != nil {
			return err
		}
	}
	return nil
}

// Mutants of .ci/rules that only its parser rejects: this engine takes a trailing comma in a call, and reserved words as
// names.
var parsed = map[string]bool{"trailing comma in a call": true, "reserved word as a name": true}

func TestMutantsAreRejected(t *testing.T) {
	list, err := os.ReadFile("../.ci/rules/mutants.txt")
	if err != nil {
		t.Fatal(err)
	}
	scripts := mutable(t)
	rejected := 0
	for line := range strings.Lines(string(list)) {
		f := strings.Split(strings.TrimRight(line, "\n"), " ^")
		if len(f) < 4 || strings.HasPrefix(line, "#") || parsed[f[0]] {
			continue
		}
		file, from, to := strings.TrimSpace(f[1]), unescape(f[2]), unescape(f[3])
		mutant := strings.ReplaceAll(scripts[file], from, to)
		if mutant == scripts[file] {
			t.Errorf("%s: %q is not in %s", f[0], from, file)
			continue
		}
		switch delivery, kind, _ := strings.Cut(file, "/"); {
		case strings.HasPrefix(kind, "delivery_of_"):
			err = judgeAction(mutant, scripts["queued/"+strings.TrimPrefix(kind, "delivery_of_")])
		case delivery == "queued":
			err = judge(mutant, provision.Queued)
		default:
			err = judge(mutant, provision.Direct)
		}
		if err == nil {
			t.Errorf("the mutant %q was not rejected", f[0])
			continue
		}
		rejected++
	}
	if rejected < 14 {
		t.Errorf("%d mutants rejected, wanted 14", rejected)
	}
}

// mutable are the scripts that mutants are made of, under the names that .ci/rules gives them.
func mutable(t *testing.T) map[string]string {
	scripts := map[string]string{}
	for dir, c := range map[string]struct {
		delivery provision.Delivery
		change   func(*provision.Settings)
	}{
		"direct": {provision.Direct, variations["defaults"]}, "queued": {provision.Queued, variations["defaults"]},
		"text": {provision.Direct, func(s *provision.Settings) { s.Text = true }},
	} {
		for _, spec := range rendered(t, c.delivery, c.change) {
			for _, r := range spec.Rules {
				scripts[dir+"/"+r.Key+".js"] = r.Script
			}
			for _, a := range spec.Actions {
				scripts[dir+"/delivery_of_"+spec.Rules[0].Key+".js"] = a.Script
			}
		}
	}
	return scripts
}

func unescape(s string) string {
	return strings.ReplaceAll(strings.TrimPrefix(s, " "), `\n`, "\n")
}

// Whatever the settings hold, it stays data.
func TestSettingsCannotBecomeCode(t *testing.T) {
	s := provision.Settings{Instance: "acme", Vendor: "x_acme", CallbackURL: "https://hooks.example.com/t", Secret: scriptKeys[0]}
	for _, c := range []func(*provision.Settings){
		func(s *provision.Settings) { s.Instance = `acme";gs.log(1);"` }, func(s *provision.Settings) { s.Vendor = "x'+x" },
		func(s *provision.Settings) { s.Watch = []string{"a]"} }, func(s *provision.Settings) { s.Canary = `"` },
		func(s *provision.Settings) { s.Classes = []string{"a^ORb"} }, func(s *provision.Settings) { s.Label = "a^b" },
		func(s *provision.Settings) { s.CallbackURL = "http://hooks.example.com" }, func(s *provision.Settings) { s.CallbackURL = "https://${host}/" },
		func(s *provision.Settings) { s.Order = 1000 }, func(s *provision.Settings) { s.Secret = webhook.Key{} },
		func(s *provision.Settings) { s.Delivery = "later" }, func(s *provision.Settings) { s.Timeout = time.Hour },
		func(s *provision.Settings) { s.Names = map[string]string{"tsak": "x"} }, func(s *provision.Settings) { s.SkipTasks = true },
		func(s *provision.Settings) { s.Filters = map[string]string{"task": "a=b^NQc=d"} },
	} {
		changed := s
		c(&changed)
		if _, err := provision.Agent(changed); err == nil {
			t.Errorf("accepted: %+v", changed)
		}
	}
	s.SkipUser, s.SkipTasks = `a";}gs.log("\u2028</script>^x`, true
	spec, err := provision.Agent(s)
	if err != nil || strings.Contains(spec.Rules[0].Script, "</script>") || strings.Contains(spec.Rules[0].Script, "\u2028") {
		t.Errorf("%v", err)
	}
	if err := judge(spec.Rules[0].Script, provision.Direct); err != nil {
		t.Error(err)
	}
}
