package webhook

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"
)

// The lengths that Standard Webhooks allows for a secret, in bytes.
const (
	minKey = 24
	maxKey = 64
)

// Key is a signing secret. It prints as its [Key.ID] in every format, in logs and in JSON; [Key.Export] is the one way
// out. The zero Key is refused wherever a key is needed.
type Key struct {
	// Behind a pointer, because fmt reaches the unexported fields of a host's struct without asking Format.
	secret *secret
}

// NewKey makes a random key of 32 bytes.
func NewKey() Key {
	b := make([]byte, 32)
	_, _ = rand.Read(b) // never fails: the program ends instead
	return Key{secret: newSecret(b)}
}

// ParseKey reads "whsec_" and base64, or the base64 alone, of 24 to 64 bytes. Its error does not repeat the text.
func ParseKey(s string) (Key, error) {
	b, err := base64.StdEncoding.Strict().DecodeString(strings.TrimPrefix(s, SecretPrefix))
	switch {
	case err != nil:
		return Key{}, errors.New("webhook: the secret is not " + SecretPrefix + " and base64")
	case len(b) < minKey || len(b) > maxKey:
		return Key{}, fmt.Errorf("webhook: the secret has %d bytes, not %d to %d", len(b), minKey, maxKey)
	}
	return Key{secret: newSecret(b)}, nil
}

// IsZero reports whether k holds no secret.
func (k Key) IsZero() bool { return k.secret == nil }

// Export is the secret as text, "whsec_…", for the host's store and for the instance. ParseKey reads it back.
func (k Key) Export() string {
	if k.IsZero() {
		return ""
	}
	return SecretPrefix + base64.StdEncoding.EncodeToString(k.secret.raw)
}

// ID is the first eight hexadecimal digits of the SHA-256 of [Key.Export]: enough to tell two keys apart, in a log or in
// the description of the instance's property, whose value cannot be read back. It is empty for the zero Key.
func (k Key) ID() string {
	if k.IsZero() {
		return ""
	}
	sum := sha256.Sum256([]byte(k.Export()))
	return hex.EncodeToString(sum[:4])
}

// Equal compares in constant time.
func (k Key) Equal(other Key) bool {
	return !k.IsZero() && !other.IsZero() && hmac.Equal(k.secret.raw, other.secret.raw)
}

// String is "webhook.Key(ID)".
func (k Key) String() string { return "webhook.Key(" + k.ID() + ")" }

// Format prints String whatever the verb.
func (k Key) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, k.String()) }

// LogValue is String.
func (k Key) LogValue() slog.Value { return slog.StringValue(k.String()) }

// MarshalText is String: a key that lands in JSON by accident is redacted. Store what Export returns instead.
func (k Key) MarshalText() ([]byte, error) { return []byte(k.String()), nil }
