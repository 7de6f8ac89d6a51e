package servicenowtest

import (
	"net/http"
	"slices"

	"github.com/seed-a66f7fd3/servicenow/servicenowtest/internal/db"
)

// addUsers mounts the browser's current_user, which is not documented, and the User Role Inheritance API:
// https://www.servicenow.com/docs/r/api-reference/rest-apis/user-role-inheritance-api.html
func (a *api) addUsers() {
	a.add(http.MethodGet, "now/ui/user/current_user", "-", (*call).currentUser)
	a.add(http.MethodGet, "global/user_role_inheritance", "- v1", (*call).roleInheritance, "user_admin")
}

func (c *call) currentUser() {
	me, ok := c.db.Get("sys_user", c.s.UserID)
	if !ok {
		c.noRecord()
		return
	}
	c.result(http.StatusOK, map[string]any{"user_sys_id": me.SysID(), "user_name": me.Get("user_name"),
		"user_display_name": me.Get("name"), "user_initials": initials(me.Get("name"))})
}

func (c *call) roleInheritance() {
	id := c.q.Get("user_sysid")
	if id == "" { // required, says its page; the sample of the Batch API shows what happens without it
		c.result(http.StatusOK, map[string]any{"user_name": ""})
		return
	}
	user, ok := c.found("sys_user", id)
	if !ok {
		return
	}
	direct, byGroup := []string{}, []string{}
	for _, g := range c.db.Find("sys_user_has_role", "user", id) {
		role, ok := c.db.Get("sys_user_role", g.Get("role"))
		if !ok || g.Get("inherited") == "true" {
			continue
		}
		direct = append(direct, c.rolePaths("/"+role.Get("name"), role, map[string]bool{})...)
	}
	for _, m := range c.db.Find("sys_user_grmember", "user", id) {
		byGroup = append(byGroup, c.groupRoles(m.Get("group"))...)
	}
	slices.Sort(direct)
	slices.Sort(byGroup)
	c.result(http.StatusOK, map[string]any{"user_name": user.Get("user_name"), "from_role": direct,
		"from_group": byGroup})
}

func (c *call) groupRoles(id string) []string {
	var out []string
	group, _ := c.db.Get("sys_user_group", id)
	for _, g := range c.db.All("sys_group_has_role") {
		if role, ok := c.db.Get("sys_user_role", g.Get("role")); ok && g.Get("group") == id {
			out = append(out, c.rolePaths("["+group.Get("name")+"]/"+role.Get("name"), role, map[string]bool{})...)
		}
	}
	return out
}

// rolePaths names a role and the roles it contains: /cloud_user, /cloud_user/pa_viewer.
func (c *call) rolePaths(path string, role db.Row, seen map[string]bool) []string {
	out := []string{path}
	seen[role.SysID()] = true
	for _, contains := range c.db.All("sys_user_role_contains") {
		inner, ok := c.db.Get("sys_user_role", contains.Get("contains"))
		if ok && contains.Get("role") == role.SysID() && !seen[inner.SysID()] {
			out = append(out, c.rolePaths(path+"/"+inner.Get("name"), inner, seen)...)
		}
	}
	return out
}
