package rest

import (
	"net/http"
	"sync/atomic"
	"time"
)

// clock is the instance's clock as its Date headers tell it. The local clock of a host may be minutes off, and a
// window of changed records that is computed with it misses rows.
type clock struct{ last atomic.Pointer[reading] }

// reading pairs what the instance said with when it was heard; here holds a monotonic reading.
type reading struct{ there, here time.Time }

func (c *clock) now() time.Time {
	r := c.last.Load()
	if r == nil {
		return time.Now().UTC()
	}
	return r.there.Add(time.Since(r.here))
}

// observe takes the date of an answer into account. Dates are cut to the second, so one that agrees with the time
// carried forward adds nothing, and keeping the older reading keeps the clock from stepping back.
func (c *clock) observe(date time.Time, h http.Header) {
	if date.IsZero() || h.Get("Age") != "" { // an answer from a cache tells the time of long ago
		return
	}
	if r := c.last.Load(); r != nil {
		if ahead := r.there.Add(time.Since(r.here)).Sub(date); ahead >= 0 && ahead < 2*time.Second {
			return
		}
	}
	c.last.Store(&reading{there: date, here: time.Now()})
}

// dateOf is the zero time without a Date that can be read.
func dateOf(h http.Header) time.Time {
	s := h.Get("Date")
	if s == "" {
		return time.Time{}
	}
	date, _ := http.ParseTime(s)
	return date.UTC()
}
