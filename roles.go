package servicenow

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/seed-a66f7fd3/servicenow/internal/ident"
	"github.com/seed-a66f7fd3/servicenow/internal/rest"
	"github.com/seed-a66f7fd3/servicenow/table"
)

// Role is a role that a user has, and why. A role comes once for each reason.
type Role struct {
	Name string
	// Group is the group that the user has it from, "" where it is from none.
	Group string
	// Via are the roles that contain it, the one granted first. Empty where it was granted itself, and where only
	// Inherited is known.
	Via []string
	// Inherited reports that another role, or a group, brought it.
	Inherited bool
}

// Roles are the roles of a user.
type Roles []Role

// Has reports whether the role is among them, for whatever reason.
func (r Roles) Has(name string) bool {
	return slices.ContainsFunc(r, func(role Role) bool { return role.Name == name })
}

// Names are the roles without their reasons, sorted, each once.
func (r Roles) Names() []string {
	names := make([]string, 0, len(r))
	for _, role := range r {
		names = append(names, role.Name)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// Roles lists the roles of a user, granted and inherited. One request where the caller has the role user_admin and the
// instance the API; else one more for each page of the table sys_user_has_role, which tells less about the reasons.
//
// See https://www.servicenow.com/docs/r/api-reference/rest-apis/user-role-inheritance-api.html.
func (u *Users) Roles(ctx context.Context, userID string) (Roles, error) {
	const name = "users.Roles"
	if err := ident.SysID(userID); err != nil {
		return nil, &rest.Error{Op: name, Class: rest.ErrInvalid, Err: err}
	}
	op := rest.Op{
		Name: name, Method: http.MethodGet, Path: []string{"api", "global", "user_role_inheritance"},
		Query: url.Values{"user_sysid": {userID}},
	}
	type inherited struct {
		FromGroup []string `json:"from_group"`
		FromRole  []string `json:"from_role"`
	}
	sent, _, err := rest.Do[inherited](ctx, u.conn, op)
	if err == nil {
		return rolesOf(slices.Concat(sent.FromRole, sent.FromGroup)), nil
	}
	if !doubtful(err) {
		return nil, err
	}
	roles, second := u.rolesByTable(ctx, userID)
	if second != nil {
		return nil, fmt.Errorf("%w (and the table of roles: %w)", err, second)
	}
	return roles, nil
}

// rolesOf reads the API's notation: "/granted/contained", "[Group]/granted/contained".
func rolesOf(paths []string) Roles {
	roles := make(Roles, 0, len(paths))
	for _, path := range paths {
		var role Role
		if group, rest, ok := cutLast(path, "]/"); ok && strings.HasPrefix(path, "[") {
			role.Group, path = strings.TrimPrefix(group, "["), rest
		}
		names := strings.Split(strings.TrimPrefix(path, "/"), "/")
		role.Name, role.Via = names[len(names)-1], names[:len(names)-1]
		role.Inherited = role.Group != "" || len(role.Via) > 0
		if role.Name != "" {
			roles = append(roles, role)
		}
	}
	return roles
}

func cutLast(s, sep string) (before, after string, found bool) {
	if i := strings.LastIndex(s, sep); i >= 0 {
		return s[:i], s[i+len(sep):], true
	}
	return s, "", false
}

// rolesByTable reads what an access rule lets through, so an empty list is no proof of no roles: it is an error.
func (u *Users) rolesByTable(ctx context.Context, userID string) (Roles, error) {
	type grant struct {
		Name      table.Text `json:"role.name"`
		Inherited table.Bool `json:"inherited"`
		Group     table.Text `json:"granted_by.name"`
	}
	q := table.Where("user", table.Is, userID).And("state", table.Is, "active")
	var roles Roles
	for row, err := range table.Of[grant](u.tables, "sys_user_has_role").List(ctx, table.ListOptions{Query: q}) {
		if err != nil {
			return nil, err
		}
		if name := row.Name.String(); name != "" {
			group := row.Group.String()
			roles = append(roles, Role{Name: name, Group: group, Inherited: group != "" || row.Inherited.Bool()})
		}
	}
	if len(roles) == 0 {
		return nil, errors.New("no role can be read")
	}
	return roles, nil
}
