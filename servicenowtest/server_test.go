package servicenowtest_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"github.com/seed-a66f7fd3/servicenow/servicenowtest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const callback = "https://app.example.com/oauth/servicenow/callback"

// app is the OAuth application that most tests register.
var app = servicenowtest.OAuthClient{
	Name: "Example", ClientID: "c1", ClientSecret: "s1", RedirectURLs: []string{callback},
}

// reply is an answer, read whole.
type reply struct {
	*http.Response
	body string
}

// json reads the body's members.
func (r reply) json(t *testing.T) map[string]any {
	t.Helper()
	out := map[string]any{}
	if err := json.Unmarshal([]byte(r.body), &out); err != nil {
		t.Fatalf("status %d, no JSON: %v: %s", r.StatusCode, err, r.body)
	}
	return out
}

// client talks to one server.
type client struct {
	t    *testing.T
	s    *servicenowtest.Server
	http *http.Client
	auth func(*http.Request)
}

func talk(t *testing.T, s *servicenowtest.Server) *client {
	return &client{t: t, s: s, http: s.HTTPClient(), auth: func(*http.Request) {}}
}

func (c *client) as(user, password string) *client {
	cp := *c
	cp.auth = func(r *http.Request) { r.SetBasicAuth(user, password) }
	return &cp
}

func (c *client) admin() *client {
	return c.as(servicenowtest.AdminUser, servicenowtest.AdminPassword)
}

func (c *client) integration() *client {
	return c.as(servicenowtest.IntegrationUser, servicenowtest.IntegrationPassword)
}

func (c *client) bearer(token string) *client {
	cp := *c
	cp.auth = func(r *http.Request) { r.Header.Set("Authorization", "Bearer "+token) }
	return &cp
}

// try sends a request and reports the error of the exchange.
func (c *client) try(method, path, body string, headers ...string) (reply, error) {
	c.t.Helper()
	req, err := http.NewRequest(method, c.s.Instance().Origin()+path, strings.NewReader(body))
	if err != nil {
		c.t.Fatal(err)
	}
	if body != "" || method != http.MethodGet {
		req.Header.Set("Content-Type", "application/json")
	}
	req.Header.Set("Accept", "application/json")
	c.auth(req)
	for i := 0; i+1 < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return reply{}, err
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	return reply{resp, string(b)}, err
}

func (c *client) do(method, path, body string, headers ...string) reply {
	c.t.Helper()
	r, err := c.try(method, path, body, headers...)
	if err != nil {
		c.t.Fatalf("%s %s: %v", method, path, err)
	}
	return r
}

func (c *client) get(path string, headers ...string) reply {
	c.t.Helper()
	return c.do("GET", path, "", headers...)
}

// token posts to the token endpoint; kv are the form's parameters.
func (c *client) token(kv ...string) reply {
	c.t.Helper()
	form := url.Values{}
	for i := 0; i+1 < len(kv); i += 2 {
		form.Set(kv[i], kv[i+1])
	}
	return c.do("POST", "/oauth_token.do", form.Encode(), "Content-Type", "application/x-www-form-urlencoded")
}

func (c *client) authURL(kv ...string) string {
	q := url.Values{"response_type": {"code"}, "client_id": {"c1"}, "redirect_uri": {callback}, "state": {"xyz"}}
	for i := 0; i+1 < len(kv); i += 2 {
		if kv[i+1] == "" {
			q.Del(kv[i])
			continue
		}
		q.Set(kv[i], kv[i+1])
	}
	return c.s.Instance().Origin() + "/oauth_auth.do?" + q.Encode()
}

// consent lets the integration user allow, and gives the parameters of the redirect.
func (c *client) consent(kv ...string) url.Values {
	c.t.Helper()
	to, err := c.s.Consent(c.authURL(kv...), servicenowtest.IntegrationUser, servicenowtest.IntegrationPassword, true)
	if err != nil {
		c.t.Fatal(err)
	}
	u, err := url.Parse(to)
	if err != nil {
		c.t.Fatal(err)
	}
	return u.Query()
}

// connect goes through the whole grant and returns the token answer.
func (c *client) connect() map[string]any {
	c.t.Helper()
	r := c.token("grant_type", "authorization_code", "code", c.consent().Get("code"), "redirect_uri", callback,
		"client_id", "c1", "client_secret", "s1")
	if r.StatusCode != http.StatusOK {
		c.t.Fatalf("token: %d %s", r.StatusCode, r.body)
	}
	return r.json(c.t)
}

func TestFirstLight(t *testing.T) {
	s := servicenowtest.NewServer(t, servicenowtest.WithOAuthClient(app))
	c := talk(t, s)
	tokens := c.connect()
	me := c.bearer(tokens["access_token"].(string))
	r := me.do("POST", "/api/now/v2/table/incident", `{"short_description":"VPN drops"}`)
	if r.StatusCode != http.StatusCreated {
		t.Fatalf("create: %d %s", r.StatusCode, r.body)
	}
	if r = me.get("/api/now/v2/table/incident?sysparm_fields=number,sys_created_by"); !strings.Contains(r.body, `"sys_created_by":"integration.user"`) {
		t.Errorf("list: %d %s", r.StatusCode, r.body)
	}
	r = c.token("grant_type", "refresh_token", "refresh_token", tokens["refresh_token"].(string), "client_id", "c1",
		"client_secret", "s1")
	if got := r.json(t); got["refresh_token"] != tokens["refresh_token"] {
		t.Errorf("the refresh token changed: %d %s", r.StatusCode, r.body)
	}
	c.get("/oauth_revoke_token.do?token=" + tokens["access_token"].(string))
	if r = me.get("/api/now/v2/table/incident"); r.StatusCode != http.StatusUnauthorized {
		t.Errorf("a revoked token still works: %d", r.StatusCode)
	}
}
