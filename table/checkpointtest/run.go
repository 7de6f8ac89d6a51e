// Package checkpointtest shows whether a table.CheckpointStore is right: one conformance suite for the stores of package
// table and for those that hosts write.
package checkpointtest

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/seed-a66f7fd3/servicenow/table"
)

// Open returns another handle on the same backing, as another process would have: a connection of its own, a new value
// over the same directory. A store that lives in memory returns itself.
type Open func() table.CheckpointStore

// Backing makes a new, empty backing for one test and cleans up after it.
type Backing func(t *testing.T) Open

// Run checks a store. Each point is a subtest of its own over an empty backing.
func Run(t *testing.T, backing Backing) {
	t.Helper()
	for _, p := range []struct {
		name  string
		check func(*testing.T, context.Context, Open)
	}{
		{"what was stored is loaded, and versions differ", checkLoad},
		{"create does not overwrite", checkCreate},
		{"a swap needs the current version", checkSwap},
		{"one of many wins, and no update is lost", checkCounter},
		{"delete is final, and needs the current version", checkDelete},
		{"keys are kept apart to the byte", checkKeys},
		{"any text", checkTexts},
		{"a cancelled context", checkCancelled},
		{"handles see each other's writes at once", checkHandles},
	} {
		t.Run(p.name, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
			defer cancel()
			p.check(t, ctx, backing(t))
		})
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func wantErr(t *testing.T, err, want error) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Fatalf("got %v, want %v", err, want)
	}
}

func swap(t *testing.T, ctx context.Context, s table.CheckpointStore, key string, old table.CheckpointVersion, text string) table.CheckpointVersion {
	t.Helper()
	v, err := s.CompareAndSwap(ctx, key, old, text)
	must(t, err)
	if v == "" || v == old {
		t.Fatalf("the new version is %q, the old one was %q", v, old)
	}
	return v
}

func wantText(t *testing.T, ctx context.Context, s table.CheckpointStore, key, text string, v table.CheckpointVersion) {
	t.Helper()
	got, have, err := s.Load(ctx, key)
	must(t, err)
	if got != text || have != v {
		t.Fatalf("loaded %q as %q, want %q as %q", got, have, text, v)
	}
}

func checkLoad(t *testing.T, ctx context.Context, open Open) {
	s := open()
	_, _, err := s.Load(ctx, "k")
	wantErr(t, err, table.ErrNoCheckpoint)
	v := swap(t, ctx, s, "k", "", "one")
	wantText(t, ctx, s, "k", "one", v)
	again := swap(t, ctx, s, "k", v, "one")
	wantText(t, ctx, s, "k", "one", again)
}

func checkCreate(t *testing.T, ctx context.Context, open Open) {
	s := open()
	v := swap(t, ctx, s, "k", "", "one")
	_, err := s.CompareAndSwap(ctx, "k", "", "two")
	wantErr(t, err, table.ErrCheckpointConflict)
	wantText(t, ctx, s, "k", "one", v)
}

func checkSwap(t *testing.T, ctx context.Context, open Open) {
	s := open()
	_, err := s.CompareAndSwap(ctx, "k", "never", "one")
	wantErr(t, err, table.ErrCheckpointConflict)
	old := swap(t, ctx, s, "k", "", "one")
	v := swap(t, ctx, s, "k", old, "two")
	_, err = s.CompareAndSwap(ctx, "k", old, "three")
	wantErr(t, err, table.ErrCheckpointConflict)
	wantText(t, ctx, s, "k", "two", v)
}

func checkCounter(t *testing.T, ctx context.Context, open Open) {
	const workers, rounds = 10, 10
	swap(t, ctx, open(), "k", "", "0")
	var all sync.WaitGroup
	for range workers {
		all.Go(func() {
			s := open()
			for done := 0; done < rounds; {
				text, v, err := s.Load(ctx, "k")
				if err != nil {
					t.Error(err)
					return
				}
				n, _ := strconv.Atoi(text)
				switch _, err := s.CompareAndSwap(ctx, "k", v, strconv.Itoa(n+1)); {
				case err == nil:
					done++
				case !errors.Is(err, table.ErrCheckpointConflict):
					t.Error(err)
					return
				}
			}
		})
	}
	all.Wait()
	if text, _, err := open().Load(ctx, "k"); err != nil || text != strconv.Itoa(workers*rounds) {
		t.Fatalf("the counter is %q (%v), want %d", text, err, workers*rounds)
	}
}

func checkDelete(t *testing.T, ctx context.Context, open Open) {
	s := open()
	must(t, s.Delete(ctx, "k", ""))
	old := swap(t, ctx, s, "k", "", "one")
	v := swap(t, ctx, s, "k", old, "two")
	wantErr(t, s.Delete(ctx, "k", old), table.ErrCheckpointConflict)
	wantText(t, ctx, s, "k", "two", v)
	must(t, s.Delete(ctx, "k", v))
	must(t, s.Delete(ctx, "k", v))
	_, _, err := s.Load(ctx, "k")
	wantErr(t, err, table.ErrNoCheckpoint)
	_, err = s.CompareAndSwap(ctx, "k", v, "three")
	wantErr(t, err, table.ErrCheckpointConflict)
	if again := swap(t, ctx, s, "k", "", "one"); again == old || again == v {
		t.Fatalf("version %q was in use before", again)
	}
}

func checkKeys(t *testing.T, ctx context.Context, open Open) {
	s := open()
	keys := []string{"a", "A", "a/b", "../a", "a%", "a'b", "a\\b", "ä", "a b", strings.Repeat("x", 255), strings.Repeat("x", 254)}
	for _, key := range keys {
		swap(t, ctx, s, key, "", "of "+key)
	}
	for _, key := range keys {
		if text, _, err := s.Load(ctx, key); err != nil || text != "of "+key {
			t.Errorf("under %q stands %q (%v)", key, text, err)
		}
	}
	for _, key := range []string{"", strings.Repeat("x", 256), "a\x00b", "a\xff"} {
		if _, err := s.CompareAndSwap(ctx, key, "", "x"); err == nil {
			t.Errorf("the key %.10q of %d bytes was taken", key, len(key))
		}
	}
}

func checkTexts(t *testing.T, ctx context.Context, open Open) {
	s := open()
	for i, text := range []string{"", "x", strings.Repeat("long ", 13_000), "ü\n\t\"'\\"} {
		key := fmt.Sprint("k", i)
		wantText(t, ctx, s, key, text, swap(t, ctx, s, key, "", text))
	}
}

func checkCancelled(t *testing.T, ctx context.Context, open Open) {
	s := open()
	v := swap(t, ctx, s, "k", "", "one")
	ended, cancel := context.WithCancel(ctx)
	cancel()
	_, err := s.CompareAndSwap(ended, "k", v, "two")
	wantErr(t, err, context.Canceled)
	_, _, err = s.Load(ended, "k")
	wantErr(t, err, context.Canceled)
	wantText(t, ctx, s, "k", "one", v)
}

func checkHandles(t *testing.T, ctx context.Context, open Open) {
	a, b := open(), open()
	v := swap(t, ctx, a, "k", "", "one")
	wantText(t, ctx, b, "k", "one", v)
	w := swap(t, ctx, b, "k", v, "two")
	wantText(t, ctx, a, "k", "two", w)
}
