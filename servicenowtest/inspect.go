package servicenowtest

import (
	"context"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/seed-a66f7fd3/servicenow/servicenowtest/internal/db"
	"github.com/seed-a66f7fd3/servicenow/servicenowtest/internal/rules"
)

// Request is one request as the server saw it. It holds no header and no body: those may carry secrets, and test logs
// print what they are given.
type Request struct {
	Method string
	Path   string
	Query  url.Values // of the URL; values of access_token and token are masked
	User   string     // user name, empty before authentication
	Status int        // 0 when the connection was cut
	At     time.Time  // by the instance's clock
	Took   time.Duration
	Bytes  int64 // of the answer's body
}

// Write is one insert, update or delete, by whomever: requests, rules, tests.
type Write struct {
	Op      string // "insert", "update" or "delete"
	Table   string // the record's class
	SysID   string
	User    string
	Changed map[string]string // columns this write gave another value, with it; all of them on insert
}

// Delivery is one request that a script of the instance sent.
type Delivery = rules.Delivery

// ledger keeps what happened.
type ledger struct {
	mu         sync.Mutex
	requests   []*Request
	writes     []Write
	deliveries []Delivery
	watchers   []func(Write)
	running    int
	peak       int
}

type requestKey struct{}

// begin notes a request and returns the writer that watches its answer, and what ends it.
func (rec *ledger) begin(w http.ResponseWriter, r *http.Request, now time.Time) (*watcher, func()) {
	entry := &Request{Method: r.Method, Path: r.URL.Path, Query: maskQuery(r.URL.Query()), At: now}
	*r = *r.WithContext(context.WithValue(r.Context(), requestKey{}, entry))
	started := time.Now()
	rec.mu.Lock()
	rec.requests = append(rec.requests, entry)
	rec.running++
	rec.peak = max(rec.peak, rec.running)
	rec.mu.Unlock()
	out := &watcher{ResponseWriter: w}
	return out, func() {
		rec.mu.Lock()
		defer rec.mu.Unlock()
		rec.running--
		entry.Status, entry.Bytes, entry.Took = out.status, out.bytes, time.Since(started)
	}
}

func maskQuery(q url.Values) url.Values {
	for _, name := range []string{"access_token", "token", "client_secret", "password", "refresh_token", "code"} {
		if q.Has(name) {
			q.Set(name, "***")
		}
	}
	return q
}

// caller notes who made a request.
func (rec *ledger) caller(r *http.Request, user string) {
	if entry, ok := r.Context().Value(requestKey{}).(*Request); ok {
		rec.mu.Lock()
		entry.User = user
		rec.mu.Unlock()
	}
}

func (rec *ledger) delivered(d Delivery) {
	rec.mu.Lock()
	rec.deliveries = append(rec.deliveries, d)
	rec.mu.Unlock()
}

// watcher sees the status and size of an answer.
type watcher struct {
	http.ResponseWriter
	status int
	bytes  int64
}

func (w *watcher) WriteHeader(status int) {
	if w.status == 0 {
		w.status = status
	}
	w.ResponseWriter.WriteHeader(status)
}

func (w *watcher) Write(p []byte) (int, error) {
	if w.status == 0 {
		w.status = http.StatusOK
	}
	n, err := w.ResponseWriter.Write(p)
	w.bytes += int64(n)
	return n, err
}

// Unwrap lets http.ResponseController reach the connection.
func (w *watcher) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// untold are written by the platform for its own sake, about other writes: they are no writes of anybody.
var untold = map[string]bool{
	"syslog": true, "sys_outbound_http_log": true, "ecc_queue": true, "sysevent": true, "sys_audit": true,
	"sys_audit_delete": true,
}

// observeWrite is a hook of the database.
func (s *Server) observeWrite(w db.Write) error {
	if w.Phase != db.After {
		return nil
	}
	if w.Class == "sys_properties" && w.Workflow {
		s.flushes.Add(1)
	}
	if untold[w.Class] || w.Session.System {
		return nil
	}
	entry := Write{Op: string(w.Op), Table: w.Class, SysID: w.Previous.SysID(), User: w.Session.UserName}
	if !w.Current.IsZero() {
		entry.SysID, entry.Changed = w.Current.SysID(), changes(w)
	}
	s.record.mu.Lock()
	s.record.writes = append(s.record.writes, entry)
	watchers := s.record.watchers
	s.record.mu.Unlock()
	for _, f := range watchers {
		f(entry)
	}
	return nil
}

// OnWrite calls f after every write that [Server.Writes] lists, inside the writer's request: an f that blocks holds the
// request up.
func (s *Server) OnWrite(f func(Write)) {
	s.record.mu.Lock()
	defer s.record.mu.Unlock()
	s.record.watchers = append(slices.Clone(s.record.watchers), f)
}

func changes(w db.Write) map[string]string {
	out := maps.Clone(w.Journal)
	if out == nil {
		out = map[string]string{}
	}
	for _, column := range w.Current.Columns() {
		if now := w.Current.Get(column); now != w.Previous.Get(column) {
			out[column] = now
		}
	}
	return out
}

// Requests lists the requests made so far, oldest first; one that is under way has Status 0.
func (s *Server) Requests() []Request {
	s.record.mu.Lock()
	defer s.record.mu.Unlock()
	out := make([]Request, len(s.record.requests))
	for i, r := range s.record.requests {
		out[i] = *r
	}
	return out
}

// RequestsTo lists the requests whose path begins with prefix.
func (s *Server) RequestsTo(prefix string) []Request {
	return slices.DeleteFunc(s.Requests(), func(r Request) bool { return !strings.HasPrefix(r.Path, prefix) })
}

// Writes lists the writes made so far by requests, by rules and by actors; seeding is not among them.
func (s *Server) Writes() []Write {
	s.record.mu.Lock()
	defer s.record.mu.Unlock()
	return slices.Clone(s.record.writes)
}

// Deliveries lists the requests that scripts sent so far, in the order in which they ended.
func (s *Server) Deliveries() []Delivery {
	s.record.mu.Lock()
	defer s.record.mu.Unlock()
	return slices.Clone(s.record.deliveries)
}

// ResetRecord forgets requests, writes, deliveries and the peak, so that a test can look at what follows.
func (s *Server) ResetRecord() {
	s.record.mu.Lock()
	defer s.record.mu.Unlock()
	s.record.requests, s.record.writes, s.record.deliveries = nil, nil, nil
	s.record.peak = s.record.running
}

// TokensGranted counts the grants that succeeded, by grant_type.
func (s *Server) TokensGranted() map[string]int { return s.tokens.grants() }

// PeakConcurrency is the largest number of requests that were under way at once.
func (s *Server) PeakConcurrency() int {
	s.record.mu.Lock()
	defer s.record.mu.Unlock()
	return s.record.peak
}

// PropertyFlushes counts the writes to sys_properties after the start: each flushes an instance's caches, "a very high
// performance cost for one to 10 minutes".
// https://www.servicenow.com/docs/r/platform-administration/t_AddAPropertyUsingSysPropsList.html
func (s *Server) PropertyFlushes() int { return int(s.flushes.Load()) }
