package auth_test

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/seed-a66f7fd3/servicenow/auth"
	"github.com/seed-a66f7fd3/servicenow/auth/internal/tokenserver"
)

// T1: ten thousand goroutines, one exchange.
func TestT1OneExchangeForTenThousandCallers(t *testing.T) {
	server := &tokenserver.Server{Rotate: true, Delay: 20 * time.Millisecond}
	store := connected(t, server, -time.Second)
	s := source(t, auth.SourceConfig{App: app(t, server), Store: store})
	var wg sync.WaitGroup
	for range 10_000 {
		wg.Go(func() {
			h := http.Header{}
			if _, err := s.Authorize(t.Context(), h); err != nil {
				t.Error(err)
			} else if h.Get("Authorization") != "Bearer canary-access-2" {
				t.Error("a caller got another token than the renewed one")
			}
		})
	}
	wg.Wait()
	if got := server.Stats(); got.Requests != 1 {
		t.Errorf("%d exchanges, want 1", got.Requests)
	}
}

func TestSourceServesFreshTokensWithoutTheInstance(t *testing.T) {
	server := &tokenserver.Server{}
	s := source(t, auth.SourceConfig{App: app(t, server), Store: connected(t, server, 20*time.Minute)})
	for range 3 {
		if token, err := s.Token(t.Context()); err != nil || token.Access.Reveal() != "canary-access-1" {
			t.Fatalf("%v, %v", token, err)
		}
	}
	if got := server.Stats().Requests; got != 0 {
		t.Errorf("%d exchanges for a fresh token", got)
	}
}

// Early in the background: the caller gets the current token at once, the next one the new token.
func TestSourceRefreshesEarlyInTheBackground(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := &tokenserver.Server{Delay: time.Second}
		s := source(t, auth.SourceConfig{App: app(t, server), Store: connected(t, server, 30*time.Minute)})
		mustToken(t, s, "canary-access-1")
		time.Sleep(25 * time.Minute) // margin: 3 min, at most 3.6
		mustToken(t, s, "canary-access-1")
		synctest.Wait()
		if got := server.Stats().Requests; got != 0 {
			t.Fatalf("%d exchanges five minutes before the end", got)
		}
		time.Sleep(2*time.Minute + time.Second)
		start := time.Now()
		mustToken(t, s, "canary-access-1")
		if took := time.Since(start); took != 0 {
			t.Errorf("an early renewal made its caller wait %v", took)
		}
		time.Sleep(2 * time.Second)
		mustToken(t, s, "canary-access-2")
		if got := server.Stats().Requests; got != 1 {
			t.Errorf("%d exchanges, want 1", got)
		}
	})
}

// T4: a caller's cancel frees the caller at once, and not the work.
func TestT4CancelFreesOnlyTheCaller(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := &tokenserver.Server{Delay: 5 * time.Second}
		s := source(t, auth.SourceConfig{App: app(t, server), Store: connected(t, server, -time.Second)})
		first, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		defer cancel()
		var wg sync.WaitGroup
		wg.Go(func() {
			time.Sleep(10 * time.Millisecond) // joins the renewal that the first caller began
			mustToken(t, s, "canary-access-2")
		})
		start := time.Now()
		if _, err := s.Token(first); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("%v, want the caller's own deadline", err)
		}
		if took := time.Since(start); took != 50*time.Millisecond {
			t.Errorf("the caller was freed after %v", took)
		}
		wg.Wait()
		if got := server.Stats().Requests; got != 1 {
			t.Errorf("%d exchanges, want 1", got)
		}
	})
}

// T3: what is not a refusal costs nothing.
func TestT3FaultsKeepTokens(t *testing.T) {
	for name, fault := range map[string]tokenserver.Fault{
		"503": tokenserver.Busy, "hibernation page": tokenserver.Page, "connection reset": tokenserver.Reset,
		"no answer": tokenserver.Hang, "answer lost": tokenserver.Lost,
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				broken := true
				server := &tokenserver.Server{Fault: func(int, url.Values) tokenserver.Fault {
					if broken {
						return fault
					}
					return tokenserver.None
				}}
				store := connected(t, server, -time.Second)
				_, before := load(t, store)
				s := source(t, auth.SourceConfig{App: app(t, server), Store: store})
				_, err := s.Token(t.Context())
				e := asError(t, err)
				if !errors.Is(err, auth.ErrUnavailable) || errors.Is(err, auth.ErrReauthorize) {
					t.Errorf("%v is not unavailable", err)
				}
				if e.Remedy == "" {
					t.Errorf("%v has no remedy", err)
				}
				r, after := load(t, store)
				if !after.Refresh.Equal(before.Refresh) || r.Refused != "" {
					t.Error("the fault cost the refresh token")
				}
				if n := server.Stats().Requests; n > 4 {
					t.Errorf("%d exchanges within the patience of a caller", n)
				}
				time.Sleep(2 * time.Minute)
				broken = false
				if _, err := s.Token(t.Context()); err != nil {
					t.Errorf("after the fault: %v", err)
				}
			})
		})
	}
}

// A fault before the access token's end is not even noticed by callers.
func TestSourceServesTheOldTokenThroughEarlyFaults(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := &tokenserver.Server{Fault: func(int, url.Values) tokenserver.Fault { return tokenserver.Busy }}
		s := source(t, auth.SourceConfig{App: app(t, server), Store: connected(t, server, 30*time.Minute)})
		for range 295 {
			mustToken(t, s, "canary-access-1")
			time.Sleep(6 * time.Second)
		}
		if n := server.Stats().Requests; n == 0 || n > 20 {
			t.Errorf("%d exchanges in three minutes of faults, want some, with growing pauses", n)
		}
	})
}

func TestSourceRefusalIsFinalAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := &tokenserver.Server{Fault: func(int, url.Values) tokenserver.Fault { return tokenserver.Refuse }}
		store := connected(t, server, -time.Second)
		_, before := load(t, store)
		var told []auth.Warning
		s := source(t, auth.SourceConfig{App: app(t, server), Store: store,
			OnExpiry: func(_ context.Context, w auth.Warning) {
				told = append(told, w)
			}})
		for range 5 {
			_, err := s.Token(t.Context())
			wantError(t, err, auth.ErrServerError, auth.ErrReauthorize)
		}
		synctest.Wait()
		if n := server.Stats().Requests; n != 1 {
			t.Errorf("a refused grant was tried %d times", n)
		}
		r, after := load(t, store)
		if r.Refused == "" || !after.Refresh.Equal(before.Refresh) {
			t.Errorf("refused %q; the refresh token must be kept", r.Refused)
		}
		if len(told) != 1 || !errors.Is(told[0].Err, auth.ErrReauthorize) {
			t.Errorf("the host was told %v", told)
		}
		server.Fault = nil
		save(t, store, server, 30*time.Minute) // an admin connects again
		if _, err := s.Token(t.Context()); err != nil {
			t.Errorf("after a new consent: %v", err)
		}
	})
}

// The second look: a refusal is not believed when another replica stored a newer token meanwhile.
func TestT3RefusalIsFinalOnlyAfterASecondLook(t *testing.T) {
	server := &tokenserver.Server{Rotate: true}
	store := connected(t, server, -time.Second)
	faster := roundTrip(func(r *http.Request) (*http.Response, error) {
		save(t, store, server, 30*time.Minute) // the other replica, whose lease had ended
		return server.RoundTrip(r)
	})
	s := source(t, auth.SourceConfig{App: app(t, faster), Store: store})
	token, err := s.Token(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if token.Access.Reveal() != server.Access() {
		t.Error("not the newest token")
	}
	if got := server.Stats(); got.Requests != 1 || got.Reused != 1 {
		t.Errorf("%+v, want one refused exchange", got)
	}
	if r, _ := load(t, store); r.Refused != "" {
		t.Errorf("stored as refused: %s", r.Refused)
	}
}

func TestSourceRefreshTokens(t *testing.T) {
	for _, tt := range []struct {
		name   string
		server *tokenserver.Server
		moved  bool // the refresh token's own end moves
	}{
		{"the same comes back", &tokenserver.Server{}, false},
		{"none comes back", &tokenserver.Server{Silent: true}, false},
		{"rotated", &tokenserver.Server{Rotate: true}, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			server := tt.server
			store := connected(t, server, -time.Second)
			before, _ := load(t, store)
			s := source(t, auth.SourceConfig{App: app(t, server), Store: store})
			time.Sleep(2 * time.Millisecond)
			if _, err := s.Token(t.Context()); err != nil {
				t.Fatal(err)
			}
			after, token := load(t, store)
			if token.Refresh.Reveal() != server.Refresh() {
				t.Error("the stored refresh token is not the one that works")
			}
			if moved := after.RefreshExpiry.After(before.RefreshExpiry); moved != tt.moved {
				t.Errorf("the refresh token's end moved: %v, want %v", moved, tt.moved)
			}
		})
	}
}

// T5: the instance gives the current token again until it ends.
func TestT5NoProgressDoesNotSpin(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := &tokenserver.Server{Same: true}
		store := auth.NewMemoryStore()
		save(t, store, server, 30*time.Minute)
		a := source(t, auth.SourceConfig{App: app(t, server), Store: store})
		b := source(t, auth.SourceConfig{App: app(t, server), Store: store})
		for range 31 * 60 {
			for _, s := range []*auth.TokenSource{a, b} {
				if _, err := s.Token(t.Context()); err != nil {
					t.Fatal(err)
				}
			}
			time.Sleep(time.Second)
		}
		if n := server.Stats().Requests; n < 2 || n > 4 {
			t.Errorf("%d exchanges around one expiry of a token that stays the same", n)
		}
	})
}

func TestSourceRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := &tokenserver.Server{}
		store := connected(t, server, 20*time.Minute)
		s := source(t, auth.SourceConfig{App: app(t, server), Store: store})
		first := authorize(t, s)
		for range 2 {
			if !s.Refused(first) {
				t.Fatal("a refused token must be worth another try")
			}
		}
		second := authorize(t, s)
		if second == first || server.Stats().Requests != 1 {
			t.Fatalf("not renewed: %+v", server.Stats())
		}
		if !s.Refused(first) { // a late 401 for the old token: the new one is there already
			t.Error("a late refusal must be tried again with the new token")
		}
		if authorize(t, s) != second || server.Stats().Requests != 1 {
			t.Error("a late refusal of an old token cost a new one")
		}
		if s.Refused(second) {
			t.Error("a token that a refusal just brought is refused too: renewing again would be a loop")
		}
		time.Sleep(time.Minute)
		if !s.Refused(second) {
			t.Error("a minute later it may be a revocation")
		}
		if s.Refused("something else") {
			t.Error("another credential's name")
		}
	})
}

// A connection is proved by a refresh. What the instance revokes right after that costs one more, whether it gives a new
// token or the same again, by this process and by another.
func TestSourceRefusedRightAfterARefresh(t *testing.T) {
	for _, same := range []bool{false, true} {
		for _, another := range []bool{false, true} {
			synctest.Test(t, func(t *testing.T) {
				server := &tokenserver.Server{Same: same}
				store := connected(t, server, 30*time.Minute)
				s := source(t, auth.SourceConfig{App: app(t, server), Store: store})
				if _, err := s.Refresh(t.Context()); err != nil {
					t.Fatal(err)
				}
				if another {
					s = source(t, auth.SourceConfig{App: app(t, server), Store: store})
				}
				used, before := authorize(t, s), server.Stats().Requests
				if !s.Refused(used) {
					t.Fatal("the first refusal of a token must be worth another try")
				}
				again := authorize(t, s)
				if n := server.Stats().Requests - before; n != 1 || (again == used) != same {
					t.Errorf("same %v, another %v: %d exchanges, the same token: %v", same, another, n, again == used)
				}
				if s.Refused(again) {
					t.Error("renewing again at once would be a loop")
				}
			})
		}
	}
}

// Another replica's newer token is taken without an exchange.
func TestSourceRefusedTakesTheOtherReplicasToken(t *testing.T) {
	server := &tokenserver.Server{}
	store := connected(t, server, 20*time.Minute)
	a := source(t, auth.SourceConfig{App: app(t, server), Store: store})
	b := source(t, auth.SourceConfig{App: app(t, server), Store: store})
	usedA, usedB := authorize(t, a), authorize(t, b)
	if usedA != usedB {
		t.Fatal("two replicas, two tokens")
	}
	a.Refused(usedA)
	b.Refused(usedB)
	if authorize(t, a) != authorize(t, b) || server.Stats().Requests != 1 {
		t.Errorf("one revoked token, two replicas: %+v", server.Stats())
	}
}

func TestSourceTakesOverADeadReplicasLease(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := &tokenserver.Server{}
		store := connected(t, server, -time.Second)
		_, err := auth.Update(t.Context(), store, tenant, func(r *auth.Record) error {
			r.Lease = auth.Lease{Holder: "died", Until: time.Now().Add(20 * time.Second)}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		start := time.Now()
		mustToken(t, source(t, auth.SourceConfig{App: app(t, server), Store: store}), "canary-access-2")
		if took := time.Since(start); took < 20*time.Second || took > 21*time.Second {
			t.Errorf("taken over after %v, want just after the lease's end", took)
		}
	})
}

func TestSourceWithoutAConnection(t *testing.T) {
	server := &tokenserver.Server{}
	s := source(t, auth.SourceConfig{App: app(t, server), Store: auth.NewMemoryStore()})
	_, err := s.Token(t.Context())
	wantError(t, err, auth.ErrNotConnected, auth.ErrReauthorize)
	if got := server.Stats().Requests; got != 0 {
		t.Errorf("%d requests", got)
	}
}

func mustToken(t *testing.T, s *auth.TokenSource, access string) {
	t.Helper()
	token, err := s.Token(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if got := token.Access.Reveal(); got != access {
		t.Errorf("token %s, want %s", got, access)
	}
}

func authorize(t *testing.T, s *auth.TokenSource) any {
	t.Helper()
	used, err := s.Authorize(t.Context(), http.Header{})
	if err != nil {
		t.Fatal(err)
	}
	return used
}

func asError(t *testing.T, err error) *auth.Error {
	t.Helper()
	var e *auth.Error
	if !errors.As(err, &e) {
		t.Fatalf("%v is not an *auth.Error", err)
	}
	return e
}
