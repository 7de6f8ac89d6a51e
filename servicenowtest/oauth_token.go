package servicenowtest

import (
	"encoding/json"
	"mime"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// oauthError is a refusal of the token endpoint, in its flat form.
type oauthError struct {
	status            int
	code, description string
}

// The catch-all of the token endpoint: the real cause stands in the instance's log only.
var errAccessDenied = &oauthError{http.StatusUnauthorized, "server_error", "access_denied"}

var errInvalidClient = &oauthError{
	http.StatusUnauthorized, "invalid_client", "The client id or client secret is invalid",
}

func errInvalidGrant(why string) *oauthError {
	return &oauthError{http.StatusUnauthorized, "invalid_grant", why}
}

// grant is the outcome of one grant type's own checks.
type grant struct {
	user    string
	scope   string
	refresh bool   // whether a refresh token goes with it
	keep    string // the refresh token that was presented, for a refresh grant
}

// serveToken is POST /oauth_token.do.
// https://www.servicenow.com/docs/r/platform-security/authentication/r_OAuthAPIRequestParameters.html
func (s *Server) serveToken(w http.ResponseWriter, r *http.Request) {
	form, fail := s.tokenForm(w, r)
	if fail == nil {
		fail = s.serveGrant(w, r, form)
	}
	if fail == nil {
		return
	}
	s.log.Info("token request refused", "grant", form.Get("grant_type"), "client", form.Get("client_id"),
		"error", fail.code, "description", fail.description)
	writeJSON(w, fail.status, map[string]string{"error": fail.code, "error_description": fail.description})
}

// tokenForm reads the parameters: from the form alone, or from the query too where
// glide.oauth.allow.parameters.in.post.body.only is not true. JSON "results in an unspecified error".
func (s *Server) tokenForm(w http.ResponseWriter, r *http.Request) (url.Values, *oauthError) {
	kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if r.Method != http.MethodPost || kind != "application/x-www-form-urlencoded" {
		// belief: which error it is; one POST of JSON to a real instance would tell.
		return nil, &oauthError{http.StatusBadRequest, "invalid_request", "Missing parameters"}
	}
	r.Body = http.MaxBytesReader(w, r.Body, 1<<20)
	if err := r.ParseForm(); err != nil {
		return nil, &oauthError{http.StatusBadRequest, "invalid_request", "Missing parameters"}
	}
	if s.apiSession(r) {
		return nil, errAccessDenied // a session that logged in by an API may not ask for tokens
	}
	if s.property("glide.oauth.allow.parameters.in.post.body.only") == "true" {
		return r.PostForm, nil
	}
	return r.Form, nil
}

func (s *Server) serveGrant(w http.ResponseWriter, r *http.Request, form url.Values) *oauthError {
	client, fail := s.tokenClient(r, form)
	if fail != nil {
		return fail
	}
	now := s.clock.Now()
	kind := form.Get("grant_type")
	grants := map[string]func(*OAuthClient, url.Values, time.Time) (grant, *oauthError){
		"authorization_code": s.grantCode,
		"refresh_token":      s.grantRefresh,
		"password":           s.grantPassword,
		"client_credentials": s.grantClientCredentials,
		jwtBearer:            s.grantJWT,
	}
	check := grants[kind]
	if check == nil {
		return &oauthError{http.StatusBadRequest, "unsupported_grant_type", "The grant type is not supported"}
	}
	g, fail := check(client, form, now)
	if fail != nil {
		return fail
	}
	out := s.tokens.issue(client, g.user, g.scope, kind, g.refresh, now)
	if g.keep != "" {
		out.refresh = g.keep
		if s.currentSwitches().RotateRefreshTokens {
			out.refresh = s.tokens.rotate(g.keep)
		}
		if s.currentSwitches().OmitRefreshToken {
			out.refresh = ""
		}
	}
	writeTokens(w, out)
	return nil
}

// writeTokens sends the answer. expires_in is a number of seconds that are left, rounded down: 1799 for a token of
// 1800 seconds is what live instances send a moment later.
func writeTokens(w http.ResponseWriter, out issued) {
	answer := struct {
		Access  string `json:"access_token"`
		Refresh string `json:"refresh_token,omitempty"`
		Scope   string `json:"scope"`
		Type    string `json:"token_type"`
		Expires int    `json:"expires_in"`
	}{out.access, out.refresh, out.scope, "Bearer", int(out.expiresIn / time.Second)}
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Pragma", "no-cache")
	writeJSON(w, http.StatusOK, answer)
}

// tokenClient authenticates the application: with the secret in the form, as documented, or in a Basic header.
//
// belief: the Basic form is undocumented; ServiceNow's own Python client relies on a library that sends it.
func (s *Server) tokenClient(r *http.Request, form url.Values) (*OAuthClient, *oauthError) {
	id, secret := form.Get("client_id"), form.Get("client_secret")
	if user, password, ok := r.BasicAuth(); ok && id == "" {
		id, _ = url.QueryUnescape(user)
		secret, _ = url.QueryUnescape(password)
	}
	client := s.tokens.client(id)
	if client == nil {
		return nil, errInvalidClient
	}
	if client.Public && secret == "" && form.Get("grant_type") == "authorization_code" {
		return client, nil // the verifier stands in for the secret
	}
	if client.ClientSecret == "" || !sameSecret(secret, client.ClientSecret) {
		return nil, errAccessDenied
	}
	return client, nil
}

// grantCode exchanges an authorization code: once, in time, by the application it was given to, with the redirect_uri
// of the request and the PKCE verifier.
func (s *Server) grantCode(c *OAuthClient, form url.Values, now time.Time) (grant, *oauthError) {
	code := s.tokens.takeCode(form.Get("code"))
	switch {
	case !code.live(now) || code.client != c.ClientID:
		return grant{}, errAccessDenied
	case form.Get("redirect_uri") != code.requested && form.Get("redirect_uri") != code.redirect:
		return grant{}, errInvalidGrant("The redirect_uri is not that of the authorization request")
	case code.challenge == "" && (c.Public || c.PKCERequired):
		return grant{}, errInvalidGrant("A code verifier is required")
	case code.challenge != "" && !sameSecret(code.challenge, challengeOf(form.Get("code_verifier"))):
		return grant{}, errInvalidGrant("The code verifier is wrong")
	}
	if _, ok := s.activeUser(code.user); !ok {
		return grant{}, errAccessDenied
	}
	return grant{user: code.user, scope: code.scope, refresh: !c.Public}, nil
}

// grantRefresh keeps the refresh token and the end of its life: "always return the current refresh token".
func (s *Server) grantRefresh(c *OAuthClient, form url.Values, now time.Time) (grant, *oauthError) {
	token := form.Get("refresh_token")
	cur, ok := s.tokens.lookup(s.tokens.refresh, token, now)
	if !ok || cur.client != c.ClientID {
		return grant{}, errAccessDenied
	}
	if _, ok := s.activeUser(cur.user); !ok {
		return grant{}, errAccessDenied
	}
	return grant{user: cur.user, scope: cur.scope, keep: token}, nil
}

// grantPassword wants a user who is active, not locked out and interactive. Hardened instances switch the grant off.
func (s *Server) grantPassword(c *OAuthClient, form url.Values, now time.Time) (grant, *oauthError) {
	if s.property("glide.oauth.inbound.ropc.grant_type.disabled") == "true" {
		return grant{}, errAccessDenied
	}
	user, ok := s.checkPassword(form.Get("username"), form.Get("password"))
	if !ok || user.webServiceOnly {
		return grant{}, errAccessDenied
	}
	return grant{user: user.name, scope: c.scope(), refresh: !c.Public}, nil
}

// grantClientCredentials is off until an admin creates its property, and runs as the OAuth Application User.
// https://www.servicenow.com/docs/r/platform-security/authentication/client-credentials.html
func (s *Server) grantClientCredentials(c *OAuthClient, form url.Values, now time.Time) (grant, *oauthError) {
	if s.property("glide.oauth.inbound.client.credential.grant_type.enabled") != "true" {
		return grant{}, errAccessDenied
	}
	user, ok := s.activeUser(c.ApplicationUser)
	if !ok {
		return grant{}, &oauthError{http.StatusUnauthorized, "unauthorized_client",
			"OAuth client integration user is not configured"}
	}
	return grant{user: user.name, scope: c.scope()}, nil
}

// scope is what a token of the application says it may do. It is the registry's, whatever was asked for.
func (c *OAuthClient) scope() string {
	if len(c.Scopes) == 0 {
		return "useraccount"
	}
	return strings.Join(c.Scopes, " ")
}

// serveRevoke is /oauth_revoke_token.do?token=…, which "does not require authentication".
// https://www.servicenow.com/docs/r/platform-security/authentication/t_RevokeOAuthToken.html
func (s *Server) serveRevoke(w http.ResponseWriter, r *http.Request) {
	token := r.URL.Query().Get("token")
	if token == "" {
		r.Body = http.MaxBytesReader(w, r.Body, 1<<20)
		token = r.PostFormValue("token")
	}
	// belief: whether a token in a form is read, and what an unknown token is answered. A page that names the
	// token's absence would be seen at once on a real instance.
	s.tokens.revoke(token)
	writeJSON(w, http.StatusOK, map[string]string{"status": "success"})
}

// writeJSON sends one JSON value as the platform labels it.
func writeJSON(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json;charset=UTF-8")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v)
}
