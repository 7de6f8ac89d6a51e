package sqlcheck

import (
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"time"
)

// condition says the same thing in both languages.
type condition struct{ encoded, sql string }

const layout = "2006-01-02 15:04:05"

var (
	now        = time.Date(2026, 3, 4, 10, 0, 0, 0, time.UTC)
	titles     = []string{"vpn drops", "VPN", "router", "mail box full", "50% off", "under_score", "it's", "a=b", "ünï", "zz"}
	categories = []string{"network", "software", "hardware"}
)

type generator struct {
	*rand.Rand
	people []string // sys_ids
	names  []string
}

func pick[T any](g *generator, from []T) T { return from[g.IntN(len(from))] }

func quote(s string) string { return "'" + strings.ReplaceAll(s, "'", "''") + "'" }

func (g *generator) moment() string {
	return now.Add(-time.Duration(g.IntN(90*24)) * time.Hour).Format(layout)
}

// query joins conditions as the encoded language binds them: ^OR closest, then ^, then ^NQ.
func (g *generator) query() condition {
	return g.join(1+g.IntN(3)/2, "^NQ", " OR ", func() condition {
		return g.join(1+g.IntN(3), "^", " AND ", func() condition {
			return g.join(1+g.IntN(4)/2, "^OR", " OR ", g.leaf)
		})
	})
}

func (g *generator) join(n int, encoded, sql string, part func() condition) condition {
	var e, s []string
	for range n {
		c := part()
		e, s = append(e, c.encoded), append(s, c.sql)
	}
	return condition{strings.Join(e, encoded), "(" + strings.Join(s, sql) + ")"}
}

func (g *generator) leaf() condition {
	return pick(g, []func() condition{g.text, g.number, g.boolean, g.date, g.person, g.empty, g.columns})()
}

func (g *generator) text() condition {
	w := pick(g, titles)
	if r := []rune(w); g.IntN(2) == 0 {
		w = string(r[:1+g.IntN(len(r))])
	}
	has := fmt.Sprintf("instr(short_description, %s) > 0", quote(w))
	ends := fmt.Sprintf("substr(short_description, -length(%[1]s)) = %[1]s", quote(w))
	return pick(g, []condition{
		{"short_description=" + w, "short_description = " + quote(w)},
		{"short_description!=" + w, "short_description <> " + quote(w)},
		{"short_descriptionLIKE" + w, has},
		{"short_descriptionNOT LIKE" + w, "short_description IS NOT NULL AND NOT " + has},
		{"short_descriptionSTARTSWITH" + w, "instr(short_description, " + quote(w) + ") = 1"},
		{"short_descriptionENDSWITH" + w, ends},
		{"short_description<" + w, "short_description < " + quote(w)},
		{"short_description>=" + w, "short_description >= " + quote(w)},
		{"categoryINnetwork,software", "category IN ('network','software')"},
		{"categoryNOT INnetwork,software", "category NOT IN ('network','software')"},
	})
}

func (g *generator) number() condition {
	column := pick(g, []string{"priority", "reassignment_count"})
	n, m := g.IntN(14), g.IntN(14)
	return pick(g, []condition{
		{fmt.Sprintf("%s=%d", column, n), fmt.Sprintf("%s = %d", column, n)},
		{fmt.Sprintf("%s!=%d", column, n), fmt.Sprintf("%s <> %d", column, n)},
		{fmt.Sprintf("%s<%d", column, n), fmt.Sprintf("%s < %d", column, n)},
		{fmt.Sprintf("%s<=%d", column, n), fmt.Sprintf("%s <= %d", column, n)},
		{fmt.Sprintf("%s>%d", column, n), fmt.Sprintf("%s > %d", column, n)},
		{fmt.Sprintf("%s>=%d", column, n), fmt.Sprintf("%s >= %d", column, n)},
		{fmt.Sprintf("%sBETWEEN%d@%d", column, n, m), fmt.Sprintf("%s BETWEEN %d AND %d", column, n, m)},
		{fmt.Sprintf("%sIN%d,%d", column, n, m), fmt.Sprintf("%s IN (%d,%d)", column, n, m)},
		{fmt.Sprintf("%sNOT IN%d,%d", column, n, m), fmt.Sprintf("%s NOT IN (%d,%d)", column, n, m)},
	})
}

func (g *generator) boolean() condition {
	return pick(g, []condition{
		{"active=true", "active = 'true'"}, {"active=false", "active = 'false'"},
		{"active!=true", "(active <> 'true' OR active IS NULL)"}, // false, empty and NULL
		{"active!=false", "(active <> 'false' OR active IS NULL)"},
	})
}

func (g *generator) date() condition {
	column, at, until := pick(g, []string{"opened_at", "sla_due"}), g.moment(), g.moment()
	n := g.IntN(40)
	day := fmt.Sprintf("@javascript:gs.daysAgoStart(%d)@javascript:gs.daysAgoEnd(%d)", n, n)
	sameDay := fmt.Sprintf("date(%s) = date('2026-03-04', '-%d days')", column, n)
	weekday := g.IntN(7)
	trend := func(op string) string {
		return fmt.Sprintf("%sDATEPARTx@javascript:gs.datePart('dayofweek','%s','%s')", column,
			strings.ToLower(time.Weekday(weekday).String()), op)
	}
	part := fmt.Sprintf("CAST(strftime('%%w', %s) AS INTEGER)", column)
	return pick(g, []condition{
		{column + "=" + at, column + " = " + quote(at)}, {column + "!=" + at, column + " <> " + quote(at)},
		{column + "<" + at, column + " < " + quote(at)}, {column + ">=" + at, column + " >= " + quote(at)},
		{column + "BETWEEN" + at + "@" + until, column + " BETWEEN " + quote(at) + " AND " + quote(until)},
		{column + "ONx" + day, sameDay}, {column + "NOTONx" + day, column + " IS NOT NULL AND NOT " + sameDay},
		{fmt.Sprintf("%sRELATIVEGT@day@ago@%d", column, n), fmt.Sprintf("%s > datetime('2026-03-04 10:00:00', '-%d days')", column, n)},
		{fmt.Sprintf("%sRELATIVELT@hour@ago@%d", column, n), fmt.Sprintf("%s < datetime('2026-03-04 10:00:00', '-%d hours')", column, n)},
		{trend("EE"), fmt.Sprintf("%s = %d", part, weekday)}, {trend("LE"), fmt.Sprintf("%s <= %d", part, weekday)},
		{trend("GT"), fmt.Sprintf("%s > %d", part, weekday)},
	})
}

func (g *generator) person() condition {
	i := g.IntN(len(g.people))
	id, name := g.people[i], g.names[i]
	part := name[:1+g.IntN(len(name)-1)]
	of := func(column string) string {
		return "(SELECT " + column + " FROM sys_user u WHERE u.sys_id = incident.caller_id)"
	}
	boss := "(SELECT m.name FROM sys_user u JOIN sys_user m ON m.sys_id = u.manager WHERE u.sys_id = incident.caller_id)"
	return pick(g, []condition{
		{"caller_id=" + id, "caller_id = " + quote(id)}, {"caller_id!=" + id, "caller_id <> " + quote(id)},
		{"caller_idIN" + id + "," + g.people[0], "caller_id IN (" + quote(id) + "," + quote(g.people[0]) + ")"},
		{"caller_idSTARTSWITH" + part, "instr(" + of("name") + ", " + quote(part) + ") = 1"},
		{"caller_idLIKE" + part, "instr(" + of("name") + ", " + quote(part) + ") > 0"},
		{"caller_id.name=" + name, of("name") + " = " + quote(name)},
		{"caller_id.manager=" + id, of("manager") + " = " + quote(id)},
		{"caller_id.manager.name!=" + name, boss + " <> " + quote(name)},
	})
}

func (g *generator) empty() condition {
	column := pick(g, []string{"short_description", "priority", "active", "opened_at", "caller_id"})
	return pick(g, []condition{{column + "ISEMPTY", column + " IS NULL"}, {column + "ISNOTEMPTY", column + " IS NOT NULL"},
		{column + "ANYTHING", "TRUE"}, {"caller_id.managerISEMPTY",
			"(SELECT manager FROM sys_user u WHERE u.sys_id = incident.caller_id) IS NULL"}})
}

func (g *generator) columns() condition {
	n := strconv.Itoa(g.IntN(10))
	return pick(g, []condition{
		{"prioritySAMEASreassignment_count", "priority = reassignment_count"},
		{"priorityNSAMEASreassignment_count", "priority <> reassignment_count"},
		{"priorityGT_FIELDreassignment_count", "priority > reassignment_count"},
		{"priorityLT_OR_EQUALS_FIELDreassignment_count", "priority <= reassignment_count"},
		{"opened_atLT_FIELDsla_due", "opened_at < sla_due"},
		{"opened_atSAMEASsla_due@day", "date(opened_at) = date(sla_due)"},
		{"opened_atMORETHANsla_due@day@before@" + n, "datetime(opened_at, '+" + n + " days') < sla_due"},
	})
}
