package auth

import (
	"context"
	"errors"
	"slices"
	"time"
)

// defaultThresholds are the times before a refresh token's end at which a host is warned.
var defaultThresholds = []time.Duration{30 * 24 * time.Hour, 7 * 24 * time.Hour, 24 * time.Hour}

// Warning tells that a tenant's connection ends soon, or has ended. An admin who connects again makes it go away.
type Warning struct {
	Tenant string
	// RefreshExpiry is when the refresh token ends, and Left how long that is from now.
	RefreshExpiry time.Time
	Left          time.Duration
	// Threshold is the one that was passed; zero when the instance refused the grant.
	Threshold time.Duration
	// Err is the refusal; nil while the grant stands.
	Err error
}

// Status is what is known about a tenant's token, without its secrets.
type Status struct {
	// Connected reports whether a token is stored and the grant was not refused.
	Connected bool
	// AccessExpiry and RefreshExpiry are zero when not known.
	AccessExpiry, RefreshExpiry time.Time
	// Refused is the OAuth error with which the instance refused the grant.
	Refused Code
	// Failures counts failed renewals since the last success; the next one may start at NotBefore.
	Failures  int
	NotBefore time.Time
}

// Status reads the store; it does not call the instance.
func (s *TokenSource) Status(ctx context.Context) (Status, error) {
	r, _, err := s.config.Store.Load(ctx, s.config.Tenant)
	if errors.Is(err, ErrNotFound) {
		return Status{}, nil
	}
	if err != nil {
		return Status{}, err
	}
	return r.Status(), nil
}

// Status is what r tells without its secrets.
func (r Record) Status() Status {
	return Status{
		Connected: len(r.Token) > 0 && r.Refused == "", AccessExpiry: r.AccessExpiry, RefreshExpiry: r.RefreshExpiry,
		Refused: r.Refused, Failures: r.Failures, NotBefore: r.NotBefore,
	}
}

// CheckExpiry warns now if a threshold was passed, and returns the Status. A source in use does so by itself with each
// renewal; a host calls it daily for tenants that rest.
func (s *TokenSource) CheckExpiry(ctx context.Context) (Status, error) {
	r, _, err := s.config.Store.Load(ctx, s.config.Tenant)
	if errors.Is(err, ErrNotFound) {
		return Status{}, nil
	}
	if err != nil {
		return Status{}, err
	}
	if t, due := s.due(r); due {
		err = s.warn(ctx, t)
	}
	return r.Status(), err
}

// due is the smallest threshold that was passed and not warned of.
func (s *TokenSource) due(r Record) (time.Duration, bool) {
	if s.config.OnExpiry == nil || r.RefreshExpiry.IsZero() || len(r.Token) == 0 {
		return 0, false
	}
	left := r.RefreshExpiry.Sub(s.config.Now())
	thresholds := s.config.Thresholds
	if thresholds == nil {
		thresholds = defaultThresholds
	}
	passed := time.Duration(0)
	for _, t := range slices.Sorted(slices.Values(thresholds)) {
		if left <= t {
			passed = t
			break
		}
	}
	return passed, passed > 0 && (r.Warned == 0 || passed < r.Warned)
}

// watch warns in the background: a renewal does not wait for the host's mail server.
func (s *TokenSource) watch(r Record) {
	t, due := s.due(r)
	if !due {
		return
	}
	go func() {
		ctx, cancel := context.WithTimeout(context.Background(), renewTime)
		defer cancel()
		if err := s.warn(ctx, t); err != nil {
			s.config.Logger.WarnContext(ctx, "expiry warning not recorded", "tenant", s.config.Tenant, "error", err)
		}
	}()
}

// errWarned ends an update that another replica made.
var errWarned = errors.New("warned already")

// warn records the threshold first, so that one replica only tells the host.
func (s *TokenSource) warn(ctx context.Context, threshold time.Duration) error {
	var w Warning
	_, err := Update(ctx, s.config.Store, s.config.Tenant, func(r *Record) error {
		if t, due := s.due(*r); !due || t != threshold {
			return errWarned
		}
		r.Warned = threshold
		w = Warning{
			Tenant: s.config.Tenant, RefreshExpiry: r.RefreshExpiry,
			Left: r.RefreshExpiry.Sub(s.config.Now()), Threshold: threshold,
		}
		return nil
	})
	if errors.Is(err, errWarned) {
		return nil
	}
	if err == nil {
		s.config.OnExpiry(ctx, w)
	}
	return err
}

// tellRefused tells the host that the grant is gone. The replica that stored the refusal calls it.
func (s *TokenSource) tellRefused(err error) {
	if s.config.OnExpiry == nil {
		return
	}
	go func() {
		ctx, cancel := context.WithTimeout(context.Background(), renewTime)
		defer cancel()
		s.config.OnExpiry(ctx, Warning{Tenant: s.config.Tenant, Err: err})
	}()
}
