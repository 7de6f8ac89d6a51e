package rest

import (
	"errors"
	"log/slog"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Error is what the instance, or something in front of it, said instead of yes.
type Error struct {
	Op            string        // "table.Update"
	Method, Path  string        // the path without the query, which may hold customer data
	Status        int           // as received; 200 is possible, see ErrNotJSON; 0 when no answer came
	Message       string        // the platform's error.message, shortened
	Detail        string        // the platform's error.detail, shortened
	Remedy        string        // what a person can do: "give the user the role itil"
	TransactionID string        // what the instance's admin can search for
	RetryAfter    time.Duration // zero when not told
	Attempts      int           // how often the call was sent
	Class         error         // one of the sentinels below, or nil
	Err           error         // the cause when there was no answer, without any URL
}

// The classes of failure. Callers decide on these; everything else in an Error is for people.
var (
	ErrUnauthorized         = errors.New("unauthorized")                           // 401, after one renewed token
	ErrForbidden            = errors.New("forbidden")                              // 403: access or business rule, scope
	ErrNotFound             = errors.New("not found, or not visible to this user") // 404
	ErrInvalid              = errors.New("invalid request")                        // 400, 405, 415, or never sent
	ErrConflict             = errors.New("conflict")                               // 409, or a record changed meanwhile
	ErrRateLimited          = errors.New("rate limited")                           // 429, after all attempts
	ErrUnavailable          = errors.New("instance unavailable")                   // 5xx, 202, no connection
	ErrHibernating          = errors.New("instance is asleep")                     // developer instances
	ErrTransactionCancelled = errors.New("the instance cancelled its answer")      // error after the rows, cut body
	ErrNotJSON              = errors.New("the answer is not JSON")                 // login page, gateway
	ErrReauthorize          = errors.New("the grant is gone: an admin must connect again")
)

// Error is one line: operation, method, path, status, message and transaction id.
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString("servicenow: ")
	if call := strings.TrimSpace(e.Op + " " + e.Method + " " + e.Path); call != "" {
		b.WriteString(call + ": ")
	}
	if e.Status != 0 {
		b.WriteString(strconv.Itoa(e.Status) + " ")
	}
	b.WriteString(e.reason())
	if e.TransactionID != "" {
		b.WriteString(" [transaction " + e.TransactionID + "]")
	}
	return b.String()
}

// reason is the class, what the platform said, and the cause, as far as each is known and says something new.
func (e *Error) reason() string {
	var parts []string
	for _, part := range []string{text(e.Class), e.Message, text(e.Err)} {
		if part != "" && !slices.ContainsFunc(parts, func(s string) bool { return strings.Contains(s, part) }) {
			parts = append(parts, part)
		}
	}
	if len(parts) == 0 {
		return "failed"
	}
	return strings.Join(parts, ": ")
}

func text(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

// Is reports whether e is of the class target.
func (e *Error) Is(target error) bool { return e.Class != nil && target == e.Class }

// Unwrap is the cause, so that errors.Is finds context.Canceled and io.ErrUnexpectedEOF.
func (e *Error) Unwrap() error { return e.Err }

// LogValue groups the fields that an operator searches for.
func (e *Error) LogValue() slog.Value {
	attrs := []slog.Attr{
		slog.String("op", e.Op), slog.String("method", e.Method), slog.String("path", e.Path),
		slog.Int("status", e.Status), slog.String("reason", e.reason()), slog.String("transaction", e.TransactionID),
		slog.Int("attempts", e.Attempts),
	}
	if e.Remedy != "" {
		attrs = append(attrs, slog.String("remedy", e.Remedy))
	}
	if e.RetryAfter > 0 {
		attrs = append(attrs, slog.Duration("retry_after", e.RetryAfter))
	}
	return slog.GroupValue(attrs...)
}
