package table

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
)

// Query is an encoded query: which rows, and in which order. It is an immutable value: every method returns a new
// Query and leaves its receiver as it was. The zero Query matches every row.
//
// A mistake (a column name that cannot be one, a value that would be run as a script, a wrong number of values) is
// reported by [Query.Encode] and by every call that the Query is given to, and then nothing is sent: the platform
// drops a clause that it does not understand and answers with too many rows.
//
// See https://www.servicenow.com/docs/r/platform-user-interface/r_OpAvailableFiltersQueries.html.
type Query struct {
	alternatives [][]group // joined by ^NQ
	order        []string  // "ORDERBYsys_id"
	err          error
}

// group is one condition, or several of which one must hold: the first and its ^OR siblings.
type group []condition

// condition is one clause. List operators keep their values apart, so that a long list can be split.
type condition struct {
	head     string // column and operator, or a whole raw clause
	values   []string
	sep      string
	splits   bool // an IN: parts of its values, one after the other, give the same rows
	ruleOnly bool
}

func (c condition) String() string { return c.head + strings.Join(c.values, c.sep) }

// Where starts a query with one condition. The values are data and cannot change the query's structure: a caret is
// escaped; line breaks, and the separator of a list operator, are refused; so is "javascript:", which the instance
// would run. [WhereExpr] is for the few scripts that are meant.
//
// No page says that an instance reads the escaped caret. Before a client sends the first one it asks the instance, by
// one request or two about sys_user; where the answer is no, a call with a caret in a value is refused with
// servicenow.ErrInvalid. Where the user may not read sys_user there is no answer, and the caret is sent escaped.
func Where(column string, op Operator, values ...string) Query {
	return Query{}.And(column, op, values...)
}

// And adds a condition that must hold as well.
func (q Query) And(column string, op Operator, values ...string) Query {
	return q.and(newCondition(column, op, literals(values)))
}

// Or adds an alternative to the condition just before it: Where(a).And(b).Or(c) is "a and (b or c)".
func (q Query) Or(column string, op Operator, values ...string) Query {
	return q.or(newCondition(column, op, literals(values)))
}

// NewQuery starts an alternative to everything before it: Where(a).And(b).NewQuery(c) is "(a and b) or c".
func (q Query) NewQuery(column string, op Operator, values ...string) Query {
	if len(q.alternatives) == 0 {
		return q.fail(errors.New("NewQuery has nothing before it: begin with Where"))
	}
	next := q.clone()
	next.alternatives = append(next.alternatives, nil)
	return next.and(newCondition(column, op, literals(values)))
}

// OrderBy sorts ascending by the columns, after the order that is already there.
func (q Query) OrderBy(columns ...string) Query { return q.orderBy("ORDERBY", columns) }

// OrderByDesc sorts descending by the columns, after the order that is already there.
func (q Query) OrderByDesc(columns ...string) Query { return q.orderBy("ORDERBYDESC", columns) }

func (q Query) orderBy(word string, columns []string) Query {
	next := q.clone()
	for _, c := range columns {
		if err := checkColumn(c); err != nil {
			return next.fail(err)
		}
		next.order = append(next.order, word+c)
	}
	return next
}

// All matches the rows that every one of the queries matches, in the order of the first that has one. Alternatives
// (^NQ) are multiplied out, because the platform has no parentheses.
func All(queries ...Query) Query {
	var all Query
	for _, q := range queries {
		all = all.intersect(q)
	}
	return all
}

// maxAlternatives bounds what All may multiply out to.
const maxAlternatives = 64

func (q Query) intersect(other Query) Query {
	next := q.clone()
	if next.err == nil {
		next.err = other.err
	}
	if len(next.order) == 0 {
		next.order = slices.Clone(other.order)
	}
	switch {
	case len(other.alternatives) == 0:
		return next
	case len(q.alternatives) == 0:
		next.alternatives = other.clone().alternatives
		return next
	case len(q.alternatives)*len(other.alternatives) > maxAlternatives:
		return next.fail(fmt.Errorf("the alternatives of the queries multiply out to more than %d", maxAlternatives))
	}
	next.alternatives = nil
	for _, a := range q.alternatives {
		for _, b := range other.alternatives {
			next.alternatives = append(next.alternatives, slices.Concat(a, b))
		}
	}
	return next
}

// IsZero reports that the Query matches every row, in no order of its own.
func (q Query) IsZero() bool { return len(q.alternatives) == 0 && len(q.order) == 0 && q.err == nil }

// Encode is the query in the platform's notation, before URL encoding. The error tells the first mistake made.
func (q Query) Encode() (string, error) {
	if q.err != nil {
		return "", fmt.Errorf("query: %w", q.err)
	}
	return q.text(), nil
}

// EncodeValues lets go-querystring write the query. It fails, and nothing is sent, when the query is in error.
func (q Query) EncodeValues(key string, v *url.Values) error {
	s, err := q.Encode()
	if err == nil && s != "" {
		v.Set(key, s)
	}
	return err
}

// String is the query for people, mistakes included. It may hold customer data.
func (q Query) String() string {
	if q.err != nil {
		return "!(" + q.err.Error() + ")"
	}
	return q.text()
}

func (q Query) text() string {
	var b strings.Builder
	for i, alternative := range q.alternatives {
		if i > 0 {
			b.WriteString("^NQ")
		}
		for j, g := range alternative {
			if j > 0 {
				b.WriteString("^")
			}
			for k, c := range g {
				if k > 0 {
					b.WriteString("^OR")
				}
				b.WriteString(c.String())
			}
		}
	}
	for _, o := range q.order {
		if b.Len() > 0 {
			b.WriteString("^")
		}
		b.WriteString(o)
	}
	return b.String()
}

func (q Query) and(c condition, err error) Query {
	next := q.clone()
	if err != nil {
		return next.fail(err)
	}
	if len(next.alternatives) == 0 {
		next.alternatives = [][]group{nil}
	}
	last := len(next.alternatives) - 1
	next.alternatives[last] = append(next.alternatives[last], group{c})
	return next
}

func (q Query) or(c condition, err error) Query {
	next := q.clone()
	if err != nil {
		return next.fail(err)
	}
	if len(next.alternatives) == 0 {
		return next.fail(errors.New("Or has no condition before it: begin with Where"))
	}
	groups := next.alternatives[len(next.alternatives)-1]
	last := len(groups) - 1
	groups[last] = append(slices.Clip(groups[last]), c)
	return next
}

func (q Query) fail(err error) Query {
	if q.err == nil {
		q.err = err
	}
	return q
}

// clone copies as deep as and, or and orderBy write: no two Queries share an array that one of them appends to.
func (q Query) clone() Query {
	q.order = slices.Clone(q.order)
	q.alternatives = slices.Clone(q.alternatives)
	for i, groups := range q.alternatives {
		q.alternatives[i] = slices.Clone(groups)
	}
	return q
}
