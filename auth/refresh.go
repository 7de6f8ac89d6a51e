package auth

import "context"

// Refresh renews the token now, however fresh it is, and so proves that the grant works: the last step of a consent,
// and the way to try a new client secret. The instance may answer with the access token that it gave before. When it
// gives no answer, the token in use stays in use.
func (s *TokenSource) Refresh(ctx context.Context) (Token, error) {
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
	return after.token, nil
}
