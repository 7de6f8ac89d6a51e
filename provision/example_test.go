package provision_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"

	"github.com/seed-a66f7fd3/servicenow/auth"
	"github.com/seed-a66f7fd3/servicenow/internal/rest"
	"github.com/seed-a66f7fd3/servicenow/provision"
	"github.com/seed-a66f7fd3/servicenow/servicenowtest"
	"github.com/seed-a66f7fd3/servicenow/webhook"
)

// Install the IT agent's rule, see an incident arrive, and find nothing to do the next time.
func Example() {
	key := webhook.NewKey()
	arrived := make(chan *webhook.TaskChanged, 1)
	handler, err := webhook.NewHandler(webhook.HandlerConfig{
		Resolve: func(context.Context, string) (webhook.Endpoint, error) {
			return webhook.Endpoint{Keys: []webhook.Key{key}, Instance: "acme"}, nil
		},
		Receive: func(_ context.Context, e webhook.Event) error {
			arrived <- e.(*webhook.TaskChanged)
			return nil
		},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	mux := http.NewServeMux()
	mux.Handle("POST /hooks/{tenant}", handler)
	receiver := httptest.NewTLSServer(mux)
	defer receiver.Close()

	instance, err := servicenowtest.Start(servicenowtest.WithOutbound(receiver.Client()))
	if err != nil {
		fmt.Println(err)
		return
	}
	defer instance.Close()
	client := instance.HTTPClient()
	defer client.CloseIdleConnections()
	conn, err := rest.New(rest.Config{Instance: instance.Instance(), HTTPClient: client,
		Credential: auth.Basic(servicenowtest.AdminUser, auth.NewSecret(servicenowtest.AdminPassword))})
	if err != nil {
		fmt.Println(err)
		return
	}

	spec, err := provision.Agent(provision.Settings{Instance: "acme", Vendor: "x_acme", Label: "Acme",
		CallbackURL: receiver.URL + "/hooks/t-42", Secret: key})
	if err != nil {
		fmt.Println(err)
		return
	}
	p := provision.New(conn)
	ctx := context.Background()
	plan, err := p.Plan(ctx, spec)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, s := range plan.Steps {
		fmt.Println(s.Do, s.Table, s.Name)
	}
	if _, err := p.Apply(ctx, plan); err != nil {
		fmt.Println(err)
		return
	}
	if _, err := instance.As(servicenowtest.AdminUser).Insert("incident", map[string]string{"short_description": "No toner"}); err != nil {
		fmt.Println(err)
		return
	}
	event := <-arrived
	fmt.Println(event.Operation, event.Class, "by", event.Actor)
	again, err := p.Provision(ctx, spec)
	fmt.Println(len(again.Done), "steps the next time,", err)
	// Output:
	// create sys_properties x_acme.callback_url
	// create sys_properties x_acme.webhook_secret
	// create sys_script Acme: task webhook
	// insert incident by admin
	// 0 steps the next time, <nil>
}
