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
	categories = []string{"network", "software", "hardware", "VPN"}
	tags       = []string{"t1", "t2", "t3"}
)

type generator struct {
	*rand.Rand
	people []string // sys_ids; the second is who asks
	names  []string
	me     string // sys_id of a dynamic filter option
	ids    []string
}

func pick[T any](g *generator, from []T) T { return from[g.IntN(len(from))] }

func quote(s string) string { return "'" + strings.ReplaceAll(s, "'", "''") + "'" }

func (g *generator) moment() string {
	return now.Add(-time.Duration(g.IntN(90*24)) * time.Hour).Format(layout)
}

// query joins conditions as the encoded language binds them: ^OR closest, then ^, then ^NQ. A condition about related
// rows stands among those joined by ^ and is never the first.
func (g *generator) query() condition {
	return g.join(1+g.IntN(3)/2, "^NQ", " OR ", func() condition {
		c := g.join(1+g.IntN(3), "^", " AND ", func() condition {
			return g.join(1+g.IntN(4)/2, "^OR", " OR ", g.leaf)
		})
		if g.IntN(8) == 0 {
			r := g.related()
			return condition{c.encoded + "^" + r.encoded, "(" + c.sql + " AND " + r.sql + ")"}
		}
		return c
	})
}

func (g *generator) join(n int, encoded, sql string, part func() condition) condition {
	var e, s []string
	for range n {
		c := part()
		e, s = append(e, c.encoded), append(s, "("+c.sql+")")
	}
	return condition{strings.Join(e, encoded), "(" + strings.Join(s, sql) + ")"}
}

func (g *generator) leaf() condition {
	return pick(g, []func() condition{g.text, g.number, g.boolean, g.date, g.part, g.person, g.hierarchy, g.empty, g.columns,
		g.other})()
}

func (g *generator) text() condition {
	w, low, high := pick(g, titles), pick(g, titles), pick(g, titles)
	if r := []rune(w); g.IntN(2) == 0 {
		w = string(r[:1+g.IntN(len(r))])
	}
	const c = "short_description"
	has := fmt.Sprintf("instr(%s, %s) > 0", c, quote(w))
	lacks := c + " IS NOT NULL AND NOT " + has
	ends := fmt.Sprintf("substr(%[2]s, -length(%[1]s)) = %[1]s", quote(w), c)
	upTo := fmt.Sprintf("(%[1]s <= %[2]s OR substr(%[1]s, 1, length(%[2]s)) = %[2]s)", c, quote(high))
	return pick(g, []condition{
		{c + "=" + w, c + " = " + quote(w)}, {c + "!=" + w, c + " <> " + quote(w)},
		{c + "LIKE" + w, has}, {c + "*" + w, has}, {c + "CONTAINS" + w, has},
		{c + "NOT LIKE" + w, lacks}, {c + "NOTLIKE" + w, lacks}, {c + "!*" + w, lacks},
		{c + "STARTSWITH" + w, fmt.Sprintf("instr(%s, %s) = 1", c, quote(w))},
		{c + "ENDSWITH" + w, ends}, {c + "%" + w, ends},
		{c + "<" + w, c + " < " + quote(w)}, {c + "<=" + w, c + " <= " + quote(w)},
		{c + ">" + w, c + " > " + quote(w)}, {c + ">=" + w, c + " >= " + quote(w)},
		{c + "BETWEEN" + low + "@" + high, c + " >= " + quote(low) + " AND " + upTo},
		{"categoryINnetwork,software", "category IN ('network','software')"},
		{"categoryNOT INnetwork,software", "category NOT IN ('network','software')"},
	})
}

func (g *generator) number() condition {
	column := pick(g, []string{"priority", "reassignment_count"})
	n, m := g.IntN(14), g.IntN(14)
	return pick(g, []condition{
		{fmt.Sprintf("%s=%d", column, n), fmt.Sprintf("%s = %d", column, n)},
		{fmt.Sprintf("%s=0%d.0", column, n), fmt.Sprintf("%s = %d", column, n)},
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
		{"activeSAMEASmade_sla", "active = made_sla"}, {"activeNSAMEASmade_sla", "active <> made_sla"},
	})
}

func (g *generator) date() condition {
	column, at, until := pick(g, []string{"opened_at", "sla_due"}), g.moment(), g.moment()
	n := g.IntN(40)
	start, end := fmt.Sprintf("datetime('2026-03-04', '-%d days')", n), fmt.Sprintf("datetime('2026-03-04 23:59:59', '-%d days')", n)
	day := fmt.Sprintf("@javascript:gs.daysAgoStart(%d)@javascript:gs.daysAgoEnd(%d)", n, n)
	sameDay := column + " BETWEEN " + start + " AND " + end
	ago := func(unit string) string { return fmt.Sprintf("datetime('2026-03-04 10:00:00', '-%d %ss')", n, unit) }
	return pick(g, []condition{
		{column + "=" + at, column + " = " + quote(at)}, {column + "!=" + at, column + " <> " + quote(at)},
		{column + "<" + at, column + " < " + quote(at)}, {column + "<=" + at, column + " <= " + quote(at)},
		{column + ">" + at, column + " > " + quote(at)}, {column + ">=" + at, column + " >= " + quote(at)},
		{column + ">=" + at[:10], column + " >= " + quote(at[:10]+" 00:00:00")},
		{column + "BETWEEN" + at + "@" + until, column + " BETWEEN " + quote(at) + " AND " + quote(until)},
		{column + "ONx" + day, sameDay}, {column + "NOTONx" + day, column + " IS NOT NULL AND NOT " + sameDay},
		{column + "ON" + at[:10], "date(" + column + ") = " + quote(at[:10])},
		{fmt.Sprintf("%s<javascript:gs.daysAgoStart(%d)", column, n), column + " < " + start},
		{fmt.Sprintf("%s>javascript:gs.daysAgoEnd(%d)", column, n), column + " > " + end},
		{fmt.Sprintf("%s>=javascript:gs.hoursAgo(%d)", column, n), column + " >= " + ago("hour")},
		{fmt.Sprintf("%s<=javascript:gs.minutesAgo(%d)", column, n), column + " <= " + ago("minute")},
		{column + ">=javascript:gs.beginningOfThisMonth()", column + " >= '2026-03-01 00:00:00'"},
		{column + "<=javascript:gs.endOfLastMonth()", column + " <= '2026-02-28 23:59:59'"},
		{fmt.Sprintf("%sRELATIVEGT@day@ago@%d", column, n), column + " > " + ago("day")},
		{fmt.Sprintf("%sRELATIVELT@hour@ago@%d", column, n), column + " < " + ago("hour")},
		{fmt.Sprintf("%sRELATIVEGE@minute@ago@%d", column, n), column + " >= " + ago("minute")},
		{fmt.Sprintf("%sRELATIVELE@day@ago@%d", column, n), column + " <= " + ago("day")},
		{fmt.Sprintf("%sRELATIVEEE@dayofweek@ago@%d", column, n), sameDay},
		{fmt.Sprintf("%sRELATIVEGT@hour@ahead@%d", column, n), fmt.Sprintf("%s > datetime('2026-03-04 10:00:00', '+%d hours')", column, n)},
	})
}

// part is a condition about a part of a date.
func (g *generator) part() condition {
	column := pick(g, []string{"opened_at", "sla_due"})
	op := pick(g, []condition{{"EE", "="}, {"LT", "<"}, {"LE", "<="}, {"GT", ">"}, {"GE", ">="}})
	clause := func(part, name, format string, n int) condition {
		return condition{fmt.Sprintf("%sDATEPARTx@javascript:gs.datePart('%s','%s','%s')", column, part, name, op.encoded),
			fmt.Sprintf("CAST(strftime('%s', %s) AS INTEGER) %s %d", format, column, op.sql, n)}
	}
	day, month := time.Weekday(g.IntN(7)), time.Month(1+g.IntN(12))
	return pick(g, []condition{clause("dayofweek", strings.ToLower(day.String()), "%w", int(day)),
		clause("month", strings.ToLower(month.String()[:3]), "%m", int(month)), clause("year", "2026", "%Y", 2026),
		clause("hour", strconv.Itoa(int(day)), "%H", int(day))})
}

const (
	callerName = "(SELECT name FROM sys_user u WHERE u.sys_id = incident.caller_id)"
	boss       = "(SELECT manager FROM sys_user u WHERE u.sys_id = incident.caller_id)"
	bossName   = "(SELECT m.name FROM sys_user u JOIN sys_user m ON m.sys_id = u.manager WHERE u.sys_id = incident.caller_id)"
	bigBoss    = "(SELECT m.manager FROM sys_user u JOIN sys_user m ON m.sys_id = u.manager WHERE u.sys_id = incident.caller_id)"
)

func (g *generator) person() condition {
	i := g.IntN(len(g.people))
	id, name := g.people[i], g.names[i]
	at := 1 + g.IntN(len(name)-1)
	head, tail := name[:at], name[at:]
	has := fmt.Sprintf("instr(%s, %s) > 0", callerName, quote(tail))
	return pick(g, []condition{
		{"caller_id=" + id, "caller_id = " + quote(id)}, {"caller_id!=" + id, "caller_id <> " + quote(id)},
		{"caller_idIN" + id + "," + g.people[0], "caller_id IN (" + quote(id) + "," + quote(g.people[0]) + ")"},
		{"caller_idNOT IN" + id + "," + g.people[0], "caller_id NOT IN (" + quote(id) + "," + quote(g.people[0]) + ")"},
		{"caller_idSTARTSWITH" + head, fmt.Sprintf("instr(%s, %s) = 1", callerName, quote(head))},
		{"caller_idENDSWITH" + tail, fmt.Sprintf("substr(%s, -length(%[2]s)) = %[2]s", callerName, quote(tail))},
		{"caller_idLIKE" + tail, has}, {"caller_idNOT LIKE" + tail, callerName + " IS NOT NULL AND NOT " + has},
		{"caller_idSAMEASassigned_to", "caller_id = assigned_to"}, {"caller_idNSAMEASassigned_to", "caller_id <> assigned_to"},
		{"caller_id=javascript:gs.getUserID()", "caller_id = " + quote(g.people[1])},
		{"caller_idDYNAMIC" + g.me, "caller_id = " + quote(g.people[1])},
		{"caller_id.name=" + name, callerName + " = " + quote(name)},
		{"caller_id.nameLIKE" + tail, has},
		{"caller_id.manager=" + id, boss + " = " + quote(id)},
		{"caller_id.managerSTARTSWITH" + head, fmt.Sprintf("instr(%s, %s) = 1", bossName, quote(head))},
		{"caller_id.manager.name!=" + name, bossName + " <> " + quote(name)},
		{"caller_id.manager.manager=" + id, bigBoss + " = " + quote(id)},
		{"caller_id.manager.managerISEMPTY", bigBoss + " IS NULL"},
	})
}

// hierarchy: the manager's tree below somebody, the somebody included.
func (g *generator) hierarchy() condition {
	id := pick(g, g.people)
	tree := "WITH RECURSIVE tree(id) AS (SELECT %s UNION SELECT u.sys_id FROM sys_user u JOIN tree ON u.manager = tree.id) " +
		"SELECT id FROM tree"
	return pick(g, []condition{
		{"caller_idIN_HIERARCHY0@" + id, "caller_id IN (" + fmt.Sprintf(tree, quote(id)) + ")"},
		{"caller_idIN_HIERARCHY0%40" + id, "caller_id IN (" + fmt.Sprintf(tree, quote(id)) + ")"},
		{"caller_idIN_HIERARCHY_DYNAMIC0@" + g.me, "caller_id IN (" + fmt.Sprintf(tree, quote(g.people[1])) + ")"},
	})
}

func (g *generator) empty() condition {
	column := pick(g, []string{"short_description", "priority", "active", "opened_at", "caller_id", "category", "sys_tags"})
	is, isNot := column+" IS NULL", column+" IS NOT NULL"
	return pick(g, []condition{{column + "ISEMPTY", is}, {column + "EMPTY", is}, {column + "EMPTYSTRING", is},
		{column + "=", is}, {column + "=NULL", is}, {column + "ISNOTEMPTY", isNot}, {column + "NOTEMPTY", isNot},
		{column + "!=", isNot}, {column + "!=NULL", isNot}, {column + "ANYTHING", "TRUE"},
		{"caller_id.managerISEMPTY", boss + " IS NULL"}})
}

func (g *generator) columns() condition {
	n := strconv.Itoa(g.IntN(10))
	return pick(g, []condition{
		{"prioritySAMEASreassignment_count", "priority = reassignment_count"},
		{"priorityNSAMEASreassignment_count", "priority <> reassignment_count"},
		{"priorityGT_FIELDreassignment_count", "priority > reassignment_count"},
		{"priorityLT_FIELDreassignment_count", "priority < reassignment_count"},
		{"priorityGT_OR_EQUALS_FIELDreassignment_count", "priority >= reassignment_count"},
		{"priorityLT_OR_EQUALS_FIELDreassignment_count", "priority <= reassignment_count"},
		{"short_descriptionSAMEAScategory", "short_description = category"},
		{"short_descriptionNSAMEAScategory", "short_description <> category"},
		{"opened_atLT_FIELDsla_due", "opened_at < sla_due"},
		{"opened_atGT_OR_EQUALS_FIELDsla_due", "opened_at >= sla_due"},
		{"opened_atSAMEASsla_due@day", "date(opened_at) = date(sla_due)"},
		{"opened_atSAMEASsla_due@month", "strftime('%Y-%m', opened_at) = strftime('%Y-%m', sla_due)"},
		{"opened_atNSAMEASsla_due@day", "date(opened_at) <> date(sla_due)"},
		{"opened_atMORETHANsla_due@day@before@" + n, "datetime(opened_at, '+" + n + " days') < sla_due"},
		{"opened_atMORETHANsla_due@hour@after@" + n, "datetime(opened_at, '-" + n + " hours') > sla_due"},
		{"opened_atLESSTHANsla_due@day@before@" + n, "datetime(opened_at, '+" + n + " days') > sla_due AND opened_at <= sla_due"},
	})
}

// other holds the operators of classes and tags, and the id.
func (g *generator) other() condition {
	tag, id := pick(g, tags), pick(g, g.ids)
	has := fmt.Sprintf("instr(',' || sys_tags || ',', ',%s,') > 0", tag)
	return pick(g, []condition{
		{"sys_class_nameINSTANCEOFtask", "TRUE"}, {"sys_class_nameINSTANCEOFproblem", "FALSE"},
		{"sys_class_name=incident", "TRUE"}, {"sys_id=" + id, "sys_id = " + quote(id)},
		{"sys_idIN" + id + "," + g.ids[0], "sys_id IN (" + quote(id) + "," + quote(g.ids[0]) + ")"},
		{"sys_id>" + id, "sys_id > " + quote(id)},
		{"sys_tags." + tag + "=" + tag, has},
		{"sys_tags." + tag + "DOESNOTHAVE" + tag, "sys_tags IS NOT NULL AND NOT " + has},
		{"sys_tags." + tag + "EXCLUDING" + tag, "(sys_tags IS NULL OR NOT " + has + ")"},
	})
}

// related counts the incidents whose parent an incident is.
func (g *generator) related() condition {
	op, n := pick(g, []string{"=", "!=", ">", ">=", "<", "<="}), g.IntN(3)
	count := "(SELECT count(*) FROM incident k WHERE k.parent_incident = incident.sys_id%s) %s %d"
	head := fmt.Sprintf("RLQUERYincident.parent_incident,%s%d", strings.ReplaceAll(op, "<>", "!="), n)
	sqlOp := strings.ReplaceAll(op, "!=", "<>")
	return pick(g, []condition{
		{head + "^ENDRLQUERY", fmt.Sprintf(count, "", sqlOp, n)},
		{head + ",active=true^ENDRLQUERY", fmt.Sprintf(count, " AND k.active = 'true'", sqlOp, n)},
		{head + "^priority<=3^category=network^ORcategory=software^ENDRLQUERY",
			fmt.Sprintf(count, " AND k.priority <= 3 AND k.category IN ('network','software')", sqlOp, n)},
	})
}

// order is a chain of sort keys that ends with the number, which no two rows share. SQLite sorts NULL first and text by
// its bytes, as the evaluator does.
func (g *generator) order() condition {
	keys := []condition{{"priority", "priority"}, {"opened_at", "opened_at"}, {"short_description", "short_description"},
		{"reassignment_count", "reassignment_count"}, {"active", "active"}, {"caller_id", callerName},
		{"caller_id.name", callerName}, {"caller_id.manager", bossName}, {"caller_id.manager.name", bossName}}
	var encoded, sql []string
	for range g.IntN(4) {
		k := pick(g, keys)
		if g.IntN(2) == 0 {
			encoded, sql = append(encoded, "^ORDERBY"+k.encoded), append(sql, k.sql)
		} else {
			encoded, sql = append(encoded, "^ORDERBYDESC"+k.encoded), append(sql, k.sql+" DESC")
		}
	}
	return condition{strings.Join(encoded, "") + "^ORDERBYnumber", strings.Join(append(sql, "number"), ", ")}
}
