package servicenow

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"

	"github.com/seed-a66f7fd3/servicenow/internal/ident"
	"github.com/seed-a66f7fd3/servicenow/internal/rest"
	"github.com/seed-a66f7fd3/servicenow/table"
)

// Users finds out who somebody is, oneself first. It is safe for concurrent use.
type Users struct {
	conn   *rest.Conn
	tables *table.Service
}

func newUsers(conn *rest.Conn, tables *table.Service) *Users {
	return &Users{conn: conn, tables: tables}
}

// ErrWhoAmI is an instance that does not tell who its caller is.
var ErrWhoAmI = errors.New("the instance does not tell who the caller is")

// Me is the user whose credentials are used: sys_id, user name and name, and, where the user may read its own row of
// sys_user, e-mail and time zone. One request, or two where the first gave no answer to trust. Anything else than
// exactly one user is ErrWhoAmI and never a guess: a platform that drops a clause it does not understand answers a
// question for oneself with somebody else.
//
// The first way is documented (https://www.servicenow.com/docs/r/api-reference/rest-apis/c_TableAPI.html). The second
// is what the platform's own pages ask, /api/now/ui/user/current_user.
//
// belief: that second one answers calls with a bearer token, as public applications rely on; one call on a real
// instance would settle it. It is asked only where the first fails.
func (u *Users) Me(ctx context.Context) (table.User, error) {
	me, err := u.meByQuery(ctx)
	if err == nil || !doubtful(err) {
		return me, err
	}
	me, second := u.meByPage(ctx)
	if second == nil {
		return me, nil
	}
	unknown := &rest.Error{Op: "users.Me", Err: fmt.Errorf("%w: %w; %w", ErrWhoAmI, err, second), Remedy: Remedy(err)}
	if unknown.Remedy == "" {
		unknown.Remedy = "let the integration user read its own row of sys_user"
	}
	return table.User{}, unknown
}

var errNotOne = errors.New("the query for oneself did not answer with exactly one user")

// doubtful reports an answer for which another question may have a better one. A caller who is not let in at all, or
// an instance that is away, has nothing better to say.
func doubtful(err error) bool {
	return errors.Is(err, errNotOne) || errors.Is(err, rest.ErrForbidden) || errors.Is(err, rest.ErrNotFound) ||
		errors.Is(err, rest.ErrInvalid)
}

// meByQuery asks for two rows, so that a dropped clause shows. Where access rules hide all but one row of the two, the
// count in the header still shows it.
func (u *Users) meByQuery(ctx context.Context) (table.User, error) {
	params := url.Values{
		"sysparm_fields": {"sys_id,user_name,name,email,time_zone"}, "sysparm_limit": {"2"},
		"sysparm_exclude_reference_link": {"true"}, "sysparm_suppress_pagination_header": {"true"},
	}
	q := table.WhereExpr("sys_id", table.Is, table.CurrentUser())
	if err := q.EncodeValues("sysparm_query", &params); err != nil {
		return table.User{}, err
	}
	op := rest.Op{
		Name: "users.Me", Method: http.MethodGet, Query: params,
		Path: []string{"api", "now", "v2", "table", "sys_user"},
	}
	rows, meta, err := rest.Do[[]table.User](ctx, u.conn, op)
	if err != nil {
		return table.User{}, err
	}
	if len(rows) != 1 || meta.Total > 1 || ident.SysID(rows[0].SysID.String()) != nil {
		return table.User{}, errNotOne
	}
	return rows[0], nil
}

func (u *Users) meByPage(ctx context.Context) (table.User, error) {
	op := rest.Op{
		Name: "users.Me", Method: http.MethodGet, Path: []string{"api", "now", "ui", "user", "current_user"},
	}
	type current struct {
		SysID    table.Text `json:"user_sys_id"`
		UserName table.Text `json:"user_name"`
		Name     table.Text `json:"user_display_name"`
	}
	me, _, err := rest.Do[current](ctx, u.conn, op)
	if err == nil && ident.SysID(me.SysID.String()) != nil {
		err = errors.New("users.Me: the instance did not answer with a sys_id")
	}
	if err != nil {
		return table.User{}, err
	}
	return table.User{System: table.System{SysID: me.SysID}, UserName: me.UserName, Name: me.Name}, nil
}

// BySysID reads a user. One request. ErrNotFound where there is none that the caller may see.
//
// See https://www.servicenow.com/docs/r/api-reference/rest-apis/c_TableAPI.html.
func (u *Users) BySysID(ctx context.Context, id string) (table.User, error) {
	return table.Users(u.tables).Get(ctx, id)
}

// ByUserName finds the user with a login name, which is unique. ErrNotFound where there is none that the caller may
// see. One request where the user may be seen, and one more to make sure that there is none.
//
// See https://www.servicenow.com/docs/r/api-reference/rest-apis/c_TableAPI.html.
func (u *Users) ByUserName(ctx context.Context, name string) (table.User, error) {
	return table.Users(u.tables).First(ctx, table.Where("user_name", table.Is, name))
}

// maxSameEmail bounds a list that has one member nearly always.
const maxSameEmail = 100

// ByEmail finds the users with an address, none included: an address is not unique on the platform, so it does not
// identify anybody by itself. One request, and one more to make sure that there are no others.
//
// See https://www.servicenow.com/docs/r/api-reference/rest-apis/c_TableAPI.html.
func (u *Users) ByEmail(ctx context.Context, address string) ([]table.User, error) {
	o := table.ListOptions{Query: table.Where("email", table.Is, address), PageSize: maxSameEmail}
	return table.Collect(table.Users(u.tables).List(ctx, o), maxSameEmail)
}
