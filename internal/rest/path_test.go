package rest_test

import (
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/seed-a66f7fd3/servicenow/internal/rest"
)

func TestPathSegmentsCannotLeaveTheirPlace(t *testing.T) {
	for _, tc := range []struct{ segment, want string }{
		{"abc", "abc"},
		{"a/b", "a%2Fb"},
		{"../sys_user", "..%2Fsys_user"},
		{"%2e%2e", "%252e%252e"},
		{"%2f", "%252f"},
		{"a?sysparm_query=x", "a%3Fsysparm_query=x"},
		{"a#b", "a%23b"},
		{"a b", "a%20b"},
		{"a;b", "a%3Bb"},
		{`a\b`, "a%5Cb"},
		{"ä", "%C3%A4"},
		{"...a", "...a"},
	} {
		c := connect(t, answers(good))
		_, got, _, _, err := c.Prepare(get("api", "now", tc.segment))
		if want := "/api/now/" + tc.want; err != nil || got != want {
			t.Errorf("%q: got %q, %v, want %q", tc.segment, got, err, want)
		}
	}
}

func TestPathSegmentsRefused(t *testing.T) {
	for _, segment := range []string{"", ".", "..", "...", canary + "\x00", canary + "\nb", canary + "\r", "\x7f",
		canary + "\xff"} {
		s := answers(good)
		_, err := connect(t, s).Do(t.Context(), get("api", "now", "table", segment), nil)
		if !errors.Is(err, rest.ErrInvalid) || s.n.Load() != 0 {
			t.Errorf("%q: got %v after %d requests, want ErrInvalid before any", segment, err, s.n.Load())
		}
		if strings.Contains(err.Error(), canary) {
			t.Errorf("%q is repeated in %q", segment, err)
		}
	}
}

func TestEscapedPathArrivesAsOneSegment(t *testing.T) {
	var got string
	tr := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		got = r.URL.EscapedPath() + "?" + r.URL.RawQuery
		w.Header().Set("Content-Type", jsonType)
		w.Write([]byte(`{"result":{}}`))
	}))
	op := get("api", "now", "v2", "table", "incident", "../sys_user?x#y")
	op.Query = url.Values{"sysparm_query": {"name=A & B^active=true"}}
	if _, err := connect(t, tr).Do(t.Context(), op, nil); err != nil {
		t.Fatal(err)
	}
	want := "/api/now/v2/table/incident/..%2Fsys_user%3Fx%23y?sysparm_query=name%3DA%20%26%20B%5Eactive%3Dtrue"
	if got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestQueryFromStruct(t *testing.T) {
	op := get()
	op.Query = struct {
		Limit  int      `url:"sysparm_limit"`
		Fields []string `url:"sysparm_fields,comma"`
		Plus   string   `url:"q"`
	}{10, []string{"number", "state"}, "a+b c"}
	_, got, _, _, err := connect(t, answers(good)).Prepare(op)
	want := "/api/now/v2/table/incident/abc?q=a%2Bb%20c&sysparm_fields=number%2Cstate&sysparm_limit=10"
	if err != nil || got != want {
		t.Errorf("got %s, %v, want %s", got, err, want)
	}
}

func TestPrepareYieldsWhatWouldBeSentWithoutCredential(t *testing.T) {
	method, path, header, body, err := connect(t, answers(good)).Prepare(post())
	if err != nil || method != "POST" || path != "/api/now/v2/table/incident" ||
		string(body) != `{"short_description":"VPN"}` {
		t.Errorf("got %s %s %s, %v", method, path, body, err)
	}
	if header.Get("Authorization") != "" || header.Get("Content-Type") != "application/json" ||
		header.Get("Accept") != "application/json" {
		t.Errorf("headers: %v", header)
	}
}

func TestHeadersThatSayWhoCallsAreRefused(t *testing.T) {
	for _, name := range []string{"authorization", "Cookie", "HOST", "Proxy-Authorization", "x-sn-apikey"} {
		s, op := answers(good), get()
		op.Header = http.Header{name: {"x"}}
		if _, err := connect(t, s).Do(t.Context(), op, nil); !errors.Is(err, rest.ErrInvalid) || s.n.Load() != 0 {
			t.Errorf("%s: got %v after %d requests", name, err, s.n.Load())
		}
	}
}

// The platform answers 400 to a DELETE without a content type.
func TestContentTypeOnEveryWrite(t *testing.T) {
	for method, want := range map[string]string{
		"GET": "", "HEAD": "", "DELETE": "application/json", "POST": "application/json", "PATCH": "application/json",
	} {
		op := get()
		op.Method = method
		_, _, header, _, err := connect(t, answers(good)).Prepare(op)
		if err != nil || header.Get("Content-Type") != want {
			t.Errorf("%s: got %q, %v, want %q", method, header.Get("Content-Type"), err, want)
		}
	}
}
