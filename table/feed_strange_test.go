package table_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/seed-a66f7fd3/servicenow/internal/rest"
	"github.com/seed-a66f7fd3/servicenow/servicenowtest"
	"github.com/seed-a66f7fd3/servicenow/table"
)

// meddle is one who stands before the instance: it changes requests and answers.
type meddle = func(*http.Request) (*http.Response, func(*http.Response))

// onQuery rewrites the encoded query of each request.
func onQuery(change func(string) string) meddle {
	return func(req *http.Request) (*http.Response, func(*http.Response)) {
		q := req.URL.Query()
		q.Set("sysparm_query", change(q.Get("sysparm_query")))
		req.URL.RawQuery = q.Encode()
		return nil, nil
	}
}

// onAnswer changes each answer.
func onAnswer(change func(*http.Response)) meddle {
	return func(*http.Request) (*http.Response, func(*http.Response)) { return nil, change }
}

// onTable answers in the place of one table.
func onTable(name string, status int, message string) meddle {
	return func(req *http.Request) (*http.Response, func(*http.Response)) {
		if strings.HasSuffix(req.URL.Path, "/"+name) {
			return answerOf(status, "application/json", `{"error":{"message":"`+message+`"},"status":"failure"}`), nil
		}
		return nil, nil
	}
}

func uncounted(r *http.Response) { r.Header.Del("X-Total-Count") }

// clauses keeps the clauses of a query for which keep holds.
func clauses(keep func(clause string, all []string) bool) meddle {
	return onQuery(func(q string) string {
		all := strings.Split(q, "^")
		return strings.Join(slices.DeleteFunc(slices.Clone(all), func(c string) bool { return !keep(c, all) }), "^")
	})
}

// TestFeedOnInstancesThatDiffer: what the documentation leaves open, or leaves to the instance's settings, is borne
// without loss and told, or is an error of its own. It never makes the feed ask without end.
func TestFeedOnInstancesThatDiffer(t *testing.T) {
	const hidden = 70
	for name, tt := range map[string]struct {
		meddle  meddle
		options table.FeedOptions
		hide    bool // many rows in a row are hidden
		told    table.NoticeKind
		want    error
		deaf    bool // deletions are not heard of
	}{
		"nothing":                    {},
		"no count":                   {meddle: onAnswer(uncounted), told: table.NoticeUncounted},
		"no count, and hidden rows":  {meddle: onAnswer(uncounted), hide: true, told: table.NoticeUncounted},
		"hidden rows":                {hide: true},
		"offsets are ignored":        {meddle: ignoredOffset, hide: true},
		"an OR is dropped":           {meddle: clauses(func(c string, _ []string) bool { return !strings.HasPrefix(c, "OR") || strings.HasPrefix(c, "ORDERBY") }), told: table.NoticeStepped},
		"an OR binds last":           {meddle: onQuery(func(q string) string { return strings.ReplaceAll(q, "^ORsys_id>", "^NQsys_id>") }), told: table.NoticeStepped},
		"an OR is refused":           {meddle: refuseOr, told: table.NoticeStepped},
		"only one order":             {meddle: clauses(oneOrder), want: table.ErrOrderIgnored},
		"no order":                   {meddle: clauses(func(c string, _ []string) bool { return !strings.HasPrefix(c, "ORDERBY") }), want: table.ErrOrderIgnored},
		"ranges of ids are dropped":  {meddle: clauses(func(c string, _ []string) bool { return !strings.Contains(c, "sys_id>") }), want: table.ErrQueryIgnored},
		"always the same page":       {meddle: samePage(), want: table.ErrQueryIgnored},
		"deletions are forbidden":    {meddle: onTable("sys_audit_delete", 403, "Operation Failed"), told: table.NoticeDeletes, deaf: true},
		"deletions have no table":    {meddle: onTable("sys_audit_delete", 400, "Invalid table sys_audit_delete"), told: table.NoticeDeletes, deaf: true},
		"deletions have no columns":  {meddle: hideColumns("sys_audit_delete", "tablename", "documentkey"), told: table.NoticeDeletes, deaf: true},
		"classes are forbidden":      {meddle: onTable("sys_db_object", 403, "Operation Failed"), told: table.NoticeClasses},
		"all classes are children":   {meddle: clauses(func(c string, _ []string) bool { return !strings.HasPrefix(c, "super_class.name") }), told: table.NoticeClasses},
		"no sys_mod_count":           {meddle: hideColumns("incident", "sys_mod_count")},
		"a filter that is dropped":   {options: table.FeedOptions{Query: table.Where("actve", table.Is, "true")}, want: table.ErrQueryIgnored},
		"a filter on a known column": {options: table.FeedOptions{Query: table.Where("active", table.Is, "true").And("assigned_to", table.IsEmpty)}},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.server.AddACL(servicenowtest.ACL{Table: "incident", Operation: servicenowtest.Read,
				Condition: func(_ string, row map[string]string) bool { return row["short_description"] != "hidden" }})
			var ids []string
			for i := range 24 {
				ids = append(ids, w.insert("incident", fmt.Sprint("row ", i)))
				if i%8 == 7 { // eight rows a second, and pages of three
					w.clock.Advance(time.Second)
				}
				for range hidden {
					if tt.hide && i == 5 {
						w.insert("incident", "hidden")
					}
				}
			}
			w.before = tt.meddle
			var told []table.NoticeKind
			o := tt.options
			o.PageSize, o.Patience = 3, time.Second
			o.Notice = func(n table.Notice) { told = append(told, n.Kind) }
			c := newCopy()
			pass := func() error {
				o.Advanced = func(at table.Checkpoint) { c.checkpoint = at }
				if n := w.requests.Load(); n > 400 {
					t.Fatalf("%d requests for so few rows", n)
				}
				return w.passError(c, o)
			}
			err := pass()
			for _, text := range []string{"changed", "changed again in the same second"} {
				for i := range 6 {
					w.update("incident", ids[i*3], text)
				}
				err = errors.Join(err, pass())
			}
			w.insert("incident", "new")
			w.remove("incident", ids[23])
			err = errors.Join(err, pass())
			if !errors.Is(err, tt.want) || tt.want == nil && err != nil {
				t.Fatalf("got %v, want %v", err, tt.want)
			}
			if tt.told != "" && !slices.Contains(told, tt.told) {
				t.Errorf("told was %v, want %s", told, tt.told)
			}
			told = slices.DeleteFunc(told, func(k table.NoticeKind) bool { return k == tt.told || k == table.NoticeClasses })
			if tt.want == nil && len(told) > 0 {
				t.Errorf("told was also %v", told)
			}
			if tt.want != nil {
				return
			}
			if _, there := c.rows[ids[23]]; there != tt.deaf {
				t.Errorf("the deleted record is still there: %v, want %v", there, tt.deaf)
			}
			delete(c.rows, ids[23])
			for id, row := range w.readable() {
				if got := strings.TrimPrefix(c.rows[id], "0 "); got != row && !strings.HasSuffix(got, row) {
					t.Errorf("have %q of %s, want %q", c.rows[id], id, row)
				}
				delete(c.rows, id)
			}
			if len(c.rows) > 0 {
				t.Errorf("left over are %v", c.rows)
			}
		})
	}
}

// readable are the texts of the rows that are not hidden.
func (w *world) readable() map[string]string {
	texts := map[string]string{}
	for _, row := range w.server.Rows("incident", "") {
		if row["short_description"] != "hidden" {
			texts[row["sys_id"]] = row["short_description"]
		}
	}
	return texts
}

func ignoredOffset(req *http.Request) (*http.Response, func(*http.Response)) {
	q := req.URL.Query()
	q.Del("sysparm_offset")
	req.URL.RawQuery = q.Encode()
	return nil, nil
}

func refuseOr(req *http.Request) (*http.Response, func(*http.Response)) {
	for _, c := range strings.Split(req.URL.Query().Get("sysparm_query"), "^") {
		if strings.HasPrefix(c, "OR") && !strings.HasPrefix(c, "ORDERBY") {
			return answerOf(400, "application/json", `{"error":{"message":"Invalid query"},"status":"failure"}`), nil
		}
	}
	return nil, nil
}

// oneOrder keeps the first order of a query only.
func oneOrder(clause string, all []string) bool {
	first := slices.IndexFunc(all, func(c string) bool { return strings.HasPrefix(c, "ORDERBY") })
	return !strings.HasPrefix(clause, "ORDERBY") || clause == all[first]
}

// samePage answers every list of incidents of more than one row with the first of them.
func samePage() meddle {
	var first []byte
	return func(req *http.Request) (*http.Response, func(*http.Response)) {
		q := req.URL.Query()
		if !strings.HasSuffix(req.URL.Path, "/incident") || q.Get("sysparm_limit") != "3" {
			return nil, nil
		}
		return nil, func(r *http.Response) {
			b, _ := io.ReadAll(r.Body)
			if len(first) == 0 {
				first = b
			}
			r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(first)), -1
			r.Header.Del("Content-Length")
			r.Header.Del("X-Total-Count")
		}
	}
}

// hideColumns takes columns out of a table's answers, as rules for columns do.
func hideColumns(name string, columns ...string) meddle {
	return func(req *http.Request) (*http.Response, func(*http.Response)) {
		if !strings.HasSuffix(req.URL.Path, "/"+name) {
			return nil, nil
		}
		return nil, rewrite(func(b []byte) []byte {
			for _, c := range columns {
				b = regexp.MustCompile(`"`+c+`":"[^"]*",`).ReplaceAll(b, nil)
				b = regexp.MustCompile(`,"`+c+`":"[^"]*"`).ReplaceAll(b, nil)
			}
			return b
		})
	}
}

// TestFeedInAZoneThatCannotBeRead: where neither the user nor the properties tell the zone of date literals, the offset
// of the present is found by asking, and rows from the other half of the year are not lost to it.
func TestFeedInAZoneThatCannotBeRead(t *testing.T) {
	w := newWorld(t, servicenowtest.WithSwitches(servicenowtest.Switches{LiteralsInUserZone: true}),
		servicenowtest.WithUser("pacific.user", "zone-password", []string{"itil", servicenowtest.AuditReader}, "US/Pacific"))
	w.svc = w.connect("pacific.user", "zone-password")
	w.before = func(req *http.Request) (*http.Response, func(*http.Response)) {
		for _, name := range []string{"sys_user", "sys_properties"} {
			if instead, _ := onTable(name, 403, "Operation Failed")(req); instead != nil {
				return instead, nil
			}
		}
		return nil, nil
	}
	var told []table.NoticeKind
	o := table.FeedOptions{PageSize: 3, Notice: func(n table.Notice) { told = append(told, n.Kind) }}
	c := newCopy()
	for range 2 {
		for range 5 { // in winter and in summer
			for range 4 {
				w.insert("incident", "row")
			}
			w.clock.Advance(60 * 24 * time.Hour)
		}
		w.insert("incident", "row")
		w.pass(c, o)
		w.same(c)
	}
	w.update("incident", w.insert("incident", "row"), "changed")
	w.pass(c, o)
	w.same(c)
	if !slices.Contains(told, table.NoticeZone) {
		t.Errorf("told was %v", told)
	}
}

// TestFeedWithoutADate: the clock of the host is what is left, and that is told.
func TestFeedWithoutADate(t *testing.T) {
	w := newWorld(t)
	w.insert("incident", "row")
	w.before = onAnswer(func(r *http.Response) { r.Header.Del("Date") })
	var told []table.NoticeKind
	w.pass(newCopy(), table.FeedOptions{Notice: func(n table.Notice) { told = append(told, n.Kind) }})
	if !slices.Contains(told, table.NoticeClock) {
		t.Errorf("told was %v", told)
	}
}

// TestFeedOfAFilterThatIsNeverTrue: an instance may be set to answer a condition on an unknown column with no rows.
func TestFeedOfAFilterThatIsNeverTrue(t *testing.T) {
	for regime, want := range map[servicenowtest.InvalidQuery]error{
		servicenowtest.DropsClause: table.ErrQueryIgnored, servicenowtest.ReturnsNothing: table.ErrQueryIgnored,
		servicenowtest.Forbidden: rest.ErrForbidden,
	} {
		w := newWorld(t, servicenowtest.WithSwitches(servicenowtest.Switches{InvalidQuery: regime}))
		w.insert("incident", "row")
		err := w.passError(newCopy(), table.FeedOptions{Query: table.Where("actve", table.Is, "true")})
		if !errors.Is(err, want) {
			t.Errorf("regime %d: got %v, want %v", regime, err, want)
		}
	}
}
