package table_test

import (
	"context"
	"fmt"
	"iter"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/seed-a66f7fd3/servicenow/table"
)

// ledger is a host's copy as a census wants it.
type ledger map[string]ledgerRow

type ledgerRow struct {
	created, updated time.Time
	mod              int64
	text             string
}

func (l ledger) keys(_ context.Context, from, to time.Time) iter.Seq2[table.CensusKey, error] {
	return func(yield func(table.CensusKey, error) bool) {
		for id, r := range l {
			if r.created.Before(from) || !to.IsZero() && !r.created.Before(to) {
				continue
			}
			if !yield(table.CensusKey{SysID: id, UpdatedOn: r.updated, ModCount: r.mod}, nil) {
				return
			}
		}
	}
}

func (l ledger) count(ctx context.Context, from, to time.Time) (int, error) {
	n := 0
	for range l.keys(ctx, from, to) {
		n++
	}
	return n, nil
}

func (l ledger) put(id string, row table.Incident) {
	l[id] = ledgerRow{created: row.CreatedOn.Std(), updated: row.UpdatedOn.Std(), mod: row.ModCount.Int64(),
		text: row.ShortDescription.String()}
}

// compare runs a census and repairs the copy by it.
func (l ledger) compare(t *testing.T, w *world, o table.CensusOptions) []string {
	t.Helper()
	o.Keys = l.keys
	var found []string
	for f, err := range table.Incidents(w.svc).Census(t.Context(), o) {
		if err != nil {
			t.Fatal(err)
		}
		found = append(found, string(f.Kind))
		if f.Kind == table.FoundExtra {
			delete(l, f.SysID)
		} else {
			l.put(f.SysID, f.Row)
		}
	}
	slices.Sort(found)
	return found
}

// TestP10Census is P10 of the guide: a census of an untouched pair finds nothing; after random damage to either side it
// finds it, and what it says makes the copy whole.
func TestP10Census(t *testing.T) {
	w := newWorld(t)
	for i := range 40 {
		w.insert("incident", fmt.Sprint("row ", i))
		w.clock.Advance(70 * time.Hour) // about four months in all
	}
	copied := ledger{}
	if found := copied.compare(t, w, table.CensusOptions{PageSize: 7}); len(found) != 40 || found[0] != "missing" {
		t.Fatalf("an empty copy misses 40 records, found were %v", found)
	}
	var months []table.CensusMonth
	o := table.CensusOptions{PageSize: 7, Count: copied.count, Compared: func(m table.CensusMonth) { months = append(months, m) }}
	if found := copied.compare(t, w, o); len(found) != 0 {
		t.Fatalf("nothing was touched, found were %v", found)
	}
	if len(months) < 4 || months[0].Skipped || !months[len(months)-1].Skipped {
		t.Errorf("the months were %+v: the newest are always compared, and old ones not when the counts agree", months)
	}
	rng := rand.New(rand.NewPCG(1, 2))
	for round := range 10 {
		want := damage(t, w, copied, rng)
		found := copied.compare(t, w, table.CensusOptions{PageSize: 1 + round, Full: true})
		if !slices.Equal(found, want) {
			t.Fatalf("round %d: found %v, want %v", round, found, want)
		}
		have := map[string]string{}
		for id, r := range copied {
			have[id] = fmt.Sprint(r.mod, " ", r.text)
		}
		truth := map[string]string{}
		for _, row := range w.server.Rows("incident", "") {
			truth[row["sys_id"]] = row["sys_mod_count"] + " " + row["short_description"]
		}
		if diff := differences(truth, have); diff != "" {
			t.Fatal(diff)
		}
	}
}

// damage changes either side, each record at most once, and tells what a census is to find.
func damage(t *testing.T, w *world, l ledger, rng *rand.Rand) []string {
	t.Helper()
	var want []string
	for _, id := range slices.Sorted(func(yield func(string) bool) {
		for id := range l {
			if !yield(id) {
				return
			}
		}
	}) {
		switch rng.IntN(8) {
		case 0:
			delete(l, id)
			want = append(want, "missing")
		case 1:
			w.update("incident", id, fmt.Sprint("changed ", rng.IntN(1000)))
			want = append(want, "stale")
		case 2:
			w.remove("incident", id)
			want = append(want, "extra")
		}
	}
	w.insert("incident", "new")
	l["0123456789abcdef0123456789abcdef"] = ledgerRow{created: worldBegin, updated: worldBegin}
	want = append(want, "missing", "extra")
	slices.Sort(want)
	return want
}
