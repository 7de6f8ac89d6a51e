package auth_test

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/seed-a66f7fd3/servicenow/auth"
)

// T6: a canary in every type that holds a secret, printed in every way that a host might.
func TestT6SecretsDoNotPrint(t *testing.T) {
	const canary = "canary-77aa"
	secret := auth.NewSecret(canary)
	token := auth.Token{Access: secret, Refresh: secret, Expiry: time.Now()}
	key, err := auth.NewKey("k1", []byte(canary + canary + canary)[:32])
	if err != nil {
		t.Fatal(err)
	}
	keys, err := auth.NewKeys(key)
	if err != nil {
		t.Fatal(err)
	}
	a := app(t, nil)
	a.ClientSecret = secret
	f := flow(t, a)
	store := auth.NewMemoryStore()
	if err := auth.SaveToken(t.Context(), store, tenant, token); err != nil {
		t.Fatal(err)
	}
	s := source(t, auth.SourceConfig{App: a, Store: store})
	r, _ := load(t, store)
	for name, v := range map[string]any{
		"secret": secret, "pointer": &secret, "token": token, "app": a, "flow": f, "key": key, "keys": keys, "record": r,
		"store": store, "encrypted": auth.Encrypted(store, keys), "source": s, "static": auth.Basic("u", secret),
		"exported field":   struct{ S auth.Secret }{secret},
		"unexported field": struct{ s auth.Secret }{secret},
		"deep":             struct{ a struct{ apps []auth.App } }{struct{ apps []auth.App }{[]auth.App{a}}},
		"tokens":           struct{ t map[string]auth.Token }{map[string]auth.Token{"x": token}},
		"key inside":       struct{ k auth.Key }{key},
		"store inside":     struct{ s *auth.MemoryStore }{store},
		"source inside":    struct{ s *auth.TokenSource }{s},
		"map":              map[string]auth.Secret{"s": secret},
		"jwt":              auth.JWT{KeyID: "k"},
	} {
		t.Run(name, func(t *testing.T) {
			var out bytes.Buffer
			for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d"} {
				fmt.Fprintf(&out, verb+"\n", v)
			}
			slog.New(slog.NewTextHandler(&out, nil)).Info("m", "v", v)
			slog.New(slog.NewJSONHandler(&out, nil)).Info("m", "v", v)
			if b, err := json.Marshal(v); err == nil {
				out.Write(b)
			}
			for what, shape := range map[string]string{
				"plain": canary, "hex": hex.EncodeToString([]byte(canary)), "HEX": fmt.Sprintf("%X", canary),
				"decimal": strings.Trim(fmt.Sprintf("%d", []byte(canary)), "[]"), "base64": "Y2FuYXJ5",
			} {
				if strings.Contains(out.String(), shape) {
					t.Errorf("the secret is there, %s", what)
				}
			}
		})
	}
}

func TestSecret(t *testing.T) {
	var zero auth.Secret
	if !zero.IsZero() || zero.Reveal() != "" || zero.String() != "" || !auth.NewSecret("").IsZero() {
		t.Error("the zero Secret is not empty")
	}
	var s auth.Secret
	if err := json.Unmarshal([]byte(`"from settings"`), &s); err != nil || s.Reveal() != "from settings" {
		t.Errorf("from JSON: %v", err)
	}
	b, err := json.Marshal(s)
	if err != nil || string(b) != `"[redacted]"` {
		t.Errorf("to JSON: %s, %v", b, err)
	}
	if err := json.Unmarshal(b, &s); err == nil {
		t.Error("what hides a secret was taken for one")
	}
	if !auth.NewSecret("a").Equal(auth.NewSecret("a")) || auth.NewSecret("a").Equal(auth.NewSecret("b")) ||
		auth.NewSecret("a").Equal(zero) {
		t.Error("Equal")
	}
}

func TestTokenExport(t *testing.T) {
	at := time.Date(2026, 3, 4, 5, 6, 7, 123456789, time.FixedZone("", 3600))
	token := auth.Token{
		Access: auth.NewSecret("a \u2028\x00"), Refresh: auth.NewSecret("r"), Issued: at, Expiry: at.Add(time.Hour),
		RefreshExpiry: at.Add(100 * time.Hour), Scope: "useraccount",
	}
	back, err := auth.ImportToken(token.Export())
	if err != nil {
		t.Fatal(err)
	}
	if !back.Access.Equal(token.Access) || !back.Refresh.Equal(token.Refresh) || back.Scope != token.Scope ||
		!back.Expiry.Equal(token.Expiry.Truncate(time.Millisecond)) || back.Expiry.Location() != time.UTC {
		t.Errorf("%v came back as %v", token, back)
	}
	if got := token.String(); got != "token(access until 2026-03-04T05:06:07Z, refresh until 2026-03-08T08:06:07Z)" {
		t.Error(got)
	}
	if err := json.Unmarshal([]byte(`"x"`), &token); err == nil {
		t.Error("a token was read from what hides one")
	}
}

func TestImportRefuses(t *testing.T) {
	for name, tt := range map[string]struct {
		text string
		want error
	}{
		"nothing": {"", auth.ErrCorrupt}, "no version": {"{}", auth.ErrCorrupt}, "a list": {"[]", auth.ErrCorrupt},
		"cut": {`{"v":1,"acc`, auth.ErrCorrupt}, "newer": {`{"v":2}`, auth.ErrSchema},
		"negative": {`{"v":-1}`, auth.ErrCorrupt},
		"a canary": {`{"v":1,"access":["canary"],"token":{}}`, auth.ErrCorrupt},
	} {
		_, err := auth.ImportToken([]byte(tt.text))
		_, err2 := auth.ImportRecord([]byte(tt.text))
		if !errors.Is(err, tt.want) || !errors.Is(err2, tt.want) {
			t.Errorf("%s: %v, %v; want %v", name, err, err2, tt.want)
		}
		if strings.Contains(err.Error()+err2.Error(), "canary") {
			t.Errorf("%s: the error repeats what is stored", name)
		}
	}
}

func FuzzImport(f *testing.F) {
	at := time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)
	token := auth.Token{Access: auth.NewSecret("a"), Refresh: auth.NewSecret("r"), Issued: at, Expiry: at}
	var r auth.Record
	r.Renew(token)
	r.Connection, r.Lease = []byte{0, 1}, auth.Lease{Holder: "h", Until: at}
	f.Add(token.Export())
	f.Add(r.Export())
	f.Add([]byte(`{"v":1,"expiry":"9999-12-31T23:59:59.999999999-23:59"}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		if token, err := auth.ImportToken(b); err == nil {
			again, err := auth.ImportToken(token.Export())
			if err != nil || !again.Access.Equal(token.Access) || !again.Refresh.Equal(token.Refresh) {
				t.Errorf("a token does not survive its export: %v", err)
			}
		}
		if r, err := auth.ImportRecord(b); err == nil {
			again, err := auth.ImportRecord(r.Export())
			if err != nil || !bytes.Equal(again.Token, r.Token) || !bytes.Equal(again.Connection, r.Connection) ||
				again.Refused != r.Refused || again.Failures != r.Failures {
				t.Errorf("a record does not survive its export: %v", err)
			}
		}
	})
}
