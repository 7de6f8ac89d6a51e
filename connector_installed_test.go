package servicenow_test

import (
	"strings"
	"testing"
	"time"

	"github.com/seed-a66f7fd3/servicenow"
	"github.com/seed-a66f7fd3/servicenow/provision"
	"github.com/seed-a66f7fd3/servicenow/servicenowtest"
	"github.com/seed-a66f7fd3/servicenow/webhook"
)

func withWebhooks(c *servicenow.ConnectorConfig) {
	c.WebhookURL = "https://app.example.com/hooks/servicenow/{tenant}"
	c.Webhooks = provision.Settings{Vendor: "x_acme"}
}

// Test Connection sees a webhook that somebody removed; Activate, as Reconnect does, brings it back.
func TestCheckSeesTheWebhooks(t *testing.T) {
	d := newDesk(t, withWebhooks)
	d.sn.GrantRoles(servicenowtest.IntegrationUser, "admin")
	d.connect("t1")
	report, err := d.connector.Check(t.Context(), "t1")
	if f, _ := report.Finding("webhooks"); err != nil || f.Verdict != servicenow.Pass {
		t.Fatalf("%v: %+v, want the webhooks in place", err, f)
	}
	rule := d.sn.Rows("sys_script", "nameSTARTSWITHx_acme")[0]
	if err := d.sn.As("admin").Delete("sys_script", rule["sys_id"]); err != nil {
		t.Fatal(err)
	}
	report, err = d.connector.Check(t.Context(), "t1")
	f, _ := report.Finding("webhooks")
	if err != nil || f.Verdict != servicenow.Fail || !strings.Contains(f.Evidence, rule["name"]) ||
		!strings.Contains(f.Remedy, "reconnect") {
		t.Errorf("%v: %+v, want it to name the rule and the remedy", err, f)
	}
	if got := d.state("t1"); got != servicenow.Degraded {
		t.Errorf("state %q, want degraded", got)
	}
	if status, err := d.connector.Activate(t.Context(), "t1"); err != nil || status.State != servicenow.ReadyToSync {
		t.Errorf("%s: %s, %v", status.State, status.Reason, err)
	}
}

// An admin who installs the webhooks by hand needs no right for the integration user, and keeps what was installed.
func TestManualWebhooks(t *testing.T) {
	d := newDesk(t, withWebhooks)
	d.settings.ManualWebhooks = true
	status := d.connect("t1")
	if status.State != servicenow.ReadyToSync {
		t.Fatalf("%s: %s, want ready", status.State, status.Reason)
	}
	byHand, err := d.sn.As("admin").Insert("sys_script", map[string]string{"name": "x_acme: case webhook", "collection": "sn_customerservice_case"})
	if err != nil {
		t.Fatal(err)
	}
	if key, err := d.connector.SigningSecret(t.Context(), "t1"); err != nil || key.IsZero() {
		t.Errorf("no signing secret for the property: %v", err)
	}
	if err := d.connector.Disconnect(t.Context(), "t1"); err != nil {
		t.Fatal(err)
	}
	if len(d.sn.Rows("sys_script", "sys_id="+byHand)) != 1 {
		t.Error("Disconnect removed what an admin had installed")
	}
}

// signingKeys are the ids of the secrets that the instance has, and of the one that the host has.
func signingKeys(d *desk) (now, old, host string) {
	d.Helper()
	value := func(name string) string {
		rows := d.sn.Rows("sys_properties", "name="+name)
		if len(rows) != 1 || rows[0]["value"] == "" {
			return ""
		}
		key, err := webhook.ParseKey(rows[0]["value"])
		if err != nil {
			d.Fatal(err)
		}
		return key.ID()
	}
	key, err := d.connector.SigningSecret(d.Context(), "t1")
	if err != nil {
		d.Fatal(err)
	}
	return value("x_acme.webhook_secret"), value("x_acme.webhook_secret_old"), key.ID()
}

// During the overlap both secrets sign; running it again changes nothing, and after the overlap the old one goes.
func TestRotateSigningSecret(t *testing.T) {
	overlap := time.Hour
	d := newDesk(t, withWebhooks, func(c *servicenow.ConnectorConfig) { c.SigningOverlap = overlap })
	d.sn.GrantRoles(servicenowtest.IntegrationUser, "admin")
	d.connect("t1")
	first, none, _ := signingKeys(d)
	for range 2 {
		if err := d.connector.RotateSigningSecret(t.Context(), "t1"); err != nil {
			t.Fatal(err)
		}
		now, old, host := signingKeys(d)
		if none != "" || now == first || now != host || old != first {
			t.Errorf("the instance signs with %q and %q, the host has %q; before it was %q", now, old, host, first)
		}
	}
	later, err := servicenow.NewConnector(servicenow.ConnectorConfig{
		Store: d.store, RedirectURL: redirectURL, HTTPClient: d.sn.HTTPClient(), SigningOverlap: 1,
		WebhookURL: "https://app.example.com/hooks/servicenow/{tenant}", Webhooks: provision.Settings{Vendor: "x_acme"},
	})
	if err != nil {
		t.Fatal(err)
	}
	second, _, _ := signingKeys(d)
	if _, err := later.Activate(t.Context(), "t1"); err != nil {
		t.Fatal(err)
	}
	if now, old, host := signingKeys(d); now != second || old != "" || host != second {
		t.Errorf("after the overlap the instance signs with %q and %q, the host has %q; want %q alone", now, old, host, second)
	}
}
