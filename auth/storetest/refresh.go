package storetest

import (
	"context"
	"errors"
	"math/rand/v2"
	"net/http"
	"net/url"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/seed-a66f7fd3/servicenow/auth"
	"github.com/seed-a66f7fd3/servicenow/auth/internal/tokenserver"
	"github.com/seed-a66f7fd3/servicenow/internal/instance"
)

// RunRefresh lets several replicas, each with several callers, renew one token over the store, at an instance that
// rotates refresh tokens: one exchange for each expiry, never two at a time, and nobody is refused. A second part adds
// faults of the token endpoint.
func RunRefresh(t *testing.T, backing Backing) {
	t.Helper()
	t.Run("one exchange for each expiry", func(t *testing.T) { refreshRounds(t, backing(t)) })
	t.Run("faults never cost the connection", func(t *testing.T) { refreshFaults(t, backing(t)) })
}

const (
	replicas = 8
	callers  = 4
	tenant   = "tenant-42"
)

// clock runs with real time and can be put forward, for all replicas and the server at once.
type clock struct{ ahead atomic.Int64 }

func (c *clock) now() time.Time          { return time.Now().Add(time.Duration(c.ahead.Load())) }
func (c *clock) forward(d time.Duration) { c.ahead.Add(int64(d)) }

// hurry lets the clock run ten times as fast, so that a pause after a fault is short.
func (c *clock) hurry() (stop func()) {
	done := make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() {
		tick := time.NewTicker(10 * time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case <-done:
				return
			case <-tick.C:
				c.forward(100 * time.Millisecond)
			}
		}
	})
	return func() { close(done); wg.Wait() }
}

type fleet struct {
	clock   *clock
	server  *tokenserver.Server
	sources []*auth.TokenSource
	store   auth.TokenStore
}

func newFleet(t *testing.T, open Open) *fleet {
	t.Helper()
	f := &fleet{clock: &clock{}, store: open()}
	f.server = &tokenserver.Server{Rotate: true, Now: f.clock.now, Delay: 2 * time.Millisecond}
	at, err := instance.Parse("acme")
	if err != nil {
		t.Fatal(err)
	}
	app := auth.App{
		Instance: at, ClientID: tokenserver.ClientID, ClientSecret: auth.NewSecret(tokenserver.ClientSecret),
		HTTPClient: &http.Client{Transport: f.server},
	}
	access, refresh := f.server.Grant()
	now := f.clock.now()
	token := auth.Token{
		Access: auth.NewSecret(access), Refresh: auth.NewSecret(refresh), Issued: now, Expiry: now.Add(30 * time.Minute),
		RefreshExpiry: now.Add(auth.DefaultRefreshLifespan),
	}
	if err := auth.SaveToken(t.Context(), f.store, tenant, token); err != nil {
		t.Fatal(err)
	}
	for range replicas {
		s, err := auth.NewTokenSource(auth.SourceConfig{App: app, Store: open(), Tenant: tenant, Now: f.clock.now})
		if err != nil {
			t.Fatal(err)
		}
		f.sources = append(f.sources, s)
	}
	return f
}

// ask lets every caller of every replica ask at once, and reports each token or error.
func (f *fleet) ask(ctx context.Context, each func(auth.Token, error)) {
	var wg sync.WaitGroup
	var mu sync.Mutex
	for _, s := range f.sources {
		for range callers {
			wg.Go(func() {
				token, err := s.Token(ctx)
				mu.Lock()
				defer mu.Unlock()
				each(token, err)
			})
		}
	}
	wg.Wait()
}

func refreshRounds(t *testing.T, open Open) {
	ctx, cancel := context.WithTimeout(t.Context(), 2*timeout)
	defer cancel()
	f := newFleet(t, open)
	const rounds = 5
	for round := range rounds {
		f.ask(ctx, func(token auth.Token, err error) {
			if err != nil {
				t.Errorf("round %d: %v", round, err)
			} else if token.Access.Reveal() != f.server.Access() {
				t.Errorf("round %d: a caller got an old token", round)
			}
		})
		if got := f.server.Stats(); got.Requests != round || got.Reused != 0 || got.Together != 0 {
			t.Fatalf("after %d expiries: %+v, want one exchange for each", round, got)
		}
		f.clock.forward(31 * time.Minute)
	}
	f.stored(ctx, t)
}

// stored checks that the store holds the newest answer.
func (f *fleet) stored(ctx context.Context, t *testing.T) {
	t.Helper()
	r, _, err := f.store.Load(ctx, tenant)
	if err != nil {
		t.Fatal(err)
	}
	token, err := r.ImportToken()
	if err != nil {
		t.Fatal(err)
	}
	if token.Refresh.Reveal() != f.server.Refresh() {
		t.Error("the store does not hold the refresh token that works")
	}
	if r.Refused != "" || !r.Lease.Until.IsZero() {
		t.Errorf("the record is left with refusal %q and a lease until %v", r.Refused, r.Lease.Until)
	}
}

func refreshFaults(t *testing.T, open Open) {
	ctx, cancel := context.WithTimeout(t.Context(), 2*timeout)
	defer cancel()
	f := newFleet(t, open)
	var faults atomic.Int64
	faulty := []tokenserver.Fault{tokenserver.Busy, tokenserver.Page, tokenserver.Reset, tokenserver.None,
		tokenserver.None, tokenserver.None}
	random := rand.New(rand.NewPCG(7, 11))
	f.server.Fault = func(int, url.Values) tokenserver.Fault { // called under the server's lock
		fault := faulty[random.IntN(len(faulty))]
		if fault != tokenserver.None {
			faults.Add(1)
		}
		return fault
	}
	stop := f.clock.hurry()
	defer stop()
	const rounds = 4
	for range rounds {
		f.clock.forward(31 * time.Minute)
		f.ask(ctx, func(_ auth.Token, err error) {
			if err != nil && !errors.Is(err, auth.ErrUnavailable) {
				t.Errorf("a fault of the endpoint became %v", err)
			}
		})
	}
	f.server.Fault = nil
	f.clock.forward(31 * time.Minute)
	f.ask(ctx, func(_ auth.Token, err error) {
		if err != nil {
			t.Errorf("after the faults: %v", err)
		}
	})
	got := f.server.Stats()
	if got.Reused != 0 || got.Together != 0 {
		t.Errorf("%+v: a refresh token was used twice, or two exchanges ran at once", got)
	}
	if want := int(faults.Load()) + got.Issued - 1; got.Requests != want { // the consent issued one without a request
		t.Errorf("%d requests, want %d: one for each fault and each token", got.Requests, want)
	}
	f.stored(ctx, t)
}
