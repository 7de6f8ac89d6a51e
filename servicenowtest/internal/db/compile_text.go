package db

import (
	"math/big"
	"slices"
	"strings"
)

// compileText makes the operators that look into text. On references they look into the display value.
func (p *plan) compileText(f cell, c clause) predicate {
	text := p.text(f)
	want := p.fold(c.value)
	var test func(have, want string) bool
	negated := false
	switch c.op {
	case "STARTSWITH":
		test = strings.HasPrefix
	case "ENDSWITH", "%":
		test = strings.HasSuffix
	case "LIKE", "*", "CONTAINS":
		test = strings.Contains
	case "NOT LIKE", "NOTLIKE", "!*", "DOES NOT CONTAIN":
		test, negated = strings.Contains, true
	default:
		return nil
	}
	return func(r Row) bool {
		have := p.fold(text(r))
		return have != "" && test(have, want) != negated
	}
}

func (p *plan) text(f cell) func(Row) string {
	if !f.column.IsReference() {
		return f.get
	}
	labels := map[string]string{} // of this run, and runs are not shared between goroutines
	return func(r Row) string {
		id := f.get(r)
		label, known := labels[id]
		if !known && id != "" {
			label = p.d.referenceLabel(f.column.Reference, id)
			labels[id] = label
		}
		return label
	}
}

// textSearch stands in for the text index: every word has to occur in some text of the row, in any letter case.
func (p *plan) textSearch(value string) predicate {
	words := strings.Fields(strings.ToLower(value))
	return func(r Row) bool {
		for _, w := range words {
			if !rowContains(r, w) {
				return false
			}
		}
		return len(words) > 0
	}
}

func rowContains(r Row, word string) bool {
	for col, v := range r.vals {
		switch r.table.column(col).Type {
		case "string", "html", "translated_html", "email", "script", "wiki_text":
			if strings.Contains(strings.ToLower(v), word) {
				return true
			}
		}
	}
	return false
}

// tagged makes the tag operators: sys_tags.<tag id> followed by =, DOESNOTHAVE or EXCLUDING.
func (p *plan) tagged(c clause) predicate {
	has := func(r Row) bool { return slices.Contains(strings.Split(r.Get("sys_tags"), ","), c.value) }
	switch c.op {
	case "=":
		return has
	case "DOESNOTHAVE":
		return func(r Row) bool { return r.Get("sys_tags") != "" && !has(r) }
	case "EXCLUDING":
		return func(r Row) bool { return !has(r) }
	}
	return nil
}

// dynamic makes the filter options of sys_filter_option_dynamic: the option's script gives the value.
func (p *plan) dynamic(f cell, option string) predicate {
	if values, ok := p.dynamicValues(option); ok {
		return p.oneOf(f, values)
	}
	return nil
}

func (p *plan) dynamicValues(option string) ([]string, bool) {
	row, ok := p.d.Get("sys_filter_option_dynamic", option)
	if !ok {
		return nil, false
	}
	return strings.Split(p.script(row.Get("script")), ","), true
}

// hierarchy makes IN_HIERARCHY<hierarchy>@<start>: the start, and whatever reports to it through the same column.
// The separator is printed both as @ and percent-encoded.
func (p *plan) hierarchy(f cell, c clause) predicate {
	value := strings.Replace(c.value, "%40", "@", 1)
	_, start, ok := strings.Cut(value, "@")
	if !ok || !f.column.IsReference() {
		return nil
	}
	if c.op == "IN_HIERARCHY_DYNAMIC" {
		values, known := p.dynamicValues(start)
		if !known {
			return nil
		}
		start = values[0]
	}
	column := p.climbing(f.column)
	return func(r Row) bool {
		id, seen := f.get(r), map[string]bool{}
		for id != "" && !seen[id] {
			if id == start {
				return true
			}
			seen[id] = true
			up, _ := p.d.Get(f.column.Reference, id)
			id = up.Get(column)
		}
		return false
	}
}

// climbing names the column by which rows of a reference's table report to one another: the column of the same name,
// or the usual ones. On an instance the hierarchy's own record says it.
func (p *plan) climbing(c Column) string {
	for _, name := range []string{c.Name, "manager", "parent"} {
		up, ok := p.d.schema.Column(c.Reference, name)
		if ok && up.IsReference() && p.d.schema.IsA(c.Reference, up.Reference) {
			return name
		}
	}
	return c.Name
}

// compileRelated counts, for each row, the related rows that refer to it.
func (p *plan) compileRelated(rel related) predicate {
	c, ok := p.d.schema.Column(rel.table, rel.column)
	if !ok || !c.IsReference() {
		return nil
	}
	inner := p.q
	inner.Table, inner.Encoded, inner.Match = rel.table, rel.conditions, nil
	sub := p.d.plan(p.s, inner)
	p.dropped = append(p.dropped, sub.dropped...)
	p.refused = append(p.refused, sub.refused...)
	counts := map[string]int{}
	for _, r := range p.d.All(rel.table) {
		if sub.match(r) {
			counts[r.Get(rel.column)]++
		}
	}
	want, _ := new(big.Int).SetString(rel.count, 10)
	return func(r Row) bool {
		cmp := big.NewInt(int64(counts[r.SysID()])).Cmp(want)
		if rel.op == "!=" {
			return cmp != 0
		}
		return holds(rel.op, cmp)
	}
}

// number is a decimal number in one fixed form, so that 1, 01 and 1.0 are the same.
func number(v string) (string, bool) {
	r, ok := new(big.Rat).SetString(strings.TrimSpace(v))
	if !ok {
		return "", false
	}
	return r.RatString(), true
}
