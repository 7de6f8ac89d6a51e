package table

import (
	"context"

	"github.com/seed-a66f7fd3/servicenow/internal/rest"
)

// Call is one call described and not yet sent. [Call.Do] sends it by itself, [Add] puts it into a batch.
type Call[T any] struct {
	conn *rest.Conn
	op   rest.Op
	err  error // a mistake made in describing it
	// read gets the function that sends the call and decodes its result, and makes a T of what came.
	read func(send func(out any) error) (T, error)
}

// NewCall is a call whose result is a T as JSON has it. The packages beside this one describe their calls with it.
func NewCall[T any](conn *rest.Conn, op rest.Op) Call[T] {
	return Call[T]{conn: conn, op: op, read: func(send func(out any) error) (T, error) {
		var result T
		err := send(&result)
		return result, err
	}}
}

// Refused is a call that cannot be described: err is what Do, or the batch, reports.
func Refused[T any](err error) Call[T] { return Call[T]{err: err} }

// Do sends the call. One request.
func (c Call[T]) Do(ctx context.Context) (T, error) {
	if c.err != nil {
		var none T
		return none, c.err
	}
	return c.read(func(out any) error {
		_, err := c.conn.Do(ctx, c.op, out)
		return err
	})
}

// typed puts the row type back into a call whose result is a pointer to a row.
func typed[T any](c Call[any]) Call[T] {
	read := func(send func(out any) error) (T, error) {
		row, err := c.read(send)
		return unboxed[T](row), err
	}
	return Call[T]{conn: c.conn, op: c.op, read: read, err: c.err}
}
