package table_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"slices"
	"strings"
	"testing"

	"github.com/seed-a66f7fd3/servicenow/internal/rest"
	"github.com/seed-a66f7fd3/servicenow/table"
)

// result is a page with these ids.
func result(ids ...string) string {
	rows := make([]string, len(ids))
	for i, id := range ids {
		rows[i] = fmt.Sprintf(`{"sys_id":"%s","number":"N%s"}`, id, id)
	}
	return `{"result":[` + strings.Join(rows, ",") + `]}`
}

// walked is what a list delivered, and how it ended.
func walked(rows iter.Seq2[table.Record, error]) (ids string, err error) {
	var all []string
	for row, e := range rows {
		if e != nil {
			return strings.Join(all, " "), e
		}
		all = append(all, row.SysID())
	}
	return strings.Join(all, " "), nil
}

func numbers(s *table.Service) table.Table[table.Record] {
	return table.Of[table.Record](s, "incident")
}

func TestListAsksForExactlyThis(t *testing.T) {
	s, script := scripted(t, answer{body: result("a", "b")}, answer{body: result(), total: "0"})
	o := table.ListOptions{Query: table.Where("active", table.Is, "true"), Fields: []string{"number",
		"caller_id.email"}, PageSize: 3}
	if ids, err := walked(numbers(s).List(t.Context(), o)); ids != "a b" || err != nil {
		t.Fatalf("got %q, %v", ids, err)
	}
	for i, want := range []string{
		"sysparm_exclude_reference_link=true&sysparm_fields=sys_id%2Cnumber%2Ccaller_id.email&sysparm_limit=3&sysparm_no_count=true" +
			"&sysparm_query=active%3Dtrue%5EORDERBYsys_id&sysparm_suppress_pagination_header=true",
		"sysparm_exclude_reference_link=true&sysparm_fields=sys_id%2Cnumber%2Ccaller_id.email&sysparm_limit=3&sysparm_no_count=false" +
			"&sysparm_query=active%3Dtrue%5Esys_id%3Eb%5EORDERBYsys_id&sysparm_suppress_pagination_header=true",
	} {
		got := script.asked[i]
		if q := got.query.Encode(); q != want {
			t.Errorf("request %d asked for\n%s, want\n%s", i, q, want)
		}
		if got.method != "GET" || got.path != "/api/now/v2/table/incident" || got.body != "" ||
			got.header.Get("Accept") != "application/json" {
			t.Errorf("request %d: %s %s %q %v", i, got.method, got.path, got.body, got.header)
		}
	}
}

func TestListFindsTheEnd(t *testing.T) {
	for _, tc := range []struct {
		name    string
		answers []answer
		ids     string
		queries []string // of the requests, without the order
	}{
		{"a full page, then nothing", []answer{{body: result("a", "b")}, {body: result()}, {body: result(),
			total: "0"}}, "a b",
			[]string{"", "sys_id>b", "sys_id>b count"}},
		{"a short page, and nothing after it", []answer{{body: result("a")}, {body: result(), total: "0"}}, "a",
			[]string{"", "sys_id>a count"}},
		{"an empty table", []answer{{body: result()}, {body: result(), total: "0"}}, "", []string{"", "count"}},
		{"hidden rows in the middle", []answer{{body: result("a")}, {body: result("d", "e"), total: "4"},
			{body: result()}, {body: result(), total: "0"}},
			"a d e", []string{"", "sys_id>a count", "sys_id>e", "sys_id>e count"}},
		{"the page that looks for the end has all that is left", []answer{{body: result("a")}, {body: result("b"),
			total: "1"}}, "a b",
			[]string{"", "sys_id>a count"}},
		{"a whole window of hidden rows", []answer{{body: result()}, {body: result(), total: "3"},
			{body: result("c")}, {body: result(), total: "0"}},
			"c", []string{"", "count", "+2 count", "sys_id>c count"}},
		{"hidden rows to the end", []answer{{body: result("a")}, {body: result(), total: "1"}, {body: result(),
			total: "1"}}, "a",
			[]string{"", "sys_id>a count", "sys_id>a +2 count"}},
		{"no count is told", []answer{{body: result("a")}, {body: result()}, {body: result()}}, "a",
			[]string{"", "sys_id>a count", "sys_id>a +2 count"}},
		{"version 1's way to say nothing", []answer{{status: 404,
			body: `{"error":{"message":"No Record found","detail":"Record doesn't exist or ACL restricts the record retrieval"},"status":"failure"}`},
			{status: 404, body: `{"error":{"message":"No Record found","detail":null},"status":"failure"}`}}, "",
			[]string{"", "count"}},
		{"the same row twice", []answer{{body: result("a", "a")}, {body: result("b", "c", "b"), total: "2"}}, "a b c",
			[]string{"", "sys_id>a count"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s, script := scripted(t, tc.answers...)
			ids, err := walked(numbers(s).List(t.Context(), table.ListOptions{PageSize: 2}))
			if ids != tc.ids || err != nil {
				t.Errorf("got %q, %v, want %q", ids, err, tc.ids)
			}
			if tc.queries != nil && !slices.Equal(script.steps(), tc.queries) {
				t.Errorf("asked %q, want %q", script.steps(), tc.queries)
			}
		})
	}
}

// steps are the requests in short: the condition, the offset, whether a count was asked for.
func (s *script) steps() []string {
	var all []string
	for _, r := range s.asked {
		step := strings.TrimSuffix(strings.TrimSuffix(r.query.Get("sysparm_query"), "ORDERBYsys_id"), "^")
		if at := r.query.Get("sysparm_offset"); at != "" {
			step += " +" + at
		}
		if r.query.Get("sysparm_no_count") == "false" {
			step += " count"
		}
		all = append(all, strings.TrimSpace(step))
	}
	return all
}

const cancelledBody = `{"message":"Transaction cancelled: maximum execution time exceeded","detail":"see glide.rest.debug"}`

func TestListGoesOnBehindTheLastRow(t *testing.T) {
	page := strings.TrimSuffix(result("a", "b"), "]}")
	behind := map[string]string{"a body that just ends": "a"} // a row is good once it is known what follows
	for name, broken := range map[string]answer{
		"an error among the columns": {body: page + `,{"sys_id":"c","error":` + cancelledBody +
			`,"status":"failure"}`},
		"an error beside the rows": {body: page + `],"error":` + cancelledBody + `,"status":"failure"}`},
		"an error in the midst": {body: page + `,{"sys_id":"c","numb"error":` + cancelledBody +
			`,"status":"failure"}`},
		"a cut body":                  {body: page + `,{"sys_id":"c",`, cut: true},
		"a body that just ends":       {body: page},
		"something behind the answer": {body: page + "]}<html>"},
		"a row that is none":          {body: page + `,"Transaction cancelled"]}`},
	} {
		t.Run(name, func(t *testing.T) {
			last, next := "b", result("c")
			if behind[name] != "" {
				last, next = behind[name], result("b", "c")
			}
			s, script := scripted(t, broken, answer{body: next}, answer{body: result(), total: "0"})
			var notices []table.Notice
			o := table.ListOptions{PageSize: 100, Notice: func(n table.Notice) { notices = append(notices, n) }}
			if ids, err := walked(numbers(s).List(t.Context(), o)); ids != "a b c" || err != nil {
				t.Fatalf("got %q, %v", ids, err)
			}
			if got := script.asked[1].query; got.Get("sysparm_query") != "sys_id>"+last+"^ORDERBYsys_id" ||
				got.Get("sysparm_limit") != "50" {
				t.Errorf("went on with %v", got)
			}
			if len(notices) != 1 || notices[0].Kind != table.NoticeSmallerPages || !errors.Is(notices[0].Err,
				rest.ErrTransactionCancelled) {
				t.Errorf("notices: %v", notices)
			}
		})
	}
}

func TestListMakesPagesSmallerAndLargerAgain(t *testing.T) {
	ids := func(from, n int) []string {
		var all []string
		for i := range n {
			all = append(all, fmt.Sprintf("%03d", from+i))
		}
		return all
	}
	broken := answer{body: `{"result":[],"error":` + cancelledBody + `}`}
	s, script := scripted(t, broken, broken, answer{body: result(ids(0, 25)...)}, answer{body: result(ids(25,
		38)...)}, answer{body: result(ids(63, 57)...)},
		answer{body: result(ids(120, 86)...)}, answer{body: result(ids(206, 5)...)}, answer{body: result(), total: "0"})
	got, err := walked(numbers(s).List(t.Context(), table.ListOptions{PageSize: 100}))
	if err != nil || strings.Count(got, " ") != 210 {
		t.Errorf("got %q, %v", got, err)
	}
	var limits []string
	for _, r := range script.asked {
		limits = append(limits, r.query.Get("sysparm_limit"))
	}
	if want := []string{"100", "50", "25", "38", "57", "86", "100", "100"}; !slices.Equal(limits, want) {
		t.Errorf("limits %v, want %v", limits, want)
	}
}

func TestListGivesUpWhenTheSmallestPageFails(t *testing.T) {
	broken := answer{status: 500, body: `{"error":` + cancelledBody + `,"status":"failure"}`}
	s, script := scripted(t, broken, broken, broken)
	ids, err := walked(numbers(s).List(t.Context(), table.ListOptions{PageSize: 40}))
	if ids != "" || !errors.Is(err, rest.ErrTransactionCancelled) {
		t.Errorf("got %q, %v", ids, err)
	}
	if last := script.asked[len(script.asked)-1].query.Get("sysparm_limit"); last != "20" {
		t.Errorf("the last page had %s rows", last)
	}
}

func TestListStopsAtWhatItCannotTrust(t *testing.T) {
	for _, tc := range []struct {
		name    string
		answers []answer
		ids     string
		is      error
	}{
		{"the key is ignored", []answer{{body: result("a", "b")}, {body: result("a", "b")}}, "a b",
			table.ErrQueryIgnored},
		{"the row asked to be behind comes again", []answer{{body: result("a", "b")}, {body: result("b", "c")}},
			"a b", table.ErrQueryIgnored},
		{"a row without its id", []answer{{body: `{"result":[{"sys_id":"a"},{"number":"N"}]}`}}, "a", nil},
		{"no right", []answer{{status: 403, body: `{"error":{"message":"User Not Authorized","detail":null}}`},
			{status: 403, body: `{"error":{"message":"User Not Authorized","detail":null}}`}}, "", rest.ErrForbidden},
		{"no such path", []answer{{status: 404,
			body: `{"error":{"message":"Requested URI does not represent any resource","detail":"/x"}}`}}, "",
			rest.ErrNotFound},
		{"a login page", []answer{{body: "<html>", header: map[string][]string{"Content-Type": {"text/html"}}}}, "",
			rest.ErrNotJSON},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s, _ := scripted(t, tc.answers...)
			ids, err := walked(numbers(s).List(t.Context(), table.ListOptions{PageSize: 2}))
			if ids != tc.ids || err == nil || tc.is != nil && !errors.Is(err, tc.is) {
				t.Errorf("got %q, %v", ids, err)
			}
		})
	}
}

func TestListOfNoListIsAskedForAgain(t *testing.T) {
	for _, body := range []string{`null`, `{}`, `{"result":null}`, `{"result":{}}`, `{"result":[null]}`,
		`{"result":[]} {}`, `[]`, `{"result":[],"result":[]}`} {
		s, _ := scripted(t, answer{body: body}, answer{body: result("a")}, answer{body: result(), total: "0"})
		if ids, err := walked(numbers(s).List(t.Context(), table.ListOptions{})); ids != "a" || err != nil {
			t.Errorf("%s: got %q, %v", body, ids, err)
		}
	}
}

func TestListByAnOrderOfItsOwnCountsThroughPages(t *testing.T) {
	s, script := scripted(t, answer{body: result("a", "b")}, answer{body: result("b", "c")}, answer{body: result()},
		answer{body: result(), total: "4"},
		answer{body: result(), total: "4"})
	var notices []table.Notice
	o := table.ListOptions{PageSize: 2, Query: table.Where("active", "=", "true").OrderByDesc("opened_at"),
		Notice: func(n table.Notice) { notices = append(notices, n) }}
	if ids, err := walked(numbers(s).List(t.Context(), o)); ids != "a b c" || err != nil {
		t.Errorf("got %q, %v", ids, err)
	}
	want := "active=true^ORDERBYDESCopened_at^ORDERBYsys_id"
	if q := script.asked[1].query; q.Get("sysparm_query") != want || q.Get("sysparm_offset") != "2" {
		t.Errorf("asked %v", q)
	}
	if len(notices) == 0 || notices[0].Kind != table.NoticeOffset {
		t.Errorf("notices: %v", notices)
	}
}

func TestListWalksAlternativesByKey(t *testing.T) {
	s, script := scripted(t, answer{body: result("a", "b")}, answer{body: result(), total: "0"},
		answer{body: result(), total: "0"})
	o := table.ListOptions{PageSize: 2, Query: table.Where("a", "=", "1").NewQuery("b", "=", "2")}
	if ids, err := walked(numbers(s).List(t.Context(), o)); ids != "a b" || err != nil {
		t.Errorf("got %q, %v", ids, err)
	}
	if q, want := script.asked[1].query.Get("sysparm_query"), "a=1^sys_id>b^NQb=2^sys_id>b^ORDERBYsys_id"; q != want {
		t.Errorf("asked %s, want %s", q, want)
	}
}

func TestListWithoutRangesAndOrder(t *testing.T) {
	refused := answer{status: 403,
		body: `{"error":{"message":"Insufficient rights to query records","detail":"Field(s) present in the query do not have permission to be read"},"status":"failure"}`}
	s, script := scripted(t, refused, answer{body: result("b", "a")}, answer{body: result("c")},
		answer{body: result(), total: "3"}, answer{body: result(), total: "3"})
	var notices []table.Notice
	o := table.ListOptions{PageSize: 2, Query: table.Where("active", "=", "true"),
		Notice: func(n table.Notice) { notices = append(notices, n) }}
	if ids, err := walked(numbers(s).List(t.Context(), o)); ids != "b a c" || err != nil {
		t.Errorf("got %q, %v", ids, err)
	}
	if q := script.asked[1].query.Get("sysparm_query"); q != "active=true" {
		t.Errorf("asked %s", q)
	}
	if len(notices) != 1 || notices[0].Kind != table.NoticeOrderRefused || !errors.Is(notices[0].Err,
		rest.ErrForbidden) {
		t.Errorf("notices: %v", notices)
	}
}

// closing tells whether a body was closed.
type closing struct {
	io.Reader
	closed bool
}

func (c *closing) Close() error { c.closed = true; return nil }

func TestListCanBeBrokenOffAndBegunAgain(t *testing.T) {
	first, second := &closing{Reader: strings.NewReader(result("a", "b"))},
		&closing{Reader: strings.NewReader(result("a", "b"))}
	s, _ := scripted(t, answer{reader: first}, answer{reader: second})
	list := numbers(s).List(t.Context(), table.ListOptions{PageSize: 2})
	for range 2 {
		for row, err := range list {
			if err != nil || row.SysID() != "a" {
				t.Fatalf("got %v, %v", row.SysID(), err)
			}
			break
		}
	}
	if !first.closed || !second.closed {
		t.Error("a body was left open")
	}
}

func TestListEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	s, _ := scripted(t, answer{body: strings.TrimSuffix(result("a", "b"), "}")})
	seen := 0
	for _, err := range numbers(s).List(ctx, table.ListOptions{}) {
		if seen++; seen == 2 {
			cancel()
		}
		if err != nil && (!errors.Is(err, context.Canceled) || seen != 3) {
			t.Errorf("row %d: %v", seen, err)
		}
	}
	if seen != 3 {
		t.Errorf("the range ended after %d", seen)
	}
}

func TestListLimit(t *testing.T) {
	s, script := scripted(t, answer{body: result("a", "b")}, answer{body: result("c")})
	ids, err := walked(numbers(s).List(t.Context(), table.ListOptions{PageSize: 2, Limit: 3}))
	if ids != "a b c" || err != nil {
		t.Errorf("got %q, %v", ids, err)
	}
	if last := script.asked[1].query.Get("sysparm_limit"); last != "1" {
		t.Errorf("asked for %s more", last)
	}
}

func TestListSplitsALongIn(t *testing.T) {
	var ids []string
	for i := range 250 {
		ids = append(ids, fmt.Sprintf("%032x", i))
	}
	ids = append(ids, ids[0]) // a value given twice must not give a row twice
	s, script := scripted(t, answer{body: result("a")}, answer{body: result(), total: "0"}, answer{body: result("b")},
		answer{body: result(), total: "0"},
		answer{body: result("c")}, answer{body: result(), total: "0"})
	q := table.Where("active", "=", "true").And("sys_id", table.In, ids...)
	if got, err := walked(numbers(s).List(t.Context(), table.ListOptions{Query: q})); got != "a b c" || err != nil {
		t.Fatalf("got %q, %v", got, err)
	}
	var asked []string
	for _, i := range []int{0, 2, 4} {
		query := strings.TrimSuffix(script.asked[i].query.Get("sysparm_query"), "^ORDERBYsys_id")
		list, ok := strings.CutPrefix(query, "active=true^sys_idIN")
		if !ok {
			t.Errorf("asked %s", query)
		}
		asked = append(asked, strings.Split(list, ",")...)
	}
	if !slices.Equal(asked, ids[:250]) {
		t.Errorf("the parts are not the whole: %d values", len(asked))
	}
}

func TestListRefusesWhatIsTooLong(t *testing.T) {
	long := strings.Repeat("0123456789abcdef", 500)
	many := strings.Split(strings.Repeat(strings.Repeat("x", 30)+",", 400), ",")[:400]
	for i := range many {
		many[i] += fmt.Sprint(i)
	}
	s, _ := scripted(t)
	for name, q := range map[string]table.Query{
		"a long value":      table.Where("name", "=", long),
		"a long list twice": table.Where("name", table.In, many...).NewQuery("a", "=", "1"),
		"a long exclusion":  table.Where("name", table.NotIn, many...),
		"with an order":     table.Where("name", table.In, many...).OrderBy("name"),
		"in an alternative": table.Where("name", table.In, many...).Or("a", "=", "1"),
		"a rule's operator": table.Where("state", table.ChangesTo, "1"),
		"a query in error":  table.Where("state", "=", ""),
	} {
		if ids, err := walked(numbers(s).List(t.Context(), table.ListOptions{Query: q})); !errors.Is(err,
			rest.ErrInvalid) || ids != "" {
			t.Errorf("%s: got %q, %v", name, ids, err)
		}
	}
}

func TestListVerifies(t *testing.T) {
	counted := func(n string) answer { return answer{body: `{"result":{"stats":{"count":"` + n + `"}}}`} }
	s, _ := scripted(t, answer{body: result("a", "b")}, answer{body: result(), total: "0"}, counted("3"))
	ids, err := walked(numbers(s).List(t.Context(), table.ListOptions{Verify: true}))
	short, ok := errors.AsType[*table.CountError](err)
	if ids != "a b" || !ok || *short != (table.CountError{Table: "incident", Counted: 3, Delivered: 2}) {
		t.Errorf("got %q, %v", ids, err)
	}
	s, _ = scripted(t, answer{body: result("a", "b")}, answer{body: result(), total: "0"}, counted("2"))
	if ids, err := walked(numbers(s).List(t.Context(), table.ListOptions{Verify: true})); ids != "a b" || err != nil {
		t.Errorf("got %q, %v", ids, err)
	}
}
