package rest

import (
	"context"
	"slices"
	"sync"
	"time"
)

const (
	startInFlight = 4
	// patience is how long a call waits before it takes over the slot of a streamed answer. The reader of that stream
	// may be the very one who waits: "for each row, update" with every slot in use would otherwise wait for ever.
	patience = 250 * time.Millisecond
	// longestStop bounds what the instance can ask for: the windows of its rate limit rules last an hour.
	longestStop = time.Hour
)

// The factors by which the limit is cut.
const (
	crowded    = 0.5  // 429 without a quota, or 202: queues and slots are full
	overloaded = 0.75 // 502, 503, 504, cancelled transactions
)

// gate lets as many calls through as the instance bears: additive increase, multiplicative decrease, by loss and not
// by latency, because the sizes of answers vary too much for that. Interactive calls go first, and one slot is always
// kept for them.
type gate struct {
	maxWait time.Duration

	mu       sync.Mutex
	limit    float64
	max      float64
	inFlight int
	lastCut  time.Time
	ceiling  float64              // the limit that was too much when it was cut last; 0 when there was none, or it has been passed
	stops    map[family]time.Time // when it may be called again
	waiting  [Background + 1][]*waiter
	streams  []*permit // oldest first; their slots may be taken over
}

// permit is one slot in use.
type permit struct {
	gate  *gate
	began time.Time
	full  bool // the limit was in use when the permit was given
	done  bool
}

type waiter struct{ ready chan *permit }

func newGate(maxInFlight int, maxWait time.Duration) *gate {
	return &gate{
		maxWait: maxWait, max: float64(maxInFlight), limit: float64(min(maxInFlight, startInFlight)),
		stops: make(map[family]time.Time),
	}
}

// acquire waits for a slot, and for the time at which the family may be called again.
func (g *gate) acquire(ctx context.Context, p Priority, family family) (*permit, error) {
	for {
		if err := g.waitForStop(ctx, family); err != nil {
			return nil, err
		}
		slot, w := g.enter(p)
		if slot == nil {
			var err error
			if slot, err = g.wait(ctx, p, w); err != nil {
				return nil, err
			}
		}
		if g.stopFor(family) <= 0 {
			return slot, nil
		}
		slot.release() // the family was stopped while we waited
	}
}

// waitForStop sleeps until the family may be called again, or fails at once when that takes too long.
func (g *gate) waitForStop(ctx context.Context, family family) error {
	wait := g.stopFor(family)
	if wait <= 0 {
		return ctx.Err()
	}
	if !affordable(ctx, wait, g.maxWait) {
		return &stopped{after: wait}
	}
	// Everybody is released at the same moment; up to 5 % more spreads them.
	return sleep(ctx, wait+random(wait/20))
}

// stopped says that the instance wants to be left alone for longer than the caller would wait.
type stopped struct{ after time.Duration }

func (s *stopped) Error() string {
	return "the instance asked to be called again in " + s.after.Round(time.Second).String()
}

// enter takes a slot, or joins the queue.
func (g *gate) enter(p Priority) (*permit, *waiter) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if len(g.waiting[Interactive]) == 0 && (p == Interactive || len(g.waiting[Background]) == 0) && g.free(p) {
		return g.grant(p), nil
	}
	w := &waiter{ready: make(chan *permit, 1)}
	g.waiting[p] = append(g.waiting[p], w)
	return nil, w
}

func (g *gate) free(p Priority) bool { return g.inFlight < g.slots(p) }

// slots are those that calls of p may use.
func (g *gate) slots(p Priority) int {
	slots := int(g.limit)
	if p == Background && slots > 1 {
		slots--
	}
	return slots
}

// grant counts the limit as in use when calls of p have all that they may use: the slot kept for interactive calls does
// not keep a pull that runs alone from finding out what the instance bears.
func (g *gate) grant(p Priority) *permit {
	g.inFlight++
	return &permit{gate: g, began: time.Now(), full: g.inFlight >= g.slots(p)}
}

func (g *gate) wait(ctx context.Context, p Priority, w *waiter) (*permit, error) {
	timer := time.NewTimer(patience)
	defer timer.Stop()
	for {
		select {
		case slot := <-w.ready:
			return slot, nil
		case <-timer.C:
			g.takeOver()
			timer.Reset(patience)
		case <-ctx.Done():
			g.leave(p, w)
			return nil, ctx.Err()
		}
	}
}

// takeOver frees the slot of the oldest stream.
func (g *gate) takeOver() {
	g.mu.Lock()
	defer g.mu.Unlock()
	if len(g.streams) > 0 {
		g.free1(g.streams[0])
	}
}

// leave gives up waiting. A slot that was granted in the same moment goes back.
func (g *gate) leave(p Priority, w *waiter) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.waiting[p] = remove(g.waiting[p], w)
	select {
	case slot := <-w.ready:
		g.free1(slot)
	default:
	}
}

// release gives the slot back; again is harmless.
func (p *permit) release() {
	if p == nil {
		return
	}
	p.gate.mu.Lock()
	defer p.gate.mu.Unlock()
	p.gate.free1(p)
}

// streaming says that the answer is being read by a caller whose speed nobody knows.
func (p *permit) streaming() {
	p.gate.mu.Lock()
	defer p.gate.mu.Unlock()
	if !p.done {
		p.gate.streams = append(p.gate.streams, p)
	}
}

func (g *gate) free1(p *permit) {
	if p.done {
		return
	}
	p.done = true
	g.inFlight--
	g.streams = remove(g.streams, p)
	g.pump()
}

// pump grants free slots to those who wait.
func (g *gate) pump() {
	for p := range g.waiting {
		for len(g.waiting[p]) > 0 && g.free(Priority(p)) {
			w := g.waiting[p][0]
			g.waiting[p] = slices.Delete(g.waiting[p], 0, 1)
			w.ready <- g.grant(Priority(p))
		}
	}
}

// succeeded raises the limit by about one for every limit's worth of good answers, if it was in use.
func (p *permit) succeeded() {
	g := p.gate
	g.mu.Lock()
	defer g.mu.Unlock()
	if p.full && g.limit < g.max {
		g.limit = min(g.max, g.limit+g.step())
		g.pump()
	}
}

// step is how much one good answer raises the limit. Near what was too much a while ago it is small, so that an
// instance of few slots does not refuse one call in every thirty.
func (g *gate) step() float64 {
	const slower = 64
	switch {
	case g.limit > g.ceiling+1:
		g.ceiling = 0
	case g.limit > g.ceiling-1.5:
		return 1 / g.limit / slower
	}
	return 1 / g.limit
}

// cut lowers the limit by factor. Calls that began before the last cut tell nothing about the limit after it.
func (p *permit) cut(factor float64) {
	g := p.gate
	g.mu.Lock()
	defer g.mu.Unlock()
	if p.began.After(g.lastCut) {
		g.ceiling = g.limit
		g.limit = max(1, g.limit*factor)
		g.lastCut = time.Now()
	}
}

// stop closes the gate for one API family. It returns when the family may be called again.
func (g *gate) stop(family family, wait time.Duration) time.Time {
	g.mu.Lock()
	defer g.mu.Unlock()
	until := time.Now().Add(min(wait, longestStop))
	if until.After(g.stops[family]) {
		g.stops[family] = until
	}
	return g.stops[family]
}

func (g *gate) stopFor(family family) time.Duration {
	g.mu.Lock()
	defer g.mu.Unlock()
	until, ok := g.stops[family]
	if !ok {
		return 0
	}
	wait := time.Until(until)
	if wait <= 0 {
		delete(g.stops, family)
	}
	return wait
}

func remove[T comparable](list []T, x T) []T {
	if i := slices.Index(list, x); i >= 0 {
		return slices.Delete(list, i, i+1)
	}
	return list
}

// affordable reports whether waiting still leaves the caller some time, and is not longer than anybody should wait.
func affordable(ctx context.Context, wait, most time.Duration) bool {
	if wait > most {
		return false
	}
	deadline, ok := ctx.Deadline()
	return !ok || time.Until(deadline) > wait
}

func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
