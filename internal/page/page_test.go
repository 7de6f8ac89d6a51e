package page_test

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"github.com/seed-a66f7fd3/servicenow/internal/page"
	"github.com/seed-a66f7fd3/servicenow/internal/rest"
	"github.com/seed-a66f7fd3/servicenow/internal/wiretest"
	"github.com/seed-a66f7fd3/servicenow/table"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const path = "/api/now/things"

type thing struct {
	ID string `json:"sys_id"`
}

func things(size, limit int, q table.Query) page.List[thing] {
	return page.List[thing]{
		Op:    rest.Op{Name: "things.List", Method: http.MethodGet, Path: []string{"api", "now", "things"}},
		Query: q, Size: size, Limit: limit, ID: func(t *thing) string { return t.ID },
	}
}

// rows is an answer with these rows; a total below zero is not told.
func rows(total int, ids ...string) wiretest.Answer {
	var list []string
	for _, id := range ids {
		list = append(list, fmt.Sprintf(`{"sys_id":%q}`, id))
	}
	answer := wiretest.Result("[" + strings.Join(list, ",") + "]")
	if total >= 0 {
		answer.Header = map[string]string{"X-Total-Count": fmt.Sprint(total)}
	}
	return answer
}

func collect(t *testing.T, w *wiretest.Wire, l page.List[thing]) (string, error) {
	t.Helper()
	var ids []string
	for row, err := range l.Rows(t.Context(), w.Conn) {
		if err != nil {
			return strings.Join(ids, ""), err
		}
		ids = append(ids, row.ID)
	}
	return strings.Join(ids, ""), nil
}

// get is the request line for a page.
func get(params string) string { return "GET " + path + "?" + params }

func TestFollowsTheKey(t *testing.T) {
	byState := table.Where("state", table.Is, "1").NewQuery("state", table.Is, "2")
	for name, tt := range map[string]struct {
		query   table.Query
		limit   int
		answers []wiretest.Answer
		want    string
		sent    []string
	}{
		"the instance counts": {
			answers: []wiretest.Answer{rows(3, "a", "b"), rows(1, "c")}, want: "abc",
			sent: []string{"sysparm_limit=2&sysparm_query=ORDERBYsys_id", "sysparm_limit=2&sysparm_query=sys_id>b^ORDERBYsys_id"},
		},
		"the instance does not count": {
			answers: []wiretest.Answer{rows(-1, "a", "b"), rows(-1, "c"), rows(-1)}, want: "abc",
			sent: []string{
				"sysparm_limit=2&sysparm_query=ORDERBYsys_id", "sysparm_limit=2&sysparm_query=sys_id>b^ORDERBYsys_id",
				"sysparm_limit=2&sysparm_query=sys_id>c^ORDERBYsys_id",
			},
		},
		"every alternative of a query gets the key": {
			query: byState, answers: []wiretest.Answer{rows(3, "a", "b"), rows(1, "c")}, want: "abc",
			sent: []string{
				"sysparm_limit=2&sysparm_query=state=1^NQstate=2^ORDERBYsys_id",
				"sysparm_limit=2&sysparm_query=state=1^sys_id>b^NQstate=2^sys_id>b^ORDERBYsys_id",
			},
		},
		"a short page is not the end": {
			answers: []wiretest.Answer{rows(4, "a"), rows(3, "c"), rows(1, "d")}, want: "acd",
			sent: []string{
				"sysparm_limit=2&sysparm_query=ORDERBYsys_id", "sysparm_limit=2&sysparm_query=sys_id>a^ORDERBYsys_id",
				"sysparm_limit=2&sysparm_query=sys_id>c^ORDERBYsys_id",
			},
		},
		"nor is an empty one, where rows are counted behind it": {
			answers: []wiretest.Answer{rows(5), rows(5), rows(5, "e"), rows(0)}, want: "e",
			sent: []string{
				"sysparm_limit=2&sysparm_query=ORDERBYsys_id", "sysparm_limit=2&sysparm_offset=2&sysparm_query=ORDERBYsys_id",
				"sysparm_limit=2&sysparm_offset=4&sysparm_query=ORDERBYsys_id",
			},
		},
		"a limit asks for no more than it needs": {
			limit: 3, answers: []wiretest.Answer{rows(9, "a", "b"), rows(7, "c")}, want: "abc",
			sent: []string{"sysparm_limit=2&sysparm_query=ORDERBYsys_id", "sysparm_limit=1&sysparm_query=sys_id>b^ORDERBYsys_id"},
		},
		"an instance that sends more than the limit": {
			limit: 1, answers: []wiretest.Answer{rows(2, "a", "b")}, want: "a",
			sent: []string{"sysparm_limit=1&sysparm_query=ORDERBYsys_id"},
		},
		"nothing": {answers: []wiretest.Answer{rows(0)}, sent: []string{"sysparm_limit=2&sysparm_query=ORDERBYsys_id"}},
	} {
		t.Run(name, func(t *testing.T) {
			w := wiretest.New(t)
			w.On(http.MethodGet, path, tt.answers...)
			got, err := collect(t, w, things(2, tt.limit, tt.query))
			if err != nil || got != tt.want {
				t.Errorf("got %q, %v; want %q", got, err, tt.want)
			}
			var lines []string
			for _, params := range tt.sent {
				lines = append(lines, get(params))
			}
			w.Expect(lines...)
		})
	}
}

func TestFollowsTheOffsetInAnOrderOfItsOwn(t *testing.T) {
	newest := table.Query{}.OrderByDesc("sys_created_on")
	const order = "sysparm_query=ORDERBYDESCsys_created_on"
	for name, tt := range map[string]struct {
		answers []wiretest.Answer
		want    string
		offsets []string
	}{
		"the instance counts": {
			[]wiretest.Answer{rows(3, "c", "b"), rows(3, "a")}, "cba", []string{"", "sysparm_offset=2&"},
		},
		"a row inserted before them comes once": {
			[]wiretest.Answer{rows(3, "c", "b"), rows(4, "b", "a"), rows(4)}, "cba",
			[]string{"", "sysparm_offset=2&", "sysparm_offset=4&"},
		},
		"rows hidden in the window": {
			[]wiretest.Answer{rows(4, "d"), rows(4, "b"), rows(4), rows(4)}, "db",
			[]string{"", "sysparm_offset=1&", "sysparm_offset=2&"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := wiretest.New(t)
			w.On(http.MethodGet, path, tt.answers...)
			got, err := collect(t, w, things(2, 0, newest))
			if err != nil || got != tt.want {
				t.Errorf("got %q, %v; want %q", got, err, tt.want)
			}
			var lines []string
			for _, offset := range tt.offsets {
				lines = append(lines, get("sysparm_limit=2&"+offset+order))
			}
			w.Expect(lines...)
		})
	}
}

func TestCirclesEnd(t *testing.T) {
	for name, q := range map[string]table.Query{"by key": {}, "by offset": table.Query{}.OrderBy("name")} {
		t.Run(name, func(t *testing.T) {
			w := wiretest.New(t)
			w.On(http.MethodGet, path, rows(-1, "a", "b"))
			if got, err := collect(t, w, things(2, 0, q)); got != "ab" || !errors.Is(err, page.ErrCircle) {
				t.Errorf("got %q, %v", got, err)
			}
			if n := len(w.Sent()); n > 6 {
				t.Errorf("%d requests before it was noticed", n)
			}
		})
	}
}

// cancelled is how an instance that runs out of time ends an answer of 200.
var cancelled = wiretest.Answer{Body: `{"result":[{"sys_id":"a"}],"error":{"message":"Transaction cancelled: maximum ` +
	`execution time exceeded","detail":""},"status":"failure"}`}

func TestACancelledPageIsAskedForAgainInHalves(t *testing.T) {
	w := wiretest.New(t)
	w.On(http.MethodGet, path, cancelled, cancelled, rows(3, "a"), rows(2, "b", "c"))
	got, err := collect(t, w, things(4, 0, table.Query{}))
	if err != nil || got != "abc" {
		t.Errorf("got %q, %v", got, err)
	}
	w.Expect(
		get("sysparm_limit=4&sysparm_query=ORDERBYsys_id"), get("sysparm_limit=2&sysparm_query=ORDERBYsys_id"),
		get("sysparm_limit=1&sysparm_query=ORDERBYsys_id"), get("sysparm_limit=1&sysparm_query=sys_id>a^ORDERBYsys_id"),
	)
	w = wiretest.New(t)
	w.On(http.MethodGet, path, cancelled)
	if _, err := collect(t, w, things(4, 0, table.Query{})); !errors.Is(err, rest.ErrTransactionCancelled) {
		t.Errorf("one row is too much as well: got %v", err)
	}
}

func TestFailuresAreTheLastThingTold(t *testing.T) {
	w := wiretest.New(t)
	w.On(http.MethodGet, path, rows(4, "a", "b"), wiretest.Answer{Status: http.StatusForbidden, Body: `{"error":{"message":"no"}}`})
	if got, err := collect(t, w, things(2, 0, table.Query{})); got != "ab" || !errors.Is(err, rest.ErrForbidden) {
		t.Errorf("got %q, %v", got, err)
	}
	w = wiretest.New(t)
	wrong := table.Where("no column", table.Is, "1")
	if _, err := collect(t, w, things(2, 0, wrong)); !errors.Is(err, rest.ErrInvalid) {
		t.Errorf("a query that cannot be: %v", err)
	}
	w.Expect()
	w.On(http.MethodGet, path, rows(-1, ""))
	if _, err := collect(t, w, things(2, 0, table.Query{})); err == nil {
		t.Error("rows without a key were walked")
	}
}

func TestRangingAgainStartsAgainAndBreakingOffIsQuiet(t *testing.T) {
	w := wiretest.New(t)
	w.On(http.MethodGet, path, rows(1, "a"))
	l := things(2, 0, table.Query{})
	for range 2 {
		if got, err := collect(t, w, l); got != "a" || err != nil {
			t.Errorf("got %q, %v", got, err)
		}
	}
	for range l.Rows(t.Context(), w.Conn) {
		break
	}
	if n := len(w.Sent()); n != 3 {
		t.Errorf("%d requests", n)
	}
}

// refusesOrder is an instance whose query access rules refuse sorting, as ServiceNow words it.
var refusesOrder = wiretest.Answer{Status: http.StatusForbidden,
	Body: `{"error":{"message":"User Not Authorized","detail":"fields present in the query do not have permission to be read"}}`}

func TestWhereTheOrderIsRefusedPagesAreCounted(t *testing.T) {
	w := wiretest.New(t)
	w.On(http.MethodGet, path, refusesOrder, rows(3, "b", "a"), rows(3, "c"))
	list, told := things(2, 0, table.Where("state", table.Is, "1")), []table.Notice(nil)
	list.Table, list.Notice = "things", func(n table.Notice) { told = append(told, n) }
	if got, err := collect(t, w, list); err != nil || got != "bac" {
		t.Errorf("got %q, %v", got, err)
	}
	w.Expect(get("sysparm_limit=2&sysparm_query=state=1^ORDERBYsys_id"), get("sysparm_limit=2&sysparm_query=state=1"),
		get("sysparm_limit=2&sysparm_offset=2&sysparm_query=state=1"))
	if len(told) != 1 || told[0].Kind != table.NoticeOrderRefused || told[0].Table != "things" ||
		!errors.Is(told[0].Err, rest.ErrForbidden) {
		t.Errorf("told %v", told)
	}
}

func TestWhereAllIsRefusedTheFirstRefusalIsTold(t *testing.T) {
	for name, q := range map[string]table.Query{"by key": {}, "in an order": table.Query{}.OrderBy("name")} {
		w := wiretest.New(t)
		w.On(http.MethodGet, path, refusesOrder)
		list := things(2, 0, q)
		list.Notice = func(n table.Notice) { t.Errorf("%s: told %v", name, n) }
		if _, err := collect(t, w, list); !errors.Is(err, rest.ErrForbidden) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// more is an answer that says beside its rows whether there are others, as those of accounts do.
func more(has bool, ids ...string) wiretest.Answer {
	answer := rows(-1, ids...)
	answer.Body = strings.TrimSuffix(answer.Body, "}") + fmt.Sprintf(`,"hasMore":%t}`, has)
	return answer
}

func TestTheInstanceSaysWhetherThereIsMore(t *testing.T) {
	w := wiretest.New(t)
	w.On(http.MethodGet, path, more(true, "a"), more(true), more(false, "c"))
	if got, err := collect(t, w, things(2, 0, table.Query{})); err != nil || got != "ac" {
		t.Errorf("got %q, %v", got, err)
	}
	if n := len(w.Sent()); n != 3 {
		t.Errorf("%d requests", n)
	}
	w = wiretest.New(t)
	w.On(http.MethodGet, path, more(true))
	if _, err := collect(t, w, things(2, 0, table.Query{})); err == nil {
		t.Error("a list that never ends ends without an error")
	}
	w = wiretest.New(t)
	w.On(http.MethodGet, path, wiretest.Answer{Body: `{"hasMore":false}`})
	if _, err := collect(t, w, things(2, 0, table.Query{})); !errors.Is(err, rest.ErrNotJSON) {
		t.Errorf("no result is no empty list: %v", err)
	}
}

func TestTheFirstPageByItself(t *testing.T) {
	w := wiretest.New(t)
	w.On(http.MethodGet, path, rows(9, "a", "b"))
	if page, err := things(5, 2, table.Query{}).First(w.Conn).Do(t.Context()); err != nil || len(page) != 2 {
		t.Errorf("got %v, %v", page, err)
	}
	if _, err := things(5, 2, table.Where("A", table.Is, "1")).First(w.Conn).Do(t.Context()); !errors.Is(err, rest.ErrInvalid) {
		t.Errorf("got %v", err)
	}
	w.Expect(get("sysparm_limit=2&sysparm_query=ORDERBYsys_id"))
}
