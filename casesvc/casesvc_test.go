package casesvc_test

import (
	"encoding/json"
	"errors"
	"net/http"
	"reflect"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"github.com/seed-a66f7fd3/servicenow/casesvc"
	"github.com/seed-a66f7fd3/servicenow/internal/rest"
	"github.com/seed-a66f7fd3/servicenow/internal/wiretest"
	"github.com/seed-a66f7fd3/servicenow/table"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	caseID    = "dccc6024d7700200e5982cf65e6103e5"
	accountID = "86837a386f0331003b3c498f5d3ee4ca"
	contactID = "4d147a386f0331003b3c498f5d3ee437"
	userID    = "85453c616fc331003b3c498f5d3ee4fa"
	base      = "/api/sn_customerservice/case"
)

func connect(t *testing.T) (*wiretest.Wire, *casesvc.Service) {
	w := wiretest.New(t)
	return w, casesvc.New(w.Conn, w.Tables)
}

// aCase is a case as the API sends it, with account and contact as they stand.
func aCase(account, contact string) string {
	return `{"sys_id":"` + caseID + `","number":"CS0000009","state":"18","active":"true","priority":"3",
		"short_description":"Advanced and large routers making noise","assigned_to":"` + userID + `","consumer":"",
		"sn_app_cs_social_social_profile":"","skills":"a6d64b11d772120058c92cf65e610357,9b178b11d772120058c92cf65e610382",
		"opened_at":"2016-09-19 16:49:18","sys_mod_count":"5","u_region":"west","contact":` + contact + `,"account":` + account + `}`
}

const (
	wholeAccount = `{"sys_id":"` + accountID + `","number":"ACCT0000001","name":"Boxeo","customer":"true",
		"longitude":"-122.4005464","primary_contact":"` + contactID + `","parent":""}`
	wholeContact = `{"sys_id":"` + contactID + `","name":"Julie Lewis","vip":"false","account":"` + accountID + `"}`
)

func TestGetReadsAccountAndContactInEveryShape(t *testing.T) {
	quoted := func(id string) string { return `"` + id + `"` }
	both := func(id, name string) string { return `{"display_value":"` + name + `","value":"` + id + `"}` }
	for name, tt := range map[string]struct {
		account, contact string
		id               string
		whole            bool
	}{
		"whole records":           {wholeAccount, wholeContact, accountID, true},
		"ids":                     {quoted(accountID), quoted(contactID), accountID, false},
		"none, or not to be seen": {`""`, `""`, "", false},
		"null":                    {`null`, `null`, "", false},
		"both faces":              {both(accountID, "Boxeo"), both(contactID, "Julie"), accountID, false},
		"both faces, whole": {
			`{"sys_id":` + both(accountID, accountID) + `,"name":` + both("Boxeo", "Boxeo") + `}`,
			`{"sys_id":` + both(contactID, contactID) + `,"name":` + both("Julie Lewis", "Julie Lewis") + `}`, accountID, true,
		},
	} {
		t.Run(name, func(t *testing.T) {
			w, svc := connect(t)
			w.On(http.MethodGet, base+"/"+caseID, wiretest.Result(aCase(tt.account, tt.contact)))
			c, err := svc.Get(t.Context(), caseID)
			if err != nil {
				t.Fatal(err)
			}
			if c.Account.ID() != tt.id || c.State.String() != table.CaseAwaitingInfo || c.Extra["u_region"].String() != "west" {
				t.Errorf("account %q, state %q, u_region %q", c.Account.ID(), c.State, c.Extra["u_region"])
			}
			if got := c.Related.Account != nil && c.Related.Contact != nil; got != tt.whole {
				t.Fatalf("related %+v", c.Related)
			}
			if tt.whole && (c.Related.Account.Name.String() != "Boxeo" || c.Related.Contact.Name.String() != "Julie Lewis") {
				t.Errorf("account %q, contact %q", c.Related.Account.Name, c.Related.Contact.Name)
			}
			if c.Related.Consumer != nil || c.Related.SocialProfiles != nil {
				t.Errorf("related %+v", c.Related)
			}
			w.Expect("GET " + base + "/" + caseID)
		})
	}
}

func TestCasesAreWrittenDownWithoutLoss(t *testing.T) {
	for name, text := range map[string]string{
		"with records":  aCase(wholeAccount, wholeContact),
		"with ids":      aCase(`"`+accountID+`"`, `""`),
		"social":        strings.Replace(aCase(`""`, `""`), `profile":""`, `profile":[{"sys_id":"ab","channel":{"name":"x"}}]`, 1),
		"one profile":   strings.Replace(aCase(`""`, `""`), `profile":""`, `profile":{"sys_id":"ab","channel":"x"}`, 1),
		"other records": strings.Replace(aCase(`""`, `""`), `"u_region":`, `"product":{"sys_id":"p","price":1.50},"u_region":`, 1),
		"other objects": strings.Replace(aCase(`""`, `""`), `"u_region":`, `"u_map":{"a":[true,null]},"u_region":`, 1),
		"without much":  `{"sys_id":"` + caseID + `"}`,
		"with a number": `{"sys_id":"` + caseID + `","priority":3,"u_list":["a",1]}`,
	} {
		var c casesvc.Case
		if err := json.Unmarshal([]byte(text), &c); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		written, err := json.Marshal(c)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		var got, want any
		if err := errors.Join(json.Unmarshal(written, &got), json.Unmarshal([]byte(text), &want)); err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%s:\n got %s\nwant %s", name, written, text)
		}
	}
}

func TestGetByNumber(t *testing.T) {
	w, svc := connect(t)
	w.On(http.MethodGet, base+"/CS0000009", wiretest.Result(aCase(`""`, `""`)))
	w.On(http.MethodGet, base+"/CS0000010", wiretest.Result(aCase(`""`, `""`)))
	c, err := svc.Get(t.Context(), "CS0000009", casesvc.ReadOptions{Display: table.StoredAndDisplay})
	if err != nil || c.SysID.String() != caseID {
		t.Fatalf("got %v, %v", c, err)
	}
	if c, err := svc.Get(t.Context(), "CS0000010"); err == nil || c != nil {
		t.Errorf("another case than the one asked for: %v, %v", c, err)
	}
	w.Expect("GET "+base+"/CS0000009?sysparm_display_value=all", "GET "+base+"/CS0000010")
}

// No name that an end user typed can lead anywhere else, or is sent at all.
func TestNamesCannotLeaveTheirPlace(t *testing.T) {
	w, svc := connect(t)
	for _, id := range []string{"", "..", "../../now/table/sys_user", "%2e%2e%2f", caseID + "/../x", caseID + "?sysparm_x=1",
		"a b"} {
		for call, err := range map[string]error{
			"Get":         second(svc.Get(t.Context(), id)),
			"Update":      second(svc.Update(t.Context(), id, table.Set("priority", table.NewChoice("1")))),
			"Activities":  second(svc.Activities(t.Context(), id, casesvc.ActivityOptions{})),
			"FieldValues": second(svc.FieldValues(t.Context(), id, casesvc.FieldValueOptions{})),
			"AddComment":  svc.AddComment(t.Context(), id, "x"),
			"Close":       svc.Close(t.Context(), id, casesvc.Resolution{Notes: "x"}),
			"Escalate":    second(svc.Escalate(t.Context(), id, casesvc.Escalation{Justification: "x"})),
		} {
			if !errors.Is(err, rest.ErrInvalid) {
				t.Errorf("%s(%q): %v", call, id, err)
			}
		}
		for _, err := range svc.Escalations(t.Context(), id) {
			if !errors.Is(err, rest.ErrInvalid) {
				t.Errorf("Escalations(%q): %v", id, err)
			}
		}
	}
	w.Expect()
}

func second[T any](_ T, err error) error { return err }

func TestErrorsOfTheInstance(t *testing.T) {
	w, svc := connect(t)
	for status, want := range map[int]error{404: rest.ErrNotFound, 401: rest.ErrUnauthorized, 403: rest.ErrForbidden} {
		w.On(http.MethodGet, base+"/"+caseID, wiretest.Answer{Status: status,
			Body: `{"error":{"message":"No","detail":""},"status":"failure"}`})
		_, err := svc.Get(t.Context(), caseID)
		if !errors.Is(err, want) {
			t.Errorf("%d: %v", status, err)
		}
		if e, ok := errors.AsType[*rest.Error](err); status == 403 && (!ok || !strings.Contains(e.Remedy, "csm_ws_integration")) {
			t.Errorf("the remedy does not name the role: %+v", e)
		}
	}
}
