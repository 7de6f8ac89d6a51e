package webhook_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/seed-a66f7fd3/servicenow/webhook"
)

// host is a receiver on loopback and what its function was given.
type host struct {
	t     *testing.T
	url   string
	key   webhook.Key
	token webhook.Key
	inbox webhook.Inbox

	mu     sync.Mutex
	fail   error
	taken  []webhook.Event
	outbox []webhook.Delivery
}

func newHost(t *testing.T, change func(*host, *webhook.HandlerConfig)) *host {
	t.Helper()
	h := &host{t: t, key: webhook.NewKey(), token: webhook.NewKey(), inbox: webhook.NewMemoryInbox(0)}
	cfg := webhook.HandlerConfig{
		Resolve: func(_ context.Context, tenant string) (webhook.Endpoint, error) {
			switch tenant {
			case "t1":
				return webhook.Endpoint{Keys: []webhook.Key{h.key}, Instance: "acme"}, nil
			case "plain":
				return webhook.Endpoint{Keys: []webhook.Key{h.key}, Token: h.token}, nil
			case "down":
				return webhook.Endpoint{}, errors.New("the store is down")
			}
			return webhook.Endpoint{}, fmt.Errorf("%w: %s", webhook.ErrUnknownTenant, tenant)
		},
		Receive: func(_ context.Context, e webhook.Event) error {
			h.mu.Lock()
			defer h.mu.Unlock()
			if h.fail == nil {
				h.taken = append(h.taken, e)
			}
			return h.fail
		},
		Observe: func(_ context.Context, d webhook.Delivery) {
			h.mu.Lock()
			defer h.mu.Unlock()
			h.outbox = append(h.outbox, d)
		},
		Inbox: h.inbox, Options: []webhook.Option{webhook.WithClock(clock)},
	}
	if change != nil {
		change(h, &cfg)
	}
	handler, err := webhook.NewHandler(cfg)
	if err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	mux.Handle("/hooks/{tenant}", handler)
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	t.Cleanup(http.DefaultClient.CloseIdleConnections)
	h.url = server.URL + "/hooks/"
	return h
}

func (h *host) send(method, tenant string, header http.Header, body io.Reader) (int, string) {
	h.t.Helper()
	r, err := http.NewRequestWithContext(h.t.Context(), method, h.url+tenant, body)
	if err != nil {
		h.t.Fatal(err)
	}
	r.Header = header
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		h.t.Fatal(err)
	}
	defer resp.Body.Close()
	text, _ := io.ReadAll(resp.Body)
	return resp.StatusCode, strings.TrimSpace(string(text))
}

func (h *host) post(tenant string, header http.Header, body []byte) int {
	status, _ := h.send(http.MethodPost, tenant, header, bytes.NewReader(body))
	return status
}

func (h *host) last() webhook.Delivery {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.outbox[len(h.outbox)-1]
}

func TestHandler(t *testing.T) {
	h := newHost(t, nil)
	body := envelope("task_1_update_7", "task.updated", record)
	signed := func(b []byte) http.Header { return webhook.Sign("task_1_update_7", now, b, h.key) }
	with := func(header http.Header, name, value string) http.Header { header.Set(name, value); return header }
	clone := bytes.Replace(body, []byte(`"acme"`), []byte(`"acmedev"`), 1)
	future := bytes.Replace(body, []byte(`"spec":1`), []byte(`"spec":9`), 1)
	cut := body[:len(body)-1]
	spaces := bytes.Repeat([]byte(" "), 1<<20)
	other := envelope("task_2_update_7", "task.updated", record)
	plain := []byte(`{"sys_id":"9d38","table":"incident","sys_mod_count":7}`)

	for _, c := range []struct {
		name, tenant string
		header       http.Header
		body         []byte
		status       int
		err          error
	}{
		{"a good one", "t1", signed(body), body, 200, nil},
		{"an unknown tenant", "nobody", signed(body), body, 404, webhook.ErrUnknownTenant},
		{"a resolver that fails", "down", signed(body), body, 503, nil},
		{"no signature", "t1", http.Header{}, body, 401, webhook.ErrNoSignature},
		{"a forged body", "t1", signed(body), other, 401, webhook.ErrSignature},
		{"another key", "t1", webhook.Sign("task_1_update_7", now, body, webhook.NewKey()), body, 401, webhook.ErrSignature},
		{"too old", "t1", webhook.Sign("task_1_update_7", now.AddDate(0, 0, -1), body, h.key), body, 401, webhook.ErrTooOld},
		{"too new", "t1", webhook.Sign("task_1_update_7", now.AddDate(0, 0, 1), body, h.key), body, 401, webhook.ErrTooNew},
		{"a clone", "t1", signed(clone), clone, 403, webhook.ErrInstance},
		{"an id that is not the body's", "t1", signed(other), other, 400, webhook.ErrMalformed},
		{"a future spec", "t1", signed(future), future, 400, webhook.ErrSpec},
		{"not JSON", "t1", signed(cut), cut, 400, webhook.ErrMalformed},
		{"compressed", "t1", with(signed(body), "Content-Encoding", "gzip"), body, 415, webhook.ErrEncoding},
		{"a megabyte of spaces", "t1", signed(spaces), spaces, 413, webhook.ErrTooLarge},
		{"a plain payload that nobody allowed", "t1", with(http.Header{}, webhook.HeaderToken, h.key.Export()), plain, 401, webhook.ErrNoSignature},
		{"a plain payload", "plain", with(http.Header{}, webhook.HeaderToken, h.token.Export()), plain, 200, nil},
		{"a plain payload without token", "plain", http.Header{}, plain, 401, webhook.ErrToken},
		{"a plain payload with another token", "plain", with(http.Header{}, webhook.HeaderToken, h.key.Export()), plain, 401, webhook.ErrToken},
		{"a token beside a bad signature", "plain", with(signed(other), webhook.HeaderToken, h.token.Export()), body, 401, webhook.ErrSignature},
		{"a signed one where plain is allowed", "plain", signed(body), body, 200, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			if status := h.post(c.tenant, c.header, c.body); status != c.status {
				t.Errorf("answered %d, want %d", status, c.status)
			}
			d := h.last()
			if c.err != nil && !errors.Is(d.Err, c.err) || d.Status != c.status || d.Tenant != c.tenant {
				t.Errorf("observed %+v, want %v", d, c.err)
			}
		})
	}
	if h.taken[0].About().Tenant != "t1" || h.taken[0].About().ID != "task_1_update_7" {
		t.Errorf("%+v", h.taken[0])
	}
}

func TestHandlerTellsStrangersNothing(t *testing.T) {
	h := newHost(t, nil)
	for _, tenant := range []string{"nobody", "t1"} {
		status, text := h.send(http.MethodPost, tenant, http.Header{}, strings.NewReader("{}"))
		if text != http.StatusText(status) {
			t.Errorf("%d %q", status, text)
		}
	}
	if status, _ := h.send(http.MethodGet, "t1", http.Header{}, nil); status != http.StatusMethodNotAllowed {
		t.Errorf("GET: %d", status)
	}
	// A body without a length is bounded as well.
	status, _ := h.send(http.MethodPost, "t1", http.Header{}, io.LimitReader(zeros{}, 10<<20))
	if status != http.StatusRequestEntityTooLarge {
		t.Errorf("10 MB in chunks: %d", status)
	}
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }

func TestHandlerTakesEachEventOnce(t *testing.T) {
	h := newHost(t, nil)
	body := envelope("a", "task.updated", record)
	header := webhook.Sign("a", now, body, h.key)

	h.fail = errors.New("the queue is full")
	if status := h.post("t1", header, body); status != 503 {
		t.Fatalf("the host failed: %d", status)
	}
	h.fail = nil
	if status := h.post("t1", header, body); status != 200 || len(h.taken) != 1 {
		t.Fatalf("a repeat after a failure: %d, taken %d", status, len(h.taken))
	}
	if status := h.post("t1", header, body); status != 200 || len(h.taken) != 1 || !h.last().Duplicate {
		t.Fatalf("a duplicate: %d, taken %d", status, len(h.taken))
	}
	if status := h.post("plain", header, body); status != 200 || len(h.taken) != 2 {
		t.Fatalf("the same id of another tenant: %d, taken %d", status, len(h.taken))
	}
	if claim, err := h.inbox.Claim(t.Context(), "t1", "b"); claim != webhook.Fresh || err != nil {
		t.Fatal(claim, err)
	}
	body = envelope("b", "task.updated", record)
	if status := h.post("t1", webhook.Sign("b", now, body, h.key), body); status != 503 || !errors.Is(h.last().Err, webhook.ErrBusy) {
		t.Errorf("an id that another replica works on: %d %v", status, h.last().Err)
	}
}

func TestHandlerReleasesWhatAPanicLeft(t *testing.T) {
	h := newHost(t, func(_ *host, cfg *webhook.HandlerConfig) {
		cfg.Receive = func(context.Context, webhook.Event) error { panic(http.ErrAbortHandler) }
	})
	body := envelope("a", "task.updated", record)
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, h.url+"t1", bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header = webhook.Sign("a", now, body, h.key)
	if resp, err := http.DefaultClient.Do(r); err == nil {
		t.Errorf("answered %s", resp.Status)
		resp.Body.Close()
	}
	if claim, err := h.inbox.Claim(t.Context(), "t1", "a"); claim != webhook.Fresh || err != nil {
		t.Errorf("the claim was kept: %v %v", claim, err)
	}
}

func TestNewHandlerRefusesAnIncompleteConfiguration(t *testing.T) {
	if _, err := webhook.NewHandler(webhook.HandlerConfig{}); err == nil {
		t.Error("accepted")
	}
	if !slices.Equal([]int{webhook.Status(nil), webhook.Status(errors.New("x"))}, []int{200, 503}) {
		t.Error("Status")
	}
}
