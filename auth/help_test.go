package auth_test

import (
	"context"
	"errors"
	"net/http"
	"testing"
	"time"

	"github.com/seed-a66f7fd3/servicenow/auth"
	"github.com/seed-a66f7fd3/servicenow/auth/internal/tokenserver"
	"github.com/seed-a66f7fd3/servicenow/internal/instance"
)

const tenant = "tenant-42"

func acme(t testing.TB) auth.Instance {
	t.Helper()
	i, err := instance.Parse("acme")
	if err != nil {
		t.Fatal(err)
	}
	return i
}

// app is the application that tokenserver knows, reached through rt.
func app(t testing.TB, rt http.RoundTripper) auth.App {
	t.Helper()
	return auth.App{
		Instance: acme(t), ClientID: tokenserver.ClientID, ClientSecret: auth.NewSecret(tokenserver.ClientSecret),
		RedirectURL: "https://app.example.com/oauth/callback", HTTPClient: &http.Client{Transport: rt},
	}
}

// connected returns a store in which the tenant has the server's tokens, good for life.
func connected(t testing.TB, s *tokenserver.Server, life time.Duration) *auth.MemoryStore {
	t.Helper()
	store := auth.NewMemoryStore()
	save(t, store, s, life)
	return store
}

func save(t testing.TB, store auth.TokenStore, s *tokenserver.Server, life time.Duration) {
	t.Helper()
	access, refresh := s.Grant()
	now := time.Now()
	token := auth.Token{
		Access: auth.NewSecret(access), Refresh: auth.NewSecret(refresh), Issued: now.Add(-auth.DefaultAccessLifespan + life),
		Expiry: now.Add(life), RefreshExpiry: now.Add(auth.DefaultRefreshLifespan),
	}
	if err := auth.SaveToken(t.Context(), store, tenant, token); err != nil {
		t.Fatal(err)
	}
}

func source(t testing.TB, config auth.SourceConfig) *auth.TokenSource {
	t.Helper()
	if config.Tenant == "" {
		config.Tenant = tenant
	}
	s, err := auth.NewTokenSource(config)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func load(t testing.TB, store auth.TokenStore) (auth.Record, auth.Token) {
	t.Helper()
	r, _, err := store.Load(context.Background(), tenant)
	if err != nil {
		t.Fatal(err)
	}
	token, err := r.ImportToken()
	if err != nil {
		t.Fatal(err)
	}
	return r, token
}

// wantError wants an *auth.Error with this code, in this class, and with a remedy.
func wantError(t testing.TB, err error, code auth.Code, class error) *auth.Error {
	t.Helper()
	var e *auth.Error
	if !errors.As(err, &e) {
		t.Fatalf("got %v, want an *auth.Error %s", err, code)
	}
	if e.Code != code || !errors.Is(err, code) {
		t.Errorf("code %q (%v), want %q", e.Code, err, code)
	}
	if class != nil && !errors.Is(err, class) {
		t.Errorf("%v is not %v", err, class)
	}
	if e.Remedy == "" {
		t.Errorf("%v has no remedy", err)
	}
	return e
}

// roundTrip is a transport of one function.
type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }
