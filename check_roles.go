package servicenow

import (
	"context"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/seed-a66f7fd3/servicenow/table"
)

// knownRoles is what could be found out about the integration user's roles.
type knownRoles struct {
	all   Roles           // every one of them, where the instance lists them
	asked map[string]bool // the answer to "do you have it?", where it does not
}

// has reports whether the user has the role, and whether that is known at all. An admin has every role.
func (r knownRoles) has(role string) (has, known bool) {
	if r.all != nil {
		return r.all.Has(role) || r.all.Has(roleAdmin), true
	}
	has, known = r.asked[role]
	return has, known
}

// restricted reports the platform's read-only role. It takes the writing away that other roles give.
// https://www.servicenow.com/docs/r/platform-administration/user-administration/c_ReadOnlyRole.html
func (r knownRoles) restricted() bool { return r.all.Has(roleReadOnly) }

// rolesOf lists the user's roles, or, where they cannot be listed, asks for those that matter one by one.
func (k *checker) rolesOf(ctx context.Context) {
	f := Finding{ID: "roles", Name: "the integration user's roles", Verdict: Pass}
	roles, err := k.client.Users.Roles(ctx, k.me)
	if err == nil && len(roles) > 0 {
		k.roles.all = roles
		f.Evidence = strings.Join(roles.Names(), ", ")
		k.add(f)
		return
	}
	k.roles.asked = k.askRoles(ctx)
	switch {
	case k.roles.asked != nil:
		f.Evidence = "of " + strings.Join(slices.Sorted(maps.Keys(k.roles.asked)), ", ") + ": " + k.roles.names()
	case err != nil:
		f.Verdict, f.Evidence = Unknown, err.Error()
		f.Remedy = "to see them here, let the integration user read sys_user_has_role, as the role itil does"
	default:
		f.Verdict, f.Evidence = Unknown, "none visible: this user has no roles, or may not read them"
	}
	k.add(f)
}

func (r knownRoles) names() string {
	var names []string
	for name, has := range r.asked {
		if has {
			names = append(names, name)
		}
	}
	if len(names) == 0 {
		return "none"
	}
	slices.Sort(names)
	return strings.Join(names, ", ")
}

// askRoles asks the instance whether the caller has the roles that the capability names, in queries for the caller's
// own row whose condition holds exactly if it has. No right on roles is needed. Nil where the instance does not run
// such conditions, which two controls tell.
//
// gs.hasRole, gs.isLoggedIn and gs.nil are among the functions that the platform lets queries call:
// https://www.servicenow.com/docs/r/api-reference/scripts/guarded-script-allowed-apis.html
//
// belief: the REST APIs run them as lists do, of which the documentation's own example is gs.getUserID(). One call on a
// real instance would settle it; where they do not, the controls say so and the roles stay unknown.
func (k *checker) askRoles(ctx context.Context) map[string]bool {
	if yes, err := k.holds(ctx, table.LoggedIn()); err != nil || !yes {
		return nil
	}
	if no, err := k.holds(ctx, table.Never()); err != nil || no {
		return nil
	}
	asked := map[string]bool{}
	var mu sync.Mutex
	var wg sync.WaitGroup
	for _, role := range k.capability.roles() {
		wg.Go(func() {
			if has, err := k.holds(ctx, table.HasRole(role)); err == nil {
				mu.Lock()
				defer mu.Unlock()
				asked[role] = has
			}
		})
	}
	wg.Wait()
	return asked
}

// holds asks for the caller's own row, which is active, under the condition that the script is true.
func (k *checker) holds(ctx context.Context, script table.Expr) (bool, error) {
	q := table.Where("sys_id", table.Is, k.me).AndExpr("active", table.Is, script)
	text, err := q.Encode()
	if err != nil {
		return false, err
	}
	rows, err := k.users(ctx, text)
	return len(rows) == 1 && rows[0].SysID == k.me, err
}

// roles are those that the capability's remedies name, each once.
func (c Capability) roles() []string {
	names := []string{roleAdmin}
	for _, n := range c.Needs() {
		if n.Role != "" {
			names = append(names, n.Role)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}
