package auth_test

import (
	"context"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/seed-a66f7fd3/servicenow/auth"
	"github.com/seed-a66f7fd3/servicenow/auth/internal/tokenserver"
	"github.com/seed-a66f7fd3/servicenow/internal/rest"
)

// reply is a fixed answer.
func reply(status int, contentType, body string, headers ...string) roundTrip {
	return func(r *http.Request) (*http.Response, error) {
		h := http.Header{"Content-Type": {contentType}}
		for i := 0; i+1 < len(headers); i += 2 {
			h.Set(headers[i], headers[i+1])
		}
		return &http.Response{
			StatusCode: status, Status: fmt.Sprint(status), Header: h, Body: io.NopCloser(strings.NewReader(body)), Request: r,
		}, nil
	}
}

// capture keeps the request's form and header, and answers with a token.
type capture struct {
	request *http.Request
	form    url.Values
	count   int
}

const someToken = `{"access_token":"canary-a","refresh_token":"canary-r","scope":"useraccount",` +
	`"token_type":"Bearer","expires_in":1799}`

func (c *capture) RoundTrip(r *http.Request) (*http.Response, error) {
	b, _ := io.ReadAll(r.Body)
	c.form, _ = url.ParseQuery(string(b))
	c.request = r
	c.count++
	return reply(200, "application/json;charset=UTF-8", someToken)(r)
}

func TestGrantsOnTheWire(t *testing.T) {
	basic := url.Values{"client_id": {tokenserver.ClientID}, "client_secret": {tokenserver.ClientSecret}}
	with := func(pairs ...string) url.Values {
		v := url.Values{}
		for name, values := range basic {
			v[name] = values
		}
		for i := 0; i < len(pairs); i += 2 {
			v.Set(pairs[i], pairs[i+1])
		}
		return v
	}
	for name, tt := range map[string]struct {
		grant func(context.Context, auth.App) (auth.Token, error)
		want  url.Values
	}{
		"refresh": {func(ctx context.Context, a auth.App) (auth.Token, error) { return a.Refresh(ctx, auth.NewSecret("r")) },
			with("grant_type", "refresh_token", "refresh_token", "r")},
		"client credentials": {auth.ClientCredentials, with("grant_type", "client_credentials")},
		"password": {auth.Password("abel.tuter", auth.NewSecret("p&=ß")),
			with("grant_type", "password", "username", "abel.tuter", "password", "p&=ß")},
	} {
		t.Run(name, func(t *testing.T) {
			c := &capture{}
			token, err := tt.grant(t.Context(), app(t, c))
			if err != nil {
				t.Fatal(err)
			}
			if got := c.form.Encode(); got != tt.want.Encode() {
				t.Errorf("form  %s\nwanted %s", got, tt.want.Encode())
			}
			if u := c.request.URL.String(); u != "https://acme.service-now.com/oauth_token.do" || c.request.Method != "POST" {
				t.Errorf("%s %s", c.request.Method, u)
			}
			if got := c.request.Header.Get("Content-Type"); got != "application/x-www-form-urlencoded" {
				t.Errorf("Content-Type %q", got)
			}
			if token.Access.Reveal() != "canary-a" || token.Refresh.Reveal() != "canary-r" || token.Scope != "useraccount" {
				t.Error("the token is not the answer's")
			}
			if life := token.Expiry.Sub(token.Issued); life != 1799*time.Second {
				t.Errorf("life %v", life)
			}
			if life := token.RefreshExpiry.Sub(token.Issued); life != auth.DefaultRefreshLifespan {
				t.Errorf("refresh token's life %v", life)
			}
		})
	}
}

func TestClientAuthInHeader(t *testing.T) {
	c := &capture{}
	a := app(t, c)
	a.ClientAuth = auth.InHeader
	if _, err := auth.ClientCredentials(t.Context(), a); err != nil {
		t.Fatal(err)
	}
	user, password, ok := c.request.BasicAuth()
	if !ok || user != tokenserver.ClientID || password != tokenserver.ClientSecret {
		t.Error("no Basic credentials")
	}
	if c.form.Has("client_secret") || c.form.Has("client_id") {
		t.Error("the credentials stand in the body, too")
	}
}

func TestJWTBearer(t *testing.T) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	c := &capture{}
	grant := auth.JWTBearer(auth.JWT{Key: key, KeyID: "kid-1", Subject: "abel.tuter@example.com"})
	var ids []string
	for range 2 {
		if _, err := grant(t.Context(), app(t, c)); err != nil {
			t.Fatal(err)
		}
		if got := c.form.Get("grant_type"); got != "urn:ietf:params:oauth:grant-type:jwt-bearer" {
			t.Errorf("grant_type %q", got)
		}
		parts := strings.Split(c.form.Get("assertion"), ".")
		if len(parts) != 3 {
			t.Fatalf("%d parts", len(parts))
		}
		signature, _ := base64.RawURLEncoding.DecodeString(parts[2])
		sum := sha256.Sum256([]byte(parts[0] + "." + parts[1]))
		if err := rsa.VerifyPKCS1v15(&key.PublicKey, crypto.SHA256, sum[:], signature); err != nil {
			t.Error(err)
		}
		header, claims := decode(t, parts[0]), decode(t, parts[1])
		if header["alg"] != "RS256" || header["kid"] != "kid-1" || header["typ"] != "JWT" {
			t.Errorf("header %v", header)
		}
		if claims["iss"] != tokenserver.ClientID || claims["aud"] != tokenserver.ClientID ||
			claims["sub"] != "abel.tuter@example.com" {
			t.Errorf("claims %v", claims)
		}
		if life := claims["exp"].(float64) - claims["iat"].(float64); life != 120 {
			t.Errorf("life %v s", life)
		}
		ids = append(ids, claims["jti"].(string))
	}
	if ids[0] == ids[1] || ids[0] == "" {
		t.Error("an assertion was used twice")
	}
	for name, j := range map[string]auth.JWT{
		"no key": {KeyID: "k", Subject: "s"}, "no kid": {Key: key, Subject: "s"}, "no subject": {Key: key, KeyID: "k"},
	} {
		if _, err := auth.JWTBearer(j)(t.Context(), app(t, c)); !errors.Is(err, rest.ErrInvalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func decode(t *testing.T, part string) map[string]any {
	t.Helper()
	b, err := base64.RawURLEncoding.DecodeString(part)
	if err != nil {
		t.Fatal(err)
	}
	var m map[string]any
	if err := json.Unmarshal(b, &m); err != nil {
		t.Fatal(err)
	}
	return m
}

// What a token endpoint can answer, and what it means: a refusal, or nothing at all.
func TestTokenAnswers(t *testing.T) {
	const asJSON = "application/json;charset=UTF-8"
	for name, tt := range map[string]struct {
		rt    http.RoundTripper
		code  auth.Code
		class error
	}{
		"catch-all": {reply(401, asJSON, `{"error":"server_error","error_description":"access_denied"}`),
			auth.ErrServerError, auth.ErrReauthorize},
		"invalid_grant":  {reply(400, asJSON, `{"error":"invalid_grant"}`), auth.ErrInvalidGrant, auth.ErrReauthorize},
		"invalid_client": {reply(401, asJSON, `{"error":"invalid_client"}`), auth.ErrInvalidClient, auth.ErrReauthorize},
		"unauthorized": {reply(401, asJSON,
			`{"error":"unauthorized_client","error_description":"integration user is not configured"}`),
			auth.ErrUnauthorizedClient, auth.ErrReauthorize},
		"scope": {reply(400, asJSON, `{"error":"invalid_scope"}`), auth.ErrInvalidScope, auth.ErrReauthorize},
		"grant type": {reply(400, asJSON, `{"error":"unsupported_grant_type"}`), auth.ErrUnsupportedGrantType,
			auth.ErrReauthorize},
		"refused with 200": {reply(200, asJSON, `{"error":"invalid_grant"}`), auth.ErrInvalidGrant, auth.ErrReauthorize},
		"denied":           {reply(401, asJSON, `{"error":"access_denied"}`), auth.ErrAccessDenied, auth.ErrReauthorize},
		"real server error": {reply(400, asJSON, `{"error":"server_error","error_description":"out of memory"}`),
			auth.ErrServerError, auth.ErrUnavailable},
		"temporary": {reply(400, asJSON, `{"error":"temporarily_unavailable"}`), auth.ErrTemporary,
			auth.ErrUnavailable},

		"500 that looks like a refusal": {reply(500, asJSON, `{"error":"invalid_grant"}`), auth.ErrUnreachable,
			auth.ErrUnavailable},
		"503 page": {reply(503, "text/html", "<html>"), auth.ErrUnreachable, auth.ErrUnavailable},
		"429": {reply(429, asJSON, `{"error":"x"}`, "Retry-After", "7"), auth.ErrUnreachable,
			auth.ErrUnavailable},
		"login page with 200": {reply(200, "text/html;charset=UTF-8", "<html>log in</html>"), auth.ErrUnreachable,
			auth.ErrUnavailable},
		"a page called JSON": {reply(200, asJSON, "<!DOCTYPE html>"), auth.ErrUnreachable, auth.ErrUnavailable},
		"a page with 401": {reply(401, "text/html", "<html>proxy</html>"), auth.ErrUnreachable,
			auth.ErrUnavailable},
		"hibernating": {reply(200, "text/html", "<title>Instance Hibernating page</title>"),
			auth.ErrUnreachable, rest.ErrHibernating},
		"redirect": {reply(302, "text/html", "", "Location", "https://evil.example/"),
			auth.ErrUnreachable, auth.ErrUnavailable},
		"no connection": {roundTrip(func(*http.Request) (*http.Response, error) {
			return nil, errors.New("connection refused")
		}), auth.ErrUnreachable, auth.ErrUnavailable},
		"another API's refusal": {reply(401, asJSON,
			`{"error":{"message":"User Not Authenticated","detail":"Required to provide Auth"},"status":"failure"}`),
			auth.ErrMalformed, auth.ErrUnavailable},

		"empty":      {reply(200, asJSON, ""), auth.ErrMalformed, auth.ErrUnavailable},
		"null":       {reply(200, asJSON, "null"), auth.ErrMalformed, auth.ErrUnavailable},
		"other JSON": {reply(200, asJSON, `{"result":[]}`), auth.ErrMalformed, auth.ErrUnavailable},
		"a list":     {reply(200, asJSON, `[1]`), auth.ErrMalformed, auth.ErrUnavailable},
		"cut":        {reply(200, asJSON, someToken[:40]), auth.ErrMalformed, auth.ErrUnavailable},
		"negative life": {reply(200, asJSON, `{"access_token":"canary-a","expires_in":-5}`), auth.ErrMalformed,
			auth.ErrUnavailable},
		"absurd life": {reply(200, asJSON, `{"access_token":"canary-a","expires_in":1e400}`), auth.ErrMalformed,
			auth.ErrUnavailable},
		"life in words": {reply(200, asJSON, `{"access_token":"canary-a","expires_in":"soon"}`), auth.ErrMalformed,
			auth.ErrUnavailable},
		"no access token": {reply(200, asJSON, `{"refresh_token":"canary-r","expires_in":1800}`), auth.ErrMalformed,
			auth.ErrUnavailable},
		"another type": {reply(200, asJSON, `{"access_token":"canary-a","token_type":"mac"}`), auth.ErrMalformed,
			auth.ErrUnavailable},
		"a line break": {reply(200, asJSON, `{"access_token":"canary-a\r\nX-Evil: 1"}`), auth.ErrMalformed,
			auth.ErrUnavailable},
		"ten megabytes": {reply(200, asJSON, `{"access_token":"`+strings.Repeat("a", 10<<20)+`"}`), auth.ErrMalformed,
			auth.ErrUnavailable},
		"access is a list":  {reply(200, asJSON, `{"access_token":["canary-a"]}`), auth.ErrMalformed, auth.ErrUnavailable},
		"error is a number": {reply(400, asJSON, `{"error":7}`), auth.ErrMalformed, auth.ErrUnavailable},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := app(t, tt.rt).Refresh(t.Context(), auth.NewSecret("canary-refresh"))
			e := wantError(t, err, tt.code, tt.class)
			if errors.Is(err, auth.ErrReauthorize) != (tt.class == auth.ErrReauthorize) {
				t.Errorf("%v: wrong side of refusal and fault", err)
			}
			if strings.Contains(err.Error(), "canary") {
				t.Error("the error shows a secret")
			}
			if name == "429" && e.RetryAfter != 7*time.Second {
				t.Errorf("RetryAfter %v", e.RetryAfter)
			}
		})
	}
}

func TestTokenAnswersThatAreFine(t *testing.T) {
	for name, body := range map[string]string{
		"plain text label": someToken, "life as text": `{"access_token":"canary-a","expires_in":"1799"}`,
		"no life": `{"access_token":"canary-a","token_type":"bearer"}`,
		"format":  `{"access_token":"canary-a","format":"JSON","expires_in":1799}`,
	} {
		t.Run(name, func(t *testing.T) {
			token, err := app(t, reply(200, "text/plain", body)).Refresh(t.Context(), auth.NewSecret("canary-r"))
			if err != nil {
				t.Fatal(err)
			}
			if life := token.Expiry.Sub(token.Issued).Round(time.Minute); life != 30*time.Minute {
				t.Errorf("life %v", life)
			}
			if token.Refresh.Reveal() != "canary-r" {
				t.Error("the refresh token is lost")
			}
		})
	}
	told, err := app(t, reply(200, "application/json",
		`{"access_token":"a","refresh_token":"r","refresh_token_expires_in":3600}`)).
		Refresh(t.Context(), auth.NewSecret("r"))
	if err != nil || told.RefreshExpiry.Sub(told.Issued) != time.Hour {
		t.Errorf("an answer that tells the refresh token's life: %v, %v", told, err)
	}
}

// A failed request is one request; a redirect is not followed; the host's cookie jar stays out.
// An instance, or a gateway in front of it, that repeats what it was sent. The error goes to logs and to people.
func TestRefusalsRepeatNoSecret(t *testing.T) {
	echo := func(shape string) roundTrip {
		return func(r *http.Request) (*http.Response, error) {
			b, _ := io.ReadAll(r.Body)
			form, _ := url.ParseQuery(string(b))
			var said []string
			for name, values := range form {
				said = append(said, name+" "+values[0])
			}
			if _, secret, ok := r.BasicAuth(); ok {
				said = append(said, secret)
			}
			return reply(401, "application/json", fmt.Sprintf(shape, strings.Join(said, ", ")))(r)
		}
	}
	for _, shape := range []string{
		`{"error":"invalid_client","error_description":"wrong: %s"}`, `{"error":"%s"}`, `{"error":{"message":"%s"}}`,
	} {
		for _, where := range []auth.ClientAuth{auth.InBody, auth.InHeader} {
			a := app(t, echo(shape))
			a.ClientAuth, a.ClientSecret = where, auth.NewSecret("canary-secret")
			_, refresh := a.Refresh(t.Context(), auth.NewSecret("canary-refresh"))
			_, password := auth.Password("ada", auth.NewSecret("canary-password"))(t.Context(), a)
			for _, err := range []error{refresh, password} {
				if err == nil || strings.Contains(fmt.Sprintf("%v %+v", err, err), "canary") {
					t.Errorf("%s: %v", shape, err)
				}
			}
		}
	}
}

func TestTokenRequestIsSentOnce(t *testing.T) {
	jar, _ := cookiejar.New(nil)
	jar.SetCookies(&url.URL{Scheme: "https", Host: "acme.service-now.com"},
		[]*http.Cookie{{Name: "JSESSIONID", Value: "x"}})
	for name, rt := range map[string]roundTrip{
		"refusal":  reply(401, "application/json", `{"error":"invalid_client"}`),
		"redirect": reply(302, "text/html", "", "Location", "https://acme.service-now.com/login.do"),
		"fault":    reply(503, "text/html", ""),
	} {
		t.Run(name, func(t *testing.T) {
			var count int
			a := app(t, roundTrip(func(r *http.Request) (*http.Response, error) {
				count++
				if r.Header.Get("Cookie") != "" {
					t.Error("a cookie was sent")
				}
				res, err := rt(r)
				res.Header.Add("Set-Cookie", "glide_session=1; Path=/")
				return res, err
			}))
			a.HTTPClient.Jar = jar
			if _, err := a.Refresh(t.Context(), auth.NewSecret("r")); err == nil {
				t.Error("no error")
			}
			if count != 1 {
				t.Errorf("%d requests", count)
			}
			if kept := jar.Cookies(&url.URL{Scheme: "https", Host: "acme.service-now.com", Path: "/"}); len(kept) != 1 {
				t.Errorf("the host's jar holds %v", kept)
			}
			if a.HTTPClient.Jar != jar || a.HTTPClient.CheckRedirect != nil {
				t.Error("the host's client was changed")
			}
		})
	}
}

func TestExchangeObeysItsContext(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	server := &tokenserver.Server{Fault: func(int, url.Values) tokenserver.Fault { return tokenserver.Hang }}
	if _, err := auth.ClientCredentials(ctx, app(t, server)); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("%v, want the context's error", err)
	}
}

// Whatever an endpoint answers, the result is a token that can be sent, or a typed error without the answer in it.
func FuzzTokenAnswer(f *testing.F) {
	for _, seed := range []string{
		someToken, `{"error":"invalid_grant","error_description":"x"}`, `{"access_token":"a","expires_in":"9e9"}`, "<html>",
		"",
		`{"access_token":"a","refresh_token_expires_in":1e300}`, `{"error":{"message":"m"}}`, "access_token=a&expires_in=-1",
	} {
		f.Add(200, "application/json", seed)
		f.Add(401, "text/plain", seed)
	}
	f.Fuzz(func(t *testing.T, status int, contentType, body string) {
		if status < 200 || status > 599 {
			return
		}
		token, err := app(t, reply(status, contentType, body)).Refresh(t.Context(), auth.NewSecret("canary-refresh"))
		if err != nil {
			e := asError(t, err)
			if !errors.Is(err, auth.ErrUnavailable) && !errors.Is(err, auth.ErrReauthorize) {
				t.Errorf("neither fault nor refusal: %v", err)
			}
			if len(e.Description) > 900 || len(e.Code) > 900 || strings.Contains(err.Error(), "canary") {
				t.Errorf("the error tells too much: %d bytes", len(err.Error()))
			}
			return
		}
		if token.Expiry.Before(token.Issued) || token.RefreshExpiry.Before(token.Issued) || status > 299 {
			t.Errorf("an absurd token: %v", token)
		}
		if v := token.Access.Reveal(); v == "" || strings.ContainsAny(v, " \r\n\x00") {
			t.Error("an access token that cannot be sent")
		}
		if _, err := auth.ImportToken(token.Export()); err != nil {
			t.Errorf("cannot be stored: %v", err)
		}
	})
}
