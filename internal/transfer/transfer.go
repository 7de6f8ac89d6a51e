// Package transfer holds what the rooms that move files have in common: readers that know how many bytes there must be.
package transfer

import (
	"errors"
	"fmt"
	"io"
	"sync/atomic"
)

// ErrSize is a source that yields another number of bytes than was announced.
var ErrSize = errors.New("the source does not have the size announced")

// Expect is body as it should arrive: a clean end before size bytes becomes io.ErrUnexpectedEOF, because a proxy that
// gives up looks exactly like the end of a file. A size below zero expects nothing.
func Expect(body io.ReadCloser, size int64) io.ReadCloser {
	if size < 0 {
		return body
	}
	return &incoming{ReadCloser: body, left: size}
}

type incoming struct {
	io.ReadCloser
	left int64
}

func (r *incoming) Read(p []byte) (int, error) {
	n, err := r.ReadCloser.Read(p)
	r.left -= int64(n)
	if err == io.EOF && r.left > 0 {
		err = io.ErrUnexpectedEOF
	}
	return n, err
}

// Exactly is source as it must leave: more or fewer bytes than size are ErrSize, reported before the request is
// complete, so that the instance never takes a file for whole that is not. A size below zero only counts.
func Exactly(source io.ReadCloser, size int64) *Outgoing {
	return &Outgoing{ReadCloser: source, size: size}
}

// Outgoing is a source that counts. One attempt reads it; anybody may ask Sent.
type Outgoing struct {
	io.ReadCloser
	size int64
	sent atomic.Int64
}

// Sent is how many bytes have been read so far.
func (r *Outgoing) Sent() int64 { return r.sent.Load() }

// Read reads on, or tells that the size is another than announced.
func (r *Outgoing) Read(p []byte) (int, error) {
	n, err := r.ReadCloser.Read(p)
	sent := r.sent.Add(int64(n))
	switch {
	case r.size < 0:
	case sent > r.size:
		return 0, fmt.Errorf("%w: more than %d bytes", ErrSize, r.size)
	case err == io.EOF && sent < r.size:
		return n, fmt.Errorf("%w: %d of %d bytes", ErrSize, sent, r.size)
	}
	return n, err
}

// bufferSize is what one read moves. A read of a connection that large goes past the buffers of net/http and costs a
// fraction of the small ones that io.Copy makes by itself.
const bufferSize = 128 << 10

// Copy is io.Copy with large reads, whatever the writer would choose.
func Copy(w io.Writer, r io.Reader) (int64, error) {
	return io.CopyBuffer(struct{ io.Writer }{w}, struct{ io.Reader }{r}, make([]byte, bufferSize))
}
