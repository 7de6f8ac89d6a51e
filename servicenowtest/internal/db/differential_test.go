package db

import (
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// The evaluator against an independent one. A generator makes conditions as a tree over typed facts, renders the tree as
// an encoded query for the database, and evaluates the tree itself on the facts. The two share no code: here a number
// is an int and a date is a time.Time, there everything is text.

// fact is one incident as the tree sees it; nil is empty.
type fact struct {
	number          string
	title           *string
	category        *string
	priority, count *int
	active          *bool
	opened, due     *time.Time
	caller          *person
}

type person struct {
	id, name string
	manager  *person
}

// node is a condition, or a combination of conditions.
type node interface {
	holds(f fact) bool
	encode() string
}

// alternatives are joined by ^NQ, their members by ^, and the members' members by ^OR.
type (
	alternatives []conjunction
	conjunction  []disjunction
	disjunction  []node
)

func (a alternatives) holds(f fact) bool {
	return slices.ContainsFunc(a, func(c conjunction) bool { return c.holds(f) })
}

func (c conjunction) holds(f fact) bool {
	for _, d := range c {
		if !d.holds(f) {
			return false
		}
	}
	return true
}

func (d disjunction) holds(f fact) bool {
	return slices.ContainsFunc(d, func(n node) bool { return n.holds(f) })
}

func (a alternatives) encode() string {
	parts := make([]string, len(a))
	for i, c := range a {
		members := make([]string, len(c))
		for j, d := range c {
			leaves := make([]string, len(d))
			for k, n := range d {
				leaves[k] = n.encode()
			}
			members[j] = strings.Join(leaves, "^OR")
		}
		parts[i] = strings.Join(members, "^")
	}
	return strings.Join(parts, "^NQ")
}

// leaf is one condition: its text, and what it means.
type leaf struct {
	text string
	test func(fact) bool
}

func (l leaf) holds(f fact) bool { return l.test(f) }

func (l leaf) encode() string { return l.text }

func (f fact) row() map[string]string {
	v := map[string]string{"number": f.number, "active": "", "priority": "", "category": "", "opened_at": "",
		"reassignment_count": ""}
	set := func(column string, empty bool, text func() string) {
		if !empty {
			v[column] = text()
		}
	}
	set("short_description", f.title == nil, func() string { return *f.title })
	set("category", f.category == nil, func() string { return *f.category })
	set("priority", f.priority == nil, func() string { return strconv.Itoa(*f.priority) })
	set("reassignment_count", f.count == nil, func() string { return strconv.Itoa(*f.count) })
	set("active", f.active == nil, func() string { return strconv.FormatBool(*f.active) })
	set("opened_at", f.opened == nil, func() string { return f.opened.Format("2006-01-02 15:04:05") })
	set("sla_due", f.due == nil, func() string { return f.due.Format("2006-01-02 15:04:05") })
	set("caller_id", f.caller == nil, func() string { return f.caller.id })
	return v
}

func TestEvaluatorAgreesWithAnIndependentOne(t *testing.T) {
	queries := 12000
	if testing.Short() {
		queries = 1000
	}
	g := &generator{Rand: rand.New(rand.NewPCG(11, 12)), now: start}
	d := newTestDB()
	facts := g.populate(t, d)
	me := Session{UserID: g.people[1].id}
	some, none := 0, 0
	for i := range queries {
		tree := g.query()
		q := Query{Table: "incident", Encoded: tree.encode()}
		var want []string
		for _, f := range facts {
			if tree.holds(f) {
				want = append(want, f.number)
			}
		}
		if desc := g.IntN(2) == 0; desc {
			slices.Reverse(want)
			q.Encoded += "^ORDERBYDESCnumber"
		} else {
			q.Encoded += "^ORDERBYnumber"
		}
		total := len(want)
		if g.IntN(2) == 0 {
			q.Limit, q.Offset = 1+g.IntN(20), g.IntN(30)
			want = want[min(q.Offset, total):min(q.Offset+q.Limit, total)]
		}
		res, err := d.Query(me, q)
		if err != nil || len(res.Dropped) > 0 {
			t.Fatalf("query %d: %s: %v, dropped %v", i, q.Encoded, err, res.Dropped)
		}
		var got []string
		for _, r := range res.Rows {
			got = append(got, r.Get("number"))
		}
		if res.Total != total || !slices.Equal(got, want) {
			t.Fatalf("query %d: %s\nlimit %d offset %d\nevaluator: %d in all, %v\nfacts:     %d in all, %v",
				i, q.Encoded, q.Limit, q.Offset, res.Total, got, total, want)
		}
		if total > 0 {
			some++
		} else {
			none++
		}
	}
	if some < queries/2 || none < queries/50 {
		t.Errorf("the queries are no test: %d found rows, %d found none", some, none)
	}
}

func (g *generator) populate(t *testing.T, d *DB) []fact {
	t.Helper()
	for i, name := range []string{"Ada Diaz", "Ben Okon", "Cyd Liffe", "Dee Anand", "Eli Benn"} {
		p := &person{name: name}
		row := map[string]string{"name": name}
		if i > 0 && i < 4 {
			p.manager = g.people[i-1]
			row["manager"] = p.manager.id
		}
		ids, err := d.Seed(Session{}, "sys_user", []map[string]string{row})
		if err != nil {
			t.Fatal(err)
		}
		p.id = ids[0]
		g.people = append(g.people, p)
	}
	facts := make([]fact, 150)
	rows := make([]map[string]string, len(facts))
	for i := range facts {
		facts[i] = g.fact(i)
		rows[i] = facts[i].row()
	}
	if _, err := d.Seed(Session{}, "incident", rows); err != nil {
		t.Fatal(err)
	}
	return facts
}
