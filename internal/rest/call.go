package rest

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/hashicorp/go-retryablehttp"
)

// call is one Op on its way: what run, the attempts and the retry decisions share. One goroutine uses it.
type call struct {
	conn   *Conn
	op     Op
	ctx    context.Context
	path   string
	family family
	decode func(*http.Response) error // nil: the caller reads the body

	loop   retryablehttp.Client
	client http.Client

	slot     *permit // of the attempt under way
	answer   *answer // its body
	used     any     // the credential of the attempt
	sent     http.Header
	attempts int
	retries  int
	renewed  bool
	waited   time.Duration
	pause    time.Duration // before the next attempt
	meta     Meta
	bad      *verdict // of the last attempt; nil when it was good
}

// run sends op, again where that is allowed and helps, and tells observer and log about it once. The response is the
// caller's to close if decode is nil and the error is nil.
func (c *Conn) run(ctx context.Context, op Op, decode func(*http.Response) error) (
	resp *http.Response, meta Meta, err error,
) {
	began := time.Now()
	ctx, end := c.begin(ctx, op)
	k := &call{conn: c, op: op, ctx: ctx, decode: decode, meta: noMeta}
	defer func() {
		o := Outcome{Status: k.meta.Status, Attempts: k.attempts, Waited: k.waited,
			TransactionID: k.meta.TransactionID, RateLimit: k.meta.RateLimit, Err: err}
		c.log(ctx, op, k.path, time.Since(began), o)
		if end != nil {
			end(o)
		}
	}()
	resp, err = k.do()
	k.meta.Attempts = k.attempts
	return resp, k.meta, err
}

func (k *call) do() (*http.Response, error) {
	out, err := k.conn.build(k.op)
	if err != nil {
		return nil, err
	}
	k.path, k.family = out.path, familyOf(k.op.Path)
	if err := k.conn.CheckCarets(k.ctx, k.op, out.url.RawQuery); err != nil {
		return nil, err
	}
	req := &retryablehttp.Request{Request: (&http.Request{
		Method: k.op.Method, URL: out.url, Host: out.url.Host, Header: out.header,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
	}).WithContext(k.ctx)}
	if err := setBody(req, k.op, out.body); err != nil {
		return nil, k.conn.refuse(k.op, err)
	}
	if k.decode != nil {
		req.SetResponseHandler(k.handle)
	}
	k.setUp()
	resp, err := k.loop.Do(req)
	if err == nil && k.bad == nil {
		return resp, nil
	}
	return nil, k.failure(err)
}

// setUp overrides what retryablehttp does by default: it logs URLs to stderr, obeys any Retry-After, waits without
// jitter, and drops the last answer. Its loop stays. The client is one of our own, so that neither cookies nor
// redirects nor closing of idle connections reach what the caller lent us.
func (k *call) setUp() {
	k.client = http.Client{Transport: k, CheckRedirect: stay}
	k.loop.HTTPClient = &k.client
	k.loop.RetryMax = k.conn.cfg.RetryMax + 1 // the one more is for a renewed credential; check counts
	k.loop.CheckRetry = k.check
	k.loop.Backoff = k.backoff
	k.loop.ErrorHandler = keepLast
}

func stay(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }

func keepLast(resp *http.Response, err error, _ int) (*http.Response, error) { return resp, err }

// handle decodes a good answer inside the loop, so that one which turns out to be cut or no JSON can be asked again.
func (k *call) handle(resp *http.Response) error {
	if k.bad != nil {
		return nil
	}
	defer resp.Body.Close() // gives the slot back, also when decoding panics
	if err := k.decode(resp); err != nil {
		k.bad = verdictOf(err)
		k.heed()
	}
	return nil
}

// failure makes the error of the whole call from the verdict on its last attempt.
func (k *call) failure(err error) error {
	if k.bad == nil { // nothing of ours failed: the caller's context ended between two attempts
		k.bad = &verdict{err: withoutURL(err)}
	}
	e := k.bad.failure(k.op, k.path)
	e.Status, e.TransactionID, e.Attempts = k.meta.Status, k.meta.TransactionID, k.attempts
	for _, said := range []*string{&e.Message, &e.Detail, &e.TransactionID} {
		*said = redact(*said, k.sent)
	}
	if ended := k.ctx.Err(); ended != nil && !errors.Is(e.Err, ended) {
		e.Err = ended
	}
	return e
}
