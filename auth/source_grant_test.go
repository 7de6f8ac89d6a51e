package auth_test

import (
	"context"
	"errors"
	"net/url"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/seed-a66f7fd3/servicenow/auth"
	"github.com/seed-a66f7fd3/servicenow/auth/internal/tokenserver"
	"github.com/seed-a66f7fd3/servicenow/internal/rest"
)

// A grant without a refresh token is repeated, ahead of the expiry like any renewal.
func TestSourceWithAGrant(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := &tokenserver.Server{}
		s := source(t, auth.SourceConfig{App: app(t, server), Grant: auth.ClientCredentials})
		for range 3 * 60 {
			if _, err := s.Token(t.Context()); err != nil {
				t.Fatal(err)
			}
			time.Sleep(time.Minute)
		}
		if n := server.Stats().Requests; n < 6 || n > 8 {
			t.Errorf("%d exchanges in three hours", n)
		}
	})
}

// A password grant's refresh token is used; when it is refused, the password is.
func TestSourceFallsBackToItsGrant(t *testing.T) {
	server := &tokenserver.Server{}
	var kinds []string
	server.Fault = func(_ int, form url.Values) tokenserver.Fault {
		kinds = append(kinds, form.Get("grant_type"))
		if form.Get("grant_type") == "refresh_token" {
			return tokenserver.Refuse
		}
		return tokenserver.None
	}
	store := connected(t, server, -time.Second)
	s := source(t, auth.SourceConfig{App: app(t, server), Store: store, Grant: auth.Password("abel", auth.NewSecret("p"))})
	if _, err := s.Token(t.Context()); err != nil {
		t.Fatal(err)
	}
	if len(kinds) != 2 || kinds[0] != "refresh_token" || kinds[1] != "password" {
		t.Errorf("asked %v", kinds)
	}
}

// A refused grant is told at once, is not asked again by every call, and heals by itself.
func TestSourceRefusedGrant(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fault := tokenserver.Refuse
		server := &tokenserver.Server{Fault: func(int, url.Values) tokenserver.Fault { return fault }}
		s := source(t, auth.SourceConfig{App: app(t, server), Grant: auth.ClientCredentials})
		for range 10 {
			_, err := s.Token(t.Context())
			wantError(t, err, auth.ErrServerError, auth.ErrReauthorize)
		}
		if n := server.Stats().Requests; n != 1 {
			t.Errorf("a refused grant was asked %d times at once", n)
		}
		fault = tokenserver.None
		time.Sleep(2 * time.Minute)
		if _, err := s.Token(t.Context()); err != nil {
			t.Errorf("after the admin mended it: %v", err)
		}
	})
}

// A wrong client secret is the admin's to mend, on either side: it is tried again after a while.
func TestSourceHealsAfterInvalidClient(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := &tokenserver.Server{}
		store := connected(t, server, -time.Second)
		wrong := app(t, server)
		wrong.ClientSecret = auth.NewSecret("wrong")
		s := source(t, auth.SourceConfig{App: wrong, Store: store})
		for range 3 {
			_, err := s.Token(t.Context())
			wantError(t, err, auth.ErrInvalidClient, auth.ErrReauthorize)
		}
		if n := server.Stats().Requests; n != 1 {
			t.Errorf("%d requests with a wrong secret", n)
		}
		time.Sleep(6 * time.Minute)
		right := source(t, auth.SourceConfig{App: app(t, server), Store: store})
		if _, err := right.Token(t.Context()); err != nil {
			t.Errorf("with the right secret: %v", err)
		}
		if r, _ := load(t, store); r.Refused != "" {
			t.Errorf("still refused: %s", r.Refused)
		}
	})
}

// A new client secret that one replica stored is used by all.
func TestSourceReadsItsAppFromTheRecord(t *testing.T) {
	server := &tokenserver.Server{}
	store := connected(t, server, -time.Second)
	_, err := auth.Update(t.Context(), store, tenant, func(r *auth.Record) error {
		r.Connection = []byte(tokenserver.ClientSecret)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	s := source(t, auth.SourceConfig{Store: store, AppOf: func(r auth.Record) (auth.App, error) {
		a := app(t, server)
		a.ClientSecret = auth.NewSecret(string(r.Connection))
		return a, nil
	}})
	mustToken(t, s, "canary-access-2")
	if r, _ := load(t, store); string(r.Connection) != tokenserver.ClientSecret {
		t.Error("a renewal lost the host's own value")
	}
}

func TestSourceWithoutARefreshToken(t *testing.T) {
	server := &tokenserver.Server{}
	store := auth.NewMemoryStore()
	token := auth.Token{Access: auth.NewSecret("a"), Issued: time.Now(), Expiry: time.Now().Add(-time.Second)}
	if err := auth.SaveToken(t.Context(), store, tenant, token); err != nil {
		t.Fatal(err)
	}
	_, err := source(t, auth.SourceConfig{App: app(t, server), Store: store}).Token(t.Context())
	wantError(t, err, auth.ErrInvalidGrant, auth.ErrReauthorize)
	if n := server.Stats().Requests; n != 0 {
		t.Errorf("%d requests", n)
	}
}

func TestNewTokenSourceRefuses(t *testing.T) {
	a := app(t, nil)
	for name, config := range map[string]auth.SourceConfig{
		"nothing": {}, "no store": {App: a, Tenant: tenant}, "no tenant": {App: a, Store: auth.NewMemoryStore()},
		"no client": {App: auth.App{Instance: acme(t)}, Store: auth.NewMemoryStore(), Tenant: tenant},
	} {
		if _, err := auth.NewTokenSource(config); !errors.Is(err, rest.ErrInvalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// flaky is a store that fails while down.
type flaky struct {
	auth.TokenStore
	down atomic.Bool
}

var errDown = errors.New("the database is away")

func (s *flaky) Load(ctx context.Context, tenant string) (auth.Record, auth.Version, error) {
	if s.down.Load() {
		return auth.Record{}, "", errDown
	}
	return s.TokenStore.Load(ctx, tenant)
}

func (s *flaky) CompareAndSwap(ctx context.Context, tenant string, old auth.Version, r auth.Record) (auth.Version,
	error) {
	if s.down.Load() {
		return "", errDown
	}
	return s.TokenStore.CompareAndSwap(ctx, tenant, old, r)
}

// T2: the store goes away between exchange and save. With rotation the answer is all there is: it is used, and saved as
// soon as the store is back.
func TestT2NewestAnswerSurvivesAStoreFailure(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := &tokenserver.Server{Rotate: true}
		store := &flaky{TokenStore: connected(t, server, -time.Second)}
		server.Fault = func(int, url.Values) tokenserver.Fault { store.down.Store(true); return tokenserver.None }
		s := source(t, auth.SourceConfig{App: app(t, server), Store: store})
		mustToken(t, s, "canary-access-2")
		for range 60 {
			mustToken(t, s, "canary-access-2")
			time.Sleep(5 * time.Second)
		}
		if n := server.Stats().Requests; n != 1 {
			t.Errorf("%d exchanges", n)
		}
		store.down.Store(false)
		for range 10 {
			mustToken(t, s, "canary-access-2")
			time.Sleep(time.Second)
		}
		if _, token := load(t, store); token.Refresh.Reveal() != server.Refresh() {
			t.Error("the only refresh token that works is not saved")
		}
	})
}

// The same, but the lease runs out meanwhile, and another replica's refresh with the old token is refused.
func TestT2NewestAnswerIsSavedOverAnothersRefusal(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := &tokenserver.Server{Rotate: true}
		inner := connected(t, server, -time.Second)
		store := &flaky{TokenStore: inner}
		server.Fault = func(n int, _ url.Values) tokenserver.Fault { store.down.Store(n == 1); return tokenserver.None }
		s := source(t, auth.SourceConfig{App: app(t, server), Store: store})
		mustToken(t, s, "canary-access-2")
		time.Sleep(time.Minute)
		other := source(t, auth.SourceConfig{App: app(t, server), Store: inner})
		_, err := other.Token(t.Context())
		wantError(t, err, auth.ErrServerError, auth.ErrReauthorize)
		store.down.Store(false)
		for range 10 {
			mustToken(t, s, "canary-access-2")
			time.Sleep(time.Second)
		}
		mustToken(t, other, "canary-access-2")
		if r, token := load(t, inner); token.Refresh.Reveal() != server.Refresh() || r.Refused != "" {
			t.Errorf("the newest answer is not what is stored; refused %q", r.Refused)
		}
	})
}

// A store that is away costs nothing while the token in memory is good.
func TestSourceServesThroughAStoreFailure(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := &tokenserver.Server{}
		store := &flaky{TokenStore: connected(t, server, 30*time.Minute)}
		s := source(t, auth.SourceConfig{App: app(t, server), Store: store})
		mustToken(t, s, "canary-access-1")
		store.down.Store(true)
		time.Sleep(29 * time.Minute)
		mustToken(t, s, "canary-access-1")
		synctest.Wait()
		mustToken(t, s, "canary-access-1")
		time.Sleep(2 * time.Minute)
		if _, err := s.Token(t.Context()); !errors.Is(err, errDown) {
			t.Errorf("past the end: %v, want the store's error", err)
		}
		if n := server.Stats().Requests; n != 0 {
			t.Errorf("%d exchanges without a lease", n)
		}
	})
}

// What cannot be read is left alone.
func TestSourceLeavesDamagedRecordsAlone(t *testing.T) {
	for name, tt := range map[string]struct {
		token string
		want  error
	}{"damaged": {"{", auth.ErrCorrupt}, "newer": {`{"v":99,"access":"x"}`, auth.ErrSchema}} {
		server := &tokenserver.Server{}
		store := auth.NewMemoryStore()
		v, err := store.CompareAndSwap(t.Context(), tenant, "", auth.Record{Token: []byte(tt.token)})
		if err != nil {
			t.Fatal(err)
		}
		_, err = source(t, auth.SourceConfig{App: app(t, server), Store: store}).Token(t.Context())
		if !errors.Is(err, tt.want) {
			t.Errorf("%s: %v, want %v", name, err, tt.want)
		}
		if _, now, _ := store.Load(t.Context(), tenant); now != v || server.Stats().Requests != 0 {
			t.Errorf("%s: the record was touched", name)
		}
	}
}

// A host that changes its own value during a renewal keeps it, and the token is saved beside it.
func TestSourceMergesWithTheHostsChange(t *testing.T) {
	server := &tokenserver.Server{Rotate: true}
	store := connected(t, server, -time.Second)
	server.Fault = func(int, url.Values) tokenserver.Fault {
		_, err := auth.Update(t.Context(), store, tenant, func(r *auth.Record) error {
			r.Connection = []byte("degraded")
			return nil
		})
		if err != nil {
			t.Error(err)
		}
		return tokenserver.None
	}
	mustToken(t, source(t, auth.SourceConfig{App: app(t, server), Store: store}), "canary-access-2")
	r, token := load(t, store)
	if string(r.Connection) != "degraded" || token.Refresh.Reveal() != server.Refresh() || !r.Lease.Until.IsZero() {
		t.Errorf("%v: connection %q, lease until %v", r, r.Connection, r.Lease.Until)
	}
	if n := server.Stats().Requests; n != 1 {
		t.Errorf("%d exchanges", n)
	}
}

// Another replica disconnects: at the next look the token in memory is dropped, too.
func TestSourceForgetsADisconnectedTenant(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := &tokenserver.Server{}
		store := connected(t, server, 30*time.Minute)
		s := source(t, auth.SourceConfig{App: app(t, server), Store: store})
		mustToken(t, s, "canary-access-1")
		_, v, err := store.Load(t.Context(), tenant)
		if err != nil {
			t.Fatal(err)
		}
		if err := store.Delete(t.Context(), tenant, v); err != nil {
			t.Fatal(err)
		}
		time.Sleep(28 * time.Minute)
		mustToken(t, s, "canary-access-1") // looks in the background
		synctest.Wait()
		_, err = s.Token(t.Context())
		wantError(t, err, auth.ErrNotConnected, auth.ErrReauthorize)
	})
}

// A host that disconnects during a renewal stays disconnected.
func TestSourceDoesNotBringBackADeletedRecord(t *testing.T) {
	server := &tokenserver.Server{}
	store := connected(t, server, -time.Second)
	server.Fault = func(int, url.Values) tokenserver.Fault {
		_, v, _ := store.Load(t.Context(), tenant)
		_ = store.Delete(t.Context(), tenant, v)
		return tokenserver.None
	}
	_, err := source(t, auth.SourceConfig{App: app(t, server), Store: store}).Token(t.Context())
	wantError(t, err, auth.ErrNotConnected, auth.ErrReauthorize)
	if _, _, err := store.Load(t.Context(), tenant); !errors.Is(err, auth.ErrNotFound) {
		t.Errorf("the record is back: %v", err)
	}
}

// A host's own Grant may tell as little as the token.
func TestSourceWithAHostsGrant(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		calls := 0
		s := source(t, auth.SourceConfig{App: app(t, nil), Grant: func(context.Context, auth.App) (auth.Token, error) {
			if calls++; calls > 3 {
				return auth.Token{}, nil
			}
			return auth.Token{Access: auth.NewSecret("own")}, nil
		}})
		for range 80 {
			mustToken(t, s, "own")
			time.Sleep(time.Minute)
		}
		if calls != 3 {
			t.Errorf("%d calls in eighty minutes, want one for each half hour", calls)
		}
		time.Sleep(time.Hour)
		_, err := s.Token(t.Context())
		wantError(t, err, auth.ErrMalformed, auth.ErrUnavailable)
	})
}
