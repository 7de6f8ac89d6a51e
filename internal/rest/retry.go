package rest

import (
	"context"
	"math/rand/v2"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// The waits before a retry: full jitter, random(0, min(maxBackoff, base·2^n)).
const (
	baseTransient = 50 * time.Millisecond
	baseSlow      = 200 * time.Millisecond
	baseCrowded   = time.Second
	maxBackoff    = 20 * time.Second
)

// replayable reports whether op may be sent again when nobody knows whether it ran.
func replayable(op Op) bool {
	switch op.Replay {
	case Always:
		return true
	case Never:
		return false
	}
	return op.Method == http.MethodGet || op.Method == http.MethodHead || op.Method == http.MethodDelete
}

// check decides on another attempt. retryablehttp asks it after every attempt, and once more after a good answer was
// decoded.
func (k *call) check(ctx context.Context, _ *http.Response, err error) (bool, error) {
	if k.bad == nil && err != nil { // http.Client refused the answer or the request by itself
		k.bad = &verdict{class: ErrUnavailable, err: withoutURL(err)}
	}
	v := k.bad
	if v == nil || ctx.Err() != nil {
		return false, nil
	}
	if v.renew {
		return k.renew(), nil
	}
	if v.again == never || v.again == ifReplayable && !replayable(k.op) || k.retries >= k.conn.cfg.RetryMax {
		return false, nil
	}
	k.pause = wait(v, k.retries)
	if !affordable(ctx, k.pause, k.conn.cfg.MaxWait) {
		if v.after == 0 {
			v.after = k.pause
		}
		return false, nil
	}
	if v.again == ifReplayable && !k.conn.budget.take() {
		return false, nil
	}
	k.retries++
	k.again()
	return true, nil
}

// renew asks, once a call, for another credential after a 401.
func (k *call) renew() bool {
	if k.renewed || !k.conn.cfg.Credential.Refused(k.used) {
		return false
	}
	k.renewed, k.pause = true, 0
	k.again()
	return true
}

// again accounts for the wait, and tells an observer that wants to know.
func (k *call) again() {
	k.waited += k.pause
	if o, ok := k.conn.cfg.Observer.(RetryObserver); ok {
		o.Retry(k.ctx, k.conn.describe(k.op), k.bad.why(k.meta.Status), k.pause)
	}
}

// why is one or two words for an observer: a class, and the status if there was one.
func (v *verdict) why(status int) string {
	reason := text(v.class)
	if reason == "" {
		reason = "failed"
	}
	if status == 0 {
		return reason
	}
	return strconv.Itoa(status) + " " + reason
}

// backoff is what check has computed: it had to know the wait to decide.
func (k *call) backoff(_, _ time.Duration, _ int, _ *http.Response) time.Duration { return k.pause }

// wait is how long to wait before retry n, counted from 0. What the instance asks for is obeyed, and up to 5 % more
// spreads those who were told the same.
func wait(v *verdict, n int) time.Duration {
	switch {
	case v.after > 0:
		return v.after + random(v.after/20)
	case v.cut == crowded || v.quota:
		return baseCrowded + random(baseCrowded<<min(n, 4))
	case v.slow:
		return random(min(maxBackoff, baseSlow<<min(n, 16)))
	}
	return random(min(maxBackoff, baseTransient<<min(n, 16)))
}

func random(most time.Duration) time.Duration {
	return time.Duration(rand.Float64() * float64(most))
}

// retryAfter is how long the instance asks to be left alone: Retry-After in seconds or as a date, or else
// X-RateLimit-Reset, a Unix time. Times are compared with the answer's own Date: clocks differ. At least one second
// is meant by a time in the past or just now: the platform counts whole seconds.
func retryAfter(resp *http.Response) time.Duration {
	now := dateOf(resp.Header)
	if now.IsZero() {
		now = time.Now()
	}
	if s := strings.TrimSpace(resp.Header.Get("Retry-After")); s != "" {
		if n, err := strconv.ParseInt(s, 10, 32); err == nil && n >= 0 {
			return max(time.Duration(n)*time.Second, time.Second)
		}
		if at, err := http.ParseTime(s); err == nil {
			return max(at.Sub(now), time.Second)
		}
	}
	if n, err := strconv.ParseInt(resp.Header.Get("X-Ratelimit-Reset"), 10, 64); err == nil && n > 0 &&
		resp.StatusCode == http.StatusTooManyRequests {
		return max(time.Unix(n, 0).Sub(now), time.Second)
	}
	return 0
}
