package servicenowtest

import (
	"math/rand/v2"
	"net/http"
	"path"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// When says which requests a fault befalls. The zero When is every request, always.
type When struct {
	Method      string  // "GET"; "" is any
	Path        string  // a prefix, or a pattern with * for one segment: "/api/now/v2/table/*"; "" is any
	Query       string  // a part of the raw query; "" is any
	Skip        int     // requests that match are let through first
	Count       int     // times the fault happens; 0 is without end
	Probability float64 // of each match, from the server's seed; 0 is certain
}

// Fault is something that goes wrong with an exchange. [RateLimited], [Truncate] and their like make them.
type Fault struct {
	name string
	do   func(*exchange)
}

// String names the fault.
func (f Fault) String() string { return f.name }

// exchange is one request under a fault.
type exchange struct {
	w     http.ResponseWriter
	r     *http.Request
	serve func(http.ResponseWriter, *http.Request) // what would have answered
	gone  <-chan struct{}                          // closed when the server closes
	now   func() time.Time                         // the instance's
}

type armed struct {
	When
	fault Fault
	seen  int
	hits  int
}

// faults is the list of armed faults.
type faults struct {
	mu      sync.Mutex
	list    []*armed
	random  *rand.Rand
	gone    chan struct{}
	once    sync.Once
	expired atomic.Bool
	now     func() time.Time
}

func newFaults(seed uint64, now func() time.Time) *faults {
	random := rand.New(rand.NewPCG(seed, 3))
	return &faults{random: random, gone: make(chan struct{}), now: now}
}

// Fault arms a fault. Of several that fit a request, the one armed first happens. The returned function disarms it and
// tells how often it happened.
func (s *Server) Fault(when When, f Fault) (disarm func() int) {
	a := &armed{When: when, fault: f}
	s.faults.mu.Lock()
	defer s.faults.mu.Unlock()
	s.faults.list = append(s.faults.list, a)
	return func() int {
		s.faults.mu.Lock()
		defer s.faults.mu.Unlock()
		for i, other := range s.faults.list {
			if other == a {
				s.faults.list = append(s.faults.list[:i:i], s.faults.list[i+1:]...)
			}
		}
		return a.hits
	}
}

// ClearFaults disarms all faults.
func (s *Server) ClearFaults() {
	s.faults.mu.Lock()
	defer s.faults.mu.Unlock()
	s.faults.list = nil
	s.faults.expired.Store(false)
}

// ExpireCertificate makes new connections meet an expired certificate, or the good one again.
func (s *Server) ExpireCertificate(expired bool) { s.faults.expired.Store(expired) }

// release lets hanging requests go when the server closes.
func (f *faults) release() { f.once.Do(func() { close(f.gone) }) }

// around lets the request meet its fault, or serves it.
func (f *faults) around(w http.ResponseWriter, r *http.Request, serve func(http.ResponseWriter, *http.Request)) {
	fault, ok := f.pick(r)
	if !ok {
		serve(w, r)
		return
	}
	fault.do(&exchange{w: w, r: r, serve: serve, gone: f.gone, now: f.now})
}

func (f *faults) pick(r *http.Request) (Fault, bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, a := range f.list {
		if !a.matches(r) || a.Count > 0 && a.hits >= a.Count {
			continue
		}
		if a.seen++; a.seen <= a.Skip || a.Probability > 0 && f.random.Float64() >= a.Probability {
			continue
		}
		a.hits++
		return a.fault, true
	}
	return Fault{}, false
}

func (w When) matches(r *http.Request) bool {
	if w.Method != "" && w.Method != r.Method || !strings.Contains(r.URL.RawQuery, w.Query) {
		return false
	}
	if strings.Contains(w.Path, "*") {
		ok, _ := path.Match(w.Path, r.URL.Path)
		return ok
	}
	return strings.HasPrefix(r.URL.Path, w.Path)
}
