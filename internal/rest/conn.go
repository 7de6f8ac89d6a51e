package rest

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"time"

	"golang.org/x/time/rate"

	"github.com/seed-a66f7fd3/servicenow/internal/instance"
)

// The defaults of Config. The idle time is longer than the 60 seconds after which instances cancel a REST
// transaction, so that their own refusal is heard.
const (
	defaultRetryMax    = 4
	defaultMaxWait     = time.Minute
	defaultIdle        = 75 * time.Second
	defaultMaxInFlight = 16
	defaultUserAgent   = "servicenow-go"
)

// Config says how to talk to one instance as one user. Only Instance and Credential are required.
type Config struct {
	Instance   instance.Instance
	Credential Credential
	// HTTPClient lends its Transport and its Timeout (a bound on one attempt). It is copied, and neither its Jar nor
	// its CheckRedirect is used. Nil is the default transport: proxies and certificates from the environment, HTTP/2.
	HTTPClient *http.Client
	// Limiter bounds attempts, retries included. Nil is no bound.
	Limiter *rate.Limiter
	// MaxInFlight bounds the calls in flight at one time; zero is 16. The Conn starts with 4 or fewer and finds out.
	MaxInFlight int
	// RetryMax is how often a call may be sent again; zero is 4, negative is never. One more try after a renewed
	// credential is always allowed.
	RetryMax int
	// MaxWait is the longest wait before one attempt; zero is a minute. A longer one that the instance asks for is
	// reported in Error.RetryAfter instead.
	MaxWait time.Duration
	// IdleTimeout ends an attempt on which not one byte moves; zero is 75 seconds, negative is never.
	IdleTimeout time.Duration
	// Logger gets one line a call. Nil logs nothing.
	Logger *slog.Logger
	// Observer sees every call. Nil observes nothing.
	Observer Observer
	// Coordinator shares the times at which the instance asked to be left alone with other replicas. Nil does not.
	Coordinator Coordinator
	// LimitKey names this user at the Coordinator; empty is the instance's host.
	LimitKey string
	// UserAgent is sent with every request; empty is "servicenow-go".
	UserAgent string
}

// Conn is the request path of one instance as one user sees it. It is safe for concurrent use, and owns no goroutine,
// so there is nothing to close.
type Conn struct {
	cfg    Config
	base   http.RoundTripper
	gate   *gate
	budget budget
	clock  clock
	shared sharedStops
	carets carets
}

// New checks cfg and does no I/O.
func New(cfg Config) (*Conn, error) {
	switch {
	case cfg.Instance.IsZero():
		return nil, errors.New("servicenow: the instance is missing: make one with ParseInstance")
	case cfg.Credential == nil:
		return nil, errors.New("servicenow: the credential is missing: say who calls")
	case cfg.Limiter != nil && cfg.Limiter.Limit() != rate.Inf && cfg.Limiter.Burst() < 1:
		return nil, errors.New("servicenow: a rate limiter with a burst of 0 never lets a call pass")
	case cfg.MaxInFlight < 0:
		return nil, errors.New("servicenow: MaxInFlight must not be negative")
	}
	cfg = withDefaults(cfg)
	c := &Conn{cfg: cfg, base: baseTransport(cfg.HTTPClient), gate: newGate(cfg.MaxInFlight, cfg.MaxWait)}
	c.budget.left = budgetSize
	c.carets.turn = make(chan struct{}, 1)
	return c, nil
}

func withDefaults(cfg Config) Config {
	if cfg.RetryMax == 0 {
		cfg.RetryMax = defaultRetryMax
	}
	cfg.RetryMax = max(cfg.RetryMax, 0)
	if cfg.MaxWait <= 0 {
		cfg.MaxWait = defaultMaxWait
	}
	if cfg.IdleTimeout == 0 {
		cfg.IdleTimeout = defaultIdle
	}
	if cfg.MaxInFlight == 0 {
		cfg.MaxInFlight = defaultMaxInFlight
	}
	if cfg.UserAgent == "" {
		cfg.UserAgent = defaultUserAgent
	}
	if cfg.LimitKey == "" {
		cfg.LimitKey = cfg.Instance.Host()
	}
	return cfg
}

// baseTransport is what attempts are sent through. The caller's client is left as it is.
func baseTransport(hc *http.Client) http.RoundTripper {
	if hc != nil && hc.Transport != nil {
		return hc.Transport
	}
	return http.DefaultTransport
}

// Instance is the instance that c talks to.
func (c *Conn) Instance() instance.Instance { return c.cfg.Instance }

// Now is the instance's clock: the last Date header carried forward, or the local clock before the first answer. Its
// resolution is a second; it does not move when the local clock is set.
func (c *Conn) Now() time.Time { return c.clock.now() }

// ToldTime reports whether an answer has told the instance's clock, so that Now is not the local one.
func (c *Conn) ToldTime() bool { return c.clock.last.Load() != nil }

// Do sends op and decodes the "result" member of the JSON answer into a T.
func Do[T any](ctx context.Context, c *Conn, op Op) (T, Meta, error) {
	var result T
	meta, err := c.Do(ctx, op, &result)
	return result, meta, err
}

// Do sends op and decodes the "result" member of the JSON answer into out, strictly: an answer without a result, with
// an error beside it, cut short, or followed by anything else is an *Error. A 204 leaves out alone. With a nil out
// the answer is checked, drained and dropped.
func (c *Conn) Do(ctx context.Context, op Op, out any) (Meta, error) {
	decode := func(r *http.Response) error { return decodeAnswer(r, op, out) }
	_, meta, err := c.run(ctx, op, decode) //nolint:bodyclose // run closes what it decodes
	return meta, err
}

// Open sends op and returns its answer with the body unread. Status and content type have been classified. The
// caller closes the body; until it is read or closed it counts as a call in flight. Reads fail with
// io.ErrUnexpectedEOF when the body stops early, and with a timeout when no byte comes for Config.IdleTimeout.
func (c *Conn) Open(ctx context.Context, op Op) (*Response, error) {
	resp, meta, err := c.run(ctx, op, nil) //nolint:bodyclose // the caller closes it
	if err != nil {
		return nil, err
	}
	return &Response{Meta: meta, Body: resp.Body}, nil
}
