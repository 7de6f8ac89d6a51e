package rest_test

import (
	"context"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/seed-a66f7fd3/servicenow/internal/instance"
	"github.com/seed-a66f7fd3/servicenow/internal/rest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	host     = "acme.service-now.com"
	canary   = "canary-7f3a9c51d2"
	jsonType = "application/json;charset=UTF-8"
)

var acme = func() instance.Instance {
	in, err := instance.Parse("https://" + host)
	if err != nil {
		panic(err)
	}
	return in
}()

// bearer is a credential that can be renewed once for every token that was refused.
type bearer struct {
	mu       sync.Mutex
	current  int
	renewals int
	stuck    bool // Refused never yields another
}

func (b *bearer) token() string { return "Bearer " + canary + "-" + string(rune('a'+b.current)) }

func (b *bearer) Authorize(_ context.Context, h http.Header) (any, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	h.Set("Authorization", b.token())
	return b.current, nil
}

func (b *bearer) Refused(used any) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.stuck {
		return false
	}
	if used == b.current {
		b.current++
		b.renewals++
	}
	return true
}

// transport fakes the wire for tests about time and decisions.
type transport func(*http.Request) (*http.Response, error)

func (f transport) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func reply(status int, body string, header ...string) *http.Response {
	h := http.Header{"Content-Type": {jsonType}}
	for i := 0; i+1 < len(header); i += 2 {
		h.Set(header[i], header[i+1])
	}
	return &http.Response{
		StatusCode: status, Header: h, Body: io.NopCloser(strings.NewReader(body)), ContentLength: int64(len(body)),
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
	}
}

// drain takes the request's body as a transport does.
func drain(r *http.Request) string {
	if r.Body == nil {
		return ""
	}
	defer r.Body.Close()
	b, err := io.ReadAll(r.Body)
	if err != nil {
		return "error: " + err.Error()
	}
	return string(b)
}

// connect makes a Conn to acme through rt.
func connect(t testing.TB, rt http.RoundTripper, change ...func(*rest.Config)) *rest.Conn {
	t.Helper()
	cfg := rest.Config{Instance: acme, Credential: new(bearer), HTTPClient: &http.Client{Transport: rt}}
	for _, f := range change {
		f(&cfg)
	}
	c, err := rest.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// serve starts a real TLS server that is reached as acme.service-now.com, and only as that. wrap may spoil its
// connections.
func serve(t testing.TB, h http.Handler, wrap ...func(net.Conn) net.Conn) *http.Transport {
	t.Helper()
	srv := httptest.NewUnstartedServer(h)
	srv.Config.ErrorLog = log.New(io.Discard, "", 0) // broken connections are what the tests are about
	srv.EnableHTTP2 = true
	srv.StartTLS()
	t.Cleanup(srv.Close)
	tr := srv.Client().Transport.(*http.Transport).Clone()
	tr.TLSClientConfig.ServerName = "example.com" // a name in the server's certificate
	tr.DialContext = func(ctx context.Context, network, addr string) (net.Conn, error) {
		if addr != host+":443" {
			return nil, errors.New("a connection to " + addr + " was attempted")
		}
		c, err := new(net.Dialer).DialContext(ctx, network, srv.Listener.Addr().String())
		for _, f := range wrap {
			if err == nil {
				c = f(c)
			}
		}
		return c, err
	}
	t.Cleanup(tr.CloseIdleConnections)
	return tr
}

// script answers the n-th request with the n-th reply, and all later ones with the last.
type script struct {
	replies []func() (*http.Response, error)
	n       atomic.Int32
	bodies  sync.Map
}

func (s *script) RoundTrip(r *http.Request) (*http.Response, error) {
	n := int(s.n.Add(1))
	s.bodies.Store(n, drain(r))
	return s.replies[min(n, len(s.replies))-1]()
}

func answers(r ...func() (*http.Response, error)) *script { return &script{replies: r} }

func with(status int, body string, header ...string) func() (*http.Response, error) {
	return func() (*http.Response, error) { return reply(status, body, header...), nil }
}

func failing(err error) func() (*http.Response, error) {
	return func() (*http.Response, error) { return nil, err }
}

var good = with(200, `{"result":{"number":"CS0001"}}`)

func get(path ...string) rest.Op {
	if path == nil {
		path = []string{"api", "now", "v2", "table", "incident", "abc"}
	}
	return rest.Op{Name: "table.Get", Method: http.MethodGet, Path: path}
}

func post() rest.Op {
	return rest.Op{Name: "table.Create", Method: http.MethodPost, Replay: rest.Never,
		Path: []string{"api", "now", "v2", "table", "incident"}, Body: map[string]string{"short_description": "VPN"}}
}

type row struct{ Number string }

func failure(t testing.TB, err error) *rest.Error {
	t.Helper()
	var e *rest.Error
	if !errors.As(err, &e) {
		t.Fatalf("got %v (%T), want a *rest.Error", err, err)
	}
	return e
}

func within(t testing.TB, d time.Duration) context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), d)
	t.Cleanup(cancel)
	return ctx
}

// allocated is what was ever allocated, whether or not it is still held.
func allocated() uint64 {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.TotalAlloc
}
