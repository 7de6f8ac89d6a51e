package rest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"sync"
	"time"
)

// silence is what ends an attempt on which nothing moves. It is a timeout for those who ask with net.Error.
type silence struct{ after time.Duration }

func (s *silence) Error() string   { return "the instance sent nothing for " + s.after.String() }
func (s *silence) Timeout() bool   { return true }
func (s *silence) Temporary() bool { return true }

// tooLong is the Timeout of the caller's http.Client.
type tooLong struct{ after time.Duration }

func (t *tooLong) Error() string {
	return "the attempt took longer than the client's timeout of " + t.after.String()
}
func (t *tooLong) Timeout() bool   { return true }
func (t *tooLong) Temporary() bool { return true }

// watch ends one attempt when no byte moves while somebody waits for one. A stream may last for hours, and its reader
// may pause between two reads for as long as it likes.
type watch struct {
	parent context.Context
	ctx    context.Context
	cancel context.CancelCauseFunc
	idle   time.Duration
	total  *time.Timer // nil without a timeout

	mu    sync.Mutex
	timer *time.Timer // nil when the idle time is unlimited
	sent  bool        // the answer's headers have come; what is still uploaded does not matter any more
}

func newWatch(parent context.Context, idle, timeout time.Duration) *watch {
	w := &watch{parent: parent, idle: idle}
	w.ctx, w.cancel = context.WithCancelCause(parent)
	if timeout > 0 {
		w.total = time.AfterFunc(timeout, func() { w.cancel(&tooLong{timeout}) })
	}
	if idle > 0 {
		w.timer = time.AfterFunc(idle, func() { w.cancel(&silence{idle}) })
	}
	return w
}

// uploaded notes that a part of the request's body was taken.
func (w *watch) uploaded() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.timer != nil && !w.sent {
		w.timer.Reset(w.idle)
	}
}

// answered notes that the headers have come.
func (w *watch) answered() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.sent = true
	w.stop()
}

// start and stop enclose one read of the answer.
func (w *watch) start() {
	if w.timer != nil {
		w.timer.Reset(w.idle)
	}
}

func (w *watch) stop() {
	if w.timer != nil {
		w.timer.Stop()
	}
}

// end frees what the attempt holds.
func (w *watch) end() {
	w.stop()
	if w.total != nil {
		w.total.Stop()
	}
	w.cancel(nil)
}

// ended is why an attempt was ended from this side: the caller's own reason first, then ours; nil if it was not.
func (w *watch) ended() error {
	if err := w.parent.Err(); err != nil {
		return err
	}
	var idle *silence
	var long *tooLong
	if cause := context.Cause(w.ctx); errors.As(cause, &idle) || errors.As(cause, &long) {
		return cause
	}
	return nil
}

// explain says why an attempt got no answer.
func (w *watch) explain(err error) error {
	if why := w.ended(); why != nil {
		return why
	}
	return withoutURL(err)
}

// cut says why a body ended before its end. Each protocol reports a cut in its own words.
func (w *watch) cut(err error) error {
	if why := w.ended(); why != nil {
		return why
	}
	if errors.Is(err, io.ErrUnexpectedEOF) {
		return err
	}
	return fmt.Errorf("%w: %w", io.ErrUnexpectedEOF, err)
}

// withoutURL unwraps every url.Error: its text holds the URL and with it the query.
func withoutURL(err error) error {
	for {
		var u *url.Error
		if !errors.As(err, &u) {
			return err
		}
		err = u.Err
	}
}

// answer is a response's body under watch. Closing it gives the slot back.
type answer struct {
	body  io.ReadCloser
	watch *watch
	slot  *permit
	// streamed answers are their caller's: reaching the end gives the slot back, too. With all others the slot stays
	// taken until the answer is judged, whose verdict may be that nobody should go next.
	streamed bool
}

func (a *answer) Read(p []byte) (int, error) {
	a.watch.start()
	n, err := a.body.Read(p)
	a.watch.stop()
	if err == nil {
		return n, nil
	}
	if a.streamed {
		a.slot.release()
	}
	if err == io.EOF {
		return n, err
	}
	return n, a.watch.cut(err)
}

func (a *answer) Close() error {
	err := a.body.Close()
	a.slot.release()
	a.watch.end()
	return err
}
