package auth_test

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/seed-a66f7fd3/servicenow/auth"
	"github.com/seed-a66f7fd3/servicenow/internal/rest"
)

func sealedOne(t *testing.T, keys auth.KeyWrapper) (*auth.MemoryStore, auth.Record) {
	t.Helper()
	below := auth.NewMemoryStore()
	r := auth.Record{Token: []byte("canary-token"), Connection: []byte("canary-connection"), Failures: 2}
	if _, err := auth.Encrypted(below, keys).CompareAndSwap(t.Context(), tenant, "", r); err != nil {
		t.Fatal(err)
	}
	raw, _, err := below.Load(t.Context(), tenant)
	if err != nil {
		t.Fatal(err)
	}
	return below, raw
}

func put(t *testing.T, s auth.TokenStore, tenant string, r auth.Record) {
	t.Helper()
	if _, err := auth.Update(t.Context(), s, tenant, func(have *auth.Record) error { *have = r; return nil }); err != nil {
		t.Fatal(err)
	}
}

func TestEncryptedSealsWhatIsSecret(t *testing.T) {
	_, raw := sealedOne(t, testKeys(t, "k1"))
	if bytes.Contains(raw.Token, []byte("canary")) || bytes.Contains(raw.Connection, []byte("canary")) {
		t.Error("a secret stands in the store below")
	}
	if raw.Failures != 2 {
		t.Error("what operators need is sealed, too")
	}
	if got := auth.SealedWith(raw); got != "k1" {
		t.Errorf("sealed with %q", got)
	}
	_, again := sealedOne(t, testKeys(t, "k1"))
	if bytes.Equal(raw.Token, again.Token) {
		t.Error("sealing twice gives the same bytes")
	}
}

// T7: nothing that was moved or changed opens, and it is not overwritten by a renewal.
func TestT7SealedRecordsOpenNowhereElse(t *testing.T) {
	keys := testKeys(t, "k1")
	below, raw := sealedOne(t, keys)
	sealed := auth.Encrypted(below, keys)

	put(t, below, "other", raw)
	if _, _, err := sealed.Load(t.Context(), "other"); !errors.Is(err, auth.ErrCorrupt) {
		t.Errorf("a record in another tenant's row: %v", err)
	}
	put(t, below, tenant, auth.Record{Token: raw.Connection, Connection: raw.Token})
	if _, _, err := sealed.Load(t.Context(), tenant); !errors.Is(err, auth.ErrCorrupt) {
		t.Errorf("fields that changed places: %v", err)
	}
	put(t, below, tenant, auth.Record{Token: []byte(`{"v":1,"access":"forged"}`)})
	if _, _, err := sealed.Load(t.Context(), tenant); !errors.Is(err, auth.ErrCorrupt) {
		t.Errorf("a record that nobody sealed: %v", err)
	}
	for i := range raw.Token {
		for _, bit := range []byte{1, 0x80} {
			changed := raw
			changed.Token = bytes.Clone(raw.Token)
			changed.Token[i] ^= bit
			put(t, below, tenant, changed)
			_, _, err := sealed.Load(t.Context(), tenant)
			if !errors.Is(err, auth.ErrCorrupt) && !errors.Is(err, auth.ErrKey) {
				t.Fatalf("byte %d changed: %v", i, err)
			}
			if strings.Contains(err.Error(), "canary") {
				t.Fatal("the error shows a secret")
			}
		}
	}
	for n := range raw.Token {
		put(t, below, tenant, auth.Record{Token: raw.Token[:n+1]})
		if _, _, err := sealed.Load(t.Context(), tenant); n+1 < len(raw.Token) && err == nil {
			t.Fatalf("cut after %d bytes", n+1)
		}
	}
}

func TestEncryptedRotation(t *testing.T) {
	old, current := testKey(t, "2025"), testKey(t, "2026")
	ring := func(primary auth.Key, older ...auth.Key) *auth.Keys {
		k, err := auth.NewKeys(primary, older...)
		if err != nil {
			t.Fatal(err)
		}
		return k
	}
	below, _ := sealedOne(t, ring(old))
	both := auth.Encrypted(below, ring(current, old))
	if _, err := auth.Update(t.Context(), both, tenant, func(*auth.Record) error { return nil }); err != nil {
		t.Fatal(err)
	}
	raw, _, err := below.Load(t.Context(), tenant)
	if err != nil || auth.SealedWith(raw) != "2026" {
		t.Errorf("sealed with %q after a save, %v", auth.SealedWith(raw), err)
	}
	r, _, err := auth.Encrypted(below, ring(current)).Load(t.Context(), tenant)
	if err != nil || string(r.Token) != "canary-token" {
		t.Errorf("without the old key: %v", err)
	}
	if _, _, err := auth.Encrypted(below, ring(old)).Load(t.Context(), tenant); !errors.Is(err, auth.ErrKey) {
		t.Errorf("a replica that lacks the new key: %v, want ErrKey", err)
	}
	if _, err := auth.Update(t.Context(), auth.Encrypted(below, ring(old)), tenant, func(r *auth.Record) error {
		r.Token = nil
		return nil
	}); !errors.Is(err, auth.ErrKey) {
		t.Errorf("a record that cannot be opened was overwritten: %v", err)
	}
}

// kms stands for a key service: it counts its calls, and fails on demand.
type kms struct {
	*auth.Keys
	wraps, unwraps int
	failure        error
}

func (k *kms) Wrap(ctx context.Context, key, aad []byte) (string, []byte, error) {
	k.wraps++
	if k.failure != nil {
		return "", nil, k.failure
	}
	return k.Keys.Wrap(ctx, key, aad)
}

func (k *kms) Unwrap(ctx context.Context, id string, wrapped, aad []byte) ([]byte, error) {
	k.unwraps++
	return k.Keys.Unwrap(ctx, id, wrapped, aad)
}

func TestEncryptedWithAKMS(t *testing.T) {
	k := &kms{Keys: testKeys(t, "cmk-1")}
	below, _ := sealedOne(t, k)
	if _, _, err := auth.Encrypted(below, k).Load(t.Context(), tenant); err != nil {
		t.Fatal(err)
	}
	if k.wraps != 1 || k.unwraps != 1 {
		t.Errorf("%d wraps and %d unwraps for one save and one load", k.wraps, k.unwraps)
	}
	k.failure = errors.New("throttled")
	if _, err := auth.Encrypted(below, k).CompareAndSwap(t.Context(), "new", "",
		auth.Record{Token: []byte("x")}); !errors.Is(err, k.failure) {
		t.Errorf("%v, want the service's error", err)
	}
	if _, _, err := below.Load(t.Context(), "new"); !errors.Is(err, auth.ErrNotFound) {
		t.Errorf("something was stored unsealed: %v", err)
	}
}

func TestKeys(t *testing.T) {
	k := testKey(t, "k1")
	back, err := auth.ParseKey(k.Export().Reveal())
	if err != nil || !back.Export().Equal(k.Export()) || back.ID() != "k1" {
		t.Errorf("%v, %v", back, err)
	}
	for name, text := range map[string]string{
		"empty": "", "no id": ":" + strings.Repeat("A", 43) + "=", "no key": "k1", "short": "k1:QUJD",
		"not base64":      "k1:canary!",
		"blank in the id": "k 1:" + strings.Repeat("A", 43) + "=", "long id": strings.Repeat("k", 65) + ":" +
			strings.Repeat("A", 43) + "=",
	} {
		if _, err := auth.ParseKey(text); !errors.Is(err, rest.ErrInvalid) || strings.Contains(err.Error(), "canary") {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := auth.NewKeys(k, testKey(t, "k1")); !errors.Is(err, rest.ErrInvalid) {
		t.Errorf("two keys of one name: %v", err)
	}
	if _, err := auth.NewKeys(auth.Key{}); !errors.Is(err, rest.ErrInvalid) {
		t.Errorf("the zero key: %v", err)
	}
}

// Whatever stands in a sealed field, opening it gives what was sealed there or a typed error.
func FuzzSealed(f *testing.F) {
	keys := testKeys(f, "k1")
	below := auth.NewMemoryStore()
	if _, err := auth.Encrypted(below, keys).CompareAndSwap(f.Context(), tenant, "",
		auth.Record{Token: []byte("canary")}); err != nil {
		f.Fatal(err)
	}
	good, _, err := below.Load(f.Context(), tenant)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(good.Token)
	f.Add([]byte("SN1\xff\xff\xff"))
	f.Add([]byte("SN1\x02k1\xff\xff"))
	f.Add([]byte("SN1\x00\x00\x00"))
	f.Fuzz(func(t *testing.T, b []byte) {
		store := auth.NewMemoryStore()
		if _, err := store.CompareAndSwap(t.Context(), tenant, "", auth.Record{Token: b}); err != nil {
			t.Fatal(err)
		}
		r, _, err := auth.Encrypted(store, keys).Load(t.Context(), tenant)
		switch {
		case err == nil && len(b) > 0 && !bytes.Equal(b, good.Token):
			t.Error("something opened that nobody sealed")
		case err != nil && !errors.Is(err, auth.ErrCorrupt) && !errors.Is(err, auth.ErrKey):
			t.Errorf("%v is not typed", err)
		case err != nil && len(r.Token) != 0:
			t.Error("an error, and a token")
		}
	})
}
