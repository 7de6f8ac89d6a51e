package servicenowtest

import (
	"sync"
	"time"
)

// Clock is an instance's time: the Date header, sys_created_on, token lifespans, scheduled events. The zero Clock is
// the machine's, which is the bubble's inside testing/synctest. A Clock is safe for concurrent use.
type Clock struct {
	mu      sync.Mutex
	manual  bool
	at      time.Time     // of a manual clock
	skew    time.Duration // of a running clock
	changed chan struct{} // closed and replaced when the time jumps
}

// NewClock is a clock that stands at start until [Clock.Advance] moves it.
func NewClock(start time.Time) *Clock { return &Clock{manual: true, at: start} }

// SkewedClock runs with the machine's clock but is off by skew: an instance whose time is wrong.
func SkewedClock(skew time.Duration) *Clock { return &Clock{skew: skew} }

// Now is the instance's present time in UTC.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.manual {
		return c.at.UTC()
	}
	return time.Now().Add(c.skew).UTC()
}

// Advance moves the clock by d. On a running clock it adds to the skew. Scheduled events that fall due are queued by
// it; [Server.Settle] waits until they are done.
func (c *Clock) Advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.manual {
		c.at = c.at.Add(d)
	} else {
		c.skew += d
	}
	if c.changed != nil {
		close(c.changed)
		c.changed = nil
	}
}

// jumped is closed at the next Advance.
func (c *Clock) jumped() <-chan struct{} {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.changed == nil {
		c.changed = make(chan struct{})
	}
	return c.changed
}

// wait returns a channel that fires when due may have come. A manual clock fires only by Advance.
func (c *Clock) wait(due time.Time) (<-chan time.Time, func()) {
	c.mu.Lock()
	manual, skew := c.manual, c.skew
	c.mu.Unlock()
	if manual {
		return nil, func() {}
	}
	timer := time.NewTimer(time.Until(due.Add(-skew)))
	return timer.C, func() { timer.Stop() }
}
