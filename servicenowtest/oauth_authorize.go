package servicenowtest

import (
	"html/template"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// serveAuthorize is /oauth_auth.do: log in, then Allow or Deny, then a redirect with the code and the state.
// https://www.servicenow.com/docs/r/platform-security/authentication/authorization-workflow.html
func (s *Server) serveAuthorize(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	client := s.tokens.client(q.Get("client_id"))
	if client == nil {
		writePage(w, http.StatusBadRequest, "message", page{Title: "OAuth", Message: "invalid_client"})
		return
	}
	target, matched := client.redirect(q.Get("redirect_uri"))
	switch {
	case strings.TrimSpace(q.Get("state")) == "" && s.property("glide.oauth.state.parameter.required") == "true":
		writePage(w, http.StatusBadRequest, "message",
			page{Title: "OAuth", Message: "Missing State parameter in request"})
		return
	case target == "" || !matched && s.currentSwitches().RefuseRedirectMismatch:
		writePage(w, http.StatusBadRequest, "message",
			page{Title: "OAuth", Message: "The redirect URL is not registered"})
		return
	}
	if fail := authorizeFault(client, q); fail != "" {
		redirectBack(w, r, target, url.Values{"error": {fail}, "state": q["state"]})
		return
	}
	session := s.browserSession(w, r)
	if session.user == "" {
		writePage(w, http.StatusOK, "login", page{Title: "Log in", Goto: r.URL.RequestURI(), CK: session.ck})
		return
	}
	if r.Method == http.MethodPost {
		s.answerConsent(w, r, session, client, target)
		return
	}
	writePage(w, http.StatusOK, "consent", page{
		Title: "Allow access", CK: session.ck, Client: client.Name, User: session.user, Scope: client.scope(),
		Query: template.URL(q.Encode()), //nolint:gosec // encoded right here
	})
}

// authorizeFault names what is wrong with a request whose redirect URL is known; RFC 6749 §4.1.2.1 has the codes.
//
// belief: that the platform redirects with them instead of showing a page.
func authorizeFault(c *OAuthClient, q url.Values) string {
	method := q.Get("code_challenge_method")
	switch {
	case q.Get("response_type") != "code":
		return "unsupported_response_type"
	case !c.grantsScopes(q.Get("scope")):
		return "invalid_scope"
	case q.Get("code_challenge") == "" && (c.Public || c.PKCERequired):
		return "invalid_request"
	case q.Get("code_challenge") != "" && method != "S256":
		return "invalid_request"
	}
	return ""
}

// grantsScopes accepts no scope, useraccount, and the scopes on the record.
func (c *OAuthClient) grantsScopes(requested string) bool {
	for _, scope := range strings.Fields(requested) {
		if scope != "useraccount" && !slices.Contains(c.Scopes, scope) {
			return false
		}
	}
	return true
}

// answerConsent takes the person's Allow or Deny. The form's token keeps another site from pressing the button.
func (s *Server) answerConsent(
	w http.ResponseWriter, r *http.Request, session browser, client *OAuthClient, target string,
) {
	q := r.URL.Query()
	r.Body = http.MaxBytesReader(w, r.Body, 1<<20)
	if !sameSecret(r.PostFormValue("sysparm_ck"), session.ck) {
		writePage(w, http.StatusForbidden, "message", page{Title: "OAuth", Message: "Invalid security token"})
		return
	}
	if r.PostFormValue("sysparm_consent") != "allow" {
		redirectBack(w, r, target, url.Values{"error": {"access_denied"}, "state": q["state"]})
		return
	}
	code := s.tokens.addCode(&credential{
		client: client.ClientID, user: session.user, scope: client.scope(), expires: s.clock.Now().Add(codeLifespan),
		redirect: target, requested: q.Get("redirect_uri"),
		challenge: q.Get("code_challenge"), challengeMethod: q.Get("code_challenge_method"),
	})
	redirectBack(w, r, target, url.Values{"code": {code}, "state": q["state"]})
}

// redirectBack sends the browser to the application with an ordinary 302; what the redirect URL already carries stays.
func redirectBack(w http.ResponseWriter, r *http.Request, target string, values url.Values) {
	u, err := url.Parse(target)
	if err != nil {
		writePage(w, http.StatusBadRequest, "message", page{Title: "OAuth", Message: "The redirect URL is malformed"})
		return
	}
	u.RawQuery = strings.TrimPrefix(u.RawQuery+"&"+values.Encode(), "&")
	http.Redirect(w, r, u.String(), http.StatusFound)
}

// browser is what the pages need of an interactive session.
type browser struct{ id, user, ck string }

// serveLogin is /login.do. A failed login says as little as the platform's: nothing about which half was wrong.
func (s *Server) serveLogin(w http.ResponseWriter, r *http.Request) {
	session := s.browserSession(w, r)
	target := r.FormValue("sysparm_goto_url")
	if !strings.HasPrefix(target, "/") || strings.HasPrefix(target, "//") || strings.HasPrefix(target, `/\`) {
		target = "/"
	}
	if r.Method != http.MethodPost {
		writePage(w, http.StatusOK, "login", page{Title: "Log in", Goto: target, CK: session.ck})
		return
	}
	user, ok := s.checkPassword(r.PostFormValue("user_name"), r.PostFormValue("user_password"))
	if !ok || user.webServiceOnly || !sameSecret(r.PostFormValue("sysparm_ck"), session.ck) {
		writePage(w, http.StatusOK, "login", page{
			Title: "Log in", Goto: target, CK: session.ck, Message: "User name or password invalid",
		})
		return
	}
	s.loginBrowser(w, session, user.name)
	http.Redirect(w, r, target, http.StatusFound) //nolint:gosec // a path on this host, see above
}
