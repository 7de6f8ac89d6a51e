package rest_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/seed-a66f7fd3/servicenow/internal/rest"
)

type recorder struct {
	mu      sync.Mutex
	begun   []rest.Call
	ended   []rest.Outcome
	retries []string
}

type key struct{}

func (r *recorder) Begin(ctx context.Context, c rest.Call) (context.Context, func(rest.Outcome)) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.begun = append(r.begun, c)
	return context.WithValue(ctx, key{}, "span"), func(o rest.Outcome) {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.ended = append(r.ended, o)
	}
}

func (r *recorder) Retry(_ context.Context, _ rest.Call, why string, _ time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.retries = append(r.retries, why)
}

func TestObserverHearsEveryCallOnceFromBeginToEnd(t *testing.T) {
	bad := get("..")
	for _, tc := range []struct {
		name    string
		op      rest.Op
		replies *script
		ok      bool
		status  int
		sent    int
		retries string
	}{
		{"good", get(), answers(with(200, `{"result":{}}`, "X-Transaction-ID", "t1")), true, 200, 1, ""},
		{"retried", get(), answers(with(503, ""), with(401, ""), good), true, 200, 3,
			"503 instance unavailable,401 unauthorized"},
		{"failed", get(), answers(with(403, "")), false, 403, 1, ""},
		{"no answer", post(), answers(reset), false, 0, 1, ""},
		{"never sent", bad, answers(good), false, 0, 0, ""},
	} {
		synctest.Test(t, func(t *testing.T) {
			r := new(recorder)
			_, err := connect(t, tc.replies, func(c *rest.Config) { c.Observer = r }).Do(t.Context(), tc.op, nil)
			if len(r.begun) != 1 || len(r.ended) != 1 {
				t.Fatalf("%s: begun %d times, ended %d times", tc.name, len(r.begun), len(r.ended))
			}
			if want := (rest.Call{Op: tc.op.Name, Method: tc.op.Method, Instance: host}); r.begun[0] != want {
				t.Errorf("%s: call %+v", tc.name, r.begun[0])
			}
			o := r.ended[0]
			if (o.Err == nil) != tc.ok || !errors.Is(o.Err, err) || o.Status != tc.status || o.Attempts != tc.sent {
				t.Errorf("%s: outcome %+v", tc.name, o)
			}
			if got := strings.Join(r.retries, ","); got != tc.retries {
				t.Errorf("%s: retries %q, want %q", tc.name, got, tc.retries)
			}
		})
	}
}

func TestObserverIsToldAlsoWhenDecodingPanics(t *testing.T) {
	r := new(recorder)
	func() {
		defer func() { recover() }()
		connect(t, answers(good), func(c *rest.Config) { c.Observer = r }).Do(t.Context(), get(), new(explosive))
	}()
	if len(r.begun) != 1 || len(r.ended) != 1 {
		t.Errorf("begun %d times, ended %d times", len(r.begun), len(r.ended))
	}
}

func TestTransportSeesTheObserversContext(t *testing.T) {
	var got any
	rt := transport(func(r *http.Request) (*http.Response, error) { got = r.Context().Value(key{}); return good() })
	connect(t, rt, func(c *rest.Config) { c.Observer = new(recorder) }).Do(t.Context(), get(), nil)
	if got != "span" {
		t.Errorf("got %v", got)
	}
}

func TestOutcomeTellsTheTimeWaited(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := new(recorder)
		s := answers(with(429, "", "Retry-After", "10"), good)
		connect(t, s, func(c *rest.Config) { c.Observer = r }).Do(t.Context(), get(), nil)
		if w := r.ended[0].Waited; w < 10*time.Second || w > 12*time.Second {
			t.Errorf("waited %v", w)
		}
	})
}

func TestOneLogLineACall(t *testing.T) {
	for _, tc := range []struct {
		name    string
		op      rest.Op
		replies *script
		level   string
		sent    float64
	}{
		{"good", get(), answers(good), "DEBUG", 1},
		{"several attempts", get(), answers(with(503, ""), good), "WARN", 2},
		{"failed", get(), answers(with(403, "")), "ERROR", 1},
	} {
		synctest.Test(t, func(t *testing.T) {
			var out bytes.Buffer
			l := slog.New(slog.NewJSONHandler(&out, &slog.HandlerOptions{Level: slog.LevelDebug}))
			connect(t, tc.replies, func(c *rest.Config) { c.Logger = l }).Do(t.Context(), tc.op, nil)
			var line map[string]any
			if err := json.Unmarshal(out.Bytes(), &line); err != nil {
				t.Fatalf("%s: %v in %q: not one line", tc.name, err, out.String())
			}
			if line["level"] != tc.level || line["op"] != "table.Get" || line["attempts"] != tc.sent ||
				line["path"] != "/api/now/v2/table/incident/abc" || line["instance"] != host {
				t.Errorf("%s: %v", tc.name, line)
			}
		})
	}
}

func TestNoLoggerWritesNothing(t *testing.T) {
	var out bytes.Buffer
	old := slog.Default()
	slog.SetDefault(slog.New(slog.NewTextHandler(&out, &slog.HandlerOptions{Level: slog.LevelDebug})))
	defer slog.SetDefault(old)
	synctest.Test(t, func(t *testing.T) {
		connect(t, answers(with(503, ""), reset, good)).Do(t.Context(), get(), nil)
	})
	if out.Len() != 0 {
		t.Errorf("wrote %q", out.String())
	}
}
