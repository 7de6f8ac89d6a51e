package table

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"net/http"

	"github.com/seed-a66f7fd3/servicenow/internal/rest"
	"github.com/seed-a66f7fd3/servicenow/internal/rows"
)

// Get reads one record. One request. [rest.ErrNotFound] (servicenow.ErrNotFound) means that there is none, or that an
// access rule hides it; the platform does not tell which.
//
// https://www.servicenow.com/docs/r/api-reference/rest-apis/c_TableAPI.html
func (t Table[T]) Get(ctx context.Context, id string, o ...ReadOptions) (T, error) {
	return t.GetCall(id, o...).Do(ctx)
}

// GetCall is [Table.Get] for a batch.
//
// https://www.servicenow.com/docs/r/api-reference/rest-apis/c_TableAPI.html
func (t Table[T]) GetCall(id string, o ...ReadOptions) Call[T] { return typed[T](t.getCall(id, o)) }

func (t base) getCall(id string, o []ReadOptions) Call[any] {
	op := rest.Op{Name: "table.Get", Method: http.MethodGet, Path: t.path(id)}
	read, err := only(o)
	if err = errors.Join(t.err, err, read.check(), checkID(id)); err != nil {
		return Refused[any](t.invalid(op.Name, err))
	}
	op.Query = read.values(t.plan)
	return Call[any]{conn: t.conn, op: op, read: func(send func(any) error) (any, error) {
		var found rows.Row
		if err := send(&found); err != nil {
			return nil, err
		}
		made := newFiller(t.plan, nil)
		if _, err := made.fill(found); err != nil {
			return made.row, fmt.Errorf("servicenow: %s %s: %w", t.name, id, err)
		}
		return made.row, nil
	}}
}

// First is the first row that matches, in the order of q, or the error class ErrNotFound when there is none that the
// user may see. One request when the first row that matches may be seen, and one more to make sure that there is none;
// see [Table.List].
//
// https://www.servicenow.com/docs/r/api-reference/rest-apis/c_TableAPI.html
func (t Table[T]) First(ctx context.Context, q Query, o ...ReadOptions) (T, error) {
	row, err := t.first(ctx, q, o)
	return unboxed[T](row), err
}

func (t base) first(ctx context.Context, q Query, o []ReadOptions) (row any, err error) {
	read, err := only(o)
	if err != nil {
		return nil, t.invalid("table.First", err)
	}
	list := ListOptions{Query: q, Limit: 1, Fields: read.Fields, AllColumns: read.AllColumns, Display: read.Display,
		Links: read.Links, View: read.View, AnyDomain: read.AnyDomain}
	err = &rest.Error{Op: "table.First", Method: http.MethodGet, Path: "/api/now/v2/table/" + t.name,
		Class: rest.ErrNotFound, Message: "no row matches"}
	t.list(ctx, list, func(found any, failed error) bool {
		row, err = found, failed
		return false
	})
	return row, err
}

// Exists reports whether a row matches that the user may see. One request when the first row may be seen, and one more
// to make sure that there is none.
//
// https://www.servicenow.com/docs/r/api-reference/rest-apis/c_TableAPI.html
func (t base) Exists(ctx context.Context, q Query) (exists bool, err error) {
	t.list(ctx, ListOptions{Query: q, Limit: 1, Fields: []string{sysID}}, func(_ any, failed error) bool {
		exists, err = failed == nil, failed
		return false
	})
	return exists, err
}

// Collect reads at most limit rows into a slice. More rows than that are an error, not a surprise in memory.
func Collect[T any](list iter.Seq2[T, error], limit int) ([]T, error) {
	var all []T
	for row, err := range list {
		if err != nil {
			return all, err
		}
		if len(all) == limit {
			return all, fmt.Errorf("servicenow: the list has more than %d rows", limit)
		}
		all = append(all, row)
	}
	return all, nil
}
