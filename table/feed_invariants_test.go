package table_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/seed-a66f7fd3/servicenow/table"
)

// The invariants of a pull, P1 to P10, each have a test by their number. P2, P5, P6, P8 and P9 are in
// feed_hostile_test.go, P4 in feed_kill_test.go, P10 in census_test.go; the property test holds most of them at once.

// TestP1QuietCopyIsTheReadableTable: after a quiet time, the copy is what the user may read: ids, versions and contents.
func TestP1QuietCopyIsTheReadableTable(t *testing.T) {
	p := newPlay(t)
	for seed := range 25 {
		h := histories.Example(seed + 5000)
		h.Faulty = false
		if err := p.run(h, ""); err != nil {
			t.Fatalf("history %d: %v", seed, err)
		}
	}
}

// TestP3EachVersionOnce: what was the newest version when a poll began is delivered, in order, and once while a feed is
// followed; that the overlap brings it again and again is not seen.
func TestP3EachVersionOnce(t *testing.T) {
	w := newWorld(t)
	ids := []string{w.insert("incident", "0"), w.insert("incident", "0")}
	var want, got []string
	for _, id := range ids {
		want = append(want, id+" 0")
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	polls := 0
	feed := table.Incidents(w.svc).Feed(table.FeedOptions{PageSize: 1}).WithPause(func(context.Context) error {
		if polls++; polls > 40 {
			cancel()
			return ctx.Err()
		}
		if polls%3 != 0 { // every third poll finds nothing new
			id := ids[polls%2]
			w.update("incident", id, fmt.Sprint(polls))
			want = append(want, fmt.Sprint(id, " ", polls))
		}
		w.clock.Advance(time.Duration(polls%2) * 20 * time.Second) // some updates share a second
		return nil
	})
	for ch, err := range feed.Follow(ctx, table.Checkpoint{}) {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, ch.SysID+" "+ch.Row.ShortDescription.String())
	}
	slices.Sort(want[:2]) // the backfill's order is its own
	slices.Sort(got[:2])
	if !slices.Equal(got, want) {
		t.Errorf("delivered were\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// TestP7InterleavingDoesNotChangeTheOutcome: the same history ends in the same copy, with whatever pages, number of
// workers and crashes it was read.
func TestP7InterleavingDoesNotChangeTheOutcome(t *testing.T) {
	for seed := range 6 {
		h := histories.Example(seed + 9000)
		h.Busy, h.Faulty, h.Zone = false, false, false
		var first string
		for _, way := range []struct{ page, parallel, crash int }{{40, 1, 0}, {1, 1, 2}, {2, 3, 5}, {5, 4, 0}, {3, 2, 1}} {
			p := newPlay(t)
			h.PageSize, h.Parallel = way.page, way.parallel
			steps := slices.Clone(h.Steps)
			for i := range steps {
				if steps[i].Do == "crash" {
					steps[i].N = way.crash
				}
			}
			again := h
			again.Steps = steps
			c, err := p.play(again, "")
			if err != nil {
				t.Fatalf("history %d, %+v: %v", seed, way, err)
			}
			var texts []string
			for _, row := range c.copy {
				texts = append(texts, row)
			}
			slices.Sort(texts)
			if outcome := strings.Join(texts, "\n"); first == "" {
				first = outcome
			} else if outcome != first {
				t.Errorf("history %d, %+v: the copy is\n%s\nwant\n%s", seed, way, outcome, first)
			}
		}
	}
}

// TestDeepOverlap: what was committed hours after its time is brought by the long overlap, which is read once a day,
// and by no pass of the same day. Each pass here is a run of its own, as of a process that was started again: those may
// bring again what they read again.
func TestDeepOverlap(t *testing.T) {
	p := newPlay(t)
	p.reset(history{})
	late := func(text string, by time.Duration) {
		at := p.clock.Now().Add(-by).Format("2006-01-02 15:04:05")
		p.send("POST", "incident", "", map[string]string{"short_description": text, "sys_created_on": at, "sys_updated_on": at})
	}
	wait := func(d time.Duration) {
		p.clock.Advance(d)
		p.pass(newCopy(), table.FeedOptions{Limit: 1, WithoutDeletes: true}) // sees that the clock was moved
	}
	p.insert("incident", "first")
	c := newCopy()
	o := table.FeedOptions{DeepOverlap: 30 * time.Hour}
	pass := func(when string, want ...string) {
		t.Helper()
		if p.pass(c, o); !slices.Equal(c.changes, want) {
			t.Fatalf("%s: got %q, want %q", when, c.changes, want)
		}
	}
	pass("the backfill", "created first")
	wait(20 * time.Hour)
	pass("the first day")
	late("late", 2*time.Hour)
	pass("the short overlap")
	wait(5 * time.Hour) // a day since the beginning
	pass("the long overlap", "created first", "created late")
	wait(time.Hour)
	late("late again", 2*time.Hour)
	pass("the same day")
	wait(10 * time.Hour)
	pass("still the same day")
	c.checkpoint, _ = table.ParseCheckpoint(c.checkpoint.String()) // another process goes on
	wait(14 * time.Hour)
	pass("the next day", "created late", "created late again")
}
