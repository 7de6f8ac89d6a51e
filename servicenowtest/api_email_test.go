package servicenowtest

import (
	"strings"
	"testing"
)

// https://www.servicenow.com/docs/r/api-reference/rest-apis/email-api.html
func TestEmail(t *testing.T) {
	b := newBench(t)
	b.asRole("email_api_send")
	id := b.incidents(1)[0]
	a := b.do("POST", "/api/now/v1/email", `{"to":["Ada <ada@x.example>","b@x.example"],"cc":["c@x.example"],"subject":"Hello",`+
		`"text":"Hi","html":"<b>Hi</b>","importance":"high","headers":{"X-App":"bot"},"table_name":"incident","table_record_id":"`+id+`"}`).want(200)
	mail := a.value("result/id")
	a.is("result/links/0/rel", "self").is("result/links/0/href", "/now/v1/email/"+mail). // without /api
												is("result/links/1/rel", "status").is("result/links/1/href", "/now/v1/email/"+mail+"?sysparm_fields=id,type,state,error")
	got := b.get("/api/now/v1/email/" + mail).want(200)
	for member, want := range map[string]string{"type": "send-ready", "state": "ready", "subject": "Hello", "text": "Hi",
		"html": "<b>Hi</b>", "importance": "high", "to": `["Ada <ada@x.example>","b@x.example"]`,
		"cc": `["c@x.example"]`, "bcc": `[""]`, "headers/X-App": "bot", "id": mail} {
		if v := strings.NewReplacer(`\u003c`, "<", `\u003e`, ">").Replace(got.value("result/" + member)); v != want {
			t.Errorf("%s is %s, want %s", member, v, want)
		}
	}
	b.get("/api/now/v1/email/"+mail+"?sysparm_fields=id,type,state,error").want(200).is("result/state", "ready").
		is("result/error", "").is("result/subject", "<absent>")
	b.get("/api/now/v1/email/none").want(403) // not 404
	many := `["a@x.example"` + strings.Repeat(`,"a@x.example"`, 100) + `]`
	for name, body := range map[string]string{"no to": `{"subject":"x"}`, "to is no list": `{"to":"a@x.example"}`,
		"too many": `{"to":` + many + `}`, "table without record": `{"to":["a@x.example"],"table_name":"incident"}`,
		"record without table": `{"to":["a@x.example"],"table_record_id":"x"}`, "no JSON": `{`} {
		if a := b.do("POST", "/api/now/v1/email", body); a.Status != 400 {
			t.Errorf("%s: %d", name, a.Status)
		}
	}
	b.do("POST", "/api/now/v1/email", `{"to":["a@x.example"],"table_name":"incident","table_record_id":"none"}`).want(403)
	b.asRole("itil")
	b.do("POST", "/api/now/v1/email", `{"to":["a@x.example"]}`).want(403)
}
