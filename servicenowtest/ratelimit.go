package servicenowtest

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"sync"
	"time"
)

// RateLimit is a rule of sys_rate_limit_rules: requests per hour and user. A rule for a user goes before one for a
// role, that before one for all; of several role rules the lowest limit counts.
// https://www.servicenow.com/docs/r/api-reference/rest-api-explorer/inbound-REST-API-rate-limiting.html
type RateLimit struct {
	API     string // "Table API"; "" means every API
	User    string // user name
	Role    string
	PerHour int
}

// limiter counts requests by rule and user in windows of one hour.
type limiter struct {
	mu    sync.Mutex
	rules []RateLimit
	used  map[limitKey]int
}

type limitKey struct {
	rule   int
	user   string
	window int64
}

// pick finds the rule that counts for a caller, or -1.
func (l *limiter) pick(e endpoint, c caller) int {
	best, bestRank := -1, 0
	for i, r := range l.rules {
		rank := 0
		switch {
		case r.API != "" && r.API != e.api:
		case r.User != "" && r.User == c.UserName:
			rank = 3
		case r.User != "":
		case r.Role != "" && slices.Contains(c.Roles, r.Role):
			rank = 2
		case r.Role == "":
			rank = 1
		}
		if rank > bestRank || rank == bestRank && rank > 0 && r.PerHour < l.rules[best].PerHour {
			best, bestRank = i, rank
		}
	}
	return best
}

// admit counts the request, sets the three headers, and refuses with Retry-After what is over the limit.
func (l *limiter) admit(w http.ResponseWriter, e endpoint, c caller, now time.Time) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	i := l.pick(e, c)
	if i < 0 {
		return true
	}
	rule, window := l.rules[i], now.Truncate(time.Hour)
	reset := window.Add(time.Hour)
	h := w.Header()
	h.Set("X-RateLimit-Limit", strconv.Itoa(rule.PerHour))
	h.Set("X-RateLimit-Reset", strconv.FormatInt(reset.Unix(), 10))
	h.Set("X-RateLimit-Rule", fmt.Sprintf("%032x", i+1))
	if l.used == nil {
		l.used = map[limitKey]int{}
	}
	key := limitKey{i, c.UserName, window.Unix()}
	l.used[key]++
	if l.used[key] <= rule.PerHour {
		return true
	}
	h.Set("Retry-After", strconv.Itoa(int(reset.Sub(now)/time.Second)+1))
	writeError(w, http.StatusTooManyRequests, "Rate limit exceeded",
		fmt.Sprintf("Rate limit of %d requests per hour for %s exceeded", rule.PerHour, e.api))
	return false
}
