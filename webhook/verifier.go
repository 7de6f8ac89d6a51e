package webhook

import (
	"crypto/hmac"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// Verifier checks that a delivery was signed with one of its keys and is recent. It is a value without state and safe
// for concurrent use.
type Verifier struct {
	keys []Key
	window
}

// window is what "recent" means.
type window struct {
	past, future time.Duration
	now          func() time.Time
}

// The signed time is when the rule ran, not when the platform sent, so the tolerance to the past covers the platform's
// queue; the one to the future only covers clocks.
func defaultWindow() window {
	return window{past: time.Hour, future: 5 * time.Minute, now: time.Now}
}

// Option changes what counts as recent.
type Option func(*window) error

// WithTolerance replaces one hour back and five minutes ahead. Both must be positive: a tolerance in one direction only
// would let a message that is dated next year pass until next year.
func WithTolerance(past, future time.Duration) Option {
	return func(w *window) error {
		if past <= 0 || future <= 0 {
			return errors.New("webhook: a tolerance must be positive")
		}
		w.past, w.future = past, future
		return nil
	}
}

// WithClock replaces time.Now.
func WithClock(now func() time.Time) Option {
	return func(w *window) error {
		if now == nil {
			return errors.New("webhook: WithClock(nil)")
		}
		w.now = now
		return nil
	}
}

func newWindow(opts []Option) (window, error) {
	w := defaultWindow()
	for _, o := range opts {
		if err := o(&w); err != nil {
			return window{}, err
		}
	}
	return w, nil
}

// NewVerifier accepts deliveries signed with any of keys: the current one and, during a rotation, the next or the last.
// It refuses an empty list and a zero key, with which everybody could sign.
func NewVerifier(keys []Key, opts ...Option) (*Verifier, error) {
	w, err := newWindow(opts)
	if err != nil {
		return nil, err
	}
	return newVerifier(keys, w)
}

func newVerifier(keys []Key, w window) (*Verifier, error) {
	if len(keys) == 0 {
		return nil, errors.New("webhook: a verifier needs a key")
	}
	for _, k := range keys {
		if k.IsZero() {
			return nil, errors.New("webhook: empty key")
		}
	}
	return &Verifier{keys: append([]Key(nil), keys...), window: w}, nil
}

// Verify checks the headers against the body exactly as received. The error is one of the sentinels: ErrNoSignature,
// ErrMalformed, ErrSignature, ErrTooOld, ErrTooNew. The age is looked at last, so that only genuine deliveries are ever
// reported as late.
func (v *Verifier) Verify(h http.Header, body []byte) error {
	_, _, err := v.verify(h, body)
	return err
}

// Event verifies and then parses, and checks that the body's id is the one that the header told.
func (v *Verifier) Event(h http.Header, body []byte) (Event, error) {
	e, _, err := v.event(h, body)
	return e, err
}

// event also tells which key matched.
func (v *Verifier) event(h http.Header, body []byte) (Event, Key, error) {
	id, key, err := v.verify(h, body)
	if err != nil {
		return nil, key, err
	}
	e, err := Parse(body)
	if err == nil && e.About().ID != id {
		err = malformed("the body's id is not the header's")
	}
	return e, key, err
}

func (v *Verifier) verify(h http.Header, body []byte) (id string, by Key, err error) {
	d, err := headersOf(h)
	if err != nil {
		return "", Key{}, err
	}
	by = d.signedBy(v.keys, body)
	switch age := v.now().Sub(time.Unix(d.seconds, 0)); {
	case by.IsZero():
		err = ErrSignature
	case age > v.past:
		err = fmt.Errorf("%w: signed %v ago", ErrTooOld, age.Round(time.Second))
	case -age > v.future:
		err = fmt.Errorf("%w: %v ahead", ErrTooNew, -age.Round(time.Second))
	}
	return d.id, by, err
}

// signed is what the headers of a delivery claim.
type signed struct {
	id, timestamp, signatures string
	seconds                   int64
}

func headersOf(h http.Header) (signed, error) {
	id, ts, sig := h["Webhook-Id"], h["Webhook-Timestamp"], h["Webhook-Signature"]
	switch {
	case len(sig) == 0:
		return signed{}, ErrNoSignature
	case len(id) != 1 || len(ts) != 1 || len(sig) != 1:
		return signed{}, malformed("a header is missing or doubled")
	case !isID(id[0]):
		return signed{}, malformed("webhook-id")
	}
	seconds, ok := unixSeconds(ts[0])
	if !ok {
		return signed{}, malformed("webhook-timestamp")
	}
	if n := strings.Count(sig[0], " "); n >= maxSignatures {
		return signed{}, malformed("too many signatures")
	}
	return signed{id: id[0], timestamp: ts[0], signatures: sig[0], seconds: seconds}, nil
}

// signedBy is the first key of which one entry is the MAC. Every key is tried against every entry and each comparison
// takes constant time, so that the time tells nothing about how close a guess was.
func (d signed) signedBy(keys []Key, body []byte) (match Key) {
	for _, k := range keys {
		want := k.mac(d.id, d.timestamp, body)
		found := false
		for entry := range strings.SplitSeq(d.signatures, " ") {
			version, text, _ := strings.Cut(entry, ",")
			if version == SignatureVersion && hmac.Equal([]byte(text), want[:]) {
				found = true
			}
		}
		if found && match.IsZero() {
			match = k
		}
	}
	return match
}

// isID accepts what the scripts make and what other Standard Webhooks senders make. The scheme forbids the full stop,
// which would let a part of the id pass for the timestamp.
func isID(s string) bool {
	if s == "" || len(s) > maxID {
		return false
	}
	for _, c := range []byte(s) {
		letter := c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
		if !letter && (c < '0' || c > '9') && c != '_' && c != '-' {
			return false
		}
	}
	return true
}

// unixSeconds accepts decimal digits only: strconv alone would take a sign.
func unixSeconds(s string) (int64, bool) {
	if s == "" || len(s) > maxTimestamp || s[0] < '0' || s[0] > '9' {
		return 0, false
	}
	n, err := strconv.ParseInt(s, 10, 64)
	return n, err == nil
}

func malformed(what string) error { return fmt.Errorf("%w: %s", ErrMalformed, what) }
