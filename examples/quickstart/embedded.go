package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"time"

	"github.com/seed-a66f7fd3/servicenow"
	"github.com/seed-a66f7fd3/servicenow/auth"
	"github.com/seed-a66f7fd3/servicenow/provision"
	"github.com/seed-a66f7fd3/servicenow/servicenowtest"
	"github.com/seed-a66f7fd3/servicenow/webhook"
)

// tenant is the host application's own key for this customer.
const tenant = "customer-1"

// host is the application that embeds the SDK: two handlers in its own server, and a connector.
type host struct {
	server    *httptest.Server
	connector *servicenow.Connector
	events    chan webhook.Event
}

// runEmbedded does everything against an instance in this process.
func runEmbedded(ctx context.Context, c config, p *progress) error {
	began := time.Now()
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()

	h := &host{events: make(chan webhook.Event, 100)}
	mux := http.NewServeMux()
	h.server = httptest.NewTLSServer(mux)
	defer h.server.Close()
	redirect := h.server.URL + "/oauth/servicenow/callback"

	p.step("An instance in this process, with sample data")
	const admin, password = "integration.admin", "consent-by-http"
	sn, err := servicenowtest.Start(
		servicenowtest.WithSampleData(servicenowtest.SampleData{}),
		servicenowtest.WithUser(admin, password, []string{"admin", "itil", "csm_ws_integration"}, ""),
		servicenowtest.WithOutbound(h.server.Client()),
	)
	if err != nil {
		return err
	}
	defer sn.Close()
	client := sn.AddOAuthClient(servicenowtest.OAuthClient{Name: "Quickstart", RedirectURLs: []string{redirect}})
	p.say("  %s is up", sn.Instance())

	if err := h.assemble(mux, redirect, sn.HTTPClient()); err != nil {
		return err
	}
	if err := h.connect(ctx, c, p, sn, client, admin, password); err != nil {
		return err
	}
	snClient, err := h.connector.Client(ctx, tenant)
	if err != nil {
		return err
	}
	p.step("Pull for %s by %s time%s", c.capability, c.by, bound(max(c.limit, 0)))
	pulled, err := pull(ctx, snClient, c, p)
	if err != nil {
		return err
	}
	if pulled.rows == 0 || len(pulled.skipped) > 0 {
		return fmt.Errorf("the pull is not complete: %d rows, %d tables skipped", pulled.rows, len(pulled.skipped))
	}
	heard, err := h.listen(ctx, p, sn)
	if err != nil {
		return err
	}
	p.step("Done: %d rows, %d requests to the instance, %d events from it, %s", pulled.rows, len(sn.Requests()),
		heard, time.Since(began).Round(10*time.Millisecond))
	return nil
}

// assemble wires the SDK into the host's server, as any host application does.
func (h *host) assemble(mux *http.ServeMux, redirect string, toInstance *http.Client) (err error) {
	h.connector, err = servicenow.NewConnector(servicenow.ConnectorConfig{
		Store:       auth.NewMemoryStore(),
		RedirectURL: redirect,
		WebhookURL:  h.server.URL + "/hooks/servicenow/{tenant}",
		Webhooks:    provision.Settings{Vendor: "x_quickstart", Label: "Quickstart", Text: true, WorkNotes: true},
		Spec:        bothPresets,
		HTTPClient:  toInstance,
	})
	if err != nil {
		return err
	}
	key, err := auth.GenerateKey("quickstart")
	if err != nil {
		return err
	}
	keys, err := auth.NewKeys(key)
	if err != nil {
		return err
	}
	pages, err := h.connector.OAuthHandler(auth.HandlerConfig{
		Keys:   keys,
		Tenant: func(*http.Request) (string, error) { return tenant, nil },
	})
	if err != nil {
		return err
	}
	hooks, err := h.connector.WebhookHandler(func(ctx context.Context, e webhook.Event) error {
		select {
		case h.events <- e:
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	})
	if err != nil {
		return err
	}
	mux.Handle("GET /oauth/servicenow/start", pages.Start())
	mux.Handle("GET /oauth/servicenow/callback", pages.Callback())
	mux.Handle("POST /hooks/servicenow/{tenant}", hooks)
	return nil
}

// bothPresets installs the support platform's three rules and the IT agent's one, so that incidents are heard of too.
func bothPresets(_ servicenow.Capability, s provision.Settings) (provision.Spec, error) {
	desk, err := provision.Helpdesk(s)
	if err != nil {
		return desk, err
	}
	agent, err := provision.Agent(s)
	desk.Rules = append(desk.Rules, agent.Rules...)
	return desk, err
}

// connect saves what an admin entered in a form, lets the browser consent, and shows what the connection became.
func (h *host) connect(
	ctx context.Context, c config, p *progress, sn *servicenowtest.Server, client servicenowtest.OAuthClient, user, password string,
) error {
	p.step("Connect by the authorization code flow")
	err := h.connector.Save(ctx, tenant, servicenow.Settings{
		Instance: sn.Instance(), ClientID: client.ClientID, ClientSecret: auth.NewSecret(client.ClientSecret),
		Environment: servicenow.Sandbox, Capability: c.capability, PullBy: c.pullBy(),
	})
	if err != nil {
		return err
	}
	admin, err := newBrowser(user, password, map[string]*http.Client{
		sn.Instance().Host():                         sn.HTTPClient(),
		strings.TrimPrefix(h.server.URL, "https://"): h.server.Client(),
	})
	if err != nil {
		return err
	}
	page, err := admin.consent(ctx, h.server.URL+"/oauth/servicenow/start")
	if err != nil {
		return err
	}
	p.say("  the browser logged in, pressed Allow, and sees: %s", page)
	status, err := h.connector.Status(ctx, tenant)
	if err != nil {
		return err
	}
	if status.State != servicenow.ReadyToSync {
		return fmt.Errorf("the connection is %s: %s (%s)", status.State, status.Reason, status.Remedy)
	}
	granted := sn.TokensGranted()
	p.say("  %s as %s (%s); tokens granted: %v", status.State, status.Identity.UserName, status.Identity.SysID, granted)
	if granted["refresh_token"] == 0 {
		return errors.New("the refresh token was not proved")
	}
	if err := h.showInstalled(p, sn); err != nil {
		return err
	}
	p.step("Test Connection")
	report, err := h.connector.Check(ctx, tenant)
	if err != nil {
		return err
	}
	p.say("%s", report)
	if !report.OK() {
		return errors.New("the connection check failed")
	}
	return nil
}

// showInstalled prints what the provisioner made, as the instance holds it.
func (h *host) showInstalled(p *progress, sn *servicenowtest.Server) error {
	rules := sn.Rows("sys_script", "nameSTARTSWITHQuickstart")
	for _, r := range rules {
		p.say("  Business Rule %q on %s, active %s", r["name"], r["collection"], r["active"])
	}
	properties := sn.Rows("sys_properties", "nameSTARTSWITHx_quickstart")
	for _, r := range properties {
		p.say("  System Property %s", r["name"])
	}
	if len(rules) < 4 || len(properties) < 2 {
		return fmt.Errorf("%d rules and %d properties were installed", len(rules), len(properties))
	}
	return nil
}
