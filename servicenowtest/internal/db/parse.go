package db

import (
	"regexp"
	"strings"
)

// A parsed encoded query: alternatives (^NQ) of groups (^) of conditions (^OR), and the order of the whole.
type parsed struct {
	alternatives [][]group
	order        []order
	groupBy      []string
}

// group is one condition and the ^OR conditions bound to it.
type group []clause

type clause struct {
	raw    string
	field  string
	op     string
	value  string
	broken bool // no operator was found
	nested *related
}

// related is RLQUERYtable.column,>=n^conditions^ENDRLQUERY.
type related struct {
	table, column, op, count string
	conditions               string
}

type order struct {
	field string
	desc  bool
}

// operators in the order they are tried at one place of the text: longer ones before their own beginnings.
var operators = []string{
	"GT_OR_EQUALS_FIELD", "LT_OR_EQUALS_FIELD", "IN_HIERARCHY_DYNAMIC", "IN_HIERARCHY", "GT_FIELD", "LT_FIELD",
	"DOES NOT CONTAIN", "RELATIVEGT", "RELATIVELT", "RELATIVEGE", "RELATIVELE", "RELATIVEEE", "RELATIVE",
	"EMPTYSTRING", "ISNOTEMPTY", "NOTEMPTY", "ISEMPTY", "EMPTY", "INSTANCEOF", "VALCHANGES", "CHANGESFROM", "CHANGESTO",
	"DOESNOTHAVE", "EXCLUDING", "STARTSWITH", "ENDSWITH", "CONTAINS", "NOT LIKE", "NOTLIKE", "NOT IN", "BETWEEN",
	"MORETHAN", "LESSTHAN", "DATEPART", "ANYTHING", "NSAMEAS", "DYNAMIC", "SAMEAS", "NOTON", "LIKE",
	"!=", ">=", "<=", "!*", "ON", "IN", "=", ">", "<", "*", "%",
}

var fieldName = regexp.MustCompile(`^[a-z0-9_]+(?:\.[a-z0-9_]+)*`)

// caret stands for an escaped ^^, a caret that belongs to a value, while a query is cut at ^.
const caret = "\x00"

// parse reads an encoded query. What it cannot read becomes a broken clause; it never fails.
//
// belief: ^^ in a query is one caret of a value, as GlideStringUtil.escapeQueryTermSeparator makes it.
func parse(encoded string) parsed {
	text := strings.ReplaceAll(strings.ReplaceAll(encoded, caret, ""), "^^", caret)
	var p parsed
	var current []group
	terms := strings.Split(text, "^")
	for i := 0; i < len(terms); i++ {
		term := terms[i]
		if strings.HasPrefix(term, "RLQUERY") {
			end := i + 1
			for end < len(terms) && terms[end] != "ENDRLQUERY" {
				end++
			}
			current = append(current, group{readRelated(term, terms[i+1:min(end, len(terms))])})
			i = end
			continue
		}
		switch {
		case term == "", term == "EQ":
		case strings.HasPrefix(term, "ORDERBYDESC"):
			p.order = append(p.order, order{strings.TrimPrefix(term, "ORDERBYDESC"), true})
		case strings.HasPrefix(term, "ORDERBY"):
			p.order = append(p.order, order{strings.TrimPrefix(term, "ORDERBY"), false})
		case strings.HasPrefix(term, "GROUPBY"):
			p.groupBy = append(p.groupBy, strings.TrimPrefix(term, "GROUPBY"))
		case strings.HasPrefix(term, "NQ"):
			p.alternatives, current = append(p.alternatives, current), nil
			if term != "NQ" {
				current = append(current, group{readClause(term[2:])})
			}
		case strings.HasPrefix(term, "OR") && len(current) > 0:
			last := len(current) - 1
			current[last] = append(current[last], readClause(term[2:]))
		default:
			current = append(current, group{readClause(strings.TrimPrefix(term, "OR"))})
		}
	}
	p.alternatives = append(p.alternatives, current)
	return p
}

func readClause(term string) clause {
	c := clause{raw: strings.ReplaceAll(term, caret, "^^")}
	for _, special := range []string{"123TEXTQUERY321", "123TEXTINDEXGROUP321"} {
		if rest, ok := strings.CutPrefix(term, special); ok {
			c.field, c.op, c.value = special, "=", unescape(strings.TrimPrefix(rest, "="))
			return c
		}
	}
	c.field = fieldName.FindString(term)
	rest := term[len(c.field):]
	for _, op := range operators {
		if after, ok := strings.CutPrefix(rest, op); ok && c.field != "" {
			c.op, c.value = op, unescape(after)
			return c
		}
	}
	c.broken = true
	return c
}

func unescape(value string) string { return strings.ReplaceAll(value, caret, "^") }

var relatedHead = regexp.MustCompile(`^RLQUERY([a-z0-9_]+)\.([a-z0-9_]+),(>=|<=|!=|=|>|<)(\d+)(?:,(.*))?$`)

func readRelated(head string, conditions []string) clause {
	raw := strings.ReplaceAll(strings.Join(append([]string{head}, conditions...), "^"), caret, "^^")
	m := relatedHead.FindStringSubmatch(head)
	if m == nil {
		return clause{raw: raw, broken: true}
	}
	if m[5] != "" && m[5] != "m2m" { // the page on encoded queries puts the first condition after a comma
		conditions = append([]string{m[5]}, conditions...)
	}
	inner := strings.ReplaceAll(strings.Join(conditions, "^"), caret, "^^")
	return clause{raw: raw, op: "RLQUERY", nested: &related{m[1], m[2], m[3], m[4], inner}}
}
