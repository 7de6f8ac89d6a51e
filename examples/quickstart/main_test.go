package main

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/seed-a66f7fd3/servicenow/servicenowtest"
)

// TestMain lets the test's own binary be the program, so that it runs as a process of its own with its own environment.
func TestMain(m *testing.M) {
	if os.Getenv("QUICKSTART_AS_PROGRAM") == "1" {
		os.Exit(exitStatus(run(context.Background(), os.Args[1:])))
	}
	os.Exit(m.Run())
}

// program runs quickstart in its own process.
func program(t *testing.T, env []string, args ...string) *exec.Cmd {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	t.Cleanup(cancel)
	cmd := exec.CommandContext(ctx, os.Args[0], args...)
	cmd.Env = append([]string{"QUICKSTART_AS_PROGRAM=1", "PATH=" + os.Getenv("PATH"), "HOME=" + t.TempDir()}, env...)
	return cmd
}

// instance starts an instance that is reached as a real one is: under its own name, through a proxy, by a certificate
// from SSL_CERT_FILE.
func instance(t *testing.T, opts ...servicenowtest.Option) (*servicenowtest.Server, []string) {
	t.Helper()
	sn := servicenowtest.NewServer(t, append(opts, servicenowtest.WithProxy("127.0.0.1:0"),
		servicenowtest.WithSampleData(servicenowtest.SampleData{Cases: 60, Incidents: 30, Articles: 12, Accounts: 5, Contacts: 20}))...)
	ca := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(ca, sn.CertPEM(), 0o600); err != nil {
		t.Fatal(err)
	}
	return sn, []string{
		"SERVICENOW_INSTANCE=" + sn.Instance().Origin(), "HTTPS_PROXY=" + sn.ProxyURL(), "SSL_CERT_FILE=" + ca,
	}
}

func exitCode(t *testing.T, err error) int {
	t.Helper()
	if err == nil {
		return 0
	}
	exit, ok := err.(*exec.ExitError)
	if !ok {
		t.Fatal(err)
	}
	return exit.ExitCode()
}

// The embedded run does every step and says so; promise 2 of the first light.
func TestEmbeddedRunShowsEverything(t *testing.T) {
	cmd := program(t, nil)
	var said bytes.Buffer
	cmd.Stderr = &said
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v\n%s", err, said.String())
	}
	if len(out) > 0 {
		t.Errorf("without -json nothing belongs on standard output, got %.200s", out)
	}
	for _, want := range []string{
		"ready_to_sync as integration.admin", "refresh_token:1", `"Quickstart: task webhook" on task, active true`,
		"x_quickstart.callback_url", "works", "sn_customerservice_case            2000 rows", "a worn seal. Größe 4 🔧 costs $5 {net}.",
		"created by admin", "file pump.txt added", "incident INC", "Done:",
	} {
		if !strings.Contains(said.String(), want) {
			t.Errorf("it does not say %q:\n%s", want, said.String())
		}
	}
}

// A first look at a real instance reads, and nothing else.
func TestRealInstanceReadsOnly(t *testing.T) {
	for _, capability := range []string{"helpdesk", "crm", "content-management", "task-family"} {
		for _, by := range []string{"created", "updated"} {
			t.Run(capability+" by "+by, func(t *testing.T) {
				sn, env := instance(t)
				aCase := sn.Rows("sn_customerservice_case", "active=true")[0]["sys_id"]
				if err := sn.As(servicenowtest.AdminUser).Update("sn_customerservice_case", aCase, map[string]string{"priority": "1", "state": "10"}); err != nil {
					t.Fatal(err)
				}
				env = append(env, "SERVICENOW_USERNAME="+servicenowtest.IntegrationUser, "SERVICENOW_PASSWORD="+servicenowtest.IntegrationPassword)
				cmd := program(t, env, "-json", "-limit", "0", "-capability", capability, "-by", by)
				var said bytes.Buffer
				cmd.Stderr = &said
				out, err := cmd.Output()
				if err != nil {
					t.Fatalf("%v\n%s", err, said.String())
				}
				rows := parseLines(t, out)
				for _, table := range map[string][]string{
					"helpdesk":           {"sn_customerservice_case", "customer_account", "customer_contact", "sys_user", "sys_journal_field", "sys_audit"},
					"crm":                {"customer_account", "customer_contact", "sn_customerservice_case"},
					"content-management": {"kb_knowledge"},
					"task-family":        {"incident", "change_request", "problem", "sc_request", "sc_req_item", "sc_task"},
				}[capability] {
					of := "sys_class_name=" + table + "^ORsys_class_nameISEMPTY"
					switch table {
					case "sys_journal_field":
						of = "name=sn_customerservice_case"
					case "sys_audit":
						of = "tablename=sn_customerservice_case"
					}
					if want := len(sn.Rows(table, of)); len(rows[table]) != want {
						t.Errorf("%s: %d rows came, %d are there", table, len(rows[table]), want)
					}
				}
				for _, r := range sn.Requests() {
					if r.Method != http.MethodGet && r.Method != http.MethodHead {
						t.Errorf("it sent %s %s", r.Method, r.Path)
					}
				}
				if strings.Contains(said.String(), servicenowtest.IntegrationPassword) {
					t.Error("the password is in the output")
				}
			})
		}
	}
}

// parseLines wants one JSON object a line with the promised members, and returns the sys_ids by table.
func parseLines(t *testing.T, out []byte) map[string]map[string]bool {
	t.Helper()
	rows := map[string]map[string]bool{}
	for l := range strings.Lines(string(out)) {
		var got struct {
			Table     string `json:"table"`
			SysID     string `json:"sys_id"`
			Operation string `json:"operation"`
			UpdatedOn string `json:"updated_on"`
		}
		if err := json.Unmarshal([]byte(l), &got); err != nil {
			t.Fatalf("not a JSON object: %v\n%s", err, l)
		}
		if _, err := time.Parse(time.RFC3339, got.UpdatedOn); err != nil || got.Table == "" || got.SysID == "" || got.Operation == "" {
			t.Fatalf("a member is missing: %s", l)
		}
		if rows[got.Table] == nil {
			rows[got.Table] = map[string]bool{}
		}
		if rows[got.Table][got.SysID] {
			t.Errorf("%s %s came twice", got.Table, got.SysID)
		}
		rows[got.Table][got.SysID] = true
	}
	return rows
}

// -limit bounds all rows together, and leaves no table out.
func TestLimit(t *testing.T) {
	_, env := instance(t)
	env = append(env, "SERVICENOW_USERNAME="+servicenowtest.IntegrationUser, "SERVICENOW_PASSWORD="+servicenowtest.IntegrationPassword)
	out, err := program(t, env, "-json", "-limit", "21").Output()
	if err != nil {
		t.Fatal(err)
	}
	rows := parseLines(t, out)
	n := 0
	for _, ids := range rows {
		n += len(ids)
	}
	if n > 21 || n < 18 || len(rows) < 7 {
		t.Errorf("%d rows of %d tables came, want at most 21, of all 7 that have any", n, len(rows))
	}
}

// With a client id and secret somebody consents in a browser, on a loopback redirect.
func TestConsentOnLoopback(t *testing.T) {
	const redirect = "http://localhost:18417/oauth/callback"
	sn, env := instance(t)
	client := sn.AddOAuthClient(servicenowtest.OAuthClient{Name: "Quickstart", RedirectURLs: []string{redirect}})
	env = append(env, "SERVICENOW_CLIENT_ID="+client.ClientID, "SERVICENOW_CLIENT_SECRET="+client.ClientSecret)
	cmd := program(t, env, "-json", "-limit", "20", "-redirect", redirect)
	said := &asker{ask: make(chan string, 1)}
	cmd.Stderr = said
	var out bytes.Buffer
	cmd.Stdout = &out
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	b, err := newBrowser(servicenowtest.IntegrationUser, servicenowtest.IntegrationPassword, map[string]*http.Client{
		sn.Instance().Host(): sn.HTTPClient(), "localhost:18417": {Transport: http.DefaultTransport},
	})
	if err != nil {
		t.Fatal(err)
	}
	select {
	case address := <-said.ask:
		if _, err := b.consent(t.Context(), address); err != nil {
			t.Error(err)
			cmd.Process.Kill()
		}
	case <-time.After(30 * time.Second):
		t.Error("it printed no address to open")
		cmd.Process.Kill()
	}
	if err := cmd.Wait(); err != nil {
		t.Fatalf("%v\n%s", err, said.String())
	}
	if rows := parseLines(t, out.Bytes()); len(rows) == 0 {
		t.Error("no rows came")
	}
	if strings.Contains(said.String(), client.ClientSecret) {
		t.Error("the client secret is in the output")
	}
	http.DefaultClient.CloseIdleConnections()
}

// asker is a person who reads the program's messages and opens the address in them.
type asker struct {
	said []byte
	ask  chan string
	done bool
}

func (a *asker) String() string { return string(a.said) }

var consentAddress = regexp.MustCompile(`(https://\S+/oauth_auth\.do\?\S+)\n`)

func (a *asker) Write(p []byte) (int, error) {
	a.said = append(a.said, p...)
	if m := consentAddress.FindSubmatch(a.said); m != nil && !a.done {
		a.done = true
		a.ask <- string(m[1])
	}
	return len(p), nil
}

// Settings that can never work are told in one line: the field, the rule, an example. Exit status 2.
func TestSettings(t *testing.T) {
	const at = "SERVICENOW_INSTANCE=https://acme.service-now.com"
	for _, tt := range []struct {
		name string
		env  []string
		args []string
		want []string
	}{
		{"wrong domain", []string{"SERVICENOW_INSTANCE=https://acme.example.com"}, nil, []string{"SERVICENOW_INSTANCE", "instance_url must be a service-now.com or servicenowservices.com domain", "https://acme.service-now.com"}},
		{"no credentials", []string{at}, nil, []string{"SERVICENOW_USERNAME", "SERVICENOW_CLIENT_ID"}},
		{"no password", []string{at, "SERVICENOW_USERNAME=abel"}, nil, []string{"SERVICENOW_PASSWORD is empty"}},
		{"no user", []string{at, "SERVICENOW_PASSWORD=canary-7d1"}, nil, []string{"SERVICENOW_USERNAME is empty"}},
		{"no secret", []string{at, "SERVICENOW_CLIENT_ID=0123"}, nil, []string{"SERVICENOW_CLIENT_SECRET is empty"}},
		{"no client", []string{at, "SERVICENOW_CLIENT_SECRET=canary-7d1"}, nil, []string{"SERVICENOW_CLIENT_ID is empty"}},
		{"no instance", []string{"SERVICENOW_USERNAME=abel", "SERVICENOW_PASSWORD=canary-7d1"}, nil, []string{"SERVICENOW_INSTANCE is empty", "https://acme.service-now.com"}},
		{"capability", nil, []string{"-capability", "tickets"}, []string{"-capability must be", "helpdesk"}},
		{"by", nil, []string{"-by", "number"}, []string{"-by must be created or updated"}},
		{"limit", nil, []string{"-limit", "-7"}, []string{"-limit must be"}},
		{"limit is no number", nil, []string{"-limit", "many"}, []string{"limit"}},
		{"unknown flag", nil, []string{"-password", "canary-7d1"}, []string{"password"}},
		{"argument", nil, []string{"acme"}, []string{"unexpected argument"}},
		{"provision without URL", []string{at, "SERVICENOW_USERNAME=abel", "SERVICENOW_PASSWORD=canary-7d1"}, []string{"-provision"}, []string{"SERVICENOW_WEBHOOK_URL is empty"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			out, err := program(t, tt.env, tt.args...).CombinedOutput()
			if code := exitCode(t, err); code != 2 {
				t.Errorf("exit status %d, want 2", code)
			}
			for _, want := range tt.want {
				if !strings.Contains(string(out), want) {
					t.Errorf("it does not say %q:\n%s", want, out)
				}
			}
			if strings.Contains(string(out), "canary-7d1") {
				t.Errorf("a secret is in the output:\n%s", out)
			}
		})
	}
}

// A wrong password, an instance that sleeps, a network that is not there: exit status 1, and what to do.
func TestFailuresTellTheirRemedy(t *testing.T) {
	t.Run("wrong password", func(t *testing.T) {
		_, env := instance(t)
		env = append(env, "SERVICENOW_USERNAME="+servicenowtest.IntegrationUser, "SERVICENOW_PASSWORD=canary-7d1")
		out, err := program(t, env).CombinedOutput()
		if code := exitCode(t, err); code != 1 || !strings.Contains(string(out), "→") || strings.Contains(string(out), "canary-7d1") {
			t.Errorf("exit status %d:\n%s", code, out)
		}
	})
	t.Run("no network", func(t *testing.T) {
		env := []string{"SERVICENOW_INSTANCE=acme", "SERVICENOW_USERNAME=abel", "SERVICENOW_PASSWORD=canary-7d1", "HTTPS_PROXY=http://127.0.0.1:1"}
		out, err := program(t, env).CombinedOutput()
		if code := exitCode(t, err); code != 1 || !strings.Contains(string(out), "→") || strings.Contains(string(out), "canary-7d1") {
			t.Errorf("exit status %d:\n%s", code, out)
		}
	})
}

// -provision installs, a second run changes nothing.
func TestProvisionOnRequest(t *testing.T) {
	sn, env := instance(t)
	hook := "https://hooks.example.com/sn/" + url.PathEscape("customer-1")
	env = append(env, "SERVICENOW_USERNAME="+servicenowtest.AdminUser, "SERVICENOW_PASSWORD="+servicenowtest.AdminPassword, "SERVICENOW_WEBHOOK_URL="+hook)
	out, err := program(t, env, "-provision", "-limit", "5", "-capability", "task-family").CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if rules := sn.Rows("sys_script", "collection=task^active=true"); len(rules) != 1 {
		t.Errorf("%d rules on task\n%s", len(rules), out)
	}
	if p := sn.Rows("sys_properties", "name=x_quickstart.callback_url"); len(p) != 1 || p[0]["value"] != hook {
		t.Errorf("the callback property is %v", p)
	}
}
