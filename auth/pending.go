package auth

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"time"

	"github.com/seed-a66f7fd3/servicenow/internal/remedy"
)

// Pending is a consent that was started and not finished. It survives a restart as text and holds no secret of the
// OAuth client. Keep it where only this browser's user can bring it back and nobody can change it: in the host's
// session, or in a cookie sealed by [Keys.SealPending]. Whoever could change Tenant would connect another's account.
type Pending struct {
	// Tenant is for whom the consent was started.
	Tenant string
	// Instance and ClientID are where, and for which application.
	Instance Instance
	ClientID string
	// State comes back with the callback. It is fresh, and has no special characters: the platform wants none.
	State string
	// Verifier is the PKCE secret; empty without PKCE.
	Verifier string
	// RedirectURL is where the callback must arrive.
	RedirectURL string
	// Expires ends the consent.
	Expires time.Time
}

type pendingJSON struct {
	Tenant   string    `json:"t"`
	Instance Instance  `json:"i"`
	ClientID string    `json:"c"`
	State    string    `json:"s"`
	Verifier string    `json:"p,omitempty"`
	Redirect string    `json:"r"`
	Expires  time.Time `json:"e"`
}

// pendingPrefix names the form; a later form gets another number.
const pendingPrefix = "consent1."

// maxPending bounds the text: a cookie has no more room.
const maxPending = 8 << 10

// MarshalText writes p with a checksum, in characters that any cookie, form or database column takes. The checksum
// tells damage, not malice; see [Keys.SealPending].
func (p Pending) MarshalText() ([]byte, error) {
	b, err := json.Marshal(pendingJSON{
		p.Tenant, p.Instance, p.ClientID, p.State, p.Verifier, p.RedirectURL, p.Expires.UTC().Truncate(time.Second),
	})
	if err != nil {
		return nil, fmt.Errorf("auth: pending consent: %w", err)
	}
	sum := sha256.Sum256(b)
	enc := base64.RawURLEncoding
	return []byte(pendingPrefix + enc.EncodeToString(b) + "." + enc.EncodeToString(sum[:8])), nil
}

// UnmarshalText reads what MarshalText wrote. Anything else is ErrTampered.
func (p *Pending) UnmarshalText(text []byte) error {
	rest, ok := strings.CutPrefix(string(text), pendingPrefix)
	body, check, found := strings.Cut(rest, ".")
	if !ok || !found || len(text) > maxPending {
		return tampered()
	}
	enc := base64.RawURLEncoding.Strict()
	b, err := enc.DecodeString(body)
	if err != nil {
		return tampered()
	}
	given, err := enc.DecodeString(check)
	sum := sha256.Sum256(b)
	var j pendingJSON
	if err != nil || subtle.ConstantTimeCompare(given, sum[:8]) != 1 || json.Unmarshal(b, &j) != nil {
		return tampered()
	}
	*p = Pending{j.Tenant, j.Instance, j.ClientID, j.State, j.Verifier, j.Redirect, j.Expires.UTC()}
	return nil
}

func tampered() error {
	return &Error{Op: "callback", Code: ErrTampered, Remedy: remedy.For(remedy.ConsentTampered)}
}

// String names tenant and instance, and neither state nor verifier.
func (p Pending) String() string {
	return fmt.Sprintf("consent(%s at %s, until %s)", p.Tenant, p.Instance.Host(), p.Expires.UTC().Format(time.RFC3339))
}

// GoString is String.
func (p Pending) GoString() string { return "auth." + p.String() }

// Format writes String whatever the verb.
func (p Pending) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, p.String()) }

// LogValue is String.
func (p Pending) LogValue() slog.Value { return slog.StringValue(p.String()) }
