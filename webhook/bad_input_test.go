package webhook_test

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/seed-a66f7fd3/servicenow/webhook"
)

// Whatever comes in is answered with a typed error and its status, and never reaches the host. All of it is signed with
// the tenant's own key, as far as it can be, so that nothing is refused for its signature alone.
func TestBadInput(t *testing.T) {
	h := newHost(t, nil)
	good := envelope("task_1_update_7", "task.updated", record)
	sign := func(body []byte) http.Header { return webhook.Sign("task_1_update_7", now, body, h.key) }
	with := func(header http.Header, name string, values ...string) http.Header {
		header[http.CanonicalHeaderKey(name)] = values
		return header
	}
	signature := sign(good).Get(webhook.HeaderSignature)
	var packed bytes.Buffer
	w := gzip.NewWriter(&packed)
	_, _ = w.Write(good)
	_ = w.Close()
	spaces := bytes.Repeat([]byte(" "), 200<<10)
	later := bytes.Replace(good, []byte(`"spec":1`), []byte(`"spec":2`), 1)
	long := append(bytes.Clone(good), bytes.Repeat([]byte(" "), webhook.MaxBody)...)
	deep := []byte(strings.Replace(string(good), `"spec":1`, `"spec":1,"x":`+strings.Repeat("[", 9999)+strings.Repeat("]", 9999), 1))

	for _, c := range []struct {
		name   string
		header http.Header
		body   []byte
		status int
		err    error
	}{
		{"oversized", sign(long), long, 413, webhook.ErrTooLarge},
		{"a megabyte of spaces", sign(bytes.Repeat(spaces, 5)), bytes.Repeat(spaces, 5), 413, webhook.ErrTooLarge},
		{"as many spaces as fit", sign(spaces), spaces, 400, webhook.ErrMalformed},
		{"truncated JSON", sign(good[:200]), good[:200], 400, webhook.ErrMalformed},
		{"nothing", sign(nil), nil, 400, webhook.ErrMalformed},
		{"compressed", with(sign(packed.Bytes()), "Content-Encoding", "gzip"), packed.Bytes(), 415, webhook.ErrEncoding},
		{"compressed, and not saying so", sign(packed.Bytes()), packed.Bytes(), 400, webhook.ErrMalformed},
		{"not JSON", sign([]byte("<html>")), []byte("<html>"), 400, webhook.ErrMalformed},
		{"JSON of another shape", sign([]byte(`["a"]`)), []byte(`["a"]`), 400, webhook.ErrMalformed},
		{"nested deeply", sign(deep), deep, 400, webhook.ErrMalformed},
		{"a doubled id header", with(sign(good), "webhook-id", "task_1_update_7", "b"), good, 400, webhook.ErrMalformed},
		{"a doubled timestamp header", with(sign(good), "webhook-timestamp", "1", "2"), good, 400, webhook.ErrMalformed},
		{"a doubled signature header", with(sign(good), "webhook-signature", signature, signature), good, 400, webhook.ErrMalformed},
		{"many signatures", with(sign(good), "webhook-signature", strings.Repeat("v1,x ", 500)+signature), good, 400, webhook.ErrMalformed},
		{"a wrong version tag", with(sign(good), "webhook-signature", "v9"+signature[2:]), good, 401, webhook.ErrSignature},
		{"a version of asymmetric keys", with(sign(good), "webhook-signature", "v1a"+signature[2:]), good, 401, webhook.ErrSignature},
		{"an id with a full stop", with(sign(good), "webhook-id", "task.1"), good, 400, webhook.ErrMalformed},
		{"an id with a slash", with(sign(good), "webhook-id", "../task"), good, 400, webhook.ErrMalformed},
		{"an id beyond ASCII", with(sign(good), "webhook-id", "t\u00e4sk"), good, 400, webhook.ErrMalformed},
		{"an id without an end", with(sign(good), "webhook-id", strings.Repeat("a", 4000)), good, 400, webhook.ErrMalformed},
		{"a timestamp without an end", with(sign(good), "webhook-timestamp", strings.Repeat("1", 4000)), good, 400, webhook.ErrMalformed},
		{"a future spec", sign(later), later, 400, webhook.ErrSpec},
	} {
		t.Run(c.name, func(t *testing.T) {
			if status := h.post("t1", c.header, c.body); status != c.status || status != webhook.Status(c.err) {
				t.Errorf("answered %d, want %d", status, c.status)
			}
			if d := h.last(); !errors.Is(d.Err, c.err) {
				t.Errorf("observed %+v, want %v", d, c.err)
			}
		})
	}
	if len(h.taken) != 0 {
		t.Errorf("the host was given %+v", h.taken)
	}
}

// A sender that goes away in the middle of its body has sent nothing.
func TestATruncatedBody(t *testing.T) {
	h := newHost(t, nil)
	body := envelope("task_1_update_7", "task.updated", record)
	u, err := url.Parse(h.url)
	if err != nil {
		t.Fatal(err)
	}
	var d net.Dialer
	conn, err := d.DialContext(t.Context(), "tcp", u.Host)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	var request bytes.Buffer
	fmt.Fprintf(&request, "POST /hooks/t1 HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n", len(body))
	_ = webhook.Sign("task_1_update_7", now, body, h.key).Write(&request)
	request.WriteString("\r\n")
	request.Write(body[:len(body)/2])
	if _, err := conn.Write(request.Bytes()); err != nil {
		t.Fatal(err)
	}
	if err := conn.(*net.TCPConn).CloseWrite(); err != nil {
		t.Fatal(err)
	}
	var answer [12]byte
	if _, err := conn.Read(answer[:]); err != nil || string(answer[:]) != "HTTP/1.1 400" {
		t.Errorf("%q %v", answer, err)
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(h.taken) != 0 {
		t.Error("it was taken")
	}
}
