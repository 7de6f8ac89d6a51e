package table

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/seed-a66f7fd3/servicenow/internal/rest"
)

const (
	largestItem   = 5 << 20 // glide.rest.batch.max.inputSize
	largestBatch  = 8 << 20 // below glide.rest.max_content_length, 10 MB as shipped
	itemsPerBatch = 50      // the whole batch has 30 seconds
	batchRounds   = 4       // the first sending, and three more in which nothing was serviced
)

// Batch collects calls of any kind and sends them in few requests, which saves round trips and nothing else: the
// instance carries them out one after the other, each with its own access rules, and undoes none when another fails.
// Of a list, one page fits ([Table.PageCall]): an answer of more than 10 MB is refused, and the whole has 30 seconds.
//
// A Batch is for one goroutine.
//
// https://www.servicenow.com/docs/r/api-reference/rest-apis/batch-api.html
type Batch struct {
	conn  *rest.Conn
	items []*item
}

// Batch starts an empty batch.
func (s *Service) Batch() *Batch { return &Batch{conn: s.conn} }

// Result is where the answer to one call of a batch is found once the batch was sent.
type Result[T any] struct {
	value T
	err   error
}

// ErrNotSent is what a [Result] holds before its batch was sent, and when the batch ended before its call's turn.
var ErrNotSent = errors.New("servicenow: the call was not carried out: its batch was not sent, or ended before it")

// Get is what the call would have returned by itself.
func (r *Result[T]) Get() (T, error) { return r.value, r.err }

// item is one call of a batch, whatever its type.
type item struct {
	op   rest.Op
	wire batchRequest
	size int
	take func(serviced)
	fail func(error)
	done bool
}

// Add puts a call into the batch. A call that cannot be described or is too large fails at once, in its Result.
func Add[T any](b *Batch, c Call[T]) *Result[T] {
	r := &Result[T]{err: ErrNotSent}
	if c.err != nil {
		r.err = c.err
		return r
	}
	it := &item{op: c.op, fail: func(err error) { r.err = err }}
	it.take = func(answer serviced) {
		r.value, r.err = c.read(func(out any) error {
			body, err := answer.body()
			if err != nil {
				return &rest.Error{Op: c.op.Name, Method: c.op.Method, Status: answer.Status, Class: rest.ErrNotJSON,
					Err: fmt.Errorf("the answer in the batch is not base64: %w", err)}
			}
			return rest.Decode(c.op, answer.Status, answer.header(), body, out)
		})
	}
	if err := it.prepare(b.conn); err != nil {
		r.err = err
		return r
	}
	b.items = append(b.items, it)
	return r
}

func (it *item) prepare(conn *rest.Conn) error {
	method, path, header, body, err := conn.Prepare(it.op)
	if err != nil {
		return err
	}
	if len(body) > largestItem {
		return &rest.Error{Op: it.op.Name, Method: method, Class: rest.ErrInvalid,
			Err: fmt.Errorf("the body has more than the %d bytes that an item of a batch may have", largestItem)}
	}
	it.wire = batchRequest{Method: method, URL: path, Body: body, ExcludeHeaders: false}
	for name, values := range header {
		if name == "User-Agent" {
			continue
		}
		for _, v := range values {
			it.wire.Headers = append(it.wire.Headers, batchHeader{name, v})
		}
	}
	slices.SortFunc(it.wire.Headers, func(a, b batchHeader) int { return strings.Compare(a.Name, b.Name) })
	it.size = len(path) + len(body)*4/3 + 200
	return nil
}

// Send carries out the calls in the order in which they were added, in as few requests as the instance's limits allow,
// and empties the batch. What the instance did not service is sent again, for as long as it services some of it, and
// three times when it services none. Every call has its own error, in its Result; the error returned is that of a
// request as a whole, and ends the sending. One request for each 50 calls or 8 MB.
//
// https://www.servicenow.com/docs/r/api-reference/rest-apis/batch-api.html
func (b *Batch) Send(ctx context.Context) error {
	pending := b.readable(ctx)
	b.items = nil
	for len(pending) > 0 {
		n := fitting(pending)
		if err := b.service(ctx, pending[:n]); err != nil {
			for _, it := range pending {
				if !it.done {
					it.fail(fmt.Errorf("%w: %w", ErrNotSent, err))
				}
			}
			return err
		}
		pending = pending[n:]
	}
	return nil
}

// readable are the items whose queries the instance reads as they are meant; the others fail.
func (b *Batch) readable(ctx context.Context) []*item {
	return slices.DeleteFunc(b.items, func(it *item) bool {
		err := b.conn.CheckCarets(ctx, it.op, it.wire.URL)
		if err != nil {
			it.fail(err)
		}
		return err != nil
	})
}

// fitting is how many of the items go into one request: at least one.
func fitting(items []*item) int {
	size := 0
	for i, it := range items {
		if size += it.size; i > 0 && (size > largestBatch || i == itemsPerBatch) {
			return i
		}
	}
	return len(items)
}

func (b *Batch) service(ctx context.Context, items []*item) error {
	for idle := 0; idle < batchRounds; {
		left, err := b.send(ctx, items)
		if err != nil || len(left) == 0 {
			return err
		}
		if len(left) == len(items) {
			idle++
		}
		items = left
	}
	for _, it := range items {
		it.done = true
		it.fail(fmt.Errorf("%w: the instance left it unserviced %d times", ErrNotSent, batchRounds))
	}
	return nil
}

// send is one request. It returns the items that the instance did not service, in their order.
func (b *Batch) send(ctx context.Context, items []*item) (left []*item, err error) {
	request := batchBody{ID: "1"}
	replay := rest.Always
	for i, it := range items {
		it.wire.ID = strconv.Itoa(i + 1)
		request.Requests = append(request.Requests, it.wire)
		if !repeatable(it.op) {
			replay = rest.Never
		}
	}
	op := rest.Op{Name: "table.Batch", Method: http.MethodPost, Path: []string{"api", "now", "v1", "batch"},
		Body: request, Replay: replay, Bare: true}
	var answer batchAnswer
	if _, err := b.conn.Do(ctx, op, &answer); err != nil {
		return nil, err
	}
	return answer.share(items), nil
}

func repeatable(op rest.Op) bool {
	switch op.Replay {
	case rest.Always:
		return true
	case rest.Never:
		return false
	}
	return op.Method == http.MethodGet || op.Method == http.MethodHead || op.Method == http.MethodDelete
}
