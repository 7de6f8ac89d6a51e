package servicenowtest

import (
	"cmp"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// RateLimit is a rule of sys_rate_limit_rules: requests per hour and user. A rule for a user goes before one for a
// role, that before one for all; of several role rules the lowest limit counts.
// https://www.servicenow.com/docs/r/api-reference/rest-api-explorer/inbound-REST-API-rate-limiting.html
type RateLimit struct {
	API     string // "Table API"; "" means every API
	Method  string // "GET"; "" means every method
	Table   string // of the Table API: "incident"; "" means every table
	User    string // user name; "guest" for callers without a login
	Role    string
	PerHour int
}

// guestUser is whose requests those without a login are.
const guestUser = "guest"

// stockLimits are the rules that two pages call the default for "unauthenticated and snc_external users".
// https://www.servicenow.com/docs/r/api-reference/rest-apis/knowledge-api.html and attachment_csm-api.html
func stockLimits() []RateLimit {
	var out []RateLimit
	for _, api := range []string{knowledgeAPI, csmAttachmentAPI} {
		out = append(out, RateLimit{API: api, User: guestUser, PerHour: 500},
			RateLimit{API: api, Role: "snc_external", PerHour: 500})
	}
	return out
}

// limitRow is a rule as sys_rate_limit_rules shows it.
func limitRow(l RateLimit) map[string]string {
	kind := "all"
	switch {
	case l.User != "":
		kind = "user"
	case l.Role != "":
		kind = "role"
	}
	return map[string]string{"name": strings.TrimSpace(l.API + " " + l.Method + " " + l.Table + " " + l.User + l.Role),
		"rest_api": l.API, "method": l.Method, "table": l.Table, "type": kind, "request_limit": strconv.Itoa(l.PerHour)}
}

// limiter counts requests by rule and user in windows of one hour.
type limiter struct {
	mu    sync.Mutex
	rules []RateLimit
	ids   []string // sys_ids of the rules
	used  map[limitKey]int
}

func (l *limiter) add(rule RateLimit, id string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.rules, l.ids = append(l.rules, rule), append(l.ids, id)
}

// covers reports whether the rule is about an endpoint.
func (r RateLimit) covers(e endpoint) bool {
	table, _, _ := strings.Cut(strings.TrimPrefix(e.resource, "/"), "/")
	return (r.API == "" || r.API == e.api) && (r.Method == "" || r.Method == e.method) &&
		(r.Table == "" || e.api == "Table API" && r.Table == table)
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
		case !r.covers(e):
		case r.User != "" && r.User == cmp.Or(c.UserName, guestUser):
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
	h.Set("X-RateLimit-Rule", l.ids[i])
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
