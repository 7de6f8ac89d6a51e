package auth

import (
	"bytes"
	"context"
	"errors"
	"math/rand/v2"
	"time"

	"github.com/seed-a66f7fd3/servicenow/internal/remedy"
)

// renew brings the newest token: from the store when another replica renewed it, else from the instance.
//
// Load, second look, lease by compare-and-swap, exchange, save, hand out. Whoever does not get the lease looks again
// until the holder is done, or dead for the length of a lease.
func (s *TokenSource) renew(ctx context.Context) (*held, error) {
	if h := s.saveLate(ctx); h != nil {
		return h, nil
	}
	for {
		r, v, err := s.load(ctx)
		if errors.Is(err, ErrNotConnected) { // disconnected, perhaps by another replica
			s.held.Store(nil)
			return nil, err
		}
		if err != nil {
			return s.serveOrFail(err)
		}
		t, err := r.ImportToken()
		if err != nil {
			return nil, err // typed; what is stored stays as it is
		}
		s.watch(r)
		h, wait, err := s.look(r, t)
		if h != nil || err != nil {
			return h, err
		}
		if wait > 0 {
			if err := sleep(ctx, wait); err != nil {
				return nil, s.timedOut(err)
			}
			continue
		}
		claimed := r
		claimed.Lease = Lease{Holder: s.holder, Until: s.config.Now().Add(leaseTime)}
		v, err = s.config.Store.CompareAndSwap(ctx, s.config.Tenant, v, claimed)
		if errors.Is(err, ErrConflict) {
			continue
		}
		if err != nil {
			return s.serveOrFail(err)
		}
		h, err = s.exchange(ctx, claimed, v, t)
		if h != nil || err != nil {
			return h, err
		}
	}
}

// load is the store's Load; no record is a zero one where a Grant can fill it.
func (s *TokenSource) load(ctx context.Context) (Record, Version, error) {
	r, v, err := s.config.Store.Load(ctx, s.config.Tenant)
	if errors.Is(err, ErrNotFound) {
		if s.config.Grant != nil {
			return Record{}, "", nil
		}
		return Record{}, "", notConnected()
	}
	return r, v, err
}

func notConnected() *Error {
	return &Error{Op: "refresh", Code: ErrNotConnected, Remedy: remedy.For(remedy.NotConnected), Class: ErrReauthorize}
}

// look decides what to do with the record as it is: hand out its token, fail, wait, or (all zero) exchange.
func (s *TokenSource) look(r Record, t Token) (*held, time.Duration, error) {
	now := s.config.Now()
	prev := s.held.Load()
	stale := prev != nil && prev.stale && prev.mark == markOf(t)
	alive := !t.Access.IsZero() && now.Before(t.Expiry)
	blocked := now.Before(r.NotBefore)
	switch {
	case alive && !stale && now.Before(s.refreshAt(t)):
		return s.hold(t, s.refreshAt(t)), 0, nil
	case s.config.Grant == nil && t.IsZero():
		return nil, 0, notConnected()
	case s.config.Grant == nil && r.Refused != "" && (isFinal(r.Refused) || blocked):
		if alive && !stale {
			return s.hold(t, t.Expiry), 0, nil // the last of it
		}
		return nil, 0, s.refusedBefore(r)
	case blocked && alive && !stale:
		return s.hold(t, r.NotBefore), 0, nil
	case blocked && (!alive || !stale || r.Failures > 0): // the instance refuses what it gave twice: ask once more
		wait := r.NotBefore.Sub(now)
		if wait > patience {
			return nil, 0, s.unavailable(r, wait)
		}
		return nil, min(wait, glance()), nil
	case r.Lease.Holder != s.holder && now.Before(r.Lease.Until):
		if alive && !stale {
			return s.hold(t, now.Add(time.Second)), 0, nil // and look again soon
		}
		return nil, glance(), nil
	}
	return nil, 0, nil
}

// glance is how long to wait before looking again at what another replica does.
func glance() time.Duration { return 100*time.Millisecond + rand.N(200*time.Millisecond) }

// exchange asks the instance, under the lease, and saves what it says. Nothing returned means: look again.
func (s *TokenSource) exchange(ctx context.Context, claimed Record, v Version, old Token) (*held, error) {
	t, err := s.ask(ctx, claimed, old)
	if err == nil {
		return s.keep(ctx, claimed, v, old, t)
	}
	now := s.config.Now()
	cur, lost := s.settle(ctx, claimed, v, func(r *Record) { r.note(err, now, s.config.Grant != nil) })
	switch {
	case lost == nil:
	case errors.Is(lost, errOvertaken): // the second look: another replica, or a new consent, was first
		return nil, nil
	default:
		s.config.Logger.ErrorContext(ctx, "the token store failed", "tenant", s.config.Tenant, "error", lost)
		cur = claimed
	}
	s.config.Logger.WarnContext(ctx, "token not renewed", "tenant", s.config.Tenant, "error", err)
	if isRefusal(err) && claimed.Refused == "" {
		s.tellRefused(err)
	}
	prev := s.held.Load()
	stale := prev != nil && prev.stale && prev.mark == markOf(old)
	if !stale && !old.Access.IsZero() && s.config.Now().Before(old.Expiry) {
		return s.hold(old, cur.NotBefore), nil
	}
	if isRefusal(err) || lost != nil {
		return nil, err
	}
	if cur.NotBefore.Sub(s.config.Now()) > patience {
		return nil, err
	}
	return nil, nil // callers wait: look again when NotBefore has passed
}

// ask runs one exchange: refresh where there is a refresh token, the grant where there is none or it is refused.
func (s *TokenSource) ask(ctx context.Context, r Record, old Token) (Token, error) {
	ctx, cancel := context.WithTimeout(ctx, exchangeTime)
	defer cancel()
	app, err := s.app(r)
	if err != nil {
		return Token{}, err
	}
	if !old.Refresh.IsZero() {
		t, err := app.Refresh(ctx, old.Refresh)
		t = s.byOurClock(t)
		if err == nil && t.Refresh.Equal(old.Refresh) && !t.told {
			t.RefreshExpiry = old.RefreshExpiry // refreshing does not push out the refresh token's own end
		}
		if s.config.Grant == nil || !isRefusal(err) {
			return t, s.slow(err)
		}
	}
	if s.config.Grant == nil {
		return Token{}, &Error{
			Op: "refresh", Code: ErrInvalidGrant, Description: "the instance gave no refresh token",
			Remedy: remedy.For(remedy.NoRefreshToken), Class: ErrReauthorize,
		}
	}
	t, err := s.config.Grant(ctx, app)
	if err == nil && t.Access.IsZero() {
		err = malformed("grant", 0, "the grant gave no access token")
	}
	return s.byOurClock(t.complete()), s.slow(err)
}

// complete fills in what a Grant of the host may have left out.
func (t Token) complete() Token {
	if t.Issued.IsZero() {
		t.Issued = time.Now()
	}
	if t.Expiry.IsZero() {
		t.Expiry = t.Issued.Add(DefaultAccessLifespan)
	}
	return t
}

// byOurClock moves a new token's times to the clock of a test.
func (s *TokenSource) byOurClock(t Token) Token {
	if s.ahead == nil || t.Issued.IsZero() {
		return t
	}
	d := s.ahead()
	t.Issued, t.Expiry = t.Issued.Add(d), t.Expiry.Add(d)
	if !t.RefreshExpiry.IsZero() {
		t.RefreshExpiry = t.RefreshExpiry.Add(d)
	}
	return t
}

// slow turns the end of exchangeTime into what it means: no answer.
func (s *TokenSource) slow(err error) error {
	if errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled) {
		return &Error{
			Op: "refresh", Code: ErrUnreachable, Description: "no answer in time", Err: err,
			Remedy: remedy.For(remedy.Silent), Class: ErrUnavailable,
		}
	}
	return err
}

func (s *TokenSource) app(r Record) (App, error) {
	if s.config.AppOf == nil {
		return s.config.App, nil
	}
	return s.config.AppOf(r)
}

// note writes a failed exchange into r. The refresh token always stays.
func (r *Record) note(err error, now time.Time, again bool) {
	r.Lease = Lease{}
	r.Failures++
	backoff := time.Duration(0)
	var e *Error
	if errors.As(err, &e) {
		backoff = min(e.RetryAfter, 10*time.Minute)
		if isRefusal(err) {
			r.Refused = e.Code
			if backoff = 5 * time.Minute; again {
				backoff = time.Minute // a Grant may be asked again, but not by every call
			}
		}
	}
	if backoff == 0 {
		backoff = min(500*time.Millisecond<<min(r.Failures-1, 10), time.Minute)
		backoff += rand.N(backoff / 5)
	}
	r.NotBefore = now.Add(backoff)
}

// refusedBefore is the refusal that a replica stored.
func (s *TokenSource) refusedBefore(r Record) *Error {
	return &Error{Op: "refresh", Code: r.Refused, Remedy: remedyForRefresh(r.Refused), Class: ErrReauthorize}
}

func (s *TokenSource) unavailable(r Record, wait time.Duration) *Error {
	e := &Error{
		Op: "refresh", Code: ErrUnreachable, RetryAfter: wait,
		Remedy: remedy.For(remedy.Unavailable), Class: ErrUnavailable,
	}
	if r.Refused != "" {
		e.Code, e.Class, e.Remedy = r.Refused, ErrReauthorize, remedyForRefresh(r.Refused)
	}
	return e
}

func (s *TokenSource) timedOut(err error) *Error {
	return &Error{
		Op: "refresh", Code: ErrUnreachable, Description: "another process is renewing the token, without success so far",
		Remedy: remedy.For(remedy.Unavailable), Class: ErrUnavailable, Err: err,
	}
}

func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}

func sameToken(a, b Record) bool { return bytes.Equal(a.Token, b.Token) }
