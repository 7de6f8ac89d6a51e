package db

import (
	"slices"
	"strings"
	"time"
)

// plan is a query made ready for one run: conditions compiled, order resolved.
type plan struct {
	d       *DB
	s       Session
	q       Query
	zone    *time.Location
	now     time.Time
	alts    [][]anyOf
	order   []order
	dropped []string
	refused []string
	eqs     map[string]string // column=value conditions every match must satisfy, for the index
	ids     []string          // sys_id=… or sys_idIN…, same purpose
	hasIDs  bool
}

type predicate func(Row) bool

type anyOf []predicate

func (d *DB) plan(s Session, q Query) *plan {
	p := &plan{d: d, s: s, q: q, zone: q.zone(s), now: d.Now(), eqs: map[string]string{}}
	if q.SplitCarets {
		q.Encoded = strings.ReplaceAll(q.Encoded, "^^", "^")
	}
	parsed := parse(q.Encoded)
	for _, alternative := range parsed.alternatives {
		var groups []anyOf
		for _, g := range alternative {
			if any := p.compileGroup(g); any != nil {
				groups = append(groups, any)
				if len(parsed.alternatives) == 1 && len(g) == 1 {
					p.noteIndexed(g[0])
				}
			}
		}
		if len(groups) > 0 {
			p.alts = append(p.alts, groups)
		}
	}
	for _, o := range parsed.order {
		p.addOrder(o)
	}
	return p
}

func (p *plan) compileGroup(g group) anyOf {
	var out anyOf
	for _, c := range g {
		if pred := p.compile(c); pred != nil {
			out = append(out, pred)
		} else {
			p.dropped = append(p.dropped, c.raw)
		}
	}
	return out
}

func (p *plan) addOrder(o order) {
	if _, ok := p.d.schema.Resolve(p.q.Table, o.field); !ok {
		p.dropped = append(p.dropped, "ORDERBY"+o.field)
		return
	}
	p.askACL(p.q.RangeRefused, o.field)
	p.order = append(p.order, o)
}

func (p *plan) noteIndexed(c clause) {
	switch {
	case c.nested != nil || strings.HasPrefix(c.value, "javascript:"):
	case c.field == "sys_id" && c.op == "=":
		p.ids, p.hasIDs = []string{c.value}, true
	case c.field == "sys_id" && c.op == "IN":
		p.ids, p.hasIDs = strings.Split(c.value, ","), true
	case c.op == "=" && c.value != "" && indexed[c.field]:
		p.eqs[c.field] = c.value
	}
}

// match reports whether a row satisfies the conditions. A query of which nothing was understood matches everything; an
// alternative of which nothing was understood is dropped whole.
func (p *plan) match(r Row) bool {
	for _, groups := range p.alts {
		if slices.IndexFunc(groups, func(any anyOf) bool { return !any.match(r) }) < 0 {
			return true
		}
	}
	return len(p.alts) == 0
}

func (a anyOf) match(r Row) bool {
	for _, pred := range a {
		if pred(r) {
			return true
		}
	}
	return false
}

// askACL records a column that a query ACL refuses; a dot-walk is asked on the table it arrives at.
func (p *plan) askACL(refused func(table, column string) bool, field string) {
	if refused == nil {
		return
	}
	table := p.q.Table
	for {
		head, rest, dotted := strings.Cut(field, ".")
		if refused(table, head) {
			p.refused = append(p.refused, field)
			return
		}
		if !dotted {
			return
		}
		c, _ := p.d.schema.Column(table, head)
		table, field = c.Reference, rest
	}
}

// verdict applies the regime and the query ACLs: nothing is true when no row may match.
func (p *plan) verdict() (nothing bool, err error) {
	if len(p.refused) > 0 {
		return false, forbidden(p.refused)
	}
	if len(p.dropped) > 0 {
		switch p.q.Regime {
		case InvalidReturnsNothing:
			return true, nil
		case InvalidForbidden:
			return false, forbidden(p.dropped)
		}
	}
	return false, nil
}
