package servicenowtest_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"testing"
	"time"

	"github.com/seed-a66f7fd3/servicenow/servicenowtest"
)

// assertion makes a compact JWS; sign gets the SHA-256 digest, or for HS256 the text itself.
func assertion(t *testing.T, alg, kid string, claims map[string]any, sign func(text []byte) []byte) string {
	t.Helper()
	part := func(v any) string {
		b, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		return base64.RawURLEncoding.EncodeToString(b)
	}
	text := part(map[string]string{"alg": alg, "kid": kid, "typ": "JWT"}) + "." + part(claims)
	return text + "." + base64.RawURLEncoding.EncodeToString(sign([]byte(text)))
}

// https://www.servicenow.com/docs/r/platform-security/authentication/configure-an-oauth-jwt-bearer-grant.html
func TestJWTBearer(t *testing.T) {
	rsaKey, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	ecKey, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	shared := []byte("a shared key of some length")
	signers := map[string]func([]byte) []byte{
		"RS256": func(text []byte) []byte {
			sum := sha256.Sum256(text)
			out, err := rsa.SignPKCS1v15(rand.Reader, rsaKey, crypto.SHA256, sum[:])
			if err != nil {
				t.Fatal(err)
			}
			return out
		},
		"ES256": func(text []byte) []byte {
			sum := sha256.Sum256(text)
			r, s, err := ecdsa.Sign(rand.Reader, ecKey, sum[:])
			if err != nil {
				t.Fatal(err)
			}
			return append(r.FillBytes(make([]byte, 32)), s.FillBytes(make([]byte, 32))...)
		},
		"HS256": func(text []byte) []byte {
			mac := hmac.New(sha256.New, shared)
			mac.Write(text)
			return mac.Sum(nil)
		},
		"none": func([]byte) []byte { return nil },
	}
	client := app
	client.JWTKeys = []servicenowtest.JWTKey{{KeyID: "RS256", Public: &rsaKey.PublicKey},
		{KeyID: "ES256", Public: &ecKey.PublicKey}, {KeyID: "HS256", Shared: shared}}
	now := func(d time.Duration) int64 { return start.Add(d).Unix() }

	for _, c := range []struct {
		name, alg, kid string
		change         map[string]any
		skew           time.Duration
		ok             bool
	}{
		{name: "RS256", ok: true}, {name: "ES256", alg: "ES256", ok: true}, {name: "HS256", alg: "HS256", ok: true},
		{name: "none", alg: "none", kid: "RS256"}, {name: "another kid", kid: "ES256"}, {name: "unknown kid", kid: "x"},
		{name: "HS256 with the RSA key's kid", alg: "HS256", kid: "RS256"},
		{name: "another issuer", change: map[string]any{"iss": "x"}},
		{name: "another audience", change: map[string]any{"aud": "x"}},
		{name: "a list of audiences", change: map[string]any{"aud": []string{"x", "c1"}}, ok: true},
		{name: "expired", change: map[string]any{"exp": now(-time.Second)}},
		{name: "expired within the skew", change: map[string]any{"exp": now(-time.Second)}, skew: time.Minute, ok: true},
		{name: "not valid yet", change: map[string]any{"nbf": now(time.Minute)}},
		{name: "unknown user", change: map[string]any{"sub": "nobody"}},
		{name: "no jti", change: map[string]any{"jti": ""}},
	} {
		t.Run(c.name, func(t *testing.T) {
			registered := client
			registered.JWTClockSkew = c.skew
			s := servicenowtest.NewServer(t, servicenowtest.WithOAuthClient(registered),
				servicenowtest.WithClock(servicenowtest.NewClock(start)))
			claims := map[string]any{"iss": "c1", "aud": "c1", "sub": servicenowtest.IntegrationUser,
				"exp": now(5 * time.Minute), "jti": "1"}
			for k, v := range c.change {
				claims[k] = v
			}
			alg, kid := c.alg, c.kid
			if alg == "" {
				alg = "RS256"
			}
			if kid == "" {
				kid = alg
			}
			api := talk(t, s)
			form := []string{"grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer", "client_id", "c1", "client_secret", "s1",
				"assertion", assertion(t, alg, kid, claims, signers[alg])}
			r := api.token(form...)
			if (r.StatusCode == 200) != c.ok || c.ok && r.json(t)["refresh_token"] != nil {
				t.Errorf("%d %s", r.StatusCode, r.body)
			}
			if r := api.token(form...); c.ok && r.StatusCode == 200 {
				t.Error("the same assertion was taken twice")
			}
		})
	}
}
