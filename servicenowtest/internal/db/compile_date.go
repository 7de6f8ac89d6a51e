package db

import (
	"regexp"
	"strconv"
	"strings"
	"time"
)

// compileDate makes the operators that only dates have. handled is false for all others.
func (p *plan) compileDate(f cell, c clause) (pred predicate, handled bool) {
	switch c.op {
	case "ON", "NOTON":
		pred = p.on(f, c)
	case "DATEPART":
		pred = p.datePart(f, c.value)
	case "MORETHAN", "LESSTHAN":
		pred = p.distance(f, c)
	case "RELATIVEGT", "RELATIVELT", "RELATIVEGE", "RELATIVELE", "RELATIVEEE":
		pred = p.relative(f, c)
	default:
		return nil, false
	}
	if !f.column.IsDate() {
		return nil, true
	}
	return pred, true
}

// on reads ON<label>@<start>@<end>.
func (p *plan) on(f cell, c clause) predicate {
	parts := strings.SplitN(c.value, "@", 3)
	if len(parts) != 3 {
		return p.onDay(f, c)
	}
	start, end := p.bound(f, parts[1]), p.bound(f, parts[2])
	if start == "" || end == "" {
		return nil
	}
	return func(r Row) bool {
		v := f.get(r)
		return v != "" && (v >= start && v <= end) == (c.op == "ON")
	}
}

// onDay reads ON<date>, a day of the session's zone.
func (p *plan) onDay(f cell, c clause) predicate {
	day, ok := ParseTime(c.value, p.s.zone())
	if !ok {
		return nil
	}
	start, end := p.dayBounds(day)
	lo, hi := p.stored(f, start), p.stored(f, end)
	return func(r Row) bool {
		v := f.get(r)
		return v != "" && (v >= lo && v <= hi) == (c.op == "ON")
	}
}

func (p *plan) dayBounds(day time.Time) (start, end time.Time) {
	y, m, dd := day.Date()
	start = time.Date(y, m, dd, 0, 0, 0, 0, p.s.zone())
	return start, start.AddDate(0, 0, 1).Add(-time.Second)
}

func (p *plan) stored(f cell, t time.Time) string {
	if f.column.IsTime() {
		return t.UTC().Format(TimeLayout)
	}
	return t.Format(DateLayout)
}

// bound evaluates one end of a range; for a date without time, only the day of it counts.
func (p *plan) bound(f cell, value string) string {
	v := p.operand(f, value)
	if f.column.IsTime() || v == "" {
		return v
	}
	if t, ok := ParseTime(v, time.UTC); ok {
		return t.In(p.s.zone()).Format(DateLayout)
	}
	return v
}

var datePartCall = regexp.MustCompile(`gs\.datePart\(\s*['"](\w+)['"]\s*,\s*['"]([^'"]+)['"]\s*,\s*['"](\w\w)['"]\s*\)`)

// datePart reads DATEPART<label>@javascript:gs.datePart('dayofweek','monday','EE'). Weeks begin on Sunday, so that "on
// or after Monday" is every day but Sunday, as the operator page says.
func (p *plan) datePart(f cell, value string) predicate {
	m := datePartCall.FindStringSubmatch(value)
	if m == nil {
		return nil
	}
	want, ok := partNumber(m[1], strings.ToLower(m[2]))
	if !ok {
		return nil
	}
	op, ok := map[string]string{"EE": "=", "LT": "<", "LE": "<=", "GT": ">", "GE": ">="}[m[3]]
	if !ok {
		return nil
	}
	return func(r Row) bool {
		t, ok := ParseTime(f.get(r), time.UTC)
		if !ok {
			return false
		}
		if f.column.IsTime() {
			t = t.In(p.s.zone())
		}
		return holds(op, partOf(m[1], t)-want)
	}
}

func partNumber(part, name string) (int, bool) {
	for i := range 12 {
		month := time.Month(i + 1)
		switch {
		case part == "dayofweek" && i < 7 && strings.ToLower(time.Weekday(i).String()) == name:
			return i, true
		case part == "month" && strings.HasPrefix(strings.ToLower(month.String()), name) && len(name) >= 3:
			return i + 1, true
		}
	}
	n, err := strconv.Atoi(name)
	return n, err == nil && part != "dayofweek"
}

func partOf(part string, t time.Time) int {
	switch part {
	case "dayofweek":
		return int(t.Weekday())
	case "month":
		return int(t.Month())
	case "quarter":
		return (int(t.Month())-1)/3 + 1
	case "year":
		return t.Year()
	case "hour":
		return t.Hour()
	case "week":
		_, w := t.ISOWeek()
		return w
	}
	return t.Day()
}

// relative reads RELATIVEGT@hour@ago@2.
func (p *plan) relative(f cell, c clause) predicate {
	parts := strings.Split(c.value, "@")
	if len(parts) != 4 {
		return nil
	}
	n, err := strconv.Atoi(parts[3])
	if err != nil || parts[2] != "ago" && parts[2] != "ahead" {
		return nil
	}
	if parts[2] == "ago" {
		n = -n
	}
	at, ok := shift(p.now.In(p.s.zone()), parts[1], n)
	if !ok {
		return nil
	}
	edge := p.stored(f, at)
	op := map[string]string{"RELATIVEGT": ">", "RELATIVELT": "<", "RELATIVEGE": ">=", "RELATIVELE": "<=",
		"RELATIVEEE": "="}[c.op]
	if op == "=" {
		start, end := p.dayBounds(at)
		lo, hi := p.stored(f, start), p.stored(f, end)
		return func(r Row) bool { v := f.get(r); return v >= lo && v <= hi }
	}
	return func(r Row) bool { v := f.get(r); return v != "" && holds(op, strings.Compare(v, edge)) }
}

func shift(t time.Time, unit string, n int) (time.Time, bool) {
	switch unit {
	case "second":
		return t.Add(time.Duration(n) * time.Second), true
	case "minute":
		return t.Add(time.Duration(n) * time.Minute), true
	case "hour":
		return t.Add(time.Duration(n) * time.Hour), true
	case "day", "dayofweek":
		return t.AddDate(0, 0, n), true
	case "week":
		return t.AddDate(0, 0, 7*n), true
	case "month":
		return t.AddDate(0, n, 0), true
	case "quarter":
		return t.AddDate(0, 3*n, 0), true
	case "year":
		return t.AddDate(n, 0, 0), true
	}
	return t, false
}

// distance reads MORETHAN<field>@day@before@1: this column lies more than one day before the other.
func (p *plan) distance(f cell, c clause) predicate {
	parts := strings.Split(c.value, "@")
	if len(parts) != 4 {
		return nil
	}
	other, ok := p.cell(parts[0])
	n, err := strconv.Atoi(parts[3])
	if _, unit := shift(p.now, parts[1], 0); !ok || err != nil || !unit || parts[2] != "before" && parts[2] != "after" {
		return nil
	}
	return func(r Row) bool {
		a, okA := ParseTime(f.get(r), time.UTC)
		b, okB := ParseTime(other.get(r), time.UTC)
		if !okA || !okB {
			return false
		}
		if parts[2] == "after" {
			a, b = b, a
		}
		edge, _ := shift(b, parts[1], -n) // a lies before b: how far?
		if c.op == "MORETHAN" {
			return a.Before(edge)
		}
		return a.After(edge) && !a.After(b)
	}
}

func weekStart(t time.Time) time.Time {
	y, m, d := t.Date()
	back := (int(t.Weekday()) + 6) % 7
	return time.Date(y, m, d-back, 0, 0, 0, 0, t.Location())
}

func quarterStart(t time.Time) time.Time {
	y, m, _ := t.Date()
	return time.Date(y, (m-1)/3*3+1, 1, 0, 0, 0, 0, t.Location())
}
