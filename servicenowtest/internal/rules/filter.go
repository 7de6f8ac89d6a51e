package rules

import (
	"strings"

	"github.com/seed-a66f7fd3/servicenow/servicenowtest/internal/db"
)

// filterAllows evaluates filter_condition before any script is loaded, as the platform does. The clauses about change
// (VALCHANGES, CHANGESTO, CHANGESFROM) mean nothing to a query; they are decided here and the rest is left to the
// query evaluator, alternative by alternative.
func (tx *Tx) filterAllows(rule db.Row, w db.Write) bool {
	filter := rule.Get("filter_condition")
	if filter == "" {
		return true
	}
	row, previous := w.Current, w.Previous
	switch {
	case w.Op == db.OpDelete:
		row = w.Previous
	case w.Phase == db.Before:
		row = w.Draft.Row()
	}
	for _, set := range strings.Split(filter, "^NQ") {
		if tx.setAllows(set, row, previous, w) {
			return true
		}
	}
	return false
}

// setAllows evaluates one query without ^NQ: groups joined by ^, alternatives inside a group by ^OR.
func (tx *Tx) setAllows(set string, row, previous db.Row, w db.Write) bool {
	var plain []string
	for _, group := range groups(set) {
		if !mentionsChange(group) {
			plain = append(plain, strings.Join(group, "^OR"))
			continue
		}
		met := false
		for _, clause := range group {
			met = met || tx.clauseAllows(clause, row, previous, w)
		}
		if !met {
			return false
		}
	}
	return len(plain) == 0 || tx.engine.DB.Matches(tx.session, row, strings.Join(plain, "^"))
}

// groups splits at ^ and keeps what ^OR joins together. A doubled ^^ is a literal ^ in a value.
func groups(set string) [][]string {
	const literal = "\x00"
	set = strings.ReplaceAll(set, "^^", literal)
	var out [][]string
	for _, part := range strings.Split(set, "^") {
		part = strings.ReplaceAll(part, literal, "^^")
		alternative, isOr := strings.CutPrefix(part, "OR")
		switch {
		case part == "" || part == "EQ":
		case isOr && !strings.HasPrefix(part, "ORDERBY") && len(out) > 0:
			out[len(out)-1] = append(out[len(out)-1], alternative)
		default:
			out = append(out, []string{part})
		}
	}
	return out
}

var changeOperators = []string{"VALCHANGES", "CHANGESFROM", "CHANGESTO"}

func mentionsChange(group []string) bool {
	for _, clause := range group {
		if _, op, _ := changeClause(clause); op != "" {
			return true
		}
	}
	return false
}

func changeClause(clause string) (column, op, value string) {
	for _, op := range changeOperators {
		if column, value, ok := strings.Cut(clause, op); ok && column != "" && !strings.ContainsAny(column, "=<>! ") {
			return column, op, value
		}
	}
	return "", "", ""
}

func (tx *Tx) clauseAllows(clause string, row, previous db.Row, w db.Write) bool {
	column, op, value := changeClause(clause)
	if op == "" {
		return tx.engine.DB.Matches(tx.session, row, clause)
	}
	old, now := previous.Get(column), row.Get(column)
	changed := old != now || w.Journal[column] != ""
	switch op {
	case "CHANGESTO":
		return changed && now == value
	case "CHANGESFROM":
		return changed && old == value
	}
	return changed
}
