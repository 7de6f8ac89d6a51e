package table

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/seed-a66f7fd3/servicenow/internal/rest"
)

// walkOrder is how a walk goes through a table.
type walkOrder uint8

const (
	// orderTime goes by (time, sys_id). Its place is the last row as received, so that rows are neither missed nor
	// read twice while others write, and many rows may share a second.
	orderTime walkOrder = iota
	// orderID goes by sys_id, for tables without times and users who may not sort by them.
	orderID
	// orderNone counts rows through, for users who may not sort at all.
	orderNone
)

// walk reads the rows of one table whose time lies in [lo, hi), page by page.
type walk[R any] struct {
	env    *feedEnv
	table  Table[R]
	base   string   // a filter, encoded
	fields []string // nil: those of R
	column string   // the time it goes by
	order  walkOrder
	lo, hi time.Time // zero is open
	// unstamped walks the rows that have no time instead.
	unstamped bool
	// span bounds the times that one request may ask for; zero does not.
	span  time.Duration
	edge  time.Time // where the span in hand ends
	after position
	// tail asks every page for the count, so that a short walk ends with its first page; otherwise only the first page
	// and those near the end do, because counting millions of rows is what makes a page slow.
	tail   bool
	count  bool
	offset int // steps over rows that access rules hide
	wide   int // how many rows the next step over hidden rows asks for, 0 is a page
	spare  bool
	page   []string // the ids of the page before a step
	most   int      // rows a page, 0 is what the instance bears
	left   int      // rows to come by the last count, -1 when not known
	began  bool
	scout  bool // it is to find out whether the table has the time at all
	// stepped asks for what is behind a row in two steps, of which tie is the first; see strictlyAfter.
	stepped, tie bool
}

// next reads on. It returns rows that passed verification, and whether they are the last; without rows and not done,
// it is to be called again.
func (w *walk[R]) next(ctx context.Context) (rows []feedRow[R], done bool, err error) {
	if w.order == orderTime && !w.stepped && w.env.stepped.Load() {
		w.stepped, w.tie, w.offset = true, !w.after.isZero(), 0
	}
	ask := w.ask()
	got, ask, err := fetchPatiently(ctx, w.env, w.table, ask, w.verify)
	if err != nil {
		if ask.or && w.takeSteps(err) {
			return nil, false, nil
		}
		return nil, false, err
	}
	w.began = true
	w.pace(got.took)
	if len(got.rows) == 0 {
		return w.empty(ask, got.total)
	}
	w.estimate(ask, got)
	if w.env.hooks.makes(mistakeShortPage) && len(got.rows) < ask.limit {
		return got.rows, true, nil
	}
	// Only a count that agrees proves the end. A short page does not: access rules hide rows after the limit was
	// applied.
	done = len(got.rows) < ask.limit && ask.count && got.total >= 0 && ask.offset == 0 && len(got.rows) >= got.total
	w.count = len(got.rows) < ask.limit
	tie := w.tie
	w.move(ask, got.rows)
	switch {
	case done && tie:
		w.tie, done = false, false
	case done:
		done = w.spanDone()
	}
	return got.rows, done, nil
}

func (w *walk[R]) ask() pageAsk {
	limit := w.env.sizer.limit()
	if w.most > 0 {
		limit = min(limit, w.most)
	}
	return pageAsk{
		query: w.query(), fields: w.fields, limit: max(limit, w.wide), offset: w.offset,
		count: w.count || w.tail || w.tie || !w.began || w.left >= 0 && w.left <= limit,
		or:    w.order == orderTime && !w.after.isZero() && !w.stepped,
	}
}

// takeSteps goes on without the ^OR where the instance answered it with other rows, or gave up on it.
func (w *walk[R]) takeSteps(err error) bool {
	if !errors.Is(err, ErrQueryIgnored) && !errors.Is(err, rest.ErrTransactionCancelled) && !errors.Is(err, rest.ErrInvalid) {
		return false
	}
	w.env.stepped.Store(true)
	w.env.tell(Notice{Kind: NoticeStepped, Table: w.table.name, Err: err,
		Text: "the instance does not bear a condition with OR; each page is asked for in two steps"})
	return true
}

// move goes behind the last row as received.
func (w *walk[R]) move(ask pageAsk, rows []feedRow[R]) {
	w.spare, w.wide, w.page = false, 0, nil
	if w.order == orderNone || w.env.hooks.makes(mistakeOffsets) {
		w.offset, w.page = ask.offset+ask.limit, ids(rows)
		return
	}
	for i := len(rows) - 1; i >= 0; i-- {
		if at, ok := w.place(rows[i]); ok {
			w.after, w.offset, w.tie = at, 0, w.stepped
			return
		}
	}
	w.offset, w.page = ask.offset+ask.limit, ids(rows) // no row of the page has a place to go on from: step over them
}

// empty looks for the end behind a page without rows: nothing matches any more, or rows are hidden.
func (w *walk[R]) empty(ask pageAsk, total int) ([]feedRow[R], bool, error) {
	switch {
	case w.env.hooks.makes(mistakeShortPage):
		return nil, true, nil
	case !ask.count:
		w.count = true
		return nil, false, nil
	case total == 0 && ask.offset == 0 || w.order == orderNone && total >= 0 && total <= ask.offset:
		return nil, w.ended(), nil
	}
	// total rows match and the first of them are hidden. Whether the count includes hidden rows is not documented, and
	// an instance may send none: a wide window more than it says is looked into. Windows that bring nothing cost
	// nothing to send, so that they grow.
	w.offset, w.wide = ask.offset+ask.limit, min(4*ask.limit, spareWindow)
	if w.offset < total {
		return nil, false, nil
	}
	if !w.spare {
		w.spare, w.wide = true, spareWindow
		return nil, false, nil
	}
	w.env.tell(hiddenOrUncounted(w.table.name, total))
	return nil, w.ended(), nil
}

func hiddenOrUncounted(table string, total int) Notice {
	if total < 0 {
		return Notice{Kind: NoticeUncounted, Table: table, Text: fmt.Sprintf(
			"the instance does not say how many rows match: more than %d hidden rows in a row would be taken for the end", spareWindow)}
	}
	return Notice{Kind: NoticeHidden, Table: table, Count: total,
		Text: fmt.Sprintf("%d rows match that the user may not read", total)}
}

// ended goes on to what is behind the part of the walk that has ended, and reports whether there is nothing.
func (w *walk[R]) ended() bool {
	w.offset, w.wide, w.spare = 0, 0, false
	if w.tie {
		w.tie = false
		return false
	}
	return w.spanDone()
}

// spanDone goes on to the next span, and reports whether there is none.
func (w *walk[R]) spanDone() bool {
	if w.span == 0 || !w.edge.Before(w.hi) {
		return true
	}
	w.lo, w.after, w.tie = w.edge, position{}, false
	w.widen()
	return false
}

// pace fits the span to what the instance bears: double it under 2 seconds, halve it over 10.
func (w *walk[R]) pace(took time.Duration) {
	switch {
	case w.span == 0:
	case took < 2*time.Second:
		w.span = min(2*w.span, longestSpan)
	case took > 10*time.Second:
		w.span = max(w.span/2, shortestSpan)
	}
}

// spareWindow is how many hidden rows in a row are stepped over at most where the instance counts visible rows only.
const spareWindow = 10_000

const (
	firstSpan    = time.Hour
	shortestSpan = time.Minute
	longestSpan  = 30 * 24 * time.Hour
)

func (w *walk[R]) estimate(ask pageAsk, got page[R]) {
	switch {
	case w.tie: // a second's rest says nothing about what is later
	case ask.count && got.total >= 0 && ask.offset == 0:
		w.left = max(got.total-len(got.rows), 0)
	case w.left >= 0:
		w.left = max(w.left-len(got.rows), 0)
	}
}

// place is the key of a row. A row without its time has none, nor one whose time a query cannot name.
func (w *walk[R]) place(row feedRow[R]) (position, bool) {
	stamp, ok := row.at(w.column)
	switch {
	case w.order == orderID:
		return position{ID: row.id}, true
	case w.order == orderNone || !ok || w.env.zone.ambiguous(stamp) || w.env.zone.ambiguous(stamp.Add(time.Second)):
		return position{}, false
	}
	return position{Stamp: stamp, ID: row.id}, true
}

// places are the places behind each of the rows, or the last before those that have none.
func (w *walk[R]) places(rows []feedRow[R], before position) []position {
	places := make([]position, len(rows))
	for i, row := range rows {
		if at, ok := w.place(row); ok {
			before = at
		}
		places[i] = before
	}
	if w.env.hooks.makes(mistakeAhead) {
		for i := range places {
			places[i] = before
		}
	}
	return places
}
