package rest_test

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/seed-a66f7fd3/servicenow/internal/rest"
)

const (
	hibernation = `<!DOCTYPE html><html><head><title>Instance Hibernating page</title></head><body>…</body></html>`
	login       = `<html><head><title>Log in | ServiceNow</title></head><body><form action="login.do">`
	cancelled   = "Transaction cancelled: maximum execution time exceeded"
	gateway     = `<html><head><title>503 Service Unavailable</title></head></html>`
)

// What answers 200, or nearly, and is no data.
func TestTrapsAreErrors(t *testing.T) {
	page := []string{"Content-Type", "text/html;charset=UTF-8"}
	for _, tc := range []struct {
		name   string
		answer func() (*http.Response, error)
		class  error
		remedy string // a part
	}{
		{"login page with 200", with(200, login, page...), rest.ErrNotJSON, "login page"},
		{"login page labelled as JSON", with(200, login), rest.ErrNotJSON, "login page"},
		{"login page with 401", with(401, login, page...), rest.ErrUnauthorized, "login page"},
		{"hibernation page with 200", with(200, hibernation, page...), rest.ErrHibernating, "wake"},
		{"hibernation page labelled as JSON", with(200, hibernation), rest.ErrHibernating, "wake"},
		{"hibernation page with 503", with(503, hibernation, page...), rest.ErrHibernating, "wake"},
		{"redirect to a hibernation page", with(302, "", "Location", "https://x.test/hibernating"),
			rest.ErrHibernating, "wake"},
		{"gateway page with 200", with(200, gateway, page...), rest.ErrNotJSON, "in front of the instance"},
		{"gateway page with 503", with(503, gateway, page...), rest.ErrUnavailable, "try again later"},
		{"XML", with(200, "<response/>", "Content-Type", "application/xml"), rest.ErrNotJSON, ""},
		{"plain text", with(200, `{"result":{}}`, "Content-Type", "text/plain"), rest.ErrNotJSON, ""},
		{"202 is not executed", with(202, `{"result":{}}`), rest.ErrUnavailable, "session"},
		{"error beside the result",
			with(200, `{"error":{"message":"`+cancelled+`"},"result":[]}`),
			rest.ErrTransactionCancelled, "fewer rows"},
		{"error after the result",
			with(200, `{"result":[{"number":"1"}],"error":{"message":"x","detail":"y"},"status":"failure"}`),
			rest.ErrTransactionCancelled, "fewer rows"},
		{"error in the middle of a row",
			with(200, `{"result":[{"sys_id":"1","numb"error":{"message":"`+cancelled+`"},"status":"failure"}`),
			rest.ErrTransactionCancelled, "fewer rows"},
		{"error in place of the result", with(200, `{"error":"no such thing","status":"failure"}`),
			rest.ErrInvalid, ""},
		{"cancelled in place of the result",
			with(200, `{"error":{"message":"Transaction cancelled"},"status":"failure"}`),
			rest.ErrTransactionCancelled, ""},
		{"body cut short", cut, rest.ErrTransactionCancelled, ""},
		{"body that simply ends", with(200, `{"result":{"number":"1"`), rest.ErrTransactionCancelled, ""},
		{"closing brace missing", with(200, `{"result":{"number":"1"}`), rest.ErrTransactionCancelled, ""},
		{"something after the answer", with(200, `{"result":{}}{"result":{}}`), rest.ErrNotJSON, ""},
		{"garbage after the answer", with(200, `{"result":{}} <!-- -->`), rest.ErrNotJSON, ""},
		{"two results", with(200, `{"result":{},"result":{}}`), rest.ErrNotJSON, ""},
		{"no result", with(200, `{"status":"success"}`), rest.ErrNotJSON, ""},
		{"bare array", with(200, `[]`), rest.ErrNotJSON, ""},
		{"malformed", with(200, `{"result":{number}}`), rest.ErrNotJSON, ""},
		{"empty", with(200, ``), rest.ErrNotJSON, ""},
		{"500 cancelled", with(500, `{"error":{"message":"`+cancelled+`"}}`),
			rest.ErrTransactionCancelled, "fewer rows"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				_, _, err := rest.Do[any](t.Context(), connect(t, answers(tc.answer)), get())
				e := failure(t, err)
				if !errors.Is(err, tc.class) || !strings.Contains(e.Remedy, tc.remedy) {
					t.Errorf("got %v with remedy %q; want class %q", err, e.Remedy, tc.class)
				}
				for _, word := range []string{"<", "html", "\n"} {
					if strings.Contains(err.Error(), word) {
						t.Errorf("%q in %v", word, err)
					}
				}
			})
		})
	}
}

// A page with 200 must not pass for success where nobody looks at the body.
func TestTrapsAreErrorsAlsoWithoutInterestInTheBody(t *testing.T) {
	for name, answer := range map[string]func() (*http.Response, error){
		"login page":    with(200, login, "Content-Type", "text/html"),
		"error":         with(201, `{"result":{},"error":{"message":"Transaction cancelled"}}`),
		"cut":           cut,
		"labelled JSON": with(200, login),
	} {
		synctest.Test(t, func(t *testing.T) {
			if _, err := connect(t, answers(answer)).Do(t.Context(), post(), nil); err == nil {
				t.Errorf("%s: passed for success", name)
			}
		})
	}
}

func TestGoodAnswers(t *testing.T) {
	op := get()
	for _, tc := range []struct {
		name   string
		op     rest.Op
		answer func() (*http.Response, error)
		want   string
	}{
		{"result", op, good, "CS0001"},
		{"charset", op, with(200, `{"result":{"number":"1"}}`, "Content-Type", "application/json; charset=utf-8"), "1"},
		{"no content type", op, with(200, ` {"result":{"number":"1"}}`, "Content-Type", ""), "1"},
		{"other members are ignored", op, with(200, `{"session":{"a":[1]},"result":{"number":"1"},"status":"success"}`), "1"},
		{"error null", op, with(200, `{"result":{"number":"1"},"error":null}`), "1"},
		{"blanks after", op, with(200, "{\"result\":{\"number\":\"1\"}}\r\n\n"), "1"},
		{"204", op, with(204, ""), ""},
		{"null result", op, with(200, `{"result":null}`), ""},
	} {
		got, _, err := rest.Do[row](t.Context(), connect(t, answers(tc.answer)), tc.op)
		if err != nil || got.Number != tc.want {
			t.Errorf("%s: got %+v, %v", tc.name, got, err)
		}
	}
	head := get()
	head.Method = http.MethodHead
	for name, tc := range map[string]struct {
		op     rest.Op
		answer func() (*http.Response, error)
	}{
		"204":                        {op, with(204, "", "Content-Type", "")},
		"201 without body":           {post(), with(201, "", "Content-Type", "")},
		"201 without body, labelled": {post(), with(201, "")},
		"200 with an empty text":     {post(), with(200, "\"\"\n")}, // as the Attachment API's samples have it
		"200 with null":              {post(), with(200, "null")},
		"HEAD":                       {head, with(200, "", "Content-Type", "text/html")},
	} {
		if _, err := connect(t, answers(tc.answer)).Do(t.Context(), tc.op, nil); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// A second attempt must not be mixed with what the first left behind.
func TestRetriedDecodingStartsAnew(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := answers(with(200, `{"result":{"a":"1"},`), with(200, `{"result":{"b":"2"}}`))
		got, _, err := rest.Do[map[string]string](t.Context(), connect(t, s), get())
		if err != nil || len(got) != 1 || got["b"] != "2" {
			t.Errorf("got %v, %v", got, err)
		}
	})
}

// The Batch API's answer has no result member.
func TestBareAnswer(t *testing.T) {
	op := get("api", "now", "v1", "batch")
	op.Bare = true
	type batch struct {
		ID string `json:"batch_request_id"`
	}
	got, _, err := rest.Do[batch](t.Context(), connect(t, answers(with(200, `{"batch_request_id":"7"}`))), op)
	if err != nil || got.ID != "7" {
		t.Errorf("got %+v, %v", got, err)
	}
	for _, body := range []string{
		`{"error":{"message":"Transaction cancelled"}}`, `{"batch_request_id":"7"} x`, `{`, `[`,
	} {
		op.Replay = rest.Never
		if _, _, err := rest.Do[batch](t.Context(), connect(t, answers(with(200, body))), asPost(op)); err == nil {
			t.Errorf("%s passed", body)
		}
	}
}

func asPost(op rest.Op) rest.Op { op.Method = http.MethodPost; return op }

func TestResultOfAnotherShape(t *testing.T) {
	s := answers(with(200, `{"result":[{"number":"1"}]}`))
	_, _, err := rest.Do[row](t.Context(), connect(t, s), get())
	if err == nil || s.n.Load() != 1 || errors.Is(err, rest.ErrNotJSON) {
		t.Errorf("got %v after %d attempts", err, s.n.Load())
	}
}

// A file may be a page; the instance's own pages come without a file's metadata.
func TestDownloads(t *testing.T) {
	for _, tc := range []struct {
		name, kind, metadata, body string
		class                      error
	}{
		{"file", "image/png", `{"size":"3"}`, "abc", nil},
		{"page as a file", "text/html", `{"size":"3"}`, login, nil},
		{"page as a file without metadata", "text/html", "", "<html>hello", nil},
		{"login page", "text/html", "", login, rest.ErrNotJSON},
		{"hibernation page", "text/html", "", hibernation, rest.ErrHibernating},
		{"JSON file", "application/json", "", `{"error":"x"}`, nil},
	} {
		synctest.Test(t, func(t *testing.T) {
			op := get("api", "now", "v1", "attachment", "abc", "file")
			op.Accept = "*/*"
			resp, err := connect(t, answers(with(200, tc.body, "Content-Type", tc.kind, "X-Attachment-Metadata", tc.metadata))).
				Open(t.Context(), op)
			if tc.class != nil {
				if !errors.Is(err, tc.class) {
					t.Errorf("%s: got %v", tc.name, err)
				}
				return
			}
			if err != nil {
				t.Fatalf("%s: %v", tc.name, err)
			}
			defer resp.Body.Close()
			if b, err := io.ReadAll(resp.Body); string(b) != tc.body || err != nil || resp.Attachment != tc.metadata {
				t.Errorf("%s: got %q, %v, %q", tc.name, b, err, resp.Attachment)
			}
		})
	}
}

// A refusal's body may be endless; 64 KiB of it are looked at.
func TestRefusalsAreReadBounded(t *testing.T) {
	var read int64
	s := answers(func() (*http.Response, error) {
		r := reply(403, "", "Content-Type", "text/html")
		r.Body = io.NopCloser(&meter{r: zeros{}, n: &read})
		return r, nil
	})
	if _, err := connect(t, s).Do(t.Context(), get(), nil); !errors.Is(err, rest.ErrForbidden) || read > 128<<10 {
		t.Errorf("%v after %d bytes", err, read)
	}
}

func TestDecodedAnswersAreBounded(t *testing.T) {
	if testing.Short() {
		t.Skip("reads 64 MiB; run without -short")
	}
	s := answers(func() (*http.Response, error) {
		r := reply(200, "")
		r.Body = io.NopCloser(io.MultiReader(strings.NewReader(`{"result":"`), quotes{}))
		return r, nil
	})
	_, err := connect(t, s).Do(t.Context(), get(), nil)
	if !errors.Is(err, rest.ErrInvalid) || !strings.Contains(err.Error(), "64 MiB") {
		t.Errorf("got %v", err)
	}
}

type quotes struct{}

func (quotes) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = 'x'
	}
	return len(p), nil
}

type meter struct {
	r io.Reader
	n *int64
}

func (m *meter) Read(p []byte) (int, error) {
	n, err := m.r.Read(p)
	*m.n += int64(n)
	return n, err
}

func TestMeta(t *testing.T) {
	_, meta, err := rest.Do[any](t.Context(), connect(t, answers(with(200, `{"result":[]}`, "X-Total-Count", "42",
		"X-Transaction-ID", "0a1b2c", "Date", "Sat, 21 Nov 2026 10:00:00 GMT", "Location", "/x"))), get())
	if err != nil || meta.Total != 42 || meta.TransactionID != "0a1b2c" || meta.Date.Unix() != 1795255200 ||
		meta.Status != 200 || meta.Attempts != 1 || meta.Location != "/x" || meta.ContentType != jsonType {
		t.Errorf("got %+v, %v", meta, err)
	}
	if _, meta, _ = rest.Do[any](t.Context(), connect(t, answers(good)), get()); meta.Total != -1 || !meta.Date.IsZero() ||
		meta.RateLimit != (rest.RateLimit{}) {
		t.Errorf("without headers: %+v", meta)
	}
	_, meta, _ = rest.Do[any](t.Context(), connect(t, answers(with(200, `{"result":[]}`, "X-RateLimit-Limit", "100",
		"X-RateLimit-Reset", "1795255200", "X-RateLimit-Rule", "r1"))), get())
	if want := (rest.RateLimit{Limit: 100, Reset: time.Unix(1795255200, 0).UTC(), Rule: "r1"}); meta.RateLimit != want {
		t.Errorf("rate limit %+v, want %+v", meta.RateLimit, want)
	}
}

func TestAnswersInsideABatch(t *testing.T) {
	h := http.Header{"Content-Type": {"application/json"}}
	var got row
	if err := rest.Decode(get(), 200, h, []byte(`{"result":{"number":"7"}}`), &got); err != nil || got.Number != "7" {
		t.Errorf("got %+v, %v", got, err)
	}
	if err := rest.Decode(get(), 204, nil, nil, &got); err != nil {
		t.Error(err)
	}
	err := rest.Classify(get(), 404, h, []byte(`{"error":{"message":"No Record found","detail":"d"}}`))
	if e := failure(t, err); !errors.Is(err, rest.ErrNotFound) || e.Message != "No Record found" || e.Status != 404 {
		t.Errorf("got %v", err)
	}
	err = rest.Decode(get(), 200, h, []byte(`{"result":{},"error":{"message":"x"}}`), &got)
	if !errors.Is(err, rest.ErrTransactionCancelled) {
		t.Errorf("got %v", err)
	}
}
