package auth

import (
	"errors"
	"strings"
	"time"

	"github.com/seed-a66f7fd3/servicenow/internal/rest"
)

// ErrReauthorize means that the grant is gone: an admin must connect again. The [Error] around it says why.
var ErrReauthorize = rest.ErrReauthorize

// ErrUnavailable means that the token endpoint gave no answer that says yes or no. Tokens are kept.
var ErrUnavailable = rest.ErrUnavailable

// Code says what went wrong, in OAuth's own words where it has one. Codes are errors, so that
// errors.Is(err, auth.ErrAccessDenied) reads like any other sentinel.
type Code string

// Error is the code itself.
func (c Code) Error() string { return string(c) }

// What a callback or a token endpoint can say (RFC 6749, 4.1.2.1 and 5.2).
const (
	ErrAccessDenied         Code = "access_denied"
	ErrInvalidClient        Code = "invalid_client"
	ErrInvalidGrant         Code = "invalid_grant"
	ErrInvalidRequest       Code = "invalid_request"
	ErrInvalidScope         Code = "invalid_scope"
	ErrServerError          Code = "server_error"
	ErrTemporary            Code = "temporarily_unavailable"
	ErrUnauthorizedClient   Code = "unauthorized_client"
	ErrUnsupportedGrantType Code = "unsupported_grant_type"
	ErrUnsupportedResponse  Code = "unsupported_response_type"
)

// What this package finds out itself.
const (
	// ErrRedirectMismatch: the callback arrived on another URL than the one that was asked for.
	ErrRedirectMismatch Code = "redirect_mismatch"
	// ErrMissingCode: the callback carries neither a code nor an error.
	ErrMissingCode Code = "missing_code"
	// ErrMissingState: the callback carries no state.
	ErrMissingState Code = "missing_state"
	// ErrForeignState: the state is not the one of this pending consent.
	ErrForeignState Code = "foreign_state"
	// ErrExpired: the pending consent is too old.
	ErrExpired Code = "consent_expired"
	// ErrReplay: this consent was finished before.
	ErrReplay Code = "consent_replayed"
	// ErrForeignPending: the pending consent belongs to another instance, client or tenant.
	ErrForeignPending Code = "foreign_consent"
	// ErrTampered: the pending value is damaged, changed, or sealed with a key that is no longer known.
	ErrTampered Code = "consent_tampered"
	// ErrMalformed: the token endpoint answered, but not with a token that can be used.
	ErrMalformed Code = "malformed_token_answer"
	// ErrUnreachable: the token endpoint gave no answer, or a page instead of one.
	ErrUnreachable Code = "token_endpoint_unavailable"
	// ErrNotConnected: nothing is stored for the tenant, or a record without a token.
	ErrNotConnected Code = "not_connected"
)

// Error is a failure to obtain, keep or renew a token. It holds no secret and no body: the instance's own words are
// cut to a line.
type Error struct {
	// Op is what was tried: "exchange", "refresh", "callback", "revoke".
	Op string
	// Code says what went wrong. errors.Is(err, code) holds.
	Code Code
	// Description is the instance's own sentence, at most 200 characters; empty when it gave none.
	Description string
	// Remedy is what a person can do about it.
	Remedy string
	// Status is the HTTP status of the token endpoint; 0 when there was no answer.
	Status int
	// RetryAfter is how long the instance asked to wait; zero when it did not.
	RetryAfter time.Duration
	// Class is ErrReauthorize, ErrUnavailable or another sentinel of package servicenow; nil for a callback that is not
	// to be trusted.
	Class error
	// Err is the cause when there was no answer, without any URL.
	Err error
}

func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString("auth: ")
	if e.Op != "" {
		b.WriteString(e.Op + ": ")
	}
	b.WriteString(string(e.Code))
	if e.Description != "" {
		b.WriteString(" (" + e.Description + ")")
	}
	if e.Err != nil {
		b.WriteString(": " + e.Err.Error())
	}
	if e.Remedy != "" {
		b.WriteString("; " + e.Remedy)
	}
	return b.String()
}

// Unwrap gives errors.Is the code, the class and the cause.
func (e *Error) Unwrap() []error {
	var errs []error
	if e.Code != "" {
		errs = append(errs, e.Code)
	}
	if e.Class != nil {
		errs = append(errs, e.Class)
	}
	if errors.Is(e.Class, errHibernating) {
		errs = append(errs, ErrUnavailable)
	}
	if e.Err != nil {
		errs = append(errs, e.Err)
	}
	return errs
}

// line is s as one short printable line.
func line(s string) string {
	s = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return ' '
		}
		return r
	}, s)
	if r := []rune(strings.TrimSpace(s)); len(r) > 200 {
		return string(r[:200]) + "…"
	} else {
		return string(r)
	}
}
