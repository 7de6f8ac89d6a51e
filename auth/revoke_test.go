package auth_test

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/cookiejar"
	"strings"
	"testing"

	"github.com/seed-a66f7fd3/servicenow/auth"
	"github.com/seed-a66f7fd3/servicenow/internal/rest"
)

func TestRevoke(t *testing.T) {
	for name, tt := range map[string]struct {
		path  string
		paths []string
		err   error
		rt    func(r *http.Request) roundTrip
	}{
		"documented": {"", []string{"/oauth_revoke_token.do"}, nil,
			func(*http.Request) roundTrip { return reply(200, "text/html", "") }},
		"older path": {"", []string{"/oauth_revoke_token.do", "/oauth_revoke.do"}, nil, func(r *http.Request) roundTrip {
			if r.URL.Path == "/oauth_revoke.do" {
				return reply(200, "text/html", "")
			}
			return reply(404, "text/html", "")
		}},
		"named path": {"/custom.do", []string{"/custom.do"}, rest.ErrNotFound,
			func(*http.Request) roundTrip { return reply(404, "text/html", "") }},
		"asleep": {"", []string{"/oauth_revoke_token.do"}, rest.ErrHibernating,
			func(*http.Request) roundTrip { return reply(200, "text/html", "hibernating") }},
		"down": {"", []string{"/oauth_revoke_token.do"}, auth.ErrUnavailable,
			func(*http.Request) roundTrip { return reply(502, "text/html", "") }},
		"login": {"", []string{"/oauth_revoke_token.do"}, auth.ErrUnavailable,
			func(*http.Request) roundTrip { return reply(302, "text/html", "", "Location", "/login.do") }},
		"no network": {"", []string{"/oauth_revoke_token.do"}, auth.ErrUnavailable, func(r *http.Request) roundTrip {
			return func(*http.Request) (*http.Response, error) { return nil, errors.New("refused") }
		}},
	} {
		t.Run(name, func(t *testing.T) {
			var paths []string
			jar, _ := cookiejar.New(nil)
			jar.SetCookies(acme(t).URL(), []*http.Cookie{{Name: "JSESSIONID", Value: "x"}})
			a := app(t, roundTrip(func(r *http.Request) (*http.Response, error) {
				paths = append(paths, r.URL.Path)
				if r.Method != http.MethodGet || r.URL.Query().Get("token") != "canary-t&=" ||
					r.Header.Get("Authorization") != "" || r.Header.Get("Cookie") != "" {
					t.Errorf("%s %v", r.Method, r.Header)
				}
				return tt.rt(r)(r)
			}))
			a.RevokePath, a.HTTPClient.Jar = tt.path, jar
			err := a.Revoke(t.Context(), auth.NewSecret("canary-t&="))
			if !errors.Is(err, tt.err) {
				t.Errorf("%v, want %v", err, tt.err)
			}
			if strings.Join(paths, " ") != strings.Join(tt.paths, " ") {
				t.Errorf("asked %v, want %v", paths, tt.paths)
			}
			if err != nil && strings.Contains(fmt.Sprintf("%+v", err), "canary") {
				t.Error("the error shows the token")
			}
		})
	}
}
