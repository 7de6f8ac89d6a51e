package rest_test

import (
	"context"
	"io"
	"net/http"
	"testing"
	"time"

	"golang.org/x/time/rate"

	"github.com/seed-a66f7fd3/servicenow/internal/rest"
)

// instant answers at once: what is measured is what stands before and behind the wire.
var instant = transport(func(r *http.Request) (*http.Response, error) {
	drain(r)
	return reply(200, `{"result":{"number":"CS0001"}}`), nil
})

type deaf struct{}

func (deaf) Begin(ctx context.Context, _ rest.Call) (context.Context, func(rest.Outcome)) {
	return ctx, func(rest.Outcome) {}
}

// fixed sets what bare sets.
type fixed struct{}

func (fixed) Authorize(_ context.Context, h http.Header) (any, error) {
	h.Set("Authorization", "Bearer "+canary)
	return nil, nil
}
func (fixed) Refused(any) bool { return false }

// bare is the same call with net/http alone.
func bare(hc *http.Client) error {
	req, err := http.NewRequest(http.MethodGet, "https://acme.service-now.com/api/now/v2/table/incident/abc", nil)
	if err != nil {
		return err
	}
	req.Header.Set("Accept", "application/json")
	req.Header.Set("User-Agent", "bare")
	req.Header.Set("Authorization", "Bearer "+canary)
	resp, err := hc.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	_, err = io.Copy(io.Discard, resp.Body)
	return err
}

var oneRow = get()

func whole(c *rest.Conn) error {
	resp, err := c.Open(context.Background(), oneRow)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	_, err = io.Copy(io.Discard, resp.Body)
	return err
}

func loaded(t testing.TB) *rest.Conn {
	return connect(t, instant, func(c *rest.Config) {
		c.Credential, c.Observer, c.Limiter = fixed{}, deaf{}, rate.NewLimiter(rate.Inf, 1)
	})
}

// Limiter, credential, observer, retry loop and classification together may cost 15 allocations a call.
func TestAllocationsOverBareHTTP(t *testing.T) {
	hc, c := &http.Client{Transport: instant}, loaded(t)
	without := testing.AllocsPerRun(200, func() { must(t, bare(hc)) })
	with := testing.AllocsPerRun(200, func() { must(t, whole(c)) })
	if with-without > 15 {
		t.Errorf("%v allocations more than the %v of bare net/http", with-without, without)
	}
	t.Logf("bare %v, whole %v", without, with)
}

func must(t testing.TB, err error) {
	if err != nil {
		t.Fatal(err)
	}
}

// BenchmarkOverhead reports the price of the request path over bare net/http in the same run.
func BenchmarkOverhead(b *testing.B) {
	hc, c := &http.Client{Transport: instant}, loaded(b)
	b.ReportAllocs()
	var without, with time.Duration
	for b.Loop() {
		began := time.Now()
		must(b, bare(hc))
		half := time.Now()
		must(b, whole(c))
		without, with = without+half.Sub(began), with+time.Since(half)
	}
	b.ReportMetric(float64(with)/float64(without), "ratio")
	b.ReportMetric(float64((with-without).Nanoseconds())/float64(b.N), "ns-over-bare/op")
}
