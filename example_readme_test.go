package servicenow_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"

	"github.com/seed-a66f7fd3/servicenow"
	"github.com/seed-a66f7fd3/servicenow/auth"
	"github.com/seed-a66f7fd3/servicenow/casesvc"
	"github.com/seed-a66f7fd3/servicenow/provision"
	"github.com/seed-a66f7fd3/servicenow/servicenowtest"
	"github.com/seed-a66f7fd3/servicenow/table"
	"github.com/seed-a66f7fd3/servicenow/webhook"
)

// product is a host application in which the README's code stands.
type product struct {
	store     auth.TokenStore
	toSN      *http.Client
	host      *httptest.Server
	heard     chan string
	sn        *servicenowtest.Server
	connector *servicenow.Connector
}

func (p *product) remember(_ context.Context, line string) error { p.heard <- line; return nil }

// newProduct starts an instance and a product that trust each other's certificates only.
func newProduct() *product {
	p := &product{store: auth.NewMemoryStore(), heard: make(chan string, 10)}
	mux := http.NewServeMux()
	p.host = httptest.NewTLSServer(mux)
	sn, err := servicenowtest.Start(servicenowtest.WithOutbound(p.host.Client()),
		servicenowtest.WithSampleData(servicenowtest.SampleData{Cases: 20, Incidents: 5, Articles: 3}))
	if err != nil {
		log.Fatal(err)
	}
	p.sn, p.toSN = sn, sn.HTTPClient()
	p.assemble(mux, p.host.URL)
	return p
}

func (p *product) close() {
	p.sn.Close()
	p.host.Close()
}

// assemble is the README's "Connect".
func (p *product) assemble(mux *http.ServeMux, here string) {
	store, httpClient := p.store, p.toSN
	connector, err := servicenow.NewConnector(servicenow.ConnectorConfig{
		Store:       store, // auth.NewFileStore, auth.NewSQLStore or your own, wrapped in auth.Encrypted
		RedirectURL: here + "/oauth/servicenow/callback",
		WebhookURL:  here + "/hooks/servicenow/{tenant}",
		Webhooks:    provision.Settings{Vendor: "x_acme", Label: "Acme"},
		HTTPClient:  httpClient, // nil for the default, which obeys HTTPS_PROXY and SSL_CERT_FILE
	})
	if err != nil {
		log.Fatal(err)
	}
	p.connector = connector
	p.listen(mux, connector)
}

// listen is the README's "Listen".
func (p *product) listen(mux *http.ServeMux, connector *servicenow.Connector) {
	remember := p.remember
	hooks, err := connector.WebhookHandler(func(ctx context.Context, e webhook.Event) error {
		switch e := e.(type) {
		case *webhook.CommentAdded:
			return remember(ctx, "comment on "+e.Record.Table)
		case *webhook.CaseCreated:
			return remember(ctx, "new case "+e.Number)
		case *webhook.TaskChanged:
			return remember(ctx, e.Table+" "+e.Number+" changed")
		}
		return nil
	})
	if err != nil {
		log.Fatal(err)
	}
	mux.Handle("POST /hooks/servicenow/{tenant}", hooks)
}

// settings are what an admin entered.
func (p *product) settings() servicenow.Settings {
	client := p.sn.AddOAuthClient(servicenowtest.OAuthClient{Name: "Acme", RedirectURLs: []string{p.host.URL + "/oauth/servicenow/callback"}})
	return servicenow.Settings{
		Instance: p.sn.Instance(), ClientID: client.ClientID, ClientSecret: auth.NewSecret(client.ClientSecret),
		Capability: servicenow.Helpdesk, PullBy: servicenow.Updated,
	}
}

// consent is the browser: it returns the URL to which the instance sent it.
func (p *product) consent(u *url.URL) *url.URL {
	redirect, err := p.sn.Consent(u.String(), servicenowtest.AdminUser, servicenowtest.AdminPassword, true)
	if err != nil {
		log.Fatal(err)
	}
	callback, err := url.Parse(redirect)
	if err != nil {
		log.Fatal(err)
	}
	return callback
}

func (p *product) connect(ctx context.Context, tenant string) servicenow.Status {
	u, pending, err := p.connector.Begin(ctx, tenant, p.settings())
	if err != nil {
		log.Fatal(err)
	}
	status, err := p.connector.Complete(ctx, pending, p.consent(u))
	if err != nil {
		log.Fatal(err)
	}
	return status
}

// Connect a customer: settings from a form, consent in a browser, and everything that follows from it.
func Example_connect() {
	p := newProduct()
	defer p.close()
	ctx, connector, settings := context.Background(), p.connector, p.settings()

	u, pending, err := connector.Begin(ctx, "customer-1", settings)
	if err != nil {
		log.Fatal(err)
	}
	callback := p.consent(u) // send the browser to u; keep pending until it comes back
	status, err := connector.Complete(ctx, pending, callback)
	if err != nil {
		log.Fatal(err, servicenow.Remedy(err))
	}
	fmt.Println(status.State, "as", status.Identity.UserName)
	// Output: ready_to_sync as admin
}

// Pull everything that the capability needs, and go on from there the next time.
func Example_pull() {
	p := newProduct()
	defer p.close()
	ctx, connector := context.Background(), p.connector
	p.connect(ctx, "customer-1")
	var checkpoint servicenow.PullCheckpoint
	cases := 0

	for change, err := range connector.Pull(ctx, "customer-1", servicenow.PullOptions{From: checkpoint}) {
		if err != nil {
			log.Fatal(err, servicenow.Remedy(err))
		}
		switch row := change.Row.(type) {
		case *table.Case:
			cases++ // row.Number, row.ShortDescription, row.Account …
			_ = row
		case nil: // change.Operation == table.Deleted
		}
		checkpoint = change.Next // save it with the row, or after it
	}
	fmt.Println(cases, "cases, then on from a checkpoint:", !checkpoint.IsZero())
	// Output: 20 cases, then on from a checkpoint: true
}

// Listen to what happens on the instance.
func Example_listen() {
	p := newProduct()
	defer p.close()
	ctx := context.Background()
	p.connect(ctx, "customer-1")

	open := p.sn.Rows("sn_customerservice_case", "active=true")
	if err := p.sn.As(servicenowtest.AdminUser).Comment("sn_customerservice_case", open[0]["sys_id"], "Thank you"); err != nil {
		log.Fatal(err)
	}
	fmt.Println(<-p.heard)
	// Output: comment on sn_customerservice_case
}

// Act on the instance as the connected user.
func Example_act() {
	p := newProduct()
	defer p.close()
	ctx, connector := context.Background(), p.connector
	p.connect(ctx, "customer-1")

	sn, err := connector.Client(ctx, "customer-1")
	if err != nil {
		log.Fatal(err)
	}
	for c, err := range sn.Cases.List(ctx, casesvc.Open().NewestFirst().Limit(1)) {
		if err != nil {
			log.Fatal(err)
		}
		if err := sn.Cases.AddComment(ctx, c.SysID.String(), "We are on it."); err != nil {
			log.Fatal(err)
		}
	}
	big := table.Where("priority", table.AtMost, "2").And("short_description", table.Like, "VPN^100%")
	n, err := table.Of[table.Incident](sn.Tables, "incident").Count(ctx, big)
	fmt.Println(n, err)
	// Output: 0 <nil>
}

// A tool with one instance needs two lines.
func Example_tool() {
	server, err := servicenowtest.Start()
	if err != nil {
		log.Fatal(err)
	}
	defer server.Close()
	instance, user, password := server.Instance(), servicenowtest.AdminUser, servicenowtest.AdminPassword
	ctx, local := context.Background(), servicenow.WithHTTPClient(server.HTTPClient())

	sn, err := servicenow.New(instance, servicenow.WithBasicAuth(user, password), local)
	if err != nil {
		log.Fatal(err)
	}
	me, err := sn.Users.Me(ctx)
	fmt.Println(me.UserName, err)
	// Output: admin <nil>
}

// What a failure says: decide with errors.Is, show the remedy.
func Example_failure() {
	server, err := servicenowtest.Start()
	if err != nil {
		log.Fatal(err)
	}
	defer server.Close()
	sn, err := servicenow.New(server.Instance(), servicenow.WithBasicAuth("nobody", "wrong"), servicenow.WithHTTPClient(server.HTTPClient()))
	if err != nil {
		log.Fatal(err)
	}
	ctx, id := context.Background(), "0123456789abcdef0123456789abcdef"

	_, err = sn.Users.BySysID(ctx, id)
	switch {
	case errors.Is(err, servicenow.ErrReauthorize): // ask the customer's admin to click Allow again
	case errors.Is(err, servicenow.ErrNotFound): // missing, or hidden from this user
	case errors.Is(err, servicenow.ErrUnauthorized):
		fmt.Println(servicenow.Remedy(err))
	}
	// Output: check the credentials: the user must be active, not locked out, and allowed to use web services
}

// TestYourCode is the README's "Test".
func TestYourCode(t *testing.T) {
	server := servicenowtest.NewServer(t, servicenowtest.WithSampleData(servicenowtest.SampleData{Cases: 3}))
	sn, err := servicenow.New(server.Instance(),
		servicenow.WithBasicAuth(servicenowtest.IntegrationUser, servicenowtest.IntegrationPassword),
		servicenow.WithHTTPClient(server.HTTPClient()))
	if err != nil {
		t.Fatal(err)
	}
	server.Fault(servicenowtest.When{Count: 1}, servicenowtest.Unavailable(503)) // the platform's worst, on demand

	n, err := table.Of[table.Case](sn.Tables, "sn_customerservice_case").Count(t.Context(), table.Query{})
	if err != nil || n != 3 {
		t.Errorf("%d cases, %v", n, err)
	}
}
