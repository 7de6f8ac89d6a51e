package db

import (
	"strings"
	"time"
)

func (p *plan) compareWith(f cell, op, operand string) predicate {
	if operand == "" {
		return func(Row) bool { return false }
	}
	return func(r Row) bool {
		v := f.get(r)
		return v != "" && holds(op, p.compareValues(f, v, operand))
	}
}

func holds(op string, cmp int) bool {
	switch op {
	case "<", "LT_FIELD":
		return cmp < 0
	case "<=", "LT_OR_EQUALS_FIELD":
		return cmp <= 0
	case ">", "GT_FIELD":
		return cmp > 0
	case ">=", "GT_OR_EQUALS_FIELD":
		return cmp >= 0
	}
	return cmp == 0
}

// compareValues orders two values of a column: numbers by size, all else as text, which for stored dates is by time.
func (p *plan) compareValues(f cell, a, b string) int {
	if f.column.IsNumber() {
		if c, ok := compareNumbers(a, b); ok {
			return c
		}
	}
	if p.q.FoldCase {
		a, b = strings.ToLower(a), strings.ToLower(b)
	}
	return strings.Compare(a, b)
}

func (p *plan) between(f cell, value string) predicate {
	low, high, ok := strings.Cut(value, "@")
	if !ok {
		return nil
	}
	from, to := p.compareWith(f, ">=", p.operand(f, low)), p.upTo(f, p.operand(f, high))
	return func(r Row) bool { return from(r) && to(r) }
}

// upTo is the upper end of BETWEEN. For text the operator page's example is about beginnings: between q and t includes
// what begins with t.
func (p *plan) upTo(f cell, operand string) predicate {
	upTo := p.compareWith(f, "<=", operand)
	if f.column.IsNumber() || f.column.IsDate() || operand == "" {
		return upTo
	}
	return func(r Row) bool { return upTo(r) || strings.HasPrefix(p.fold(f.get(r)), p.fold(operand)) }
}

func (p *plan) fold(v string) string {
	if p.q.FoldCase {
		return strings.ToLower(v)
	}
	return v
}

// fieldAgainstField compares two columns of a row; SAMEAS of dates may name the unit that has to agree (@day).
func (p *plan) fieldAgainstField(f cell, c clause) predicate {
	name, unit, _ := strings.Cut(c.value, "@")
	other, ok := p.cell(name)
	if !ok {
		return nil
	}
	value := func(v string) string { return v }
	if unit != "" && f.column.IsDate() {
		value = func(v string) string { return p.floor(v, unit) }
	}
	return func(r Row) bool {
		a, b := value(f.get(r)), value(other.get(r))
		if a == "" || b == "" {
			return false
		}
		cmp := p.compareValues(f, a, b)
		switch c.op {
		case "SAMEAS":
			return cmp == 0
		case "NSAMEAS":
			return cmp != 0
		}
		return holds(c.op, cmp)
	}
}

// floor cuts a stored date down to a unit, in the session's zone.
func (p *plan) floor(v, unit string) string {
	t, ok := ParseTime(v, time.UTC)
	if !ok {
		return v
	}
	t = t.In(p.s.zone())
	switch unit {
	case "hour":
		return t.Format("2006-01-02 15")
	case "minute":
		return t.Format("2006-01-02 15:04")
	case "week":
		return weekStart(t).Format(DateLayout)
	case "month":
		return t.Format("2006-01")
	case "quarter":
		return quarterStart(t).Format("2006-01")
	case "year":
		return t.Format("2006")
	}
	return t.Format(DateLayout)
}
