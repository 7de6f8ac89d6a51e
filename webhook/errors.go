package webhook

import (
	"errors"
	"net/http"
)

// One sentinel per reason, so that a host can tell an old message from a forged one. What wraps them never quotes the
// request, whose content is anybody's until it is verified.
var (
	// ErrNoSignature: none of the three headers is there, so this is not a signed delivery at all.
	ErrNoSignature = errors.New("webhook: no signature")
	// ErrMalformed: a header or the body is not what the contract says.
	ErrMalformed = errors.New("webhook: malformed delivery")
	// ErrSignature: no signature matches any key.
	ErrSignature = errors.New("webhook: signature does not match")
	// ErrTooOld: genuine, but signed longer ago than the tolerance.
	ErrTooOld = errors.New("webhook: timestamp too old")
	// ErrTooNew: genuine, but signed further ahead than the tolerance: compare the clocks.
	ErrTooNew = errors.New("webhook: timestamp in the future")
	// ErrSpec: genuine, but of an envelope version that this package does not know.
	ErrSpec = errors.New("webhook: unknown version of the envelope")
	// ErrInstance: genuine, but sent by another instance than the tenant's: a clone that took rules and secret along.
	ErrInstance = errors.New("webhook: sent by another instance")
	// ErrTooLarge: the body exceeds the limit.
	ErrTooLarge = errors.New("webhook: body too large")
	// ErrEncoding: the body is compressed, which no rule does.
	ErrEncoding = errors.New("webhook: unsupported content encoding")
	// ErrToken: a plain payload with a missing or wrong shared token.
	ErrToken = errors.New("webhook: shared token does not match")
	// ErrUnknownTenant is what a [Resolver] returns for a path that names no tenant.
	ErrUnknownTenant = errors.New("webhook: unknown tenant")
	// ErrBusy: another replica is working on the same delivery, or the dispatcher's queue is full.
	ErrBusy = errors.New("webhook: busy")
	// ErrClosed: the dispatcher was closed.
	ErrClosed = errors.New("webhook: dispatcher closed")
)

// statuses says what the sender is told. Everything else, a host's own failure above all, is 503: "later".
var statuses = []struct {
	err    error
	status int
}{
	{ErrUnknownTenant, http.StatusNotFound},
	{ErrNoSignature, http.StatusUnauthorized},
	{ErrSignature, http.StatusUnauthorized},
	{ErrToken, http.StatusUnauthorized},
	{ErrTooOld, http.StatusUnauthorized},
	{ErrTooNew, http.StatusUnauthorized},
	{ErrInstance, http.StatusForbidden},
	{ErrTooLarge, http.StatusRequestEntityTooLarge},
	{ErrEncoding, http.StatusUnsupportedMediaType},
	{ErrMalformed, http.StatusBadRequest},
	{ErrSpec, http.StatusBadRequest},
}

// Status is the HTTP status with which a delivery that failed with err is answered; 200 for nil.
func Status(err error) int {
	if err == nil {
		return http.StatusOK
	}
	for _, s := range statuses {
		if errors.Is(err, s.err) {
			return s.status
		}
	}
	return http.StatusServiceUnavailable
}
