package rest

import (
	"errors"
	"fmt"
	"io"
	"os"
	"sync"
	"sync/atomic"

	"github.com/hashicorp/go-retryablehttp"
)

// upload is the body of one attempt. It knows whether the transport took all of it: a call whose body was not fully
// taken cannot have been carried out.
type upload struct {
	open  func() (io.ReadCloser, error) // for a streamed body, called at the first read
	size  int64                         // what open yields, or -1
	read  int64
	watch *watch
	all   atomic.Bool
	fault atomic.Pointer[sourceError]

	mu     sync.Mutex // the transport may close from another goroutine than it reads from
	from   io.ReadCloser
	closed bool
}

// sourceError is the caller's own trouble with the bytes to send. Sending again does not help.
type sourceError struct{ err error }

func (e *sourceError) Error() string { return e.err.Error() }
func (e *sourceError) Unwrap() error { return e.err }

func (u *upload) Read(p []byte) (int, error) {
	from, err := u.source()
	if err != nil {
		return 0, err
	}
	n, err := from.Read(p)
	u.read += int64(n)
	u.watch.uploaded()
	switch {
	case err == io.EOF && u.size >= 0 && u.read != u.size:
		return n, u.failed(fmt.Errorf("the body has %d bytes, announced were %d", u.read, u.size))
	case err == io.EOF || u.size >= 0 && u.read >= u.size:
		u.all.Store(true)
	case err != nil:
		return n, u.failed(fmt.Errorf("read the body: %w", err))
	}
	return n, err
}

func (u *upload) source() (io.ReadCloser, error) {
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

func (u *upload) failed(err error) error {
	fault := &sourceError{err}
	u.fault.CompareAndSwap(nil, fault)
	return fault
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

// errNotOpened can only be seen if a request is sent around the call that made it.
var errNotOpened = errors.New("servicenow: the body belongs to another request")

// placeholder stands for a streamed body inside retryablehttp, which would open the real one once just to learn its
// length. The attempt puts the real one in its place.
type placeholder struct{}

func (placeholder) Read([]byte) (int, error) { return 0, errNotOpened }
func (placeholder) Close() error             { return nil }

// setBody gives req the bytes to replay, or the stream to reopen.
func setBody(req *retryablehttp.Request, op Op, bytes []byte) error {
	switch {
	case op.Open != nil:
		err := req.SetBody(retryablehttp.ReaderFunc(func() (io.Reader, error) { return placeholder{}, nil }))
		req.GetBody = nil // what was streamed is sent again by us or not at all
		req.ContentLength = op.Size
		return err
	case bytes != nil:
		return req.SetBody(bytes)
	}
	return nil
}
