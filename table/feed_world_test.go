package table_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"

	"github.com/seed-a66f7fd3/servicenow/internal/rest"
	"github.com/seed-a66f7fd3/servicenow/servicenowtest"
	"github.com/seed-a66f7fd3/servicenow/table"
)

// world is an instance, its clock, and one who reads it. Requests go straight to the instance's handler, so that a
// history of a hundred requests takes milliseconds; the tests of the request path itself go over TLS.
type world struct {
	tb       testing.TB
	server   *servicenowtest.Server
	clock    *servicenowtest.Clock
	svc      *table.Service
	requests atomic.Int64
	// before is called before each request, and may answer in the instance's place or change its answer.
	before func(*http.Request) (instead *http.Response, change func(*http.Response))
}

var worldBegin = time.Date(2026, 3, 4, 10, 0, 0, 0, time.UTC)

func newWorld(tb testing.TB, opts ...servicenowtest.Option) *world {
	tb.Helper()
	w := &world{tb: tb, clock: servicenowtest.NewClock(worldBegin)}
	opts = append([]servicenowtest.Option{servicenowtest.WithClock(w.clock)}, opts...)
	w.server = servicenowtest.NewServer(tb, opts...)
	w.svc = w.connect(servicenowtest.IntegrationUser, servicenowtest.IntegrationPassword)
	return w
}

// connect is a new connection, as a process makes when it starts.
func (w *world) connect(user, password string) *table.Service {
	w.tb.Helper()
	conn, err := rest.New(rest.Config{
		Instance: w.server.Instance(), Credential: basic{user, password}, HTTPClient: &http.Client{Transport: w}, RetryMax: -1,
	})
	if err != nil {
		w.tb.Fatal(err)
	}
	return table.New(conn)
}

type basic struct{ user, password string }

func (b basic) Authorize(_ context.Context, h http.Header) (any, error) {
	r := http.Request{Header: h}
	r.SetBasicAuth(b.user, b.password)
	return nil, nil
}

func (basic) Refused(any) bool { return false }

// RoundTrip hands the request to the instance without a network.
func (w *world) RoundTrip(req *http.Request) (*http.Response, error) {
	w.requests.Add(1)
	if err := req.Context().Err(); err != nil {
		return nil, err
	}
	var change func(*http.Response)
	if w.before != nil {
		var instead *http.Response
		if instead, change = w.before(req); instead != nil {
			instead.Request = req
			return instead, nil
		}
	}
	inner := req.Clone(req.Context())
	inner.Host, inner.RequestURI = req.URL.Host, req.URL.RequestURI()
	rec := httptest.NewRecorder()
	w.server.ServeHTTP(rec, inner)
	resp := rec.Result()
	resp.Request = req
	if change != nil {
		change(resp)
	}
	return resp, nil
}

// insert stores an incident at the present time of the instance.
func (w *world) insert(tableName, text string) string {
	w.tb.Helper()
	id, err := w.server.As("admin").Insert(tableName, map[string]string{"short_description": text})
	if err != nil {
		w.tb.Fatal(err)
	}
	return id
}

func (w *world) update(tableName, id, text string) {
	w.tb.Helper()
	if err := w.server.As("admin").Update(tableName, id, map[string]string{"short_description": text}); err != nil {
		w.tb.Fatal(err)
	}
}

func (w *world) remove(tableName, id string) {
	w.tb.Helper()
	if err := w.server.As("admin").Delete(tableName, id); err != nil {
		w.tb.Fatal(err)
	}
}

// copyOf is a consumer's copy of a table: what a host builds from a feed.
type copyOf struct {
	rows       map[string]string // id -> version and content
	checkpoint table.Checkpoint
	changes    []string
}

func newCopy() *copyOf { return &copyOf{rows: map[string]string{}} }

func (c *copyOf) take(ch table.Change[table.Incident]) {
	c.changes = append(c.changes, fmt.Sprintf("%s %s", ch.Operation, ch.Row.ShortDescription))
	if ch.Operation == table.Deleted {
		delete(c.rows, ch.SysID)
	} else {
		c.rows[ch.SysID] = ch.Row.ModCount.String() + " " + ch.Row.ShortDescription.String()
	}
	c.checkpoint = ch.Next
}

// pass takes one pass over the table's changes.
func (w *world) pass(c *copyOf, o table.FeedOptions) {
	w.tb.Helper()
	o.Advanced = func(at table.Checkpoint) { c.checkpoint = at }
	c.changes = nil
	for ch, err := range table.Incidents(w.svc).Feed(o).WithoutPauses().Changes(w.tb.Context(), c.checkpoint) {
		if err != nil {
			w.tb.Fatal(err)
		}
		c.take(ch)
	}
}

// same compares the copy with the instance.
func (w *world) same(c *copyOf) {
	w.tb.Helper()
	want := map[string]string{}
	for _, row := range w.server.Rows("incident", "") {
		want[row["sys_id"]] = row["sys_mod_count"] + " " + row["short_description"]
	}
	if diff := differences(want, c.rows); diff != "" {
		w.tb.Fatal(diff)
	}
}

func differences(want, got map[string]string) string {
	for id, v := range want {
		if got[id] == "" {
			return fmt.Sprintf("missing %s: %s", id, v)
		}
		if got[id] != v {
			return fmt.Sprintf("stale %s: have %q, want %q", id, got[id], v)
		}
	}
	for id, v := range got {
		if want[id] == "" {
			return fmt.Sprintf("extra %s: %s", id, v)
		}
	}
	return ""
}
