// Package page walks the list APIs that take an encoded query, a limit and an offset but are not the Table API: cases,
// accounts, contacts, consumers and attachments.
package page

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"net/url"
	"strconv"
	"strings"

	"github.com/seed-a66f7fd3/servicenow/internal/rest"
	"github.com/seed-a66f7fd3/servicenow/table"
)

// List is one such list. It is a value; ranging over its rows twice reads them twice.
type List[T any] struct {
	Op     rest.Op     // the call, without its query
	Params url.Values  // sent with every page, beside query, limit and offset
	Query  table.Query // which rows; in an order of its own, or by sys_id
	Size   int         // rows a page; always sent, because the APIs' defaults differ and some are not documented
	Limit  int         // rows in all; 0 is all of them
	ID     func(*T) string
	Table  string // for notices
	Notice func(table.Notice)
}

// First is the first page by itself, for a batch.
func (l List[T]) First(conn *rest.Conn) table.Call[[]T] {
	w := walk[T]{List: l, ordered: ordered(l.Query), left: l.Limit}
	op, err := w.op()
	if err != nil {
		return table.Refused[[]T](fmt.Errorf("%s: %w: %w", l.Op.Name, rest.ErrInvalid, err))
	}
	return table.NewCall[[]T](conn, op)
}

// ErrCircle is a list that goes in circles: a server that ignores the place from which to go on.
var ErrCircle = errors.New("the instance answers with the same page again")

// Rows yields every row once, while others write. Without an order of the caller's own it follows the key (sys_id), so
// that rows inserted or deleted meanwhile shift nothing; with one it follows the offset, and drops what it has already
// seen. A page is delivered only when it has been read whole, so a page that the instance cancels is asked for again in
// halves, and nothing is doubled.
//
// A short page is not the end: access rules hide rows after the page was cut. The end is when the instance says that
// there is no more, when as many rows came as it counted, or an empty page with nothing counted behind it.
//
// A query access rule may refuse ranges and sorting and still allow the rest: then the list counts through pages in no
// order, and gives notice of it.
// https://www.servicenow.com/docs/r/platform-security/access-control/query-acl-rule.html
func (l List[T]) Rows(ctx context.Context, conn *rest.Conn) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		w := walk[T]{List: l, ordered: ordered(l.Query), left: l.Limit}
		for {
			rows, more, err := w.next(ctx, conn)
			if w.mayCount(err) {
				rows, more, err = w.counting(ctx, conn, err)
			}
			if err != nil {
				var zero T
				yield(zero, err)
				return
			}
			for _, row := range rows {
				if !yield(row, nil) {
					return
				}
			}
			if !more {
				return
			}
		}
	}
}

// ordered reports whether the query brings its own order. A value that looks like one only costs the faster way.
func ordered(q table.Query) bool {
	for clause := range strings.SplitSeq(q.String(), "^") {
		if strings.HasPrefix(clause, "ORDERBY") {
			return true
		}
	}
	return false
}

// maxEmpty is how many pages in a row may have all their rows hidden.
const maxEmpty = 1000

var errNothing = errors.New("the instance says that there are more rows, and sends none of them")

// answer is a page as the APIs send it. Those of accounts, contacts and consumers tell beside the rows whether there
// are more; the others count in a header, or say nothing.
type answer[T any] struct {
	Rows    []T   `json:"result"`
	HasMore *bool `json:"hasMore"`
}

// more is what the instance says, and otherwise as counted.
func (a answer[T]) more(counted bool) bool {
	if a.HasMore != nil {
		return *a.HasMore
	}
	return counted
}

// maxStale is how many pages of rows already seen are put down to rows that others inserted before them.
const maxStale = 3

// walk is the place in a List.
type walk[T any] struct {
	List[T]
	ordered   bool
	after     string          // the last sys_id delivered, when following the key
	offset    int             // from there
	seen      map[string]bool // when following the offset
	delivered int
	stale     int // pages in a row without anything new
	empty     int // pages in a row without any row
	left      int // of Limit; 0 is no limit
}

// mayCount reports a refusal that may be about the order by sys_id and not about the API.
func (w *walk[T]) mayCount(err error) bool {
	return !w.ordered && w.after == "" && errors.Is(err, rest.ErrForbidden)
}

// counting tries the first page again in no order. When that is refused as well, the order was not the reason.
func (w *walk[T]) counting(ctx context.Context, conn *rest.Conn, refused error) ([]T, bool, error) {
	w.ordered = true
	rows, more, err := w.next(ctx, conn)
	if errors.Is(err, rest.ErrForbidden) {
		return nil, false, refused
	}
	if err == nil && w.Notice != nil {
		w.Notice(table.Notice{Kind: table.NoticeOrderRefused, Table: w.Table, Err: refused,
			Text: "a query access rule refuses ranges or sorting by sys_id: pages were counted through"})
	}
	return rows, more, err
}

// next reads one page and moves on. More is false when it was the last.
func (w *walk[T]) next(ctx context.Context, conn *rest.Conn) (fresh []T, more bool, err error) {
	got, total, err := w.fetch(ctx, conn)
	rows := got.Rows
	if err != nil {
		return nil, false, err
	}
	if len(rows) == 0 {
		w.offset += w.size()
		if w.empty++; w.empty > maxEmpty {
			return nil, false, errNothing
		}
		return nil, got.more(w.offset < total), nil
	}
	w.empty = 0
	if w.ordered {
		fresh, more, err = w.byOffset(rows, total)
	} else {
		fresh, more, err = w.byKey(rows, total)
	}
	more = got.more(more)
	if err != nil || w.Limit == 0 {
		return fresh, more, err
	}
	fresh = fresh[:min(len(fresh), w.left)]
	w.left -= len(fresh)
	return fresh, more && w.left > 0, nil
}

func (w *walk[T]) byKey(rows []T, total int) ([]T, bool, error) {
	last := w.ID(&rows[len(rows)-1])
	if last == "" {
		return nil, false, errors.New("a row without a sys_id: nothing tells where to go on")
	}
	if last == w.after || w.ID(&rows[0]) == w.after {
		return nil, false, ErrCircle
	}
	more := total < 0 || w.offset+len(rows) < total
	w.after, w.offset = last, 0
	return rows, more, nil
}

func (w *walk[T]) byOffset(rows []T, total int) ([]T, bool, error) {
	if w.seen == nil {
		w.seen = map[string]bool{}
	}
	fresh := rows[:0]
	for _, row := range rows {
		if id := w.ID(&row); !w.seen[id] {
			w.seen[id] = id != ""
			fresh = append(fresh, row)
		}
	}
	if w.stale = w.stale + 1; len(fresh) > 0 {
		w.stale = 0
	}
	if w.stale > maxStale {
		return nil, false, ErrCircle
	}
	w.offset += len(rows)
	w.delivered += len(fresh)
	return fresh, total < 0 || w.delivered < total, nil
}

func (w *walk[T]) size() int {
	if w.left > 0 {
		return min(w.Size, w.left)
	}
	return w.Size
}

// fetch reads the page at the walk's place, and halves it for as long as the instance cancels it.
func (w *walk[T]) fetch(ctx context.Context, conn *rest.Conn) (answer[T], int, error) {
	for {
		op, err := w.op()
		if err != nil {
			return answer[T]{}, 0, fmt.Errorf("%s: %w: %w", w.Op.Name, rest.ErrInvalid, err)
		}
		op.Bare = true // for what stands beside the result
		got, meta, err := rest.Do[answer[T]](ctx, conn, op)
		if err == nil && got.Rows == nil {
			return got, 0, &rest.Error{Op: op.Name, Method: op.Method, Status: meta.Status, Class: rest.ErrNotJSON,
				TransactionID: meta.TransactionID, Message: "the answer has no result"}
		}
		if err == nil || !errors.Is(err, rest.ErrTransactionCancelled) || w.Size <= 1 {
			return got, meta.Total, err
		}
		w.Size /= 2
	}
}

func (w *walk[T]) op() (rest.Op, error) {
	q := w.Query
	switch {
	case w.ordered:
	case w.after != "":
		q = table.All(q, table.Where("sys_id", table.Greater, w.after)).OrderBy("sys_id")
	default:
		q = q.OrderBy("sys_id")
	}
	params := url.Values{}
	if err := q.EncodeValues("sysparm_query", &params); err != nil {
		return rest.Op{}, err
	}
	for name, values := range w.Params {
		params[name] = values
	}
	params.Set("sysparm_limit", strconv.Itoa(w.size()))
	if w.offset > 0 {
		params.Set("sysparm_offset", strconv.Itoa(w.offset))
	}
	op := w.Op
	op.Query = params
	return op, nil
}
