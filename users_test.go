package servicenow

import (
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/seed-a66f7fd3/servicenow/internal/rest"
	"github.com/seed-a66f7fd3/servicenow/internal/wiretest"
)

const (
	aUser   = "62826bf03710200044e0bfc8bcbe5df1"
	another = "da419c1fc312310015519f2974d3ae15"

	usersPath   = "/api/now/v2/table/sys_user"
	currentUser = "/api/now/ui/user/current_user"
	inheritance = "/api/global/user_role_inheritance"
	grants      = "/api/now/v2/table/sys_user_has_role"
)

func userRow(id string) string {
	return `{"sys_id":"` + id + `","user_name":"int.bot","name":"Int Bot","email":"bot@acme.example","time_zone":""}`
}

func refusal(status int) wiretest.Answer {
	return wiretest.Answer{Status: status, Body: `{"error":{"message":"no","detail":""},"status":"failure"}`}
}

// Whoever the caller is, nobody else may be taken for it.
func TestMe(t *testing.T) {
	query := "GET " + usersPath + "?sysparm_exclude_reference_link=true&sysparm_fields=sys_id,user_name,name,email,time_zone&" +
		"sysparm_limit=2&sysparm_query=sys_id=javascript:gs.getUserID()&sysparm_suppress_pagination_header=true"
	counted := wiretest.Result("[" + userRow(another) + "]")
	counted.Header = map[string]string{"X-Total-Count": "311"}
	page := wiretest.Result(`{"user_sys_id":"` + aUser +
		`","user_name":"int.bot","user_display_name":"Int Bot","user_initials":"IB"}`)
	noSuchURI := wiretest.Answer{Status: http.StatusBadRequest,
		Body: `{"error":{"message":"Requested URI does not represent any resource","detail":null},"status":"failure"}`}
	for name, tt := range map[string]struct {
		rows, page wiretest.Answer
		first      bool // the first answer is taken
		err        error
	}{
		"one row":                        {rows: wiretest.Result("[" + userRow(aUser) + "]"), first: true},
		"the clause was dropped":         {rows: wiretest.Result("[" + userRow(another) + "," + userRow(aUser) + "]"), page: page},
		"dropped, and one row is hidden": {rows: counted, page: page},
		"the clause was refused":         {rows: wiretest.Result(`[]`), page: page},
		"no right to sys_user":           {rows: refusal(403), page: page},
		"a row without an id":            {rows: wiretest.Result(`[{"user_name":"x"}]`), page: page},
		"neither":                        {rows: wiretest.Result(`[]`), page: refusal(403), err: ErrWhoAmI},
		"neither, and no such page":      {rows: wiretest.Result(`[]`), page: noSuchURI, err: ErrWhoAmI},
		"neither, and no id":             {rows: refusal(403), page: wiretest.Result(`{"user_sys_id":""}`), err: ErrWhoAmI},
		"not let in":                     {rows: refusal(401), first: true, err: rest.ErrUnauthorized},
		"away":                           {rows: refusal(503), first: true, err: rest.ErrUnavailable},
	} {
		t.Run(name, func(t *testing.T) {
			w := wiretest.New(t)
			w.On(http.MethodGet, usersPath, tt.rows)
			w.On(http.MethodGet, currentUser, tt.page)
			me, err := newUsers(w.Conn, w.Tables).Me(t.Context())
			if !errors.Is(err, tt.err) || tt.err == nil && (err != nil || me.SysID.String() != aUser ||
				me.Name.String() != "Int Bot") {
				t.Errorf("got %+v, %v", me, err)
			}
			if tt.err == ErrWhoAmI && (!me.SysID.IsZero() || Remedy(err) == "" || strings.Contains(Remedy(err), "plugin")) {
				t.Errorf("an error beside %v, with the remedy %q", me, Remedy(err))
			}
			lines := []string{query, "GET " + currentUser}
			switch {
			case tt.err == rest.ErrUnauthorized:
				lines = []string{query, query} // once more with a renewed credential
			case tt.first:
				lines = lines[:1]
			}
			w.Expect(lines...)
		})
	}
}

func TestFindingUsers(t *testing.T) {
	w := wiretest.New(t)
	users := newUsers(w.Conn, w.Tables)
	w.On(http.MethodGet, usersPath+"/"+aUser, wiretest.Result(userRow(aUser)))
	w.On(http.MethodGet, usersPath, wiretest.Result("["+userRow(aUser)+","+userRow(another)+"]"),
		wiretest.Answer{Body: `{"result":[]}`,
			Header: map[string]string{"X-Total-Count": "0"}}, wiretest.Result("["+userRow(aUser)+"]"))
	if u, err := users.BySysID(t.Context(), aUser); err != nil || u.UserName.String() != "int.bot" {
		t.Errorf("got %+v, %v", u, err)
	}
	same, err := users.ByEmail(t.Context(), "bot@acme.example")
	if err != nil || len(same) != 2 {
		t.Errorf("an address is not unique: got %v, %v", same, err)
	}
	if u, err := users.ByUserName(t.Context(), "int.bot"); err != nil || u.SysID.String() != aUser {
		t.Errorf("got %+v, %v", u, err)
	}
	if n := len(w.Sent()); n != 4 {
		t.Errorf("%d requests", n)
	}
}

func TestRoles(t *testing.T) {
	w := wiretest.New(t)
	w.On(http.MethodGet, inheritance, wiretest.Result(`{"user_name":"abel.tuter",
		"from_group":["[Azure Operators]/sn_azure.operator","[Azure Operators/EU]/sn_azure.operator/sn_azure.user"],
		"from_role":["/snc_internal","/cloud_user","/cloud_user/pa_viewer"]}`))
	roles, err := newUsers(w.Conn, w.Tables).Roles(t.Context(), aUser)
	if err != nil {
		t.Fatal(err)
	}
	want := Roles{
		{Name: "snc_internal", Via: []string{}}, {Name: "cloud_user", Via: []string{}},
		{Name: "pa_viewer", Via: []string{"cloud_user"}, Inherited: true},
		{Name: "sn_azure.operator", Group: "Azure Operators", Via: []string{}, Inherited: true},
		{Name: "sn_azure.user", Group: "Azure Operators/EU", Via: []string{"sn_azure.operator"}, Inherited: true},
	}
	if !slices.EqualFunc(roles, want, func(a, b Role) bool {
		return a.Name == b.Name && a.Group == b.Group && slices.Equal(a.Via, b.Via) && a.Inherited == b.Inherited
	}) {
		t.Errorf("got %+v", roles)
	}
	if !roles.Has("pa_viewer") || roles.Has("admin") || len(roles.Names()) != 5 || roles.Names()[0] != "cloud_user" {
		t.Errorf("names %v", roles.Names())
	}
	w.Expect("GET " + inheritance + "?user_sysid=" + aUser)
}

func TestRolesWithoutTheRightToAskForThem(t *testing.T) {
	row := `{"sys_id":"` + another + `","role.name":"itil","inherited":"true","granted_by.name":"Network"}`
	table := wiretest.Answer{Body: `{"result":[` + row + `]}`, Header: map[string]string{"X-Total-Count": "1"}}
	none := wiretest.Answer{Body: `{"result":[]}`, Header: map[string]string{"X-Total-Count": "0"}}
	for name, tt := range map[string]struct {
		refused wiretest.Answer
		table   wiretest.Answer
		want    error
		ok      bool
	}{
		"no right": {refusal(403), table, nil, true}, "no such API": {refusal(404), table, nil, true},
		"bad request": {refusal(400), table, nil, true}, "nothing to see": {refusal(403), none, rest.ErrForbidden, false},
		"nor the table": {refusal(404), refusal(403), rest.ErrNotFound, false}, "away": {refusal(503), table, rest.ErrUnavailable,
			false},
	} {
		t.Run(name, func(t *testing.T) {
			w := wiretest.New(t)
			w.On(http.MethodGet, inheritance, tt.refused)
			w.On(http.MethodGet, grants, tt.table, none)
			roles, err := newUsers(w.Conn, w.Tables).Roles(t.Context(), aUser)
			if (err == nil) != tt.ok || !errors.Is(err, tt.want) {
				t.Fatalf("got %v, %v", roles, err)
			}
			if tt.ok && (!roles.Has("itil") || roles[0].Group != "Network" || !roles[0].Inherited) {
				t.Errorf("got %+v", roles)
			}
		})
	}
	w := wiretest.New(t)
	if _, err := newUsers(w.Conn, w.Tables).Roles(t.Context(), "../x"); !errors.Is(err, rest.ErrInvalid) {
		t.Errorf("got %v", err)
	}
}
