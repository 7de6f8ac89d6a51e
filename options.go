package servicenow

import (
	"errors"
	"log/slog"
	"net/http"

	"golang.org/x/time/rate"

	"github.com/seed-a66f7fd3/servicenow/auth"
	"github.com/seed-a66f7fd3/servicenow/internal/rest"
)

// Credential says who calls. The token sources and the static credentials of package auth are Credentials.
type Credential = rest.Credential

// Observer sees every call of a client: what was called, how it ended, how long it waited. See [WithObserver].
type Observer = rest.Observer

// RetryObserver is an [Observer] that also hears why an attempt is repeated.
type RetryObserver = rest.RetryObserver

// Call is what an [Observer] is told when a call begins: Op, Method and Instance, nothing that identifies a person.
type Call = rest.Call

// Outcome is what an [Observer] is told when a call ends: Status, Attempts, Waited, TransactionID, RateLimit, Err.
type Outcome = rest.Outcome

// RateLimit is the rate limit rule of the instance that counted a call: Limit (calls an hour), Reset (when the hour
// ends), Rule (its sys_id). It is zero where no rule did. How much of the limit is left the platform does not tell.
type RateLimit = rest.RateLimit

// Coordinator shares between replicas the time until which an instance asked to be left alone. See [WithCoordinator].
type Coordinator = rest.Coordinator

// Option changes what [New] builds. The order of options does not matter.
type Option func(*rest.Config) error

// WithCredential says who calls: a token source, or one of auth's static credentials.
func WithCredential(c Credential) Option {
	return func(cfg *rest.Config) error {
		if cfg.Credential != nil {
			return errors.New("servicenow: more than one option says who calls")
		}
		cfg.Credential = c
		return nil
	}
}

// WithBasicAuth calls with a user name and a password, for tools. Products use OAuth.
func WithBasicAuth(user, password string) Option {
	return WithCredential(auth.Basic(user, auth.NewSecret(password)))
}

// WithHTTPClient sends through hc's Transport and obeys its Timeout, as a bound on one attempt. hc itself is left as it
// is, and neither its cookie jar nor its redirect policy is used. The default obeys HTTPS_PROXY, NO_PROXY and
// SSL_CERT_FILE.
func WithHTTPClient(hc *http.Client) Option {
	return func(cfg *rest.Config) error { cfg.HTTPClient = hc; return nil }
}

// WithRateLimit bounds the attempts of this client, retries included. Use one limiter for one instance and user.
func WithRateLimit(l *rate.Limiter) Option {
	return func(cfg *rest.Config) error { cfg.Limiter = l; return nil }
}

// WithMaxInFlight bounds the calls in flight at one time. Instances have four threads a node for integrations, so the
// client starts low and finds out by itself how far it may go; the default bound is 16.
func WithMaxInFlight(n int) Option {
	return func(cfg *rest.Config) error { cfg.MaxInFlight = n; return nil }
}

// WithLogger writes one line a call: Debug, Warn when it took several attempts, Error when it failed. No line holds a
// query, a body or a secret.
func WithLogger(l *slog.Logger) Option {
	return func(cfg *rest.Config) error { cfg.Logger = l; return nil }
}

// WithObserver lets o see every call, retries included. Spans for each attempt come from an http.RoundTripper in
// [WithHTTPClient] instead.
func WithObserver(o Observer) Option {
	return func(cfg *rest.Config) error { cfg.Observer = o; return nil }
}

// WithCoordinator shares an instance's "come back later" with other replicas. key names the instance's user; empty is
// the instance's host, so that all of a host's users on it stop together.
func WithCoordinator(c Coordinator, key string) Option {
	return func(cfg *rest.Config) error { cfg.Coordinator, cfg.LimitKey = c, key; return nil }
}

// WithUserAgent names the host application in the instance's logs.
func WithUserAgent(name string) Option {
	return func(cfg *rest.Config) error { cfg.UserAgent = name; return nil }
}
