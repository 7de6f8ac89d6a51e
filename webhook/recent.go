package webhook

import (
	"context"
	"slices"
	"sync"
	"time"
)

// Recent remembers the newest deliveries of one process, for provision's doctor and for a status page. Its methods fit
// HandlerConfig.Observe and Doctor.Deliveries. It is safe for concurrent use.
type Recent struct {
	mu   sync.Mutex
	ring []Delivery
	next int
}

// NewRecent remembers up to size deliveries; at least one.
func NewRecent(size int) *Recent { return &Recent{ring: make([]Delivery, 0, max(size, 1))} }

// Observe notes a delivery, in place of the oldest when there is no room.
func (r *Recent) Observe(_ context.Context, d Delivery) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.ring) < cap(r.ring) {
		r.ring = append(r.ring, d)
		return
	}
	r.ring[r.next] = d
	r.next = (r.next + 1) % len(r.ring)
}

// Of is Since for the deliveries of one tenant.
func (r *Recent) Of(tenant string) func(context.Context, time.Time) ([]Delivery, error) {
	return func(ctx context.Context, t time.Time) ([]Delivery, error) {
		all, err := r.Since(ctx, t)
		return slices.DeleteFunc(all, func(d Delivery) bool { return d.Tenant != tenant }), err
	}
}

// Since lists what arrived at or after t, oldest first. The error is always nil.
func (r *Recent) Since(_ context.Context, t time.Time) ([]Delivery, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	var out []Delivery
	for i := range r.ring {
		if d := r.ring[(r.next+i)%len(r.ring)]; !d.At.Before(t) {
			out = append(out, d)
		}
	}
	return out, nil
}
