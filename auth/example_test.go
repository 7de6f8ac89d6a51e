package auth_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"

	"github.com/seed-a66f7fd3/servicenow/auth"
	"github.com/seed-a66f7fd3/servicenow/servicenowtest"
)

// instanceWithApp stands for the customer's instance, on which an admin registered an OAuth application.
func instanceWithApp() (*servicenowtest.Server, auth.App) {
	server, err := servicenowtest.Start()
	if err != nil {
		log.Fatal(err)
	}
	c := server.AddOAuthClient(servicenowtest.OAuthClient{
		Name: "Example app", RedirectURLs: []string{"https://app.example.com/oauth/callback"},
	})
	return server, auth.App{
		Instance: server.Instance(), ClientID: c.ClientID, ClientSecret: auth.NewSecret(c.ClientSecret),
		RedirectURL: "https://app.example.com/oauth/callback", HTTPClient: server.HTTPClient(),
	}
}

// A consent from the first click to a token that renews itself.
func Example() {
	ctx := context.Background()
	server, app := instanceWithApp()
	defer server.Close()

	flow, err := auth.NewFlow(app)
	if err != nil {
		log.Fatal(err)
	}
	consent, pending, err := flow.AuthCodeURL("tenant-42") // send the browser there, keep pending
	if err != nil {
		log.Fatal(err)
	}

	// The person logs in and presses Allow; the browser arrives at the redirect URL.
	arrived, err := server.Consent(consent.String(), servicenowtest.IntegrationUser, servicenowtest.IntegrationPassword,
		true)
	if err != nil {
		log.Fatal(err)
	}
	callback, err := url.Parse(arrived)
	if err != nil {
		log.Fatal(err)
	}
	token, err := flow.Exchange(ctx, pending, callback)
	if err != nil {
		log.Fatal(err)
	}
	store := auth.NewMemoryStore()
	if err := auth.SaveToken(ctx, store, "tenant-42", token); err != nil {
		log.Fatal(err)
	}

	source, err := auth.NewTokenSource(auth.SourceConfig{App: app, Store: store, Tenant: "tenant-42"})
	if err != nil {
		log.Fatal(err)
	}
	header := http.Header{}
	if _, err := source.Authorize(ctx, header); err != nil {
		log.Fatal(err)
	}
	status, err := source.Status(ctx)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("connected:", status.Connected)
	fmt.Println("secrets print as:", token.Access)
	// Output:
	// connected: true
	// secrets print as: [redacted]
}

// What went wrong with a consent, and what to do.
func ExampleError() {
	server, app := instanceWithApp()
	defer server.Close()
	flow, err := auth.NewFlow(app)
	if err != nil {
		log.Fatal(err)
	}
	_, pending, err := flow.AuthCodeURL("tenant-42")
	if err != nil {
		log.Fatal(err)
	}
	callback, err := url.Parse("https://app.example.com/oauth/callback?error=access_denied&state=" + pending.State)
	if err != nil {
		log.Fatal(err)
	}
	_, err = flow.Exchange(context.Background(), pending, callback)

	var e *auth.Error
	if errors.As(err, &e) && errors.Is(err, auth.ErrAccessDenied) {
		fmt.Println(e.Code)
		fmt.Println(e.Remedy)
	}
	// Output:
	// access_denied
	// start again and choose Allow on the instance's consent page
}

// A file store whose records are sealed, and the rotation of its keys.
func ExampleEncrypted() {
	dir, err := os.MkdirTemp("", "tokens")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	files, err := auth.NewFileStore(dir)
	if err != nil {
		log.Fatal(err)
	}
	current, err := auth.GenerateKey("2026-07") // once; a secret manager keeps current.Export()
	if err != nil {
		log.Fatal(err)
	}
	old, err := auth.GenerateKey("2026-01")
	if err != nil {
		log.Fatal(err)
	}
	keys, err := auth.NewKeys(current, old) // seals with the first, opens with both
	if err != nil {
		log.Fatal(err)
	}
	ctx := context.Background()
	store := auth.Encrypted(files, keys)
	if err := auth.SaveToken(ctx, store, "tenant-42",
		auth.Token{Access: auth.NewSecret("a"), Refresh: auth.NewSecret("r")}); err != nil {
		log.Fatal(err)
	}
	sealed, _, err := files.Load(ctx, "tenant-42")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("sealed with", auth.SealedWith(sealed))
	// Output: sealed with 2026-07
}

// A tool that acts as its application's user needs no browser and no store.
func ExampleClientCredentials() {
	server, app := instanceWithApp()
	defer server.Close()
	source, err := auth.NewTokenSource(auth.SourceConfig{App: app, Grant: auth.ClientCredentials})
	if err != nil {
		log.Fatal(err)
	}
	_, err = source.Token(context.Background()) // the admin has not enabled the grant on the instance yet
	fmt.Println("an admin must act:", errors.Is(err, auth.ErrReauthorize))
	// Output: an admin must act: true
}

// The two handlers of a consent in a popup.
func ExampleHandler() {
	server, app := instanceWithApp()
	defer server.Close()
	key, err := auth.GenerateKey("2026-07")
	if err != nil {
		log.Fatal(err)
	}
	keys, err := auth.NewKeys(key)
	if err != nil {
		log.Fatal(err)
	}
	store := auth.NewMemoryStore()
	handler, err := auth.NewHandler(auth.HandlerConfig{
		Tenant: func(*http.Request) (string, error) { return "tenant-42", nil }, // from the host's session
		App:    func(context.Context, string) (auth.App, error) { return app, nil },
		Connected: func(ctx context.Context, tenant string, t auth.Token) error {
			return auth.SaveToken(ctx, store, tenant, t)
		},
		Keys: keys, Opener: "https://app.example.com",
	})
	if err != nil {
		log.Fatal(err)
	}
	mux := http.NewServeMux()
	mux.Handle("/oauth/start", handler.Start())
	mux.Handle("/oauth/callback", handler.Callback())

	w := httptest.NewRecorder()
	mux.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "https://app.example.com/oauth/start", nil))
	to, err := w.Result().Location()
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(w.Code, to.Path, to.Query().Get("code_challenge_method"))
	// Output: 303 /oauth_auth.do S256
}
