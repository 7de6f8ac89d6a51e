package table_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/seed-a66f7fd3/servicenow/table"
)

func TestFeedBackfillThenChangesThenDeletions(t *testing.T) {
	w := newWorld(t)
	var ids []string
	for i := range 30 {
		ids = append(ids, w.insert("incident", fmt.Sprint("row ", i)))
		w.clock.Advance(time.Minute)
	}
	c := newCopy()
	w.pass(c, table.FeedOptions{PageSize: 7})
	if len(c.changes) != 30 {
		t.Fatalf("the backfill brought %d changes, want 30: %v", len(c.changes), c.changes)
	}
	w.same(c)

	w.clock.Advance(time.Hour)
	w.pass(c, table.FeedOptions{PageSize: 7})
	if len(c.changes) != 0 {
		t.Fatalf("nothing happened, and these came: %v", c.changes)
	}

	w.update("incident", ids[3], "changed")
	w.remove("incident", ids[4])
	w.insert("incident", "new")
	w.pass(c, table.FeedOptions{PageSize: 7})
	slices.Sort(c.changes)
	if want := []string{"created new", "deleted ", "updated changed"}; !slices.Equal(c.changes, want) {
		t.Fatalf("got %q, want %q", c.changes, want)
	}
	w.same(c)
}

func TestFeedRequestsWhenNothingHappened(t *testing.T) {
	w := newWorld(t)
	for range 5 {
		w.insert("incident", "row")
	}
	c := newCopy()
	w.clock.Advance(time.Hour)
	w.pass(c, table.FeedOptions{})
	w.clock.Advance(time.Hour)
	w.pass(c, table.FeedOptions{}) // sees that the clock was moved
	before := w.requests.Load()
	w.pass(c, table.FeedOptions{})
	if n := w.requests.Load() - before; n > 2 {
		t.Fatalf("a pass in which nothing happened was %d requests, want at most 2", n)
	}
}
