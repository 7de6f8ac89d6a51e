package table

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/seed-a66f7fd3/servicenow/internal/ident"
)

var (
	columnName = regexp.MustCompile(`^[a-z][a-z0-9_]*(\.[a-z0-9_]+)*$`)
	tableName  = ident.Named(`^[a-z][a-z0-9_]*$`, 1, 80)
	plainWord  = regexp.MustCompile(`^[a-z0-9]+$`)
	wholeText  = regexp.MustCompile(`^[0-9]+$`)
)

func checkColumn(s string) error {
	if columnName.MatchString(s) {
		return nil
	}
	return fmt.Errorf("%.40q is not a column name: lower-case letters, digits and _, dots between references", s)
}

func checkTable(s string) error {
	if tableName.MatchString(s) {
		return nil
	}
	return fmt.Errorf("%.40q is not a table name: lower-case letters, digits and _", s)
}

func checkWord(s string) error {
	if plainWord.MatchString(s) {
		return nil
	}
	return fmt.Errorf("%.40q is not a plain word", s)
}

func checkNumber(s string) error {
	if wholeText.MatchString(s) {
		return nil
	}
	return fmt.Errorf("%.40q is not a whole number", s)
}

func oneOf(words ...string) func(string) error {
	return func(s string) error {
		if slices.Contains(words, s) {
			return nil
		}
		return fmt.Errorf("%.40q is not one of %s", s, strings.Join(words, ", "))
	}
}

// newCondition is the only place where a clause is put together.
func newCondition(column string, op Operator, values []Expr) (condition, error) {
	if err := checkColumn(column); err != nil {
		return condition{}, err
	}
	takes, known := operands[op]
	if !known {
		return condition{}, fmt.Errorf("%.40q is not an operator", op)
	}
	if len(values) < takes.min || takes.max >= 0 && len(values) > takes.max {
		return condition{}, fmt.Errorf("%s %s takes %s, got %d", column, op, takes, len(values))
	}
	c := condition{head: column + string(op) + takes.lead, sep: takes.sep, splits: op == In,
		ruleOnly: op == ValChanges || op == ChangesFrom || op == ChangesTo}
	for i, v := range values {
		text, err := takes.write(i, v)
		if err != nil {
			return condition{}, fmt.Errorf("%s %s: %w", column, op, err)
		}
		c.values = append(c.values, text)
	}
	if len(c.values) > 0 {
		if other, ok := swallows(op, takes.lead+c.values[0]); ok {
			return condition{}, fmt.Errorf("%s %s: before this value the instance would read %s", column, op, other)
		}
	}
	return c, nil
}

// swallows finds the operator that op becomes when the text after it is read as part of it: "<" before "=5", "IN"
// before "STANCEOFtask". The notation has nothing that stands between operator and value.
func swallows(op Operator, text string) (Operator, bool) {
	for other := range operands {
		if len(other) > len(op) && strings.HasPrefix(string(op)+text, string(other)) {
			return other, true
		}
	}
	return "", false
}

func (o operand) String() string {
	switch {
	case o.max < 0:
		return fmt.Sprintf("at least %d value", o.min)
	case o.min == o.max:
		return fmt.Sprintf("%d values", o.min)
	}
	return fmt.Sprintf("%d to %d values", o.min, o.max)
}

func (o operand) write(i int, v Expr) (string, error) {
	if v.err != nil {
		return "", v.err
	}
	if v.text == "" {
		return "", errors.New("the value is empty: ISEMPTY and ISNOTEMPTY ask for emptiness")
	}
	if i < len(o.checks) {
		if err := o.checks[i](v.text); err != nil {
			return "", err
		}
	}
	if v.script {
		return v.text, nil
	}
	if !utf8.ValidString(v.text) {
		return "", errNotUTF8
	}
	if strings.ContainsAny(v.text, "\r\n\x00") {
		return "", errors.New("a value cannot hold a line break or NUL")
	}
	if o.sep != "" && strings.Contains(v.text, o.sep) {
		return "", fmt.Errorf("a value cannot hold %q, which separates values and has no escape: use = and Or", o.sep)
	}
	if runsScript(v.text) {
		return "", errors.New("the instance would run a value that begins with javascript: (see WhereExpr)")
	}
	return escape(v.text), nil
}

// escape doubles the caret, the only character that ends a clause.
//
// belief: the instance reads ^^ in sysparm_query as a caret. Its own helper for values in encoded queries
// (GlideStringUtil.escapeQueryTermSeparator) writes so, and a connector of IBM's relies on it over REST. It need not be
// believed: before the first such value is sent, [rest.Conn.CheckCarets] asks the instance.
func escape(s string) string { return strings.ReplaceAll(s, "^", "^^") }

// runsScript reports that the instance would take s, or a part of it where lists and ranges are taken apart, as a
// script.
func runsScript(s string) bool {
	const prefix = "javascript:"
	for part := range strings.FieldsFuncSeq(s, func(r rune) bool { return r == '@' || r == ',' }) {
		part = strings.TrimSpace(part)
		if len(part) >= len(prefix) && strings.EqualFold(part[:len(prefix)], prefix) {
			return true
		}
	}
	return false
}
