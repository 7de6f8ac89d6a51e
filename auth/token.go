package auth

import (
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"time"
)

// Token is what one exchange gave. It prints as its shape, never as its content. The zero Token is "none".
type Token struct {
	// Access is sent with every call. Opaque: assume neither a length nor a character set.
	Access Secret
	// Refresh renews Access. Empty where the grant gives none (client credentials, JWT bearer, public clients).
	Refresh Secret
	// Issued is when the answer arrived, by the local clock.
	Issued time.Time
	// Expiry is when Access ends.
	Expiry time.Time
	// RefreshExpiry is when Refresh ends: from the answer, or from the application's lifespan. Zero without Refresh.
	RefreshExpiry time.Time
	// Scope is what the instance granted, space separated.
	Scope string

	told bool // the answer itself told RefreshExpiry
}

// IsZero reports whether there is no access token and no refresh token.
func (t Token) IsZero() bool { return t.Access.IsZero() && t.Refresh.IsZero() }

// String is the token's shape: "token(access until 2026-01-02T15:04:05Z, refresh until 2026-04-12T15:04:05Z)".
func (t Token) String() string {
	if t.IsZero() {
		return "token(none)"
	}
	s := "token(access until " + t.Expiry.UTC().Format(time.RFC3339)
	if !t.Refresh.IsZero() {
		s += ", refresh until " + t.RefreshExpiry.UTC().Format(time.RFC3339)
	}
	return s + ")"
}

// GoString is String.
func (t Token) GoString() string { return "auth." + t.String() }

// Format writes String whatever the verb.
func (t Token) Format(f fmt.State, verb rune) {
	if verb == 'v' && f.Flag('#') {
		_, _ = io.WriteString(f, t.GoString())
		return
	}
	_, _ = io.WriteString(f, t.String())
}

// LogValue is String.
func (t Token) LogValue() slog.Value { return slog.StringValue(t.String()) }

// MarshalJSON writes String. To store a token use Export.
func (t Token) MarshalJSON() ([]byte, error) { return json.Marshal(t.String()) }

// UnmarshalJSON refuses: what MarshalJSON wrote holds no token.
func (t *Token) UnmarshalJSON([]byte) error {
	return fmt.Errorf("auth: a token is not kept as plain JSON, use Export and ImportToken")
}

// exported is the stored form of a Token. A later form gets a higher V, so that an older program refuses it instead
// of dropping what it does not know.
type exported struct {
	V             int       `json:"v"`
	Access        string    `json:"access,omitempty"`
	Refresh       string    `json:"refresh,omitempty"`
	Issued        time.Time `json:"issued,omitzero"`
	Expiry        time.Time `json:"expiry,omitzero"`
	RefreshExpiry time.Time `json:"refresh_expiry,omitzero"`
	Scope         string    `json:"scope,omitempty"`
}

const tokenSchema = 1

// Export is the one way out of a Token, for a store. The bytes hold the secrets: keep them in an [Encrypted] store.
func (t Token) Export() []byte {
	b, err := json.Marshal(exported{
		V: tokenSchema, Access: t.Access.Reveal(), Refresh: t.Refresh.Reveal(), Scope: t.Scope,
		Issued: storedTime(t.Issued), Expiry: storedTime(t.Expiry), RefreshExpiry: storedTime(t.RefreshExpiry),
	})
	if err != nil { // strings and clamped times always marshal
		panic(err)
	}
	return b
}

// ImportToken reads what Export wrote. Bytes of a newer version are [ErrSchema], others [ErrCorrupt]; neither error
// repeats them.
func ImportToken(b []byte) (Token, error) {
	var e exported
	if err := importJSON(b, "token", tokenSchema, &e); err != nil {
		return Token{}, err
	}
	return Token{
		Access: NewSecret(e.Access), Refresh: NewSecret(e.Refresh), Scope: e.Scope,
		Issued: e.Issued.UTC(), Expiry: e.Expiry.UTC(), RefreshExpiry: e.RefreshExpiry.UTC(),
	}, nil
}

// storedTime is t as every store can keep it: UTC, whole milliseconds, within the years that JSON can hold.
func storedTime(t time.Time) time.Time {
	if t.IsZero() {
		return time.Time{}
	}
	t = t.UTC().Truncate(time.Millisecond)
	if y := t.Year(); y < 1 || y > 9999 {
		return time.Date(9999, 12, 31, 0, 0, 0, 0, time.UTC)
	}
	return t
}
