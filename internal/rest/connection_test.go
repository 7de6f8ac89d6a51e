package rest_test

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/seed-a66f7fd3/servicenow/internal/rest"
)

// faulty is a connection that fails after so many bytes were written: a cut on the way.
type faulty struct {
	net.Conn
	left int64
}

func (f *faulty) Write(p []byte) (int, error) {
	if int64(len(p)) <= f.left {
		f.left -= int64(len(p))
		return f.Conn.Write(p)
	}
	n, _ := f.Conn.Write(p[:f.left])
	f.Close()
	return n, &net.OpError{Op: "write", Net: "tcp", Err: syscall.ECONNRESET}
}

// cutFirstAfter breaks the first connection after n bytes written, and no other.
func cutFirstAfter(n int64) func(net.Conn) net.Conn {
	return eachConnection(func(c net.Conn) net.Conn { return &faulty{Conn: c, left: n} })
}

// eachConnection wraps the n-th connection with the n-th function, and later ones with none.
func eachConnection(wrap ...func(net.Conn) net.Conn) func(net.Conn) net.Conn {
	var seen atomic.Int32
	return func(c net.Conn) net.Conn {
		if n := int(seen.Add(1)); n <= len(wrap) {
			return wrap[n-1](c)
		}
		return c
	}
}

// mortal is a connection on which nothing can be written any more once it is dead, which nobody hears from: a
// firewall forgot it.
type mortal struct {
	net.Conn
	dead *atomic.Bool
}

func (m *mortal) Write(p []byte) (int, error) {
	if m.dead.Load() {
		return 0, &net.OpError{Op: "write", Net: "tcp", Err: syscall.EPIPE}
	}
	return m.Conn.Write(p)
}

// counting answers with a row and counts what it carried out: requests whose body came whole.
func counting(done *atomic.Int32) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, err := io.Copy(io.Discard, r.Body); err != nil {
			return
		}
		done.Add(1)
		w.Header().Set("Content-Type", jsonType)
		w.WriteHeader(201)
		io.WriteString(w, `{"result":{"number":"CS0001"}}`)
	})
}

func TestAppendingCallIsSentAgainWhenItsBodyWasNotFullyWritten(t *testing.T) {
	for _, protocol := range []string{"HTTP/1.1", "HTTP/2.0"} {
		t.Run(protocol, func(t *testing.T) {
			var done atomic.Int32
			var spoken string
			tr := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				spoken = r.Proto
				counting(&done).ServeHTTP(w, r)
			}), cutFirstAfter(200_000))
			if protocol == "HTTP/1.1" {
				onlyHTTP1(tr)
			}
			op := post()
			op.Body = map[string]string{"description": strings.Repeat("x", 1<<20)}
			got, meta, err := rest.Do[row](within(t, 10*time.Second), connect(t, tr), op)
			if err != nil || got.Number != "CS0001" || meta.Attempts != 2 || done.Load() != 1 {
				t.Errorf("%+v, %d attempts, carried out %d times, %v; want 2 and once", got, meta.Attempts, done.Load(), err)
			}
			if spoken != protocol {
				t.Errorf("spoke %s", spoken)
			}
		})
	}
}

// The bytes that were taken for sending are not the bytes that were sent.
func TestAppendingCallIsSentAgainWhenWritingItFailed(t *testing.T) {
	for name, tc := range map[string]struct {
		cut  int64
		body int
	}{"in the handshake": {100, 10}, "in the body": {8000, 20_000}} {
		t.Run(name, func(t *testing.T) {
			var done atomic.Int32
			tr := serve(t, counting(&done), cutFirstAfter(tc.cut))
			onlyHTTP1(tr)
			op := post()
			op.Body = map[string]string{"description": strings.Repeat("x", tc.body)}
			meta, err := connect(t, tr).Do(within(t, 10*time.Second), op, nil)
			if err != nil || meta.Attempts != 2 || done.Load() != 1 {
				t.Errorf("%d attempts, carried out %d times, %v; want 2 and once", meta.Attempts, done.Load(), err)
			}
		})
	}
}

// The instance hangs up while the body is still being read from its source, which hangs for ever.
func TestAppendingCallIsSentAgainWhenTheInstanceHungUpBeforeItsBodyCame(t *testing.T) {
	var requests, done atomic.Int32
	tr := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if requests.Add(1) == 1 {
			conn, _, err := http.NewResponseController(w).Hijack()
			if err == nil {
				conn.Close()
			}
			return
		}
		counting(&done).ServeHTTP(w, r)
	}))
	onlyHTTP1(tr)
	op, opened := post(), 0
	op.Body, op.Size = nil, 8
	op.Open = func() (io.ReadCloser, error) {
		opened++
		if opened == 1 {
			from, to := io.Pipe()
			go to.Write([]byte("half"))
			return from, nil
		}
		return io.NopCloser(strings.NewReader("complete")), nil
	}
	c := connect(t, tr, func(c *rest.Config) { c.IdleTimeout = time.Second })
	meta, err := c.Do(within(t, 60*time.Second), op, nil)
	if err != nil || meta.Attempts != 2 || done.Load() != 1 {
		t.Errorf("%d attempts, carried out %d times, %v; want 2 and once", meta.Attempts, done.Load(), err)
	}
}

func TestHangingSourceEndsWithItsDeadline(t *testing.T) {
	tr := serve(t, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { io.Copy(io.Discard, r.Body) }))
	op := post()
	op.Body, op.Size = nil, 8
	op.Open = func() (io.ReadCloser, error) { from, _ := io.Pipe(); return from, nil }
	_, err := connect(t, tr).Do(within(t, 200*time.Millisecond), op, nil)
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v", err)
	}
}

// net/http itself sends again on another connection when a kept one turns out to be dead before anything was
// written. What counts then is how far the last one came.
func TestDeadKeptConnection(t *testing.T) {
	for _, tc := range []struct {
		name      string
		second    func(net.Conn) net.Conn
		abort, ok bool
	}{
		{"and then a good one", nil, false, true},
		{"and then one that breaks in the handshake", func(c net.Conn) net.Conn { return &faulty{c, 100} }, false, true},
		{"and then one that is cut after the work", nil, true, false},
	} {
		for _, size := range []int{10, 20_000} {
			var dead, abort atomic.Bool
			var done atomic.Int32
			wraps := []func(net.Conn) net.Conn{func(c net.Conn) net.Conn { return &mortal{c, &dead} }}
			if tc.second != nil {
				wraps = append(wraps, tc.second)
			}
			tr := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				counting(&done).ServeHTTP(w, r)
				if abort.Load() {
					panic(http.ErrAbortHandler)
				}
			}), eachConnection(wraps...))
			onlyHTTP1(tr)
			c, op := connect(t, tr), post()
			op.Body = map[string]string{"description": strings.Repeat("x", size)}
			if _, err := c.Do(within(t, 10*time.Second), op, nil); err != nil {
				t.Fatal(err)
			}
			dead.Store(true)
			abort.Store(tc.abort)
			_, err := c.Do(within(t, 10*time.Second), op, nil)
			if (err == nil) != tc.ok || done.Load() != 2 {
				t.Errorf("%s, %d bytes: %v, the second call was carried out %d times; want once", tc.name, size, err,
					done.Load()-1)
			}
		}
	}
}

func onlyHTTP1(tr *http.Transport) {
	tr.ForceAttemptHTTP2 = false
	tr.TLSClientConfig.NextProtos = []string{"http/1.1"}
}

func TestAppendingCallIsNotSentAgainWhenItMayHaveBeenCarriedOut(t *testing.T) {
	var done atomic.Int32
	tr := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
		done.Add(1)
		panic(http.ErrAbortHandler) // the connection is cut after the work, before the answer
	}))
	for _, op := range []rest.Op{post(), {Name: "bodyless", Method: "POST", Path: post().Path, Replay: rest.Never}} {
		done.Store(0)
		_, err := connect(t, tr).Do(within(t, 10*time.Second), op, nil)
		if e := failure(t, err); !errors.Is(err, rest.ErrUnavailable) || e.Attempts != 1 || done.Load() != 1 {
			t.Errorf("%s: %v, %d attempts, carried out %d times; want one and once", op.Name, err, e.Attempts, done.Load())
		}
	}
}

// A kept connection that the server has closed meanwhile costs nothing, for a POST as for a GET: nothing was sent.
func TestClosedKeptConnectionIsNoFailure(t *testing.T) {
	var done atomic.Int32
	var conns []net.Conn
	tr := serve(t, counting(&done), func(c net.Conn) net.Conn { conns = append(conns, c); return c })
	onlyHTTP1(tr)
	c := connect(t, tr)
	for range 3 {
		if _, err := c.Do(within(t, 10*time.Second), post(), nil); err != nil {
			t.Fatal(err)
		}
		conns[len(conns)-1].(*net.TCPConn).CloseRead()
		conns[len(conns)-1].(*net.TCPConn).CloseWrite()
	}
	if done.Load() != 3 {
		t.Errorf("carried out %d times, want 3", done.Load())
	}
}

func TestRefusedConnectionIsRetriedAndToldAsUnavailable(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := l.Addr().String()
	l.Close()
	tr := &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "tcp", addr)
	}}
	_, err = connect(t, tr, func(c *rest.Config) { c.RetryMax = 2 }).Do(within(t, 10*time.Second), post(), nil)
	e := failure(t, err)
	if !errors.Is(err, rest.ErrUnavailable) || !errors.Is(err, syscall.ECONNREFUSED) || e.Attempts != 3 || e.Remedy == "" {
		t.Errorf("got %v, %d attempts, remedy %q", err, e.Attempts, e.Remedy)
	}
}

func TestUntrustedCertificateIsNotRetried(t *testing.T) {
	var done atomic.Int32
	tr := serve(t, counting(&done))
	tr.TLSClientConfig.RootCAs = nil
	_, err := connect(t, tr).Do(within(t, 10*time.Second), get(), nil)
	e := failure(t, err)
	if e.Attempts != 1 || done.Load() != 0 || !strings.Contains(e.Remedy, "SSL_CERT_FILE") {
		t.Errorf("got %v after %d attempts, %d served, remedy %q", err, e.Attempts, done.Load(), e.Remedy)
	}
}
