package table

import (
	"errors"
	"fmt"

	"github.com/seed-a66f7fd3/servicenow/internal/rest"
	"github.com/seed-a66f7fd3/servicenow/internal/rows"
)

// pageInBatch is how many rows a page in a batch has when nobody says: the answers of the whole batch are held in
// memory, and it has 30 seconds.
const pageInBatch = 100

// PageCall describes the first page of [Table.List], for a batch: at most o.PageSize rows, or o.Limit where that is
// less, and 100 when neither is set; in the order of sys_id when the query has none of its own. One that is not full
// does not mean that there are no more. Verify, Background and Notice have no place in a batch.
//
// https://www.servicenow.com/docs/r/api-reference/rest-apis/c_TableAPI.html
func (t Table[T]) PageCall(o ListOptions) Call[[]T] {
	op, err := t.pageOp(o)
	if err != nil {
		return Refused[[]T](err)
	}
	return Call[[]T]{conn: t.conn, op: op, read: func(send func(out any) error) ([]T, error) {
		page := []T{}
		err := t.unpack(send, func(row any) { page = append(page, unboxed[T](row)) })
		return page, err
	}}
}

func (t base) pageOp(o ListOptions) (rest.Op, error) {
	const name = "table.Page"
	size := o.PageSize
	if size == 0 {
		size = pageInBatch
	}
	if o.Limit > 0 {
		size = min(size, o.Limit)
	}
	err := errors.Join(t.err, o.reads().check(), o.Query.readable())
	switch {
	case err != nil:
	case o.PageSize < 0 || o.Limit < 0:
		err = errors.New("PageSize and Limit are not negative")
	case o.Verify:
		err = errors.New("a page cannot be verified: List can")
	}
	if err != nil {
		return rest.Op{}, t.invalid(name, err)
	}
	if len(o.Query.order) == 0 {
		o.Query = o.Query.OrderBy(sysID)
	}
	return pageRequest{op: name, query: o.Query, limit: size, read: o.reads(), category: o.Category}.operation(t)
}

// unpack sends a call for a page and hands over its rows.
func (t base) unpack(send func(out any) error, take func(row any)) error {
	var sent []rows.Row
	if err := send(&sent); err != nil && !isNoRows(err) {
		return err
	}
	for i, fields := range sent {
		made := newFiller(t.plan, nil) // each row was read by itself, and numbered its columns by itself
		id, err := made.fill(fields)
		if err == nil && id == "" {
			err = errRowWithoutID
		}
		if err != nil {
			return fmt.Errorf("servicenow: %s: row %d: %w", t.name, i+1, err)
		}
		take(made.row)
	}
	return nil
}
