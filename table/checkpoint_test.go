package table_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/seed-a66f7fd3/servicenow/table"
)

// checkpointOf is a real checkpoint, behind the first row of a feed.
func checkpointOf(t *testing.T, w *world, o table.FeedOptions) table.Checkpoint {
	t.Helper()
	for ch, err := range table.Incidents(w.svc).Feed(o).WithoutPauses().Changes(t.Context(), table.Checkpoint{}) {
		if err != nil {
			t.Fatal(err)
		}
		return ch.Next
	}
	t.Fatal("no change came")
	return table.Checkpoint{}
}

func TestCheckpointText(t *testing.T) {
	w := newWorld(t)
	w.insert("incident", "row")
	c := checkpointOf(t, w, table.FeedOptions{})
	b, err := json.Marshal(map[string]table.Checkpoint{"c": c})
	if err != nil {
		t.Fatal(err)
	}
	var back map[string]table.Checkpoint
	if err := json.Unmarshal(b, &back); err != nil || back["c"].String() != c.String() {
		t.Fatalf("%v: %s became %s", err, c, back["c"])
	}
	if zero, err := table.ParseCheckpoint(""); err != nil || !zero.IsZero() || zero.String() != "" {
		t.Errorf("the empty text is the beginning, got %v, %v", zero, err)
	}
	if len(c.String()) > 1000 {
		t.Errorf("a checkpoint of one row has %d characters", len(c.String()))
	}
	for text, want := range map[string]error{
		"nonsense":                     table.ErrCheckpointInvalid,
		"snfeed1.":                     table.ErrCheckpointInvalid,
		"snfeed1.!!!!":                 table.ErrCheckpointInvalid,
		"snfeed2" + c.String()[7:]:     table.ErrCheckpointVersion,
		c.String()[:len(c.String())-3]: table.ErrCheckpointInvalid,
		strings.Replace(c.String(), "e", "f", 20)[:60]: table.ErrCheckpointInvalid,
	} {
		if _, err := table.ParseCheckpoint(text); !errors.Is(err, want) {
			t.Errorf("%.30s: got %v, want %v", text, err, want)
		}
	}
}

func TestCheckpointOfAnotherFeedIsRefused(t *testing.T) {
	w := newWorld(t)
	w.insert("incident", "row")
	mine := table.FeedOptions{Identity: "me"}
	at := checkpointOf(t, w, mine)
	for what, o := range map[string]table.FeedOptions{
		"time":       {Identity: "me", By: table.ByCreated},
		"filter":     {Identity: "me", Query: table.Where("active", table.Is, "true")},
		"field list": {Identity: "me", Fields: []string{"number"}},
		"identity":   {Identity: "somebody"},
	} {
		for _, err := range table.Incidents(w.svc).Feed(o).Changes(t.Context(), at) {
			var mismatch *table.CheckpointError
			if !errors.Is(err, table.ErrCheckpointMismatch) || !errors.As(err, &mismatch) || mismatch.What != what {
				t.Errorf("%s: got %v", what, err)
			}
		}
	}
	for _, err := range table.Problems(w.svc).Feed(mine).Changes(t.Context(), at) {
		if !errors.Is(err, table.ErrCheckpointMismatch) {
			t.Errorf("table: got %v", err)
		}
	}
}

func TestFeedQueriesThatCannotWork(t *testing.T) {
	w := newWorld(t)
	for name, o := range map[string]table.FeedOptions{
		"alternatives": {Query: table.Where("active", table.Is, "true").NewQuery("active", table.Is, "false")},
		"order":        {Query: table.Query{}.OrderBy("number")},
		"ranged":       {Ranged: true},
		"negative":     {PageSize: -1},
		"time":         {By: "never"},
	} {
		for _, err := range table.Incidents(w.svc).Feed(o).Changes(t.Context(), table.Checkpoint{}) {
			if err == nil {
				t.Errorf("%s: no error", name)
			}
		}
	}
	if n := w.requests.Load(); n != 0 {
		t.Errorf("%d requests were made", n)
	}
}

func FuzzParseCheckpoint(f *testing.F) {
	f.Add("snfeed1.e30AAAAA")
	f.Add("snfeed1.")
	f.Add("snfeed9.e30")
	f.Fuzz(func(t *testing.T, text string) {
		c, err := table.ParseCheckpoint(text)
		if err != nil {
			return
		}
		again, err := table.ParseCheckpoint(c.String())
		if err != nil || again.String() != c.String() {
			t.Errorf("%q became %q and then %q (%v)", text, c, again, err)
		}
	})
}
