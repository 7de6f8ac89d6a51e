package auth_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/seed-a66f7fd3/servicenow/auth"
	"github.com/seed-a66f7fd3/servicenow/auth/internal/tokenserver"
)

func somePending(t testing.TB) auth.Pending {
	_, p := begin(t, flow(t, app(t, &tokenserver.Server{})))
	return p
}

func TestPendingSurvivesARestart(t *testing.T) {
	p := somePending(t)
	text, err := p.MarshalText()
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(text), tokenserver.ClientSecret) {
		t.Error("the pending value holds the client's secret")
	}
	if strings.Trim(string(text), "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.") != "" {
		t.Error("the text needs quoting somewhere")
	}
	var back auth.Pending
	if err := back.UnmarshalText(text); err != nil {
		t.Fatal(err)
	}
	if back != p {
		t.Errorf("%v came back as %v", p, back)
	}
}

// Every single changed character is noticed.
func TestPendingDamaged(t *testing.T) {
	p := somePending(t)
	keys := testKeys(t, "k1")
	plain, err := p.MarshalText()
	if err != nil {
		t.Fatal(err)
	}
	sealed, err := keys.SealPending(p)
	if err != nil {
		t.Fatal(err)
	}
	damaged := func(text string, open func(string) error) {
		for i := range text {
			for _, c := range []string{"", "A", "."} {
				if c == text[i:i+1] {
					continue
				}
				if err := open(text[:i] + c + text[i+1:]); err == nil {
					t.Fatalf("changed at %d, and nobody noticed", i)
				} else if i%50 == 0 {
					wantError(t, err, auth.ErrTampered, nil)
				}
			}
		}
	}
	damaged(string(plain), func(s string) error { return new(auth.Pending).UnmarshalText([]byte(s)) })
	damaged(sealed, func(s string) error { _, err := keys.OpenPending(s); return err })
}

func TestSealedPending(t *testing.T) {
	p := somePending(t)
	old, current := testKey(t, "old"), testKey(t, "current")
	before, err := auth.NewKeys(old)
	if err != nil {
		t.Fatal(err)
	}
	after, err := auth.NewKeys(current, old)
	if err != nil {
		t.Fatal(err)
	}
	sealed, err := before.SealPending(p)
	if err != nil {
		t.Fatal(err)
	}
	if back, err := after.OpenPending(sealed); err != nil || back != p {
		t.Errorf("after a rotation: %v, %v", back, err)
	}
	gone, err := auth.NewKeys(current)
	if err != nil {
		t.Fatal(err)
	}
	_, err = gone.OpenPending(sealed)
	wantError(t, err, auth.ErrTampered, nil)
	_, err = testKeys(t, "old").OpenPending(sealed) // another key of the same name
	wantError(t, err, auth.ErrTampered, nil)
}

func TestPendingPrintsNoSecret(t *testing.T) {
	p := somePending(t)
	text := fmt.Sprintf("%v %+v %#v %s", p, p, p, struct{ P auth.Pending }{p})
	if strings.Contains(text, p.State) || strings.Contains(text, p.Verifier) {
		t.Error("state or verifier is printed")
	}
	if b, err := json.Marshal(p); err != nil || strings.Contains(string(b), p.Verifier) {
		t.Errorf("JSON: %s, %v", b, err) // the text form, not the fields
	}
}

func FuzzPending(f *testing.F) {
	p := somePending(f)
	text, err := p.MarshalText()
	if err != nil {
		f.Fatal(err)
	}
	keys := testKeys(f, "k1")
	sealed, err := keys.SealPending(p)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(string(text))
	f.Add(sealed)
	f.Add("consent1.e30.RBNvo1WzZ4o")
	f.Add("sealed1._w")
	f.Fuzz(func(t *testing.T, text string) {
		var p auth.Pending
		if err := p.UnmarshalText([]byte(text)); err == nil {
			again, err := p.MarshalText()
			if err != nil {
				return // a hand-made text may hold an instance that does not exist
			}
			var back auth.Pending
			if err := back.UnmarshalText(again); err != nil || back != p {
				t.Errorf("%v came back as %v, %v", p, back, err)
			}
		}
		if _, err := keys.OpenPending(text); err == nil && text != sealed {
			t.Error("a sealed text that nobody sealed")
		}
	})
}
