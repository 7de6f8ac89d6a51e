package rest

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"strings"

	"github.com/seed-a66f7fd3/servicenow/internal/remedy"
)

const (
	maxErrorBody = 64 << 10 // of a refusal's body, as much as is looked at
	maxPeek      = 4 << 10  // of a page, enough to know it
)

// Classify judges an answer that came inside another one, as the Batch API delivers them. It returns nil or an *Error.
func Classify(op Op, status int, header http.Header, body []byte) error {
	resp := &http.Response{
		StatusCode: status, Header: header, ContentLength: int64(len(body)),
		Body: io.NopCloser(bytes.NewReader(body)),
	}
	v := classify(op, resp)
	if v == nil {
		return nil
	}
	return inner(v, op, resp)
}

// Decode judges such an answer like Classify, and decodes its result into out like Conn.Do.
func Decode(op Op, status int, header http.Header, body []byte, out any) error {
	if err := Classify(op, status, header, body); err != nil {
		return err
	}
	resp := &http.Response{
		StatusCode: status, Header: header, ContentLength: int64(len(body)),
		Body: io.NopCloser(bytes.NewReader(body)),
	}
	if err := decodeAnswer(resp, op, out); err != nil {
		return inner(verdictOf(err), op, resp)
	}
	return nil
}

func inner(v *verdict, op Op, resp *http.Response) error {
	e := v.failure(op, displayPath(op.Path))
	e.Status, e.TransactionID = resp.StatusCode, metaOf(resp).TransactionID
	return e
}

// classify judges status and headers, reads the body of a refusal, and looks at the start of what may be a page. The
// order is status, content type, body: texts follow the caller's language where translations are installed.
func classify(op Op, resp *http.Response) *verdict {
	status := resp.StatusCode
	switch {
	case status == http.StatusAccepted:
		// A session with ten calls waiting answers the eleventh so, and does not execute it.
		return &verdict{class: ErrUnavailable, message: "accepted but not executed", cause: remedy.SessionQueue,
			again: always, slow: true, cut: crowded, after: retryAfter(resp)}
	case status >= 200 && status < 300:
		return classifyGood(op, resp)
	case status >= 300 && status < 400:
		return redirected(resp)
	}
	said := readRefusal(resp)
	if said.page == hibernationPage {
		return hibernating()
	}
	v := &verdict{message: said.message, detail: said.detail}
	v.class = classOf(status, said)
	v.cause = causeOf(op, status, resp.Header, said)
	switch status {
	case http.StatusUnauthorized:
		v.renew = true
	case http.StatusTooManyRequests:
		limited(v, resp)
	case http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		v.again, v.slow, v.cut, v.after = ifReplayable, true, overloaded, retryAfter(resp)
	}
	if errors.Is(v.class, ErrTransactionCancelled) {
		v.cut = overloaded
	}
	return v
}

// limited tells the two kinds of 429 apart: a rate limit rule is used up, or the queue for integrations is full. Only
// the first comes with a header.
// https://www.servicenow.com/docs/r/api-reference/rest-api-explorer/inbound-REST-API-rate-limiting.html
func limited(v *verdict, resp *http.Response) {
	v.again, v.slow, v.after = always, true, retryAfter(resp)
	h := resp.Header
	v.quota = v.after > 0 || h.Get("X-Ratelimit-Rule") != "" || h.Get("X-Ratelimit-Limit") != ""
	if v.quota {
		v.cause = remedy.QuotaExceeded
		return
	}
	v.cause, v.cut = remedy.Crowded, crowded
}

func classOf(status int, said refusal) error {
	switch status {
	case http.StatusUnauthorized:
		return ErrUnauthorized
	case http.StatusForbidden:
		return ErrForbidden
	case http.StatusNotFound, http.StatusGone:
		return ErrNotFound
	case http.StatusConflict, http.StatusPreconditionFailed:
		return ErrConflict
	case http.StatusTooManyRequests:
		return ErrRateLimited
	}
	switch {
	case status >= 500 && isCancellation(said.message+" "+said.detail):
		return ErrTransactionCancelled
	case status >= 500:
		return ErrUnavailable
	}
	return ErrInvalid
}

// redirected is every 3xx: the REST API has none, so it is a login, a wake-up page or a wrong host. It is not
// followed: the credential belongs to the instance.
func redirected(resp *http.Response) *verdict {
	if strings.Contains(strings.ToLower(resp.Header.Get("Location")), "hibernat") {
		return hibernating()
	}
	return &verdict{class: ErrNotJSON, message: "the instance redirects this call", cause: remedy.Redirected}
}

func hibernating() *verdict {
	return &verdict{class: ErrHibernating, cause: remedy.Hibernating}
}

// classifyGood looks for pages among the answers that claim success.
func classifyGood(op Op, resp *http.Response) *verdict {
	if op.Method == http.MethodHead || resp.StatusCode == http.StatusNoContent {
		return nil
	}
	kind := mediaType(resp.Header)
	wantsJSON := isJSON(orJSON(op.Accept))
	switch {
	case wantsJSON && isJSON(kind):
		return nil
	case wantsJSON && kind == "":
		return classifyUnlabelled(resp)
	case wantsJSON:
		return notJSON(pageOf(peek(resp)))
	case kind == "text/html" && resp.Header.Get("X-Attachment-Metadata") == "":
		// A file may well be a page; an answer to a download without the file's metadata may be one of the instance's.
		if page := pageOf(peek(resp)); page != somePage {
			return notJSON(page)
		}
	}
	return nil
}

// classifyUnlabelled tolerates a missing content type where the body is empty or begins like JSON.
func classifyUnlabelled(resp *http.Response) *verdict {
	head := bytes.TrimLeft(peek(resp), " \t\r\n\ufeff")
	if len(head) == 0 || head[0] == '{' {
		return nil
	}
	return notJSON(pageOf(head))
}

// notJSON is what stands in the place of JSON. A node that restarts answers with pages for a while, so asking again
// may help.
func notJSON(p page) *verdict {
	v := &verdict{class: ErrNotJSON, again: ifReplayable, slow: true, cause: remedy.NotAnAPI}
	switch p {
	case hibernationPage:
		return hibernating()
	case loginPage:
		v.cause, v.message = remedy.LoginPage, "a login page"
	}
	return v
}

func mediaType(h http.Header) string {
	kind, _, _ := strings.Cut(h.Get("Content-Type"), ";")
	return strings.ToLower(strings.TrimSpace(kind))
}

func isJSON(mediaType string) bool {
	mediaType, _, _ = strings.Cut(mediaType, ";")
	return mediaType == mediaJSON || mediaType == "text/json" || strings.HasSuffix(mediaType, "+json")
}

// peek returns the start of the body and leaves the body whole.
func peek(resp *http.Response) []byte {
	head, _ := io.ReadAll(io.LimitReader(resp.Body, maxPeek))
	resp.Body = struct {
		io.Reader
		io.Closer
	}{io.MultiReader(bytes.NewReader(head), resp.Body), resp.Body}
	return head
}
