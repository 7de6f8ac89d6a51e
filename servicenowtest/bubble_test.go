package servicenowtest_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/seed-a66f7fd3/servicenow/servicenowtest"
)

// In a bubble of testing/synctest no second is waited for: connections are pipes, and the instance's clock is the
// bubble's. Sockets would not do: a goroutine that waits for the kernel keeps the bubble's time from moving.
func inBubble(t *testing.T, run func(*testing.T, *servicenowtest.Server, *client), opts ...servicenowtest.Option) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		s := servicenowtest.NewServer(t, append(opts, servicenowtest.WithoutSockets())...)
		run(t, s, talk(t, s).integration())
	})
}

// Slow answers take the time they say, exactly.
func TestSlowFaultsTakeTheirTime(t *testing.T) {
	for _, c := range []struct {
		name  string
		fault servicenowtest.Fault
		took  time.Duration
	}{
		{"none", servicenowtest.WrongType("application/json"), 0},
		{"slow first byte", servicenowtest.SlowFirstByte(40 * time.Second), 40 * time.Second},
		{"slow start", servicenowtest.SlowStart(2 * time.Minute), 2 * time.Minute},
		{"slow body, in one piece", servicenowtest.SlowBody(1<<20, time.Hour), time.Hour},
		{"slow body, in two pieces", servicenowtest.SlowBody(10, time.Minute), 2 * time.Minute},
	} {
		t.Run(c.name, func(t *testing.T) {
			inBubble(t, func(t *testing.T, s *servicenowtest.Server, me *client) {
				s.Fault(servicenowtest.When{}, c.fault)
				began := time.Now()
				got := me.get(incidents) // {"result":[]}
				if took := time.Since(began); took != c.took || got.StatusCode != 200 || got.body != `{"result":[]}` {
					t.Errorf("took %v, want %v: %d %q", took, c.took, got.StatusCode, got.body)
				}
			})
		})
	}
}

func TestAHangInABubble(t *testing.T) {
	inBubble(t, func(t *testing.T, s *servicenowtest.Server, _ *client) {
		s.Fault(servicenowtest.When{}, servicenowtest.Hang())
		ctx, cancel := context.WithTimeout(t.Context(), 75*time.Second)
		defer cancel()
		began := time.Now()
		req, _ := http.NewRequestWithContext(ctx, http.MethodGet, s.Instance().Origin()+incidents, nil)
		resp, err := s.HTTPClient().Do(req)
		if resp != nil {
			_ = resp.Body.Close()
		}
		if took := time.Since(began); !errors.Is(err, context.DeadlineExceeded) || took != 75*time.Second {
			t.Errorf("%v after %v", err, took)
		}
	})
}

// The instance's own times move with the bubble: columns, windows of rate limits, scheduled events, the Date header.
func TestTheInstancesTimeIsTheBubbles(t *testing.T) {
	limit := servicenowtest.WithRateLimit(servicenowtest.RateLimit{API: "Table API", PerHour: 1})
	inBubble(t, func(t *testing.T, s *servicenowtest.Server, me *client) {
		first := me.do("POST", incidents, `{"short_description":"x"}`)
		if first.StatusCode != 201 || me.get(incidents).StatusCode != 429 {
			t.Fatalf("%d %s", first.StatusCode, first.body)
		}
		created := first.json(t)["result"].(map[string]any)["sys_created_on"]
		if want := time.Now().UTC().Format(time.DateTime); created != want {
			t.Errorf("created on %v, want %s", created, want)
		}
		time.Sleep(time.Hour)
		again := me.get(incidents)
		if again.StatusCode != 200 || again.Header.Get("Date") != time.Now().UTC().Format(http.TimeFormat) {
			t.Errorf("an hour later: %d at %s", again.StatusCode, again.Header.Get("Date"))
		}
	}, limit)
}

func TestScheduledEventsInABubble(t *testing.T) {
	inBubble(t, func(t *testing.T, s *servicenowtest.Server, _ *client) {
		as := s.As("system")
		for table, row := range map[string]map[string]string{
			"sysevent_script_action": {"name": "later", "event_name": "acme.later", "script": "gs.info('ran');"},
			"sys_script": {"name": "queue", "collection": "incident", "when": "after", "advanced": "true",
				"action_insert": "true", "script": "var at = new GlideDateTime(); at.addSeconds(600); " +
					"gs.eventQueueScheduled('acme.later', current, '', '', at);"},
		} {
			if _, err := as.Insert(table, row); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := as.Insert("incident", nil); err != nil {
			t.Fatal(err)
		}
		ran := func() int { return len(s.Rows("syslog", "message=ran")) }
		time.Sleep(599 * time.Second)
		synctest.Wait()
		if ran() != 0 {
			t.Error("it ran too early")
		}
		time.Sleep(2 * time.Second)
		synctest.Wait()
		if ran() != 1 {
			t.Errorf("it ran %d times; log %v", ran(), s.Rows("syslog", ""))
		}
	})
}

// Queued requests of rules leave through the client that the test gave, inside the bubble.
func TestDeliveriesInABubble(t *testing.T) {
	var got []string
	outbound := &http.Client{Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
		time.Sleep(3 * time.Second) // a slow receiver
		got = append(got, r.Method+" "+r.URL.String())
		return &http.Response{StatusCode: 204, Body: http.NoBody, Header: http.Header{}}, nil
	})}
	inBubble(t, func(t *testing.T, s *servicenowtest.Server, _ *client) {
		_, err := s.As("system").Insert("sys_script", map[string]string{"name": "call", "collection": "incident",
			"when": "after", "advanced": "true", "action_insert": "true", "script": strings.ReplaceAll(hook,
				"gs.getProperty('x_acme.callback_url')", "'https://hooks.example/1'")})
		if err != nil {
			t.Fatal(err)
		}
		began := time.Now()
		if _, err := s.As("system").Insert("incident", nil); err != nil {
			t.Fatal(err)
		}
		if waited := time.Since(began); waited != 0 {
			t.Errorf("the writer waited %v for a queued request", waited)
		}
		settle(t, s)
		d := s.Deliveries()
		if len(got) != 1 || len(d) != 1 || d[0].Status != 204 || d[0].Took != 3*time.Second {
			t.Errorf("%v, %+v", got, d)
		}
	}, servicenowtest.WithOutbound(outbound))
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }
