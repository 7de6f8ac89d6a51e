package table

import (
	"errors"
	"fmt"
	"regexp"
)

// Expr is the value of a condition: a literal, or one of the few scripts that the instance runs when it reads a query.
type Expr struct {
	text   string
	script bool
	err    error
}

func literals(values []string) []Expr {
	exprs := make([]Expr, len(values))
	for i, v := range values {
		exprs[i] = Literal(v)
	}
	return exprs
}

func script(format string, args ...any) Expr {
	return Expr{text: "javascript:" + fmt.Sprintf(format, args...), script: true}
}

// Literal is a value that means itself, as in [Where].
func Literal(s string) Expr { return Expr{text: s} }

// CurrentUser is the sys_id of the user who asks.
func CurrentUser() Expr { return script("gs.getUserID()") }

// HasRole is true where the user who asks has the role, or is an admin.
func HasRole(role string) Expr {
	if !roleName.MatchString(role) {
		return Expr{err: fmt.Errorf("%.80q is not the name of a role", role)}
	}
	return script("gs.hasRole('%s')", role)
}

var roleName = regexp.MustCompile(`^[A-Za-z0-9_.]{1,80}$`)

// LoggedIn is true for everybody who can ask, and Never is false: with them one finds out whether the instance runs the
// scripts in a query at all.
func LoggedIn() Expr { return script("gs.isLoggedIn()") }

// Never is false.
func Never() Expr { return script("gs.nil('x')") }

// DaysAgo is this time of day n days ago; a negative n is in the future.
func DaysAgo(n int) Expr { return script("gs.daysAgo(%d)", n) }

// DaysAgoStart is the beginning, in the user's zone, of the day n days ago.
func DaysAgoStart(n int) Expr { return script("gs.daysAgoStart(%d)", n) }

// DaysAgoEnd is the end, in the user's zone, of the day n days ago.
func DaysAgoEnd(n int) Expr { return script("gs.daysAgoEnd(%d)", n) }

// HoursAgo is n hours ago.
func HoursAgo(n int) Expr { return script("gs.hoursAgo(%d)", n) }

// BeginningOfToday is midnight in the user's zone.
func BeginningOfToday() Expr { return script("gs.beginningOfToday()") }

// EndOfToday is the last second of the day in the user's zone.
func EndOfToday() Expr { return script("gs.endOfToday()") }

// DayOfWeek is the second value of [DatePart]: the day in English ("monday"), and how the row's day compares with it:
// EE (is), LT, LE, GT or GE.
//
//	WhereExpr("opened_at", DatePart, Literal("Monday"), DayOfWeek("monday", "EE"))
func DayOfWeek(day, comparator string) Expr {
	if err := oneOf("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")(day); err != nil {
		return Expr{err: err}
	}
	if err := oneOf("EE", "LT", "LE", "GT", "GE")(comparator); err != nil {
		return Expr{err: err}
	}
	return script("gs.datePart('dayofweek','%s','%s')", day, comparator)
}

// WhereExpr is [Where] with expressions for values: WhereExpr("caller_id", Is, CurrentUser()).
func WhereExpr(column string, op Operator, values ...Expr) Query {
	return Query{}.AndExpr(column, op, values...)
}

// AndExpr is [Query.And] with expressions for values.
func (q Query) AndExpr(column string, op Operator, values ...Expr) Query {
	return q.and(newCondition(column, op, values))
}

// OrExpr is [Query.Or] with expressions for values.
func (q Query) OrExpr(column string, op Operator, values ...Expr) Query {
	return q.or(newCondition(column, op, values))
}

// TextQuery searches the words in the table's full-text index. A table without one answers with nothing, or with
// everything.
func TextQuery(words string) Query {
	return Query{}.and(pseudo("123TEXTQUERY321=", words))
}

// TextIndexGroup restricts a [TextQuery] to a text index group.
func TextIndexGroup(name string) Query {
	return Query{}.and(pseudo("123TEXTINDEXGROUP321=", name))
}

func pseudo(head, value string) (condition, error) {
	text, err := opOne.write(0, Literal(value))
	return condition{head: head, values: []string{text}}, err
}

// Related matches rows by how many rows of a related list point at them: Related("incident.problem_id", ">=", 1,
// Where("priority", Is, "1")) are the problems with an urgent incident. The column is that of the other table; the
// inner query may be the zero Query and must have no alternatives and no order.
//
// belief: the inner query stands behind a caret, as lists on screen and ServiceNow's own Python client write it. The
// documentation's one example has a comma in its place; a query of this kind over REST, on a real instance, would
// settle it. See https://www.servicenow.com/docs/r/platform-user-interface/c_EncodedQueryStrings.html.
func Related(column string, op Operator, count int, inner Query) Query {
	switch op {
	case Is, IsNot, Less, AtMost, Greater, AtLeast:
	default:
		return Query{}.fail(fmt.Errorf("Related compares a count; %q does not", op))
	}
	if err := errors.Join(checkColumn(column), inner.err); err != nil {
		return Query{}.fail(err)
	}
	if len(inner.alternatives) > 1 || len(inner.order) > 0 || count < 0 {
		return Query{}.fail(errors.New("Related takes a count of at least 0 and a query without NewQuery and order"))
	}
	text := fmt.Sprintf("RLQUERY%s,%s%d", column, op, count)
	if !inner.IsZero() {
		text += "^" + inner.text()
	}
	return Query{}.and(condition{head: text + "^ENDRLQUERY"}, nil)
}
