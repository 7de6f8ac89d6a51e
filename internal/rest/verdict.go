package rest

import (
	"context"
	"errors"
	"time"

	"github.com/seed-a66f7fd3/servicenow/internal/remedy"
)

// again says whether another attempt may and would help.
type again uint8

const (
	never        again = iota
	ifReplayable       // nobody knows whether the instance acted
	always             // it is certain that it did not
)

// verdict is what is wrong with one attempt. A good attempt has none.
type verdict struct {
	class           error
	err             error // the cause, where there is one beside the answer
	message, detail string
	cause           remedy.Cause
	again           again
	slow            bool          // wait longer before the next attempt: the instance is crowded or restarting
	after           time.Duration // what the instance asked for
	quota           bool          // a rate limit rule is used up: nobody may call until after
	cut             float64       // lowers the limit of calls in flight; 0 leaves it
	renew           bool          // a 401: another credential may be accepted
}

// failure is the error that a caller sees.
func (v *verdict) failure(op Op, path string) *Error {
	return &Error{
		Op: op.Name, Method: op.Method, Path: path, Message: v.message, Detail: v.detail,
		Remedy: remedy.For(v.cause), RetryAfter: v.after, Class: v.class, Err: v.err,
	}
}

// verdictError carries a verdict through a function that returns an error.
type verdictError struct{ *verdict }

func (e verdictError) Error() string { return text(e.class) }

// verdictOf is the verdict on a call that failed before it was sent, or in decoding.
func verdictOf(err error) *verdict {
	var v verdictError
	var s *stopped
	switch {
	case errors.As(err, &v):
		return v.verdict
	case errors.As(err, &s):
		return &verdict{class: ErrRateLimited, err: err, after: s.after, cause: remedy.QuotaExceeded}
	case errors.Is(err, ErrReauthorize):
		return &verdict{class: ErrReauthorize, err: withoutURL(err), cause: remedy.Reauthorize}
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return &verdict{err: withoutURL(err)}
	}
	return &verdict{err: withoutURL(err)}
}
