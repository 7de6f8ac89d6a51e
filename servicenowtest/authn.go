package servicenowtest

import (
	"net/http"
	"strings"

	"github.com/seed-a66f7fd3/servicenow/servicenowtest/internal/db"
)

// AuthKind is how a caller proves who it is, in the terms of authentication profiles.
type AuthKind string

// The kinds of authentication.
const (
	AuthBasic   AuthKind = "basic"
	AuthOAuth   AuthKind = "oauth"
	AuthAPIKey  AuthKind = "api_key"
	AuthSession AuthKind = "session"
	AuthNone    AuthKind = "none" // a guest, on the few public APIs
)

// caller is an authenticated request.
type caller struct {
	db.Session
	kind   AuthKind
	client string // client id of a token
	token  string
}

// authenticate finds out who calls. The Authorization header goes first, then an API key, then the session's cookie.
func (s *Server) authenticate(r *http.Request) (caller, bool) {
	scheme, value, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	switch {
	case strings.EqualFold(scheme, "Bearer"):
		return s.byToken(strings.TrimSpace(value))
	case strings.EqualFold(scheme, "Basic"):
		name, password, _ := r.BasicAuth()
		if _, ok := s.checkPassword(name, password); !ok {
			return caller{}, false
		}
		return s.callerFor(name, caller{kind: AuthBasic})
	case r.Header.Get("Authorization") != "":
		return caller{}, false
	case r.Header.Get("X-Sn-Apikey") != "":
		return s.byAPIKey(r.Header.Get("X-Sn-Apikey"))
	case r.URL.Query().Has("access_token"):
		// documented, and unwise: URLs end up in logs.
		// https://www.servicenow.com/docs/r/platform-security/authentication/c_OAuthAuthorizationCodeFlow.html
		return s.byToken(r.URL.Query().Get("access_token"))
	}
	return s.byCookie(r)
}

func (s *Server) callerFor(name string, c caller) (caller, bool) {
	session, ok := s.session(name)
	c.Session = session
	return c, ok
}

// byToken accepts a live access token of an active application.
func (s *Server) byToken(token string) (caller, bool) {
	cred, ok := s.tokens.lookup(s.tokens.access, token, s.clock.Now())
	if !ok || s.tokens.client(cred.client) == nil {
		return caller{}, false
	}
	return s.callerFor(cred.user, caller{kind: AuthOAuth, client: cred.client, token: token})
}

func (s *Server) byAPIKey(key string) (caller, bool) {
	for k, name := range s.opts.apiKeys {
		if sameSecret(k, key) {
			return s.callerFor(name, caller{kind: AuthAPIKey})
		}
	}
	return caller{}, false
}

// byCookie accepts a session that an API request opened, as long as its token lives, and a browser's session when the
// request carries its X-UserToken.
func (s *Server) byCookie(r *http.Request) (caller, bool) {
	ws, _ := s.sessions.get(r)
	if ws == nil {
		return caller{}, false
	}
	s.sessions.mu.Lock()
	user, token, api, ck := ws.user, ws.token, ws.api, ws.ck
	s.sessions.mu.Unlock()
	switch {
	case user == "":
		return caller{}, false
	case token != "":
		if _, ok := s.tokens.lookup(s.tokens.access, token, s.clock.Now()); !ok {
			return caller{}, false
		}
	case !api && !sameSecret(r.Header.Get("X-UserToken"), ck):
		return caller{}, false
	}
	return s.callerFor(user, caller{kind: AuthSession})
}

// unauthenticated is the platform's 401.
func unauthenticated(w http.ResponseWriter) {
	w.Header().Set("WWW-Authenticate", `BASIC realm="Service-now"`)
	writeError(w, http.StatusUnauthorized, "User Not Authenticated", "Required to provide Auth information")
}
