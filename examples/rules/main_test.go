package main

import (
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/seed-a66f7fd3/servicenow/auth"
	"github.com/seed-a66f7fd3/servicenow/internal/rest"
	"github.com/seed-a66f7fd3/servicenow/provision"
	"github.com/seed-a66f7fd3/servicenow/servicenowtest"
	"github.com/seed-a66f7fd3/servicenow/webhook"
)

// What an admin pastes and what the Provisioner installs are the same bytes.
func TestFilesAreWhatIsInstalled(t *testing.T) {
	for _, delivery := range []provision.Delivery{provision.Direct, provision.Queued} {
		for name, preset := range map[string]func(provision.Settings) (provision.Spec, error){
			"agent": provision.Agent, "helpdesk": provision.Helpdesk,
		} {
			t.Run(string(delivery)+" "+name, func(t *testing.T) {
				dir := t.TempDir()
				if err := run([]string{"-out", dir, "-preset", name, "-delivery", string(delivery), "-text"}, io.Discard); err != nil {
					t.Fatal(err)
				}
				instance := installed(t, preset, delivery)
				var book Book
				text, err := os.ReadFile(filepath.Join(dir, "rules.json"))
				if err == nil {
					err = json.Unmarshal(text, &book)
				}
				if err != nil || len(book.Rules) == 0 || len(book.Properties) != 3 || book.Instance != "acme" {
					t.Fatalf("%v %s", err, text)
				}
				for _, r := range book.Rules {
					same(t, dir, r.Script, instance.Rows("sys_script", "name="+r.Name+"^collection="+r.Table+"^when="+r.When+"^filter_condition="+strings.ReplaceAll(r.Filter, "^", "^^")))
				}
				for _, a := range book.ScriptActions {
					same(t, dir, a.Script, instance.Rows("sysevent_script_action", "name="+a.Name+"^event_name="+a.Event))
				}
			})
		}
	}
}

// What an admin needs stands in rules.json under the names of the forms, also where it is empty or false.
func TestRulesJSONNamesWhatTheFormsAskFor(t *testing.T) {
	dir := t.TempDir()
	if err := run([]string{"-out", dir, "-delivery", "queued"}, io.Discard); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(dir, "rules.json"))
	if err != nil {
		t.Fatal(err)
	}
	var book map[string]any
	if err := json.Unmarshal(text, &book); err != nil {
		t.Fatal(err)
	}
	for list, members := range map[string]string{
		"rules":      "key name table when order insert update delete filter advanced active delivery script script_sha256 properties",
		"properties": "key name type value private enter", "events": "name enter",
		"script_actions": "name event active script script_sha256 enter",
	} {
		rows, _ := book[list].([]any)
		if len(rows) == 0 {
			t.Errorf("no %s", list)
		}
		for _, row := range rows {
			for _, m := range strings.Fields(members) {
				if _, there := row.(map[string]any)[m]; !there {
					t.Errorf("%s: no %s in %v", list, m, row)
				}
			}
		}
	}
}

func same(t *testing.T, dir, file string, rows []map[string]string) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(dir, file))
	if err != nil || len(rows) != 1 || rows[0]["script"] != string(text) {
		t.Errorf("%s differs from what is installed: %d rows, %v", file, len(rows), err)
	}
}

func installed(t *testing.T, preset func(provision.Settings) (provision.Spec, error), d provision.Delivery) *servicenowtest.Server {
	t.Helper()
	instance := servicenowtest.NewServer(t)
	client := instance.HTTPClient()
	t.Cleanup(client.CloseIdleConnections)
	conn, err := rest.New(rest.Config{Instance: instance.Instance(), HTTPClient: client,
		Credential: auth.Basic(servicenowtest.AdminUser, auth.NewSecret(servicenowtest.AdminPassword))})
	if err != nil {
		t.Fatal(err)
	}
	spec, err := preset(provision.Settings{Instance: "acme", Vendor: "x_acme", Label: "Acme", Delivery: d, Text: true,
		CallbackURL: "https://hooks.example.com/servicenow/acme", Secret: webhook.NewKey()})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := provision.New(conn).Provision(t.Context(), spec); err != nil {
		t.Fatal(err)
	}
	return instance
}

func TestWrongFlagsAreRefused(t *testing.T) {
	for _, args := range [][]string{{}, {"-out", t.TempDir(), "-preset", "none"}, {"-out", t.TempDir(), "-delivery", "later"},
		{"-out", t.TempDir(), "-vendor", "X Y"}} {
		if err := run(args, io.Discard); err == nil {
			t.Errorf("accepted %q", args)
		}
	}
}
