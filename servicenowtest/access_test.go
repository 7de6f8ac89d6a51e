package servicenowtest_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/seed-a66f7fd3/servicenow/servicenowtest"
)

const incidents = "/api/now/v2/table/incident"

// errorOf reads the envelope {"error":{"message","detail"},"status":"failure"}.
func (r reply) errorOf(t *testing.T) (message, detail any) {
	t.Helper()
	all := r.json(t)
	e, _ := all["error"].(map[string]any)
	if all["status"] != "failure" {
		t.Errorf("status member: %v", all["status"])
	}
	return e["message"], e["detail"]
}

func TestWhoMayCall(t *testing.T) {
	s := servicenowtest.NewServer(t, servicenowtest.WithAPIKey("key-1", servicenowtest.IntegrationUser),
		servicenowtest.WithUser("eve", "pw", nil, ""))
	s.AddUser(servicenowtest.User{UserName: "gone", Password: "pw", Inactive: true})
	api := talk(t, s)
	for _, c := range []struct {
		name   string
		auth   func(*http.Request)
		status int
	}{
		{"nobody", func(*http.Request) {}, 401},
		{"basic", func(r *http.Request) { r.SetBasicAuth(servicenowtest.AdminUser, servicenowtest.AdminPassword) }, 200},
		{"wrong password", func(r *http.Request) { r.SetBasicAuth(servicenowtest.AdminUser, "x") }, 401},
		{"unknown user", func(r *http.Request) { r.SetBasicAuth("nobody", "") }, 401},
		{"inactive user", func(r *http.Request) { r.SetBasicAuth("gone", "pw") }, 401},
		{"API key", func(r *http.Request) { r.Header.Set("x-sn-apikey", "key-1") }, 200},
		{"wrong API key", func(r *http.Request) { r.Header.Set("x-sn-apikey", "key-2") }, 401},
		{"unknown bearer", func(r *http.Request) { r.Header.Set("Authorization", "Bearer x") }, 401},
		{"unknown scheme", func(r *http.Request) { r.Header.Set("Authorization", "Digest x") }, 401},
		{"no role", func(r *http.Request) { r.SetBasicAuth("eve", "pw") }, 403},
	} {
		me := *api
		me.auth = c.auth
		r := me.get(incidents)
		if r.StatusCode != c.status {
			t.Errorf("%s: %d %s", c.name, r.StatusCode, r.body)
		}
		if c.status == 401 {
			if message, detail := r.errorOf(t); message != "User Not Authenticated" || detail != "Required to provide Auth information" {
				t.Errorf("%s: %v / %v", c.name, message, detail)
			}
		}
	}
}

func TestEveryAnswerHasThePlatformsHeaders(t *testing.T) {
	clock := servicenowtest.NewClock(start)
	api := talk(t, servicenowtest.NewServer(t, servicenowtest.WithClock(clock)))
	r := api.integration().get(incidents)
	for name, want := range map[string]string{
		"Date": start.Format(http.TimeFormat), "Server": "ServiceNow", "X-Is-Logged-In": "true",
		"Content-Type": "application/json;charset=UTF-8",
	} {
		if got := r.Header.Get(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	if id := r.Header.Get("X-Transaction-ID"); len(id) != 12 {
		t.Errorf("X-Transaction-ID: %q", id)
	}
	names := map[string]bool{}
	for _, c := range r.Cookies() {
		names[c.Name] = true
	}
	if !names["JSESSIONID"] || !names["glide_user_route"] || !names["BIGipServerpool_acme"] {
		t.Errorf("cookies: %v", names)
	}
	if r := api.get(incidents); r.Header.Get("X-Is-Logged-In") != "false" {
		t.Errorf("without a login: %q", r.Header.Get("X-Is-Logged-In"))
	}
}

// The stock rights, by role.
func TestStockRights(t *testing.T) {
	s := servicenowtest.NewServer(t)
	for name, roles := range map[string][]string{
		"nobody": nil, "fixer": {"itil"}, "agent": {"sn_customerservice_agent"}, "ws": {"csm_ws_integration"},
		"ruler": {"business_rule_admin"}, "reader": {"itil", "snc_read_only"}, "auditor": {servicenowtest.AuditReader},
		"boss": {"admin"},
	} {
		s.AddUser(servicenowtest.User{UserName: name, Password: "pw", Roles: roles})
	}
	api := talk(t, s)
	for _, c := range []struct {
		user, method, table string
		status              int
	}{
		{"nobody", "GET", "incident", 403}, {"nobody", "POST", "incident", 403}, {"nobody", "GET", "sys_user", 200},
		{"fixer", "GET", "incident", 200}, {"fixer", "POST", "incident", 201}, {"fixer", "GET", "task", 200},
		{"fixer", "GET", "sn_customerservice_case", 403}, {"fixer", "GET", "sys_script", 403},
		{"fixer", "POST", "sys_script", 403}, {"fixer", "POST", "sys_properties", 403}, {"fixer", "GET", "sys_audit", 403},
		{"fixer", "GET", "syslog", 403}, {"fixer", "GET", "sys_journal_field", 200}, {"fixer", "POST", "sys_user", 403},
		{"agent", "GET", "sn_customerservice_case", 200}, {"agent", "POST", "sn_customerservice_case", 201},
		{"agent", "GET", "incident", 403}, {"ws", "GET", "customer_account", 200}, {"ws", "POST", "customer_contact", 201},
		{"ruler", "GET", "sys_script", 200}, {"ruler", "POST", "sys_script", 201}, {"ruler", "POST", "sys_properties", 403},
		{"reader", "GET", "incident", 200}, {"reader", "POST", "incident", 403},
		{"auditor", "GET", "sys_audit", 200}, {"auditor", "GET", "sys_audit_delete", 200},
		{"boss", "GET", "sys_audit", 200}, {"boss", "POST", "sys_properties", 201}, {"boss", "GET", "syslog", 200},
	} {
		body := ""
		if c.method == "POST" {
			body = "{}"
		}
		if r := api.as(c.user, "pw").do(c.method, "/api/now/v2/table/"+c.table, body); r.StatusCode != c.status {
			t.Errorf("%s %s %s: %d %s", c.user, c.method, c.table, r.StatusCode, r.body)
		}
	}
}

func TestRowAndColumnACLs(t *testing.T) {
	s := servicenowtest.NewServer(t,
		servicenowtest.WithACL(servicenowtest.ACL{Table: "incident", Operation: servicenowtest.Read,
			Condition: func(user string, row map[string]string) bool { return row["short_description"] != "secret" }}),
		servicenowtest.WithACL(servicenowtest.ACL{Table: "incident", Column: "urgency", Operation: servicenowtest.Read, Deny: true}),
		servicenowtest.WithACL(servicenowtest.ACL{Table: "incident", Column: "impact", Operation: servicenowtest.Update, Deny: true}))
	hidden, err := s.As(servicenowtest.AdminUser).Insert("incident", map[string]string{"short_description": "secret"})
	if err != nil {
		t.Fatal(err)
	}
	open, err := s.As(servicenowtest.AdminUser).Insert("incident", map[string]string{"short_description": "open", "impact": "3"})
	if err != nil {
		t.Fatal(err)
	}
	me := talk(t, s).integration()
	if r := me.get(incidents + "?sysparm_fields=short_description,urgency"); strings.Contains(r.body, "secret") ||
		strings.Contains(r.body, "urgency") || !strings.Contains(r.body, "open") {
		t.Errorf("list: %s", r.body)
	}
	if r := me.get(incidents + "/" + hidden); r.StatusCode != 404 {
		t.Errorf("a hidden row: %d", r.StatusCode)
	}
	if r := me.do("PATCH", incidents+"/"+open, `{"impact":"1","state":"2"}`); r.StatusCode != 200 {
		t.Errorf("write: %d %s", r.StatusCode, r.body)
	}
	if row := s.Row("incident", open); row["impact"] != "3" || row["state"] != "2" {
		t.Errorf("a column that may not be written: %v", row)
	}
	if r := talk(t, s).admin().get(incidents + "/" + hidden); r.StatusCode != 200 {
		t.Errorf("admins pass every ACL: %d", r.StatusCode)
	}
}

// Roles are read with every request, so an admin's change is seen at once.
// Groups hand roles out, and what those contain.
// https://www.servicenow.com/docs/r/api-reference/rest-apis/user-role-inheritance-api.html
func TestRolesOfGroups(t *testing.T) {
	s := servicenowtest.NewServer(t, servicenowtest.WithUser("abel", "abel-password", nil, ""))
	s.GrantRoles(servicenowtest.AdminUser, "itil") // makes the role, and what it contains
	abel := s.Rows("sys_user", "user_name=abel")[0]["sys_id"]
	group, err := s.SeedRows("sys_user_group", map[string]string{"name": "Desk"})
	if err != nil {
		t.Fatal(err)
	}
	status := func() int {
		t.Helper()
		req, _ := http.NewRequest(http.MethodGet, s.Instance().Origin()+"/api/now/v2/table/incident", nil)
		req.SetBasicAuth("abel", "abel-password")
		resp, err := s.HTTPClient().Do(req)
		if err != nil {
			t.Fatal(err)
		}
		_ = resp.Body.Close()
		return resp.StatusCode
	}
	if got := status(); got != http.StatusForbidden {
		t.Errorf("without a role: %d", got)
	}
	for table, row := range map[string]map[string]string{"sys_user_grmember": {"user": abel, "group": group[0]},
		"sys_group_has_role": {"group": group[0], "role": s.Rows("sys_user_role", "name=itil")[0]["sys_id"]}} {
		if _, err := s.SeedRows(table, row); err != nil {
			t.Fatal(err)
		}
	}
	if got := status(); got != http.StatusOK {
		t.Errorf("as a member of a group with itil: %d", got)
	}
}

func TestRolesChangeAtOnce(t *testing.T) {
	s := servicenowtest.NewServer(t, servicenowtest.WithUser("eve", "pw", nil, ""))
	eve := talk(t, s).as("eve", "pw")
	before := eve.get(incidents).StatusCode
	s.GrantRoles("eve", "itil")
	during := eve.get(incidents).StatusCode
	s.RevokeRoles("eve", "itil")
	if after := eve.get(incidents).StatusCode; before != 403 || during != 200 || after != 403 {
		t.Errorf("%d %d %d", before, during, after)
	}
}

// The REST API ACLs of four APIs ship deactivated; itil contains the role they ask for.
func TestTheRESTRole(t *testing.T) {
	s := servicenowtest.NewServer(t, servicenowtest.WithSwitches(servicenowtest.Switches{RESTRoleRequired: true}),
		servicenowtest.WithUser("agent", "pw", []string{"sn_customerservice_agent"}, ""),
		servicenowtest.WithUser("fixer", "pw", []string{"itil"}, ""))
	api := talk(t, s)
	r := api.as("agent", "pw").get("/api/now/v2/table/sn_customerservice_case")
	if message, detail := r.errorOf(t); r.StatusCode != 403 || message != "User Not Authorized" || detail != "Failed API level ACL Validation" {
		t.Errorf("%d %v %v", r.StatusCode, message, detail)
	}
	if r := api.as("fixer", "pw").get(incidents); r.StatusCode != 200 {
		t.Errorf("itil: %d", r.StatusCode)
	}
}

// https://www.servicenow.com/docs/r/platform-security/authentication/rest-api-auth-scope.html
func TestAuthScopes(t *testing.T) {
	for _, c := range []struct {
		name   string
		scopes []string
		policy servicenowtest.AccessPolicy
		status int
	}{
		{"no policy", nil, servicenowtest.AccessPolicy{API: "Case API", Scope: "cases"}, 200},
		{"no scope", nil, servicenowtest.AccessPolicy{API: "Table API", Scope: "tables"}, 403},
		{"other scope", []string{"cases"}, servicenowtest.AccessPolicy{API: "Table API", Scope: "tables"}, 403},
		{"one of two", []string{"cases", "tables"}, servicenowtest.AccessPolicy{API: "Table API", Scope: "tables"}, 200},
		{"useraccount", []string{"useraccount"}, servicenowtest.AccessPolicy{API: "Table API", Scope: "tables"}, 200},
		{"other method", nil, servicenowtest.AccessPolicy{API: "Table API", Method: "POST", Scope: "tables"}, 200},
		{"other resource", nil, servicenowtest.AccessPolicy{API: "Table API", Resource: "/problem", Scope: "tables"}, 200},
		{"this resource", nil, servicenowtest.AccessPolicy{API: "Table API", Resource: "/incident", Scope: "tables"}, 403},
		{"other version", nil, servicenowtest.AccessPolicy{API: "Table API", Version: "v1", Scope: "tables"}, 200},
		{"inactive", nil, servicenowtest.AccessPolicy{API: "Table API", Scope: "tables", Inactive: true}, 200},
	} {
		scoped := app
		scoped.Scopes = c.scopes
		s := servicenowtest.NewServer(t, servicenowtest.WithOAuthClient(scoped), servicenowtest.WithAccessPolicy(c.policy))
		api := talk(t, s)
		me := api.bearer(api.connect()["access_token"].(string))
		r := me.get(incidents)
		if r.StatusCode != c.status {
			t.Errorf("%s: %d %s", c.name, r.StatusCode, r.body)
		}
		if c.status != 403 {
			continue
		}
		if message, _ := r.errorOf(t); message != "Missing required api access scope" {
			t.Errorf("%s: %v", c.name, message)
		}
		batch := me.do("POST", "/api/now/v1/batch", `{"batch_request_id":"1","rest_requests":[{"id":"1","method":"GET","url":"`+
			incidents+`"}]}`, "Content-Type", "application/json")
		if batch.StatusCode != 200 || !strings.Contains(batch.body, `"status_code":403`) {
			t.Errorf("%s: a batch is no way around: %d %s", c.name, batch.StatusCode, batch.body)
		}
		if r := api.integration().get(incidents); r.StatusCode != 200 {
			t.Errorf("%s: scopes are not asked of Basic: %d", c.name, r.StatusCode)
		}
		s.ChangeOAuthClient("c1", func(o *servicenowtest.OAuthClient) { o.Scopes = []string{"tables"} })
		if r := me.get(incidents); r.StatusCode != 200 {
			t.Errorf("%s: the registry is not read at the time of the call: %d", c.name, r.StatusCode)
		}
	}
}

func TestAccessPolicies(t *testing.T) {
	onlyOAuth := servicenowtest.AccessPolicy{API: "Table API", Allow: []servicenowtest.AuthKind{servicenowtest.AuthOAuth}}
	for _, c := range []struct {
		name         string
		policies     []servicenowtest.AccessPolicy
		basic, oauth int
	}{
		{"none", nil, 200, 200},
		{"OAuth only", []servicenowtest.AccessPolicy{onlyOAuth}, 401, 200},
		{"Basic only", []servicenowtest.AccessPolicy{{API: "Table API", Allow: []servicenowtest.AuthKind{servicenowtest.AuthBasic}}}, 200, 401},
		{"the resource goes before the API", []servicenowtest.AccessPolicy{onlyOAuth,
			{API: "Table API", Resource: "/incident", Allow: []servicenowtest.AuthKind{servicenowtest.AuthBasic}}}, 200, 401},
		{"an API goes before global", []servicenowtest.AccessPolicy{onlyOAuth,
			{Allow: []servicenowtest.AuthKind{servicenowtest.AuthBasic}}}, 401, 200},
		{"global", []servicenowtest.AccessPolicy{{Allow: []servicenowtest.AuthKind{servicenowtest.AuthAPIKey}}}, 401, 401},
		{"role filter", []servicenowtest.AccessPolicy{{API: "Table API", Roles: []string{"x_acme.none"}}}, 403, 403},
	} {
		s := servicenowtest.NewServer(t, servicenowtest.WithOAuthClient(app))
		for _, p := range c.policies {
			s.AddAccessPolicy(p)
		}
		api := talk(t, s)
		if got := api.integration().get(incidents).StatusCode; got != c.basic {
			t.Errorf("%s: Basic %d, want %d", c.name, got, c.basic)
		}
		if got := api.bearer(api.connect()["access_token"].(string)).get(incidents).StatusCode; got != c.oauth {
			t.Errorf("%s: OAuth %d, want %d", c.name, got, c.oauth)
		}
	}
}

// "The Enforce token restriction option limits the client to accessing only the APIs specified in the REST API Access
// Policies."
// https://www.servicenow.com/docs/r/platform-security/authentication/configure-an-oauth-authorization-code-grant.html
func TestEnforcedTokenRestrictions(t *testing.T) {
	strict := app
	strict.EnforceTokens = true
	s := servicenowtest.NewServer(t, servicenowtest.WithOAuthClient(strict))
	api := talk(t, s)
	me := api.bearer(api.connect()["access_token"].(string))
	if r := me.get(incidents); r.StatusCode != 403 {
		t.Errorf("without a policy: %d", r.StatusCode)
	}
	s.AddAccessPolicy(servicenowtest.AccessPolicy{API: "Table API", Allow: []servicenowtest.AuthKind{servicenowtest.AuthOAuth}})
	if r := me.get(incidents); r.StatusCode != 200 {
		t.Errorf("with one: %d", r.StatusCode)
	}
}
