package rest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"sync"
	"sync/atomic"

	"github.com/hashicorp/go-retryablehttp"
)

// setBody gives req the bytes to replay, or the stream to reopen.
func setBody(req *retryablehttp.Request, op Op, bytes []byte) error {
	switch {
	case op.Open != nil:
		err := req.SetBody(retryablehttp.ReaderFunc(func() (io.Reader, error) { return placeholder{}, nil }))
		req.GetBody, req.ContentLength = op.Open, op.Size
		return err
	case bytes != nil:
		return req.SetBody(bytes)
	}
	return nil
}

// placeholder stands for a streamed body inside retryablehttp, which would open the real one once just to learn its
// length. The attempt puts the real one in its place.
type placeholder struct{}

func (placeholder) Read([]byte) (int, error) {
	return 0, errors.New("servicenow: the body was read outside of an attempt")
}

// source is the body of one attempt, which the transport may open again by itself when a kept connection turns out to
// be closed before anything was sent.
type source struct {
	open   func() (io.ReadCloser, error)
	stream bool  // reading may hang
	size   int64 // what open yields, or -1
	watch  *watch
	all    atomic.Bool // the transport has taken a body to its end, and may have sent it
	fault  atomic.Pointer[error]
}

// body closes a stream when the attempt ends: net/http waits for a read of the body that hangs, whatever its context
// says and although the connection is gone.
func (s *source) body() (io.ReadCloser, error) {
	u := &upload{source: s}
	if s.stream {
		context.AfterFunc(s.watch.ctx, func() { _ = u.Close() })
	}
	return u, nil
}

// attach makes s the body of r.
func (s *source) attach(r *http.Request) {
	r.Body, _ = s.body() // opens nothing yet, so cannot fail
	r.GetBody = s.body
}

// broken is the caller's own trouble with the bytes to send. Sending again does not help.
func (s *source) broken() error {
	if s == nil || s.fault.Load() == nil {
		return nil
	}
	return *s.fault.Load()
}

func (s *source) failed(err error) error {
	s.fault.CompareAndSwap(nil, &err)
	return err
}

// upload opens the body at its first read: an attempt that is refused at the door opens nothing.
type upload struct {
	*source
	read int64

	mu     sync.Mutex // the transport may close from another goroutine than it reads from
	from   io.ReadCloser
	closed bool
}

func (u *upload) Read(p []byte) (int, error) {
	from, err := u.opened()
	if err != nil {
		return 0, err
	}
	n, err := from.Read(p)
	if err != nil && u.watch.ctx.Err() != nil {
		return n, err // the end of the attempt closed the source: not the source's fault
	}
	u.read += int64(n)
	u.watch.uploaded()
	switch {
	case errors.Is(err, io.EOF) && u.size >= 0 && u.read != u.size:
		return n, u.failed(fmt.Errorf("the body has %d bytes, announced were %d", u.read, u.size))
	case errors.Is(err, io.EOF) || err == nil && u.size >= 0 && u.read >= u.size:
		u.all.Store(true)
	case err != nil:
		return n, u.failed(fmt.Errorf("read the body: %w", err))
	}
	return n, err
}

func (u *upload) opened() (io.ReadCloser, error) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.closed {
		return nil, os.ErrClosed
	}
	if u.from == nil {
		var err error
		if u.from, err = u.open(); err != nil {
			return nil, u.failed(fmt.Errorf("open the body: %w", err))
		}
	}
	return u.from, nil
}

func (u *upload) Close() error {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.closed || u.from == nil {
		u.closed = true
		return nil
	}
	u.closed = true
	return u.from.Close()
}
