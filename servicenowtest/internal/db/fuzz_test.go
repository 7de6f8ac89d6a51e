package db

import (
	"strings"
	"testing"
)

// No query makes the evaluator panic, and what it does not drop it evaluates: a query never finds more than everything.
func FuzzQuery(f *testing.F) {
	for _, seed := range []string{"", "^", "^^", "^OR", "^NQ", "ORDERBY", "ORDERBYDESC", "RLQUERY", "RLQUERYincident.parent,>=1",
		"RLQUERYtask.parent,>=99999999999999999999^active=true^ENDRLQUERY", "sys_idIN,,", "a=1^ORb=2^NQc=3^EQ",
		"opened_atON@@", "opened_atDATEPARTx@javascript:gs.datePart('dayofweek','xx','EE')", "opened_atRELATIVEGT@day@ago@-1",
		"opened_atMORETHANsla_due@day@before@9223372036854775807", "priorityBETWEEN@", "caller_idIN_HIERARCHY@",
		"123TEXTQUERY321=", "sys_tags.x=", "opened_at>=javascript:gs.dateGenerate('','')", "parent.parent.parent.number=1",
		"opened_at>javascript:gs.yearsAgo(999999999)", "GROUPBYstate", "JOINincident.sys_id=task.sys_id!x", "RLQUERY^^", "^\x00^"} {
		f.Add(seed)
	}
	w := newWorld(f)
	f.Fuzz(func(t *testing.T, encoded string) {
		res, err := w.Query(w.me, Query{Table: "incident", Encoded: encoded, Limit: 3, Offset: 1})
		if err != nil {
			t.Fatal(err)
		}
		if res.Total > 5 || len(res.Rows) > 3 {
			t.Fatalf("%q finds %d of 5 rows", encoded, res.Total)
		}
		for _, dropped := range res.Dropped {
			if !strings.Contains(strings.ReplaceAll(encoded, "\x00", ""), strings.TrimPrefix(dropped, "ORDERBY")) {
				t.Fatalf("%q is said to drop %q", encoded, dropped)
			}
		}
	})
}
