package servicenow_test

import (
	"strings"
	"testing"

	"github.com/seed-a66f7fd3/servicenow"
	"github.com/seed-a66f7fd3/servicenow/provision"
	"github.com/seed-a66f7fd3/servicenow/servicenowtest"
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
