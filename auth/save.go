package auth

import (
	"context"
	"errors"
	"time"
)

// errOvertaken says that another token was stored while this source exchanged.
var errOvertaken = errors.New("another token was stored meanwhile")

// unsaved is a token that came while the store was away. With a rotating instance it is the only one that works.
type unsaved struct {
	claimed Record // as it was when the exchange began
	token   Token
}

// settle writes the outcome of an exchange. It starts from the claimed version and, when that is gone, from what is
// there now, as long as the token is still the one that was exchanged: a host that changed Connection meanwhile, or a
// replica that took over an old lease and was refused, must not cost the newest answer. While the store fails it
// tries again for saveTime.
func (s *TokenSource) settle(ctx context.Context, claimed Record, v Version, change func(*Record)) (Record, error) {
	ctx, cancel := context.WithTimeout(ctx, saveTime)
	defer cancel()
	r, pause := claimed, 50*time.Millisecond
	for {
		next := r
		change(&next)
		_, err := s.config.Store.CompareAndSwap(ctx, s.config.Tenant, v, next)
		if err == nil {
			return next, nil
		}
		if errors.Is(err, ErrConflict) {
			r, v, err = s.config.Store.Load(ctx, s.config.Tenant)
			switch {
			case errors.Is(err, ErrNotFound):
				return Record{}, errOvertaken // disconnected meanwhile: nothing may come back
			case err == nil && !sameToken(r, claimed):
				return r, errOvertaken
			case err == nil:
				continue
			}
			v = "unknown" // conflicts, and so loads again
		}
		if sleep(ctx, pause) != nil {
			return Record{}, err
		}
		pause = min(2*pause, time.Second)
	}
}

// keep saves a received token, and only then hands it out. When the store stays away, the token is served from memory
// and saved with the next renewal, which follows soon: losing it could mean losing the connection.
func (s *TokenSource) keep(ctx context.Context, claimed Record, v Version, old, t Token) (*held, error) {
	next := s.refreshAt(t)
	same := markOf(t) == markOf(old) || !next.After(s.config.Now())
	if same && !old.Expiry.IsZero() && !t.Expiry.After(old.Expiry.Add(s.margin(t))) {
		// The instance gave what it gave before. Asking again at once would spin.
		if next = t.Expiry.Add(-5 * time.Second); !next.After(s.config.Now()) {
			next = t.Expiry
		}
	}
	change := func(r *Record) {
		r.Renew(t)
		if next.After(s.refreshAt(t)) {
			r.NotBefore = storedTime(next)
		}
	}
	_, err := s.settle(ctx, claimed, v, change)
	switch {
	case err == nil:
		s.config.Logger.DebugContext(ctx, "token renewed", "tenant", s.config.Tenant, "token", t, "mark", markOf(t).String())
		return s.accept(t, next), nil
	case errors.Is(err, errOvertaken):
		return nil, nil
	}
	s.config.Logger.ErrorContext(ctx, "the renewed token is not saved yet", "tenant", s.config.Tenant, "error", err)
	s.unsaved.Store(&unsaved{claimed: claimed, token: t})
	return s.accept(t, s.config.Now().Add(time.Second)), nil
}

// saveLate saves what could not be saved before. A token means: serve it, the store is still away.
func (s *TokenSource) saveLate(ctx context.Context) *held {
	u := s.unsaved.Load()
	if u == nil {
		return nil
	}
	_, err := s.settle(ctx, u.claimed, "unknown", func(r *Record) { r.Renew(u.token) })
	if err == nil || errors.Is(err, errOvertaken) {
		s.unsaved.Store(nil)
		return nil
	}
	if now := s.config.Now(); now.Before(u.token.Expiry) {
		if prev := s.held.Load(); prev == nil || !prev.stale {
			return s.hold(u.token, now.Add(time.Second))
		}
	}
	return nil
}

// serveOrFail is for a store that does not answer: a token that is still good is served from memory.
func (s *TokenSource) serveOrFail(err error) (*held, error) {
	h := s.held.Load()
	if h == nil || h.stale || !s.config.Now().Before(h.token.Expiry) {
		return nil, err
	}
	s.config.Logger.Warn("the token store failed", "tenant", s.config.Tenant, "error", err)
	return s.hold(h.token, s.config.Now().Add(time.Second)), nil
}
