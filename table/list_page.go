package table

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"github.com/seed-a66f7fd3/servicenow/internal/remedy"
	"github.com/seed-a66f7fd3/servicenow/internal/rest"
	"github.com/seed-a66f7fd3/servicenow/internal/rows"
)

// pageRequest is one request for rows.
type pageRequest struct {
	op         string // "table.List"
	query      Query
	limit      int
	offset     int
	count      bool // ask for X-Total-Count, which costs the instance a count of all rows that match
	read       ReadOptions
	category   string
	background bool
}

// answered is what is known about an answer once it has been read to its end, or as far as it came.
type answered struct {
	rows  int // as received, repetitions included
	total int // how many rows match without limit and offset, or -1: an estimate, never a loop bound
	meta  rest.Meta
}

// readPage sends one request and hands over its rows as they arrive. What take returns ends the reading. The error of
// an answer that stops early is of the class rest.ErrTransactionCancelled; the rows taken before it are good. The row
// handed over is used again for the next one.
func (t base) readPage(ctx context.Context, rq pageRequest, take func(id string, row any) error) (answered, error) {
	f := newFiller(t.plan, nil)
	return t.readFields(ctx, rq, func(fields []rows.Field) error {
		id, err := f.fill(fields)
		if err == nil && id == "" {
			err = errRowWithoutID
		}
		if err != nil {
			return err
		}
		return take(id, f.row)
	})
}

// operation is the request as it is sent.
func (rq pageRequest) operation(t base) (rest.Op, error) {
	op := rest.Op{Name: rq.op, Method: http.MethodGet, Path: t.path(), Replay: rest.Always, Priority: rest.Interactive}
	if rq.background {
		op.Priority = rest.Background
	}
	encoded, err := rq.query.Encode()
	if err != nil {
		return op, t.invalid(rq.op, err)
	}
	values := rq.read.values(t.plan)
	if encoded != "" {
		values.Set("sysparm_query", encoded)
	}
	values.Set("sysparm_limit", strconv.Itoa(rq.limit))
	if rq.offset > 0 {
		values.Set("sysparm_offset", strconv.Itoa(rq.offset))
	}
	if rq.category != "" {
		values.Set("sysparm_query_category", rq.category)
	}
	values.Set("sysparm_suppress_pagination_header", "true")
	values.Set("sysparm_no_count", strconv.FormatBool(!rq.count))
	op.Query = values
	return op, nil
}

// readFields is readPage for who wants the members of the rows.
func (t base) readFields(ctx context.Context, rq pageRequest, take func([]rows.Field) error) (answered, error) {
	op, err := rq.operation(t)
	if err != nil {
		return answered{total: -1}, err
	}
	resp, err := t.openList(ctx, rq, op)
	if err != nil {
		if isNoRows(err) {
			return answered{total: 0}, nil
		}
		return answered{total: -1}, err
	}
	defer resp.Body.Close()
	got := answered{total: resp.Total, meta: resp.Meta}
	var failed error
	err = rows.Read(resp.Body, func(fields []rows.Field) bool {
		got.rows++
		failed = take(fields)
		return failed == nil
	})
	switch {
	case errors.Is(failed, errStopped) || errors.Is(failed, ErrQueryIgnored):
		return got, failed
	case failed != nil:
		return got, fmt.Errorf("servicenow: %s %s: row %d: %w", rq.op, t.name, got.rows, failed)
	case err != nil:
		return got, cancelled(ctx, op, resp.Meta, err)
	}
	return got, nil
}

var errRowWithoutID = errors.New("it has no sys_id: the user may not read that column, or the table has none")

// isNoRows is version 1's way to say that a list is empty. Instances that route version 2 to it have been seen.
func isNoRows(err error) bool {
	e, ok := errors.AsType[*rest.Error](err)
	return ok && errors.Is(err, rest.ErrNotFound) && e.Message == "No Record found"
}

// cancelled is the error for an answer that began with 200 and did not end well.
func cancelled(ctx context.Context, op rest.Op, meta rest.Meta, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	e := &rest.Error{Op: op.Name, Method: op.Method, Path: "/" + strings.Join(op.Path, "/"),
		Status: meta.Status, TransactionID: meta.TransactionID, Attempts: meta.Attempts,
		Class: rest.ErrTransactionCancelled, Err: err}
	if f, ok := errors.AsType[*rows.Failure](err); ok {
		e.Message, e.Detail, e.Err = shorten(f.Message), shorten(f.Detail), nil
		e.Remedy = remedy.For(remedy.Cancelled)
	}
	return e
}

func shorten(s string) string {
	const most = 500
	if len(s) > most {
		return s[:most] + "…"
	}
	return s
}
