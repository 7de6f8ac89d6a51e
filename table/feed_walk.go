package table

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"
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
	offset int  // steps over rows that access rules hide
	spare  bool // the window behind what was counted is looked into
	left   int  // rows to come by the last count, -1 when not known
	began  bool
	scout  bool // it is to find out whether the table has the time at all
}

func (w *walk[R]) query() string {
	parts := make([]string, 0, 8)
	if w.base != "" {
		parts = append(parts, w.base)
	}
	if w.order == orderTime && !w.after.isZero() {
		parts = append(parts, w.strictlyAfter()...)
	} else {
		parts = append(parts, w.from()...)
	}
	if hi := w.bound(); !hi.IsZero() {
		parts = append(parts, w.column+"<"+w.env.zone.literal(hi))
	}
	return strings.Join(append(parts, w.sort()...), "^")
}

// strictlyAfter is (F >= T) and (F > T or sys_id > S): strictly after (T, S) without ^NQ, and with a plain range for
// the database's planner. An ^OR binds to the condition before it. Ids are compared by the instance, whose collation
// nobody else knows.
func (w *walk[R]) strictlyAfter() []string {
	t := w.env.zone.literal(w.after.Stamp)
	if w.env.hooks.makes(mistakeStrict) {
		return []string{w.column + ">" + t}
	}
	return []string{w.column + ">=" + t, w.column + ">" + t, "ORsys_id>" + w.after.ID}
}

func (w *walk[R]) from() []string {
	var parts []string
	switch {
	case w.unstamped:
		parts = append(parts, w.column+"ISEMPTY")
	case !w.lo.IsZero():
		parts = append(parts, w.column+">="+w.env.zone.literal(w.lo))
	case w.order == orderTime:
		parts = append(parts, w.column+"ISNOTEMPTY")
	}
	if w.order == orderID && !w.after.isZero() {
		parts = append(parts, "sys_id>"+w.after.ID)
	}
	return parts
}

func (w *walk[R]) sort() []string {
	switch {
	case w.order == orderNone:
		return nil
	case w.order == orderID:
		return []string{"ORDERBYsys_id"}
	case w.env.hooks.makes(mistakeOffsets):
		return []string{"ORDERBY" + w.column}
	}
	return []string{"ORDERBY" + w.column, "ORDERBYsys_id"}
}

// bound is the upper end of what the next request may ask for.
func (w *walk[R]) bound() time.Time {
	if w.span == 0 {
		return w.hi
	}
	if w.edge.IsZero() {
		w.edge = w.lo
		if !w.after.isZero() {
			w.edge = w.after.Stamp
		}
		w.widen()
	}
	return w.edge
}

func (w *walk[R]) widen() {
	w.edge = w.edge.Add(w.span)
	if w.edge.After(w.hi) {
		w.edge = w.hi
	}
}

// next reads on. It returns rows that passed verification, and whether they are the last; without rows and not done,
// it is to be called again.
func (w *walk[R]) next(ctx context.Context) (rows []feedRow[R], done bool, err error) {
	limit := w.env.sizer.limit()
	if w.spare {
		limit = max(limit, spareWindow)
	}
	ask := pageAsk{
		query: w.query(), fields: w.fields, limit: limit, offset: w.offset,
		count: w.count || w.tail || !w.began || w.left >= 0 && w.left <= limit,
	}
	got, ask, err := fetchPatiently(ctx, w.env, w.table, ask, w.verify)
	if err != nil {
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
	w.move(ask, got.rows)
	if done {
		done = w.spanDone()
	}
	return got.rows, done, nil
}

// move goes behind the last row as received.
func (w *walk[R]) move(ask pageAsk, rows []feedRow[R]) {
	w.spare = false
	if w.order == orderNone || w.env.hooks.makes(mistakeOffsets) {
		w.offset = ask.offset + ask.limit
		return
	}
	for i := len(rows) - 1; i >= 0; i-- {
		if at, ok := w.place(rows[i]); ok {
			w.after, w.offset = at, 0
			return
		}
	}
	w.offset = ask.offset + ask.limit // no row of the page has a place to go on from: step over them
}

// empty looks for the end behind a page without rows: nothing matches any more, or rows are hidden.
func (w *walk[R]) empty(ask pageAsk, total int) ([]feedRow[R], bool, error) {
	switch {
	case w.env.hooks.makes(mistakeShortPage):
		return nil, true, nil
	case !ask.count:
		w.count = true
		return nil, false, nil
	case total <= 0 && ask.offset == 0 || w.order == orderNone && total <= ask.offset:
		return nil, w.spanDone(), nil
	}
	// total rows match and the first of them are hidden. Whether the count includes hidden rows is not documented: a
	// wide window more than it says is looked into.
	w.offset = ask.offset + ask.limit
	if w.offset < total {
		return nil, false, nil
	}
	if !w.spare {
		w.spare = true
		return nil, false, nil
	}
	w.env.tell(Notice{
		Kind: NoticeHidden, Table: w.table.name, Count: total,
		Text: fmt.Sprintf("%d rows match that the user may not read", total),
	})
	return nil, w.spanDone(), nil
}

// spanDone goes on to the next span, and reports whether there is none.
func (w *walk[R]) spanDone() bool {
	if w.span == 0 || !w.edge.Before(w.hi) {
		return true
	}
	w.lo, w.after, w.offset, w.spare = w.edge, position{}, 0, false
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
	case ask.count && got.total >= 0 && ask.offset == 0:
		w.left = max(got.total-len(got.rows), 0)
	case w.left >= 0:
		w.left = max(w.left-len(got.rows), 0)
	}
}

// verify refuses a page that is not an answer to the question: the platform drops conditions that it does not
// understand and answers with what is left, and a page that does not go on from the key is a loop.
func (w *walk[R]) verify(p page[R], ask pageAsk) error {
	if w.order != orderNone && !w.after.isZero() {
		again := slices.ContainsFunc(p.rows, func(r feedRow[R]) bool {
			stamp, _ := r.at(w.column)
			return r.id == w.after.ID && (w.order == orderID || stamp.Equal(w.after.Stamp))
		})
		if again {
			return fmt.Errorf("%w: the row to go on from came again", ErrQueryIgnored)
		}
	}
	if w.scout && len(p.rows) > 0 && !slices.ContainsFunc(p.rows, func(r feedRow[R]) bool {
		_, ok := r.at(w.column)
		return ok
	}) {
		return errUntimed
	}
	last := w.lo
	if !w.after.isZero() {
		last = w.after.Stamp
	}
	for i, row := range p.rows {
		stamp, ok := row.at(w.column)
		switch {
		case !ok && w.unstamped, w.order != orderTime:
			continue
		case !ok:
			return errNullTime
		case !w.hi.IsZero() && !stamp.Before(w.bound()), i == 0 && stamp.Before(last), stamp.Before(w.lo):
			return fmt.Errorf("%w: a row of %s is outside of what was asked for", ErrQueryIgnored, stamp.Format(timeLayout))
		case stamp.Before(last):
			return fmt.Errorf("%w: %s came after %s", ErrOrderIgnored, stamp.Format(timeLayout), last.Format(timeLayout))
		}
		last = stamp
	}
	return nil
}

// place is the key of a row. A row without its time has none, nor one whose time a query cannot name.
func (w *walk[R]) place(row feedRow[R]) (position, bool) {
	stamp, ok := row.at(w.column)
	switch {
	case w.order == orderID:
		return position{ID: row.id}, true
	case w.order == orderNone || !ok || w.env.zone.ambiguous(stamp):
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
