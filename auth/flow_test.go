package auth_test

import (
	"crypto/sha256"
	"encoding/base64"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/seed-a66f7fd3/servicenow/auth"
	"github.com/seed-a66f7fd3/servicenow/auth/internal/tokenserver"
)

func flow(t testing.TB, a auth.App) *auth.Flow {
	t.Helper()
	f, err := auth.NewFlow(a)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func begin(t testing.TB, f *auth.Flow) (*url.URL, auth.Pending) {
	t.Helper()
	u, p, err := f.AuthCodeURL(tenant)
	if err != nil {
		t.Fatal(err)
	}
	return u, p
}

// arrive is the callback with these parameters on the registered URL.
func arrive(t testing.TB, p auth.Pending, pairs ...string) *url.URL {
	t.Helper()
	u, err := url.Parse(p.RedirectURL)
	if err != nil {
		t.Fatal(err)
	}
	q := u.Query()
	for i := 0; i < len(pairs); i += 2 {
		q.Set(pairs[i], pairs[i+1])
	}
	u.RawQuery = q.Encode()
	return u
}

func TestAuthCodeURL(t *testing.T) {
	a := app(t, &tokenserver.Server{})
	a.Scopes = []string{"useraccount", "incident_read"}
	u, p := begin(t, flow(t, a))
	q := u.Query()
	if got := u.Scheme + "://" + u.Host + u.Path; got != "https://acme.service-now.com/oauth_auth.do" {
		t.Errorf("address %s", got)
	}
	sum := sha256.Sum256([]byte(p.Verifier))
	for name, want := range map[string]string{
		"response_type": "code", "client_id": tokenserver.ClientID, "redirect_uri": a.RedirectURL, "state": p.State,
		"scope": "useraccount incident_read", "code_challenge_method": "S256",
		"code_challenge": base64.RawURLEncoding.EncodeToString(sum[:]),
	} {
		if got := q.Get(name); got != want {
			t.Errorf("%s = %q, want %q", name, got, want)
		}
	}
	if strings.Contains(u.String(), tokenserver.ClientSecret) {
		t.Error("the client's secret stands in the browser's address")
	}
	if strings.Trim(p.State, "0123456789abcdef") != "" || len(p.State) < 32 {
		t.Error("the state is short or has special characters")
	}
	_, other := begin(t, flow(t, a))
	if other.State == p.State || other.Verifier == p.Verifier {
		t.Error("two consents share a secret")
	}

	a.WithoutPKCE, a.Scopes = true, nil
	u, p = begin(t, flow(t, a))
	if q := u.Query(); q.Has("code_challenge") || q.Get("scope") != "useraccount" || p.Verifier != "" {
		t.Errorf("without PKCE and scopes: %v", q)
	}
}

func TestExchange(t *testing.T) {
	c := &capture{}
	f := flow(t, app(t, c))
	_, p := begin(t, f)
	token, err := f.Exchange(t.Context(), p, arrive(t, p, "code", "the-code", "state", p.State))
	if err != nil {
		t.Fatal(err)
	}
	if token.Access.Reveal() != "canary-a" || token.Refresh.Reveal() != "canary-r" {
		t.Error("another token")
	}
	for name, want := range map[string]string{
		"grant_type": "authorization_code", "code": "the-code", "redirect_uri": p.RedirectURL, "state": p.State,
		"client_id": tokenserver.ClientID, "client_secret": tokenserver.ClientSecret, "code_verifier": p.Verifier,
	} {
		if got := c.form.Get(name); got != want {
			t.Errorf("%s = %q, want %q", name, got, want)
		}
	}
}

// Every error that a callback can carry has its code and its remedy, and costs no request.
func TestExchangeRefusesCallbacks(t *testing.T) {
	other := func(change func(*url.URL)) func(*testing.T, auth.Pending) *url.URL {
		return func(t *testing.T, p auth.Pending) *url.URL {
			u := arrive(t, p, "code", "c", "state", p.State)
			change(u)
			return u
		}
	}
	with := func(pairs ...string) func(*testing.T, auth.Pending) *url.URL {
		return func(t *testing.T, p auth.Pending) *url.URL { return arrive(t, p, append(pairs, "state", p.State)...) }
	}
	said := func(code string) func(*testing.T, auth.Pending) *url.URL {
		return with("error", code, "error_description", "what the instance says")
	}
	for name, tt := range map[string]struct {
		callback func(*testing.T, auth.Pending) *url.URL
		want     auth.Code
	}{
		"denied": {said("access_denied"), auth.ErrAccessDenied},
		"denied, no state": {func(t *testing.T, p auth.Pending) *url.URL { return arrive(t, p, "error", "access_denied") },
			auth.ErrAccessDenied},
		"client":        {said("invalid_client"), auth.ErrInvalidClient},
		"scope":         {said("invalid_scope"), auth.ErrInvalidScope},
		"request":       {said("invalid_request"), auth.ErrInvalidRequest},
		"response type": {said("unsupported_response_type"), auth.ErrUnsupportedResponse},
		"unauthorized":  {said("unauthorized_client"), auth.ErrUnauthorizedClient},
		"something new": {said("teapot"), auth.Code("teapot")},
		"no code":       {with(), auth.ErrMissingCode},
		"empty code":    {with("code", ""), auth.ErrMissingCode},
		"no state": {func(t *testing.T, p auth.Pending) *url.URL { return arrive(t, p, "code", "c") },
			auth.ErrMissingState},
		"foreign state": {func(t *testing.T, p auth.Pending) *url.URL { return arrive(t, p, "code", "c", "state", "f") },
			auth.ErrForeignState},
		"error, bad state": {func(t *testing.T, p auth.Pending) *url.URL {
			return arrive(t, p, "error", "access_denied", "state", "f")
		}, auth.ErrForeignState},
		"two codes":     {other(func(u *url.URL) { u.RawQuery += "&code=d" }), auth.ErrInvalidRequest},
		"two states":    {other(func(u *url.URL) { u.RawQuery += "&state=d" }), auth.ErrInvalidRequest},
		"broken query":  {other(func(u *url.URL) { u.RawQuery += "&%zz" }), auth.ErrInvalidRequest},
		"another host":  {other(func(u *url.URL) { u.Host = "staging.example.com" }), auth.ErrRedirectMismatch},
		"another port":  {other(func(u *url.URL) { u.Host += ":8443" }), auth.ErrRedirectMismatch},
		"another path":  {other(func(u *url.URL) { u.Path += "/" }), auth.ErrRedirectMismatch},
		"another case":  {other(func(u *url.URL) { u.Path = strings.ToUpper(u.Path) }), auth.ErrRedirectMismatch},
		"http":          {other(func(u *url.URL) { u.Scheme = "http" }), auth.ErrRedirectMismatch},
		"no URL at all": {func(*testing.T, auth.Pending) *url.URL { return nil }, auth.ErrRedirectMismatch},
		"registered query": {other(func(u *url.URL) { u.RawQuery = strings.Replace(u.RawQuery, "to=sn", "to=other", 1) }),
			auth.ErrRedirectMismatch},
		"no reg. query": {other(func(u *url.URL) { u.RawQuery = strings.Replace(u.RawQuery, "to=sn", "", 1) }),
			auth.ErrRedirectMismatch},
	} {
		t.Run(name, func(t *testing.T) {
			c := &capture{}
			a := app(t, c)
			a.RedirectURL += "?to=sn"
			f := flow(t, a)
			_, p := begin(t, f)
			_, err := f.Exchange(t.Context(), p, tt.callback(t, p))
			e := wantError(t, err, tt.want, nil)
			if c.count != 0 {
				t.Error("a token request was sent")
			}
			if strings.HasPrefix(name, "den") && e.Class != nil {
				t.Error("a callback must not decide about a stored grant")
			}
			// The consent itself is still good: nobody can end it with a forged callback.
			if _, err := f.Exchange(t.Context(), p, arrive(t, p, "code", "c", "state", p.State)); err != nil {
				t.Errorf("the genuine callback afterwards: %v", err)
			}
		})
	}
}

func TestExchangeRefusesForeignAndOldConsents(t *testing.T) {
	c := &capture{}
	f := flow(t, app(t, c))
	_, p := begin(t, f)
	callback := arrive(t, p, "code", "c", "state", p.State)
	for name, tt := range map[string]struct {
		change func(*auth.Pending)
		want   auth.Code
	}{
		"another client":   {func(p *auth.Pending) { p.ClientID = "other" }, auth.ErrForeignPending},
		"another instance": {func(p *auth.Pending) { _ = p.Instance.UnmarshalText([]byte("other")) }, auth.ErrForeignPending},
		"no state":         {func(p *auth.Pending) { p.State = "" }, auth.ErrForeignPending},
		"too late":         {func(p *auth.Pending) { p.Expires = time.Now().Add(-time.Second) }, auth.ErrExpired},
		"another redirect": {func(p *auth.Pending) { p.RedirectURL = "https://evil.example/" }, auth.ErrRedirectMismatch},
		"nothing":          {func(p *auth.Pending) { *p = auth.Pending{} }, auth.ErrRedirectMismatch},
	} {
		changed := p
		tt.change(&changed)
		_, err := f.Exchange(t.Context(), changed, callback)
		t.Run(name, func(t *testing.T) { wantError(t, err, tt.want, nil) })
	}
	if c.count != 0 {
		t.Error("a token request was sent")
	}
}

func TestExchangeReplay(t *testing.T) {
	c := &capture{}
	f := flow(t, app(t, c))
	_, p := begin(t, f)
	callback := arrive(t, p, "code", "c", "state", p.State)
	if _, err := f.Exchange(t.Context(), p, callback); err != nil {
		t.Fatal(err)
	}
	_, err := f.Exchange(t.Context(), p, callback)
	wantError(t, err, auth.ErrReplay, nil)
	if c.count != 1 {
		t.Errorf("%d token requests", c.count)
	}
}

// Another replica used the code: the instance refuses it, and the remedy is about the consent, not about a grant.
func TestExchangeReplayElsewhere(t *testing.T) {
	f := flow(t, app(t, reply(400, "application/json", `{"error":"invalid_grant"}`)))
	_, p := begin(t, f)
	_, err := f.Exchange(t.Context(), p, arrive(t, p, "code", "c", "state", p.State))
	if e := wantError(t, err, auth.ErrInvalidGrant, nil); !strings.Contains(e.Remedy, "consent was used") {
		t.Errorf("remedy %q", e.Remedy)
	}
}

// While the token endpoint is away, the same callback may be loaded again.
func TestExchangeAgainAfterAFault(t *testing.T) {
	server := &tokenserver.Server{Fault: func(n int, _ url.Values) tokenserver.Fault {
		if n == 1 {
			return tokenserver.Busy
		}
		return tokenserver.None
	}}
	f := flow(t, app(t, server))
	_, p := begin(t, f)
	callback := arrive(t, p, "code", "c", "state", p.State)
	_, err := f.Exchange(t.Context(), p, callback)
	wantError(t, err, auth.ErrUnreachable, auth.ErrUnavailable)
	if _, err := f.Exchange(t.Context(), p, callback); err != nil {
		t.Errorf("after the fault: %v", err)
	}
}

func TestConsentTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := flow(t, app(t, &capture{}))
		f.ConsentTime = time.Minute
		_, p := begin(t, f)
		time.Sleep(61 * time.Second)
		_, err := f.Exchange(t.Context(), p, arrive(t, p, "code", "c", "state", p.State))
		wantError(t, err, auth.ErrExpired, nil)
	})
}

func TestNewFlowRefuses(t *testing.T) {
	for name, change := range map[string]func(*auth.App){
		"no instance":      func(a *auth.App) { a.Instance = auth.Instance{} },
		"no client":        func(a *auth.App) { a.ClientID = "" },
		"no redirect":      func(a *auth.App) { a.RedirectURL = "" },
		"a path":           func(a *auth.App) { a.RedirectURL = "/callback" },
		"http":             func(a *auth.App) { a.RedirectURL = "http://app.example.com/callback" },
		"a fragment":       func(a *auth.App) { a.RedirectURL += "#x" },
		"a user":           func(a *auth.App) { a.RedirectURL = "https://user@app.example.com/" },
		"javascript":       func(a *auth.App) { a.RedirectURL = "javascript:alert(1)" },
		"bad revoke path":  func(a *auth.App) { a.RevokePath = "revoke.do" },
		"negative refresh": func(a *auth.App) { a.RefreshLifespan = -1 },
	} {
		a := app(t, nil)
		change(&a)
		if _, err := auth.NewFlow(a); err == nil {
			t.Errorf("%s is accepted", name)
		}
	}
	a := app(t, nil)
	a.RedirectURL = "http://127.0.0.1:8080/callback"
	if _, err := auth.NewFlow(a); err != nil {
		t.Errorf("a loopback redirect: %v", err)
	}
	if _, _, err := flow(t, a).AuthCodeURL(""); err == nil {
		t.Error("no tenant is accepted")
	}
}
