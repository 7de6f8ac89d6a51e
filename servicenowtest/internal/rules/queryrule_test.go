package rules

import (
	"slices"
	"strings"
	"testing"

	"github.com/seed-a66f7fd3/servicenow/servicenowtest/internal/db"
)

func (b *bench) seen(s db.Session, table, encoded string) string {
	b.t.Helper()
	res, err := b.db.Query(s, db.Query{Table: table, Encoded: encoded, WithRules: true})
	if err != nil {
		b.t.Fatal(err)
	}
	var out []string
	for _, r := range res.Rows {
		out = append(out, r.Get("short_description"))
	}
	slices.Sort(out)
	return strings.Join(out, " ")
}

// "Use this query business rule to prevent users from accessing certain records."
// https://www.servicenow.com/docs/r/api-reference/business-rules-classic/c_BusinessRules.html
func TestQueryRules(t *testing.T) {
	// the page's own example, but for its question whether the user is interactive
	const example = `if (!gs.hasRole("itil")) {
		var u = gs.getUserID();
		var qc = current.addQuery("caller_id", u).addOrCondition("opened_by", u).addOrCondition("watch_list", "CONTAINS", u);
	}`
	guest := db.Session{UserID: "0123456789abcdef0123456789abcdef", UserName: "guest"}
	for _, c := range []struct {
		name, table, script string
		more                []string
		guest, itil         string
	}{
		{"the page's example", "incident", example, nil, "called opened watched", "called opened other watched"},
		{"a rule of the parent", "task", example, nil, "opened watched", "called opened other watched"},
		{"a rule of another table", "problem", example, nil, "called opened other watched", "called opened other watched"},
		{"an encoded query", "incident", "current.addEncodedQuery('short_description=called^NQshort_description=other')", nil,
			"called other", "called other"},
		{"a rule that is not active", "incident", example, []string{"active", "false"}, "called opened other watched",
			"called opened other watched"},
		{"not a before rule", "incident", example, []string{"when", "after"}, "called opened other watched",
			"called opened other watched"},
		{"a condition that does not hold", "incident", example, []string{"condition", "gs.hasRole('itil')"},
			"called opened other watched", "called opened other watched"},
		{"a condition that holds", "incident", "current.addQuery('short_description', 'other')",
			[]string{"condition", "gs.hasRole('itil')"}, "called opened other watched", "other"},
		{"a rule that throws restricts nothing", "incident", "nonsense()", nil, "called opened other watched",
			"called opened other watched"},
		{"a rule that queries its own table", "incident",
			"var g = new GlideRecord('incident'); g.query(); current.addQuery('short_description', g.hasNext() ? 'other' : '')",
			nil, "other", "other"},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := newBench(t)
			b.insert(b.user, "incident", "short_description", "called", "caller_id", guest.UserID)
			b.insert(b.user, "incident", "short_description", "opened", "opened_by", guest.UserID)
			b.insert(b.user, "incident", "short_description", "watched", "watch_list", "x,"+guest.UserID)
			b.insert(b.user, "incident", "short_description", "other")
			b.rule(c.table, c.script, append([]string{"when", "before", "action_insert", "false", "action_update", "false",
				"action_query", "true"}, c.more...)...)
			want := c.guest
			if c.table == "task" {
				want = "called opened watched" // the rule knows the columns of the table that is queried
			}
			if got := b.seen(guest, "incident", ""); got != want {
				t.Errorf("a guest sees %q, want %q; log %s", got, want, b.logged())
			}
			if got := b.seen(b.user, "incident", ""); got != c.itil {
				t.Errorf("itil sees %q, want %q; log %s", got, c.itil, b.logged())
			}
			if got := b.seen(db.Session{System: true}, "incident", ""); got != "called opened other watched" {
				t.Errorf("the platform sees %q", got)
			}
		})
	}
}

func TestQueryRulesJoinTheQuery(t *testing.T) {
	b := newBench(t)
	for _, text := range []string{"a", "b", "c"} {
		b.insert(b.user, "incident", "short_description", text)
	}
	b.rule("incident", "current.addQuery('short_description', '!=', 'b')", "when", "before", "action_query", "true",
		"action_insert", "false", "action_update", "false")
	if got := b.seen(b.user, "incident", "short_description=a^NQshort_description=b^NQshort_description=c"); got != "a c" {
		t.Errorf("%q", got)
	}
	res, _ := b.db.Query(b.user, db.Query{Table: "incident", WithRules: true, Limit: 1})
	if res.Total != 2 {
		t.Errorf("counted %d", res.Total)
	}
	hidden := b.db.Find("incident", "short_description", "b")[0].SysID()
	if _, ok := b.db.Seen(b.user, "incident", hidden); ok {
		t.Error("the row is found by its id")
	}
	b.rule("problem", "var g = new GlideRecord('incident'); g.query(); var n = g.getRowCount(); g = new GlideRecord("+
		"'incident'); g.setWorkflow(false); g.query(); gs.info(n + ' ' + g.getRowCount())")
	b.insert(b.user, "problem", "short_description", "x")
	if got := b.logged(); got != "2 3" {
		t.Errorf("scripts see %q", got)
	}
}

// https://www.servicenow.com/docs/r/api-reference/business-rules-classic/c_BusinessRules.html, "Business rule actions"
func TestSetFieldValues(t *testing.T) {
	b := newBench(t)
	b.rule("incident", "", "when", "before", "advanced", "false", "template", "category=network^state=2^nonsense=1^EQ",
		"filter_condition", "short_descriptionSTARTSWITHnet^EQ")
	for text, want := range map[string]string{"net is down": "network 2", "mail": "inquiry 1"} {
		row := b.insert(b.user, "incident", "short_description", text)
		if got := row.Get("category") + " " + row.Get("state"); got != want {
			t.Errorf("%s: %s, want %s", text, got, want)
		}
	}
}
