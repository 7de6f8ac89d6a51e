package table

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"math/rand/v2"
	"net"
	"time"

	"github.com/seed-a66f7fd3/servicenow/internal/rest"
)

const (
	defaultPageSize = 1000
	floorOfPage     = 20     // below it, a page that is too slow says that the query is
	widestWindow    = 10_000 // when stepping over rows that are hidden
)

// NoticeKinds of a list, besides those of a feed.
const (
	// NoticeOffset: pages are counted through, so that rows can be missed or come twice while others write.
	NoticeOffset NoticeKind = "offset"
	// NoticeSmallerPages: the instance did not finish a page; the list goes on behind the last row with smaller ones.
	NoticeSmallerPages NoticeKind = "smaller_pages"
	// NoticeNotVerified: the rows could not be counted.
	NoticeNotVerified NoticeKind = "not_verified"
)

// CountError tells that a verified list delivered fewer rows than the instance counts: rows are hidden from the user,
// or were written or deleted meanwhile.
type CountError struct {
	Table              string
	Counted, Delivered int
}

func (e *CountError) Error() string {
	return fmt.Sprintf("servicenow: %d rows of %s match, and the list delivered %d", e.Counted, e.Table, e.Delivered)
}

// List yields every row that matches and that the user may see, in a stable order, while others write. It does nothing
// until ranged over; ranging again starts again; an error is the last that comes. Breaking off leaves nothing behind.
//
// Rows are yielded as their bytes arrive; no page is held in memory. A page that fails on its way is asked for again
// behind the last row delivered, with half the size.
//
// One request for each [ListOptions.PageSize] rows, and one more to make sure of the end, two where the last page was
// full, none where Limit is reached: the instance cuts pages before its access rules look at the rows, so that a page
// with fewer rows than asked for, or with none, is not the end. Where rows are hidden,
// the list steps over them and gives notice.
//
// https://www.servicenow.com/docs/r/api-reference/rest-apis/c_TableAPI.html
func (t Table[T]) List(ctx context.Context, o ListOptions) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		t.list(ctx, o, func(row any, err error) bool { return yield(unboxed[T](row), err) })
	}
}

// list is one range over a list; yield gets pointers to rows.
func (t base) list(ctx context.Context, o ListOptions, yield func(row any, err error) bool) {
	w := listing{t: t, o: o, yield: yield}
	if err := w.run(ctx); err != nil && !errors.Is(err, errStopped) {
		yield(nil, err)
	}
}

// listing is one range over a list.
type listing struct {
	t     base
	o     ListOptions
	yield func(any, error) bool

	full, size int  // rows a page: wanted, and what the instance bears at present
	wide       bool // rows are hidden: a small Limit must not make small windows
	failures   int  // in a row, without a row delivered between them
	delivered  int
	hidden     int
}

func (w *listing) run(ctx context.Context) error {
	const op = "table.List"
	if err := errors.Join(w.t.err, w.o.reads().check(), w.o.Query.readable()); err != nil {
		return w.t.invalid(op, err)
	}
	if w.o.PageSize < 0 || w.o.Limit < 0 {
		return w.t.invalid(op, errors.New("PageSize and Limit are not negative"))
	}
	queries, err := split(w.o.Query, w.t.room(w.o.reads()))
	if err != nil {
		return w.t.invalid(op, err)
	}
	if w.full = w.o.PageSize; w.full == 0 {
		w.full = defaultPageSize
	}
	w.size = w.full
	for _, q := range queries {
		if err := w.one(ctx, q); err != nil {
			return err
		}
	}
	if w.hidden > 0 {
		w.notice(Notice{Kind: NoticeHidden, Count: w.hidden, Text: "rows match that the user may not read"})
	}
	if w.o.Verify {
		return w.verify(ctx)
	}
	return nil
}

// one walks one query: by key, or, where that cannot be, by counting.
func (w *listing) one(ctx context.Context, q Query) error {
	if len(q.order) > 1 || len(q.order) == 1 && q.order[0] != "ORDERBY"+sysID {
		w.notice(Notice{Kind: NoticeOffset, Text: "the query has an order of its own"})
		return w.byOffset(ctx, q.OrderBy(sysID))
	}
	q.order = nil
	before := w.delivered
	err := w.byKey(ctx, q)
	if !refusesRange(err) || w.delivered > before {
		return err
	}
	// A query access rule may refuse ranges and sorting and still allow the rest.
	fallback := w.byOffset(ctx, q)
	if fallback == nil || w.delivered > before {
		w.notice(Notice{Kind: NoticeOrderRefused, Err: err,
			Text: "a query access rule refuses ranges or sorting by sys_id: pages were counted through"})
		return fallback
	}
	return errors.Join(err, fallback)
}

// refusesRange reports a 403 that may be about the query and not about the table.
// https://www.servicenow.com/docs/r/platform-security/access-control/query-acl-rule.html
func refusesRange(err error) bool { return errors.Is(err, rest.ErrForbidden) }

func (w *listing) request(q Query, offset int, count bool) pageRequest {
	rq := pageRequest{op: "table.List", query: q, limit: w.size, offset: offset, count: count, read: w.o.reads(),
		category: w.o.Category, background: w.o.Background}
	if left := w.o.Limit - w.delivered; w.o.Limit > 0 && left < rq.limit && !w.wide {
		rq.limit = left
	}
	return rq
}

// deliver yields one row and reports errStopped when there shall be no more.
func (w *listing) deliver(row any) error {
	w.delivered++
	w.failures = 0
	if !w.yield(row, nil) || w.delivered == w.o.Limit {
		return errStopped
	}
	return nil
}

// again decides whether to go on after a page that failed, and makes the next one smaller.
func (w *listing) again(ctx context.Context, err error) bool {
	timeout, _ := errors.AsType[net.Error](err)
	slow := errors.Is(err, rest.ErrTransactionCancelled) || timeout != nil && timeout.Timeout()
	floor := min(floorOfPage, w.full)
	if ctx.Err() != nil || !slow || w.failures > 1 && w.size == floor {
		return false
	}
	w.failures++
	w.size = max(w.size/2, floor)
	w.notice(Notice{Kind: NoticeSmallerPages, Count: w.size, Err: err, Text: "the instance did not finish a page"})
	pause := time.NewTimer(time.Duration(rand.Int64N(int64(50*time.Millisecond) << min(w.failures, 5))))
	defer pause.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-pause.C:
		return true
	}
}

// grow makes pages larger again once the instance has finished one.
func (w *listing) grow() { w.size = min(w.full, w.size+(w.size+1)/2) }

func (w *listing) notice(n Notice) {
	if w.o.Notice != nil {
		n.Table = w.t.name
		w.o.Notice(n)
	}
}

func (w *listing) verify(ctx context.Context) error {
	counted, err := w.t.Count(ctx, w.o.Query)
	switch {
	case errors.Is(err, rest.ErrForbidden):
		w.notice(Notice{Kind: NoticeNotVerified, Err: err, Text: "the rows could not be counted"})
		return nil
	case err != nil:
		return err
	case w.delivered < counted:
		return &CountError{Table: w.t.name, Counted: counted, Delivered: w.delivered}
	}
	return nil
}
