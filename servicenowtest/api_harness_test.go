package servicenowtest

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/seed-a66f7fd3/servicenow/servicenowtest/internal/db"
)

// bench is the data APIs alone over real HTTP, without the server's authentication in front.
type bench struct {
	t      *testing.T
	db     *db.DB
	api    *api
	http   *httptest.Server
	who    db.Session
	quirks quirks
	policy *testPolicy
}

const testOrigin = "https://acme.service-now.com"

var testNow = time.Date(2026, 3, 4, 10, 0, 0, 0, time.UTC)

func newBench(t *testing.T) *bench {
	t.Helper()
	b := &bench{t: t, db: db.New(db.Options{Now: func() time.Time { return testNow }, Seed: 1}), policy: &testPolicy{}}
	b.api = newAPI(b.db, testOrigin, b.policy, func() quirks { return b.quirks })
	ada := b.seed("sys_user", row{"user_name": "ada.diaz", "first_name": "Ada", "last_name": "Diaz",
		"email": "ada@x.example"})
	b.who = db.Session{UserID: ada, UserName: "ada.diaz", Roles: []string{"admin"}}
	b.http = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b.api.ServeAPI(w, r, b.who)
	}))
	t.Cleanup(b.http.Close)
	return b
}

type row = map[string]string

func (b *bench) seed(table string, rows ...row) string {
	b.t.Helper()
	ids, err := b.db.Seed(db.Session{UserName: "seed"}, table, rows)
	if err != nil {
		b.t.Fatal(err)
	}
	return ids[0]
}

// answer is what came back.
type answer struct {
	t      *testing.T
	Status int
	Header http.Header
	Body   string
}

// do sends a request; pairs are header names and values.
func (b *bench) do(method, path, body string, pairs ...string) answer {
	b.t.Helper()
	req, err := http.NewRequest(method, b.http.URL+path, strings.NewReader(body))
	if err != nil {
		b.t.Fatal(err)
	}
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i+1 < len(pairs); i += 2 {
		req.Header.Set(pairs[i], pairs[i+1])
	}
	resp, err := b.http.Client().Do(req)
	if err != nil {
		b.t.Fatal(err)
	}
	defer resp.Body.Close()
	got, err := io.ReadAll(resp.Body)
	if err != nil {
		b.t.Fatal(err)
	}
	return answer{b.t, resp.StatusCode, resp.Header, string(got)}
}

func (b *bench) get(path string) answer { b.t.Helper(); return b.do("GET", path, "") }

func (a answer) want(status int) answer {
	a.t.Helper()
	if a.Status != status {
		a.t.Fatalf("status %d, want %d: %s", a.Status, status, a.Body)
	}
	return a
}

// value finds a member by a path like result.0.number; numbers and objects are given as JSON.
func (a answer) value(path string) string {
	a.t.Helper()
	var v any
	if err := json.Unmarshal([]byte(a.Body), &v); err != nil {
		a.t.Fatalf("not JSON: %v: %s", err, a.Body)
	}
	for _, step := range strings.Split(path, "/") {
		switch x := v.(type) {
		case map[string]any:
			member, ok := x[step]
			if !ok {
				return "<absent>"
			}
			v = member
		case []any:
			var i int
			if json.Unmarshal([]byte(step), &i) != nil || i >= len(x) {
				return "<absent>"
			}
			v = x[i]
		default:
			return "<absent>"
		}
	}
	if s, ok := v.(string); ok {
		return s
	}
	text, _ := json.Marshal(v)
	return string(text)
}

func (a answer) is(path, want string) answer {
	a.t.Helper()
	if got := a.value(path); got != want {
		a.t.Errorf("%s is %q, want %q", path, got, want)
	}
	return a
}

// list gives one member of every row of a list.
func (a answer) list(column string) []string {
	a.t.Helper()
	var doc struct{ Result []map[string]any }
	if err := json.Unmarshal([]byte(a.Body), &doc); err != nil {
		a.t.Fatalf("not a list: %v: %s", err, a.Body)
	}
	out := []string{}
	for _, r := range doc.Result {
		s, _ := r[column].(string)
		out = append(out, s)
	}
	return out
}

// testPolicy refuses what it is told to refuse.
type testPolicy struct {
	hideTable  string
	hideRow    func(db.Row) bool
	hideColumn string
	noCreate   string
	noWrite    string
	noWriteCol string
	noDelete   string
	noMatch    string
	noRange    string
}

func (p *testPolicy) canReadTable(_ db.Session, t string) bool { return t != p.hideTable }
func (p *testPolicy) canReadRow(_ db.Session, r db.Row) bool {
	return p.hideRow == nil || !p.hideRow(r)
}
func (p *testPolicy) canReadColumn(_ db.Session, _, c string) bool {
	return c == "" || c != p.hideColumn
}
func (p *testPolicy) canCreate(_ db.Session, t string) bool         { return t != p.noCreate }
func (p *testPolicy) canWriteRow(_ db.Session, r db.Row) bool       { return r.Class() != p.noWrite }
func (p *testPolicy) canWriteColumn(_ db.Session, _, c string) bool { return c != p.noWriteCol }
func (p *testPolicy) canDelete(_ db.Session, r db.Row) bool         { return r.Class() != p.noDelete }
func (p *testPolicy) canMatch(_ db.Session, _, c string) bool       { return c != p.noMatch }
func (p *testPolicy) canRange(_ db.Session, _, c string) bool       { return c != p.noRange }
