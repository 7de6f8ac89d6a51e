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
	if _, err := vm.Run(s.world() + string(standins) + s.event() + "var before = Object.keys(this).length;"); err != nil {
		return out, err
	}
	if _, err := vm.Run(script); err != nil {
		return out, fmt.Errorf("into the transaction: %w", err)
	}
	leaked, err := vm.Run("Object.keys(this).length - before")
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
	read("world.queued.map(function (q) { return q[0]; })", &out.queued)
	read("world.later.map(function (l) { return l.join(' '); })", &out.later)
	read("world.async", &out.async)
	read("world.waited", &out.waited)
	return out, nil
}

func (s scene) world() string {
	properties := map[string]string{"x_acme.callback_url": s.url, "instance_name": s.name}
	for i, k := range s.keys {
		properties[[]string{"x_acme.webhook_secret", "x_acme.webhook_secret_old"}[i]] = k.Export()
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
		"value: function (v) { %s } };\n", text, s.op, s.status, convert)
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

// judge runs a rule's script through its scenes. Its error is what is wrong with the script.
func judge(script string, delivery provision.Delivery) error {
	clone, off, both, objects, unsigned := usual("update"), usual("update"), usual("update"), usual("update"), usual("update")
	clone.name, off.url, both.keys, objects.objects, unsigned.keys = "acmedev", "", scriptKeys, true, nil
	insecure, throws := usual("update"), usual("update")
	insecure.url, throws.throws = "http://hooks.example.com/t", true
	ids := map[string]int{}
	for i, c := range []struct {
		scene
		sends int
	}{{usual("insert"), 1}, {usual("update"), 1}, {usual("delete"), 1}, {both, 1}, {objects, 1}, {clone, 0}, {off, 0}, {insecure, 0}, {throws, 0}, {unsigned, 0}} {
		got, err := perform(script, c.scene)
		switch {
		case err != nil:
			return err
		case delivery == provision.Queued && len(c.keys) > 0:
			if len(got.queued) != c.sends || len(got.sent) > 0 {
				return fmt.Errorf("scene %d queued %d, sent %d, logged %q", i, len(got.queued), len(got.sent), got.logs)
			}
			continue
		case delivery == provision.Queued:
			continue
		case len(got.sent) != c.sends || got.waited > 0:
			return fmt.Errorf("scene %d sent %d, waited %d, logged %q", i, len(got.sent), got.waited, got.logs)
		}
		for _, r := range got.sent {
			id, err := verify(r, c.keys)
			if err != nil {
				return fmt.Errorf("scene %d: %w", i, err)
			}
			ids[id]++
		}
	}
	if delivery == provision.Direct && len(ids) != 3 {
		return fmt.Errorf("five events, of which three are updates of one state, have the ids %v", ids)
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
			queued, err := perform(r.Script, usual("update"))
			if err != nil || len(queued.queued) != 1 || len(queued.queued[0]) > 255 {
				t.Fatalf("%s: %+v %v", r.Key, queued, err)
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
				got, err := perform(spec.Actions[0].Script, s)
				if err != nil || len(got.sent) != 1 || strings.Join(got.later, ",") != c.later {
					t.Fatalf("%s %+v: %+v %v", r.Key, c, got, err)
				}
				if _, err := verify(got.sent[0], s.keys); err != nil {
					t.Errorf("%s: %v", r.Key, err)
				}
				if gaveUp := len(got.logs) > 0; gaveUp != (c.status == 503 && c.attempt == "6") {
					t.Errorf("%s %+v logged %q", r.Key, c, got.logs)
				}
			}
		}
	}
}

// Mutants of .ci/rules that only the platform's typings reject: this engine has what they call, or takes it.
var typed = map[string]bool{
	"wrong number of arguments": true, "later built-in of strings": true, "later built-in of arrays": true, "later built-in of objects": true,
	"trailing comma in a call": true,
}

func TestMutantsAreRejected(t *testing.T) {
	list, err := os.ReadFile("../.ci/rules/mutants.txt")
	if err != nil {
		t.Fatal(err)
	}
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
		}
	}
	rejected := 0
	for line := range strings.Lines(string(list)) {
		f := strings.Split(strings.TrimRight(line, "\n"), " ^")
		if len(f) < 4 || strings.HasPrefix(line, "#") || strings.Contains(f[1], "delivery_of") || typed[f[0]] {
			continue
		}
		file, from, to := strings.TrimSpace(f[1]), unescape(f[2]), unescape(f[3])
		mutant := strings.ReplaceAll(scripts[file], from, to)
		if mutant == scripts[file] {
			t.Errorf("%s: %q is not in %s", f[0], from, file)
			continue
		}
		delivery := provision.Direct
		if strings.HasPrefix(file, "queued/") {
			delivery = provision.Queued
		}
		if err := judge(mutant, delivery); err == nil {
			t.Errorf("the mutant %q was not rejected", f[0])
			continue
		}
		rejected++
	}
	if rejected < 14 {
		t.Errorf("%d mutants rejected, wanted 14", rejected)
	}
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
