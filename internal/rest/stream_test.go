package rest_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/seed-a66f7fd3/servicenow/internal/rest"
)

// The instance's Content-Length promises more than comes.
func TestShortBodyIsToldToWhoReadsIt(t *testing.T) {
	tr := serve(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/octet-stream")
		w.Header().Set("Content-Length", "1000")
		w.Write(make([]byte, 400))
		w.(http.Flusher).Flush()
		panic(http.ErrAbortHandler)
	}))
	op := get("api", "now", "v1", "attachment", "abc", "file")
	op.Accept = "*/*"
	resp, err := connect(t, tr).Open(within(t, 10*time.Second), op)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	n, err := io.Copy(io.Discard, resp.Body)
	if n != 400 || !errors.Is(err, io.ErrUnexpectedEOF) || resp.ContentLength != 1000 {
		t.Errorf("read %d of %d bytes, %v; want an unexpected end", n, resp.ContentLength, err)
	}
}

func TestHungInstanceEnds(t *testing.T) {
	for name, h := range map[string]http.HandlerFunc{
		"before the headers": func(w http.ResponseWriter, r *http.Request) { <-r.Context().Done() },
		"in the middle of the body": func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", jsonType)
			io.WriteString(w, `{"result":`)
			w.(http.Flusher).Flush()
			<-r.Context().Done()
		},
	} {
		t.Run(name, func(t *testing.T) {
			c := connect(t, serve(t, h), func(c *rest.Config) { c.IdleTimeout, c.RetryMax = 50*time.Millisecond, -1 })
			_, err := c.Do(context.Background(), get(), nil)
			var timeout net.Error
			if !errors.Is(err, rest.ErrUnavailable) || !errors.As(err, &timeout) || !timeout.Timeout() {
				t.Errorf("got %v, want ErrUnavailable because of a timeout", err)
			}
			if errors.Is(err, context.Canceled) {
				t.Errorf("%v looks as if the caller had cancelled", err)
			}
		})
	}
}

// Neither a long stream nor a slow reader is a hung instance.
func TestLongStreamsAndSlowReadersAreLeftAlone(t *testing.T) {
	const idle = 150 * time.Millisecond
	tr := serve(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/octet-stream")
		for range 8 {
			w.Write([]byte("x"))
			w.(http.Flusher).Flush()
			time.Sleep(idle / 3)
		}
	}))
	op := get()
	op.Accept = "*/*"
	c := connect(t, tr, func(c *rest.Config) { c.IdleTimeout = idle })
	resp, err := c.Open(t.Context(), op)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	time.Sleep(2 * idle)
	io.ReadFull(resp.Body, make([]byte, 1))
	time.Sleep(2 * idle)
	if rest, err := io.ReadAll(resp.Body); len(rest) != 7 || err != nil {
		t.Errorf("read %d more bytes, %v; want 7", len(rest), err)
	}
}

// The upload of a large file takes longer than the idle time; what counts is that bytes move.
func TestSlowUploadIsLeftAlone(t *testing.T) {
	var done atomic.Int32
	op := post()
	op.Body, op.Size = nil, 6
	op.Open = func() (io.ReadCloser, error) { return io.NopCloser(&slow{bytes.NewReader([]byte("abcdef"))}), nil }
	c := connect(t, serve(t, counting(&done)), func(c *rest.Config) { c.IdleTimeout = 150 * time.Millisecond })
	if _, err := c.Do(t.Context(), op, nil); err != nil || done.Load() != 1 {
		t.Errorf("carried out %d times, %v", done.Load(), err)
	}
}

type slow struct{ r io.Reader }

func (s *slow) Read(p []byte) (int, error) {
	time.Sleep(50 * time.Millisecond)
	return s.r.Read(p[:1])
}

func TestTimeoutOfTheLentClientBoundsAnAttempt(t *testing.T) {
	tr := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { <-r.Context().Done() }))
	c := connect(t, tr, func(c *rest.Config) { c.HTTPClient.Timeout, c.RetryMax = 50*time.Millisecond, -1 })
	_, err := c.Do(context.Background(), get(), nil)
	if !errors.Is(err, rest.ErrUnavailable) || !strings.Contains(err.Error(), "50ms") {
		t.Errorf("got %v", err)
	}
}

// A refusal that comes before the upload ends is the answer, not a broken pipe.
func TestEarlyRefusalOfAnUploadIsHeard(t *testing.T) {
	const size = 8 << 20
	tr := serve(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", jsonType)
		w.WriteHeader(413)
		io.WriteString(w, `{"error":{"message":"too large"},"status":"failure"}`)
	}))
	op := post()
	op.Body, op.Size = nil, size
	op.Open = func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(make([]byte, size))), nil }
	_, err := connect(t, tr).Do(within(t, 10*time.Second), op, nil)
	if e := failure(t, err); e.Status != 413 || e.Message != "too large" || !errors.Is(err, rest.ErrInvalid) {
		t.Errorf("got %v", err)
	}
}

// 64 MiB either way must not be held in memory: the largest read that the source or the sink sees tells.
func TestBodiesAreStreams(t *testing.T) {
	const size = 64 << 20
	tr := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		n, _ := io.Copy(io.Discard, r.Body)
		w.Header().Set("Content-Type", "application/octet-stream")
		w.Header().Set("X-Received", strconv.FormatInt(n, 10))
		io.CopyN(w, zeros{}, size)
	}))
	onlyHTTP1(tr) // net/http's HTTP/2 allocates a good part of what it moves, on either side
	op := post()
	op.Body, op.Size, op.Accept = nil, size, "*/*"
	op.Open = func() (io.ReadCloser, error) { return io.NopCloser(io.LimitReader(zeros{}, size)), nil }
	var before, after uint64
	before = allocated()
	resp, err := connect(t, tr).Open(t.Context(), op)
	if err != nil {
		t.Fatal(err)
	}
	n, err := io.Copy(io.Discard, resp.Body)
	resp.Body.Close()
	after = allocated()
	if n != size || err != nil {
		t.Fatalf("read %d, %v", n, err)
	}
	if grown := after - before; grown > size/2 {
		t.Errorf("allocated %d MiB in all for %d MiB each way", grown>>20, size>>20)
	}
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }
