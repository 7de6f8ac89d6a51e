package rest

import (
	"errors"
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
	ErrForbidden            = errors.New("forbidden")                              // 403: access rule, scope or business rule
	ErrNotFound             = errors.New("not found, or not visible to this user") // 404: the platform does not tell which
	ErrInvalid              = errors.New("invalid request")                        // 400, 405, 415, and what we refuse before sending
	ErrConflict             = errors.New("conflict")                               // 409, or a record changed meanwhile
	ErrRateLimited          = errors.New("rate limited")                           // 429, after all attempts
	ErrUnavailable          = errors.New("instance unavailable")                   // 5xx, 202, no connection
	ErrHibernating          = errors.New("instance is asleep")                     // developer instances
	ErrTransactionCancelled = errors.New("the instance cancelled its answer")      // 200 with an error after the rows, or a cut body
	ErrNotJSON              = errors.New("the answer is not JSON")                 // login page, gateway
	ErrReauthorize          = errors.New("the grant is gone: an admin must connect again")
)
