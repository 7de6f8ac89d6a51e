package rest_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"testing"

	"github.com/seed-a66f7fd3/servicenow/internal/remedy"
	"github.com/seed-a66f7fd3/servicenow/internal/rest"
)

func envelope(message, detail string) string {
	return fmt.Sprintf(`{"error":{"message":%q,"detail":%q},"status":"failure"}`, message, detail)
}

// What a refusal looks like, and what a person can do about it.
func TestClassesAndRemedies(t *testing.T) {
	path := func(s string) []string { return strings.Split(s, "/") }
	const table, notAuthorized = "api/now/v2/table/", "User Not Authorized"
	for _, tc := range []struct {
		status int
		path   string
		body   string
		class  error
		cause  remedy.Cause
	}{
		{403, "api/now/v1/email", envelope(notAuthorized, ""), rest.ErrForbidden, remedy.MissingEmailAPISend},
		{403, "api/now/v1/email/abc", envelope(notAuthorized, ""), rest.ErrForbidden, remedy.HiddenEmail},
		{403, "api/now/v1/email", envelope("x", "Failed API level ACL Validation"),
			rest.ErrForbidden, remedy.MissingEmailAPISend},
		{403, table + "incident", envelope(notAuthorized, ""), rest.ErrForbidden, remedy.MissingITIL},
		{403, table + "task/abc", envelope("Insufficient rights to query records", ""),
			rest.ErrForbidden, remedy.MissingITIL},
		{403, "api/now/table/change_request", envelope(notAuthorized, ""), rest.ErrForbidden, remedy.MissingITIL},
		{403, "api/now/v1/stats/sc_req_item", envelope(notAuthorized, ""), rest.ErrForbidden, remedy.MissingITIL},
		{403, table + "sc_task",
			envelope("Operation Failed", "ACL Exception Update Failed due to security constraints"),
			rest.ErrForbidden, remedy.MissingITIL},
		{403, "api/sn_customerservice/case", envelope(notAuthorized, ""),
			rest.ErrForbidden, remedy.MissingCSMIntegration},
		{403, "api/sn_customerservice/v1/case/abc/activities", envelope(notAuthorized, ""),
			rest.ErrForbidden, remedy.MissingCSMIntegration},
		{403, "api/now/v1/account", envelope(notAuthorized, ""), rest.ErrForbidden, remedy.MissingCSMIntegration},
		{403, "api/now/contact/abc", envelope(notAuthorized, ""), rest.ErrForbidden, remedy.MissingCSMIntegration},
		{403, "api/now/consumer", envelope(notAuthorized, ""), rest.ErrForbidden, remedy.MissingCSMIntegration},
		{403, table + "sn_customerservice_case", envelope(notAuthorized, ""),
			rest.ErrForbidden, remedy.MissingCSMIntegration},
		{403, table + "customer_contact", envelope(notAuthorized, ""),
			rest.ErrForbidden, remedy.MissingCSMIntegration},
		{403, table + "sys_script", envelope(notAuthorized, ""), rest.ErrForbidden, remedy.MissingRuleAdmin},
		{403, table + "sys_properties", envelope(notAuthorized, ""), rest.ErrForbidden, remedy.MissingAdmin},
		{403, "api/sn_km_api/v1/knowledge/articles", envelope(notAuthorized, ""),
			rest.ErrForbidden, remedy.MissingKnowledge},
		{403, table + "kb_knowledge", envelope(notAuthorized, ""), rest.ErrForbidden, remedy.MissingKnowledge},
		{403, table + "incident", envelope("x", "Failed API level ACL Validation"),
			rest.ErrForbidden, remedy.MissingRESTAccess},
		{403, "api/now/v1/attachment", envelope("x", "Failed API level ACL Validation"),
			rest.ErrForbidden, remedy.MissingRESTAccess},
		{403, "api/now/v1/attachment/file", envelope(notAuthorized, ""), rest.ErrForbidden, remedy.MissingAttachment},
		{403, "api/now/v1/attachment_csm", envelope(notAuthorized, ""), rest.ErrForbidden, remedy.MissingAttachment},
		{403, "api/global/user_role_inheritance", envelope(notAuthorized, ""),
			rest.ErrForbidden, remedy.MissingUserAdmin},
		{403, table + "incident", envelope("User Not Authorized: Missing required api access scope", "email"),
			rest.ErrForbidden, remedy.AuthScope},
		{403, table + "incident", envelope("Denied by API access policy", ""),
			rest.ErrForbidden, remedy.AccessPolicy},
		{403, table + "incident",
			envelope("Operation Failed", "Operation against file 'incident' was aborted by Business Rule 'Check^abc'"),
			rest.ErrForbidden, remedy.BusinessRuleAbort},
		{403, table + "incident",
			envelope("Insufficient rights to query records", "Fields present in the query do not have permission to be read"),
			rest.ErrForbidden, remedy.QueryACL},
		{403, table + "u_own",
			envelope("Operation Failed", "ACL Exception Insert Failed due to security constraints"),
			rest.ErrForbidden, remedy.WriteACL},
		{403, table + "u_own", envelope(notAuthorized, ""), rest.ErrForbidden, remedy.MissingRight},
		{404, table + "incident/abc",
			envelope("No Record found", "Record doesn't exist or ACL restricts the record retrieval"),
			rest.ErrNotFound, remedy.HiddenRecord},
		{404, "api/sn_customerservice/case", envelope("Requested URI does not represent any resource", "/x"),
			rest.ErrNotFound, remedy.UnknownAPI},
		{400, "api/nope", envelope("Requested URI does not represent any resource", "/x"),
			rest.ErrInvalid, remedy.UnknownAPI},
		{404, "api/nope", "", rest.ErrNotFound, remedy.UnknownAPI},
		{400, table + "nope", envelope("Invalid table nope", ""), rest.ErrInvalid, remedy.UnknownTable},
		{400, table + "incident", envelope("Exception while reading request", ""), rest.ErrInvalid, ""},
		{401, table + "incident", envelope("User Not Authenticated", "Required to provide Auth information"),
			rest.ErrUnauthorized, remedy.Unauthorized},
		{401, table + "incident", `{"error":"server_error","error_description":"access_denied"}`,
			rest.ErrUnauthorized, remedy.Unauthorized},
		{405, table + "incident", envelope("Method not supported", ""), rest.ErrInvalid, ""},
		{406, table + "incident", "", rest.ErrInvalid, ""},
		{415, table + "incident", "", rest.ErrInvalid, ""},
		{409, table + "incident", "", rest.ErrConflict, remedy.ChangedMeantime},
		{412, table + "incident", "", rest.ErrConflict, remedy.ChangedMeantime},
		{413, table + "incident", "", rest.ErrInvalid, remedy.TooLarge},
		{429, table + "incident", envelope("Rate limit exceeded", ""), rest.ErrRateLimited, remedy.Crowded},
		{500, table + "incident", "", rest.ErrUnavailable, remedy.Unavailable},
		{502, table + "incident", "", rest.ErrUnavailable, remedy.Unavailable},
		{503, table + "incident", "", rest.ErrUnavailable, remedy.Unavailable},
	} {
		op := get(path(tc.path)...)
		err := rest.Classify(op, tc.status, http.Header{"Content-Type": {"application/json"}}, []byte(tc.body))
		e := failure(t, err)
		if !errors.Is(err, tc.class) || e.Remedy != remedy.For(tc.cause) {
			t.Errorf("%d on %s, %s:\n got %v\nremedy %q\n want %q",
				tc.status, tc.path, tc.body, e.Class, e.Remedy, remedy.For(tc.cause))
		}
		if tc.cause != "" && e.Remedy == "" {
			t.Errorf("%s has no text", tc.cause)
		}
	}
}

func TestMissingSecondFactorIsTold(t *testing.T) {
	h := http.Header{}
	h.Set("X-MFA_TOKEN", "invalid")
	if e := failure(t, rest.Classify(get(), 401, h, nil)); e.Remedy != remedy.For(remedy.MFA) {
		t.Errorf("got %q", e.Remedy)
	}
}

func TestQuotaAndCrowdingAreToldApart(t *testing.T) {
	for want, h := range map[remedy.Cause]http.Header{
		remedy.Crowded:       {},
		remedy.QuotaExceeded: {"Retry-After": {"10"}, "X-Ratelimit-Rule": {"abc"}},
	} {
		if e := failure(t, rest.Classify(get(), 429, h, nil)); e.Remedy != remedy.For(want) {
			t.Errorf("%v: got %q", h, e.Remedy)
		}
	}
}

func TestErrorEnvelopes(t *testing.T) {
	for _, tc := range []struct{ body, message, detail string }{
		{`{"error":{"message":"m","detail":"d"},"status":"failure"}`, "m", "d"},
		{`{"error":{"message":"m","detail":null},"status":"failure"}`, "m", ""},
		{`{"error":{"message":"m"}}`, "m", ""},
		{`{"error":{"message":"m","detail":{"a":1}}}`, "m", ""},
		{`{"error":{"message":null,"detail":"d"}}`, "", "d"},
		{`{"error":"m"}`, "m", ""},
		{`{"error":"invalid_grant","error_description":"d"}`, "invalid_grant", "d"},
		{"\ufeff {\"error\":{\"message\":\"m\"}}", "m", ""},
		{`{"error":{"message":"a\nb\t c\u0000d","detail":"e\r\nf"}}`, "a b c d", "e f"},
		{`{"error":[1]}`, "", ""},
		{`{"error":null}`, "", ""},
		{`{}`, "", ""},
		{`<html>`, "", ""},
		{`garbage`, "", ""},
		{`{"error":{"message":"m"`, "", ""},
	} {
		e := failure(t, rest.Classify(get(), 400, nil, []byte(tc.body)))
		if e.Message != tc.message || e.Detail != tc.detail {
			t.Errorf("%s: got %q, %q", tc.body, e.Message, e.Detail)
		}
	}
}

func TestLongWordsAreShortened(t *testing.T) {
	body := envelope(strings.Repeat("ä", 5000), strings.Repeat("x ", 5000))
	e := failure(t, rest.Classify(get(), 400, nil, []byte(body)))
	if len(e.Message) > 310 || len(e.Detail) > 610 || !strings.HasSuffix(e.Message, "…") {
		t.Errorf("kept %d and %d bytes", len(e.Message), len(e.Detail))
	}
}

func TestErrorIsOneLineForPeopleAndAStructForPrograms(t *testing.T) {
	e := &rest.Error{
		Op: "table.Update", Method: "PATCH", Path: "/api/now/v2/table/incident/abc", Status: 403,
		Message: "Operation Failed", TransactionID: "0a1b2c", Class: rest.ErrForbidden, Err: context.Canceled,
	}
	want := "servicenow: table.Update PATCH /api/now/v2/table/incident/abc: " +
		"403 forbidden: Operation Failed: context canceled [transaction 0a1b2c]"
	if e.Error() != want {
		t.Errorf("got  %s\nwant %s", e, want)
	}
	if !errors.Is(e, rest.ErrForbidden) || !errors.Is(e, context.Canceled) || errors.Is(e, rest.ErrNotFound) {
		t.Error("errors.Is does not tell class and cause")
	}
	if got := (&rest.Error{}).Error(); got != "servicenow: failed" {
		t.Errorf("the zero Error: %q", got)
	}
	if v := e.LogValue(); v.Kind() != slog.KindGroup || len(v.Group()) < 5 {
		t.Errorf("logged as %v", v)
	}
}
