package ident

import (
	"strings"
	"testing"
)

const id = "dccc6024d7700200e5982cf65e6103e5"

// What cannot be in a path: everything that could leave its segment, however it is written.
var hostile = []string{
	"", ".", "..", "../" + id, id + "/..", "%2e%2e", "%2f", id + "%2F", id + "?x=1", id + "#", id + "\n", id + "\x00",
	id + " ", " " + id, "a/b", `a\b`, "ÄÖ", strings.Repeat("a", 400), id + "^NQ", "javascript:gs.getUserID()",
}

func TestHostileNamesAreRefused(t *testing.T) {
	for _, s := range hostile {
		for what, check := range map[string]func(string) error{
			"SysID": SysID, "SysIDOrNumber": SysIDOrNumber, "Table": Table, "Column": Column,
		} {
			if check(s) == nil {
				t.Errorf("%s takes %q", what, s)
			}
		}
	}
}

func TestNames(t *testing.T) {
	for name, ok := range map[string]bool{
		"sys_id is a sys_id":        SysID(id) == nil && IsSysID(id),
		"sys_id may stand for both": SysIDOrNumber(id) == nil,
		"number is no sys_id":       SysID("CS0000001") != nil && !IsSysID("CS0000001"),
		"number may stand for both": SysIDOrNumber("CS0000001") == nil,
		"half a sys_id is none":     SysID(id[:16]) != nil,
		"table":                     Table("sn_customerservice_case") == nil && Table("Incident") != nil,
		"column":                    Column("u_color") == nil && Column("caller_id.name") != nil,
	} {
		if !ok {
			t.Errorf("%s: not so", name)
		}
	}
}
