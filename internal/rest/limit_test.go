package rest_test

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/time/rate"

	"github.com/seed-a66f7fd3/servicenow/internal/rest"
)

// busy is an instance that takes a second for every call and counts how many it has at a time.
type busy struct {
	now, most atomic.Int32
	answer    func(n int32) *http.Response // n calls at this moment
}

func (b *busy) RoundTrip(r *http.Request) (*http.Response, error) {
	drain(r)
	n := b.now.Add(1)
	defer b.now.Add(-1)
	for {
		most := b.most.Load()
		if n <= most || b.most.CompareAndSwap(most, n) {
			break
		}
	}
	select {
	case <-time.After(time.Second):
	case <-r.Context().Done():
		return nil, r.Context().Err()
	}
	if b.answer != nil {
		return b.answer(n), nil
	}
	return reply(200, `{"result":{}}`), nil
}

// calls runs n calls at once and returns how many failed.
func calls(t *testing.T, c *rest.Conn, n int, op rest.Op) int32 {
	var wg sync.WaitGroup
	var failed atomic.Int32
	for range n {
		wg.Go(func() {
			if _, err := c.Do(t.Context(), op, nil); err != nil {
				failed.Add(1)
			}
		})
	}
	wg.Wait()
	return failed.Load()
}

func TestCallsInFlightStartAtFourAndGrowWhileTheInstanceBearsIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := new(busy)
		c := connect(t, b, func(c *rest.Config) { c.MaxInFlight = 6 })
		if failed := calls(t, c, 4, get()); failed != 0 || b.most.Load() != 4 {
			t.Fatalf("%d failed, %d in flight at first", failed, b.most.Load())
		}
		calls(t, c, 100, get())
		if b.most.Load() != 6 {
			t.Errorf("%d in flight at most, want the maximum of 6", b.most.Load())
		}
	})
}

func TestMaxInFlightBelowTheStart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := new(busy)
		calls(t, connect(t, b, func(c *rest.Config) { c.MaxInFlight = 2 }), 20, get())
		if b.most.Load() != 2 {
			t.Errorf("%d in flight, want 2", b.most.Load())
		}
	})
}

// The instance bears three calls and answers more with a 429 without headers: its queue is full.
func TestCrowdingHalvesTheCallsInFlight(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := &busy{answer: func(n int32) *http.Response {
			if n > 3 {
				return reply(429, "")
			}
			return reply(200, `{"result":{}}`)
		}}
		c := connect(t, b)
		if failed := calls(t, c, 4, get()); failed != 0 {
			t.Errorf("%d of 4 calls failed", failed)
		}
		done := make(chan int32)
		go func() { done <- calls(t, c, 60, get()) }()
		synctest.Wait()
		if n := b.now.Load(); n != 2 {
			t.Errorf("%d in flight after crowding at 4, want 2", n)
		}
		if failed := <-done; failed != 0 {
			t.Errorf("%d of 60 calls failed", failed)
		}
	})
}

// Four calls that are refused at the same moment tell one thing, not four.
func TestOneWaveOfRefusalsCutsOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var crowd atomic.Bool
		crowd.Store(true)
		b := &busy{answer: func(int32) *http.Response {
			if crowd.Load() {
				return reply(429, "")
			}
			return reply(200, `{"result":{}}`)
		}}
		c := connect(t, b, func(c *rest.Config) { c.RetryMax = -1 })
		calls(t, c, 4, get())
		crowd.Store(false)
		done := make(chan int32)
		go func() { done <- calls(t, c, 4, get()) }()
		synctest.Wait()
		if n := b.now.Load(); n != 2 {
			t.Errorf("%d in flight after one wave of refusals at 4, want 2", n)
		}
		<-done
	})
}

// A call that waits for a slot while another hears that the quota is used up must not take the slot and go.
func TestQueuedCallsHeedAStop(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var sent []time.Time
		began := time.Now()
		rt := transport(func(*http.Request) (*http.Response, error) {
			sent = append(sent, time.Now())
			time.Sleep(time.Second)
			if len(sent) == 1 {
				return reply(429, "", "Retry-After", "40"), nil
			}
			return reply(200, `{"result":{}}`), nil
		})
		if failed := calls(t, connect(t, rt, func(c *rest.Config) { c.MaxInFlight = 1 }), 3, get()); failed != 0 {
			t.Errorf("%d failed", failed)
		}
		if len(sent) != 4 || sent[1].Sub(began) < 41*time.Second {
			t.Errorf("sent %d times, the second after %v; want 4 and not before 41 s", len(sent), sent[1].Sub(began))
		}
	})
}

// L4: an interactive call waits less than the time of a page while background calls take all that they may.
func TestL4OneSlotIsKeptForInteractiveCalls(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := new(busy)
		c := connect(t, b)
		background := get()
		background.Priority = rest.Background
		done := make(chan struct{})
		go func() { calls(t, c, 30, background); close(done) }()
		synctest.Wait()
		if n := b.now.Load(); n != 3 {
			t.Errorf("%d background calls in flight, want 3 of 4", n)
		}
		began := time.Now()
		if _, err := c.Do(t.Context(), get(), nil); err != nil || time.Since(began) != time.Second {
			t.Errorf("an interactive call took %v, %v; want the instance's second only", time.Since(began), err)
		}
		<-done
	})
}

func TestBackgroundCallsPassWithOneSlot(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		op := get()
		op.Priority = rest.Background
		c := connect(t, new(busy), func(c *rest.Config) { c.MaxInFlight = 1 })
		if failed := calls(t, c, 3, op); failed != 0 {
			t.Errorf("%d failed", failed)
		}
	})
}

// A quota that is used up stops everybody who calls the same API, and nobody else; the calls in flight are not cut.
func TestQuotaStopsTheAPIAndNotTheInstance(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var sent atomic.Int32
		rt := transport(func(r *http.Request) (*http.Response, error) {
			if r.URL.Path == "/api/now/v2/table/incident" && sent.Add(1) == 1 {
				return reply(429, "", "Retry-After", "40", "X-RateLimit-Rule", "r1"), nil
			}
			return reply(200, `{"result":{}}`), nil
		})
		c := connect(t, rt)
		incidents, cases := get("api", "now", "v2", "table", "incident"), get("api", "now", "v2", "table", "task")
		began := time.Now()
		var wg sync.WaitGroup
		wg.Go(func() { c.Do(t.Context(), incidents, nil) })
		synctest.Wait()
		if _, err := c.Do(t.Context(), cases, nil); err != nil || time.Since(began) != 0 {
			t.Errorf("another table: %v after %v", err, time.Since(began))
		}
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		_, err := c.Do(ctx, incidents, nil)
		e := failure(t, err)
		took := time.Since(began)
		if !errors.Is(err, rest.ErrRateLimited) || e.Attempts != 0 || e.RetryAfter != 40*time.Second || took != 0 {
			t.Errorf("impatient call: %v, RetryAfter %v, %d attempts, %v", err, e.RetryAfter, e.Attempts, took)
		}
		if _, err := c.Do(t.Context(), incidents, nil); err != nil || time.Since(began) < 40*time.Second {
			t.Errorf("patient call: %v after %v", err, time.Since(began))
		}
		wg.Wait()
		if n := sent.Load(); n != 3 {
			t.Errorf("%d requests for incidents, want 3: one refused, and one each of two patient callers", n)
		}
	})
}

// "For each row, update" with as many loops as slots: the streams hold all slots while their readers wait for one.
func TestNestedCallsDoNotWaitForEver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := connect(t, answers(good), func(c *rest.Config) { c.MaxInFlight = 2 })
		var wg sync.WaitGroup
		for range 4 {
			wg.Go(func() {
				resp, err := c.Open(t.Context(), get())
				if err != nil {
					t.Error(err)
					return
				}
				defer resp.Body.Close()
				time.Sleep(time.Second) // until all slots are taken
				ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
				defer cancel()
				if _, err := c.Do(ctx, post(), nil); err != nil {
					t.Errorf("the nested call: %v", err)
				}
			})
		}
		wg.Wait()
	})
}

func TestSlotsComeBack(t *testing.T) {
	for name, use := range map[string]func(*rest.Conn, context.Context){
		"good":      func(c *rest.Conn, ctx context.Context) { c.Do(ctx, get("api", "now", "good"), nil) },
		"refused":   func(c *rest.Conn, ctx context.Context) { c.Do(ctx, get("api", "now", "refused"), nil) },
		"malformed": func(c *rest.Conn, ctx context.Context) { c.Do(ctx, get("api", "now", "malformed"), nil) },
		"broken":    func(c *rest.Conn, ctx context.Context) { c.Do(ctx, get("api", "now", "broken"), nil) },
		"streamed": func(c *rest.Conn, ctx context.Context) {
			if r, err := c.Open(ctx, get("api", "now", "good")); err == nil {
				r.Body.Close()
				r.Body.Close()
			}
		},
		"panic in decoding": func(c *rest.Conn, ctx context.Context) {
			defer func() { recover() }()
			c.Do(ctx, get("api", "now", "good"), new(explosive))
		},
		"cancelled": func(c *rest.Conn, ctx context.Context) {
			ctx, cancel := context.WithCancel(ctx)
			cancel()
			c.Do(ctx, get("api", "now", "good"), nil)
		},
	} {
		synctest.Test(t, func(t *testing.T) {
			rt := transport(func(r *http.Request) (*http.Response, error) {
				switch r.URL.Path {
				case "/api/now/refused":
					return reply(403, ""), nil
				case "/api/now/malformed":
					return reply(200, `{`), nil
				case "/api/now/broken":
					return nil, errors.New("broken")
				}
				return reply(200, `{"result":{}}`), nil
			})
			c := connect(t, rt, func(c *rest.Config) { c.MaxInFlight, c.RetryMax = 1, -1 })
			for range 3 {
				use(c, t.Context())
			}
			began := time.Now()
			if _, err := c.Do(t.Context(), get("api", "now", "good"), nil); err != nil || time.Since(began) != 0 {
				t.Errorf("%s: the next call: %v after %v", name, err, time.Since(began))
			}
		})
	}
}

type explosive struct{}

func (*explosive) UnmarshalJSON([]byte) error { panic("boom") }

func TestCancelledWhileWaitingForASlot(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := new(busy)
		c := connect(t, b, func(c *rest.Config) { c.MaxInFlight = 1 })
		var wg sync.WaitGroup
		wg.Go(func() { c.Do(t.Context(), get(), nil) })
		synctest.Wait()
		ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
		defer cancel()
		if _, err := c.Do(ctx, get(), nil); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v", err)
		}
		wg.Wait()
		if _, err := c.Do(t.Context(), get(), nil); err != nil {
			t.Errorf("the slot is lost: %v", err)
		}
	})
}

func TestLimiterBoundsAttemptsAndNotCalls(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := answers(with(401, ""), with(429, "", "Retry-After", "1"), good)
		c := connect(t, s, func(c *rest.Config) { c.Limiter = rate.NewLimiter(rate.Every(10*time.Second), 1) })
		began := time.Now()
		_, err := c.Do(t.Context(), get(), nil)
		if took := time.Since(began).Round(time.Millisecond); err != nil || took != 20*time.Second {
			t.Errorf("three attempts took %v, %v; want 20 s", took, err)
		}
	})
}

func TestLimiterWithoutASlotBeforeTheDeadline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := connect(t, answers(good), func(c *rest.Config) { c.Limiter = rate.NewLimiter(rate.Every(time.Minute), 1) })
		c.Do(t.Context(), get(), nil)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, err := c.Do(ctx, get(), nil); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v, want what it is to the caller: a deadline", err)
		}
	})
}

// replicas shares stops in memory.
type replicas struct {
	mu    sync.Mutex
	until map[string]time.Time
	fail  bool
	asked int
}

func (r *replicas) Stop(_ context.Context, key string, until time.Time) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.fail {
		return errors.New("store down")
	}
	r.until[key] = until
	return nil
}

func (r *replicas) Stopped(_ context.Context, key string) (time.Time, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.asked++
	if r.fail {
		return time.Time{}, errors.New("store down")
	}
	return r.until[key], nil
}

// L1: after a quota's 429, no replica sends before the time it names; without the store each goes on by itself.
func TestL1ReplicasShareAStop(t *testing.T) {
	for _, down := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			shared := &replicas{until: make(map[string]time.Time), fail: down}
			use := func(c *rest.Config) { c.Coordinator, c.LimitKey = shared, "tenant-42" }
			one, other := answers(with(429, "", "Retry-After", "30"), good), answers(good)
			began := time.Now()
			var wg sync.WaitGroup
			wg.Go(func() { connect(t, one, use).Do(t.Context(), get(), nil) })
			synctest.Wait()
			c := connect(t, other, use)
			if _, err := c.Do(t.Context(), get(), nil); err != nil {
				t.Fatal(err)
			}
			if took := time.Since(began); (took >= 30*time.Second) == down {
				t.Errorf("store down %v: the other replica called after %v", down, took)
			}
			wg.Wait()
			before := shared.asked
			for range 100 {
				c.Do(t.Context(), get(), nil)
			}
			if asked := shared.asked - before; asked > 1 {
				t.Errorf("100 calls looked %d times into the store", asked)
			}
		})
	}
}

// L2: with n slots on the instance, the limit settles between n/2 and n, and under one call in a hundred is refused.
func TestL2LimitSettlesAtTheSlotsOfTheInstance(t *testing.T) {
	for _, slots := range []int32{5, 8, 12} {
		synctest.Test(t, func(t *testing.T) {
			var all, refused atomic.Int32
			b := &busy{answer: func(n int32) *http.Response {
				all.Add(1)
				if n > slots {
					refused.Add(1)
					return reply(429, "")
				}
				return reply(200, `{"result":{}}`)
			}}
			c := connect(t, b)
			callers := func(each int) (failed int32) {
				var wg sync.WaitGroup
				var n atomic.Int32
				for range 16 {
					wg.Go(func() {
						for range each {
							n.Add(calls(t, c, 1, get()))
						}
					})
				}
				wg.Wait()
				return n.Load()
			}
			callers(10) // settles
			all.Store(0)
			refused.Store(0)
			began := time.Now()
			if failed := callers(100); failed > 0 {
				t.Errorf("%d slots: %d calls failed", slots, failed)
			}
			mean := 1600 / time.Since(began).Seconds() // calls of a second each, so that it is how many were in flight
			share := float64(refused.Load()) / float64(all.Load())
			t.Logf("%d slots: %.1f in flight on average, %.2f %% refused", slots, mean, share*100)
			if mean < float64(slots)/2 || mean > float64(slots) || share >= 0.01 {
				t.Errorf("%d slots: %.1f in flight on average, %.2f %% refused", slots, mean, share*100)
			}
		})
	}
}

// L5: a dead instance does not slow the calls of another tenant.
func TestL5TenantsDoNotSlowEachOther(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dead := transport(func(r *http.Request) (*http.Response, error) {
			<-r.Context().Done()
			return nil, r.Context().Err()
		})
		ctx, cancel := context.WithCancel(t.Context())
		var waiting sync.WaitGroup
		theirs, ours := connect(t, dead), connect(t, new(busy))
		for range 100 {
			waiting.Go(func() { theirs.Do(ctx, get(), nil) })
		}
		synctest.Wait()
		for range 20 {
			began := time.Now()
			if _, err := ours.Do(t.Context(), get(), nil); err != nil || time.Since(began) != time.Second {
				t.Errorf("a call took %v, %v, want the instance's second", time.Since(began), err)
			}
		}
		cancel()
		waiting.Wait()
	})
}
