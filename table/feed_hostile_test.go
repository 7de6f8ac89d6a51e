package table_test

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/seed-a66f7fd3/servicenow/internal/rest"
	"github.com/seed-a66f7fd3/servicenow/servicenowtest"
	"github.com/seed-a66f7fd3/servicenow/table"
)

// rewriteQuery changes the encoded query of each request for the table, as an instance does that drops clauses.
func rewriteQuery(change func(clause string) bool) func(*http.Request) (*http.Response, func(*http.Response)) {
	return func(req *http.Request) (*http.Response, func(*http.Response)) {
		q := req.URL.Query()
		clauses := strings.Split(q.Get("sysparm_query"), "^")
		q.Set("sysparm_query", strings.Join(slices.DeleteFunc(clauses, change), "^"))
		req.URL.RawQuery = q.Encode()
		return nil, nil
	}
}

func (w *world) passError(c *copyOf, o table.FeedOptions) error {
	for ch, err := range table.Incidents(w.svc).Feed(o).WithoutPauses().Changes(w.tb.Context(), c.checkpoint) {
		if err != nil {
			return err
		}
		c.take(ch)
	}
	return nil
}

// TestP6DroppedClauseIsAnError: rows that were not asked for are an error of their own, and move nothing.
func TestP6DroppedClauseIsAnError(t *testing.T) {
	for name, tt := range map[string]struct {
		drop string
		want error
	}{
		"condition": {"sys_updated_on>", table.ErrQueryIgnored},
		"tie":       {"ORsys_id>", nil}, // asks for (F>=T and F>T): stricter, and seen by the census only
		"order":     {"ORDERBYsys_updated_on", table.ErrOrderIgnored},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			var ids []string
			for i := range 8 {
				ids = append(ids, w.insert("incident", fmt.Sprint("row ", i)))
				w.clock.Advance(time.Minute)
			}
			c := newCopy()
			w.clock.Advance(time.Hour)
			w.pass(c, table.FeedOptions{})
			for i := range 4 {
				w.update("incident", ids[(i*3)%8], "changed")
				w.clock.Advance(time.Second)
			}
			w.clock.Advance(time.Hour)
			w.pass(newCopy(), table.FeedOptions{}) // the clock was moved
			w.before = rewriteQuery(func(clause string) bool { return strings.HasPrefix(clause, tt.drop) })
			at := c.checkpoint
			if err := w.passError(c, table.FeedOptions{PageSize: 8}); !errors.Is(err, tt.want) {
				t.Fatalf("got %v, want %v", err, tt.want)
			}
			if tt.want != nil && c.checkpoint.String() != at.String() {
				t.Error("the checkpoint moved")
			}
		})
	}
}

// TestFeedWhereRangesAreRefused: a query access rule that refuses ranges and sorting by time, or by anything.
func TestFeedWhereRangesAreRefused(t *testing.T) {
	for name, refuses := range map[string]func(column string) bool{
		"by time":     func(column string) bool { return strings.HasPrefix(column, "sys_") && column != "sys_id" },
		"by anything": func(string) bool { return true },
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			var ids []string
			for i := range 12 {
				ids = append(ids, w.insert("incident", fmt.Sprint("row ", i)))
			}
			w.server.Switch(func(s *servicenowtest.Switches) {
				s.RangeRefused = func(name, column string) bool { return name != "sys_audit_delete" && refuses(column) }
			})
			var told []table.NoticeKind
			o := table.FeedOptions{PageSize: 5, Notice: func(n table.Notice) { told = append(told, n.Kind) }}
			c := newCopy()
			w.pass(c, o)
			w.same(c)
			if !slices.Contains(told, table.NoticeRangeRefused) {
				t.Errorf("nobody was told: %v", told)
			}
			w.clock.Advance(time.Hour)
			w.update("incident", ids[5], "changed")
			w.remove("incident", ids[6])
			w.pass(c, o)
			w.same(c)
			if len(c.changes) != 2 {
				t.Errorf("got %q, want the change and the deletion", c.changes)
			}
		})
	}
}

// TestP2HiddenRowsDoNotStopTheFeed, and P5: a window ends after a bounded number of requests.
func TestP2P5HiddenRowsDoNotStopTheFeed(t *testing.T) {
	for _, visibleOnly := range []bool{false, true} {
		t.Run(fmt.Sprint("count of visible rows only ", visibleOnly), func(t *testing.T) {
			w := newWorld(t)
			w.server.AddACL(servicenowtest.ACL{Table: "incident", Operation: servicenowtest.Read,
				Condition: func(_ string, row map[string]string) bool { return row["short_description"] != "hidden" }})
			w.server.Switch(func(s *servicenowtest.Switches) { s.CountHonoursACL = visibleOnly })
			const page, visible, hidden = 5, 20, 60
			for i := range visible + hidden {
				w.insert("incident", map[bool]string{true: "hidden", false: fmt.Sprint("row ", i)}[i >= 3 && i < 3+hidden])
				w.clock.Advance(time.Second)
			}
			w.clock.Advance(time.Hour)
			w.pass(newCopy(), table.FeedOptions{Limit: 1}) // finds out about zone and clock
			c, before := newCopy(), w.requests.Load()
			w.pass(c, table.FeedOptions{PageSize: page, Parallel: 1, WithoutDeletes: true})
			if len(c.rows) != visible {
				t.Errorf("%d rows came, want %d", len(c.rows), visible)
			}
			// The backfill, the rows without a time, the bound of the newest, and the window of changes.
			if n, most := w.requests.Load()-before, int64(visible/page+hidden/page+2+1+1+2+2); n > most {
				t.Errorf("%d requests, want at most %d", n, most)
			}
		})
	}
}

// TestP8AllInOneSecond: ties that fill many pages.
func TestP8AllInOneSecond(t *testing.T) {
	w := newWorld(t)
	for i := range 60 {
		w.insert("incident", fmt.Sprint("row ", i))
	}
	c := newCopy()
	w.pass(c, table.FeedOptions{PageSize: 1})
	w.same(c)
	for _, row := range w.server.Rows("incident", "") {
		w.update("incident", row["sys_id"], "changed in one second")
	}
	w.pass(c, table.FeedOptions{PageSize: 1})
	w.same(c)
}

// TestP9DeletedAndRestored: a deleted row does not come back, a restored one does.
func TestP9DeletedAndRestored(t *testing.T) {
	p := newPlay(t)
	p.reset(history{})
	p.write(step{"insert", 0})
	id := p.alive[0]
	p.clock.Advance(time.Minute)
	c := newCopy()
	p.pass(c, table.FeedOptions{})
	p.write(step{"delete", 0})
	p.pass(c, table.FeedOptions{})
	if _, there := c.rows[id]; there {
		t.Fatal("the deleted row is still there")
	}
	p.pass(c, table.FeedOptions{})
	if len(c.changes) != 0 {
		t.Fatalf("the deletion came again: %v", c.changes)
	}
	p.clock.Advance(time.Minute)
	p.write(step{"restore", 0})
	p.pass(c, table.FeedOptions{})
	p.same(c)
	if _, there := c.rows[id]; !there {
		t.Fatal("the restored row did not come back")
	}
}

// TestFeedAnswersThatPass: trouble that time cures is waited out, and trouble that it does not is told at once.
func TestFeedAnswersThatPass(t *testing.T) {
	for name, tt := range map[string]struct {
		status int
		kind   string
		body   string
		times  int
		want   error
	}{
		"storm of 429":  {429, "application/json", `{"error":{"message":"Rejected"},"status":"failure"}`, 40, nil},
		"restart":       {503, "text/html", "<html>back soon</html>", 40, nil},
		"session queue": {202, "application/json", "", 5, nil},
		"login page":    {200, "text/html", "<html>log in</html>", 1000, rest.ErrNotJSON},
		"hibernating": {200, "text/html;charset=UTF-8", "<html><title>Instance Hibernating page</title></html>", 1000,
			rest.ErrHibernating},
		"no grant": {401, "application/json", `{"error":{"message":"User Not Authenticated"}}`, 1000, rest.ErrUnauthorized},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			for i := range 5 {
				w.insert("incident", fmt.Sprint("row ", i))
			}
			left := tt.times
			w.before = func(*http.Request) (*http.Response, func(*http.Response)) {
				if left == 0 {
					return nil, nil
				}
				left--
				return answerOf(tt.status, tt.kind, tt.body), nil
			}
			c := newCopy()
			err := w.passError(c, table.FeedOptions{})
			if !errors.Is(err, tt.want) {
				t.Fatalf("got %v, want %v", err, tt.want)
			}
			if tt.want == nil {
				w.same(c)
			}
		})
	}
}

// TestFeedOfAppendOnlyTable: sys_journal_field has no update time that changes, and is followed by creation.
func TestFeedOfAppendOnlyTable(t *testing.T) {
	w := newWorld(t)
	id := w.insert("incident", "with comments")
	comment := func(text string) {
		if err := w.server.As("admin").Comment("incident", id, text); err != nil {
			t.Fatal(err)
		}
	}
	comment("one")
	comment("two")
	feed := table.JournalEntries(w.svc).Feed(table.FeedOptions{By: table.ByCreated}).WithoutPauses()
	var at table.Checkpoint
	read := func() (texts []string) {
		for ch, err := range feed.Changes(t.Context(), at) {
			if err != nil {
				t.Fatal(err)
			}
			texts, at = append(texts, ch.Row.Value.String()), ch.Next
		}
		slices.Sort(texts)
		return texts
	}
	if got := read(); !slices.Equal(got, []string{"one", "two"}) {
		t.Fatalf("got %q", got)
	}
	comment("three")
	if got := read(); !slices.Equal(got, []string{"three"}) {
		t.Fatalf("got %q", got)
	}
}

func TestJoinJournal(t *testing.T) {
	w := newWorld(t)
	var ids []string
	for i := range 60 {
		ids = append(ids, w.insert("incident", fmt.Sprint("row ", i)))
		if i%2 == 0 {
			if err := w.server.As("admin").Comment("incident", ids[i], fmt.Sprint("comment ", i)); err != nil {
				t.Fatal(err)
			}
		}
	}
	feed := table.Incidents(w.svc).Feed(table.FeedOptions{}).WithoutPauses()
	n := 0
	for c, err := range table.JoinJournal(t.Context(), w.svc, feed.Changes(t.Context(), table.Checkpoint{})) {
		if err != nil {
			t.Fatal(err)
		}
		n++
		i := slices.Index(ids, c.SysID)
		switch {
		case i%2 == 1 && len(c.Entries) != 0:
			t.Errorf("row %d has entries of another", i)
		case i%2 == 0 && (len(c.Entries) != 1 || c.Entries[0].Value.String() != fmt.Sprint("comment ", i)):
			t.Errorf("row %d came with %d entries", i, len(c.Entries))
		}
	}
	if n != 60 {
		t.Errorf("%d changes came, want 60", n)
	}
}

func TestFeedTracking(t *testing.T) {
	w := newWorld(t)
	admin := w.connect(servicenowtest.AdminUser, servicenowtest.AdminPassword)
	got, err := table.Tasks(admin).Feed(table.FeedOptions{}).Tracking(t.Context())
	if err != nil || !got.Readable {
		t.Fatalf("got %+v, %v", got, err)
	}
	i := slices.IndexFunc(got.Tables, func(x table.TableTracking) bool { return x.Table == "incident" })
	if i < 0 || got.Tables[i].Tracks != table.TracksDeletes {
		t.Errorf("incident is not among %+v", got.Tables)
	}
	system, err := table.Attachments(admin).Feed(table.FeedOptions{}).Tracking(t.Context())
	if err != nil || system.Tables[0].Tracks == table.TracksDeletes {
		t.Errorf("sys_attachment: %+v, %v", system, err)
	}
}

func TestFeedFetch(t *testing.T) {
	w := newWorld(t)
	one, two := w.insert("incident", "one"), w.insert("incident", "two")
	w.remove("incident", two)
	feed := table.Incidents(w.svc).Feed(table.FeedOptions{}).WithoutPauses()
	n := 0
	for ch, err := range feed.Fetch(t.Context(), one, two) {
		if err != nil || ch.SysID != one || ch.Row.ShortDescription.String() != "one" {
			t.Fatalf("got %+v, %v", ch, err)
		}
		n++
	}
	if n != 1 {
		t.Errorf("%d records came, want 1", n)
	}
	for _, err := range feed.Fetch(t.Context(), "../x") {
		if !errors.Is(err, rest.ErrInvalid) {
			t.Errorf("got %v, want a refusal", err)
		}
	}
}

func TestFeedDegradesNothingOnAForbiddenTable(t *testing.T) {
	w := newWorld(t)
	w.server.RevokeRoles(servicenowtest.IntegrationUser, "itil", "sn_customerservice_agent")
	if err := w.passError(newCopy(), table.FeedOptions{}); !errors.Is(err, rest.ErrForbidden) {
		t.Errorf("got %v, want ErrForbidden", err)
	}
}
