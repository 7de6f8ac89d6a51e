package servicenowtest_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/seed-a66f7fd3/servicenow/servicenowtest"
)

var start = time.Date(2026, 3, 4, 10, 0, 0, 0, time.UTC)

func newApp(t *testing.T, opts ...servicenowtest.Option) (*client, *servicenowtest.Clock) {
	clock := servicenowtest.NewClock(start)
	opts = append([]servicenowtest.Option{servicenowtest.WithOAuthClient(app), servicenowtest.WithClock(clock)}, opts...)
	return talk(t, servicenowtest.NewServer(t, opts...)), clock
}

// https://www.servicenow.com/docs/r/platform-security/authentication/authorization-workflow.html
func TestAuthorize(t *testing.T) {
	for _, c := range []struct {
		name   string
		change []string
		want   url.Values // of the redirect
		page   string     // or the message of a page
	}{
		{name: "state comes back unchanged", change: []string{"state", "a b&c"}, want: url.Values{"state": {"a b&c"}}},
		{name: "no state", change: []string{"state", ""}, page: "Missing State parameter in request"},
		{name: "blank state", change: []string{"state", " "}, page: "Missing State parameter in request"},
		{name: "unknown client", change: []string{"client_id", "nobody"}, page: "invalid_client"},
		{name: "implicit grant", change: []string{"response_type", "token"},
			want: url.Values{"error": {"unsupported_response_type"}, "state": {"xyz"}}},
		{name: "foreign scope", change: []string{"scope", "everything"},
			want: url.Values{"error": {"invalid_scope"}, "state": {"xyz"}}},
		{name: "useraccount", change: []string{"scope", "useraccount"}, want: url.Values{"state": {"xyz"}}},
		{name: "no redirect_uri", change: []string{"redirect_uri", ""}, want: url.Values{"state": {"xyz"}}},
		{name: "plain PKCE", change: []string{"code_challenge", "x", "code_challenge_method", "plain"},
			want: url.Values{"error": {"invalid_request"}, "state": {"xyz"}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			api, _ := newApp(t)
			to, err := api.s.Consent(api.authURL(c.change...), servicenowtest.IntegrationUser,
				servicenowtest.IntegrationPassword, true)
			if c.page != "" {
				if err == nil || !strings.Contains(err.Error(), c.page) {
					t.Errorf("page: %v, redirect %q", err, to)
				}
				return
			}
			u, perr := url.Parse(to)
			if err != nil || perr != nil || !strings.HasPrefix(to, callback) {
				t.Fatalf("redirect %q: %v %v", to, err, perr)
			}
			for k, v := range c.want {
				if u.Query().Get(k) != v[0] {
					t.Errorf("%s = %q, want %q", k, u.Query().Get(k), v[0])
				}
			}
			if (u.Query().Get("code") != "") != (c.want.Get("error") == "") {
				t.Errorf("code or error: %s", to)
			}
		})
	}
}

func TestDenyIsAnError(t *testing.T) {
	api, _ := newApp(t)
	to, err := api.s.Consent(api.authURL(), servicenowtest.IntegrationUser, servicenowtest.IntegrationPassword, false)
	if err != nil || !strings.Contains(to, "error=access_denied") || !strings.Contains(to, "state=xyz") {
		t.Errorf("redirect %q: %v", to, err)
	}
}

func TestAWrongPasswordDoesNotPassTheLogin(t *testing.T) {
	api, _ := newApp(t)
	if _, err := api.s.Consent(api.authURL(), servicenowtest.IntegrationUser, "wrong", true); err == nil ||
		!strings.Contains(err.Error(), "User name or password invalid") {
		t.Errorf("error: %v", err)
	}
}

func TestConsentNeedsItsToken(t *testing.T) {
	api, _ := newApp(t)
	r := api.do("POST", strings.TrimPrefix(api.authURL(), api.s.Instance().Origin()), "sysparm_consent=allow",
		"Content-Type", "application/x-www-form-urlencoded")
	if strings.Contains(r.Header.Get("Location"), "code=") {
		t.Error("a forged form was taken for consent")
	}
}

func TestOnlyUpgradedInstancesDoWithoutState(t *testing.T) {
	api, _ := newApp(t)
	api.s.SetProperty("glide.oauth.state.parameter.required", "false")
	if api.consent("state", "").Get("code") == "" {
		t.Error("no code")
	}
}

// "The instance matches the URL of the incoming request to one of the redirect URLs. If no match is made, the instance
// uses the first redirect URL."
// https://www.servicenow.com/docs/r/platform-security/authentication/t_CreateEndpointforExternalClients.html
func TestRedirectURLs(t *testing.T) {
	two := app
	two.ClientID, two.RedirectURLs = "c2", []string{callback, "https://app.example.com/other?x=1"}
	api, _ := newApp(t, servicenowtest.WithOAuthClient(two))
	for _, c := range []struct{ asked, got string }{
		{callback, callback}, {two.RedirectURLs[1], two.RedirectURLs[1]}, {callback + "/", callback},
		{"https://evil.example/", callback}, {strings.ToUpper(callback), callback},
	} {
		to, err := api.s.Consent(api.authURL("client_id", "c2", "redirect_uri", c.asked), servicenowtest.IntegrationUser,
			servicenowtest.IntegrationPassword, true)
		if err != nil || !strings.HasPrefix(to, c.got) {
			t.Errorf("%s: %q, %v", c.asked, to, err)
		}
	}
	api.s.Switch(func(s *servicenowtest.Switches) { s.RefuseRedirectMismatch = true })
	if _, err := api.s.Consent(api.authURL("redirect_uri", "https://evil.example/"), "", "", true); err == nil ||
		!strings.Contains(err.Error(), "not registered") {
		t.Errorf("switched: %v", err)
	}
}

func TestTokenAnswer(t *testing.T) {
	api, _ := newApp(t)
	got := api.connect()
	if got["token_type"] != "Bearer" || got["scope"] != "useraccount" || got["expires_in"] != 1800.0 {
		t.Errorf("answer: %v", got)
	}
	if got["access_token"] == got["refresh_token"] || got["access_token"] == "" {
		t.Errorf("tokens: %v", got)
	}
}

// Every refusal of the token endpoint, in its flat form.
func TestTokenRefusals(t *testing.T) {
	for _, c := range []struct {
		name   string
		change []string
		status int
		code   string
	}{
		{"unknown client", []string{"client_id", "nobody"}, 401, "invalid_client"},
		{"wrong secret", []string{"client_secret", "wrong"}, 401, "server_error"},
		{"no secret", []string{"client_secret", ""}, 401, "server_error"},
		{"unknown grant", []string{"grant_type", "magic"}, 400, "unsupported_grant_type"},
		{"wrong code", []string{"code", "wrong"}, 401, "server_error"},
		{"other redirect_uri", []string{"redirect_uri", callback + "/"}, 401, "invalid_grant"},
		{"no redirect_uri", []string{"redirect_uri", ""}, 401, "invalid_grant"},
		{"wrong refresh token", []string{"grant_type", "refresh_token", "refresh_token", "x"}, 401, "server_error"},
		{"wrong password", []string{"grant_type", "password", "username", "admin", "password", "x"}, 401, "server_error"},
		{"client credentials are off", []string{"grant_type", "client_credentials"}, 401, "server_error"},
		{"no assertion", []string{"grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer"}, 401, "invalid_grant"},
	} {
		t.Run(c.name, func(t *testing.T) {
			api, _ := newApp(t)
			form := map[string]string{"grant_type": "authorization_code", "code": api.consent().Get("code"),
				"redirect_uri": callback, "client_id": "c1", "client_secret": "s1"}
			for i := 0; i < len(c.change); i += 2 {
				form[c.change[i]] = c.change[i+1]
			}
			var kv []string
			for k, v := range form {
				kv = append(kv, k, v)
			}
			r := api.token(kv...)
			if got := r.json(t); r.StatusCode != c.status || got["error"] != c.code {
				t.Errorf("%d %v", r.StatusCode, got)
			}
		})
	}
}

func TestACodeIsTakenOnceAndInTime(t *testing.T) {
	api, clock := newApp(t)
	exchange := func(code string) int {
		return api.token("grant_type", "authorization_code", "code", code, "redirect_uri", callback, "client_id", "c1",
			"client_secret", "s1").StatusCode
	}
	code := api.consent().Get("code")
	if got := []int{exchange(code), exchange(code)}; got[0] != 200 || got[1] != 401 {
		t.Errorf("twice: %v", got)
	}
	late := api.consent().Get("code")
	clock.Advance(time.Hour)
	if got := exchange(late); got != 401 {
		t.Errorf("an hour later: %d", got)
	}
}

// "A content-type of application/json results in an unspecified error."
// https://www.servicenow.com/docs/r/platform-security/authentication/r_OAuthAPIRequestParameters.html
func TestTheTokenEndpointWantsAForm(t *testing.T) {
	api, _ := newApp(t)
	if r := api.do("POST", "/oauth_token.do", `{"grant_type":"refresh_token"}`); r.StatusCode < 400 {
		t.Errorf("JSON: %d", r.StatusCode)
	}
	if r := api.get("/oauth_token.do?grant_type=refresh_token"); r.StatusCode < 400 {
		t.Errorf("GET: %d", r.StatusCode)
	}
}

// https://www.servicenow.com/docs/r/platform-security/authentication/OAuth-token-processor-parm.html
func TestQueryParametersOfTheTokenEndpoint(t *testing.T) {
	api, _ := newApp(t)
	query := "?grant_type=password&client_id=c1&client_secret=s1&username=integration.user&password=integration-password"
	ask := func() int {
		return api.do("POST", "/oauth_token.do"+query, "", "Content-Type", "application/x-www-form-urlencoded").StatusCode
	}
	if got := ask(); got == 200 {
		t.Error("the query was read although glide.oauth.allow.parameters.in.post.body.only is true")
	}
	api.s.SetProperty("glide.oauth.allow.parameters.in.post.body.only", "false")
	if got := ask(); got != 200 {
		t.Errorf("the query was not read: %d", got)
	}
}

func TestClientAuthenticationInTheHeader(t *testing.T) {
	api, _ := newApp(t)
	api.auth = func(r *http.Request) { r.SetBasicAuth("c1", "s1") }
	if r := api.token("grant_type", "password", "username", "admin", "password", servicenowtest.AdminPassword); r.StatusCode != 200 {
		t.Errorf("%d %s", r.StatusCode, r.body)
	}
}

// "This endpoint access does not require authentication. The token in this request is marked as expired."
// https://www.servicenow.com/docs/r/platform-security/authentication/t_RevokeOAuthToken.html
func TestRevoke(t *testing.T) {
	for _, kind := range []string{"access_token", "refresh_token"} {
		api, _ := newApp(t)
		got := api.connect()
		if r := api.get("/oauth_revoke_token.do?token=" + got[kind].(string)); r.StatusCode != 200 {
			t.Errorf("revoke: %d", r.StatusCode)
		}
		works := api.bearer(got["access_token"].(string)).get("/api/now/v2/table/incident").StatusCode == 200
		refreshes := api.refresh(got["refresh_token"])["error"] == nil
		if works == (kind == "access_token") || refreshes == (kind == "refresh_token") {
			t.Errorf("%s revoked: access works %v, refresh works %v", kind, works, refreshes)
		}
	}
}

func TestAnUnknownTokenCanBeRevoked(t *testing.T) {
	api, _ := newApp(t)
	if r := api.do("POST", "/oauth_revoke_token.do", "token=x", "Content-Type", "application/x-www-form-urlencoded"); r.StatusCode != 200 {
		t.Errorf("%d", r.StatusCode)
	}
}

func TestAnInactiveApplicationIsGone(t *testing.T) {
	api, _ := newApp(t)
	got := api.connect()
	api.s.ChangeOAuthClient("c1", func(c *servicenowtest.OAuthClient) { c.Inactive = true })
	if r := api.refresh(got["refresh_token"]); r["error"] != "invalid_client" {
		t.Errorf("refresh: %v", r)
	}
	if r := api.bearer(got["access_token"].(string)).get("/api/now/v2/table/incident"); r.StatusCode != 401 {
		t.Errorf("call: %d", r.StatusCode)
	}
}

func TestRevokeAccessInMyConnectedApps(t *testing.T) {
	api, _ := newApp(t)
	got := api.connect()
	api.s.RevokeTokens("c1", servicenowtest.IntegrationUser)
	if r := api.refresh(got["refresh_token"]); r["error"] != "server_error" || r["error_description"] != "access_denied" {
		t.Errorf("refresh: %v", r)
	}
}

func TestLifespansOfTheRegistry(t *testing.T) {
	short := app
	short.AccessTokenLifespan, short.RefreshTokenLifespan = time.Minute, time.Hour
	clock := servicenowtest.NewClock(start)
	api := talk(t, servicenowtest.NewServer(t, servicenowtest.WithOAuthClient(short), servicenowtest.WithClock(clock)))
	got := api.connect()
	if got["expires_in"] != 60.0 {
		t.Errorf("expires_in %v", got["expires_in"])
	}
	clock.Advance(61 * time.Second)
	if r := api.bearer(got["access_token"].(string)).get("/api/now/v2/table/incident"); r.StatusCode != 401 {
		t.Errorf("an expired token: %d", r.StatusCode)
	}
	clock.Advance(time.Hour)
	if r := api.refresh(got["refresh_token"]); r["error"] == nil {
		t.Error("an expired refresh token works")
	}
}

func TestTokensGrantedAreCounted(t *testing.T) {
	api, _ := newApp(t)
	first := api.connect()
	api.refresh(first["refresh_token"])
	api.refresh(first["refresh_token"])
	api.refresh("wrong")
	got := api.s.TokensGranted()
	if got["authorization_code"] != 1 || got["refresh_token"] != 2 || len(got) != 2 {
		t.Errorf("granted: %v", got)
	}
}

func TestTheTokenEndpointRefusesAPISessions(t *testing.T) {
	api, _ := newApp(t)
	first := api.connect()
	r := api.bearer(first["access_token"].(string)).get("/api/now/v2/table/incident")
	cookie := ""
	for _, c := range r.Cookies() {
		if c.Name == "JSESSIONID" {
			cookie = "JSESSIONID=" + c.Value
		}
	}
	api.auth = func(r *http.Request) { r.Header.Set("Cookie", cookie) }
	if got := api.refresh(first["refresh_token"]); got["error"] != "server_error" {
		t.Errorf("with the cookie: %v", got)
	}
}
