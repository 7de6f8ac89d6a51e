package servicenowtest

import (
	"cmp"
	"slices"
	"time"

	"github.com/seed-a66f7fd3/servicenow/servicenowtest/internal/db"
)

// User is a person or an integration: a row of sys_user and its roles.
type User struct {
	UserName, Password         string
	FirstName, LastName, Email string
	Roles                      []string // direct ones; contained roles follow
	TimeZone                   string   // IANA name, "" for UTC
	WebServiceOnly             bool     // "Web service access only": no login page, no password grant
	Inactive, LockedOut        bool
	SysID                      string // chosen by the server when empty
}

// The stock users. Their passwords are no secrets: the server listens on loopback and holds test data.
const (
	AdminUser           = "admin"
	AdminPassword       = "admin-password"
	IntegrationUser     = "integration.user"
	IntegrationPassword = "integration-password"
)

// AuditReader is a custom role of the stock integration user: out of the box only admins read sys_audit and
// sys_audit_delete, and customers who connect an integration grant it by a role like this one.
const AuditReader = "x_acme.audit_reader"

func stockUsers() []User {
	return []User{
		{UserName: AdminUser, Password: AdminPassword, FirstName: "System", LastName: "Administrator",
			Email: "admin@example.com", Roles: []string{"admin"}},
		{UserName: IntegrationUser, Password: IntegrationPassword, FirstName: "Integration", LastName: "User",
			Email: "integration@example.com",
			Roles: []string{"itil", "csm_ws_integration", "sn_customerservice_agent", "email_api_send", AuditReader}},
	}
}

// contained lists what the well-known roles contain.
// https://www.servicenow.com/docs/r/platform-administration/r_BaseSystemRoles.html
var contained = map[string][]string{
	"itil":                        {"snc_platform_rest_api_access", "snc_internal"},
	"csm_ws_integration":          {"snc_internal"},
	"sn_customerservice_agent":    {"knowledge", "sn_esm_agent", "snc_internal"},
	"sn_customerservice_manager":  {"sn_customerservice_agent"},
	"knowledge_manager":           {"knowledge"},
	"knowledge_admin":             {"knowledge_manager"},
	"sn_customerservice.customer": {"snc_external"},
	"sn_customerservice.consumer": {"snc_external"},
	"sn_crm_escalation_admin":     {"sn_customerservice.escalation_requester"},
	"user_admin":                  {"snc_internal"},
}

// AddUser stores a user with roles and gives the sys_id.
func (s *Server) AddUser(u User) string {
	values := map[string]string{
		"user_name": u.UserName, "user_password": u.Password, "email": u.Email, "sys_id": u.SysID,
		"first_name": u.FirstName, "last_name": cmp.Or(u.LastName, u.UserName), "time_zone": u.TimeZone,
		"active": flag(!u.Inactive), "locked_out": flag(u.LockedOut), "web_service_access_only": flag(u.WebServiceOnly),
	}
	row, err := s.db.Insert(systemSession, "sys_user", values, db.WithoutWorkflow())
	if err != nil {
		panic("servicenowtest: user " + u.UserName + ": " + err.Error()) // a duplicate sys_id in a test's own data
	}
	s.GrantRoles(u.UserName, u.Roles...)
	return row.SysID()
}

// GrantRoles gives a user roles, and what they contain. Unknown role names are created.
func (s *Server) GrantRoles(userName string, roles ...string) {
	users := s.db.Find("sys_user", "user_name", userName)
	if len(users) == 0 {
		return
	}
	held := s.rolesOf(users[0].SysID())
	for _, name := range roles {
		s.grant(users[0].SysID(), name, false, &held)
	}
}

func (s *Server) grant(user, name string, inherited bool, held *[]string) {
	if slices.Contains(*held, name) {
		return
	}
	*held = append(*held, name)
	s.seed("sys_user_has_role", map[string]string{
		"user": user, "role": s.role(name), "state": "active", "inherited": flag(inherited),
	})
	for _, inner := range contained[name] {
		s.grant(user, inner, true, held)
	}
}

// RevokeRoles takes roles from a user; what they contained stays until it is revoked too.
func (s *Server) RevokeRoles(userName string, roles ...string) {
	for _, u := range s.db.Find("sys_user", "user_name", userName) {
		for _, r := range s.db.Find("sys_user_has_role", "user", u.SysID()) {
			if role, ok := s.db.Get("sys_user_role", r.Get("role")); ok && slices.Contains(roles, role.Get("name")) {
				_ = s.db.Delete(systemSession, "sys_user_has_role", r.SysID(), db.WithoutWorkflow())
			}
		}
	}
}

// role finds or creates a role and gives its sys_id.
func (s *Server) role(name string) string {
	for _, r := range s.db.Find("sys_user_role", "name", name) {
		return r.SysID()
	}
	id := s.seed("sys_user_role", map[string]string{"name": name})
	for _, inner := range contained[name] {
		s.seed("sys_user_role_contains", map[string]string{"role": id, "contains": s.role(inner)})
	}
	return id
}

// seed stores a row below the rule engine.
func (s *Server) seed(table string, values map[string]string) string {
	row, err := s.db.Insert(systemSession, table, values, db.WithoutWorkflow())
	if err != nil {
		panic("servicenowtest: seeding " + table + ": " + err.Error())
	}
	return row.SysID()
}

var systemSession = db.Session{System: true}

func flag(b bool) string {
	if b {
		return "true"
	}
	return "false"
}

// person is what authentication needs of a user.
type person struct {
	id, name       string
	webServiceOnly bool
}

// activeUser finds a user who may work: active and not locked out.
func (s *Server) activeUser(name string) (person, bool) {
	if name == "" {
		return person{}, false
	}
	for _, u := range s.db.Find("sys_user", "user_name", name) {
		if u.Get("active") == "true" && u.Get("locked_out") != "true" {
			return person{u.SysID(), name, u.Get("web_service_access_only") == "true"}, true
		}
	}
	return person{}, false
}

// checkPassword compares in constant time, for unknown users too.
func (s *Server) checkPassword(name, password string) (person, bool) {
	stored := ""
	for _, u := range s.db.Find("sys_user", "user_name", name) {
		stored = u.Get("user_password")
	}
	right := sameSecret(password, stored) && stored != ""
	p, ok := s.activeUser(name)
	return p, ok && right
}

// session makes the session of a user by name, with roles and time zone as they are now.
func (s *Server) session(name string) (db.Session, bool) {
	p, ok := s.activeUser(name)
	if !ok {
		return db.Session{}, false
	}
	row, _ := s.db.Get("sys_user", p.id)
	zone, err := time.LoadLocation(row.Get("time_zone"))
	if err != nil {
		zone = time.UTC
	}
	return db.Session{UserID: p.id, UserName: name, Roles: s.rolesOf(p.id), TimeZone: zone}, true
}

func (s *Server) rolesOf(userID string) []string {
	var roles []string
	for _, r := range s.db.Find("sys_user_has_role", "user", userID) {
		if role, ok := s.db.Get("sys_user_role", r.Get("role")); ok && r.Get("state") == "active" {
			roles = append(roles, role.Get("name"))
		}
	}
	for _, member := range s.db.Find("sys_user_grmember", "user", userID) {
		for _, r := range s.db.Find("sys_group_has_role", "group", member.Get("group")) {
			roles = s.withContained(roles, r.Get("role"))
		}
	}
	return roles
}

// withContained adds a role that a group hands out, and the roles it contains.
func (s *Server) withContained(roles []string, id string) []string {
	role, ok := s.db.Get("sys_user_role", id)
	if !ok || slices.Contains(roles, role.Get("name")) {
		return roles
	}
	roles = append(roles, role.Get("name"))
	for _, inner := range s.db.Find("sys_user_role_contains", "role", id) {
		roles = s.withContained(roles, inner.Get("contains"))
	}
	return roles
}

// property reads a system property, "" when there is none.
func (s *Server) property(name string) string {
	for _, row := range s.db.Find("sys_properties", "name", name) {
		return row.Get("value")
	}
	return ""
}

// secretProperty: the value of a property of type password2 is stored encrypted and read as cipher text.
func secretProperty(row db.Row, column string) bool {
	return row.Class() == "sys_properties" && column == "value" && row.Get("type") == "password2"
}

// scriptProperty is what gs.getProperty returns.
func (s *Server) scriptProperty(row db.Row) string {
	if secretProperty(row, "value") && s.currentSwitches().SealedProperties {
		return sealed(row.Get("value"))
	}
	return row.Get("value")
}

// SetProperty seeds or changes a system property below the rule engine. It counts as a cache flush.
func (s *Server) SetProperty(name, value string) {
	s.flushes.Add(1)
	for _, row := range s.db.Find("sys_properties", "name", name) {
		_, _ = s.db.Update(systemSession, "sys_properties", row.SysID(), map[string]string{"value": value},
			db.WithoutWorkflow())
		return
	}
	s.seed("sys_properties", map[string]string{"name": name, "value": value})
}
