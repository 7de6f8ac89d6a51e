package servicenow_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/seed-a66f7fd3/servicenow"
	"github.com/seed-a66f7fd3/servicenow/auth"
	"github.com/seed-a66f7fd3/servicenow/provision"
	"github.com/seed-a66f7fd3/servicenow/servicenowtest"
	"github.com/seed-a66f7fd3/servicenow/table"
)

const redirectURL = "https://app.example.com/oauth/servicenow/callback"

// desk is a product without webhooks, and an instance.
type desk struct {
	*testing.T
	sn        *servicenowtest.Server
	store     auth.TokenStore
	connector *servicenow.Connector
	settings  servicenow.Settings
}

func newDesk(t *testing.T, change ...func(*servicenow.ConnectorConfig)) *desk {
	t.Helper()
	sn := servicenowtest.NewServer(t, servicenowtest.WithSampleData(servicenowtest.SampleData{Cases: 12, Incidents: 6, Articles: 4}))
	client := sn.AddOAuthClient(servicenowtest.OAuthClient{Name: "Desk", RedirectURLs: []string{redirectURL}})
	d := &desk{T: t, sn: sn, store: auth.NewMemoryStore()}
	cfg := servicenow.ConnectorConfig{Store: d.store, RedirectURL: redirectURL, HTTPClient: sn.HTTPClient()}
	for _, f := range change {
		f(&cfg)
	}
	var err error
	if d.connector, err = servicenow.NewConnector(cfg); err != nil {
		t.Fatal(err)
	}
	d.settings = servicenow.Settings{
		Instance: sn.Instance(), ClientID: client.ClientID, ClientSecret: auth.NewSecret(client.ClientSecret),
		Capability: servicenow.Helpdesk, PullBy: servicenow.Updated,
	}
	return d
}

// allow is somebody who logs in as user and presses Allow.
func (d *desk) allow(u *url.URL, user, password string) *url.URL {
	d.Helper()
	redirect, err := d.sn.Consent(u.String(), user, password, true)
	if err != nil {
		d.Fatal(err)
	}
	callback, err := url.Parse(redirect)
	if err != nil {
		d.Fatal(err)
	}
	return callback
}

func (d *desk) connect(tenant string) servicenow.Status {
	d.Helper()
	u, pending, err := d.connector.Begin(d.Context(), tenant, d.settings)
	if err != nil {
		d.Fatal(err)
	}
	status, err := d.connector.Complete(d.Context(), pending, d.allow(u, servicenowtest.IntegrationUser, servicenowtest.IntegrationPassword))
	if err != nil {
		d.Fatal(err)
	}
	return status
}

func (d *desk) state(tenant string) servicenow.State {
	d.Helper()
	s, err := d.connector.Status(d.Context(), tenant)
	if err != nil {
		d.Fatal(err)
	}
	return s.State
}

// From the form to READY_TO_SYNC: the refresh token was used, the identity is the consenting user's.
func TestConnectLeadsToReady(t *testing.T) {
	d := newDesk(t)
	if _, err := d.connector.Status(t.Context(), "t1"); !errors.Is(err, servicenow.ErrNotConnected) {
		t.Errorf("before: %v, want ErrNotConnected", err)
	}
	u, pending, err := d.connector.Begin(t.Context(), "t1", d.settings)
	if err != nil {
		t.Fatal(err)
	}
	if got := d.state("t1"); got != servicenow.PendingConsent {
		t.Errorf("state %q after Begin", got)
	}
	if _, err := d.connector.Client(t.Context(), "t1"); !errors.Is(err, servicenow.ErrNotConnected) {
		t.Errorf("a client before consent: %v, want ErrNotConnected", err)
	}
	status, err := d.connector.Complete(t.Context(), pending, d.allow(u, servicenowtest.IntegrationUser, servicenowtest.IntegrationPassword))
	if err != nil {
		t.Fatal(err)
	}
	want := d.sn.Rows("sys_user", "user_name="+servicenowtest.IntegrationUser)[0]["sys_id"]
	if status.State != servicenow.ReadyToSync || status.Identity.SysID != want || status.Identity.UserName != servicenowtest.IntegrationUser {
		t.Errorf("status %+v", status)
	}
	if n := d.sn.TokensGranted()["refresh_token"]; n != 1 {
		t.Errorf("the refresh token was used %d times, want once", n)
	}
	if left := time.Until(status.RefreshExpiry); left < 99*24*time.Hour || left > 101*24*time.Hour {
		t.Errorf("the refresh token ends in %s, want 100 days", left)
	}
}

// All callers of one tenant share a client; no two tenants do.
func TestOneClientForEachTenant(t *testing.T) {
	d := newDesk(t)
	d.connect("t1")
	d.connect("t2")
	a, err := d.connector.Client(t.Context(), "t1")
	if err != nil {
		t.Fatal(err)
	}
	b, _ := d.connector.Client(t.Context(), "t1")
	other, _ := d.connector.Client(t.Context(), "t2")
	if a != b || a == other || other == nil {
		t.Errorf("clients of t1: %p and %p, of t2: %p", a, b, other)
	}
}

// A callback that comes twice is told so, and harms nothing.
func TestConsentIsFinishedOnce(t *testing.T) {
	d := newDesk(t)
	u, pending, err := d.connector.Begin(t.Context(), "t1", d.settings)
	if err != nil {
		t.Fatal(err)
	}
	callback := d.allow(u, servicenowtest.IntegrationUser, servicenowtest.IntegrationPassword)
	if _, err := d.connector.Complete(t.Context(), pending, callback); err != nil {
		t.Fatal(err)
	}
	_, err = d.connector.Complete(t.Context(), pending, callback)
	if !errors.Is(err, auth.ErrReplay) || servicenow.Remedy(err) == "" {
		t.Errorf("the second time: %v (%s), want ErrReplay with a remedy", err, servicenow.Remedy(err))
	}
	if got := d.state("t1"); got != servicenow.ReadyToSync {
		t.Errorf("state %q", got)
	}
}

// A connected tenant cannot be begun again by mistake; Reconnect renews it and keeps every setting.
func TestReconnectKeepsTheConnection(t *testing.T) {
	d := newDesk(t)
	before := d.connect("t1")
	if _, _, err := d.connector.Begin(t.Context(), "t1", d.settings); !errors.Is(err, servicenow.ErrConflict) {
		t.Errorf("Begin of a connected tenant: %v, want ErrConflict", err)
	}
	u, pending, err := d.connector.Reconnect(t.Context(), "t1")
	if err != nil {
		t.Fatal(err)
	}
	if got := d.state("t1"); got != servicenow.ReadyToSync {
		t.Errorf("the connection stopped working when the consent began: %q", got)
	}
	after, err := d.connector.Complete(t.Context(), pending, d.allow(u, servicenowtest.AdminUser, servicenowtest.AdminPassword))
	if err != nil {
		t.Fatal(err)
	}
	if after.Settings != before.Settings || after.State != servicenow.ReadyToSync {
		t.Errorf("settings changed: %+v, then %+v", before, after)
	}
	if after.Identity.UserName != servicenowtest.AdminUser {
		t.Errorf("the identity is %q, want who consented last", after.Identity.UserName)
	}
}

// When the grant is gone, the state says so, and a new consent brings the connection back.
func TestRevokedGrantNeedsReauthorization(t *testing.T) {
	d := newDesk(t)
	d.connect("t1")
	d.sn.RevokeTokens(d.settings.ClientID, servicenowtest.IntegrationUser)
	status, err := d.connector.Activate(t.Context(), "t1")
	if !errors.Is(err, servicenow.ErrReauthorize) || status.State != servicenow.NeedsReauthorization || status.Remedy == "" {
		t.Errorf("%+v, %v: want needs_reauthorization with a remedy", status, err)
	}
	u, pending, err := d.connector.Reconnect(t.Context(), "t1")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := d.connector.Complete(t.Context(), pending, d.allow(u, servicenowtest.IntegrationUser, servicenowtest.IntegrationPassword)); err != nil {
		t.Fatal(err)
	}
	if got := d.state("t1"); got != servicenow.ReadyToSync {
		t.Errorf("state %q", got)
	}
}

// While the last access token of a refused grant lives, Test Connection works, and the state stays as it is.
func TestCheckDoesNotOutliveItsGrant(t *testing.T) {
	d := newDesk(t)
	d.connect("t1")
	d.sn.ChangeOAuthClient(d.settings.ClientID, func(c *servicenowtest.OAuthClient) { c.ClientSecret = "a-new-secret-of-the-admin" })
	if _, err := d.connector.Activate(t.Context(), "t1"); !errors.Is(err, servicenow.ErrReauthorize) {
		t.Fatalf("with the old secret: %v", err)
	}
	report, err := d.connector.Check(t.Context(), "t1")
	if err != nil || !report.OK() || d.state("t1") != servicenow.NeedsReauthorization {
		t.Errorf("%s, %v\n%s", d.state("t1"), err, report)
	}
}

// A public client gets no refresh token, and no consent would bring one.
func TestNoRefreshTokenIsTold(t *testing.T) {
	d := newDesk(t)
	d.sn.ChangeOAuthClient(d.settings.ClientID, func(c *servicenowtest.OAuthClient) { c.Public = true })
	u, pending, err := d.connector.Begin(t.Context(), "t1", d.settings)
	if err != nil {
		t.Fatal(err)
	}
	callback := d.allow(u, servicenowtest.IntegrationUser, servicenowtest.IntegrationPassword)
	status, err := d.connector.Complete(t.Context(), pending, callback)
	if !errors.Is(err, servicenow.ErrReauthorize) || status.State != servicenow.NeedsReauthorization ||
		!strings.Contains(status.Remedy, "confidential client") {
		t.Errorf("%s, remedy %q, %v", status.State, status.Remedy, err)
	}
}

// A consent without a code challenge, for instances that refuse one of a confidential client.
func TestConsentWithoutPKCE(t *testing.T) {
	for _, without := range []bool{false, true} {
		d := newDesk(t)
		d.settings.WithoutPKCE = without
		u, pending, err := d.connector.Begin(t.Context(), "t1", d.settings)
		if err != nil {
			t.Fatal(err)
		}
		if got := !u.Query().Has("code_challenge"); got != without {
			t.Errorf("without %v: %s", without, u.Redacted())
		}
		callback := d.allow(u, servicenowtest.IntegrationUser, servicenowtest.IntegrationPassword)
		if status, err := d.connector.Complete(t.Context(), pending, callback); err != nil || status.State != servicenow.ReadyToSync {
			t.Errorf("without %v: %s, %v", without, status.State, err)
		}
	}
}

// What the options of a pull say goes before the connection's settings, each by itself.
func TestPullOptionsGoBeforeSettings(t *testing.T) {
	d := newDesk(t)
	d.connect("t1") // helpdesk, by update
	pull := func(o servicenow.PullOptions) (operations []table.Operation, at servicenow.PullCheckpoint) {
		o.Tables = []string{"sn_customerservice_case"}
		for change, err := range d.connector.Pull(t.Context(), "t1", o) {
			if err != nil {
				t.Fatal(err)
			}
			operations, at = append(operations, change.Operation), change.Next
		}
		return operations, at
	}
	_, at := pull(servicenow.PullOptions{By: servicenow.Created})
	old := d.sn.Rows("sn_customerservice_case", "")[0]["sys_id"]
	if err := d.sn.As("admin").Update("sn_customerservice_case", old, map[string]string{"short_description": "changed"}); err != nil {
		t.Fatal(err)
	}
	insert(t, d.sn, "sn_customerservice_case", map[string]string{"short_description": "new"})
	if got, _ := pull(servicenow.PullOptions{By: servicenow.Created, From: at}); len(got) != 1 || got[0] != table.Created {
		t.Errorf("by creation: %v", got)
	}
}

// A new client secret is told to the SDK, not to the customer's users: nobody has to consent again.
func TestUpdateCredentials(t *testing.T) {
	d := newDesk(t)
	d.connect("t1")
	d.sn.ChangeOAuthClient(d.settings.ClientID, func(c *servicenowtest.OAuthClient) { c.ClientSecret = "a-new-secret-of-the-admin" })
	if _, err := d.connector.Activate(t.Context(), "t1"); err == nil {
		t.Fatal("the old secret still works")
	}
	status, err := d.connector.UpdateCredentials(t.Context(), "t1", d.settings.ClientID, auth.NewSecret("a-new-secret-of-the-admin"))
	if err != nil || status.State != servicenow.ReadyToSync {
		t.Errorf("%v, %v", status.State, err)
	}
}

// A right that is missing degrades a connection, and says which; granting it and running Activate again repairs it.
func TestMissingRightDegrades(t *testing.T) {
	d := newDesk(t)
	d.sn.RevokeRoles(servicenowtest.IntegrationUser, "itil", "csm_ws_integration", "sn_customerservice_agent")
	status := d.connect("t1")
	if status.State != servicenow.Degraded || !strings.Contains(status.Remedy, "role") {
		t.Fatalf("%s: %s (%s), want degraded and a role", status.State, status.Reason, status.Remedy)
	}
	d.sn.GrantRoles(servicenowtest.IntegrationUser, "itil", "csm_ws_integration", "sn_customerservice_agent")
	status, err := d.connector.Activate(t.Context(), "t1")
	if err != nil || status.State != servicenow.ReadyToSync {
		t.Errorf("%v: %s, %v", status.State, status.Reason, err)
	}
}

// Without rights to write rules the connection works and is degraded, with the remedy.
func TestProvisioningWithoutRightsDegrades(t *testing.T) {
	d := newDesk(t, func(c *servicenow.ConnectorConfig) {
		c.WebhookURL = "https://app.example.com/hooks/servicenow/{tenant}"
		c.Webhooks = provision.Settings{Vendor: "x_acme"}
	})
	u, pending, err := d.connector.Begin(t.Context(), "t1", d.settings)
	if err != nil {
		t.Fatal(err)
	}
	status, err := d.connector.Complete(t.Context(), pending, d.allow(u, servicenowtest.IntegrationUser, servicenowtest.IntegrationPassword))
	if err == nil || status.State != servicenow.Degraded || !strings.Contains(status.Remedy, "admin") {
		t.Errorf("%s (%s), %v: want degraded, and admin in the remedy", status.State, status.Remedy, err)
	}
	d.sn.GrantRoles(servicenowtest.IntegrationUser, "admin")
	if status, err = d.connector.Activate(t.Context(), "t1"); err != nil || status.State != servicenow.ReadyToSync {
		t.Errorf("with the rights: %v, %v", status.State, err)
	}
	before := len(d.sn.Writes())
	if _, err := d.connector.Activate(t.Context(), "t1"); err != nil {
		t.Fatal(err)
	}
	if n := len(d.sn.Writes()) - before; n != 0 {
		t.Errorf("running it again made %d writes", n)
	}
}

// Disconnect removes what was installed, and forgets the tenant.
func TestDisconnect(t *testing.T) {
	d := newDesk(t, func(c *servicenow.ConnectorConfig) {
		c.WebhookURL = "https://app.example.com/hooks/servicenow/{tenant}"
		c.Webhooks = provision.Settings{Vendor: "x_acme"}
	})
	d.sn.GrantRoles(servicenowtest.IntegrationUser, "admin")
	if status := d.connect("t1"); status.State != servicenow.ReadyToSync {
		t.Fatalf("%s: %s", status.State, status.Reason)
	}
	if n := len(d.sn.Rows("sys_script", "nameSTARTSWITHx_acme")); n != 3 {
		t.Fatalf("%d rules were installed, want 3", n)
	}
	client, err := d.connector.Client(t.Context(), "t1")
	if err != nil {
		t.Fatal(err)
	}
	if err := d.connector.Disconnect(t.Context(), "t1"); err != nil {
		t.Fatal(err)
	}
	if _, err := client.Users.Me(t.Context()); err == nil {
		t.Error("a client that was kept still works: the token was not revoked")
	}
	if rows := append(d.sn.Rows("sys_script", "nameSTARTSWITHx_acme"), d.sn.Rows("sys_properties", "nameSTARTSWITHx_acme")...); len(rows) > 0 {
		t.Errorf("left behind: %v", rows)
	}
	if _, err := d.connector.Status(t.Context(), "t1"); !errors.Is(err, servicenow.ErrNotConnected) {
		t.Errorf("%v, want ErrNotConnected", err)
	}
	if err := d.connector.Disconnect(t.Context(), "t1"); err != nil {
		t.Errorf("again: %v", err)
	}
}

// Two replicas share a store: what one does, the other sees.
func TestReplicasShareTheStore(t *testing.T) {
	d := newDesk(t)
	other, err := servicenow.NewConnector(servicenow.ConnectorConfig{Store: d.store, RedirectURL: redirectURL, HTTPClient: d.sn.HTTPClient()})
	if err != nil {
		t.Fatal(err)
	}
	u, pending, err := d.connector.Begin(t.Context(), "t1", d.settings)
	if err != nil {
		t.Fatal(err)
	}
	text, err := pending.MarshalText()
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(text), d.settings.ClientSecret.Reveal()) {
		t.Error("the pending consent holds the client secret")
	}
	var carried auth.Pending
	if err := carried.UnmarshalText(text); err != nil {
		t.Fatal(err)
	}
	if _, err := other.Complete(t.Context(), carried, d.allow(u, servicenowtest.IntegrationUser, servicenowtest.IntegrationPassword)); err != nil {
		t.Fatal(err)
	}
	client, err := d.connector.Client(t.Context(), "t1")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := client.Users.Me(t.Context()); err != nil {
		t.Error(err)
	}
}

// What an admin enters is checked before anything is sent, and a refusal never repeats a secret.
func TestSettingsAreChecked(t *testing.T) {
	d := newDesk(t)
	for _, tt := range []struct {
		name   string
		change func(*servicenow.Settings)
		field  string
	}{
		{"no instance", func(s *servicenow.Settings) { s.Instance = servicenow.Instance{} }, "instance_url"},
		{"no client id", func(s *servicenow.Settings) { s.ClientID = "" }, "client_id"},
		{"client id with a line break", func(s *servicenow.Settings) { s.ClientID += "\n" }, "client_id"},
		{"no secret", func(s *servicenow.Settings) { s.ClientSecret = auth.Secret{} }, "client_secret"},
		{"secret with a blank", func(s *servicenow.Settings) { s.ClientSecret = auth.NewSecret("canary 7d1") }, "client_secret"},
		{"environment", func(s *servicenow.Settings) { s.Environment = "staging" }, "environment"},
		{"no capability", func(s *servicenow.Settings) { s.Capability = "" }, "capability"},
		{"unknown capability", func(s *servicenow.Settings) { s.Capability = "tickets" }, "capability"},
		{"no pull-by", func(s *servicenow.Settings) { s.PullBy = "" }, "pull_by"},
		{"unknown pull-by", func(s *servicenow.Settings) { s.PullBy = "number" }, "pull_by"},
		{"pull-by for content", func(s *servicenow.Settings) { s.Capability = servicenow.ContentManagement }, "pull_by"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := d.settings
			tt.change(&s)
			_, _, err := d.connector.Begin(t.Context(), "t1", s)
			if err == nil || !strings.Contains(err.Error(), tt.field) || servicenow.Remedy(err) == "" {
				t.Errorf("%v (%s), want %s and a remedy", err, servicenow.Remedy(err), tt.field)
			}
			if !errors.Is(err, servicenow.ErrSettings) && !errors.Is(err, servicenow.ErrInstance) {
				t.Errorf("%v wraps no sentinel", err)
			}
			if strings.Contains(fmt.Sprint(err), "canary") {
				t.Error("the secret is in the error")
			}
		})
	}
	s := d.settings
	s.Capability, s.PullBy = servicenow.ContentManagement, ""
	if err := s.Validate(); err != nil {
		t.Errorf("content management without pull-by: %v", err)
	}
}

// Wrong configurations of the host are refused at the start.
func TestConnectorConfigIsChecked(t *testing.T) {
	good := servicenow.ConnectorConfig{Store: auth.NewMemoryStore(), RedirectURL: redirectURL}
	for _, tt := range []struct {
		field  string
		change func(*servicenow.ConnectorConfig)
	}{
		{"Store", func(c *servicenow.ConnectorConfig) { c.Store = nil }},
		{"RedirectURL", func(c *servicenow.ConnectorConfig) { c.RedirectURL = "/callback" }},
		{"WebhookURL", func(c *servicenow.ConnectorConfig) { c.WebhookURL = "http://app.example.com/{tenant}" }},
		{"WebhookURL", func(c *servicenow.ConnectorConfig) { c.WebhookURL = "https://app.example.com/hooks" }},
		{"WebhookURL", func(c *servicenow.ConnectorConfig) { c.WebhookURL = "https://app.example.com/{tenant}?token=canary" }},
		{"WebhookURL", func(c *servicenow.ConnectorConfig) { c.WebhookURL = "https://app.example.com/hooks?token=canary" }},
		{"WebhookURL", func(c *servicenow.ConnectorConfig) { c.WebhookURL = "https://app.example.com/hooks?tenant=t-{tenant}" }},
		{"Webhooks.Vendor", func(c *servicenow.ConnectorConfig) { c.WebhookURL = "https://app.example.com/hooks?tenant={tenant}" }},
		{"Webhooks.Vendor", func(c *servicenow.ConnectorConfig) { c.WebhookURL = "https://app.example.com/{tenant}" }},
	} {
		c := good
		tt.change(&c)
		_, err := servicenow.NewConnector(c)
		e, ok := errors.AsType[*servicenow.SettingError](err)
		if !ok || e.Field != tt.field || strings.Contains(err.Error(), "canary") {
			t.Errorf("%v, want a refusal of %s", err, tt.field)
		}
	}
}

// Nothing that a product shows or logs of a connection holds a secret.
func TestStatusAndReportHoldNoSecret(t *testing.T) {
	d := newDesk(t)
	status := d.connect("t1")
	report, err := d.connector.Check(t.Context(), "t1")
	if err != nil {
		t.Fatal(err)
	}
	asJSON, err := json.Marshal(struct {
		Status servicenow.Status
		Report servicenow.Report
	}{status, report})
	if err != nil {
		t.Fatal(err)
	}
	shown := fmt.Sprintf("%v %+v %#v %s %s", status, status, status, report, asJSON)
	for _, secret := range []string{d.settings.ClientSecret.Reveal(), servicenowtest.IntegrationPassword} {
		if strings.Contains(shown, secret) {
			t.Error("a secret is shown")
		}
	}
	if !report.OK() || !strings.Contains(string(asJSON), `"ok":true`) {
		t.Errorf("the report:\n%s", report)
	}
}

// What an admin edits later takes effect without a new consent, and what cannot be edited is refused.
func TestUpdateSettings(t *testing.T) {
	d := newDesk(t, withWebhooks)
	d.sn.GrantRoles(servicenowtest.IntegrationUser, "admin")
	d.connect("t1")
	soon := time.Now().Add(20 * 24 * time.Hour).UTC().Truncate(time.Second)
	granted := d.sn.TokensGranted()["authorization_code"]
	for _, tt := range []struct {
		name   string
		change func(*servicenow.Settings)
		rules  int
	}{
		{"environment and time", func(s *servicenow.Settings) {
			s.Environment, s.PullBy, s.RefreshTokenExpiry = servicenow.Sandbox, servicenow.Created, soon
		}, 3},
		{"another capability", func(s *servicenow.Settings) { s.Capability = servicenow.TaskFamily }, 1},
		{"one without webhooks", func(s *servicenow.Settings) {
			s.Capability, s.PullBy = servicenow.ContentManagement, ""
		}, 0},
	} {
		status, err := d.connector.UpdateSettings(t.Context(), "t1", tt.change)
		if err != nil || status.State != servicenow.ReadyToSync {
			t.Errorf("%s: %s (%s), %v", tt.name, status.State, status.Reason, err)
		}
		want := status.Settings
		tt.change(&want)
		if status.Settings != want || !status.RefreshExpiry.Equal(soon) {
			t.Errorf("%s: %+v until %v, want %+v until %v", tt.name, status.Settings, status.RefreshExpiry, want, soon)
		}
		if n := len(d.sn.Rows("sys_script", "nameSTARTSWITHx_acme")); n != tt.rules {
			t.Errorf("%s: %d rules, want %d", tt.name, n, tt.rules)
		}
	}
	other, _ := servicenow.ParseInstance("other")
	for name, change := range map[string]func(*servicenow.Settings){
		"another instance": func(s *servicenow.Settings) { s.Instance = other },
		"no capability":    func(s *servicenow.Settings) { s.Capability = "" },
	} {
		if _, err := d.connector.UpdateSettings(t.Context(), "t1", change); err == nil {
			t.Errorf("%s was taken", name)
		}
	}
	if n := d.sn.TokensGranted()["authorization_code"]; n != granted {
		t.Errorf("%d consents, want none", n-granted)
	}
}

// The date that an admin entered says how long a refresh token lives: it does not end the token of the next consent.
func TestRefreshTokenExpiryOfTheNextConsent(t *testing.T) {
	d := newDesk(t)
	d.settings.RefreshTokenExpiry = time.Now().Add(40 * 24 * time.Hour)
	first := d.connect("t1")
	if left := time.Until(first.RefreshExpiry).Hours() / 24; left < 39 || left > 41 {
		t.Fatalf("the first token ends in %.0f days, want 40", left)
	}
	// 39 days later: the consent is long ago, and its date is tomorrow.
	day := 24 * time.Hour
	d.age("t1", 39*day)
	u, p, err := d.connector.Reconnect(t.Context(), "t1")
	if err != nil {
		t.Fatal(err)
	}
	again, err := d.connector.Complete(t.Context(), p, d.allow(u, servicenowtest.IntegrationUser, servicenowtest.IntegrationPassword))
	if err != nil {
		t.Fatal(err)
	}
	if left := time.Until(again.RefreshExpiry).Hours() / 24; left < 39 || left > 41 {
		t.Errorf("the token of the next consent ends in %.0f days, want 40", left)
	}
	if _, _, err := d.connector.Begin(t.Context(), "t2", first.Settings); err == nil || servicenow.Remedy(err) == "" {
		t.Errorf("settings without a secret: %v", err)
	}
	s := d.settings
	s.RefreshTokenExpiry = time.Now().Add(-day)
	if _, _, err := d.connector.Begin(t.Context(), "t2", s); err == nil || !strings.Contains(err.Error(), "refresh_token_expiry") {
		t.Errorf("a date that has passed: %v, want a refusal of refresh_token_expiry", err)
	}
}

// age makes a connection as old as if it had been made so long ago.
func (d *desk) age(tenant string, by time.Duration) {
	d.Helper()
	_, err := auth.Update(d.Context(), d.store, tenant, func(r *auth.Record) error {
		var kept map[string]any
		if err := json.Unmarshal(r.Connection, &kept); err != nil {
			return err
		}
		settings := kept["settings"].(map[string]any)
		for _, at := range []struct {
			in   map[string]any
			name string
		}{{kept, "consented_at"}, {settings, "refresh_token_expiry"}} {
			was, err := time.Parse(time.RFC3339Nano, at.in[at.name].(string))
			if err != nil {
				return err
			}
			at.in[at.name] = was.Add(-by)
		}
		var err error
		r.Connection, err = json.Marshal(kept)
		return err
	})
	if err != nil {
		d.Fatal(err)
	}
}
