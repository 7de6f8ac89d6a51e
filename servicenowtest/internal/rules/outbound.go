package rules

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/seed-a66f7fd3/servicenow/servicenowtest/internal/db"
)

// Delivery is one outbound request of a script, as the test sees it afterwards.
type Delivery struct {
	Method, URL string
	Header      http.Header
	Body        string
	Status      int    // 0 when no answer came
	Err         string // why no answer came
	Async       bool   // sent by executeAsync
	Rule        string // name of the rule or script action
	User        string // who made the write
	At          time.Time
	Took        time.Duration
}

// message is what a RESTMessageV2 collects.
type message struct {
	endpoint, method, body string
	timeout                time.Duration
	header                 http.Header
	names                  map[string]string // canonical to given header names
	query                  url.Values
	parameters             map[string]string
	user, password         string
	verbatim               bool // disableForcedVariableSubstitution was called
}

// response is what execute and executeAsync give back.
type response struct {
	status int
	header http.Header
	body   string
	err    error
	done   chan struct{} // of executeAsync: closed when it was delivered
}

// errNoOutbound is why a test that forgot to say where requests go learns it.
var errNoOutbound = errors.New("outbound requests are refused: no client was given (WithOutbound)")

const maxAnswer = 5 << 20

// send performs the request through the client that the test gave, and logs it as the platform does: host and path at
// the lowest level.
func (e *Engine) send(ctx context.Context, msg message, d Delivery) *response {
	out := &response{}
	d.Method, d.Body, d.At = msg.method, msg.content(), e.Now()
	started := time.Now()
	req, err := msg.request(ctx, e)
	if err == nil {
		d.URL, d.Header = req.URL.String(), req.Header
		out = e.roundTrip(req, msg.timeout)
		err = out.err
	} else {
		out.err = err
	}
	d.Took, d.Status = time.Since(started), out.status
	if err != nil {
		d.Err = err.Error()
	}
	e.logOutbound(d)
	e.Delivered(d)
	return out
}

func (e *Engine) roundTrip(req *http.Request, timeout time.Duration) *response {
	if e.Client == nil {
		e.Logger.Warn("outbound request refused", "method", req.Method, "host", req.URL.Host)
		return &response{err: errNoOutbound}
	}
	slots := e.perHost(req.URL.Host)
	select {
	case slots <- true:
		defer func() { <-slots }()
	case <-req.Context().Done():
		return &response{err: req.Context().Err()}
	}
	if timeout <= 0 {
		timeout = defaultHTTPTimeout
	}
	ctx, cancel := context.WithTimeout(req.Context(), timeout)
	defer cancel()
	answer, err := e.Client.Do(req.WithContext(ctx))
	if err != nil {
		return &response{err: err}
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(io.LimitReader(answer.Body, maxAnswer))
	return &response{status: answer.StatusCode, header: answer.Header, body: string(body), err: err}
}

// request makes the HTTP request. The User-Agent is the platform's unless glide.http.user.agent says otherwise.
// https://www.servicenow.com/docs/r/api-reference/server-api-reference/c_RESTMessageV2API.html
func (msg message) request(ctx context.Context, e *Engine) (*http.Request, error) {
	endpoint, err := url.Parse(substitute(msg.endpoint, msg.parameters))
	if err != nil {
		return nil, err
	}
	if endpoint.Scheme == "" || endpoint.Host == "" {
		return nil, errors.New("Invalid uri: " + msg.endpoint)
	}
	if len(msg.query) > 0 {
		q := endpoint.Query()
		for k, vs := range msg.query {
			q[k] = vs
		}
		endpoint.RawQuery = q.Encode()
	}
	req, err := http.NewRequestWithContext(ctx, msg.method, endpoint.String(), strings.NewReader(msg.content()))
	if err != nil {
		return nil, err
	}
	req.Header = msg.header.Clone()
	if req.Header.Get("User-Agent") == "" {
		req.Header.Set("User-Agent", "ServiceNow/1.0")
		if agent, ok := e.property("glide.http.user.agent").(string); ok && agent != "" {
			req.Header.Set("User-Agent", agent)
		}
	}
	if msg.user != "" {
		req.SetBasicAuth(msg.user, msg.password)
	}
	return req, nil
}

// content is the body as it is sent. One page says that a body set by a script is not substituted, another warns that
// "curly brackets or dollar signs in your request may inadvertently return a truncated output". A rule has to live
// with the worse of the two.
//
// belief: that ${name} in a body is replaced unless the script calls disableForcedVariableSubstitution; one request
// with "${x}" in its body would settle it.
func (msg message) content() string {
	if msg.verbatim {
		return msg.body
	}
	return substitute(msg.body, msg.parameters)
}

// substitute replaces ${name} by the string parameters; a name without one becomes empty.
// https://www.servicenow.com/docs/r/api-reference/web-services/c_VariableSubstitutionREST.html
func substitute(s string, parameters map[string]string) string {
	var b strings.Builder
	for {
		before, rest, found := strings.Cut(s, "${")
		b.WriteString(before)
		if !found {
			return b.String()
		}
		name, after, closed := strings.Cut(rest, "}")
		if !closed {
			return b.String() // what follows an unclosed brace is lost
		}
		b.WriteString(parameters[name])
		s = after
	}
}

// logOutbound writes a row of sys_outbound_http_log, unless glide.outbound_http.db.log is false.
func (e *Engine) logOutbound(d Delivery) {
	if off, _ := e.property("glide.outbound_http.db.log").(string); off == "false" {
		return
	}
	u, _ := url.Parse(d.URL)
	if u == nil {
		u = &url.URL{}
	}
	_, _ = e.DB.Insert(db.Session{System: true}, "sys_outbound_http_log", map[string]string{
		"url": u.Scheme + "://" + u.Host + u.Path, "hostname": u.Hostname(), "method": d.Method,
		"response_status": strconv.Itoa(d.Status), "response_time": strconv.FormatInt(d.Took.Milliseconds(), 10),
		"request_length": strconv.Itoa(len(d.Body)),
	}, db.WithoutWorkflow())
}
