package auth_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/seed-a66f7fd3/servicenow/auth"
	"github.com/seed-a66f7fd3/servicenow/auth/internal/tokenserver"
)

const day = 24 * time.Hour

// Two replicas in daily use, a hundred days: one warning for each threshold, and the end.
func TestExpiryWarnings(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := &tokenserver.Server{}
		store := connected(t, server, 30*time.Minute)
		begun := time.Now()
		var mu sync.Mutex
		var told []string
		var replicas []*auth.TokenSource
		for range 2 {
			replicas = append(replicas, source(t, auth.SourceConfig{
				App: app(t, server), Store: store,
				OnExpiry: func(_ context.Context, w auth.Warning) {
					mu.Lock()
					defer mu.Unlock()
					told = append(told, fmt.Sprintf("day %d: threshold %d, %d left", int(time.Since(begun)/day), w.Threshold/day,
						w.Left/day))
				},
			}))
		}
		for range 99 {
			for _, s := range replicas {
				if _, err := s.Token(t.Context()); err != nil {
					t.Fatal(err)
				}
			}
			time.Sleep(day)
		}
		synctest.Wait()
		mu.Lock()
		defer mu.Unlock()
		want := "[day 70: threshold 30, 30 left day 93: threshold 7, 7 left]"
		if got := fmt.Sprint(told); got != want {
			t.Errorf("told  %s\nwanted %s", got, want)
		}
	})
}

// A tenant at rest is warned by CheckExpiry; a new consent starts anew.
func TestCheckExpiry(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := &tokenserver.Server{}
		store := connected(t, server, 30*time.Minute)
		var told []time.Duration
		s := source(t, auth.SourceConfig{
			App: app(t, server), Store: store, Thresholds: []time.Duration{3 * day, 20 * day},
			OnExpiry: func(_ context.Context, w auth.Warning) { told = append(told, w.Threshold) },
		})
		check := func(want ...time.Duration) {
			t.Helper()
			told = nil
			for range 2 { // the second time nobody is told again
				if _, err := s.CheckExpiry(t.Context()); err != nil {
					t.Fatal(err)
				}
			}
			if fmt.Sprint(told) != fmt.Sprint(want) {
				t.Errorf("told %v, want %v", told, want)
			}
		}
		check()
		time.Sleep(80*day + time.Hour)
		check(20 * day)
		time.Sleep(18 * day)
		check(3 * day)
		save(t, store, server, 30*time.Minute)
		check()
		time.Sleep(99 * day)
		check(3 * day) // both thresholds passed: the nearer one counts
	})
}

// The date that an admin entered stays through renewals, until a new consent.
func TestExpiryDateOfTheAdmin(t *testing.T) {
	server := &tokenserver.Server{}
	store := connected(t, server, -time.Second)
	entered := time.Now().Add(40 * day).UTC().Truncate(time.Second)
	_, err := auth.Update(t.Context(), store, tenant, func(r *auth.Record) error { return r.SetRefreshExpiry(entered) })
	if err != nil {
		t.Fatal(err)
	}
	s := source(t, auth.SourceConfig{App: app(t, server), Store: store})
	if _, err := s.Token(t.Context()); err != nil {
		t.Fatal(err)
	}
	r, token := load(t, store)
	if !r.RefreshExpiry.Equal(entered) || !token.RefreshExpiry.Equal(entered) {
		t.Errorf("after a renewal %v, want %v", r.RefreshExpiry, entered)
	}
}

func TestStatus(t *testing.T) {
	server := &tokenserver.Server{}
	store := auth.NewMemoryStore()
	s := source(t, auth.SourceConfig{App: app(t, server), Store: store})
	if got, err := s.Status(t.Context()); err != nil || got != (auth.Status{}) {
		t.Errorf("before the consent: %+v, %v", got, err)
	}
	save(t, store, server, 20*time.Minute)
	got, err := s.Status(t.Context())
	if err != nil || !got.Connected || time.Until(got.AccessExpiry) > 20*time.Minute ||
		time.Until(got.RefreshExpiry) < 99*day {
		t.Errorf("connected: %+v, %v", got, err)
	}
	_, err = auth.Update(t.Context(), store, tenant,
		func(r *auth.Record) error { r.Refused = auth.ErrInvalidGrant; return nil })
	if err != nil {
		t.Fatal(err)
	}
	if got, _ := s.Status(t.Context()); got.Connected || got.Refused != auth.ErrInvalidGrant {
		t.Errorf("refused: %+v", got)
	}
}
