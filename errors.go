package servicenow

import (
	"errors"

	"github.com/seed-a66f7fd3/servicenow/auth"
	"github.com/seed-a66f7fd3/servicenow/internal/instance"
	"github.com/seed-a66f7fd3/servicenow/internal/rest"
	"github.com/seed-a66f7fd3/servicenow/provision"
)

// Error is what an instance, or something in front of it, answered instead of the result. Its fields:
//
//	Op            "table.Update": the call that failed
//	Method, Path  without the query, which may hold customer data
//	Status        as received; 200 is possible (a login page, a cancelled transaction); 0 when no answer came
//	Message       the platform's error.message, shortened
//	Detail        the platform's error.detail, shortened
//	Remedy        what a person can do about it
//	TransactionID what the instance's admin can search for
//	RetryAfter    how long the instance asked to wait; zero when it did not
//	Attempts      how often the call was sent
//	Class         one of the sentinels of this package, or nil
//	Err           the cause when there was no answer, without any URL
//
// Get it with errors.AsType[*servicenow.Error](err); decide with errors.Is and the sentinels below.
type Error = rest.Error

// The classes of failure, for errors.Is. Every error that comes from an instance is of one of them.
var (
	ErrUnauthorized         = rest.ErrUnauthorized         // 401, after one renewed token
	ErrForbidden            = rest.ErrForbidden            // 403: access rule, scope, policy or Business Rule
	ErrNotFound             = rest.ErrNotFound             // 404: missing, or hidden from this user; the platform does not tell which
	ErrInvalid              = rest.ErrInvalid              // 400, or refused by the SDK before it was sent
	ErrConflict             = rest.ErrConflict             // a record changed meanwhile
	ErrRateLimited          = rest.ErrRateLimited          // 429, after all attempts
	ErrUnavailable          = rest.ErrUnavailable          // 5xx, 202, no connection
	ErrHibernating          = rest.ErrHibernating          // a developer instance is asleep
	ErrTransactionCancelled = rest.ErrTransactionCancelled // the instance stopped in the middle of its answer
	ErrNotJSON              = rest.ErrNotJSON              // a login page or a gateway's page, whatever its status
	ErrReauthorize          = rest.ErrReauthorize          // the grant is gone: an admin must connect again
)

// ErrSettings is what every refusal of a setting wraps. The error around it is a [*SettingError].
var ErrSettings = errors.New("invalid setting")

// SettingError is a setting that can never work: it names the field, the rule, and what would be right. It never
// repeats the value.
type SettingError struct {
	Field  string // as the host's form or code names it: "instance_url", "capability", "WebhookURL"
	Rule   string // what must hold
	Remedy string // an example, or what to do
}

func (e *SettingError) Error() string { return e.Field + " " + e.Rule }
func (e *SettingError) Unwrap() error { return ErrSettings }

// Remedy is what a person can do about err, or "" when nothing in its chain knows. Products show it under the message.
func Remedy(err error) string {
	if e, ok := errors.AsType[*provision.RightsError](err); ok && e.Remedy != "" {
		return e.Remedy // who lacked a right of another kind would not have come that far
	}
	if e, ok := errors.AsType[*rest.Error](err); ok && e.Remedy != "" {
		return e.Remedy
	}
	if e, ok := errors.AsType[*auth.Error](err); ok && e.Remedy != "" {
		return e.Remedy
	}
	if e, ok := errors.AsType[*instance.Error](err); ok {
		return e.Remedy
	}
	if e, ok := errors.AsType[*SettingError](err); ok {
		return e.Remedy
	}
	return ""
}
