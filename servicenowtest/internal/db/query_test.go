package db

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"
)

// world is a small instance whose rows the operator cases are about.
type world struct {
	*DB
	ada, ben, cyd   string // users: ben reports to ada, cyd to ben
	acme, net, mail string
	me              Session
}

func newWorld(t testing.TB) *world {
	t.Helper()
	w := &world{DB: newTestDB()}
	seed := func(table string, v map[string]string) string {
		ids, err := w.Seed(Session{UserName: "seed"}, table, []map[string]string{v})
		if err != nil {
			t.Fatal(err)
		}
		return ids[0]
	}
	w.ada = seed("sys_user", map[string]string{"user_name": "ada", "first_name": "Ada", "last_name": "Diaz"})
	w.ben = seed("sys_user", map[string]string{"user_name": "ben", "name": "Ben Okon", "manager": w.ada})
	w.cyd = seed("sys_user", map[string]string{"user_name": "cyd", "name": "Cyd Liffe", "manager": w.ben})
	w.acme = seed("core_company", map[string]string{"name": "Acme", "stock_symbol": "NYX"})
	w.net = seed("sys_user_group", map[string]string{"name": "Network"})
	w.mail = seed("sys_filter_option_dynamic", map[string]string{"label": "Me", "script": "gs.getUserID()"})
	w.me = Session{UserID: w.ada, UserName: "ada"}
	// now is Wednesday 2026-03-04 10:00:00 UTC
	seed("incident", map[string]string{"number": "INC0001", "short_description": "SAP outage", "state": "1",
		"priority": "1", "impact": "1", "urgency": "1", "caller_id": w.ada, "assigned_to": w.ada, "opened_at": "2026-03-04 09:30:00",
		"sla_due": "2026-03-04 23:00:00", "activity_due": "2026-03-06 00:00:00", "reassignment_count": "0",
		"reopen_count": "0", "category": "network", "subcategory": "email", "company": w.acme, "description": "SAP outage"})
	seed("incident", map[string]string{"number": "INC0002", "short_description": "Network storage unavailable", "state": "2",
		"priority": "2", "impact": "2", "urgency": "1", "caller_id": w.ben, "assigned_to": w.ada, "opened_at": "2026-03-03 10:00:00",
		"sla_due": "2026-03-03 12:00:00", "activity_due": "2026-03-03 13:00:00", "reassignment_count": "2",
		"reopen_count": "1", "category": "software", "subcategory": "os", "assignment_group": w.net})
	seed("incident", map[string]string{"number": "INC0003", "short_description": "", "state": "3", "priority": "3",
		"impact": "3", "urgency": "3", "caller_id": w.cyd, "opened_at": "2026-03-01 00:00:00", "reassignment_count": "10",
		"reopen_count": "10", "category": "", "subcategory": "", "active": "false", "made_sla": "false"})
	seed("incident", map[string]string{"number": "INC0004", "short_description": "caret ^ and sap", "state": "6",
		"priority": "4", "impact": "3", "urgency": "2", "opened_at": "2026-01-15 08:00:00", "reassignment_count": "",
		"sla_due": "2026-02-01 00:00:00", "category": "hardware", "active": "", "sys_tags": "t1,t2"})
	prb := seed("problem", map[string]string{"number": "PRB0001", "short_description": "root", "state": "101",
		"priority": "1"})
	seed("incident", map[string]string{"number": "INC0005", "short_description": "zz last", "problem_id": prb,
		"priority": "1", "state": "7", "opened_at": "2025-12-31 23:59:59", "category": "database", "sys_tags": "t1"})
	return w
}

func (w *world) numbers(t testing.TB, q Query) []string {
	t.Helper()
	res, err := w.Query(w.me, q)
	if err != nil {
		t.Fatalf("%s: %v", q.Encoded, err)
	}
	var out []string
	for _, r := range res.Rows {
		out = append(out, strings.TrimLeft(strings.TrimPrefix(r.Get("number"), "INC"), "0"))
	}
	return out
}

// The operators, as https://www.servicenow.com/docs/r/platform-user-interface/r_OpAvailableFiltersQueries.html and
// c_EncodedQueryStrings.html print them. Rows are INC1 to INC5.
func TestOperators(t *testing.T) {
	w := newWorld(t)
	replace := strings.NewReplacer("{ada}", w.ada, "{ben}", w.ben, "{cyd}", w.cyd, "{acme}", w.acme, "{me}", w.mail,
		"{none}", strings.Repeat("0", 32))
	cases := []struct{ name, query, want string }{
		// strings
		{"starts with", "short_descriptionSTARTSWITHSAP", "1"},
		{"ends with", "short_descriptionENDSWITHoutage", "1"},
		{"ends with, as %", "short_description%outage", "1"},
		{"contains", "short_descriptionLIKEstorage", "2"},
		{"contains, as *", "short_description*storage", "2"},
		{"contains, by its synonym", "short_descriptionCONTAINSstorage", "2"},
		{"contains is case-sensitive, as documented for values", "short_descriptionLIKESAP", "1"},
		{"does not contain", "short_descriptionNOT LIKESAP", "2 4 5"},
		{"does not contain, without the blank", "short_descriptionNOTLIKESAP", "2 4 5"},
		{"does not contain, as !*", "short_description!*SAP", "2 4 5"},
		{"is", "short_description=Network storage unavailable", "2"},
		{"is, exactly", "short_description=Network storage", ""},
		{"is not", "short_description!=Network storage unavailable", "1 4 5"},
		{"is empty", "short_descriptionISEMPTY", "3"},
		{"is not empty", "short_descriptionISNOTEMPTY", "1 2 4 5"},
		{"is anything matches empty too", "short_descriptionANYTHING", "1 2 3 4 5"},
		{"is empty string", "short_descriptionEMPTYSTRING", "3"},
		{"= without a value is empty", "short_description=", "3"},
		{"!= without a value is not empty", "short_description!=", "1 2 4 5"},
		{"less than or is, by letters", "short_description<=Network storage unavailable", "2"},
		{"greater than or is, by letters", "short_description>=c", "4 5"},
		{"less than, by letters", "short_description<SAP outage", "2"},
		{"greater than, by letters", "short_description>caret", "4 5"},
		{"between, by first letters, includes what begins with the upper one", "short_descriptionBETWEENb@c", "4"},
		{"is same as another column", "short_descriptionSAMEASdescription", "1"},
		{"is different from another column", "numberNSAMEASshort_description", "1 2 4 5"},
		{"is one of", "categoryINnetwork,hardware", "1 4"},
		{"is not one of", "categoryNOT INnetwork,hardware", "2 5"},
		{"a value may contain operators", "short_description=a=b>c", ""},
		{"an escaped caret belongs to the value", "short_descriptionLIKE^^ and", "4"},
		// references
		{"reference is", "caller_id={ada}", "1"},
		{"reference is not: populated by anybody else", "caller_id!={ada}", "2 3"},
		{"reference is empty", "caller_idISEMPTY", "4 5"},
		{"reference is not empty", "caller_idISNOTEMPTY", "1 2 3"},
		{"reference starts with, on the display value", "caller_idSTARTSWITHBen", "2"},
		{"reference ends with, on the display value", "caller_idENDSWITHliffe", ""},
		{"reference ends with, on the display value, in its letters", "caller_idENDSWITHLiffe", "3"},
		{"reference contains, on the display value", "caller_idLIKEok", ""},
		{"reference contains, on the display value, in its letters", "caller_idLIKEOk", "2"},
		{"reference does not contain", "caller_idNOT LIKEon", "1 3"},
		{"reference is anything", "caller_idANYTHING", "1 2 3 4 5"},
		{"reference is same", "caller_idSAMEASassigned_to", "1"},
		{"reference is different", "caller_idNSAMEASassigned_to", "2"},
		{"reference is empty string", "caller_idEMPTYSTRING", "4 5"},
		{"reference is one of", "caller_idIN{ada},{cyd}", "1 3"},
		{"reference is dynamic", "caller_idDYNAMIC{me}", "1"},
		{"reference is in hierarchy", "caller_idIN_HIERARCHY{none}@{ben}", "2 3"},
		{"javascript: the caller", "caller_id=javascript:gs.getUserID()", "1"},
		{"javascript: off the list gives nothing", "caller_id=javascript:current.delete()", "4 5"},
		// choices
		{"choice is", "impact=1", "1"},
		{"choice is not", "impact!=1", "2 3 4 5"},
		{"choice is one of", "impactIN1,2", "1 2"},
		{"choice is not one of", "impactNOT IN1,2", "3 4 5"},
		{"choice less than", "impact<2", "1"},
		{"choice greater than", "impact>2", "3 4 5"},
		{"choice less than or is", "impact<=2", "1 2"},
		{"choice greater than or is", "impact>=2", "2 3 4 5"},
		{"choice between", "impactBETWEEN1@2", "1 2"},
		{"choice is same", "impactSAMEASurgency", "1 3 5"},
		{"choice is different", "impactNSAMEASurgency", "2 4"},
		// numbers
		{"number is", "reassignment_count=0", "1 5"},
		{"number is, written otherwise", "reassignment_count=02", "2"},
		{"number is not", "reassignment_count!=0", "2 3"},
		{"number is empty", "reassignment_countISEMPTY", "4"},
		{"number is empty, by the label the page prints", "reassignment_countEMPTY", "4"},
		{"number is not empty", "reassignment_countISNOTEMPTY", "1 2 3 5"},
		{"number less than is not by letters", "reassignment_count<10", "1 2 5"},
		{"number greater than", "reassignment_count>2", "3"},
		{"number less than or is", "reassignment_count<=2", "1 2 5"},
		{"number greater than or is", "reassignment_count>=2", "2 3"},
		{"number between", "reassignment_countBETWEEN1@3", "2"},
		{"number between, out of order, is nothing", "reassignment_countBETWEEN3@1", ""},
		{"number is same", "reassignment_countSAMEASreopen_count", "1 3 5"},
		{"number is different", "reassignment_countNSAMEASreopen_count", "2"},
		{"greater than field", "reassignment_countGT_FIELDreopen_count", "2"},
		{"less than field", "reopen_countLT_FIELDreassignment_count", "2"},
		{"greater than or is field", "reassignment_countGT_OR_EQUALS_FIELDreopen_count", "1 2 3 5"},
		{"less than or is field", "reassignment_countLT_OR_EQUALS_FIELDreopen_count", "1 3 5"},
		// booleans
		{"boolean is", "active=true", "1 2 5"},
		{"boolean is not true: false, empty and NULL", "active!=true", "3 4"},
		{"boolean is empty", "activeISEMPTY", "4"},
		{"boolean is not empty", "activeISNOTEMPTY", "1 2 3 5"},
		{"boolean is anything", "activeANYTHING", "1 2 3 4 5"},
		{"boolean is same", "activeSAMEASmade_sla", "1 2 3 5"},
		// dates; it is Wednesday, 2026-03-04 10:00 UTC
		{"on today", "sla_dueONToday@javascript:gs.daysAgoStart(0)@javascript:gs.daysAgoEnd(0)", "1"},
		{"on today, with the other spelling",
			"sla_dueONToday@javascript:gs.beginningOfToday()@javascript:gs.endOfToday()", "1"},
		{"not on today", "sla_dueNOTONToday@javascript:gs.daysAgoStart(0)@javascript:gs.daysAgoEnd(0)", "2 4"},
		{"on a plain day", "sla_dueON2026-03-03", "2"},
		{"before today", "sla_due<javascript:gs.daysAgoStart(0)", "2 4"},
		{"at or before today", "sla_due<=javascript:gs.daysAgoEnd(0)", "1 2 4"},
		{"after today", "sla_due>javascript:gs.daysAgoEnd(0)", ""},
		{"at or after today", "sla_due>=javascript:gs.daysAgoStart(0)", "1"},
		{"between yesterday and today", "sla_dueBETWEENjavascript:gs.daysAgoStart(1)@javascript:gs.daysAgoEnd(0)", "1 2"},
		{"plain literal", "opened_at>=2026-03-03 10:00:00", "1 2"},
		{"plain literal, exclusive", "opened_at>2026-03-03 10:00:00", "1"},
		{"plain literal, equal", "opened_at=2026-03-03 10:00:00", "2"},
		{"a date alone is its midnight", "opened_at>=2026-03-01", "1 2 3"},
		{"dateGenerate", "opened_at>=javascript:gs.dateGenerate('2026-03-03','10:00:00')", "1 2"},
		{"dateGenerate of a day's end", "opened_at<=javascript:gs.dateGenerate('2026-03-01','end')", "3 4 5"},
		{"trend on or after Monday is every day but Sunday",
			"opened_atDATEPARTMonday@javascript:gs.datePart('dayofweek','monday','GE')", "1 2 4 5"},
		{"trend on or before Monday is Sunday or Monday",
			"opened_atDATEPARTMonday@javascript:gs.datePart('dayofweek','monday','LE')", "3"},
		{"trend after Wednesday", "opened_atDATEPARTWed@javascript:gs.datePart('dayofweek','wednesday','GT')", "4"},
		{"trend before Monday", "opened_atDATEPARTMonday@javascript:gs.datePart('dayofweek','monday','LT')", "3"},
		{"trend on Wednesday", "opened_atDATEPARTWed@javascript:gs.datePart('dayofweek','wednesday','EE')", "1 5"},
		{"trend of a month", "opened_atDATEPARTJan@javascript:gs.datePart('month','jan','EE')", "4"},
		{"relative after 1 hour ago", "opened_atRELATIVEGT@hour@ago@1", "1"},
		{"relative before 1 hour ago", "opened_atRELATIVELT@hour@ago@1", "2 3 4 5"},
		{"relative after 3 days ago", "opened_atRELATIVEGT@dayofweek@ago@3", "1 2"},
		{"relative, ahead", "sla_dueRELATIVELT@day@ahead@1", "1 2 4"},
		{"relative, months", "opened_atRELATIVEGT@month@ago@2", "1 2 3 4"},
		{"relative, on", "opened_atRELATIVEEE@dayofweek@ago@1", "2"},
		{"date is empty", "sla_dueISEMPTY", "3 5"},
		{"date is not empty", "sla_dueISNOTEMPTY", "1 2 4"},
		{"date is same day", "sla_dueSAMEASactivity_due@day", "2"},
		{"date is different day", "sla_dueNSAMEASactivity_due@day", "1"},
		{"date is same week", "sla_dueSAMEASactivity_due@week", "1 2"},
		{"is more than 1 day before", "sla_dueMORETHANactivity_due@day@before@1", "1"},
		{"is less than 3 days before", "sla_dueLESSTHANactivity_due@day@before@3", "1 2"},
		{"is more than 1 hour after: none", "sla_dueMORETHANactivity_due@hour@after@1", ""},
		{"javascript: hours ago", "opened_at>javascript:gs.hoursAgo(1)", "1"},
		{"javascript: days ago start", "opened_at>=javascript:gs.daysAgoStart(1)", "1 2"},
		{"javascript: months ago", "opened_at>javascript:gs.monthsAgo(2)", "1 2 3 4"},
		{"javascript: this month", "opened_at>=javascript:gs.beginningOfThisMonth()", "1 2 3"},
		{"javascript: last month", "sla_due<=javascript:gs.endOfLastMonth()", "4"},
		{"javascript: this week begins on Monday", "opened_at>=javascript:gs.beginningOfThisWeek()", "1 2"},
		{"javascript: this year", "opened_at<javascript:gs.beginningOfThisYear()", "5"},
		{"javascript: this quarter", "opened_at>=javascript:gs.beginningOfThisQuarter()", "1 2 3 4"},
		{"javascript: yesterday", "opened_atONYesterday@javascript:gs.beginningOfYesterday()@javascript:gs.endOfYesterday()",
			"2"},
		{"javascript: minutes ago", "opened_at>javascript:gs.minutesAgo(31)", "1"},
		// how conditions combine
		{"^ is AND", "priority=1^category=network", "1"},
		{"^OR", "priority=3^ORpriority=4", "3 4"},
		{"^OR binds to the condition before it", "active=true^priority=1^ORpriority=2", "1 2 5"},
		{"^OR binds to the condition before it, the other way", "priority=1^ORpriority=3^active=true", "1 5"},
		{"several ^OR", "priority=1^ORpriority=2^ORpriority=3", "1 2 3 5"},
		{"^NQ begins a new query", "short_descriptionISEMPTY^NQshort_descriptionLIKEcaret", "3 4"},
		{"^NQ is above ^", "priority=1^category=network^NQpriority=2^category=software", "1 2"},
		{"^NQ and ^OR", "priority=1^category=x^ORcategory=network^NQstate=3", "1 3"},
		{"^EQ at the end is nothing", "priority=2^EQ", "2"},
		{"an empty query is everything", "", "1 2 3 4 5"},
		{"a lone order is everything", "ORDERBYDESCnumber", "5 4 3 2 1"},
		{"ORDERBY", "ORDERBYshort_description", "3 2 1 4 5"},
		{"ORDERBY of numbers is by size", "reassignment_countISNOTEMPTY^ORDERBYreassignment_count", "1 5 2 3"},
		{"ORDERBYDESC", "priority<=3^ORDERBYDESCopened_at", "1 2 3 5"},
		{"order is chained", "ORDERBYpriority^ORDERBYDESCnumber", "5 1 2 3 4"},
		{"order may stand between conditions", "priority=1^ORDERBYDESCnumber^active=true", "5 1"},
		{"order by a dot-walked column", "caller_idISNOTEMPTY^ORDERBYDESCcaller_id.name", "3 2 1"},
		{"order by a reference is by what it displays", "caller_idISNOTEMPTY^ORDERBYcaller_id", "1 2 3"},
		{"ties keep one order", "ORDERBYactive^ORDERBYcompany.name^number=INC0001", "1"},
		// dot-walking
		{"dot-walk", "company.stock_symbol=NYX", "1"},
		{"dot-walk, two steps", "caller_id.manager.user_name=ada", "2"},
		{"dot-walk through an empty reference is empty", "caller_id.user_nameISEMPTY", "4 5"},
		{"dot-walk with LIKE", "caller_id.nameLIKEDiaz", "1"},
		{"dot-walk of a reference with LIKE", "caller_id.managerSTARTSWITHAda", "2"},
		// other
		{"class and its children", "sys_class_nameINSTANCEOFtask", "1 2 3 4 5"},
		{"class and its children: not of another branch", "sys_class_nameINSTANCEOFproblem", ""},
		{"has a tag", "sys_tags.t2=t2", "4"},
		{"does not have a tag, but another", "sys_tags.t2DOESNOTHAVEt2", "5"},
		{"excluding a tag", "sys_tags.t2EXCLUDINGt2", "1 2 3 5"},
		{"text search", "123TEXTQUERY321=storage", "2"},
		{"text search wants all words, in any case", "123TEXTQUERY321=sap OUTAGE", "1"},
		{"text search and a condition", "123TEXTQUERY321=sap^priority=4", "4"},
		{"text index group restricts nothing here", "123TEXTINDEXGROUP321=portal_index_group^priority=2", "2"},
		{"sys_id", "sys_idISNOTEMPTY^priority=3", "3"},
		// what is not understood is dropped, and the rest runs
		{"unknown column", "no_such_column=1^priority=2", "2"},
		{"only an unknown column is everything", "no_such_column=1", "1 2 3 4 5"},
		{"unknown operator", "priorityFROBS1^priority=2", "2"},
		{"unknown half of an OR", "priority=2^ORbogus=1", "2"},
		{"unknown alternative", "priority=2^NQbogus=1", "2"},
		{"unknown order", "priority=1^ORDERBYbogus", "1 5"},
		{"dot-walk through what is no reference", "short_description.name=1^priority=2", "2"},
		{"blank between column and operator", "priority =1^priority=2", "2"},
		{"column in capitals", "PRIORITY=1^priority=2", "2"},
		{"operator in small letters", "short_descriptionlikeSAP^priority=2", "2"},
		{"conditions of rules mean nothing in a read", "stateVALCHANGES^priority=2", "2"},
		{"changes from", "stateCHANGESFROM4^priority=2", "2"},
		{"changes to", "stateCHANGESTO4^priority=2", "2"},
		{"a date operator on text", "short_descriptionRELATIVEGT@hour@ago@1^priority=2", "2"},
		{"BETWEEN without its second value", "priorityBETWEEN1^priority=2", "2"},
		{"RELATIVEGT of an unknown unit", "opened_atRELATIVEGT@fortnight@ago@1^priority=2", "2"},
		{"ON of nonsense", "opened_atONwhenever^priority=2", "2"},
		{"SAMEAS of an unknown column", "prioritySAMEASbogus^priority=2", "2"},
		{"DYNAMIC of an unknown option", "caller_idDYNAMIC{none}^priority=2", "2"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			got := w.numbers(t, Query{Table: "incident", Encoded: replace.Replace(c.query)})
			if strings.Join(got, " ") != c.want {
				t.Errorf("%s finds %v, want %s", c.query, got, c.want)
			}
		})
	}
}

func TestHierarchyOperators(t *testing.T) {
	w := newWorld(t)
	for query, want := range map[string][]string{
		"managerIN_HIERARCHYx@" + w.ada:          {"ben", "cyd"},
		"managerIN_HIERARCHYx%40" + w.ben:        {"cyd"},
		"managerIN_HIERARCHY_DYNAMICx@" + w.mail: {"ben", "cyd"},
	} {
		res, err := w.Query(w.me, Query{Table: "sys_user", Encoded: query + "^ORDERBYuser_name"})
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, r := range res.Rows {
			got = append(got, r.Get("user_name"))
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s finds %v, want %v", query, got, want)
		}
	}
}

// https://www.servicenow.com/docs/r/platform-user-interface/c_EncodedQueryStrings.html, "Including a related list query"
func TestRelatedListQuery(t *testing.T) {
	w := newWorld(t)
	for query, want := range map[string]int{
		"RLQUERYincident.problem_id,>=1^ENDRLQUERY":                        1,
		"RLQUERYincident.problem_id,=0^ENDRLQUERY":                         0,
		"RLQUERYincident.problem_id,>=1,priority=1^ENDRLQUERY":             1,
		"RLQUERYincident.problem_id,>=1^priority=2^ENDRLQUERY":             0,
		"priority=1^RLQUERYincident.problem_id,>=1^priority=1^ENDRLQUERY":  1,
		"priority=3^RLQUERYincident.problem_id,>=1^priority=1^ENDRLQUERY":  0,
		"RLQUERYincident.nonsense,>=1^ENDRLQUERY":                          1, // dropped
		"RLQUERYincident.problem_id,!=1^ENDRLQUERY":                        0,
		"RLQUERYincident.problem_id,<=1^ENDRLQUERY^ORDERBYnumber":          1,
		"RLQUERYincident.problem_id,>=1^ENDRLQUERY^short_descriptionLIKEx": 0,
	} {
		n, err := w.Count(w.me, "problem", query)
		if err != nil || n != want {
			t.Errorf("%s finds %d, want %d (%v)", query, n, want, err)
		}
	}
}

// https://www.servicenow.com/docs/r/api-reference/rest-apis/c_TableAPI.html, sysparm_query: by default the invalid part
// is ignored, glide.invalid_query.returns_no_rows gives no rows; newer releases refuse.
func TestInvalidQueryRegimes(t *testing.T) {
	w := newWorld(t)
	q := Query{Table: "incident", Encoded: "bogus=1^priority=2"}
	res, err := w.Query(w.me, q)
	if err != nil || res.Total != 1 || !slices.Equal(res.Dropped, []string{"bogus=1"}) {
		t.Errorf("dropped: %+v, %v", res, err)
	}
	q.Regime = InvalidReturnsNothing
	if res, err := w.Query(w.me, q); err != nil || res.Total != 0 || len(res.Rows) != 0 {
		t.Errorf("returns no rows: %+v, %v", res, err)
	}
	q.Regime = InvalidForbidden
	if _, err := w.Query(w.me, q); !errors.Is(err, ErrQueryForbidden) {
		t.Errorf("forbidden: %v", err)
	}
	if _, err := w.Query(w.me, Query{Table: "bogus"}); !errors.Is(err, ErrNoTable) {
		t.Errorf("unknown table: %v", err)
	}
}

// https://www.servicenow.com/docs/r/platform-security/access-control/query-acl-rule.html
func TestQueryACLs(t *testing.T) {
	w := newWorld(t)
	priority := func(_, column string) bool { return column == "priority" }
	for _, c := range []struct {
		query          string
		match, ranging bool // refused by a query_match rule, by a query_range rule
	}{
		{"priority=1", true, false},
		{"priority!=1", true, false},
		{"priorityIN1,2", true, false},
		{"priorityISEMPTY", true, false},
		{"priorityANYTHING", true, false},
		{"prioritySAMEASimpact", true, false},
		{"priority>1", false, true},
		{"priority<=1", false, true},
		{"priorityBETWEEN1@2", false, true},
		{"prioritySTARTSWITH1", false, true},
		{"ORDERBYpriority", false, true},
		{"ORDERBYDESCpriority", false, true},
		{"state=1^ORDERBYnumber", false, false},
		{"parent.priority>1", false, true},
	} {
		_, err := w.Query(w.me, Query{Table: "incident", Encoded: c.query, MatchRefused: priority})
		if got := errors.Is(err, ErrQueryForbidden); got != c.match {
			t.Errorf("%s with query_match refused: %v", c.query, err)
		}
		_, err = w.Query(w.me, Query{Table: "incident", Encoded: c.query, RangeRefused: priority})
		if got := errors.Is(err, ErrQueryForbidden); got != c.ranging {
			t.Errorf("%s with query_range refused: %v", c.query, err)
		}
	}
}

// Sources disagree on the zone of a plain date literal; gs.dateGenerate is always in the caller's.
func TestDateLiteralZones(t *testing.T) {
	w := newWorld(t)
	berlin := time.FixedZone("CET", 3600)
	w.me.TimeZone = berlin
	for _, c := range []struct {
		query string
		local bool
		want  string
	}{
		{"opened_at=2026-03-03 10:00:00", false, "2"},
		{"opened_at=2026-03-03 11:00:00", false, ""},
		{"opened_at=2026-03-03 11:00:00", true, "2"},
		{"opened_at=2026-03-03 10:00:00", true, ""},
		{"opened_at=javascript:gs.dateGenerate('2026-03-03','11:00:00')", false, "2"},
		{"opened_at=javascript:gs.dateGenerate('2026-03-03','11:00:00')", true, "2"},
		{"opened_at>=javascript:gs.daysAgoStart(0)", false, "1"}, // from 23:00 UTC of the day before
		{"opened_at<javascript:gs.beginningOfThisYear()", false, ""},
	} {
		got := w.numbers(t, Query{Table: "incident", Encoded: c.query, LiteralsInUserZone: c.local})
		if strings.Join(got, " ") != c.want {
			t.Errorf("%s (zone of the caller: %v) finds %v, want %s", c.query, c.local, got, c.want)
		}
	}
}

func TestFoldCaseIsASwitch(t *testing.T) {
	w := newWorld(t)
	for query, want := range map[string]string{"short_descriptionLIKEsap": "1 4", "category=NETWORK": "1",
		"caller_idSTARTSWITHben": "2", "categoryINNetwork,HARDWARE": "1 4"} {
		got := w.numbers(t, Query{Table: "incident", Encoded: query, FoldCase: true})
		if strings.Join(got, " ") != want {
			t.Errorf("%s finds %v, want %s", query, got, want)
		}
	}
}

func TestWindowIsCutBeforeVisibility(t *testing.T) {
	w := newWorld(t)
	hidden := map[string]bool{"INC0002": true, "INC0003": true}
	q := Query{Table: "incident", Encoded: "ORDERBYnumber", Limit: 2,
		Visible: func(r Row) bool { return !hidden[r.Get("number")] }}
	for _, c := range []struct {
		offset int
		want   string
	}{{0, "1"}, {1, ""}, {2, "4"}, {4, "5"}, {9, ""}} {
		q.Offset = c.offset
		res, err := w.Query(w.me, q)
		if err != nil || res.Total != 5 {
			t.Fatalf("%+v %v", res, err)
		}
		if got := strings.Join(w.numbers(t, q), " "); got != c.want {
			t.Errorf("page at %d shows %q, want %q", c.offset, got, c.want)
		}
	}
}

func TestQueryOfAParentFindsItsChildren(t *testing.T) {
	w := newWorld(t)
	n, err := w.Count(w.me, "task", "priority=1")
	if err != nil || n != 3 {
		t.Errorf("task finds %d, want the 2 incidents and the problem (%v)", n, err)
	}
	if n, _ := w.Count(w.me, "task", "sys_class_name=problem"); n != 1 {
		t.Errorf("sys_class_name=problem finds %d", n)
	}
	// a column of a child is none of the parent's: the clause is dropped
	if res, _ := w.Query(w.me, Query{Table: "task", Encoded: "caller_idISNOTEMPTY"}); len(res.Dropped) != 1 {
		t.Errorf("dropped %v", res.Dropped)
	}
}
