package auth

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"golang.org/x/oauth2"

	"github.com/seed-a66f7fd3/servicenow/internal/remedy"
)

const (
	authorizePath = "/oauth_auth.do"
	tokenPath     = "/oauth_token.do"
	// maxAnswer bounds a token answer: real ones have some hundred bytes.
	maxAnswer = 1 << 20
	// maxLifespan, in seconds, bounds expires_in: 68 years.
	maxLifespan = 1<<31 - 1
)

func (a App) config() *oauth2.Config {
	style := oauth2.AuthStyleInParams // unset, one failure would be two requests
	if a.ClientAuth == InHeader {
		style = oauth2.AuthStyleInHeader
	}
	return &oauth2.Config{
		ClientID: a.ClientID, ClientSecret: a.ClientSecret.Reveal(), RedirectURL: a.RedirectURL, Scopes: a.Scopes,
		Endpoint: oauth2.Endpoint{
			AuthURL: a.Instance.Origin() + authorizePath, TokenURL: a.Instance.Origin() + tokenPath, AuthStyle: style,
		},
	}
}

// exchange runs one token request. x/oauth2 writes the request and reads the answer; the wire below it decides what
// counts as an answer at all. Everything is made anew for each exchange: x/oauth2's own sources keep the context of
// their construction, and their cache neither saves nor lets one caller go while another waits.
func (a App) exchange(
	ctx context.Context, op string, grant func(context.Context, *oauth2.Config) (*oauth2.Token, error),
) (Token, error) {
	if err := a.check(); err != nil {
		return Token{}, err
	}
	c := a.client()
	w := &wire{op: op, next: c.Transport}
	c.Transport = w
	t, err := grant(context.WithValue(ctx, oauth2.HTTPClient, c), a.config())
	switch {
	case err == nil:
		return a.token(op, t)
	case w.failure != nil:
		return Token{}, w.failure
	case ctx.Err() != nil:
		return Token{}, ctx.Err()
	}
	var refusal *oauth2.RetrieveError
	if errors.As(err, &refusal) {
		return Token{}, refused(op, refusal, w.secrets)
	}
	return Token{}, malformed(op, w.status, "the answer is not a token") // err may quote the answer: it is dropped
}

// client is a copy of the App's HTTP client without its jar and redirects: a session cookie makes the token endpoint
// refuse the call, and a redirect would carry the client's secret elsewhere.
func (a App) client() *http.Client {
	c := http.Client{}
	if a.HTTPClient != nil {
		c = *a.HTTPClient
	}
	if c.Transport == nil {
		c.Transport = http.DefaultTransport
	}
	if c.Timeout == 0 {
		c.Timeout = 30 * time.Second // nobody waits for ever because a context has no deadline
	}
	c.Jar = nil
	c.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &c
}

// wire is the transport of one exchange. It lets pass only what the token endpoint itself can have said.
type wire struct {
	op      string
	next    http.RoundTripper
	status  int
	secrets []string // of the request
	failure *Error
}

func (w *wire) RoundTrip(req *http.Request) (*http.Response, error) {
	req = req.Clone(req.Context())
	req.Header.Set("Accept", "application/json")
	req.Header.Del("Cookie")
	w.secrets = secretsOf(req)
	res, err := w.next.RoundTrip(req)
	if err != nil {
		return nil, w.fail(&Error{Code: ErrUnreachable, Remedy: remedy.For(remedy.Network), Err: withoutURL(err)})
	}
	w.status = res.StatusCode
	body, err := io.ReadAll(io.LimitReader(res.Body, maxAnswer+1))
	_ = res.Body.Close()
	switch {
	case err != nil:
		return nil, w.fail(&Error{Code: ErrUnreachable, Remedy: remedy.For(remedy.Network), Err: withoutURL(err)})
	case len(body) > maxAnswer:
		return nil, w.fail(malformed(w.op, res.StatusCode, "the answer is longer than a token's"))
	}
	if e := judge(res, body); e != nil {
		return nil, w.fail(e)
	}
	// x/oauth2 reads text/plain as a form; what passed judge is JSON whatever its label says.
	res.Header = http.Header{"Content-Type": {"application/json"}}
	res.Body, res.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
	return res, nil
}

func (w *wire) fail(e *Error) error {
	e.Op, e.Status = w.op, w.status
	if e.Class == nil {
		e.Class = ErrUnavailable
	}
	w.failure = e
	return e
}

// judge returns nil for a JSON object with a status that the endpoint itself answers with, and otherwise a failure
// that is no refusal: tokens survive it.
func judge(res *http.Response, body []byte) *Error {
	media, _, _ := mime.ParseMediaType(res.Header.Get("Content-Type"))
	start := bytes.TrimLeft(body, " \t\r\n")
	isJSON := bytes.HasPrefix(start, []byte("{")) && json.Valid(body)
	status := res.StatusCode
	e := &Error{Code: ErrUnreachable, RetryAfter: retryAfter(res.Header)}
	switch {
	case status >= 300 && status < 400:
		e.Description, e.Remedy = "redirected", remedy.For(remedy.Redirected)
	case isHibernation(body):
		e.Description, e.Remedy, e.Class = "the instance is asleep", remedy.For(remedy.Hibernating), errHibernating
	case status >= 500 || status == http.StatusTooManyRequests || status == http.StatusRequestTimeout:
		e.Description, e.Remedy = "HTTP "+strconv.Itoa(status), remedy.For(remedy.Unavailable)
	case media == "text/html" || bytes.HasPrefix(start, []byte("<")):
		e.Description, e.Remedy = "a page instead of JSON", remedy.For(remedy.NotAnAPI)
	case !isJSON:
		e.Code, e.Description, e.Remedy = ErrMalformed, "not a JSON object", remedy.For(remedy.MalformedToken)
	default:
		return nil
	}
	return e
}

func isHibernation(body []byte) bool {
	head := bytes.ToLower(body[:min(len(body), 16<<10)])
	return bytes.Contains(head, []byte("hibernating"))
}

func retryAfter(h http.Header) time.Duration {
	v := strings.TrimSpace(h.Get("Retry-After"))
	if s, err := strconv.ParseInt(v, 10, 32); err == nil && s > 0 {
		return time.Duration(s) * time.Second
	}
	if at, err := http.ParseTime(v); err == nil {
		return max(0, time.Until(at))
	}
	return 0
}

// withoutURL drops the URL that net/http puts into its errors.
func withoutURL(err error) error {
	var u *url.Error
	if errors.As(err, &u) {
		return u.Err
	}
	return err
}

// token checks what x/oauth2 read.
func (a App) token(op string, t *oauth2.Token) (Token, error) {
	if kind := t.TokenType; kind != "" && !strings.EqualFold(kind, "bearer") {
		return Token{}, malformed(op, http.StatusOK, "token_type is not Bearer")
	}
	life, ok := lifespan(t.Extra("expires_in"))
	if !ok {
		return Token{}, malformed(op, http.StatusOK, "expires_in is not a number of seconds")
	}
	if !sendable(t.AccessToken) {
		return Token{}, malformed(op, http.StatusOK, "access_token cannot stand in a header")
	}
	now := time.Now()
	out := Token{
		Access: NewSecret(t.AccessToken), Refresh: NewSecret(t.RefreshToken), Issued: now, Expiry: now.Add(life),
	}
	out.Scope, _ = t.Extra("scope").(string)
	if out.Refresh.IsZero() {
		return out, nil
	}
	out.RefreshExpiry = now.Add(a.refreshLifespan())
	// belief: the platform does not tell; other servers use these names. A real answer that has one settles it.
	for _, name := range []string{"refresh_token_expires_in", "refresh_expires_in"} {
		if life, ok := lifespan(t.Extra(name)); ok && t.Extra(name) != nil && life > 0 {
			out.RefreshExpiry, out.told = now.Add(life), true
		}
	}
	return out, nil
}

// lifespan reads seconds, a number or its text; absent, it is the one that applications have by default.
func lifespan(v any) (time.Duration, bool) {
	var s float64
	switch v := v.(type) {
	case nil:
		return DefaultAccessLifespan, true
	case float64:
		s = v
	case string:
		n, err := strconv.ParseInt(v, 10, 64)
		if err != nil {
			return 0, false
		}
		s = float64(n)
	default:
		return 0, false
	}
	return time.Duration(min(s, maxLifespan)) * time.Second, s >= 0
}

// sendable accepts what fits into an Authorization header.
func sendable(s string) bool {
	for _, c := range []byte(s) {
		if c <= ' ' || c >= 0x7f {
			return false
		}
	}
	return s != ""
}

func malformed(op string, status int, what string) *Error {
	return &Error{
		Op: op, Code: ErrMalformed, Description: what, Status: status,
		Remedy: remedy.For(remedy.MalformedToken), Class: ErrUnavailable,
	}
}
