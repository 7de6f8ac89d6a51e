package auth

import (
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"time"
)

// Record is what a [TokenStore] keeps for one tenant: two opaque secrets, and, in the clear, what replicas agree on
// and an operator may want to query. It prints without its secrets. The zero Record is a tenant without a token.
type Record struct {
	// Token is what Token.Export gave; sealed when it stands in a store behind Encrypted. Nil before the consent.
	Token []byte
	// Connection is the host's own small value, kept here so that it moves with the token in one swap; sealed like it.
	Connection []byte

	// AccessExpiry and RefreshExpiry are copies of the token's, for operators. Zero is unknown.
	AccessExpiry, RefreshExpiry time.Time
	// Refused is the OAuth error with which the instance refused the grant; empty while the grant stands. The refused
	// refresh token is kept: another client secret may bring it back.
	Refused Code
	// Failures counts exchanges that failed since the last success, and NotBefore is when the next one may start.
	Failures  int
	NotBefore time.Time
	// Lease is held by the replica that exchanges right now.
	Lease Lease
	// Warned is the smallest threshold of which the host was warned for this RefreshExpiry; zero is none.
	Warned time.Duration
}

// Lease is the right to exchange a tenant's token. It ends by itself: its holder may have died.
type Lease struct {
	Holder string
	Until  time.Time
}

// Renew puts t into r and clears what belonged to the token before: lease, refusal, failures, and the warnings when
// the refresh token's end moved. Connection stays.
func (r *Record) Renew(t Token) {
	if !storedTime(t.RefreshExpiry).Equal(r.RefreshExpiry) {
		r.Warned = 0
	}
	r.Token = t.Export()
	r.AccessExpiry, r.RefreshExpiry = storedTime(t.Expiry), storedTime(t.RefreshExpiry)
	r.Refused, r.Failures, r.NotBefore, r.Lease = "", 0, time.Time{}, Lease{}
}

// SetRefreshExpiry replaces the refresh token's end by the date that an admin entered. It holds until a new consent, or
// until the instance rotates the refresh token. A record without a token is unchanged.
func (r *Record) SetRefreshExpiry(end time.Time) error {
	t, err := r.ImportToken()
	if err != nil || t.IsZero() {
		return err
	}
	if t.RefreshExpiry = storedTime(end); !t.RefreshExpiry.Equal(r.RefreshExpiry) {
		r.Warned = 0
	}
	r.Token, r.RefreshExpiry = t.Export(), t.RefreshExpiry
	return nil
}

// ImportToken is the token of r: the zero Token when there is none, ErrCorrupt or ErrSchema when it cannot be read.
func (r Record) ImportToken() (Token, error) {
	if len(r.Token) == 0 {
		return Token{}, nil
	}
	return ImportToken(r.Token)
}

// recordJSON is the stored form of a Record.
type recordJSON struct {
	V             int       `json:"v"`
	Token         []byte    `json:"token,omitempty"`
	Connection    []byte    `json:"connection,omitempty"`
	AccessExpiry  time.Time `json:"access_expiry,omitzero"`
	RefreshExpiry time.Time `json:"refresh_expiry,omitzero"`
	Refused       Code      `json:"refused,omitempty"`
	Failures      int       `json:"failures,omitempty"`
	NotBefore     time.Time `json:"not_before,omitzero"`
	LeaseHolder   string    `json:"lease_holder,omitempty"`
	LeaseUntil    time.Time `json:"lease_until,omitzero"`
	Warned        int64     `json:"warned_s,omitempty"`
}

const recordSchema = 1

// Export is r as bytes, for stores that keep one value for a key. Times keep their milliseconds and are UTC.
func (r Record) Export() []byte {
	b, err := json.Marshal(recordJSON{
		V: recordSchema, Token: r.Token, Connection: r.Connection,
		AccessExpiry: storedTime(r.AccessExpiry), RefreshExpiry: storedTime(r.RefreshExpiry),
		Refused: r.Refused, Failures: r.Failures, NotBefore: storedTime(r.NotBefore),
		LeaseHolder: r.Lease.Holder, LeaseUntil: storedTime(r.Lease.Until), Warned: int64(r.Warned / time.Second),
	})
	if err != nil { // strings, bytes and clamped times always marshal
		panic(err)
	}
	return b
}

// ImportRecord reads what Export wrote. Bytes of a newer version are ErrSchema, others ErrCorrupt.
func ImportRecord(b []byte) (Record, error) {
	var j recordJSON
	if err := importJSON(b, "record", recordSchema, &j); err != nil {
		return Record{}, err
	}
	return Record{
		Token: j.Token, Connection: j.Connection,
		AccessExpiry: j.AccessExpiry.UTC(), RefreshExpiry: j.RefreshExpiry.UTC(),
		Refused: j.Refused, Failures: j.Failures, NotBefore: j.NotBefore.UTC(),
		Lease:  Lease{Holder: j.LeaseHolder, Until: j.LeaseUntil.UTC()},
		Warned: time.Duration(j.Warned) * time.Second,
	}, nil
}

// importJSON reads stored JSON of a version up to known. Only the version is read of what is newer: anything else may
// have changed its meaning. Errors do not repeat b.
func importJSON(b []byte, what string, known int, out any) error {
	var head struct {
		V int `json:"v"`
	}
	if err := json.Unmarshal(b, &head); err != nil || head.V < 1 {
		return fmt.Errorf("auth: stored %s: %w", what, ErrCorrupt)
	}
	if head.V > known {
		return fmt.Errorf("auth: stored %s has version %d, this program knows %d: %w", what, head.V, known, ErrSchema)
	}
	if err := json.Unmarshal(b, out); err != nil {
		return fmt.Errorf("auth: stored %s: %w", what, ErrCorrupt)
	}
	return nil
}

// String is the record's shape.
func (r Record) String() string {
	s := fmt.Sprintf("record(token %d bytes, connection %d bytes", len(r.Token), len(r.Connection))
	if r.Refused != "" {
		s += ", refused " + string(r.Refused)
	}
	return s + ")"
}

// GoString is String.
func (r Record) GoString() string { return "auth." + r.String() }

// Format writes String whatever the verb.
func (r Record) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, r.String()) }

// LogValue is String.
func (r Record) LogValue() slog.Value { return slog.StringValue(r.String()) }

// MarshalJSON writes String. To store a record use Export.
func (r Record) MarshalJSON() ([]byte, error) { return json.Marshal(r.String()) }

// UnmarshalJSON refuses: what MarshalJSON wrote holds no record.
func (r *Record) UnmarshalJSON([]byte) error {
	return fmt.Errorf("auth: a record is not kept as plain JSON, use Export and ImportRecord")
}
