package table_test

import (
	"context"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"

	"go.uber.org/goleak"

	"github.com/seed-a66f7fd3/servicenow/internal/instance"
	"github.com/seed-a66f7fd3/servicenow/internal/rest"
	"github.com/seed-a66f7fd3/servicenow/table"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// bearer is a credential that never changes.
type bearer struct{}

func (bearer) Authorize(_ context.Context, h http.Header) (any, error) {
	h.Set("Authorization", "Bearer token")
	return nil, nil
}

func (bearer) Refused(any) bool { return false }

// script is an instance that answers each request with the next of its answers, and remembers what it was asked.
type script struct {
	t       testing.TB
	mu      sync.Mutex
	answers []answer
	asked   []request
}

// answer is one scripted answer. The zero status is 200, the zero total sends no count.
type answer struct {
	status int
	body   string
	total  string
	header http.Header
	err    error         // the transport fails
	cut    bool          // the body ends with an unexpected end of file
	reader io.ReadCloser // instead of body
}

type request struct {
	method, path, body string
	query              url.Values
	header             http.Header
}

func (s *script) RoundTrip(r *http.Request) (*http.Response, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	got := request{method: r.Method, path: r.URL.EscapedPath(), query: r.URL.Query(), header: r.Header}
	if r.Body != nil {
		b, err := io.ReadAll(r.Body)
		if err != nil {
			return nil, err
		}
		got.body = string(b)
	}
	s.asked = append(s.asked, got)
	if len(s.asked) > len(s.answers) {
		s.t.Errorf("request %d was not expected: %s %s?%s", len(s.asked), got.method, got.path, got.query.Encode())
		return &http.Response{StatusCode: http.StatusTeapot, Body: http.NoBody, Header: http.Header{}, Request: r}, nil
	}
	return s.answers[len(s.asked)-1].response(r)
}

func (a answer) response(r *http.Request) (*http.Response, error) {
	if a.err != nil {
		return nil, a.err
	}
	h := http.Header{"Content-Type": {"application/json;charset=UTF-8"}}
	for name, values := range a.header {
		h[name] = values
	}
	if a.total != "" {
		h.Set("X-Total-Count", a.total)
	}
	status := a.status
	if status == 0 {
		status = http.StatusOK
	}
	body := a.reader
	if body == nil {
		body = io.NopCloser(strings.NewReader(a.body))
	}
	if a.cut {
		body = io.NopCloser(io.MultiReader(strings.NewReader(a.body), cutReader{}))
	}
	return &http.Response{StatusCode: status, Header: h, Body: body, ContentLength: -1, Request: r}, nil
}

type cutReader struct{}

func (cutReader) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

// scripted is a service whose instance gives these answers, and reports when some were not asked for.
func scripted(t testing.TB, answers ...answer) (*table.Service, *script) {
	t.Helper()
	s := &script{t: t, answers: answers}
	t.Cleanup(func() {
		if len(s.asked) != len(answers) {
			t.Errorf("%d requests were made, expected were %d", len(s.asked), len(answers))
		}
	})
	return serviceOver(t, s), s
}

func serviceOver(t testing.TB, transport http.RoundTripper, options ...func(*rest.Config)) *table.Service {
	t.Helper()
	in, err := instance.Parse("https://acme.service-now.com")
	if err != nil {
		t.Fatal(err)
	}
	cfg := rest.Config{Instance: in, Credential: bearer{}, HTTPClient: &http.Client{Transport: transport}, RetryMax: -1}
	for _, option := range options {
		option(&cfg)
	}
	conn, err := rest.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return table.New(conn)
}

// retry lets calls be sent again, where they may be.
func retry(cfg *rest.Config) { cfg.RetryMax = 2 }
