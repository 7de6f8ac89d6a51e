package rest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"strconv"
	"strings"
	"time"

	"golang.org/x/time/rate"
)

// RoundTrip is one attempt: limit, credential, send, classify. It is what retryablehttp's loop repeats.
func (k *call) RoundTrip(req *http.Request) (*http.Response, error) {
	header := req.Header
	if k.attempts > 0 {
		header = header.Clone() // the transport may still be writing the last attempt's
	}
	if k.bad = k.admit(header); k.bad != nil {
		return nil, closing(req.Body, errNotAdmitted)
	}
	k.attempts++
	k.sent, k.meta = header, noMeta
	resp, err := k.exchange(req, header)
	if err != nil {
		k.slot.release()
		return nil, err
	}
	k.meta = metaOf(resp)
	k.conn.clock.observe(k.meta.Date, resp.Header)
	k.judge(resp)
	return resp, nil
}

// errNotAdmitted stands for the verdict that admit left.
var errNotAdmitted = errors.New("not sent")

func closing(body io.Closer, err error) error {
	if body != nil {
		body.Close()
	}
	return err
}

// admit waits for the instance's limit and then asks the credential, in this order: a token fetched before a long
// wait could be stale after it.
func (k *call) admit(header http.Header) *verdict {
	began := time.Now()
	k.conn.heedOthers(k.ctx, k.family)
	var err error
	k.slot, err = k.conn.gate.acquire(k.ctx, k.op.Priority, k.family)
	if err == nil {
		err = waitFor(k.ctx, k.conn.cfg.Limiter)
	}
	k.waited += time.Since(began)
	if err == nil {
		k.used, err = k.conn.cfg.Credential.Authorize(k.ctx, header)
	}
	if err == nil {
		return nil
	}
	k.slot.release()
	return verdictOf(err)
}

// waitFor takes one slot of l. A deadline that is too near is reported as what it is to the caller: a deadline.
func waitFor(ctx context.Context, l *rate.Limiter) error {
	if l == nil {
		return nil
	}
	err := l.Wait(ctx)
	if err == nil || ctx.Err() != nil {
		return err
	}
	if _, has := ctx.Deadline(); has {
		return fmt.Errorf("%w: the rate limit leaves no slot before it", context.DeadlineExceeded)
	}
	return err
}

// exchange sends the request and waits for the headers of the answer.
func (k *call) exchange(req *http.Request, header http.Header) (*http.Response, error) {
	w := newWatch(k.ctx, k.conn.cfg.IdleTimeout, k.conn.timeout())
	ctx, trace := w.ctx, (*progress)(nil)
	if !replayable(k.op) {
		trace = new(progress)
		ctx = httptrace.WithClientTrace(ctx, trace.hooks())
	}
	attempt := req.WithContext(ctx)
	attempt.Header = header
	var body *source
	if req.Body != nil {
		body = &source{open: req.GetBody, stream: k.op.Open != nil, size: req.ContentLength, watch: w}
		body.attach(attempt)
	}
	resp, err := k.conn.base.RoundTrip(attempt)
	if err != nil {
		err = w.explain(err)
		w.end()
		k.bad = judgeTransport(err, trace, body)
		return nil, err
	}
	w.answered()
	k.answer = &answer{body: resp.Body, watch: w, slot: k.slot}
	resp.Body = k.answer
	return resp, nil
}

func (c *Conn) timeout() time.Duration {
	if c.cfg.HTTPClient == nil {
		return 0
	}
	return c.cfg.HTTPClient.Timeout
}

// judge classifies an answer.
func (k *call) judge(resp *http.Response) {
	if k.bad = classify(k.op, resp); k.bad == nil {
		k.slot.succeeded()
		k.conn.budget.giveBack()
		if k.decode == nil {
			k.answer.streamed = true
			k.slot.streaming()
		}
		return
	}
	k.heed()
	resp.Body.Close()
	resp.Body = http.NoBody
}

// heed tells the gate what a bad answer means for it, before the slot goes to the next who waits.
func (k *call) heed() {
	if k.bad.cut > 0 {
		k.slot.cut(k.bad.cut)
	}
	if k.bad.quota {
		until := k.conn.gate.stop(k.family, k.bad.after)
		k.slot.release() // the others need not wait until it is shared
		k.conn.share(k.ctx, k.family, until)
	}
}

// noMeta is the Meta of an attempt without an answer.
var noMeta = Meta{Total: -1, ContentLength: -1}

// transactionHeader is X-Transaction-ID as net/http keeps it: another spelling costs a conversion at every look.
const transactionHeader = "X-Transaction-Id"

func metaOf(resp *http.Response) Meta {
	h := resp.Header
	m := Meta{
		Status: resp.StatusCode, TransactionID: transactionID(h.Get(transactionHeader)), Total: -1,
		ContentType: h.Get("Content-Type"), ContentLength: resp.ContentLength,
		Location: h.Get("Location"), Attachment: h.Get("X-Attachment-Metadata"), Date: dateOf(h),
	}
	if s := h.Get("X-Total-Count"); s != "" {
		if n, err := strconv.Atoi(s); err == nil && n >= 0 {
			m.Total = n
		}
	}
	m.RateLimit = rateLimitOf(h)
	return m
}

// transactionID takes what looks like an id and nothing else: it goes to logs, and the header is anybody's text.
func transactionID(s string) string {
	const longest = 40
	odd := func(r rune) bool { return needsEscape(r) && r != ':' }
	if len(s) > longest || strings.ContainsFunc(s, odd) {
		return ""
	}
	return s
}

func rateLimitOf(h http.Header) RateLimit {
	limit, err := strconv.Atoi(h.Get("X-Ratelimit-Limit"))
	if err != nil || limit < 0 {
		return RateLimit{}
	}
	r := RateLimit{Limit: limit, Rule: oneLine(h.Get("X-Ratelimit-Rule"), 64)}
	if n, err := strconv.ParseInt(h.Get("X-Ratelimit-Reset"), 10, 64); err == nil && n > 0 {
		r.Reset = time.Unix(n, 0).UTC()
	}
	return r
}
