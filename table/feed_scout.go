package table

import (
	"context"
	"errors"
	"runtime"
	"sync"
	"sync/atomic"
	"time"
	"weak"

	"github.com/seed-a66f7fd3/servicenow/internal/rest"
)

// scout reads the first page of a new backfill before the workers begin: it tells whether the table has the times that
// a feed needs, and whether the user may go by them.
func (b *backfill) scout(ctx context.Context) (batch, error) {
	if len(b.lanes) == 0 {
		return batch{}, nil
	}
	first := b.lanes[0]
	if !first.part.After.isZero() || first.walk.order != orderTime {
		return batch{}, nil
	}
	newest := b.lookAhead(ctx, first.walk)
	first.walk.scout = true
	rows, done, err := first.walk.next(ctx)
	first.walk.scout = false
	b.newest = newest()
	if err == nil && done && len(rows) == 0 {
		err = b.run.reallyEmpty(ctx)
	}
	switch {
	case errors.Is(err, errUntimed):
		next := b.run.state.clone()
		next.Keyed = true
		b.run.state = next
		b.run.tell(Notice{Kind: NoticeNoTimes, Text: "the table has no creation time: every pass reads the whole table"})
		return b.byID(ctx)
	case errors.Is(err, rest.ErrForbidden), errors.Is(err, rest.ErrInvalid):
		if !b.run.rangesRefused(ctx, err) {
			return batch{}, err
		}
		return b.byID(ctx)
	case err == nil && len(rows) > 0:
		b.run.seeUpdates(rows)
	}
	return batch{lane: first, rows: rows, done: done}, err
}

// lookAhead asks for the last creation time while the first page is on its way, where several are to read.
func (b *backfill) lookAhead(ctx context.Context, w *walk[any]) func() time.Time {
	if b.run.opts.Parallel == 1 || !w.hi.IsZero() {
		return func() time.Time { return time.Time{} }
	}
	told := make(chan time.Time, 1)
	column, base := w.column, w.base
	go func() {
		at, _ := b.run.newest(ctx, column, base) // who needs it asks again, and hears of the failure
		told <- at
	}()
	return func() time.Time { return <-told }
}

// reallyEmpty looks whether a table that seems empty only lacks the creation time: an instance may be set to answer a
// condition on an unknown column with no rows.
func (r *feedRun) reallyEmpty(ctx context.Context) error {
	ask := pageAsk{query: r.base, fields: r.fields, limit: 1}
	got, _, err := fetchPatiently(ctx, r.env, r.feed.table, ask, accept)
	if err == nil && len(got.rows) > 0 && got.rows[0].created.IsZero() && got.rows[0].updated.IsZero() {
		return errUntimed
	}
	return err
}

// seeUpdates notes a table whose rows have no sys_updated_on.
func (r *feedRun) seeUpdates(rows []feedRow[any]) {
	for _, row := range rows {
		if !row.updated.IsZero() {
			return
		}
	}
	if r.opts.By == ByUpdated {
		next := r.state.clone()
		next.Append = true
		r.state = next
		r.tell(Notice{Kind: NoticeNoTimes, Text: "the table has no update time: it is followed by creation time"})
	}
}

// rangesRefused tells a table that is refused from one whose query access rules refuse ranges and sorting: those fall
// back to reading the whole table by sys_id.
// See https://www.servicenow.com/docs/r/platform-security/access-control/query-acl-rule.html.
func (r *feedRun) rangesRefused(ctx context.Context, why error) bool {
	ask := pageAsk{fields: []string{sysID}, limit: 1}
	if _, err := fetchPage(ctx, r.feed.table, ask); err != nil {
		return false
	}
	r.refused = true
	r.tell(Notice{Kind: NoticeRangeRefused, Err: why,
		Text: "a query access rule refuses ranges or sorting by time: every pass reads the whole table"})
	return true
}

// byID makes the backfill one walk by sys_id.
func (b *backfill) byID(ctx context.Context) (batch, error) {
	next := b.run.state.clone()
	next.Slices = []slice{{}}
	b.run.state = next
	only := &lane{walk: b.run.sliceWalk(slice{})}
	b.lanes = []*lane{only}
	rows, done, err := b.run.firstByID(ctx, only.walk)
	return batch{lane: only, rows: rows, done: done}, err
}

// firstByID reads the first page of a walk by sys_id, which counts through where even that is refused.
func (r *feedRun) firstByID(ctx context.Context, w *walk[any]) ([]feedRow[any], bool, error) {
	rows, done, err := w.next(ctx)
	if errors.Is(err, rest.ErrForbidden) {
		r.tell(Notice{Kind: NoticeOrderRefused, Err: err,
			Text: "the user may neither sort nor ask for ranges: pages are counted through, and rows can be missed"})
		w.order = orderNone
		rows, done, err = w.next(ctx)
	}
	return rows, done, err
}

// learned is what was found out about an instance as one user sees it.
type learned struct {
	zone    atomic.Pointer[zone]
	filters sync.Map // of tables, until when those need no look at their columns
	mu      sync.Mutex
	classes map[string]hierarchy
	// attachmentAPI says that sys_attachment is refused and the Attachment API is not; see openList.
	attachmentAPI atomic.Bool
}

// hierarchy is a table with its children, and when they were asked for.
type hierarchy struct {
	names []string
	asked time.Time
}

// allLearned lives as long as the connections do.
var allLearned sync.Map // weak.Pointer[rest.Conn] -> *learned

func learnedOf(conn *rest.Conn) *learned {
	key := weak.Make(conn)
	if known, ok := allLearned.Load(key); ok {
		return known.(*learned)
	}
	known, loaded := allLearned.LoadOrStore(key, &learned{classes: map[string]hierarchy{}})
	if !loaded {
		runtime.AddCleanup(conn, func(key weak.Pointer[rest.Conn]) { allLearned.Delete(key) }, key)
	}
	return known.(*learned)
}

// isMissing reports a table that the instance does not have.
func isMissing(err error) bool {
	return errors.Is(err, rest.ErrNotFound) || errors.Is(err, rest.ErrInvalid)
}
