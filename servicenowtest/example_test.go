package servicenowtest_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"

	"github.com/seed-a66f7fd3/servicenow/servicenowtest"
)

// A server outside a test. Inside one, NewServer closes it when the test ends.
func Example() {
	s, err := servicenowtest.Start(servicenowtest.WithInstanceName("globex"))
	if err != nil {
		fmt.Println(err)
		return
	}
	defer s.Close()

	url := s.Instance().Origin() + "/api/now/v2/table/incident?sysparm_fields=number,short_description"
	req, err := http.NewRequest(http.MethodPost, url, strings.NewReader(`{"short_description":"VPN drops"}`))
	if err != nil {
		fmt.Println(err)
		return
	}
	req.Header.Set("Content-Type", "application/json")
	req.SetBasicAuth(servicenowtest.IntegrationUser, servicenowtest.IntegrationPassword)
	resp, err := s.HTTPClient().Do(req)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(resp.StatusCode, strings.TrimSpace(string(body)))
	// Output: 201 {"result":{"number":"INC0010001","short_description":"VPN drops"}}
}

// The second read fails halfway, as it does when the quota manager cancels it: status 200, and no JSON.
func ExampleServer_Fault() {
	s, err := servicenowtest.Start()
	if err != nil {
		fmt.Println(err)
		return
	}
	defer s.Close()
	s.Fault(servicenowtest.When{Method: "GET", Skip: 1, Count: 1}, servicenowtest.CancelledCut())

	for range 3 {
		req, err := http.NewRequest(http.MethodGet, s.Instance().Origin()+"/api/now/v2/table/sys_user", nil)
		if err != nil {
			fmt.Println(err)
			return
		}
		req.SetBasicAuth(servicenowtest.AdminUser, servicenowtest.AdminPassword)
		resp, err := s.HTTPClient().Do(req)
		if err != nil {
			fmt.Println(err)
			return
		}
		body, err := io.ReadAll(resp.Body)
		_ = resp.Body.Close()
		fmt.Println(resp.StatusCode, strings.Contains(string(body), "Transaction cancelled"), err)
	}
	// Output:
	// 200 false <nil>
	// 200 true <nil>
	// 200 false <nil>
}

// A Business Rule calls a receiver when a person comments.
func ExampleServer_As() {
	receiver := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		fmt.Println("received:", string(body))
	}))
	defer receiver.Close()
	s, err := servicenowtest.Start(servicenowtest.WithOutbound(receiver.Client()))
	if err != nil {
		fmt.Println(err)
		return
	}
	defer s.Close()
	admin := s.As(servicenowtest.AdminUser)
	if _, err := admin.Insert("sys_script", map[string]string{
		"name": "Tell", "collection": "sys_journal_field", "when": "after", "action_insert": "true", "advanced": "true",
		"filter_condition": "element=comments",
		"script": `(function executeRule(current, previous) {
			var message = new sn_ws.RESTMessageV2();
			message.setHttpMethod('POST');
			message.setEndpoint('` + receiver.URL + `');
			message.setRequestBody('' + current.value);
			message.executeAsync();
		})(current, previous);`,
	}); err != nil {
		fmt.Println(err)
		return
	}
	id, err := admin.Insert("incident", map[string]string{"short_description": "VPN drops"})
	if err == nil {
		err = admin.Comment("incident", id, "Any news?")
	}
	if err == nil {
		err = s.Settle(context.Background())
	}
	if err != nil {
		fmt.Println(err)
	}
	fmt.Println("status:", s.Deliveries()[0].Status)
	// Output:
	// received: Any news?
	// status: 200
}
