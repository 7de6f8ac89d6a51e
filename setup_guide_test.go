package servicenow_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/seed-a66f7fd3/servicenow"
	"github.com/seed-a66f7fd3/servicenow/auth"
	"github.com/seed-a66f7fd3/servicenow/provision"
	"github.com/seed-a66f7fd3/servicenow/webhook"
)

const guideRedirect = "https://app.example.com/oauth/servicenow/callback?via=popup"

func guideFor(t *testing.T, s servicenow.Settings, change ...func(*servicenow.ConnectorConfig)) string {
	t.Helper()
	cfg := servicenow.ConnectorConfig{
		Store: auth.NewMemoryStore(), RedirectURL: guideRedirect,
		WebhookURL: "https://app.example.com/hooks/servicenow/{tenant}",
		Webhooks:   provision.Settings{Vendor: "x_acme", Label: "Acme Desk"},
	}
	for _, f := range change {
		f(&cfg)
	}
	connector, err := servicenow.NewConnector(cfg)
	if err != nil {
		t.Fatal(err)
	}
	if s.Instance.IsZero() {
		s.Instance, _ = servicenow.ParseInstance("acme")
	}
	guide, err := connector.SetupGuide("tenant 42", s)
	if err != nil {
		t.Fatal(err)
	}
	return guide
}

// section is what stands under a heading, up to the next one of the same depth.
func section(t *testing.T, guide, heading string) string {
	t.Helper()
	_, after, found := strings.Cut(guide, "\n"+heading+"\n")
	if !found {
		t.Fatalf("no heading %q", heading)
	}
	depth, _, _ := strings.Cut(heading, " ")
	body, _, _ := strings.Cut(after, "\n"+depth+" ")
	return body
}

// Every step of the two products' pages is there, with this customer's values.
func TestSetupGuideHasEveryStep(t *testing.T) {
	guide := guideFor(t, servicenow.Settings{
		Capability: servicenow.Helpdesk, PullBy: servicenow.Updated, Environment: servicenow.Sandbox,
		ClientID: "be3aeb583ace210011c15b24a43e25d8", ClientSecret: auth.NewSecret("7f1c-of-the-client"),
		RefreshTokenExpiry: time.Date(2027, 3, 1, 0, 0, 0, 0, time.UTC),
	})
	for heading, wants := range map[string][]string{
		"## Before you begin": {"oauth_admin", "HTTPS", "IP Address Access Control", "`https://acme.service-now.com`",
			"not a custom or vanity address", "| Case API | read and write |", "| Account API | read |",
			"| Table API | read |", "| Attachment API | read |", "| `kb_knowledge` | read and write |",
			"| `sys_audit_delete` | read |"},
		"## 1. The integration user": {"GMT", "| `csm_ws_integration` |", "| `knowledge` |", "`email_api_send`",
			"`sys_journal_field`, `sys_audit`, `sys_audit_delete`", "Access Control (ACL)", "`snc_read_only`"},
		"## 2. The OAuth application": {"Application Navigator", "**Inbound Integrations**", "**New integration**",
			"**OAuth - Authorization code grant**", "`Acme Desk Integration`", "**Active**: selected",
			"`be3aeb583ace210011c15b24a43e25d8`", "\n     " + guideRedirect + "\n", "`8640000` seconds", "2027-03-01",
			"`useraccount`", "Enforce token restriction", "**Save**"},
		"## 3. Auth scopes (optional)": {"Create new auth scope", "| Account API | `acme_desk_read` | GET |",
			"| Table API | `acme_desk_write` | all |"},
		"## 4. REST API access policies (only with Enforce token restriction)": {"Inbound Authentication Profiles",
			"standard\nhttp authentication profiles", "**Type**: `OAuth`", "`Acme Desk OAuth`", "**Submit**",
			"REST API Access Policies"},
		"## 5. Connect": {"**Helpdesk**", "Sandbox", "updated time", "2027-03-01", "**Allow**", "closes\n   itself", "Log out"},
		"## 6. Check":   {"Test Connection"},
		"## 7. Webhooks": {"https://app.example.com/hooks/servicenow/tenant%2042", "`x_acme.callback_url`",
			"`x_acme.webhook_secret`", "password2", "Business Rules"},
		"## 8. Later": {"Re-generate Token", "client secret", "act as another user"},
		"## If something does not work": {"servicenowservices.com", "four things", "redirect URL", "role itil",
			"role email_api_send", "callback property", "auth scope", "access policy", "IP address access control"},
	} {
		body := section(t, guide, heading)
		for _, want := range wants {
			if !strings.Contains(body, want) {
				t.Errorf("%s lacks %q:\n%s", heading, want, body)
			}
		}
	}
	if strings.Contains(guide, "7f1c") || strings.Contains(guide, "x_acme.webhook_secret_old`") {
		t.Error("the guide has a secret, or a property that is for rotations only")
	}
}

// Each API has a policy; of the Table API's tables those that are written have one of their own. Nothing else is opened.
func TestSetupGuideSplitsReadFromWrite(t *testing.T) {
	guide := guideFor(t, servicenow.Settings{Capability: servicenow.Helpdesk, PullBy: servicenow.Created})
	const all, get = "**Apply to all methods**: selected", "**HTTP Method**: `GET`"
	for _, tt := range []struct{ api, methods, has, hasNot string }{
		{"Case API access", all, "`Case API`", "Table"},
		{"Account API access", get, "`Account API`", all},
		{"Attachment API access", get, "`Attachment API`", all},
		{"Table API read access", get, "`sn_customerservice_case`", "kb_knowledge"},
		{"Table API read and write access", all, "`kb_knowledge`", "sn_customerservice_case"},
		{"Table API webhook access", all, "`sys_script` `sys_properties`", "kb_knowledge"},
		{"Batch API access", all, "install its webhooks itself", "kb_knowledge"},
	} {
		policy := section(t, guide, "### Acme Desk "+tt.api)
		policy, _, _ = strings.Cut(policy, "\n## ")
		for _, want := range []string{tt.methods, tt.has, "**Apply to all resources**: selected", "**Apply to all versions**: selected", "`Acme Desk OAuth`"} {
			if !strings.Contains(policy, want) {
				t.Errorf("%s lacks %q:\n%s", tt.api, want, policy)
			}
		}
		if strings.Contains(policy, tt.hasNot) {
			t.Errorf("%s has %q:\n%s", tt.api, tt.hasNot, policy)
		}
	}
	var opened []string
	for line := range strings.Lines(section(t, guide, "### Acme Desk Table API read access")) {
		if _, list, ok := strings.Cut(line, "**Table**:"); ok {
			opened = strings.Fields(strings.ReplaceAll(list, "`", ""))
		}
	}
	for _, n := range servicenow.Helpdesk.Needs() {
		if n.Table != "" && n.Access == servicenow.Read != strings.Contains(" "+strings.Join(opened, " ")+" ", " "+n.Table+" ") {
			t.Errorf("the policy for reading has the tables %v, and %s is %s", opened, n.Table, n.Access)
		}
	}
}

// Those who install by hand paste the very scripts that provisioning writes.
func TestSetupGuideHasTheScriptsThatAreInstalled(t *testing.T) {
	presets := map[servicenow.Capability]func(provision.Settings) (provision.Spec, error){
		servicenow.Helpdesk: provision.Helpdesk, servicenow.TaskFamily: provision.Agent,
	}
	for capability, preset := range presets {
		for _, delivery := range []provision.Delivery{provision.Direct, provision.Queued} {
			t.Run(string(capability)+" "+string(delivery), func(t *testing.T) {
				settings := provision.Settings{Vendor: "x_acme", Label: "Acme Desk", Delivery: delivery}
				guide := guideFor(t, servicenow.Settings{Capability: capability, PullBy: servicenow.Updated},
					func(c *servicenow.ConnectorConfig) { c.Webhooks = settings })
				settings.Instance, settings.Secret = "acme", webhook.NewKey()
				settings.CallbackURL = "https://app.example.com/hooks/servicenow/tenant%2042"
				spec, err := preset(settings)
				if err != nil {
					t.Fatal(err)
				}
				for _, r := range spec.Rules {
					rule := section(t, guide, "### Business Rule: "+r.Name)
					for _, want := range []string{
						"\n```javascript\n" + strings.TrimRight(r.Script, "\n") + "\n```\n", "**Table**: `" + r.Table + "`",
						"**When**: `after`", "**Order**: `950`", "**Advanced**: selected", "**Insert**: selected",
					} {
						if !strings.Contains(rule, want) {
							t.Errorf("rule %s lacks %q", r.Key, want)
						}
					}
					if r.Filter != "" && !strings.Contains(rule, "`"+r.Filter+"`") {
						t.Errorf("rule %s lacks its condition %q", r.Key, r.Filter)
					}
				}
				for _, a := range spec.Actions {
					if !strings.Contains(guide, strings.TrimRight(a.Script, "\n")) || !strings.Contains(guide, "`"+a.Event+"`") {
						t.Errorf("the script action %s is not there", a.Key)
					}
				}
			})
		}
	}
}

// Every capability has a guide that names what it needs and nothing that it does not have.
func TestSetupGuideOfEachCapability(t *testing.T) {
	for _, c := range servicenow.Capabilities() {
		guide := guideFor(t, servicenow.Settings{Capability: c})
		for _, n := range c.Needs() {
			if n.Table != "" && !strings.Contains(guide, "| `"+n.Table+"` |") || !strings.Contains(guide, string(n.API)) {
				t.Errorf("%s: the guide lacks %s %s", c, n.API, n.Table)
			}
		}
		if got := strings.Contains(guide, "Pull record by"); got != c.NeedsPullBy() {
			t.Errorf("%s: the guide asks for the time to pull by: %v", c, got)
		}
		if got := strings.Contains(guide, "### Business Rule"); got != (c != servicenow.ContentManagement) {
			t.Errorf("%s: the guide has rules: %v", c, got)
		}
		for line := range strings.Lines(guide) {
			if strings.HasPrefix(line, "|") && strings.Count(line, "|") != 4 && strings.Count(line, "|") != 3 {
				t.Errorf("%s: a row of a table is broken: %s", c, line)
			}
			if strings.Contains(line, "<no value>") || strings.Contains(line, "%!") {
				t.Errorf("%s: %s", c, line)
			}
		}
	}
}

// A guide for settings that cannot work is refused like the settings themselves.
func TestSetupGuideRefuses(t *testing.T) {
	connector, err := servicenow.NewConnector(servicenow.ConnectorConfig{Store: auth.NewMemoryStore(), RedirectURL: redirectURL})
	if err != nil {
		t.Fatal(err)
	}
	acme, _ := servicenow.ParseInstance("acme")
	for name, s := range map[string]servicenow.Settings{
		"no instance":         {Capability: servicenow.Helpdesk},
		"no capability":       {Instance: acme},
		"pull-by for content": {Instance: acme, Capability: servicenow.ContentManagement, PullBy: servicenow.Updated},
		"a client id of code": {Instance: acme, Capability: servicenow.CRM, ClientID: "`x`"},
		"a scope of code":     {Instance: acme, Capability: servicenow.CRM, Scope: "a\"b"},
	} {
		guide, err := connector.SetupGuide("t1", s)
		if guide != "" || !errors.Is(err, servicenow.ErrSettings) && !errors.Is(err, servicenow.ErrInstance) || servicenow.Remedy(err) == "" {
			t.Errorf("%s: %v, want a refusal with a remedy", name, err)
		}
	}
}

// The signing secret for a hand-made property is the one with which deliveries are verified; it does not print.
func TestSigningSecret(t *testing.T) {
	d := newDesk(t)
	if _, err := d.connector.SigningSecret(t.Context(), "t1"); !errors.Is(err, servicenow.ErrNotConnected) {
		t.Errorf("of nobody: %v, want ErrNotConnected", err)
	}
	d.connect("t1")
	first, err := d.connector.SigningSecret(t.Context(), "t1")
	if err != nil {
		t.Fatal(err)
	}
	second, err := d.connector.SigningSecret(t.Context(), "t1")
	if err != nil || first.IsZero() || first.ID() != second.ID() {
		t.Errorf("%v, then %v (%v): want the same secret", first, second, err)
	}
}
