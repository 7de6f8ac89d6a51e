package servicenowtest

import (
	"slices"
	"strings"

	"github.com/seed-a66f7fd3/servicenow/servicenowtest/internal/db"
)

// Operation is what an ACL guards.
type Operation string

// The operations of ACLs.
const (
	Read   Operation = "read"
	Create Operation = "create"
	Update Operation = "write"
	Delete Operation = "delete"
)

// ACL is an access control rule of a table, or of one of its columns. Admins pass all of them. A caller passes a rule
// who has one of its Roles (none means everybody) and for whom Condition holds. A row that may not be read is absent
// from lists and 404 by its id; a column that may not be read is an absent key.
type ACL struct {
	Table     string
	Column    string // "" for the record itself
	Operation Operation
	Roles     []string
	Deny      bool // nobody but admins
	// Condition is asked with the caller's user name and the record's stored values; nil holds always.
	Condition func(userName string, record map[string]string) bool
}

// AddACL adds an ACL while the server runs. The newest goes first, and the first that fits decides.
func (s *Server) AddACL(a ACL) {
	s.mu.Lock()
	defer s.mu.Unlock()
	p := s.api.policy.(*acl)
	p.custom = append([]ACL{a}, p.custom...)
}

// acl is the policy that the data APIs ask.
type acl struct {
	server *Server
	custom []ACL
}

// stockRight is who may do what with a table and the classes below it, by role. "*" is any user with a login, "-" none
// but admins.
type stockRight struct{ table, read, write string }

// belief: the stock ACLs of a real instance are hundreds, most with scripts; these are the rights that the product
// documentation names for the roles, table by table. What decides for a table that is not listed is the high-security
// default: closed to all but admins (glide.sm.default_mode = deny).
var stockRights = []stockRight{
	{"sn_customerservice_case", "sn_customerservice_agent csm_ws_integration",
		"sn_customerservice_agent csm_ws_integration"},
	{"sn_customerservice_escalation", "sn_customerservice_agent csm_ws_integration",
		"sn_customerservice.escalation_requester sn_customerservice_agent"},
	{"task", "itil", "itil"},
	{"customer_account", "sn_customerservice_agent csm_ws_integration", "sn_customerservice_agent csm_ws_integration"},
	{"core_company", "*", "itil"},
	{"customer_contact", "sn_customerservice_agent csm_ws_integration", "sn_customerservice_agent csm_ws_integration"},
	{"csm_consumer", "sn_customerservice_agent csm_ws_integration", "sn_customerservice_agent csm_ws_integration"},
	{"sys_user", "*", "user_admin"},
	{"sys_user_group", "*", "user_admin"},
	{"sys_user_role", "*", "user_admin"},
	{"sys_user_role_contains", "*", "user_admin"},
	{"sys_user_has_role", "*", "user_admin"},
	{"sys_user_grmember", "*", "user_admin"},
	{"sys_user_preference", "*", "*"},
	{"cmn_department", "*", "itil"},
	{"cmn_location", "*", "itil"},
	{"cmdb", "itil", "itil"},
	{"kb_knowledge", "*", "knowledge"},
	{"kb_knowledge_base", "*", "knowledge_admin"},
	{"kb_category", "*", "knowledge_manager"},
	{"sys_journal_field", "itil sn_customerservice_agent csm_ws_integration", "-"},
	{"sys_attachment", "itil sn_customerservice_agent csm_ws_integration knowledge",
		"itil sn_customerservice_agent csm_ws_integration knowledge"},
	{"sys_attachment_doc", "itil sn_customerservice_agent csm_ws_integration knowledge", "-"},
	{"sys_audit", AuditReader, "-"},
	{"sys_audit_delete", AuditReader, "-"},
	{"sys_choice", "*", "personalize_choices"},        //nolint:misspell // the role's name
	{"sys_db_object", "personalize_dictionary", "-"},  //nolint:misspell // the role's name
	{"sys_dictionary", "personalize_dictionary", "-"}, //nolint:misspell // the role's name
	{"sys_script", "business_rule_admin", "business_rule_admin"},
	{"sysevent_register", "events_admin", "events_admin"},
	{"sysevent_script_action", "sysevent_script_action_admin", "sysevent_script_action_admin"},
	{"sys_email", "email_api_send", "email_api_send"},
	{"oauth_entity", "oauth_admin", "oauth_admin"},
	{"sys_api_access_policy", "api_service_admin", "api_service_admin"},
	{"sys_rate_limit_rules", "rate_limit_admin", "rate_limit_admin"},
	{"v_plugin", "*", "-"},
}

// may decides one operation on a table, and on a row where there is one.
func (p *acl) may(s db.Session, op Operation, table, column string, row db.Row) bool {
	if s.System || s.HasRole("admin") {
		return true
	}
	if op != Read && slices.Contains(s.Roles, "snc_read_only") {
		return false
	}
	for _, class := range p.server.db.Schema().Ancestry(table) {
		for _, a := range p.rules() {
			if a.Table == class && a.Column == column && a.Operation == op {
				return a.allows(s, row)
			}
		}
		if right, ok := stockRightOf(class); ok && column == "" {
			return right.allows(s, op) && ownPreference(s, class, row)
		}
	}
	return column != "" // a column without a rule follows its table
}

func (p *acl) rules() []ACL {
	p.server.mu.Lock()
	defer p.server.mu.Unlock()
	return p.custom
}

func (a ACL) allows(s db.Session, row db.Row) bool {
	switch {
	case a.Deny:
		return false
	case len(a.Roles) > 0 && !slices.ContainsFunc(a.Roles, s.HasRole):
		return false
	case a.Condition == nil || row.IsZero():
		return true
	}
	return a.Condition(s.UserName, row.Values())
}

func stockRightOf(table string) (stockRight, bool) {
	i := slices.IndexFunc(stockRights, func(r stockRight) bool { return r.table == table })
	if i < 0 {
		return stockRight{}, false
	}
	return stockRights[i], true
}

func (r stockRight) allows(s db.Session, op Operation) bool {
	roles := r.read
	if op != Read {
		roles = r.write
	}
	switch roles {
	case "*":
		return s.UserID != ""
	case "-":
		return false
	}
	return slices.ContainsFunc(strings.Fields(roles), s.HasRole)
}

// ownPreference: a person sees and sets only their own preferences.
func ownPreference(s db.Session, table string, row db.Row) bool {
	return table != "sys_user_preference" || row.IsZero() || row.Get("user") == s.UserID
}

func (p *acl) canReadTable(s db.Session, table string) bool {
	if table == "kb_knowledge" || table == "sys_properties" {
		return true // row by row
	}
	return p.may(s, Read, table, "", db.Row{})
}

func (p *acl) canReadRow(s db.Session, row db.Row) bool {
	if row.Class() == "sys_properties" {
		return p.propertyRole(s, row, "read_roles")
	}
	if row.Class() == "kb_knowledge" && s.UserID == "" {
		return row.Get("workflow_state") == "published" // guests of the Knowledge API
	}
	return p.may(s, Read, row.Class(), "", row)
}

func (p *acl) canReadColumn(s db.Session, table, column string) bool {
	return p.may(s, Read, table, column, db.Row{})
}

func (p *acl) canCreate(s db.Session, table string) bool {
	return p.may(s, Create, table, "", db.Row{})
}

func (p *acl) canWriteRow(s db.Session, row db.Row) bool {
	if row.Class() == "sys_properties" {
		return p.propertyRole(s, row, "write_roles")
	}
	return p.may(s, Update, row.Class(), "", row)
}

func (p *acl) canWriteColumn(s db.Session, table, column string) bool {
	return p.may(s, Update, table, column, db.Row{})
}

func (p *acl) canDelete(s db.Session, row db.Row) bool { return p.may(s, Delete, row.Class(), "", row) }

// propertyRole: a property's own role lists open it to others than admins.
func (p *acl) propertyRole(s db.Session, row db.Row, list string) bool {
	if s.System || s.HasRole("admin") {
		return true
	}
	return slices.ContainsFunc(strings.Split(row.Get(list), ","), func(role string) bool {
		return role != "" && s.HasRole(strings.TrimSpace(role))
	})
}

// canMatch and canRange are the query ACLs; without a rule both fall back to the right to read the column.
// https://www.servicenow.com/docs/r/platform-security/access-control/query-acl-rule.html
func (p *acl) canMatch(s db.Session, table, column string) bool {
	refused := p.server.currentSwitches().MatchRefused
	return p.canReadColumn(s, table, column) && (refused == nil || !refused(table, column) || s.HasRole("admin"))
}

func (p *acl) canRange(s db.Session, table, column string) bool {
	refused := p.server.currentSwitches().RangeRefused
	return p.canReadColumn(s, table, column) && (refused == nil || !refused(table, column) || s.HasRole("admin"))
}
