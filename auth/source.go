package auth

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash/fnv"
	"log/slog"
	"net/http"
	"sync/atomic"
	"time"

	"golang.org/x/sync/singleflight"

	"github.com/seed-a66f7fd3/servicenow/internal/rest"
)

// SourceConfig is what [NewTokenSource] needs. App or AppOf, and Store with Tenant or Grant, are required.
type SourceConfig struct {
	// App is the OAuth application that renews the token.
	App App
	// AppOf, when set, replaces App with one read from the tenant's record at each renewal, so that a client secret that
	// one replica stored in Record.Connection is used by all. The record is open, not sealed.
	AppOf func(Record) (App, error)
	// Store is shared by all replicas. Nil is a MemoryStore, which makes sense with a Grant only.
	Store TokenStore
	// Tenant is the record's key. Empty is "default" when Store is nil.
	Tenant string
	// Grant obtains a token when there is none and when none can be refreshed. Nil means that only a consent helps.
	Grant Grant
	// OnExpiry is told once for each threshold, over all replicas, that the refresh token ends soon, and once when the
	// instance refused the grant. It runs in a goroutine of its own and must respect its context.
	OnExpiry func(context.Context, Warning)
	// Thresholds of OnExpiry; nil is 30, 7 and 1 days.
	Thresholds []time.Duration
	// Logger is told about renewals and their failures, without secrets. Nil is silence.
	Logger *slog.Logger
	// Now replaces the clock in tests. All replicas of a test must share it.
	Now func() time.Time
}

const (
	// leaseTime is how long one replica may hold the right to exchange. Clocks of replicas must agree within half of it.
	leaseTime = 30 * time.Second
	// exchangeTime bounds one exchange, so that its answer is saved well within the lease.
	exchangeTime = leaseTime / 2
	// saveTime bounds the saving of an answer, within the lease; after it the answer is served from memory.
	saveTime = 5 * time.Second
	// renewTime bounds a renewal: waiting for another replica, exchange, saving.
	renewTime = 45 * time.Second
	// patience is how long callers wait for the next try after a failure. Longer, they are told.
	patience = 2 * time.Second
	// forcedEvery is how often a 401 may force a renewal: an instance that refuses each fresh token has another reason.
	forcedEvery = 30 * time.Second
)

// TokenSource hands out one tenant's access token, renewed ahead of its expiry, once for all callers in all processes
// that share the store. It is a rest credential: give it to the client. Safe for concurrent use; it holds no goroutine
// while it is idle and needs no Close.
type TokenSource struct {
	config SourceConfig
	holder string // names this source in leases
	held   atomic.Pointer[held]
	// unsaved is a token that was received while the store could not take it.
	unsaved atomic.Pointer[unsaved]
	early   atomic.Bool // an early renewal is on its way
	flight  singleflight.Group
	ahead   func() time.Duration // how far config.Now is before the machine's clock; nil when it is that clock
}

// held is the token in memory. It is replaced, never changed.
type held struct {
	token     Token
	mark      mark
	refreshAt time.Time // from here on renew in the background
	forcedAt  time.Time // when a 401 forced the renewal that brought it
	stale     bool      // the instance answered 401 to it
}

// mark names an access token without telling it.
type mark [sha256.Size]byte

func markOf(t Token) mark { return sha256.Sum256([]byte(t.Access.Reveal())) }

// String is the first bytes of the mark in hex, for logs.
func (m mark) String() string { return hex.EncodeToString(m[:4]) }

// NewTokenSource checks config. It does not touch the store or the network.
func NewTokenSource(config SourceConfig) (*TokenSource, error) {
	if config.AppOf == nil {
		if err := config.App.check(); err != nil {
			return nil, err
		}
	}
	if config.Store == nil {
		if config.Grant == nil {
			return nil, fmt.Errorf("auth: a TokenSource needs a Store or a Grant: %w", rest.ErrInvalid)
		}
		config.Store = NewMemoryStore()
		if config.Tenant == "" {
			config.Tenant = "default"
		}
	}
	if err := CheckTenant(config.Tenant); err != nil {
		return nil, err
	}
	if config.Logger == nil {
		config.Logger = slog.New(slog.DiscardHandler)
	}
	s := &TokenSource{config: config, holder: string(NewVersion())}
	if config.Now == nil {
		s.config.Now = time.Now
	} else {
		s.ahead = func() time.Duration { return time.Until(config.Now()) }
	}
	return s, nil
}

// String names the tenant.
func (s *TokenSource) String() string { return "auth.TokenSource(" + s.config.Tenant + ")" }

// Authorize sets the Authorization header. used names the token and is safe to log.
func (s *TokenSource) Authorize(ctx context.Context, h http.Header) (used any, err error) {
	now, err := s.get(ctx)
	if err != nil {
		return nil, err
	}
	h.Set("Authorization", "Bearer "+now.token.Access.Reveal())
	return now.mark, nil
}

// Token returns a token that is valid now. A cancelled ctx frees this caller and does not stop a renewal that others
// wait for. Without a way to get a token the error is an [*Error]; errors.Is with ErrReauthorize tells that an admin
// must connect again, with ErrUnavailable that the instance did not answer and the tokens are kept.
func (s *TokenSource) Token(ctx context.Context) (Token, error) {
	h, err := s.get(ctx)
	if err != nil {
		return Token{}, err
	}
	return h.token, nil
}

func (s *TokenSource) get(ctx context.Context) (*held, error) {
	if h := s.held.Load(); h != nil && !h.stale {
		if now := s.config.Now(); now.Before(h.token.Expiry) {
			if !now.Before(h.refreshAt) {
				s.renewEarly()
			}
			return h, nil
		}
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	select {
	case <-ctx.Done():
		return nil, ctx.Err()
	case r := <-s.flight.DoChan("", s.renewOnce):
		if r.Err != nil {
			return nil, r.Err
		}
		return r.Val.(*held), nil
	}
}

// renewEarly starts a renewal that nobody waits for. Its goroutine ends with the renewal.
func (s *TokenSource) renewEarly() {
	if !s.early.CompareAndSwap(false, true) {
		return
	}
	go func() {
		defer s.early.Store(false)
		_, _, _ = s.flight.Do("", s.renewOnce) // failures are logged, and stored with the record
	}()
}

// renewOnce runs detached from the context of whichever caller came first.
func (s *TokenSource) renewOnce() (any, error) {
	ctx, cancel := context.WithTimeout(context.Background(), renewTime)
	defer cancel()
	return s.renew(ctx)
}

// Refused marks the token that used names as stale, so that the next Authorize renews it, and reports whether another
// try makes sense. A token that was replaced meanwhile is not touched; one that was just brought by a refusal is not
// thrown away again.
func (s *TokenSource) Refused(used any) bool {
	m, ok := used.(mark)
	h := s.held.Load()
	switch {
	case !ok:
		return false
	case h == nil || h.mark != m || h.stale:
		return true
	case !h.forcedAt.IsZero() && s.config.Now().Sub(h.forcedAt) < forcedEvery:
		return false
	}
	next := *h
	next.stale = true
	s.held.CompareAndSwap(h, &next)
	return true
}

// hold keeps t in memory until refreshAt, and in use until it expires. A token that was refused meanwhile stays so.
func (s *TokenSource) hold(t Token, refreshAt time.Time) *held {
	next := &held{token: t, mark: markOf(t), refreshAt: refreshAt}
	if prev := s.held.Load(); prev != nil && prev.mark == next.mark {
		next.forcedAt, next.stale = prev.forcedAt, prev.stale
	} else if prev != nil && prev.stale {
		next.forcedAt = s.config.Now()
	}
	s.held.Store(next)
	return next
}

// accept is hold for a token that is the best to be had, also if it is the one that was refused.
func (s *TokenSource) accept(t Token, refreshAt time.Time) *held {
	next := &held{token: t, mark: markOf(t), refreshAt: refreshAt}
	if prev := s.held.Load(); prev != nil && prev.stale {
		next.forcedAt = s.config.Now()
	}
	s.held.Store(next)
	return next
}

// margin is how long before its end a token is renewed: 10 % of its life within 1 to 5 minutes, more by up to a fifth
// so that replicas do not meet, and at most half of its life.
func (s *TokenSource) margin(t Token) time.Duration {
	life := t.Expiry.Sub(t.Issued)
	m := min(max(life/10, time.Minute), 5*time.Minute)
	h := fnv.New32a()
	_, _ = h.Write([]byte(s.config.Tenant + "\x00" + s.holder))
	m += time.Duration(float64(m) / 5 * float64(h.Sum32()) / (1 << 32))
	return max(0, min(m, life/2))
}

func (s *TokenSource) refreshAt(t Token) time.Time { return t.Expiry.Add(-s.margin(t)) }
