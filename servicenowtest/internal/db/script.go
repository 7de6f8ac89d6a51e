package db

import (
	"regexp"
	"strconv"
	"strings"
	"time"
)

var call = regexp.MustCompile(`^\s*(?:return\s+)?gs\.(\w+)\(([^()]*)\)\s*;?\s*$`)

// script evaluates the fixed list of expressions a query may hold after javascript:. What is not on the list gives "",
// as a script that fails does on an instance.
// https://www.servicenow.com/docs/r/platform-user-interface/r_OpAvailableFiltersQueries.html prints most of them.
func (p *plan) script(text string) string {
	m := call.FindStringSubmatch(text)
	if m == nil {
		return ""
	}
	args := arguments(m[2])
	switch m[1] {
	case "getUserID":
		return p.s.UserID
	case "getUserName":
		return p.s.UserName
	case "getUserDisplayName":
		return p.d.referenceLabel("sys_user", p.s.UserID)
	case "hasRole":
		return strconv.FormatBool(len(args) == 1 && p.s.HasRole(args[0]))
	case "isLoggedIn":
		return "true"
	case "nil":
		return strconv.FormatBool(len(args) == 0)
	case "dateGenerate":
		return p.generated(args)
	case "now":
		return p.now.In(p.s.zone()).Format(DateLayout)
	case "nowDateTime":
		return p.now.Format(TimeLayout)
	}
	t, ok := p.moment(m[1], args)
	if !ok {
		return ""
	}
	return t.UTC().Format(TimeLayout)
}

// Evaluate evaluates one expression of that list for a session: gs.beginningOfToday() and its like.
func (d *DB) Evaluate(s Session, expression string) string {
	return d.plan(s, Query{}).script(expression)
}

func arguments(list string) []string {
	var out []string
	for _, a := range strings.Split(list, ",") {
		if a = strings.Trim(strings.TrimSpace(a), `'"`); a != "" {
			out = append(out, a)
		}
	}
	return out
}

// generated is gs.dateGenerate(date, time): both in the session's zone; time may be 'start' or 'end'.
func (p *plan) generated(args []string) string {
	if len(args) != 2 {
		return ""
	}
	clock := map[string]string{"start": "00:00:00", "end": "23:59:59"}[args[1]]
	if clock == "" {
		clock = args[1]
	}
	t, ok := ParseTime(args[0]+" "+clock, p.s.zone())
	if !ok {
		return ""
	}
	return t.UTC().Format(TimeLayout)
}

var (
	agoCall   = regexp.MustCompile(`^(minutes|hours|days|weeks|months|quarters|years)Ago(Start|End)?$`)
	unitCall  = regexp.MustCompile(`^(beginning|end)Of(Last|This|Next)(Week|Month|Quarter|Year|Hour|Minute)$`)
	todayCall = regexp.MustCompile(`^(beginning|end)Of(Today|Yesterday|Tomorrow)$`)
)

// moment evaluates the functions that name a point in time, in the session's zone.
func (p *plan) moment(name string, args []string) (time.Time, bool) {
	now := p.now.In(p.s.zone())
	if m := todayCall.FindStringSubmatch(name); m != nil {
		day := map[string]int{"Today": 0, "Yesterday": -1, "Tomorrow": 1}[m[2]]
		return edge(now.AddDate(0, 0, day), "day", m[1] == "end"), true
	}
	if m := unitCall.FindStringSubmatch(name); m != nil {
		unit := strings.ToLower(m[3])
		t, _ := shift(firstOf(now, unit), unit, map[string]int{"Last": -1, "This": 0, "Next": 1}[m[2]])
		return edge(t, unit, m[1] == "end"), true
	}
	m := agoCall.FindStringSubmatch(name)
	if m == nil || len(args) != 1 {
		return time.Time{}, false
	}
	n, err := strconv.Atoi(args[0])
	if err != nil {
		return time.Time{}, false
	}
	unit := strings.TrimSuffix(m[1], "s")
	if m[2] == "" {
		return shift(now, unit, -n)
	}
	from := now
	if unit != "day" && unit != "hour" && unit != "minute" {
		from = firstOf(now, unit)
	}
	t, ok := shift(from, unit, -n)
	return edge(t, unit, m[2] == "End"), ok
}

// firstOf is the first moment of the unit t lies in; weeks begin on Monday.
func firstOf(t time.Time, unit string) time.Time {
	y, m, d := t.Date()
	switch unit {
	case "minute":
		return t.Truncate(time.Minute)
	case "hour":
		return time.Date(y, m, d, t.Hour(), 0, 0, 0, t.Location())
	case "week":
		return weekStart(t)
	case "month":
		return time.Date(y, m, 1, 0, 0, 0, 0, t.Location())
	case "quarter":
		return quarterStart(t)
	case "year":
		return time.Date(y, 1, 1, 0, 0, 0, 0, t.Location())
	}
	return time.Date(y, m, d, 0, 0, 0, 0, t.Location())
}

// edge is the first, or the last second of the unit t lies in.
func edge(t time.Time, unit string, last bool) time.Time {
	start := firstOf(t, unit)
	if !last {
		return start
	}
	next, _ := shift(start, unit, 1)
	return next.Add(-time.Second)
}
