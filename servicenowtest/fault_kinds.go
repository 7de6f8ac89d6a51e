package servicenowtest

import (
	"bytes"
	"compress/gzip"
	"io"
	"net"
	"net/http"
	"strconv"
	"time"
)

// RateLimited is the 429 of a rate limit rule, with its headers and body.
func RateLimited(retryAfter time.Duration) Fault {
	return Fault{"rate limited", func(x *exchange) {
		h := x.w.Header()
		seconds := int(retryAfter / time.Second)
		h.Set("Retry-After", strconv.Itoa(seconds))
		h.Set("X-RateLimit-Limit", "100")
		h.Set("X-RateLimit-Reset", strconv.FormatInt(x.now().Add(retryAfter).Unix(), 10))
		h.Set("X-RateLimit-Rule", "00000000000000000000000000000001")
		writeError(x.w, http.StatusTooManyRequests, "Rate limit exceeded",
			"Rate limit of 100 requests per hour for Table API exceeded")
	}}
}

// QueueFull is the 429 of a full semaphore queue: no header and no body.
func QueueFull() Fault {
	return Fault{"queue full", func(x *exchange) { x.w.WriteHeader(http.StatusTooManyRequests) }}
}

// Unavailable is a gateway's answer, in HTML: 500, 502, 503 or 504.
func Unavailable(status int) Fault {
	return Fault{"unavailable", func(x *exchange) {
		writePage(x.w, status, "message", page{Title: http.StatusText(status), Message: "Try again later."})
	}}
}

// LoginPage is an HTML login page with status 200, where JSON was expected.
func LoginPage() Fault {
	return Fault{"login page", func(x *exchange) {
		writePage(x.w, http.StatusOK, "login", page{Title: "Log in", Goto: "/"})
	}}
}

// Hibernating is the page of a sleeping developer instance: 200, on every path, the token endpoint included.
func Hibernating() Fault {
	return Fault{"hibernating", func(x *exchange) { writePage(x.w, http.StatusOK, "hibernating", page{}) }}
}

// SessionFull is the 202 of a crowded session: accepted, and not executed.
func SessionFull() Fault {
	return Fault{"session full", func(x *exchange) { x.w.WriteHeader(http.StatusAccepted) }}
}

// Unauthorized is a 401 although the credentials are good, as instances give now and then.
func Unauthorized() Fault {
	return Fault{"unauthorized", func(x *exchange) { unauthenticated(x.w) }}
}

// cancelled is the tail of a transaction that the quota manager killed (KB1297438).
const cancelled = `"error":{"message":"Transaction cancelled: maximum execution time exceeded",` +
	`"detail":"Transaction cancelled: maximum execution time exceeded. Check logs for error trace or enable ` +
	`glide.rest.debug property to verify REST request processing"},"status":"failure"}`

// CancelledCut is a cancelled transaction whose error stands behind a body that was cut in two: status 200, no JSON.
// The write, if it was one, took effect.
func CancelledCut() Fault {
	return Fault{"cancelled, cut", func(x *exchange) {
		a := x.answer()
		a.body = append(a.body[:len(a.body)*2/3:len(a.body)*2/3], cancelled...)
		a.status = http.StatusOK
		x.send(a)
	}}
}

// CancelledBeside is a cancelled transaction whose error stands beside the result: status 200, and valid JSON.
func CancelledBeside() Fault {
	return Fault{"cancelled, beside", func(x *exchange) {
		a := x.answer()
		body := bytes.TrimRight(a.body, " \n")
		a.body = append(bytes.TrimSuffix(body, []byte("}")), ","+cancelled...)
		a.status = http.StatusOK
		x.send(a)
	}}
}

// Truncate ends the body after n bytes and cuts the connection, as a proxy does. The write took effect.
func Truncate(n int) Fault {
	return Fault{"truncated", func(x *exchange) {
		a := x.answer()
		x.w.Header().Set("Content-Length", strconv.Itoa(len(a.body)))
		a.body = a.body[:min(n, len(a.body))]
		x.send(a)
		_ = http.NewResponseController(x.w).Flush()
		x.hangUp(false)
	}}
}

// EndsEarly ends the body after n bytes without any sign that it is not whole: only the JSON tells.
func EndsEarly(n int) Fault {
	return Fault{"ends early", func(x *exchange) {
		a := x.answer()
		a.body = a.body[:min(n, len(a.body))]
		x.send(a)
	}}
}

// WrongLength announces a Content-Length that is off by delta. With a positive one the body never comes whole.
func WrongLength(delta int) Fault {
	return Fault{"wrong length", func(x *exchange) {
		a := x.answer()
		x.w.Header().Set("Content-Length", strconv.Itoa(max(0, len(a.body)+delta)))
		x.send(a)
	}}
}

// WrongType labels the answer with another content type.
func WrongType(contentType string) Fault {
	return Fault{"wrong type", func(x *exchange) {
		a := x.answer()
		x.w.Header().Set("Content-Type", contentType)
		x.send(a)
	}}
}

// Gzipped compresses the answer, for clients that accept it.
func Gzipped() Fault {
	return Fault{"gzipped", func(x *exchange) {
		a := x.answer()
		var b bytes.Buffer
		z := gzip.NewWriter(&b)
		_, _ = z.Write(a.body)
		_ = z.Close()
		a.body = b.Bytes()
		x.w.Header().Set("Content-Encoding", "gzip")
		x.send(a)
	}}
}

// Rewritten changes the body of the answer.
func Rewritten(change func(body []byte) []byte) Fault {
	return Fault{"rewritten", func(x *exchange) {
		a := x.answer()
		a.body = change(a.body)
		x.send(a)
	}}
}

// SlowFirstByte answers after a while. The work is done before the wait.
func SlowFirstByte(d time.Duration) Fault {
	return Fault{"slow first byte", func(x *exchange) {
		a := x.answer()
		x.pause(d)
		x.send(a)
	}}
}

// SlowStart waits before the work is done.
func SlowStart(d time.Duration) Fault {
	return Fault{"slow start", func(x *exchange) {
		x.pause(d)
		x.serve(x.w, x.r)
	}}
}

// SlowBody sends the body in pieces of n bytes with a pause before each.
func SlowBody(n int, pause time.Duration) Fault {
	return Fault{"slow body", func(x *exchange) {
		a := x.answer()
		x.w.WriteHeader(a.status)
		control := http.NewResponseController(x.w)
		for len(a.body) > 0 && x.pause(pause) {
			k := min(max(n, 1), len(a.body))
			_, _ = x.w.Write(a.body[:k])
			_ = control.Flush()
			a.body = a.body[k:]
		}
	}}
}

// Hang never answers. The request ends when the client gives up or the server closes.
func Hang() Fault {
	return Fault{"hang", func(x *exchange) {
		_, _ = io.Copy(io.Discard, x.r.Body) // net/http notices that a client went away once the body is read
		select {
		case <-x.r.Context().Done():
		case <-x.gone:
		}
		x.hangUp(true)
	}}
}

// ResetBefore resets the connection before anything was done.
func ResetBefore() Fault {
	return Fault{"reset before", func(x *exchange) { x.hangUp(true) }}
}

// ResetAfter does the work, the write took effect, and resets the connection instead of answering.
func ResetAfter() Fault {
	return Fault{"reset after", func(x *exchange) {
		x.answer()
		x.hangUp(true)
	}}
}

// answer lets the request take effect and keeps what would have been sent.
func (x *exchange) answer() *kept {
	a := &kept{header: x.w.Header(), status: http.StatusOK}
	x.serve(a, x.r)
	a.header.Del("Content-Length") // the fault may change the body
	return a
}

// send sends a kept answer.
func (x *exchange) send(a *kept) {
	x.w.WriteHeader(a.status)
	_, _ = x.w.Write(a.body)
}

// pause waits; it reports false when the client or the server went away.
func (x *exchange) pause(d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-x.r.Context().Done():
	case <-x.gone:
	}
	return false
}

// hangUp cuts the connection: by a reset where there is a TCP socket below, or by an end that comes too early.
func (x *exchange) hangUp(reset bool) {
	conn, _, err := http.NewResponseController(x.w).Hijack()
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	raw := conn
	if wrapped, ok := conn.(interface{ NetConn() net.Conn }); ok {
		raw = wrapped.NetConn()
	}
	if tcp, ok := raw.(*net.TCPConn); ok && reset {
		_ = tcp.SetLinger(0)
	}
	_ = raw.Close()
}

// kept is an answer that is held back.
type kept struct {
	header http.Header
	status int
	body   []byte
}

func (k *kept) Header() http.Header { return k.header }

func (k *kept) WriteHeader(status int) { k.status = status }

func (k *kept) Write(p []byte) (int, error) {
	k.body = append(k.body, p...)
	return len(p), nil
}
