package servicenowtest_test

import (
	"crypto/sha256"
	"encoding/base64"
	"testing"
	"time"

	"github.com/seed-a66f7fd3/servicenow/servicenowtest"
)

// "Access requests made within the access token expiration time always return the current access token."
// https://www.servicenow.com/docs/r/platform-security/authentication/r_OAuthAPIResponseParameters.html
func TestATokenIsReissuedWithWhatIsLeftOfItsLife(t *testing.T) {
	api, clock := newApp(t)
	first := api.connect()
	clock.Advance(20 * time.Minute)
	again := api.refresh(first["refresh_token"])
	if again["access_token"] != first["access_token"] || again["expires_in"] != 600.0 {
		t.Errorf("within its life: %v", again)
	}
	clock.Advance(11 * time.Minute)
	later := api.refresh(first["refresh_token"])
	if later["access_token"] == first["access_token"] || later["expires_in"] != 1800.0 {
		t.Errorf("after its life: %v", later)
	}
}

func (c *client) refresh(token any) map[string]any {
	c.t.Helper()
	return c.token("grant_type", "refresh_token", "refresh_token", token.(string), "client_id", "c1", "client_secret",
		"s1").json(c.t)
}

// A refresh does not extend the refresh token's life, a new consent does (KB0791140).
func TestRefreshTokenLifespan(t *testing.T) {
	api, clock := newApp(t)
	first := api.connect()
	clock.Advance(90 * 24 * time.Hour)
	if got := api.refresh(first["refresh_token"]); got["refresh_token"] != first["refresh_token"] {
		t.Errorf("after 90 days: %v", got)
	}
	clock.Advance(11 * 24 * time.Hour)
	if got := api.refresh(first["refresh_token"]); got["error"] != "server_error" {
		t.Errorf("after 101 days: %v", got)
	}
	second := api.connect()
	clock.Advance(90 * 24 * time.Hour)
	if third := api.connect(); third["refresh_token"] != second["refresh_token"] {
		t.Error("a new consent gave another refresh token within its life")
	}
	clock.Advance(90 * 24 * time.Hour)
	if got := api.refresh(second["refresh_token"]); got["error"] != nil {
		t.Errorf("the new consent did not extend it: %v", got)
	}
}

func TestRotation(t *testing.T) {
	api, _ := newApp(t, servicenowtest.WithSwitches(servicenowtest.Switches{RotateRefreshTokens: true}))
	first := api.connect()
	second := api.refresh(first["refresh_token"])
	if second["refresh_token"] == first["refresh_token"] || second["refresh_token"] == nil {
		t.Fatalf("not rotated: %v", second)
	}
	if got := api.refresh(first["refresh_token"]); got["error"] == nil {
		t.Error("the old refresh token still works")
	}
	if got := api.refresh(second["refresh_token"]); got["error"] != nil {
		t.Errorf("the new one does not: %v", got)
	}
}

// "This type of request returns only an access token."
// https://www.servicenow.com/docs/r/platform-security/authentication/r_OAuthAPIRequestParameters.html
func TestARefreshMayAnswerNoRefreshToken(t *testing.T) {
	api, _ := newApp(t, servicenowtest.WithSwitches(servicenowtest.Switches{OmitRefreshToken: true}))
	first := api.connect()
	for range 2 { // the token that the client has goes on working
		got := api.refresh(first["refresh_token"])
		if got["access_token"] == nil || got["refresh_token"] != nil {
			t.Fatalf("%v", got)
		}
	}
}

func challenge(verifier string) string {
	sum := sha256.Sum256([]byte(verifier))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// Public clients prove themselves by PKCE and get no refresh token: "a refresh token, if it's a private client".
// https://www.servicenow.com/docs/r/platform-security/authentication/authorization-workflow.html
func TestPKCE(t *testing.T) {
	public := servicenowtest.OAuthClient{ClientID: "p1", Public: true, RedirectURLs: []string{callback}}
	for _, c := range []struct {
		name, client, challenge, verifier string
		secret                            string
		authorized                        bool
		status                            int
		refresh                           bool
	}{
		{"public", "p1", "v", "v", "", true, 200, false},
		{"public, wrong verifier", "p1", "v", "w", "", true, 401, false},
		{"public, no challenge", "p1", "", "", "", false, 0, false},
		{"confidential", "c1", "v", "v", "s1", true, 200, true},
		{"confidential, wrong verifier", "c1", "v", "w", "s1", true, 401, false},
		{"confidential, no verifier", "c1", "v", "", "s1", true, 401, false},
		{"confidential, no secret", "c1", "v", "v", "", true, 401, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			api, _ := newApp(t, servicenowtest.WithOAuthClient(public))
			kv := []string{"client_id", c.client}
			if c.challenge != "" {
				kv = append(kv, "code_challenge", challenge(c.challenge), "code_challenge_method", "S256")
			}
			code := api.consent(kv...).Get("code")
			if (code != "") != c.authorized {
				t.Fatalf("code %q", code)
			}
			if !c.authorized {
				return
			}
			r := api.token("grant_type", "authorization_code", "code", code, "redirect_uri", callback, "client_id", c.client,
				"client_secret", c.secret, "code_verifier", c.verifier)
			if r.StatusCode != c.status || (r.json(t)["refresh_token"] != nil) != c.refresh {
				t.Errorf("%d %s", r.StatusCode, r.body)
			}
		})
	}
}

// https://www.servicenow.com/docs/r/platform-security/authentication/client-credentials.html
func TestClientCredentials(t *testing.T) {
	service := app
	service.ApplicationUser = servicenowtest.IntegrationUser
	for _, c := range []struct {
		name   string
		client servicenowtest.OAuthClient
		on     bool
		code   any
	}{
		{"on, with a user", service, true, nil}, {"off", service, false, "server_error"},
		{"on, without a user", app, true, "unauthorized_client"},
	} {
		api := talk(t, servicenowtest.NewServer(t, servicenowtest.WithOAuthClient(c.client)))
		if c.on {
			api.s.SetProperty("glide.oauth.inbound.client.credential.grant_type.enabled", "true")
		}
		got := api.token("grant_type", "client_credentials", "client_id", "c1", "client_secret", "s1").json(t)
		if got["error"] != c.code || got["refresh_token"] != nil {
			t.Errorf("%s: %v", c.name, got)
		}
	}
}

// "The instance verifies that the user is active, not currently locked out, and has an interactive session."
// https://www.servicenow.com/docs/r/platform-security/authentication/r_OAuthAPIRequestParameters.html
func TestPasswordGrant(t *testing.T) {
	for _, c := range []struct {
		name string
		user servicenowtest.User
		off  string
		ok   bool
	}{
		{"active", servicenowtest.User{}, "", true},
		{"inactive", servicenowtest.User{Inactive: true}, "", false},
		{"locked out", servicenowtest.User{LockedOut: true}, "", false},
		{"web service only", servicenowtest.User{WebServiceOnly: true}, "", false},
		{"switched off", servicenowtest.User{}, "true", false},
	} {
		api, _ := newApp(t)
		c.user.UserName, c.user.Password = "eve", "pw"
		api.s.AddUser(c.user)
		api.s.SetProperty("glide.oauth.inbound.ropc.grant_type.disabled", c.off)
		got := api.token("grant_type", "password", "client_id", "c1", "client_secret", "s1", "username", "eve",
			"password", "pw").json(t)
		if (got["error"] == nil) != c.ok || c.ok && got["refresh_token"] == nil {
			t.Errorf("%s: %v", c.name, got)
		}
	}
}
