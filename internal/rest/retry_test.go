package rest_test

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/seed-a66f7fd3/servicenow/internal/rest"
)

const html = "<html><head><title>502 Bad Gateway</title></head></html>"

var (
	refusedConn = failing(&net.OpError{Op: "dial", Net: "tcp", Err: syscall.ECONNREFUSED})
	noSuchHost  = failing(&net.OpError{Op: "dial", Net: "tcp", Err: &net.DNSError{Err: "no such host", IsNotFound: true}})
	reset       = failing(&net.OpError{Op: "read", Net: "tcp", Err: syscall.ECONNRESET})
	htmlPage    = with(200, html, "Content-Type", "text/html;charset=UTF-8")
	cut         = func() (*http.Response, error) {
		r := reply(200, `{"result":{"number":"CS0`)
		r.Body = io.NopCloser(io.MultiReader(r.Body, broken{io.ErrUnexpectedEOF}))
		return r, nil
	}
)

type broken struct{ err error }

func (b broken) Read([]byte) (int, error) { return 0, b.err }

// One row a signal, one column a kind of call: whether a second attempt is made.
func TestWhatIsSentTwice(t *testing.T) {
	const yes, no = true, false
	for _, tc := range []struct {
		signal                       string
		first                        func() (*http.Response, error)
		get, delete, vouched, append bool
	}{
		{"429 with Retry-After", with(429, "", "Retry-After", "1"), yes, yes, yes, yes},
		{"429 without", with(429, ""), yes, yes, yes, yes},
		{"202 is not executed", with(202, ""), yes, yes, yes, yes},
		{"connection refused", refusedConn, yes, yes, yes, yes},
		{"no such host", noSuchHost, yes, yes, yes, yes},
		{"reset", reset, yes, yes, yes, no},
		{"502", with(502, ""), yes, yes, yes, no},
		{"503", with(503, ""), yes, yes, yes, no},
		{"504", with(504, ""), yes, yes, yes, no},
		{"page instead of JSON", htmlPage, yes, yes, yes, no},
		{"body cut short", cut, yes, yes, yes, no},
		{"500", with(500, ""), no, no, no, no},
		{"501", with(501, ""), no, no, no, no},
		{"400", with(400, ""), no, no, no, no},
		{"403", with(403, ""), no, no, no, no},
		{"404", with(404, ""), no, no, no, no},
		{"409", with(409, ""), no, no, no, no},
		{"302", with(302, "", "Location", "/login.do"), no, no, no, no},
		{"hibernating", with(200, "<title>Instance Hibernating page</title>", "Content-Type", "text/html"), no, no, no, no},
		{"cancelled", with(200, `{"result":[],"error":{"message":"Transaction cancelled"}}`), no, no, no, no},
	} {
		patch := post()
		patch.Method, patch.Replay = http.MethodPatch, rest.Always
		del := get()
		del.Method = http.MethodDelete
		for _, kind := range []struct {
			name string
			op   rest.Op
			want bool
		}{
			{"GET", get(), tc.get}, {"DELETE", del, tc.delete}, {"vouched PATCH", patch, tc.vouched},
			{"appending POST", post(), tc.append},
		} {
			t.Run(tc.signal+"/"+kind.name, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					s := answers(tc.first, good)
					got, meta, err := rest.Do[row](t.Context(), connect(t, s), kind.op)
					if sent := s.n.Load(); (sent == 2) != kind.want || (err == nil) != kind.want || sent > 2 {
						t.Fatalf("sent %d times, %v; want a second attempt: %v", sent, err, kind.want)
					}
					if kind.want && (got.Number != "CS0001" || meta.Attempts != 2) {
						t.Errorf("got %+v after %d attempts", got, meta.Attempts)
					}
					if first, _ := s.bodies.Load(1); kind.want && !sameBody(s, first) {
						t.Error("the second attempt had another body")
					}
				})
			})
		}
	}
}

func sameBody(s *script, first any) bool { second, _ := s.bodies.Load(2); return first == second }

// PUT and PATCH are not replayed on the method's word: writing a journal column appends an entry each time.
func TestPutIsNotReplayedByMethod(t *testing.T) {
	for _, method := range []string{"PUT", "PATCH", "POST"} {
		op, s := post(), answers(with(503, ""), good)
		op.Method, op.Replay = method, rest.ByMethod
		if _, err := connect(t, s).Do(t.Context(), op, nil); !errors.Is(err, rest.ErrUnavailable) || s.n.Load() != 1 {
			t.Errorf("%s: %v after %d attempts, want ErrUnavailable after one", method, err, s.n.Load())
		}
	}
}

func TestAttemptsAreBoundedWithoutADeadline(t *testing.T) {
	for want, limit := range map[int]int{1: -1, 3: 2, 5: 0} {
		synctest.Test(t, func(t *testing.T) {
			s := answers(with(503, ""))
			c := connect(t, s, func(cfg *rest.Config) { cfg.RetryMax = limit })
			_, err := c.Do(context.Background(), get(), nil)
			if e := failure(t, err); int(s.n.Load()) != want || e.Attempts != want || e.Status != 503 {
				t.Errorf("RetryMax %d: sent %d times, %+v", limit, s.n.Load(), e)
			}
		})
	}
}

func TestRetryAfterIsObeyed(t *testing.T) {
	now := func() string { return time.Now().UTC().Format(http.TimeFormat) }
	for name, header := range map[string]func() []string{
		"seconds": func() []string { return []string{"Retry-After", "30"} },
		"date": func() []string {
			return []string{"Retry-After", time.Now().Add(30 * time.Second).UTC().Format(http.TimeFormat)}
		},
		"reset": func() []string { return []string{"X-RateLimit-Reset", unix(time.Now().Add(30 * time.Second))} },
		"reset by the instance's clock": func() []string {
			there := time.Now().Add(-time.Hour)
			return []string{"X-RateLimit-Reset", unix(there.Add(30 * time.Second)), "Date", there.UTC().Format(http.TimeFormat)}
		},
		"seconds before reset": func() []string {
			return []string{"Retry-After", "30", "X-RateLimit-Reset", unix(time.Now().Add(40 * time.Minute)), "Date", now()}
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				began := time.Now()
				s := answers(func() (*http.Response, error) { return reply(429, "", header()...), nil }, good)
				if _, err := connect(t, s).Do(t.Context(), get(), nil); err != nil {
					t.Fatal(err)
				}
				if took := time.Since(began); took <= 30*time.Second || took > 34*time.Second {
					t.Errorf("waited %v, want 30 s and a random time more, at most 5 %% twice", took)
				}
			})
		})
	}
}

func unix(t time.Time) string { return strconv.FormatInt(t.Unix(), 10) }

func TestLongRetryAfterIsReportedNotSlept(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		s := answers(with(429, "", "Retry-After", "3600"), good)
		_, err := connect(t, s).Do(t.Context(), get(), nil)
		e := failure(t, err)
		if !errors.Is(err, rest.ErrRateLimited) || e.RetryAfter != time.Hour || e.Attempts != 1 {
			t.Errorf("got %v, RetryAfter %v, %d attempts", err, e.RetryAfter, e.Attempts)
		}
		if took := time.Since(began); took != 0 {
			t.Errorf("slept %v", took)
		}
	})
}

func TestNoRetryIsStartedThatCannotFinishBeforeTheDeadline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		began := time.Now()
		s := answers(with(503, "", "Retry-After", "20"), good)
		_, err := connect(t, s).Do(ctx, get(), nil)
		e := failure(t, err)
		if !errors.Is(err, rest.ErrUnavailable) || e.Status != 503 || e.RetryAfter != 20*time.Second {
			t.Errorf("got %v with RetryAfter %v", err, e.RetryAfter)
		}
		if took := time.Since(began); took != 0 || s.n.Load() != 1 {
			t.Errorf("returned after %v and %d attempts, want at once after one", took, s.n.Load())
		}
	})
}

func TestCancelledWhileWaitingForARetry(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(time.Second, cancel)
		_, err := connect(t, answers(with(503, "", "Retry-After", "20"))).Do(ctx, get(), nil)
		e := failure(t, err)
		if !errors.Is(err, context.Canceled) || !errors.Is(err, rest.ErrUnavailable) || e.Status != 503 {
			t.Errorf("got %v: the reason for the wait or for its end is lost", err)
		}
	})
}

func TestBackoffHasFullJitter(t *testing.T) {
	var least, most time.Duration = time.Hour, 0
	for range 60 {
		synctest.Test(t, func(t *testing.T) {
			began := time.Now()
			if _, err := connect(t, answers(with(503, ""), good)).Do(t.Context(), get(), nil); err != nil {
				t.Fatal(err)
			}
			took := time.Since(began)
			least, most = min(least, took), max(most, took)
		})
	}
	if most > 200*time.Millisecond || most < 100*time.Millisecond || least > 100*time.Millisecond {
		t.Errorf("first waits between %v and %v, want spread over 0 to 200 ms", least, most)
	}
}

// What an earlier attempt was told is not what the last one was told.
func TestErrorIsAboutTheLastAttempt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := answers(with(503, "", "X-Transaction-ID", "abc123"), reset)
		_, err := connect(t, s, func(c *rest.Config) { c.RetryMax = 1 }).Do(t.Context(), get(), nil)
		if e := failure(t, err); e.Status != 0 || e.TransactionID != "" || e.Attempts != 2 {
			t.Errorf("got %+v", e)
		}
	})
}

func TestLastAnswerIsNotLost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		body := `{"error":{"message":"Service down","detail":"node restarts"},"status":"failure"}`
		_, err := connect(t, answers(with(503, body, "X-Transaction-ID", "abc123"))).Do(t.Context(), get(), nil)
		e := failure(t, err)
		if e.Message != "Service down" || e.Detail != "node restarts" || e.TransactionID != "abc123" || e.Attempts != 5 {
			t.Errorf("got %+v", e)
		}
		if strings.Contains(err.Error(), "giving up") {
			t.Errorf("the library's own words, which may hold a URL: %v", err)
		}
	})
}

// L3: a dead instance stops drawing retries: the budget of a Conn is 500 tokens, 14 a retry.
func TestL3RetryBudget(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := answers(reset)
		c := connect(t, s)
		for range 20 {
			c.Do(t.Context(), get(), nil)
		}
		if n := s.n.Load(); n != 20+500/14 {
			t.Errorf("20 calls were sent %d times, want 20 and %d retries", n, 500/14)
		}
	})
}

func TestStreamedBodyIsReopenedForEveryAttempt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		opened, closed := 0, 0
		op := post()
		op.Body, op.ContentType, op.Size = nil, "text/plain", 5
		op.Open = func() (io.ReadCloser, error) {
			opened++
			return &counted{Reader: strings.NewReader("hello"), closed: &closed}, nil
		}
		s := answers(with(429, ""), with(401, ""), good)
		if _, err := connect(t, s).Do(t.Context(), op, nil); err != nil {
			t.Fatal(err)
		}
		for n := 1; n <= 3; n++ {
			if b, _ := s.bodies.Load(n); b != "hello" {
				t.Errorf("attempt %d carried %q", n, b)
			}
		}
		if opened != 3 || closed != 3 {
			t.Errorf("opened %d and closed %d times, want 3 and 3", opened, closed)
		}
	})
}

type counted struct {
	io.Reader
	closed *int
}

func (c *counted) Close() error { *c.closed++; return nil }

func TestBodyOfAnotherLengthThanAnnouncedIsTheCallersFault(t *testing.T) {
	boom := errors.New("disk on fire")
	for name, open := range map[string]func() (io.ReadCloser, error){
		"short": func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader("hi")), nil },
		"fails": func() (io.ReadCloser, error) { return io.NopCloser(broken{boom}), nil },
		"none":  func() (io.ReadCloser, error) { return nil, boom },
	} {
		served := 0
		tr := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if _, err := io.Copy(io.Discard, r.Body); err == nil {
				served++
			}
		}))
		op := post()
		op.Body, op.Size, op.Open = nil, 5, open
		_, err := connect(t, tr).Do(t.Context(), op, nil)
		if e := failure(t, err); !errors.Is(err, rest.ErrInvalid) || e.Attempts != 1 || served != 0 {
			t.Errorf("%s: %v, %d attempts, %d served", name, err, e.Attempts, served)
		}
		if name != "short" && !errors.Is(err, boom) {
			t.Errorf("%s: the cause is lost in %v", name, err)
		}
	}
}
