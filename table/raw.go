package table

import (
	"errors"
	"fmt"
	"strings"
)

// Raw is a query in the platform's notation, as a person wrote it or a list's filter shows it. It is taken at its
// word: nothing in it is checked or escaped, and scripts in it are run, so that text from outside must never come
// near it. It is taken apart only as far as its alternatives and its order, so that it can be combined with
// conditions, paged through and split.
func Raw(encoded string) Query {
	if strings.ContainsAny(encoded, "\r\n\x00") {
		return Query{}.fail(errors.New("a query cannot hold a line break or NUL"))
	}
	var q Query
	for _, clause := range clauses(encoded) {
		q = q.raw(clause)
	}
	return q
}

func (q Query) raw(clause string) Query {
	switch {
	case clause == "" || clause == "EQ": // EQ is the end mark that condition fields append
		return q
	case strings.HasPrefix(clause, "ORDERBY"):
		next := q.clone()
		next.order = append(next.order, clause)
		return next
	case strings.HasPrefix(clause, "GROUPBY"):
		return q.fail(fmt.Errorf("%.40q groups a list on screen; Stats groups over the API", clause))
	case strings.HasPrefix(clause, "OR"):
		return q.or(condition{head: clause[2:]}, nil)
	case strings.HasPrefix(clause, "NQ"):
		next := q.clone()
		next.alternatives = append(next.alternatives, nil)
		return next.and(condition{head: clause[2:]}, nil)
	}
	return q.and(condition{head: clause}, nil)
}

// clauses splits at carets, but not at the doubled ones, and keeps a related-list query in one piece.
func clauses(encoded string) []string {
	const related, end = "RLQUERY", "^ENDRLQUERY"
	var out []string
	start := 0
	for i := 0; i < len(encoded); i++ {
		if encoded[i] != '^' {
			continue
		}
		if strings.HasPrefix(encoded[i:], "^^") {
			i++
			continue
		}
		bare := strings.TrimPrefix(strings.TrimPrefix(encoded[start:], "OR"), "NQ")
		if strings.HasPrefix(bare, related) {
			stop := strings.Index(encoded[start:], end)
			if stop >= 0 && start+stop+len(end) > i {
				i = start + stop + len(end) - 1
				continue
			}
		}
		out = append(out, encoded[start:i])
		start = i + 1
	}
	return append(out, encoded[start:])
}
