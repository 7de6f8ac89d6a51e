package webhook

import (
	"context"
	"errors"
	"hash/maphash"
	"sync"
	"sync/atomic"
)

// Dispatcher runs a host's function in a bounded number of goroutines and, for each record, in the order in which the
// events arrived: comments and attachments go with the record that they belong to. That is not the order in which they
// happened, which no sender keeps; compare ModCount for it.
type Dispatcher struct {
	receive func(context.Context, Event) error
	queues  []chan *job
	seed    maphash.Seed

	mu     sync.RWMutex
	closed bool
	wg     sync.WaitGroup
}

type job struct {
	ctx   context.Context
	event Event
	state atomic.Int32 // waiting, started or abandoned
	done  chan outcome
}

type outcome struct {
	err      error
	panicked any
}

const (
	started   = 1
	abandoned = 2
)

// NewDispatcher starts workers goroutines, each with room for queue waiting events. Close ends them.
func NewDispatcher(workers, queue int, receive func(context.Context, Event) error) (*Dispatcher, error) {
	if workers < 1 || queue < 1 || receive == nil {
		return nil, errors.New("webhook: a dispatcher needs workers, a queue and a function")
	}
	d := &Dispatcher{receive: receive, queues: make([]chan *job, workers), seed: maphash.MakeSeed()}
	for i := range d.queues {
		d.queues[i] = make(chan *job, queue)
		d.wg.Go(func() { d.work(d.queues[i]) })
	}
	return d, nil
}

// Handle is a HandlerConfig.Receive: it returns what the function returned for e, so that the sender still hears 2xx
// only after the event was taken. A full queue is ErrBusy at once, for which the sender is told to come again; an event
// whose ctx ends before its turn is not run.
func (d *Dispatcher) Handle(ctx context.Context, e Event) error {
	j := &job{ctx: ctx, event: e, done: make(chan outcome, 1)}
	if err := d.enqueue(j); err != nil {
		return err
	}
	select {
	case o := <-j.done:
		return o.result()
	case <-ctx.Done():
		if j.state.CompareAndSwap(0, abandoned) {
			return ctx.Err()
		}
		return (<-j.done).result() // it runs: only its own answer is true
	}
}

func (d *Dispatcher) enqueue(j *job) error {
	d.mu.RLock()
	defer d.mu.RUnlock()
	if d.closed {
		return ErrClosed
	}
	select {
	case d.queues[d.lane(j.event)] <- j:
		return nil
	default:
		return ErrBusy
	}
}

func (d *Dispatcher) lane(e Event) int {
	h := e.About()
	r := recordOf(e)
	sum := maphash.String(d.seed, h.Tenant+"\x00"+r.SysID)
	return int(sum % uint64(len(d.queues)))
}

// recordOf is the record whose order an event belongs to. Its class is left out: a case's own events may name the class
// and its comments the base table.
func recordOf(e Event) Record {
	switch e := e.(type) {
	case *CommentAdded:
		return e.Record
	case *WorkNoteAdded:
		return e.Record
	case *EntryDeleted:
		return e.Record
	case *AttachmentAdded:
		return e.Record
	case *AttachmentDeleted:
		return e.Record
	}
	h := e.About()
	return Record{Table: h.Table, SysID: h.SysID}
}

func (d *Dispatcher) work(queue chan *job) {
	for j := range queue {
		if j.state.CompareAndSwap(0, started) {
			d.run(j)
		}
	}
}

// run carries a panic of the host's function over to the goroutine of its request, where net/http reports it.
func (d *Dispatcher) run(j *job) {
	var o outcome
	defer func() {
		o.panicked = recover()
		j.done <- o
	}()
	o.err = d.receive(j.ctx, j.event)
}

func (o outcome) result() error {
	if o.panicked != nil {
		panic(o.panicked)
	}
	return o.err
}

// Close takes no more events, waits for those that it has, and ends the goroutines. It may be called twice.
func (d *Dispatcher) Close() {
	d.mu.Lock()
	if !d.closed {
		d.closed = true
		for _, q := range d.queues {
			close(q)
		}
	}
	d.mu.Unlock()
	d.wg.Wait()
}
