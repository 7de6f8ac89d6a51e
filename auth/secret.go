package auth

import (
	"crypto/subtle"
	"fmt"
	"io"
	"log/slog"
)

const redacted = "[redacted]"

// Secret is a text that does not print: not with any verb of fmt, not in JSON, not in slog, and not when it is an
// unexported field of a struct that somebody prints with %+v: fmt calls no methods there, so the text stands behind a
// pointer, and a pointer to text, unlike one to an array, is never followed. [Secret.Reveal] is the one way out. The
// zero Secret is "none". Secrets are immutable and safe to copy.
type Secret struct{ text *string }

// NewSecret hides s. Empty text is the zero Secret.
func NewSecret(s string) Secret {
	if s == "" {
		return Secret{}
	}
	return Secret{text: &s}
}

// Reveal returns the text. Call it where the text is sent or stored, and nowhere else.
func (s Secret) Reveal() string {
	if s.text == nil {
		return ""
	}
	return *s.text
}

// IsZero reports whether there is no text.
func (s Secret) IsZero() bool { return s.text == nil }

// Equal compares in constant time for texts of equal length.
func (s Secret) Equal(other Secret) bool {
	return subtle.ConstantTimeCompare([]byte(s.Reveal()), []byte(other.Reveal())) == 1
}

// String is "[redacted]", or empty for the zero Secret.
func (s Secret) String() string {
	if s.IsZero() {
		return ""
	}
	return redacted
}

// GoString is like String.
func (s Secret) GoString() string { return fmt.Sprintf("auth.Secret(%s)", s.String()) }

// Format writes String whatever the verb.
func (s Secret) Format(f fmt.State, verb rune) {
	if verb == 'v' && f.Flag('#') {
		_, _ = io.WriteString(f, s.GoString())
		return
	}
	_, _ = io.WriteString(f, s.String())
}

// LogValue is String.
func (s Secret) LogValue() slog.Value { return slog.StringValue(s.String()) }

// MarshalText writes String, so that JSON and other encodings hold no secret.
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText is NewSecret, so that settings can be decoded into a Secret. The text "[redacted]" is refused: it is
// what an encoding of a Secret left behind, never the secret.
func (s *Secret) UnmarshalText(b []byte) error {
	if string(b) == redacted {
		return fmt.Errorf("auth: %s is not a secret but what hides one", redacted)
	}
	*s = NewSecret(string(b))
	return nil
}
