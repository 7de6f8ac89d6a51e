package auth

import (
	"context"
	"errors"
	"time"
)

// Refresh renews the token now, however fresh it is and whatever was answered before, and so proves that the grant
// works: the last step of a consent, and the way to try a new client secret. The instance may answer with the access
// token that it gave before. When it gives no answer, the token in use stays in use.
func (s *TokenSource) Refresh(ctx context.Context) (Token, error) {
	if err := s.release(ctx); err != nil {
		return Token{}, err
	}
	before, err := s.get(ctx)
	if err != nil {
		return Token{}, err
	}
	stale := *before
	stale.stale = true
	s.held.CompareAndSwap(before, &stale)
	after, err := s.get(ctx)
	if err != nil {
		s.held.CompareAndSwap(&stale, before)
		return Token{}, err
	}
	asked := *after
	asked.forcedAt = time.Time{} // no 401 forced this renewal: the first one still may
	s.held.CompareAndSwap(after, &asked)
	return after.token, nil
}

// release takes the brakes off the record: the pause after a renewal that brought nothing new, or that failed. They
// are for renewals that nobody asked for.
func (s *TokenSource) release(ctx context.Context) error {
	_, v, err := s.config.Store.Load(ctx, s.config.Tenant)
	if errors.Is(err, ErrNotFound) || v == "" {
		return nil // get will tell
	}
	if err != nil {
		return err
	}
	_, err = Update(ctx, s.config.Store, s.config.Tenant, func(r *Record) error {
		if len(r.Token) == 0 && len(r.Connection) == 0 {
			return errOvertaken // disconnected since: nothing may come back
		}
		r.Refused, r.Failures, r.NotBefore = "", 0, time.Time{}
		return nil
	})
	if errors.Is(err, errOvertaken) {
		return nil
	}
	return err
}
