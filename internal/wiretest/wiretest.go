// Package wiretest connects a room to an httpmock transport, for tests of the exact shape of single requests and of
// how single answers are read. Only tests import it.
package wiretest

import (
	"context"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/jarcoal/httpmock"

	"github.com/seed-a66f7fd3/servicenow/internal/instance"
	"github.com/seed-a66f7fd3/servicenow/internal/rest"
	"github.com/seed-a66f7fd3/servicenow/table"
)

const origin = "https://acme.service-now.com"

// Wire is a connection whose other end is written down in the test.
type Wire struct {
	Conn   *rest.Conn
	Tables *table.Service

	t    testing.TB
	mock *httpmock.MockTransport
	mu   sync.Mutex
	sent []Request
}

// Request is what was sent.
type Request struct {
	Method, Path  string // the path as it was escaped
	Query         url.Values
	Header        http.Header
	Body          string
	ContentLength int64
}

// String is the request line, with the query in the order of its names and unescaped, as a test reads best.
func (r Request) String() string {
	line := r.Method + " " + r.Path
	if q, _ := url.QueryUnescape(r.Query.Encode()); q != "" {
		line += "?" + q
	}
	return line
}

// Answer is what the other end says.
type Answer struct {
	Status int // 0 is 200
	Body   string
	Header map[string]string
	Err    error // in place of an answer
}

// Result is an answer of 200 with body as its result.
func Result(body string) Answer { return Answer{Body: `{"result":` + body + `}`} }

type nobody struct{}

func (nobody) Authorize(context.Context, http.Header) (any, error) { return "test", nil }
func (nobody) Refused(any) bool                                    { return true }

// New is a connection to a mock that refuses every request nothing was said about. Calls are not repeated, so that
// what is counted is what the room sends by itself; a 401 is, once.
func New(t testing.TB) *Wire {
	t.Helper()
	return Retrying(t, -1)
}

// Retrying is New with calls that may be repeated so many times.
func Retrying(t testing.TB, times int) *Wire {
	t.Helper()
	w := &Wire{t: t, mock: httpmock.NewMockTransport()}
	in, err := instance.Parse(origin)
	if err != nil {
		t.Fatal(err)
	}
	w.Conn, err = rest.New(rest.Config{
		Instance: in, Credential: nobody{}, HTTPClient: &http.Client{Transport: w.mock}, RetryMax: times,
	})
	if err != nil {
		t.Fatal(err)
	}
	w.Tables = table.New(w.Conn)
	w.mock.RegisterNoResponder(func(r *http.Request) (*http.Response, error) {
		t.Errorf("a request that the test does not know: %s %s", r.Method, r.URL)
		return httpmock.NewStringResponse(http.StatusTeapot, ""), nil
	})
	return w
}

// On answers method and path with the answers given, one after the other; the last is said again for ever.
func (w *Wire) On(method, path string, answers ...Answer) {
	w.mock.RegisterResponder(method, origin+path, func(r *http.Request) (*http.Response, error) {
		if err := w.note(r); err != nil {
			return nil, err
		}
		w.mu.Lock()
		answer := answers[0]
		if len(answers) > 1 {
			answers = answers[1:]
		}
		w.mu.Unlock()
		return answer.response(r)
	})
}

// note reads the body as a transport does, so that a source that fails fails the request.
func (w *Wire) note(r *http.Request) error {
	sent := Request{
		Method: r.Method, Path: r.URL.EscapedPath(), Query: r.URL.Query(), Header: r.Header.Clone(),
		ContentLength: r.ContentLength,
	}
	if r.Body != nil {
		b, err := io.ReadAll(r.Body)
		r.Body.Close()
		if err != nil {
			return err
		}
		sent.Body = string(b)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.sent = append(w.sent, sent)
	return nil
}

func (a Answer) response(r *http.Request) (*http.Response, error) {
	if a.Err != nil {
		return nil, a.Err
	}
	if a.Status == 0 {
		a.Status = http.StatusOK
	}
	resp := httpmock.NewStringResponse(a.Status, a.Body)
	resp.Header.Set("Content-Type", "application/json;charset=UTF-8")
	for name, value := range a.Header {
		resp.Header.Set(name, value)
	}
	resp.ContentLength = int64(len(a.Body))
	resp.Request = r
	return resp, nil
}

// Sent is every request so far.
func (w *Wire) Sent() []Request {
	w.mu.Lock()
	defer w.mu.Unlock()
	return append([]Request(nil), w.sent...)
}

// Expect fails the test unless exactly these requests were sent, in the notation of [Request.String].
func (w *Wire) Expect(lines ...string) {
	w.t.Helper()
	var got []string
	for _, r := range w.Sent() {
		got = append(got, r.String())
	}
	if g, want := strings.Join(got, "\n"), strings.Join(lines, "\n"); g != want {
		w.t.Errorf("sent\n%s\nwant\n%s", g, want)
	}
}
