package servicenowtest

import (
	"fmt"
	"testing"
)

func (b *bench) asRole(roles ...string) { b.who.Roles = roles }

// https://www.servicenow.com/docs/r/api-reference/rest-apis/account-api.html, contact-api.html, consumer-api.html
func TestCustomers(t *testing.T) {
	b := newBench(t)
	b.asRole("csm_ws_integration")
	parent := b.seed("customer_account", row{"name": "Parent"})
	for i := range 11 {
		b.seed("customer_account", row{"name": fmt.Sprintf("Account %02d", i), "account_parent": parent})
	}
	a := b.get("/api/now/account").want(200)
	if n := len(a.list("sys_id")); n != 10 {
		t.Errorf("without a limit the list has %d rows, want 10", n)
	}
	a = b.get("/api/now/v1/account?sysparm_query=nameLIKEAccount^ORDERBYDESCname&sysparm_limit=2&sysparm_offset=1&nonsense=1").want(200)
	a.is("result/0/name", "Account 09").is("result/0/account_parent", parent).is("result/0/primary", "false").
		is("result/2", "<absent>").is("hasMore", "<absent>")
	b.get("/api/now/account/"+parent).want(200).is("result/name", "Parent").is("result/sys_class_name", "customer_account")
	b.get("/api/now/account/none").want(404)
	b.do("POST", "/api/now/account", "{}").want(405)
	for path, table := range map[string]string{"contact": "customer_contact", "consumer": "csm_consumer"} {
		a := b.do("POST", "/api/now/"+path, `{"first_name":"Ada","last_name":"Diaz","email":"a@x.example","bogus":"1"}`).want(201)
		got, ok := b.db.Get(table, a.value("result")) // a bare sys_id
		if !ok || got.Get("name") != "Ada Diaz" {
			t.Errorf("%s: %v", path, a.Body)
		}
		b.get("/api/now/"+path+"/"+a.value("result")).want(200).is("result/email", "a@x.example")
		b.get("/api/now/"+path).want(200).is("result/0/name", "Ada Diaz")
	}
	b.quirks.HasMore = true
	b.get("/api/now/account?sysparm_limit=2").is("hasMore", "true")
	b.asRole("itil")
	for _, path := range []string{"account", "contact", "consumer"} {
		b.get("/api/now/"+path).want(403).is("error/message", "User Not Authorized")
	}
}
