package servicenowtest

import (
	"testing"
)

func TestUsers(t *testing.T) {
	b := newBench(t)
	b.get("/api/now/ui/user/current_user").want(200).is("result/user_sys_id", b.who.UserID).
		is("result/user_name", "ada.diaz").is("result/user_display_name", "Ada Diaz").is("result/user_initials", "AD")
	b.get("/api/now/table/sys_user?sysparm_query=sys_id=javascript:gs.getUserID()&sysparm_fields=sys_id,user_name").
		want(200).is("result/0/user_name", "ada.diaz").is("result/1", "<absent>")
}

// https://www.servicenow.com/docs/r/api-reference/rest-apis/user-role-inheritance-api.html
func TestRoleInheritance(t *testing.T) {
	b := newBench(t)
	cloud, viewer, operator := b.seed("sys_user_role", row{"name": "cloud_user"}),
		b.seed("sys_user_role", row{"name": "pa_viewer"}), b.seed("sys_user_role", row{"name": "operator"})
	b.seed("sys_user_role_contains", row{"role": cloud, "contains": viewer})
	group := b.seed("sys_user_group", row{"name": "Operators"})
	b.seed("sys_group_has_role", row{"group": group, "role": operator})
	b.seed("sys_user_grmember", row{"user": b.who.UserID, "group": group})
	b.seed("sys_user_has_role", row{"user": b.who.UserID, "role": cloud},
		row{"user": b.who.UserID, "role": viewer, "inherited": "true"})
	b.asRole("user_admin")
	b.get("/api/global/user_role_inheritance?user_sysid="+b.who.UserID).want(200).is("result/user_name", "ada.diaz").
		is("result/from_role", `["/cloud_user","/cloud_user/pa_viewer"]`).is("result/from_group", `["[Operators]/operator"]`)
	b.get("/api/global/user_role_inheritance").want(200).is("result/user_name", "").is("result/from_role", "<absent>")
	b.get("/api/global/user_role_inheritance?user_sysid=none").want(404)
	b.asRole("itil")
	b.get("/api/global/user_role_inheritance?user_sysid=" + b.who.UserID).want(403)
}
