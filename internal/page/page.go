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
}

// ErrCircle is a list that goes in circles: a server that ignores the place from which to go on.
var ErrCircle = errors.New("the instance answers with the same page again")

// Rows yields every row once, while others write. Without an order of the caller's own it follows the key (sys_id), so
// that rows inserted or deleted meanwhile shift nothing; with one it follows the offset, and drops what it has already
// seen. A page is delivered only when it has been read whole, so a page that the instance cancels is asked for again in
// halves, and nothing is doubled.
//
// A short page is not the end: access rules hide rows after the page was cut. The end is when as many rows came as the
// instance counted, or an empty page with nothing counted behind it.
func (l List[T]) Rows(ctx context.Context, conn *rest.Conn) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		w := walk[T]{List: l, ordered: ordered(l.Query), left: l.Limit}
		for {
			rows, more, err := w.next(ctx, conn)
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
	left      int // of Limit; 0 is no limit
}

// next reads one page and moves on. More is false when it was the last.
func (w *walk[T]) next(ctx context.Context, conn *rest.Conn) (fresh []T, more bool, err error) {
	rows, total, err := w.fetch(ctx, conn)
	if err != nil {
		return nil, false, err
	}
	if len(rows) == 0 {
		w.offset += w.size()
		return nil, w.offset < total, nil
	}
	if w.ordered {
		fresh, more, err = w.byOffset(rows, total)
	} else {
		fresh, more, err = w.byKey(rows, total)
	}
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
func (w *walk[T]) fetch(ctx context.Context, conn *rest.Conn) ([]T, int, error) {
	for {
		op, err := w.op()
		if err != nil {
			return nil, 0, fmt.Errorf("%s: %w: %w", w.Op.Name, rest.ErrInvalid, err)
		}
		rows, meta, err := rest.Do[[]T](ctx, conn, op)
		if err == nil || !errors.Is(err, rest.ErrTransactionCancelled) || w.Size <= 1 {
			return rows, meta.Total, err
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
