package table_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-querystring/query"

	"github.com/seed-a66f7fd3/servicenow/table"
)

func TestQueryEncodes(t *testing.T) {
	where, literal := table.Where, table.Literal
	for _, tc := range []struct {
		name string
		q    table.Query
		want string
	}{
		{"nothing", table.Query{}, ""},
		{"and", where("active", table.Is, "true").And("priority", table.AtMost, "2"), "active=true^priority<=2"},
		{"and on the zero query", table.Query{}.And("active", table.Is, "true"), "active=true"},
		{"or binds to the condition before it", where("a", "=", "1").And("b", "=", "2").Or("c", "=", "3"),
			"a=1^b=2^ORc=3"},
		{"a new query", where("a", "=", "1").NewQuery("b", "=", "2").And("c", "=", "3"), "a=1^NQb=2^c=3"},
		{"order, in order", where("a", "=", "1").OrderBy("b", "c").OrderByDesc("d"),
			"a=1^ORDERBYb^ORDERBYc^ORDERBYDESCd"},
		{"only an order", table.Query{}.OrderByDesc("number"), "ORDERBYDESCnumber"},
		{"dot-walk", where("caller_id.company.name", table.StartsWith, "Ac"), "caller_id.company.nameSTARTSWITHAc"},
		{"a caret in a value", where("short_description", table.Like, "a^NQb^"), "short_descriptionLIKEa^^NQb^^"},
		{"operators in a value", where("short_description", table.Is, "=1<2>3 IN LIKE"),
			"short_description==1<2>3 IN LIKE"},
		{"a list", where("state", table.In, "1", "2", "3"), "stateIN1,2,3"},
		{"not in a list", where("state", table.NotIn, "6", "7"), "stateNOT IN6,7"},
		{"not like", where("name", table.NotLike, "x"), "nameNOT LIKEx"},
		{"between", where("priority", table.Between, "1", "3"), "priorityBETWEEN1@3"},
		{"empty", where("assigned_to", table.IsEmpty), "assigned_toISEMPTY"},
		{"not empty", where("assigned_to", table.IsNotEmpty), "assigned_toISNOTEMPTY"},
		{"empty string", where("close_notes", table.EmptyString), "close_notesEMPTYSTRING"},
		{"anything", where("state", table.Anything), "stateANYTHING"},
		{"ends with", where("number", table.EndsWith, "7"), "numberENDSWITH7"},
		{"an alias", where("number", "*", "7"), "number*7"},
		{"same as", where("opened_by", table.SameAs, "caller_id"), "opened_bySAMEAScaller_id"},
		{"same day", where("opened_at", table.NotSameAs, "closed_at", "day"), "opened_atNSAMEASclosed_at@day"},
		{"field against field", where("impact", table.GTField, "urgency"), "impactGT_FIELDurgency"},
		{"at most field", where("impact", table.LTOrEqualsField, "urgency"), "impactLT_OR_EQUALS_FIELDurgency"},
		{"distance", where("closed_at", table.MoreThan, "opened_at", "day", "before", "1"),
			"closed_atMORETHANopened_at@day@before@1"},
		{"relative", where("sys_updated_on", table.RelativeGT, "hour", "ago", "2"),
			"sys_updated_onRELATIVEGT@hour@ago@2"},
		{"class", where("sys_class_name", table.InstanceOf, "task"), "sys_class_nameINSTANCEOFtask"},
		{"dynamic", where("assigned_to", table.Dynamic, "54635e965f510100a9ad2572f2b4774c"),
			"assigned_toDYNAMIC54635e965f510100a9ad2572f2b4774c"},
		{"hierarchy", where("manager", table.InHierarchy, "fdd0", "9ee1"), "managerIN_HIERARCHYfdd0@9ee1"},
		{"tag", where("sys_tags.6c361e12471331007f47563dbb9a7135", table.DoesNotHave,
			"6c361e12471331007f47563dbb9a7135"),
			"sys_tags.6c361e12471331007f47563dbb9a7135DOESNOTHAVE6c361e12471331007f47563dbb9a7135"},
		{"a rule's condition", where("state", table.ChangesTo, "6").And("priority", table.ValChanges),
			"stateCHANGESTO6^priorityVALCHANGES"},
		{"the user who asks", table.WhereExpr("caller_id", table.Is, table.CurrentUser()),
			"caller_id=javascript:gs.getUserID()"},
		{"today", table.WhereExpr("sla_due", table.On, literal("Today"), table.DaysAgoStart(0), table.DaysAgoEnd(0)),
			"sla_dueONToday@javascript:gs.daysAgoStart(0)@javascript:gs.daysAgoEnd(0)"},
		{"between days", where("active", "=", "true").AndExpr("opened_at", table.Between, table.DaysAgoStart(7),
			table.EndOfToday()),
			"active=true^opened_atBETWEENjavascript:gs.daysAgoStart(7)@javascript:gs.endOfToday()"},
		{"weekday", table.WhereExpr("opened_at", table.DatePart, literal("Monday"), table.DayOfWeek("monday", "EE")),
			"opened_atDATEPARTMonday@javascript:gs.datePart('dayofweek','monday','EE')"},
		{"full text", table.TextQuery("vpn down"), "123TEXTQUERY321=vpn down"},
		{"a related list", table.Related("incident.problem_id", ">=", 1, where("priority", "=", "1")),
			"RLQUERYincident.problem_id,>=1^priority=1^ENDRLQUERY"},
		{"both must match", table.All(where("a", "=", "1").NewQuery("b", "=", "2"), where("c", "=", "3").Or("d", "=",
			"4")),
			"a=1^c=3^ORd=4^NQb=2^c=3^ORd=4"},
		{"nothing and something", table.All(table.Query{}, where("c", "=", "3").OrderBy("c")), "c=3^ORDERBYc"},
		{"raw", table.Raw("active=true^ORa=1^NQb=2^ORDERBYDESCnumber^EQ").And("c", "=", "3"),
			"active=true^ORa=1^NQb=2^c=3^ORDERBYDESCnumber"},
		{"raw with a caret in a value", table.Raw("a=x^^NQb=1").And("c", "=", "3"), "a=x^^NQb=1^c=3"},
		{"raw with a related list", table.All(table.Raw("RLQUERYincident.problem_id,>=1^priority=1^ENDRLQUERY^NQa=1"),
			where("b", "=", "2")),
			"RLQUERYincident.problem_id,>=1^priority=1^ENDRLQUERY^b=2^NQa=1^b=2"},
	} {
		if got, err := tc.q.Encode(); err != nil || got != tc.want {
			t.Errorf("%s: got %s, %v\nwant %s", tc.name, got, err, tc.want)
		}
	}
}

// Every operator of https://www.servicenow.com/docs/r/platform-user-interface/r_OpAvailableFiltersQueries.html, as that
// page writes it behind a column.
func TestEveryDocumentedOperator(t *testing.T) {
	where := func(op table.Operator, values ...string) table.Query { return table.Where("due", op, values...) }
	today := []table.Expr{table.Literal("Today"), table.DaysAgoStart(0), table.DaysAgoEnd(0)}
	for want, q := range map[string]table.Query{
		"=a": where(table.Is, "a"), "!=a": where(table.IsNot, "a"), "<2": where(table.Less, "2"), "<=2": where(table.AtMost, "2"),
		">2": where(table.Greater, "2"), ">=2": where(table.AtLeast, "2"), "IN1,2": where(table.In, "1", "2"),
		"NOT INdb2,sql server": where(table.NotIn, "db2", "sql server"), "BETWEENq@t": where(table.Between, "q", "t"),
		"STARTSWITHa": where(table.StartsWith, "a"), "ENDSWITHa": where(table.EndsWith, "a"), "%a": where("%", "a"),
		"LIKEa": where(table.Like, "a"), "*a": where("*", "a"), "NOT LIKEa": where(table.NotLike, "a"), "!*a": where("!*", "a"),
		"ISEMPTY": where(table.IsEmpty), "ISNOTEMPTY": where(table.IsNotEmpty), "EMPTYSTRING": where(table.EmptyString),
		"ANYTHING": where(table.Anything), "SAMEASb": where(table.SameAs, "b"), "NSAMEASb@day": where(table.NotSameAs, "b", "day"),
		"GT_FIELDb": where(table.GTField, "b"), "LT_FIELDb": where(table.LTField, "b"),
		"GT_OR_EQUALS_FIELDb": where(table.GTOrEqualsField, "b"), "LT_OR_EQUALS_FIELDb": where(table.LTOrEqualsField, "b"),
		"DYNAMIC5463": where(table.Dynamic, "5463"), "IN_HIERARCHYfdd0@9ee1": where(table.InHierarchy, "fdd0", "9ee1"),
		"IN_HIERARCHY_DYNAMICfdd0@90d1": where(table.InHierarchyDynamic, "fdd0", "90d1"),
		"RELATIVEGT@hour@ago@1":         where(table.RelativeGT, "hour", "ago", "1"),
		"RELATIVELT@hour@ago@1":         where(table.RelativeLT, "hour", "ago", "1"),
		"MORETHANb@day@before@1":        where(table.MoreThan, "b", "day", "before", "1"),
		"LESSTHANb@day@before@3":        where(table.LessThan, "b", "day", "before", "3"),
		"VALCHANGES":                    where(table.ValChanges), "CHANGESFROM4": where(table.ChangesFrom, "4"),
		"CHANGESTO4": where(table.ChangesTo, "4"), "DOESNOTHAVEa1": where(table.DoesNotHave, "a1"),
		"EXCLUDINGa1": where(table.Excluding, "a1"),
		"ONToday@javascript:gs.daysAgoStart(0)@javascript:gs.daysAgoEnd(0)":    table.WhereExpr("due", table.On, today...),
		"NOTONToday@javascript:gs.daysAgoStart(0)@javascript:gs.daysAgoEnd(0)": table.WhereExpr("due", table.NotOn, today...),
		"<=javascript:gs.daysAgoEnd(0)":                                        table.WhereExpr("due", table.AtMost, table.DaysAgoEnd(0)),
		"BETWEENjavascript:gs.daysAgoStart(1)@javascript:gs.daysAgoEnd(0)": table.WhereExpr("due", table.Between,
			table.DaysAgoStart(1), table.DaysAgoEnd(0)),
		"DATEPARTMonday@javascript:gs.datePart('dayofweek','monday','GE')": table.WhereExpr("due", table.DatePart,
			table.Literal("Monday"), table.DayOfWeek("monday", "GE")),
	} {
		if got, err := q.Encode(); err != nil || got != "due"+want {
			t.Errorf("got %s, %v\nwant due%s", got, err, want)
		}
	}
}

func TestQueryRefuses(t *testing.T) {
	where := table.Where
	for _, tc := range []struct {
		name string
		q    table.Query
		says string
	}{
		{"no column", where("", table.Is, "1"), "column name"},
		{"a condition for a column", where("a=1^NQb", table.Is, "1"), "column name"},
		{"capitals", where("Active", table.Is, "1"), "column name"},
		{"a wrong order", where("a", table.Is, "1").OrderBy("b^NQc=1"), "column name"},
		{"an unknown operator", where("a", "=^NQb=", "1"), "not an operator"},
		{"too few values", where("a", table.Between, "1"), "takes 2 values"},
		{"too many values", where("a", table.Is, "1", "2"), "takes 1 values"},
		{"an empty list", where("a", table.In), "at least 1"},
		{"a value for an operator without", where("a", table.IsEmpty, "1"), "takes 0 values"},
		{"an empty value", where("a", table.Is, ""), "ISEMPTY"},
		{"a script", where("a", table.Is, "javascript:gs.getUserID()"), "javascript:"},
		{"a script with blanks", where("a", table.Is, "\t JavaScript:x"), "javascript:"},
		{"a script in a list", where("a", table.Is, "x, javascript:y"), "javascript:"},
		{"a script in a range", where("a", table.Is, "x@JAVASCRIPT:y"), "javascript:"},
		{"a comma in a list", where("a", table.In, "x,y"), "separates values"},
		{"an @ in a range", where("a", table.Between, "x", "y@z"), "separates values"},
		{"a line break", where("a", table.Is, "x\ny"), "line break"},
		{"bytes that are no text", where("a", table.Is, "M\xfcller"), "UTF-8"},
		{"NUL", where("a", table.Is, "x\x00"), "NUL"},
		{"a value that makes another operator", where("a", table.Less, "=5"), "read <="},
		{"a list that makes another operator", where("a", table.In, "STANCEOFtask"), "read INSTANCEOF"},
		{"a field that is none", where("a", table.SameAs, "b^c"), "column name"},
		{"a unit that is none", where("a", table.RelativeGT, "hour", "since", "2"), "not one of"},
		{"a day that is none", table.WhereExpr("a", table.DatePart, table.Literal("x"),
			table.DayOfWeek("monday')+x('", "EE")), "not one of"},
		{"or at the beginning", table.Query{}.Or("a", table.Is, "1"), "begin with Where"},
		{"a new query at the beginning", table.Query{}.NewQuery("a", table.Is, "1"), "begin with Where"},
		{"a raw group", table.Raw("GROUPBYstate"), "Stats"},
		{"a raw line break", table.Raw("a=1\nb"), "line break"},
		{"too much multiplied", table.All(many(10), many(10)), "multiply"},
		{"a related list with alternatives", table.Related("incident.problem_id", ">", 1, many(2)), "without NewQuery"},
	} {
		// The first mistake is kept, and no later call can make it good.
		for _, q := range []table.Query{tc.q, tc.q.And("b", table.Is, "1").OrderBy("b"), table.All(where("c",
			table.Is, "1"), tc.q)} {
			if got, err := q.Encode(); err == nil || !strings.Contains(err.Error(), tc.says) {
				t.Errorf("%s: got %q, %v", tc.name, got, err)
			}
		}
	}
}

func many(n int) table.Query {
	q := table.Where("a", table.Is, "1")
	for range n - 1 {
		q = q.NewQuery("a", table.Is, "1")
	}
	return q
}

func TestQueryIsImmutable(t *testing.T) {
	base := table.Where("a", "=", "1").And("b", "=", "2")
	left, right := base.Or("c", "=", "3"), base.Or("d", "=", "4")
	ordered, other := base.OrderBy("x"), base.OrderBy("y")
	for want, q := range map[string]table.Query{
		"a=1^b=2": base, "a=1^b=2^ORc=3": left, "a=1^b=2^ORd=4": right,
		"a=1^b=2^ORDERBYx": ordered, "a=1^b=2^ORDERBYy": other,
	} {
		if q.String() != want {
			t.Errorf("got %s, want %s", q, want)
		}
	}
}

func TestQueryIsWrittenByQuerystring(t *testing.T) {
	type options struct {
		Query table.Query `url:"sysparm_query,omitempty"`
	}
	got, err := query.Values(options{table.Where("name", table.Is, "Q&A 100%")})
	if err != nil || got.Encode() != "sysparm_query=name%3DQ%26A+100%25" {
		t.Errorf("got %s, %v", got.Encode(), err)
	}
	if got, err = query.Values(options{}); err != nil || len(got) != 0 {
		t.Errorf("the zero query is left out: got %v, %v", got, err)
	}
	if _, err = query.Values(options{table.Where("name", table.Is, "javascript:x")}); err == nil {
		t.Error("a query in error is not written")
	}
}

// parsed is a query read back by rules of its own: a caret ends a clause unless it is doubled.
func parsed(s string) [][]string {
	var alternatives [][]string
	clause := strings.Builder{}
	var clauses []string
	for i := 0; i <= len(s); i++ {
		switch {
		case i < len(s)-1 && s[i] == '^' && s[i+1] == '^':
			clause.WriteByte('^')
			i++
		case i == len(s) || s[i] == '^':
			text := clause.String()
			clause.Reset()
			if rest, ok := strings.CutPrefix(text, "NQ"); ok {
				alternatives, clauses, text = append(alternatives, clauses), nil, rest
			}
			clauses = append(clauses, text)
		default:
			clause.WriteByte(s[i])
		}
	}
	return append(alternatives, clauses)
}

// FuzzQuery holds that no value can change the structure of a query: either it is refused, or it is read back as the
// value that it was, in its place.
func FuzzQuery(f *testing.F) {
	for _, seed := range []string{"x", "^", "^^", "^NQactive=true", "a^ORb=1", "x^ORDERBYy", "javascript:1",
		"@javascript:1", "a,b", "a@b", "=5",
		"STANCEOFtask", "_HIERARCHYx", "\r\n^NQ", "é^\u2028", "x^EQ"} {
		f.Add(seed, "y", uint8(0))
		f.Add("y", seed, uint8(6))
	}
	operators := []table.Operator{table.Is, table.IsNot, table.Less, table.Greater, table.AtMost, table.Like,
		table.In, table.NotIn, table.Between,
		table.StartsWith, table.NotLike, table.Contains}
	f.Fuzz(func(t *testing.T, v, w string, which uint8) {
		op := operators[int(which)%len(operators)]
		values, sep := []string{v}, ""
		switch op {
		case table.In, table.NotIn:
			values, sep = []string{v, w}, ","
		case table.Between:
			values, sep = []string{v, w}, "@"
		}
		q := table.Where("before", "=", "1").And("column", op, values...).Or("sibling", "=", w+"x").NewQuery("after",
			"=", "2").OrderBy("z")
		got, err := q.Encode()
		if err != nil {
			return
		}
		want := [][]string{
			{"before=1", "column" + string(op) + strings.Join(values, sep), "ORsibling=" + w + "x"},
			{"after=2", "ORDERBYz"},
		}
		if p := parsed(got); !slices.EqualFunc(p, want, slices.Equal[[]string]) {
			t.Fatalf("%q is read as\n%q, want\n%q", got, p, want)
		}
		for _, value := range append(values, w+"x") {
			for _, part := range strings.FieldsFunc(value, func(r rune) bool { return r == '@' || r == ',' }) {
				if strings.HasPrefix(strings.ToLower(strings.TrimSpace(part)), "javascript:") {
					t.Fatalf("%q would be run", got)
				}
			}
		}
	})
}
