package rest

import (
	"context"
	"sync"
	"time"
)

// Coordinator shares, between the replicas of a host, the times until which an instance asked to be left alone. It
// fails open: an error means that this replica goes on with what it knows itself.
type Coordinator interface {
	// Stop notes that nobody should call key before until. An earlier time than the one noted is ignored.
	Stop(ctx context.Context, key string, until time.Time) error
	// Stopped returns the time noted for key, or the zero time.
	Stopped(ctx context.Context, key string) (time.Time, error)
}

const (
	coordinatorEvery   = 5 * time.Second // how stale a shared time may be
	coordinatorTimeout = time.Second
)

// sharedStops remembers when each family was last asked for, so that a call rarely costs a look into the store.
type sharedStops struct {
	mu    sync.Mutex
	asked map[family]time.Time
}

// due reports whether f should be asked for now, to one caller only.
func (s *sharedStops) due(f family) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if t, ok := s.asked[f]; ok && time.Since(t) < coordinatorEvery {
		return false
	}
	if s.asked == nil {
		s.asked = make(map[family]time.Time)
	}
	s.asked[f] = time.Now()
	return true
}

// heedOthers closes the gate for family if another replica was told to stop.
func (c *Conn) heedOthers(ctx context.Context, family family) {
	if c.cfg.Coordinator == nil || !c.shared.due(family) {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, coordinatorTimeout)
	defer cancel()
	until, err := c.cfg.Coordinator.Stopped(ctx, c.key(family))
	if err != nil {
		return
	}
	if wait := time.Until(until); wait > 0 {
		c.gate.stop(family, wait)
	}
}

// share tells the other replicas when family may be called again.
func (c *Conn) share(ctx context.Context, family family, until time.Time) {
	if c.cfg.Coordinator == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), coordinatorTimeout)
	defer cancel()
	_ = c.cfg.Coordinator.Stop(ctx, c.key(family), until) // fails open
}

func (c *Conn) key(f family) string { return c.cfg.LimitKey + " " + f.String() }
