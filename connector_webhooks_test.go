package servicenow_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/seed-a66f7fd3/servicenow"
	"github.com/seed-a66f7fd3/servicenow/auth"
	"github.com/seed-a66f7fd3/servicenow/provision"
	"github.com/seed-a66f7fd3/servicenow/servicenowtest"
	"github.com/seed-a66f7fd3/servicenow/webhook"
)

// agentDesk is the IT agent's product: one rule on task under the product's own name, a property with a callback URL that
// names the tenant in its query, and a rule of an earlier version that has to go.
type agentDesk struct {
	*desk
	arrived chan webhook.Event
}

func newAgentDesk(t *testing.T) *agentDesk {
	t.Helper()
	a := &agentDesk{arrived: make(chan webhook.Event, 20)}
	mux := http.NewServeMux()
	receiver := httptest.NewTLSServer(mux)
	t.Cleanup(receiver.Close)
	sn := servicenowtest.NewServer(t, servicenowtest.WithOutbound(receiver.Client()))
	sn.GrantRoles(servicenowtest.IntegrationUser, "admin")
	client := sn.AddOAuthClient(servicenowtest.OAuthClient{Name: "Agent", RedirectURLs: []string{redirectURL}})
	a.desk = &desk{T: t, sn: sn, store: auth.NewMemoryStore(), settings: servicenow.Settings{
		Instance: sn.Instance(), ClientID: client.ClientID, ClientSecret: auth.NewSecret(client.ClientSecret),
		Capability: servicenow.TaskFamily, PullBy: servicenow.Updated,
	}}
	var err error
	a.connector, err = servicenow.NewConnector(servicenow.ConnectorConfig{
		Store: a.store, RedirectURL: redirectURL, HTTPClient: sn.HTTPClient(),
		WebhookURL: receiver.URL + "/callback/servicenow?v=1&tenant={tenant}",
		Webhooks: provision.Settings{Vendor: "x_agent", Names: map[string]string{"task": "Agent — Task Webhook"},
			Legacy: []provision.Legacy{{Name: "Agent — Incident Webhook", Table: "incident"}}},
	})
	if err != nil {
		t.Fatal(err)
	}
	handler, err := a.connector.WebhookHandler(func(_ context.Context, e webhook.Event) error {
		a.arrived <- e
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	mux.Handle("/callback/servicenow", handler)
	return a
}

// fires creates an incident and wants its event.
func (a *agentDesk) fires(when string) *webhook.TaskChanged {
	a.Helper()
	id, err := a.sn.As(servicenowtest.AdminUser).Insert("incident", map[string]string{"short_description": when})
	if err != nil {
		a.Fatal(err)
	}
	select {
	case e := <-a.arrived:
		task, ok := e.(*webhook.TaskChanged)
		if !ok || task.SysID != id {
			a.Fatalf("%s: %T %+v", when, e, e)
		}
		return task
	case <-time.After(10 * time.Second):
		a.Fatalf("%s: no event; the instance sent %+v", when, a.sn.Deliveries())
		return nil
	}
}

func TestTheAgentsProduct(t *testing.T) {
	a := newAgentDesk(t)
	if _, err := a.sn.As(servicenowtest.AdminUser).Insert("sys_script", map[string]string{
		"name": "Agent — Incident Webhook", "collection": "incident", "active": "true", "when": "after"}); err != nil {
		t.Fatal(err)
	}
	const tenant = "a&b c/ü"
	if status := a.connect(tenant); status.State != servicenow.ReadyToSync {
		t.Fatalf("%s: %s", status.State, status.Reason)
	}
	rules := a.sn.Rows("sys_script", "nameSTARTSWITHAgent")
	if len(rules) != 1 || rules[0]["name"] != "Agent — Task Webhook" || rules[0]["collection"] != "task" {
		t.Errorf("%v", rules)
	}
	if p := a.sn.Rows("sys_properties", "name=x_agent.callback_url"); len(p) != 1 {
		t.Errorf("%v", p)
	}
	if e := a.fires("connected"); e.Tenant != tenant || e.Class != "incident" {
		t.Errorf("%+v", e)
	}
}

// A new secret takes over without an event that the receiver refuses.
func TestRotationOfTheSigningSecret(t *testing.T) {
	a := newAgentDesk(t)
	a.connect("t1")
	a.fires("before")
	before, err := a.connector.SigningSecret(t.Context(), "t1")
	if err != nil {
		t.Fatal(err)
	}
	if err := a.connector.RotateSigningSecret(t.Context(), "t1"); err != nil {
		t.Fatal(err)
	}
	a.fires("after")
	after, err := a.connector.SigningSecret(t.Context(), "t1")
	if err != nil || after.Equal(before) {
		t.Errorf("%v, %v", after, err)
	}
	for _, p := range a.sn.Rows("sys_properties", "nameSTARTSWITHx_agent.webhook_secret") {
		if p["name"] == "x_agent.webhook_secret" && !strings.Contains(p["description"], after.ID()) {
			t.Errorf("the instance signs with %s, wanted %s", p["description"], after)
		}
	}
}
