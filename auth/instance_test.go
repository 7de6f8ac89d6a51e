package auth_test

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"errors"
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/seed-a66f7fd3/servicenow/auth"
	"github.com/seed-a66f7fd3/servicenow/servicenowtest"
)

// These tests talk to an instance over TLS: the protocol as the documentation has it, written down a second time.

const callbackURL = "https://app.example.com/oauth/callback"

// registered starts an instance with one OAuth application.
func registered(t testing.TB, c servicenowtest.OAuthClient, opts ...servicenowtest.Option) (*servicenowtest.Server,
	auth.App) {
	t.Helper()
	s := servicenowtest.NewServer(t, opts...)
	c.RedirectURLs = append(c.RedirectURLs, callbackURL)
	c = s.AddOAuthClient(c)
	a := auth.App{
		Instance: s.Instance(), ClientID: c.ClientID, ClientSecret: auth.NewSecret(c.ClientSecret),
		RedirectURL: callbackURL, HTTPClient: s.HTTPClient(),
	}
	if c.Public {
		a.ClientSecret = auth.Secret{}
	}
	return s, a
}

// works calls an API with the credential and returns the status.
func works(t testing.TB, s *servicenowtest.Server, a interface {
	Authorize(context.Context, http.Header) (any, error)
}) int {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet,
		s.Instance().Origin()+"/api/now/table/incident?sysparm_limit=1", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Accept", "application/json")
	if _, err := a.Authorize(t.Context(), req.Header); err != nil {
		t.Fatal(err)
	}
	res, err := s.HTTPClient().Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	return res.StatusCode
}

// consent runs the whole flow with a person who presses Allow.
func consent(t testing.TB, s *servicenowtest.Server, a auth.App) auth.Token {
	t.Helper()
	f := flow(t, a)
	u, p := begin(t, f)
	back, err := s.Consent(u.String(), servicenowtest.IntegrationUser, servicenowtest.IntegrationPassword, true)
	if err != nil {
		t.Fatal(err)
	}
	callback, err := url.Parse(back)
	if err != nil {
		t.Fatal(err)
	}
	token, err := f.Exchange(t.Context(), p, callback)
	if err != nil {
		t.Fatal(err)
	}
	return token
}

func TestInstanceConsent(t *testing.T) {
	for name, tt := range map[string]struct {
		client servicenowtest.OAuthClient
		change func(*auth.App)
	}{
		"confidential, with PKCE":    {servicenowtest.OAuthClient{}, func(*auth.App) {}},
		"confidential, without PKCE": {servicenowtest.OAuthClient{}, func(a *auth.App) { a.WithoutPKCE = true }},
		"PKCE required":              {servicenowtest.OAuthClient{PKCERequired: true}, func(*auth.App) {}},
		"public":                     {servicenowtest.OAuthClient{Public: true}, func(*auth.App) {}},
		"scopes": {servicenowtest.OAuthClient{Scopes: []string{"incident_read"}},
			func(a *auth.App) { a.Scopes = []string{"incident_read"} }},
	} {
		t.Run(name, func(t *testing.T) {
			s, a := registered(t, tt.client)
			tt.change(&a)
			token := consent(t, s, a)
			if token.Refresh.IsZero() != tt.client.Public {
				t.Errorf("%v", token)
			}
			if status := works(t, s, auth.Bearer(token.Access)); status != http.StatusOK {
				t.Errorf("the token is answered %d", status)
			}
		})
	}
}

func TestInstanceConsentRefused(t *testing.T) {
	s, a := registered(t, servicenowtest.OAuthClient{})
	f := flow(t, a)
	u, p := begin(t, f)
	back, err := s.Consent(u.String(), servicenowtest.IntegrationUser, servicenowtest.IntegrationPassword, false)
	if err != nil {
		t.Fatal(err)
	}
	callback, _ := url.Parse(back)
	_, err = f.Exchange(t.Context(), p, callback)
	wantError(t, err, auth.ErrAccessDenied, nil)

	// The redirect URL is not registered: the code lands on the registered one.
	other := a
	other.RedirectURL = "https://staging.example.com/oauth/callback"
	f = flow(t, other)
	u, p = begin(t, f)
	back, err = s.Consent(u.String(), servicenowtest.IntegrationUser, servicenowtest.IntegrationPassword, true)
	if err != nil {
		t.Fatal(err)
	}
	callback, _ = url.Parse(back)
	_, err = f.Exchange(t.Context(), p, callback)
	wantError(t, err, auth.ErrRedirectMismatch, nil)

	// A scope that the application does not grant.
	a.Scopes = []string{"everything"}
	f = flow(t, a)
	u, p = begin(t, f)
	if back, err = s.Consent(u.String(), servicenowtest.IntegrationUser, servicenowtest.IntegrationPassword,
		true); err != nil {
		t.Fatal(err)
	}
	callback, _ = url.Parse(back)
	_, err = f.Exchange(t.Context(), p, callback)
	wantError(t, err, auth.ErrInvalidScope, nil)
}

func TestInstanceGrants(t *testing.T) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	s, a := registered(t, servicenowtest.OAuthClient{
		ApplicationUser: servicenowtest.IntegrationUser,
		JWTKeys:         []servicenowtest.JWTKey{{KeyID: "kid-1", Public: &key.PublicKey}},
	})
	inHeader := a
	inHeader.ClientAuth = auth.InHeader
	for name, tt := range map[string]struct {
		app   auth.App
		grant auth.Grant
	}{
		"password": {a, auth.Password(servicenowtest.IntegrationUser, auth.NewSecret(servicenowtest.IntegrationPassword))},
		"password, credentials in the header": {inHeader,
			auth.Password(servicenowtest.IntegrationUser, auth.NewSecret(servicenowtest.IntegrationPassword))},
		"jwt bearer": {a, auth.JWTBearer(auth.JWT{Key: key, KeyID: "kid-1", Subject: servicenowtest.IntegrationUser})},
	} {
		t.Run(name, func(t *testing.T) {
			source := source(t, auth.SourceConfig{App: tt.app, Grant: tt.grant})
			if status := works(t, s, source); status != http.StatusOK {
				t.Errorf("answered %d", status)
			}
		})
	}
	t.Run("basic", func(t *testing.T) {
		basic := auth.Basic(servicenowtest.IntegrationUser, auth.NewSecret(servicenowtest.IntegrationPassword))
		if status := works(t, s, basic); status != http.StatusOK {
			t.Errorf("answered %d", status)
		}
	})
	t.Run("wrong password", func(t *testing.T) {
		_, err := auth.Password(servicenowtest.IntegrationUser, auth.NewSecret("wrong"))(t.Context(), a)
		if !errors.Is(err, auth.ErrReauthorize) {
			t.Errorf("%v", err)
		}
	})
	t.Run("wrong secret", func(t *testing.T) {
		wrong := a
		wrong.ClientSecret = auth.NewSecret("wrong")
		_, err := auth.Password(servicenowtest.IntegrationUser,
			auth.NewSecret(servicenowtest.IntegrationPassword))(t.Context(), wrong)
		if !errors.Is(err, auth.ErrReauthorize) {
			t.Errorf("%v", err)
		}
	})
}

// An access token is revoked under a running source: one renewal, and it works again. A revoked refresh token is the
// end, told at once.
func TestInstanceRevocation(t *testing.T) {
	s, a := registered(t, servicenowtest.OAuthClient{})
	token := consent(t, s, a)
	store := auth.NewMemoryStore()
	if err := auth.SaveToken(t.Context(), store, tenant, token); err != nil {
		t.Fatal(err)
	}
	source := source(t, auth.SourceConfig{App: a, Store: store})
	if err := a.Revoke(t.Context(), token.Access); err != nil {
		t.Fatal(err)
	}
	if status := works(t, s, auth.Bearer(token.Access)); status != http.StatusUnauthorized {
		t.Errorf("a revoked token is answered %d", status)
	}
	if !source.Refused(authorize(t, source)) {
		t.Error("not worth another try")
	}
	if status := works(t, s, source); status != http.StatusOK {
		t.Errorf("after the renewal %d", status)
	}
	if err := a.Revoke(t.Context(), token.Refresh); err != nil {
		t.Fatal(err)
	}
	_, err := a.Refresh(t.Context(), token.Refresh)
	if !errors.Is(err, auth.ErrReauthorize) || errors.Is(err, auth.ErrUnavailable) {
		t.Errorf("a revoked refresh token: %v", err)
	}
}

// Days of use by two replicas, with and without rotation, by the instance's own clock.
func TestInstanceRenewals(t *testing.T) {
	for name, rotate := range map[string]bool{"as documented": false, "rotating": true} {
		t.Run(name, func(t *testing.T) {
			clock := servicenowtest.NewClock(time.Now())
			s, a := registered(t, servicenowtest.OAuthClient{}, servicenowtest.WithClock(clock),
				servicenowtest.WithSwitches(servicenowtest.Switches{RotateRefreshTokens: rotate}))
			store := auth.NewMemoryStore()
			if err := auth.SaveToken(t.Context(), store, tenant, consent(t, s, a)); err != nil {
				t.Fatal(err)
			}
			config := auth.SourceConfig{App: a, Store: store, Now: clock.Now}
			one, two := source(t, config), source(t, config)
			const expiries = 10
			for range expiries {
				clock.Advance(31 * time.Minute)
				if works(t, s, one) != http.StatusOK || works(t, s, two) != http.StatusOK {
					t.Error("refused")
				}
			}
			if n := s.TokensGranted()["refresh_token"]; n != expiries {
				t.Errorf("%d exchanges for %d expiries", n, expiries)
			}
		})
	}
}
