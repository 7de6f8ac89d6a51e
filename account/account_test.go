package account_test

import (
	"encoding/json"
	"errors"
	"iter"
	"net/http"
	"reflect"
	"testing"

	"go.uber.org/goleak"

	"github.com/seed-a66f7fd3/servicenow/account"
	"github.com/seed-a66f7fd3/servicenow/internal/rest"
	"github.com/seed-a66f7fd3/servicenow/internal/wiretest"
	"github.com/seed-a66f7fd3/servicenow/table"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	accountID  = "bf60bef46f0331003b3c498f5d3ee41a"
	contactID  = "ddce70866f9331003b3c498f5d3ee417"
	consumerID = "01d8403fdb1b1200b6075200cf961941"
)

// The records have the members, and the odd ones of these, that the documentation's examples have.
const (
	anAccount = `{"banner_image_light":"","country":"USA","active_escalation":"e4fa242887150300fe4433d4c6cb0b5f",
		"sys_updated_on":"2020-07-30 21:57:54","number":"ACCT0000009","contact":"bea1fef46f0331003b3c498f5d3ee4c5",
		"longitude":"-122.116445","profits":"0","name":"Avid Corporation","account_code":"~~~~9","primary":"false",
		"sys_class_name":"customer_account","account_parent":"","sys_id":"` + accountID + `","num_employees":"",
		"lat_long_error":"","revenue_per_year":"0","publicly_traded":"false","sys_mod_count":"10","sys_tags":"",
		"account_path":"~~~~1/~~~~9","primary_contact":"bea1fef46f0331003b3c498f5d3ee4c5","customer":"true"}`
	aContact = `{"country":"","calendar_integration":"1","last_position_update":"","last_login_time":"2018-03-10 21:48:11",
		"last_login_device":"0:0:0:0:0:0:0:1%0","web_service_access_only":"false","notification":"2","sys_domain":"global",
		"vip":"false","geolocation_tracked":"false","sys_domain_path":"/","phone":"+1 858 287 7834","name":"George Warren",
		"user_name":"george.warren","edu_status":"faculty","sys_class_name":"customer_contact","sys_id":"` + contactID + `",
		"company":"` + accountID + `","email":"geo.warren@acme.example","locked_out":"false","time_zone":"","account":"` + accountID + `"}`
	aConsumer = `{"country":"USA","gender":"Male","prefix":"","suffix":"","number":"CSMR0000004","notification":"2",
		"sys_id":"` + consumerID + `","business_phone":"","sys_updated_by":"prithvi","sys_domain":"global","first_name":"Harding",
		"email":"harding.asher@acme.example","photo":"","active":"true","name":"Harding Asher","household":"",
		"user":"c3d35d82c37122005871d44d81d3ae91","primary":"false"}`
)

func connect(t *testing.T) (*wiretest.Wire, *account.Service) {
	w := wiretest.New(t)
	return w, account.New(w.Conn, w.Tables)
}

func TestGet(t *testing.T) {
	w, svc := connect(t)
	w.On(http.MethodGet, "/api/now/account/"+accountID, wiretest.Result(anAccount))
	w.On(http.MethodGet, "/api/now/contact/"+contactID, wiretest.Result(aContact))
	w.On(http.MethodGet, "/api/now/consumer/"+consumerID, wiretest.Result(aConsumer))

	a, err := svc.Get(t.Context(), accountID)
	same(t, anAccount, a, err)
	if a.Name.String() != "Avid Corporation" || !a.Customer.Bool() || a.PrimaryContact.ID() != "bea1fef46f0331003b3c498f5d3ee4c5" ||
		!a.AccountParent.IsEmpty() || a.Website.IsSet() {
		t.Errorf("account %+v", a)
	}
	c, err := svc.Contact(t.Context(), contactID)
	same(t, aContact, c, err)
	if c.Name.String() != "George Warren" || c.Account.ID() != accountID || c.Domain.ID() != "global" || c.VIP.Bool() {
		t.Errorf("contact %+v", c)
	}
	p, err := svc.Consumer(t.Context(), consumerID)
	same(t, aConsumer, p, err)
	if p.FirstName.String() != "Harding" || p.User.ID() != "c3d35d82c37122005871d44d81d3ae91" || !p.Active.Bool() {
		t.Errorf("consumer %+v", p)
	}
	w.Expect("GET /api/now/account/"+accountID, "GET /api/now/contact/"+contactID, "GET /api/now/consumer/"+consumerID)
}

// same fails unless the row, written down again, is what was sent.
func same(t *testing.T, sent string, row any, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	written, err := json.Marshal(row)
	var got, want any
	if err := errors.Join(err, json.Unmarshal(written, &got), json.Unmarshal([]byte(sent), &want)); err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("\n got %s\nwant %s", written, sent)
	}
}

func TestLists(t *testing.T) {
	o := account.ListOptions{Query: table.Where("account", table.Is, accountID)}
	for name, tt := range map[string]struct {
		row, id string
		count   func(*account.Service) int
	}{
		"account":  {anAccount, accountID, func(s *account.Service) int { return count(t, s.List(t.Context(), o)) }},
		"contact":  {aContact, contactID, func(s *account.Service) int { return count(t, s.Contacts(t.Context(), o)) }},
		"consumer": {aConsumer, consumerID, func(s *account.Service) int { return count(t, s.Consumers(t.Context(), o)) }},
	} {
		t.Run(name, func(t *testing.T) {
			w, svc := connect(t)
			more := wiretest.Answer{Body: `{"result":[` + tt.row + `],"hasMore":true}`} // where some instances say so
			w.On(http.MethodGet, "/api/now/"+name, more, wiretest.Answer{Body: `{"hasMore":false,"result":[]}`})
			if n := tt.count(svc); n != 1 {
				t.Errorf("%d rows", n)
			}
			line := "GET /api/now/" + name + "?sysparm_limit=200&sysparm_query=account=" + accountID
			w.Expect(line+"^ORDERBYsys_id", line+"^sys_id>"+tt.id+"^ORDERBYsys_id")
		})
	}
}

func count[T any](t *testing.T, rows iter.Seq2[T, error]) int {
	t.Helper()
	n := 0
	for _, err := range rows {
		if err != nil {
			t.Error(err)
		}
		n++
	}
	return n
}

func TestCreateAnswersWithABareID(t *testing.T) {
	w, svc := connect(t)
	w.On(http.MethodPost, "/api/now/contact", wiretest.Answer{Status: 201, Body: `{"result":"` + contactID + `"}`})
	w.On(http.MethodPost, "/api/now/consumer", wiretest.Answer{Status: 201, Body: `{"result":"` + consumerID + `"}`},
		wiretest.Result(`"no"`))
	who := table.Set("first_name", table.NewText("Dora")).Set("account", table.RefTo(accountID))
	if id, err := svc.CreateContact(t.Context(), who); id != contactID || err != nil {
		t.Errorf("got %q, %v", id, err)
	}
	if id, err := svc.CreateConsumer(t.Context(), who); id != consumerID || err != nil {
		t.Errorf("got %q, %v", id, err)
	}
	if id, err := svc.CreateConsumer(t.Context(), who); err == nil {
		t.Errorf("%q was taken for an id", id)
	}
	w.Expect("POST /api/now/contact", "POST /api/now/consumer", "POST /api/now/consumer")
	if body := w.Sent()[0].Body; body != `{"first_name":"Dora","account":"`+accountID+`"}` {
		t.Errorf("body %s", body)
	}
}

func TestUpdateGoesThroughTheTable(t *testing.T) {
	w, svc := connect(t)
	phone := table.Set("phone", table.NewText("1"))
	for name, update := range map[string]func(id string) error{
		account.Table:         func(id string) error { _, err := svc.Update(t.Context(), id, phone); return err },
		account.ContactTable:  func(id string) error { _, err := svc.UpdateContact(t.Context(), id, phone); return err },
		account.ConsumerTable: func(id string) error { _, err := svc.UpdateConsumer(t.Context(), id, phone); return err },
	} {
		before := len(w.Sent())
		w.On(http.MethodPatch, "/api/now/v2/table/"+name+"/"+accountID, wiretest.Result(`{"sys_id":"`+accountID+`"}`))
		if err := update(accountID); err != nil || len(w.Sent()) != before+1 {
			t.Errorf("%s: %v after %d requests", name, err, len(w.Sent())-before)
		}
	}
}

func TestWhatCannotBeIsNotSent(t *testing.T) {
	w, svc := connect(t)
	for _, id := range []string{"", "..", "../contact", "%2f", accountID + "?x"} {
		for call, err := range map[string]error{
			"Get": second(svc.Get(t.Context(), id)), "Contact": second(svc.Contact(t.Context(), id)),
			"Consumer": second(svc.Consumer(t.Context(), id)),
		} {
			if !errors.Is(err, rest.ErrInvalid) {
				t.Errorf("%s(%q): %v", call, id, err)
			}
		}
	}
	if _, err := svc.CreateContact(t.Context(), table.Changes{}); !errors.Is(err, rest.ErrInvalid) {
		t.Errorf("nothing to write: %v", err)
	}
	for _, o := range []account.ListOptions{{PageSize: -1}, {Limit: -1}, {Query: table.Where("a b", table.Is, "1")}} {
		for _, err := range svc.List(t.Context(), o) {
			if !errors.Is(err, rest.ErrInvalid) {
				t.Errorf("%+v: %v", o, err)
			}
		}
	}
	w.Expect()
}

func second[T any](_ T, err error) error { return err }
