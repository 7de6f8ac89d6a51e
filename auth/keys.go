package auth

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"

	"github.com/seed-a66f7fd3/servicenow/internal/rest"
)

// ErrKey means that something was sealed with a key that is not in the ring (any more).
var ErrKey = errors.New("sealed with a key that is not known here")

// keySize is AES-256's.
const keySize = 32

// Key is a named 256-bit key. Only [NewKey], [ParseKey] and [GenerateKey] make one; it prints as its name.
type Key struct {
	id    string
	bytes Secret
}

// NewKey takes 32 bytes of a random generator. id names the key in what it seals: 1 to 64 visible characters without a
// colon, and never the same for another key.
func NewKey(id string, bytes []byte) (Key, error) {
	if len(bytes) != keySize {
		return Key{}, fmt.Errorf("auth: a key has %d bytes, not %d: %w", keySize, len(bytes), rest.ErrInvalid)
	}
	if len(id) > 64 || !sendable(id) || strings.Contains(id, ":") {
		return Key{}, fmt.Errorf("auth: a key's id is 1 to 64 visible characters without a colon: %w", rest.ErrInvalid)
	}
	return Key{id: id, bytes: NewSecret(string(bytes))}, nil
}

// ParseKey reads "id:base64", the form for environment variables and secret managers. See [Key.Export].
func ParseKey(s string) (Key, error) {
	id, text, _ := strings.Cut(strings.TrimSpace(s), ":")
	b, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		return Key{}, fmt.Errorf("auth: a key reads id:base64: %w", rest.ErrInvalid) // err would quote from the key
	}
	return NewKey(id, b)
}

// GenerateKey makes a random key.
func GenerateKey(id string) (Key, error) {
	var b [keySize]byte
	_, _ = rand.Read(b[:]) // never fails, see crypto/rand
	return NewKey(id, b[:])
}

// ID is the key's name.
func (k Key) ID() string { return k.id }

// Export is the key as ParseKey reads it: the one way out.
func (k Key) Export() Secret {
	if k.bytes.IsZero() {
		return Secret{}
	}
	return NewSecret(k.id + ":" + base64.StdEncoding.EncodeToString([]byte(k.bytes.Reveal())))
}

// String names the key.
func (k Key) String() string { return "key " + k.id }

// Format writes String whatever the verb.
func (k Key) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, k.String()) }

// LogValue is String.
func (k Key) LogValue() slog.Value { return slog.StringValue(k.String()) }

// KeyWrapper wraps the data keys with which records are sealed. [Keys] is the built-in one; a KMS is another: both
// calls go to it, and it must bind aad (as encryption context, associated data or however it calls that).
type KeyWrapper interface {
	// Wrap seals dataKey with the current key and names that key.
	Wrap(ctx context.Context, dataKey, aad []byte) (keyID string, wrapped []byte, err error)
	// Unwrap opens what Wrap sealed with the key keyID; ErrKey when there is no such key.
	Unwrap(ctx context.Context, keyID string, wrapped, aad []byte) (dataKey []byte, err error)
}

// Keys is a ring of keys: the primary one seals, all of them open. To rotate, put a new primary in front, save each
// record once (a live tenant's renewal does it every half hour, [Update] for the others), and drop the old key.
type Keys struct {
	primary string
	ring    map[string]cipher.AEAD
}

var _ KeyWrapper = (*Keys)(nil)

// NewKeys makes a ring.
func NewKeys(primary Key, older ...Key) (*Keys, error) {
	k := &Keys{primary: primary.id, ring: map[string]cipher.AEAD{}}
	for _, key := range append([]Key{primary}, older...) {
		if key.bytes.IsZero() {
			return nil, fmt.Errorf("auth: the zero Key: %w", rest.ErrInvalid)
		}
		if k.ring[key.id] != nil {
			return nil, fmt.Errorf("auth: two keys are named %q: %w", key.id, rest.ErrInvalid)
		}
		aead, err := newAEAD([]byte(key.bytes.Reveal()))
		if err != nil {
			return nil, err
		}
		k.ring[key.id] = aead
	}
	return k, nil
}

// Wrap implements KeyWrapper.
func (k *Keys) Wrap(_ context.Context, dataKey, aad []byte) (string, []byte, error) {
	return k.primary, k.ring[k.primary].Seal(nil, nil, dataKey, aad), nil
}

// Unwrap implements KeyWrapper.
func (k *Keys) Unwrap(_ context.Context, keyID string, wrapped, aad []byte) ([]byte, error) {
	aead := k.ring[keyID]
	if aead == nil {
		return nil, fmt.Errorf("auth: %w", ErrKey)
	}
	b, err := aead.Open(nil, nil, wrapped, aad)
	if err != nil {
		return nil, fmt.Errorf("auth: wrapped key: %w", ErrCorrupt)
	}
	return b, nil
}

// newAEAD is AES-256-GCM with the nonce inside what it seals.
func newAEAD(key []byte) (cipher.AEAD, error) {
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, fmt.Errorf("auth: key: %w", err)
	}
	return cipher.NewGCMWithRandomNonce(block)
}

// bind joins parts so that no two lists of parts give the same bytes: each is preceded by its length.
func bind(parts ...string) []byte {
	var b []byte
	for _, p := range parts {
		b = binary.BigEndian.AppendUint32(b, uint32(len(p)))
		b = append(b, p...)
	}
	return b
}
