package provision_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/seed-a66f7fd3/servicenow/internal/rest"
	"github.com/seed-a66f7fd3/servicenow/provision"
	"github.com/seed-a66f7fd3/servicenow/servicenowtest"
)

// An instance has three ways to keep a user from something, and only one of them is an error. Each is told apart, names
// table and columns, and leaves nothing behind that the next run would not find.
func TestEachWayOfMissingRightsIsNamed(t *testing.T) {
	deny := func(tableName, column string, op servicenowtest.Operation) servicenowtest.ACL {
		return servicenowtest.ACL{Table: tableName, Column: column, Operation: op, Deny: true}
	}
	for name, c := range map[string]struct {
		acl      servicenowtest.ACL
		edit     map[string]string // what an admin changed before, so that the run repairs the rule; without it was deleted
		kind     provision.Rights
		table    string
		columns  []string
		remedy   string
		leftover int // rules that stay on the instance
	}{
		"rules cannot be created": {acl: deny("sys_script", "", servicenowtest.Create), kind: provision.Refused,
			table: "sys_script", remedy: "business_rule_admin"},
		"rules cannot be changed": {acl: deny("sys_script", "", servicenowtest.Update), edit: map[string]string{"order": "7"},
			kind: provision.Refused, table: "sys_script", remedy: "business_rule_admin", leftover: 1},
		"rules cannot be listed": {acl: deny("sys_script", "", servicenowtest.Read), kind: provision.Refused,
			table: "sys_script", remedy: "business_rule_admin"},
		"rules cannot be seen": {acl: servicenowtest.ACL{Table: "sys_script", Operation: servicenowtest.Read,
			Condition: func(string, map[string]string) bool { return false }}, kind: provision.Hidden,
			table: "sys_script", remedy: "business_rule_admin", leftover: 1}, // what cannot be seen cannot be deleted
		"scripts cannot be seen": {acl: deny("sys_script", "script", servicenowtest.Read), edit: map[string]string{"order": "7"},
			kind: provision.Hidden, table: "sys_script", columns: []string{"script"}, remedy: "business_rule_admin", leftover: 1},
		"values cannot be seen": {acl: deny("sys_properties", "value", servicenowtest.Read), edit: map[string]string{"order": "7"},
			kind: provision.Hidden, table: "sys_properties", columns: []string{"value"}, remedy: "admin", leftover: 1},
		"a condition is not kept": {acl: deny("sys_script", "filter_condition", servicenowtest.Update), kind: provision.Dropped,
			table: "sys_script", columns: []string{"filter_condition"}, remedy: "business_rule_admin"},
		"a script is not kept": {acl: deny("sys_script", "script", servicenowtest.Update), kind: provision.Dropped,
			table: "sys_script", columns: []string{"script"}, remedy: "business_rule_admin"},
		"a change is not kept": {acl: deny("sys_script", "order", servicenowtest.Update), edit: map[string]string{"order": "7"},
			kind: provision.Dropped, table: "sys_script", columns: []string{"order"}, remedy: "business_rule_admin", leftover: 1},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t)
			spec := b.spec(provision.Agent)
			b.install(provision.Agent)
			admin, id := b.instance.As("admin"), b.rules("")[0]["sys_id"]
			for _, p := range b.properties() {
				b.must("", admin.Update("sys_properties", p["sys_id"], map[string]string{"read_roles": "business_rule_admin"}))
			}
			if c.edit != nil {
				b.must("", admin.Update("sys_script", id, c.edit))
			} else {
				b.must("", admin.Delete("sys_script", id))
			}
			_, err := provision.New(b.limited(c.acl)).Provision(t.Context(), spec)
			var r *provision.RightsError
			if !errors.As(err, &r) || !errors.Is(err, rest.ErrForbidden) {
				t.Fatalf("%v", err)
			}
			if r.Kind != c.kind || r.Table != c.table || !slices.Equal(r.Columns, c.columns) || !strings.Contains(r.Remedy, c.remedy) {
				t.Errorf("%+v", r)
			}
			left := b.rules("")
			if len(left) != c.leftover {
				t.Errorf("left behind: %v", left)
			}
			for _, r := range left {
				if c.edit == nil && r["active"] != "false" {
					t.Error("what was left behind is active")
				}
			}
		})
	}
}

// Who may create properties, and may not see them, creates one that cannot be given its secret. It is not left behind as
// far as the instance lets us.
func TestAPropertyThatItsCreatorCannotSee(t *testing.T) {
	b := newBench(t)
	conn := b.limited(servicenowtest.ACL{Table: "sys_properties", Operation: servicenowtest.Create, Roles: []string{"business_rule_admin"}})
	_, err := provision.New(conn).Provision(t.Context(), b.spec(provision.Agent))
	var r *provision.RightsError
	if !errors.As(err, &r) || r.Kind != provision.Hidden || r.Table != "sys_properties" || !errors.Is(err, rest.ErrForbidden) {
		t.Errorf("%v", err)
	}
	if left := b.rules(""); len(left) != 0 {
		t.Errorf("rules without a secret: %v", left)
	}
}

// limited is a connection of a user with the role for rules, who sees properties and sets none, under one more ACL.
func (b *bench) limited(acl servicenowtest.ACL) *rest.Conn {
	b.instance.AddUser(servicenowtest.User{UserName: "limited", Password: "secret", Roles: []string{"business_rule_admin", "itil"}})
	b.instance.AddACL(acl)
	return b.as("limited")
}
