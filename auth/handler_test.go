package auth_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/seed-a66f7fd3/servicenow/auth"
	"github.com/seed-a66f7fd3/servicenow/auth/internal/tokenserver"
)

// site is a host application with one signed-in admin and one browser.
type site struct {
	t       *testing.T
	handler *auth.Handler
	session string // the tenant of the signed-in admin; empty: nobody is signed in
	cookies []*http.Cookie
	saved   map[string]auth.Token
	failure error
	server  *tokenserver.Server
	log     bytes.Buffer
}

func newSite(t *testing.T, change func(*auth.HandlerConfig)) *site {
	t.Helper()
	s := &site{t: t, session: tenant, saved: map[string]auth.Token{}, server: &tokenserver.Server{}}
	config := auth.HandlerConfig{
		Tenant: func(*http.Request) (string, error) {
			if s.session == "" {
				return "", errors.New("canary-internal: nobody is signed in")
			}
			return s.session, nil
		},
		App: func(context.Context, string) (auth.App, error) { return app(t, s.server), nil },
		Connected: func(_ context.Context, tenant string, token auth.Token) error {
			s.saved[tenant] = token
			return s.failure
		},
		Keys:   testKeys(t, "k1"),
		Opener: "https://app.example.com",
		Logger: slog.New(slog.NewJSONHandler(&s.log, nil)),
	}
	if change != nil {
		change(&config)
	}
	h, err := auth.NewHandler(config)
	if err != nil {
		t.Fatal(err)
	}
	s.handler = h
	return s
}

func (s *site) get(h http.Handler, target string) *http.Response {
	r := httptest.NewRequest(http.MethodGet, target, nil)
	for _, c := range s.cookies {
		r.AddCookie(c)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	for _, c := range w.Result().Cookies() {
		s.cookies = append([]*http.Cookie{c}, s.cookies...)
		if c.MaxAge < 0 {
			s.cookies = nil
		}
	}
	return w.Result()
}

// start begins a consent and returns its state.
func (s *site) start() string {
	s.t.Helper()
	res := s.get(s.handler.Start(), "https://app.example.com/oauth/start")
	u, err := res.Location()
	if err != nil || res.StatusCode != http.StatusSeeOther {
		s.t.Fatalf("start: %s %v", res.Status, err)
	}
	return u.Query().Get("state")
}

func (s *site) callback(query string) *http.Response {
	return s.get(s.handler.Callback(), "https://app.example.com/oauth/callback?"+query)
}

func body(t *testing.T, res *http.Response) string {
	t.Helper()
	var b bytes.Buffer
	if _, err := b.ReadFrom(res.Body); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestHandlerConnects(t *testing.T) {
	s := newSite(t, nil)
	state := s.start()
	c := s.cookies[0]
	if !c.Secure || !c.HttpOnly || c.SameSite != http.SameSiteLaxMode || c.Path != "/" || c.Domain != "" ||
		!strings.HasPrefix(c.Name, "__Host-") || c.MaxAge <= 0 {
		t.Errorf("cookie %v", c)
	}
	if strings.Contains(c.Value, state) || strings.Contains(c.Value, tokenserver.ClientSecret) {
		t.Error("the cookie can be read")
	}
	res := s.callback("code=c&state=" + state)
	text := body(t, res)
	if res.StatusCode != http.StatusOK || s.saved[tenant].Access.IsZero() {
		t.Fatalf("%s: %s", res.Status, text)
	}
	nonce := regexp.MustCompile(`script-src 'nonce-([0-9a-f]{32})'`).FindStringSubmatch(res.Header.Get(
		"Content-Security-Policy"))
	if nonce == nil || !strings.Contains(text, `<script nonce="`+nonce[1]+`">`) ||
		!strings.Contains(text, `<style nonce="`+nonce[1]+`">`) {
		t.Errorf("policy %q does not fit the page", res.Header.Get("Content-Security-Policy"))
	}
	for name, want := range map[string]string{
		"Cache-Control": "no-store", "Referrer-Policy": "no-referrer", "X-Content-Type-Options": "nosniff",
		"Content-Type": "text/html; charset=utf-8",
	} {
		if got := res.Header.Get(name); got != want {
			t.Errorf("%s: %q", name, got)
		}
	}
	for _, directive := range []string{"default-src 'none'", "base-uri 'none'", "form-action 'none'",
		"frame-ancestors 'none'"} {
		if !strings.Contains(res.Header.Get("Content-Security-Policy"), directive) {
			t.Errorf("the policy lacks %s", directive)
		}
	}
	for _, want := range []string{
		`"type":"servicenow-consent"`, `"ok":true`, `"tenant":"tenant-42"`, `"https://app.example.com"`, "window.close()",
		"ServiceNow is connected", `<a href="https://app.example.com"`,
	} {
		if !strings.Contains(text, want) {
			t.Errorf("the page lacks %s", want)
		}
	}
	if strings.Contains(text, "canary") || strings.Contains(text, state) || strings.Contains(text, `"*"`) {
		t.Error("the page tells too much, or to everybody")
	}
	if len(s.cookies) != 0 {
		t.Error("the cookie stays")
	}
	if res := s.callback("code=c&state=" + state); res.StatusCode != http.StatusBadRequest {
		t.Errorf("again: %s", res.Status)
	}
}

func TestHandlerRefuses(t *testing.T) {
	for name, tt := range map[string]struct {
		callback func(s *site, state string) *http.Response
		code     auth.Code
		status   int
	}{
		"denied": {func(s *site, state string) *http.Response {
			return s.callback("error=access_denied&state=" + state)
		}, auth.ErrAccessDenied, 400},
		"another browser": {func(s *site, state string) *http.Response {
			s.cookies = nil
			return s.callback("code=c&state=" + state)
		}, auth.ErrForeignState, 400},
		"no state": {func(s *site, _ string) *http.Response { return s.callback("code=c") }, auth.ErrMissingState,
			400},
		"no state, denied": {func(s *site, _ string) *http.Response { return s.callback("error=access_denied") },
			auth.ErrAccessDenied, 400},
		"no code": {func(s *site, state string) *http.Response { return s.callback("state=" + state) },
			auth.ErrMissingCode, 400},
		"changed cookie": {func(s *site, state string) *http.Response {
			s.cookies[0].Value = s.cookies[0].Value[:20] + "A" + s.cookies[0].Value[21:]
			return s.callback("code=c&state=" + state)
		}, auth.ErrTampered, 400},
		"another tenant is signed in": {func(s *site, state string) *http.Response {
			s.session = "tenant-43"
			return s.callback("code=c&state=" + state)
		}, auth.ErrForeignPending, 400},
		"another host": {func(s *site, state string) *http.Response {
			return s.get(s.handler.Callback(), "https://other.example.com/oauth/callback?code=c&state="+state)
		}, auth.ErrRedirectMismatch, 400},
		"another path": {func(s *site, state string) *http.Response {
			return s.get(s.handler.Callback(), "https://app.example.com/other?code=c&state="+state)
		}, auth.ErrRedirectMismatch, 400},
		"wrong secret": {func(s *site, state string) *http.Response {
			s.server.Answer = func(url.Values) (int, any, bool) {
				return 401, map[string]string{"error": "invalid_client"},
					true
			}
			return s.callback("code=c&state=" + state)
		}, auth.ErrInvalidClient, 400},
		"instance is away": {func(s *site, state string) *http.Response {
			s.server.Fault = func(int, url.Values) tokenserver.Fault { return tokenserver.Busy }
			return s.callback("code=c&state=" + state)
		}, auth.ErrUnreachable, 502},
		"script in the error": {func(s *site, state string) *http.Response {
			return s.callback("state=" + state + "&error=" + url.QueryEscape(`</script><script>alert(1)</script>`))
		}, "", 400},
	} {
		t.Run(name, func(t *testing.T) {
			s := newSite(t, nil)
			res := tt.callback(s, s.start())
			text := body(t, res)
			if res.StatusCode != tt.status {
				t.Errorf("%s, want %d", res.Status, tt.status)
			}
			if tt.code != "" && !strings.Contains(text, `"code":"`+string(tt.code)+`"`) {
				t.Errorf("the page does not tell %s:\n%s", tt.code, text)
			}
			for _, want := range []string{`"ok":false`, "Not connected", "What to do: "} {
				if !strings.Contains(text, want) {
					t.Errorf("the page lacks %s", want)
				}
			}
			if strings.Contains(text, "<script>") || strings.Contains(text, "canary") {
				t.Error("the page holds what it must not")
			}
			if len(s.saved) != 0 {
				t.Error("something was saved")
			}
			if stays := tt.status == 502 || strings.HasPrefix(name, "no state"); stays != (len(s.cookies) > 0) {
				t.Errorf("%d cookies stay", len(s.cookies))
			}
		})
	}
}

func TestHandlerRetriesAfterAFault(t *testing.T) {
	s := newSite(t, nil)
	state := s.start()
	s.server.Fault = func(int, url.Values) tokenserver.Fault { return tokenserver.Busy }
	if text := body(t, s.callback("code=c&state="+state)); !strings.Contains(text, "Reload this page") ||
		strings.Contains(text, "window.close") {
		t.Errorf("the page does not offer another try: %s", text)
	}
	s.server.Fault = nil
	if res := s.callback("code=c&state=" + state); res.StatusCode != http.StatusOK {
		t.Errorf("the same page again: %s", res.Status)
	}
}

// What a host's own functions say goes to the log, not to the page.
func TestHandlerHidesTheHostsErrors(t *testing.T) {
	s := newSite(t, nil)
	s.failure = errors.New("canary-internal: database password")
	res := s.callback("code=c&state=" + s.start())
	if text := body(t, res); res.StatusCode != 400 || strings.Contains(text, "canary") {
		t.Errorf("%s: %s", res.Status, text)
	}
	if !strings.Contains(s.log.String(), "canary-internal") {
		t.Error("the log does not know")
	}
	s.session = ""
	res = s.get(s.handler.Start(), "https://app.example.com/oauth/start")
	if text := body(t, res); res.StatusCode != 400 || strings.Contains(text, "canary") || len(res.Cookies()) != 0 {
		t.Errorf("%s: %s", res.Status, text)
	}
}

// A session cookie with SameSite=Strict is missing at the callback: the sealed cookie is enough.
func TestHandlerWithoutSessionAtTheCallback(t *testing.T) {
	s := newSite(t, nil)
	state := s.start()
	s.session = ""
	if res := s.callback("code=c&state=" + state); res.StatusCode != http.StatusOK || len(s.saved) != 1 {
		t.Errorf("%s", res.Status)
	}
}

func TestHandlerBehindAProxy(t *testing.T) {
	s := newSite(t, func(c *auth.HandlerConfig) {
		c.Opener, c.Next = "https://admin.example.com", "https://admin.example.com/settings"
		c.External = func(r *http.Request) *url.URL {
			return &url.URL{Scheme: "https", Host: r.Header.Get("X-Forwarded-Host"), Path: "/oauth/callback",
				RawQuery: r.URL.RawQuery}
		}
	})
	r := httptest.NewRequest(http.MethodGet, "http://10.0.0.7:8080/internal?code=c&state="+s.start(), nil)
	r.Header.Set("X-Forwarded-Host", "app.example.com")
	r.AddCookie(s.cookies[0])
	w := httptest.NewRecorder()
	s.handler.Callback().ServeHTTP(w, r)
	text := w.Body.String()
	if w.Code != http.StatusOK || !strings.Contains(text, `"https://admin.example.com"`) ||
		!strings.Contains(text, `<a href="https://admin.example.com/settings"`) {
		t.Errorf("%d: %s", w.Code, text)
	}
}

func TestHandlerTwoTabs(t *testing.T) {
	s := newSite(t, nil)
	first, second := s.start(), s.start()
	if res := s.callback("code=c&state=" + first); res.StatusCode != http.StatusOK {
		t.Errorf("the first tab: %s", res.Status)
	}
	_ = second // its cookie has another name; a browser drops only the first's
	if s2 := newSite(t, nil); s2.start() == second {
		t.Error("states repeat")
	}
}

func TestHandlerMethods(t *testing.T) {
	s := newSite(t, nil)
	for _, h := range []http.Handler{s.handler.Start(), s.handler.Callback()} {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest(http.MethodPost, "https://app.example.com/oauth/callback", nil))
		if w.Code != http.StatusMethodNotAllowed {
			t.Errorf("POST: %d", w.Code)
		}
	}
	for _, opener := range []string{"*", "app.example.com", "https://app.example.com/", "https://app.example.com/x",
		"null", ""} {
		if _, err := auth.NewHandler(auth.HandlerConfig{
			Tenant: func(*http.Request) (string, error) { return "", nil }, Keys: testKeys(t, "k"), Opener: opener,
			App:       func(context.Context, string) (auth.App, error) { return auth.App{}, nil },
			Connected: func(context.Context, string, auth.Token) error { return nil },
		}); err == nil {
			t.Errorf("the opener %q is accepted", opener)
		}
	}
	if _, err := auth.NewHandler(auth.HandlerConfig{}); err == nil {
		t.Error("an empty configuration is accepted")
	}
}
