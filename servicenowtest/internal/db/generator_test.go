package db

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"time"
)

type generator struct {
	*rand.Rand
	people []*person
	now    time.Time
}

var words = []string{"vpn", "VPN", "router", "mail box", "a,b", "x=y", "caret^here", "ünï", "zz"}

func oneOf[T any](g *generator, from ...T) T { return from[g.IntN(len(from))] }

func (g *generator) word() string { return words[g.IntN(len(words))] }

func maybe[T any](g *generator, v T) *T {
	if g.IntN(5) == 0 {
		return nil
	}
	return &v
}

func (g *generator) moment() time.Time {
	return g.now.Add(-time.Duration(g.IntN(90*24)) * time.Hour).Truncate(time.Hour)
}

func (g *generator) fact(i int) fact {
	title := g.word()
	if g.IntN(2) == 0 {
		title += " " + g.word()
	}
	f := fact{number: fmt.Sprintf("INC%07d", i), title: maybe(g, title), category: maybe(g, oneOf(g, "network", "software", "hardware")),
		priority: maybe(g, 1+g.IntN(5)), count: maybe(g, g.IntN(13)), active: maybe(g, g.IntN(2) == 0),
		opened: maybe(g, g.moment()), due: maybe(g, g.moment())}
	if g.IntN(5) > 0 {
		f.caller = g.people[g.IntN(len(g.people))]
	}
	return f
}

func (g *generator) query() alternatives {
	var a alternatives
	for range 1 + g.IntN(3)/2 {
		var c conjunction
		for range 1 + g.IntN(3) {
			var d disjunction
			for range 1 + g.IntN(4)/2 {
				d = append(d, g.leaf())
			}
			c = append(c, d)
		}
		a = append(a, c)
	}
	return a
}

func (g *generator) leaf() node {
	return oneOf(g, g.textLeaf, g.textLeaf, g.numberLeaf, g.numberLeaf, g.boolLeaf, g.dateLeaf, g.dateLeaf, g.personLeaf,
		g.personLeaf, g.emptyLeaf, g.pairLeaf)()
}

func escape(s string) string { return strings.ReplaceAll(s, "^", "^^") }

func (g *generator) textLeaf() node {
	column, get := "short_description", func(f fact) *string { return f.title }
	w := g.word()
	if g.IntN(4) == 0 {
		column, get, w = "category", func(f fact) *string { return f.category }, oneOf(g, "network", "software", "none", "Network")
	}
	if r := []rune(w); g.IntN(2) == 0 {
		w = string(r[:1+g.IntN(len(r))])
	}
	with := func(op string, test func(have, want string) bool) node {
		return leaf{column + op + escape(w), func(f fact) bool { v := get(f); return v != nil && test(*v, w) }}
	}
	not := func(test func(a, b string) bool) func(a, b string) bool {
		return func(a, b string) bool { return !test(a, b) }
	}
	equal := func(a, b string) bool { return a == b }
	return oneOf(g, with("=", equal), with("!=", not(equal)), with("LIKE", strings.Contains), with("*", strings.Contains),
		with("CONTAINS", strings.Contains), with("NOT LIKE", not(strings.Contains)), with("!*", not(strings.Contains)),
		with("STARTSWITH", strings.HasPrefix), with("ENDSWITH", strings.HasSuffix), with("%", strings.HasSuffix),
		with("<", func(a, b string) bool { return a < b }), with(">=", func(a, b string) bool { return a >= b }),
		g.listLeaf(column, get))
}

func (g *generator) listLeaf(column string, get func(fact) *string) node {
	list := []string{"vpn", "network", oneOf(g, "router", "software"), "zz"}[:1+g.IntN(4)]
	in := func(f fact) bool { return get(f) != nil && slices.Contains(list, *get(f)) }
	if g.IntN(2) == 0 {
		return leaf{column + "IN" + strings.Join(list, ","), in}
	}
	return leaf{column + "NOT IN" + strings.Join(list, ","), func(f fact) bool { return get(f) != nil && !in(f) }}
}

func (g *generator) numberLeaf() node {
	column, get, n := "priority", func(f fact) *int { return f.priority }, g.IntN(7)
	if g.IntN(2) == 0 {
		column, get, n = "reassignment_count", func(f fact) *int { return f.count }, g.IntN(14)
	}
	with := func(op string, test func(have int) bool) node {
		return leaf{column + op, func(f fact) bool { v := get(f); return v != nil && test(*v) }}
	}
	text, high := strconv.Itoa(n), n+g.IntN(4)
	list := []int{n, high, 11}
	return oneOf(g, with("="+text, func(v int) bool { return v == n }), with("!="+text, func(v int) bool { return v != n }),
		with("<"+text, func(v int) bool { return v < n }), with("<="+text, func(v int) bool { return v <= n }),
		with(">"+text, func(v int) bool { return v > n }), with(">="+text, func(v int) bool { return v >= n }),
		with(fmt.Sprintf("BETWEEN%d@%d", n, high), func(v int) bool { return n <= v && v <= high }),
		with(fmt.Sprintf("IN%d,%d,11", n, high), func(v int) bool { return slices.Contains(list, v) }),
		with(fmt.Sprintf("NOT IN%d,%d,11", n, high), func(v int) bool { return !slices.Contains(list, v) }))
}

func (g *generator) boolLeaf() node {
	want := g.IntN(2) == 0
	is := func(f fact) bool { return f.active != nil && *f.active == want }
	if g.IntN(2) == 0 {
		return leaf{fmt.Sprintf("active=%v", want), is}
	}
	return leaf{fmt.Sprintf("active!=%v", want), func(f fact) bool { return !is(f) }} // false, empty and NULL
}

func (g *generator) dateLeaf() node {
	column, get := "opened_at", func(f fact) *time.Time { return f.opened }
	if g.IntN(2) == 0 {
		column, get = "sla_due", func(f fact) *time.Time { return f.due }
	}
	at, days := g.moment(), g.IntN(40)
	with := func(op string, test func(v time.Time) bool) node {
		return leaf{column + op, func(f fact) bool { v := get(f); return v != nil && test(*v) }}
	}
	text := at.Format("2006-01-02 15:04:05")
	midnight := time.Date(g.now.Year(), g.now.Month(), g.now.Day(), 0, 0, 0, 0, time.UTC).AddDate(0, 0, -days)
	until := at.Add(time.Duration(g.IntN(500)) * time.Hour)
	sameDay := func(v time.Time) bool { return !v.Before(midnight) && v.Before(midnight.AddDate(0, 0, 1)) }
	day := fmt.Sprintf("X@javascript:gs.daysAgoStart(%d)@javascript:gs.daysAgoEnd(%d)", days, days)
	weekday := time.Weekday(g.IntN(7))
	trend := fmt.Sprintf("DATEPARTX@javascript:gs.datePart('dayofweek','%s','", strings.ToLower(weekday.String()))
	return oneOf(g,
		with("="+text, at.Equal), with("!="+text, func(v time.Time) bool { return !v.Equal(at) }),
		with("<"+text, func(v time.Time) bool { return v.Before(at) }),
		with(">"+text, func(v time.Time) bool { return v.After(at) }),
		with("<="+text, func(v time.Time) bool { return !v.After(at) }),
		with(">="+text, func(v time.Time) bool { return !v.Before(at) }),
		with("BETWEEN"+text+"@"+until.Format("2006-01-02 15:04:05"),
			func(v time.Time) bool { return !v.Before(at) && !v.After(until) }),
		with("ON"+day, sameDay), with("NOTON"+day, func(v time.Time) bool { return !sameDay(v) }),
		with("<javascript:gs.daysAgoStart("+strconv.Itoa(days)+")", func(v time.Time) bool { return v.Before(midnight) }),
		with("RELATIVEGT@day@ago@"+strconv.Itoa(days), func(v time.Time) bool { return v.After(g.now.AddDate(0, 0, -days)) }),
		with("RELATIVELT@hour@ago@"+strconv.Itoa(days),
			func(v time.Time) bool { return v.Before(g.now.Add(-time.Duration(days) * time.Hour)) }),
		with(trend+"EE')", func(v time.Time) bool { return v.Weekday() == weekday }),
		with(trend+"GE')", func(v time.Time) bool { return v.Weekday() >= weekday }),
		with(trend+"LT')", func(v time.Time) bool { return v.Weekday() < weekday }))
}

func (g *generator) personLeaf() node {
	p := g.people[g.IntN(len(g.people))]
	part := p.name[:1+g.IntN(len(p.name))]
	caller := func(text string, test func(*person) bool) node {
		return leaf{text, func(f fact) bool { return f.caller != nil && test(f.caller) }}
	}
	return oneOf(g,
		caller("caller_id="+p.id, func(c *person) bool { return c == p }),
		caller("caller_id!="+p.id, func(c *person) bool { return c != p }),
		caller("caller_idIN"+p.id+","+g.people[0].id, func(c *person) bool { return c == p || c == g.people[0] }),
		caller("caller_idSTARTSWITH"+part, func(c *person) bool { return strings.HasPrefix(c.name, part) }),
		caller("caller_idLIKE"+part, func(c *person) bool { return strings.Contains(c.name, part) }),
		caller("caller_idNOT LIKE"+part, func(c *person) bool { return !strings.Contains(c.name, part) }),
		caller("caller_id.name="+p.name, func(c *person) bool { return c.name == p.name }),
		caller("caller_id.manager="+p.id, func(c *person) bool { return c.manager == p }),
		caller("caller_id.manager.nameENDSWITH"+p.name[2:],
			func(c *person) bool { return c.manager != nil && strings.HasSuffix(c.manager.name, p.name[2:]) }),
		caller("caller_id=javascript:gs.getUserID()", func(c *person) bool { return c == g.people[1] }))
}

func (g *generator) emptyLeaf() node {
	column := oneOf(g, "short_description", "priority", "active", "opened_at", "caller_id", "caller_id.manager")
	isEmpty := func(f fact) bool {
		switch column {
		case "short_description":
			return f.title == nil
		case "priority":
			return f.priority == nil
		case "active":
			return f.active == nil
		case "opened_at":
			return f.opened == nil
		case "caller_id":
			return f.caller == nil
		}
		return f.caller == nil || f.caller.manager == nil
	}
	switch g.IntN(4) {
	case 0:
		return leaf{column + "ISNOTEMPTY", func(f fact) bool { return !isEmpty(f) }}
	case 1:
		return leaf{column + "ANYTHING", func(fact) bool { return true }}
	}
	return leaf{column + oneOf(g, "ISEMPTY", "EMPTYSTRING", "="), isEmpty}
}

// pairLeaf compares two columns.
func (g *generator) pairLeaf() node {
	numbers := func(text string, test func(a, b int) bool) node {
		return leaf{text, func(f fact) bool {
			return f.priority != nil && f.count != nil && test(*f.priority, *f.count)
		}}
	}
	dates := func(text string, test func(a, b time.Time) bool) node {
		return leaf{text, func(f fact) bool { return f.opened != nil && f.due != nil && test(*f.opened, *f.due) }}
	}
	day := func(t time.Time) int { return int(t.Unix() / 86400) }
	n := g.IntN(10)
	return oneOf(g,
		numbers("prioritySAMEASreassignment_count", func(a, b int) bool { return a == b }),
		numbers("priorityNSAMEASreassignment_count", func(a, b int) bool { return a != b }),
		numbers("priorityGT_FIELDreassignment_count", func(a, b int) bool { return a > b }),
		numbers("priorityLT_OR_EQUALS_FIELDreassignment_count", func(a, b int) bool { return a <= b }),
		dates("opened_atLT_FIELDsla_due", func(a, b time.Time) bool { return a.Before(b) }),
		dates("opened_atSAMEASsla_due@day", func(a, b time.Time) bool { return day(a) == day(b) }),
		dates("opened_atMORETHANsla_due@day@before@"+strconv.Itoa(n),
			func(a, b time.Time) bool { return b.Sub(a) > time.Duration(n)*24*time.Hour }),
		dates("opened_atLESSTHANsla_due@hour@before@"+strconv.Itoa(n),
			func(a, b time.Time) bool { d := b.Sub(a); return d >= 0 && d < time.Duration(n)*time.Hour }))
}
