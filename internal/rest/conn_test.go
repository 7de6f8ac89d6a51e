package rest_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/time/rate"

	"github.com/seed-a66f7fd3/servicenow/internal/instance"
	"github.com/seed-a66f7fd3/servicenow/internal/rest"
)

func TestNewRefusesWhatCanNeverWork(t *testing.T) {
	for name, cfg := range map[string]rest.Config{
		"no instance":        {Credential: new(bearer)},
		"no credential":      {Instance: acme},
		"limiter of burst 0": {Instance: acme, Credential: new(bearer), Limiter: rate.NewLimiter(1, 0)},
		"negative in flight": {Instance: acme, Credential: new(bearer), MaxInFlight: -1},
	} {
		if c, err := rest.New(cfg); err == nil || c != nil {
			t.Errorf("%s: got %v, %v", name, c, err)
		}
	}
	if c := connect(t, answers(good)); c.Instance() != acme {
		t.Errorf("instance %v", c.Instance())
	}
}

// A host's clock may be minutes off; a window of changes is computed with the instance's.
func TestNowIsTheInstancesClock(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		there := time.Now().Add(-7 * time.Minute).Truncate(time.Second)
		rt := transport(func(*http.Request) (*http.Response, error) {
			return reply(200, `{"result":{}}`, "Date", time.Now().Add(-7*time.Minute).UTC().Format(http.TimeFormat)), nil
		})
		c := connect(t, rt)
		if !c.Now().Equal(time.Now()) {
			t.Error("before the first answer it is the local clock")
		}
		c.Do(t.Context(), get(), nil)
		if !c.Now().Equal(there) {
			t.Errorf("got %v, want %v", c.Now(), there)
		}
		last := c.Now()
		for range 100 { // dates are cut to the second; the clock does not step back by that
			time.Sleep(313 * time.Millisecond)
			c.Do(t.Context(), get(), nil)
			if now := c.Now(); now.Before(last) {
				t.Fatalf("stepped back from %v to %v", last, now)
			}
			last = c.Now()
		}
		if off := c.Now().Sub(time.Now().Add(-7 * time.Minute)); off < -time.Second || off > time.Second {
			t.Errorf("off by %v", off)
		}
	})
}

func TestCachedAnswersDoNotTellTheTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := connect(t, answers(with(200, `{"result":{}}`, "Date", "Sat, 01 Jan 2000 00:00:00 GMT", "Age", "1000")))
		c.Do(t.Context(), get(), nil)
		if !c.Now().Equal(time.Now()) {
			t.Errorf("got %v", c.Now())
		}
	})
}

func TestDefaultTransportIsUsedWithoutAClient(t *testing.T) {
	used := false
	old := http.DefaultTransport
	http.DefaultTransport = transport(func(*http.Request) (*http.Response, error) { used = true; return good() })
	defer func() { http.DefaultTransport = old }()
	connect(t, nil).Do(t.Context(), get(), nil)
	c, err := rest.New(rest.Config{Instance: acme, Credential: new(bearer)})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Do(t.Context(), get(), nil); err != nil || !used {
		t.Errorf("used %v, %v", used, err)
	}
}

type anonymous struct{}

func (anonymous) Authorize(context.Context, http.Header) (any, error) { return nil, nil }
func (anonymous) Refused(any) bool                                    { return false }

func Example() {
	wire := transport(func(r *http.Request) (*http.Response, error) {
		fmt.Println(r.Method, r.URL)
		return reply(403, `{"error":{"message":"User Not Authorized"},"status":"failure"}`, "X-Transaction-ID", "0a1b2c"), nil
	})
	in, _ := instance.Parse("acme")
	conn, err := rest.New(rest.Config{Instance: in, Credential: anonymous{}, HTTPClient: &http.Client{Transport: wire}})
	if err != nil {
		fmt.Println(err)
		return
	}
	op := rest.Op{Name: "table.Get", Method: "GET", Path: []string{"api", "now", "v2", "table", "incident", "a/b"}}
	_, _, err = rest.Do[map[string]string](context.Background(), conn, op)
	fmt.Println(err)
	if e, ok := errors.AsType[*rest.Error](err); ok {
		fmt.Println(e.Remedy)
	}
	// Output:
	// GET https://acme.service-now.com/api/now/v2/table/incident/a%2Fb
	// servicenow: table.Get GET /api/now/v2/table/incident/a%2Fb: 403 forbidden: User Not Authorized [transaction 0a1b2c]
	// give the integration user the role itil
}
