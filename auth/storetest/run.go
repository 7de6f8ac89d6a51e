package storetest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/seed-a66f7fd3/servicenow/auth"
)

// Open returns another handle on the same backing, as another replica would have: a connection of its own, a new value
// over the same directory. A store that lives in memory returns itself.
type Open func() auth.TokenStore

// Backing makes a new, empty backing for one test and cleans up after it.
type Backing func(t *testing.T) Open

// Run checks a store. Each point is a subtest of its own over an empty backing. See [RunCrash] for what remains after
// the end of a process.
func Run(t *testing.T, backing Backing) {
	t.Helper()
	points := []struct {
		name  string
		check func(*testing.T, Open)
	}{
		{"1 what was saved is loaded, and nothing else", checkLoad},
		{"2 create does not overwrite", checkCreate},
		{"3 a swap needs the current version", checkSwap},
		{"3 one of many wins", checkRace},
		{"3 no update is lost", checkCounter},
		{"4 delete is final, and needs the current version", checkDelete},
		{"5 tenants are kept apart to the byte", checkTenants},
		{"6 any content", checkContents},
		{"7 a cancelled context", checkCancelled},
		{"8 handles see each other's writes at once", checkHandles},
		{"8 readers see old or new while others write", checkReaders},
		{"10 nothing prints a record", checkSilence},
	}
	for _, p := range points {
		t.Run(p.name, func(t *testing.T) { p.check(t, backing(t)) })
	}
}

const timeout = 30 * time.Second

func begin(t *testing.T, open Open) (context.Context, auth.TokenStore) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), timeout)
	t.Cleanup(cancel)
	return ctx, open()
}

// canary stands for a secret; it must not appear in any output.
const canary = "canary-5f1d7c"

func record(text string) auth.Record {
	return auth.Record{Token: []byte(canary + text), Connection: []byte("connection " + text)}
}

func full() auth.Record {
	at := time.Date(2026, 7, 1, 12, 30, 15, 250e6, time.UTC)
	return auth.Record{
		Token: []byte(canary), Connection: []byte{0, 1, 0xff}, AccessExpiry: at, RefreshExpiry: at.Add(time.Hour),
		Refused: auth.ErrInvalidGrant, Failures: 3, NotBefore: at.Add(time.Minute),
		Lease: auth.Lease{Holder: "me", Until: at.Add(time.Second)}, Warned: 7 * 24 * time.Hour,
	}
}

func mustSwap(t *testing.T, ctx context.Context, s auth.TokenStore, tenant string, old auth.Version,
	r auth.Record) auth.Version {
	t.Helper()
	v, err := s.CompareAndSwap(ctx, tenant, old, r)
	if err != nil {
		t.Fatalf("CompareAndSwap(%q): %v", tenant, err)
	}
	if v == "" || v == old {
		t.Fatalf("CompareAndSwap(%q): version %q after %q", tenant, v, old)
	}
	return v
}

func mustHold(t *testing.T, ctx context.Context, s auth.TokenStore, tenant string, v auth.Version, want auth.Record) {
	t.Helper()
	got, gotV, err := s.Load(ctx, tenant)
	if err != nil {
		t.Fatalf("Load(%q): %v", tenant, err)
	}
	if gotV != v {
		t.Errorf("Load(%q): version %q, want %q", tenant, gotV, v)
	}
	if !equal(got, want) {
		t.Errorf("Load(%q): the record is not the one that was saved: %s", tenant, difference(got, want))
	}
}

func mustMiss(t *testing.T, ctx context.Context, s auth.TokenStore, tenant string) {
	t.Helper()
	if _, v, err := s.Load(ctx, tenant); !errors.Is(err, auth.ErrNotFound) || v != "" {
		t.Errorf("Load(%q): version %q, error %v; want ErrNotFound", tenant, v, err)
	}
}

func mustConflict(t *testing.T, what string, err error) {
	t.Helper()
	if !errors.Is(err, auth.ErrConflict) {
		t.Errorf("%s: %v, want ErrConflict", what, err)
	}
}

func equal(a, b auth.Record) bool { return difference(a, b) == "" }

// difference names the fields that differ, without their content.
func difference(a, b auth.Record) string {
	var fields []string
	add := func(name string, same bool) {
		if !same {
			fields = append(fields, name)
		}
	}
	add("Token", bytes.Equal(a.Token, b.Token))
	add("Connection", bytes.Equal(a.Connection, b.Connection))
	add("AccessExpiry", sameTime(a.AccessExpiry, b.AccessExpiry))
	add("RefreshExpiry", sameTime(a.RefreshExpiry, b.RefreshExpiry))
	add("Refused", a.Refused == b.Refused)
	add("Failures", a.Failures == b.Failures)
	add("NotBefore", sameTime(a.NotBefore, b.NotBefore))
	add("Lease.Holder", a.Lease.Holder == b.Lease.Holder)
	add("Lease.Until", sameTime(a.Lease.Until, b.Lease.Until))
	add("Warned", a.Warned == b.Warned)
	return strings.Join(fields, ", ")
}

// sameTime wants the same moment to the millisecond, in UTC, and zero kept as zero.
func sameTime(got, want time.Time) bool {
	return got.IsZero() == want.IsZero() && got.Equal(want.Truncate(time.Millisecond)) && got.Location() == time.UTC
}

func checkSilence(t *testing.T, open Open) {
	ctx, s := begin(t, open)
	v := mustSwap(t, ctx, s, "acme", "", record(""))
	_, conflict := s.CompareAndSwap(ctx, "acme", "", record(""))
	ended, cancel := context.WithCancel(ctx)
	cancel()
	_, cancelled := s.CompareAndSwap(ended, "acme", v, record(""))
	_, refused := s.CompareAndSwap(ctx, "", "", record(""))
	r, _, err := s.Load(ctx, "acme")
	if err != nil {
		t.Fatal(err)
	}
	for what, text := range map[string]string{
		"the conflict":                     fmt.Sprintf("%v %+v %#v", conflict, conflict, conflict),
		"the error of a cancelled context": fmt.Sprintf("%v %+v", cancelled, cancelled),
		"the error of a refused tenant":    fmt.Sprintf("%v %+v", refused, refused),
		"the record":                       fmt.Sprintf("%v %+v %#v %s %q %x", r, r, r, r, r, r),
		"the store":                        fmt.Sprintf("%v %+v", s, s),
	} {
		decimal := strings.Trim(fmt.Sprintf("%d", []byte(canary)), "[]")
		if strings.Contains(text, canary) || strings.Contains(text, fmt.Sprintf("%x", canary)) ||
			strings.Contains(text, decimal) {
			t.Errorf("%s shows a secret", what)
		}
	}
}
