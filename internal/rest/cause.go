package rest

import (
	"net/http"
	"slices"
	"strings"

	"github.com/seed-a66f7fd3/servicenow/internal/remedy"
)

// said403 are the sentences of a 403 that name their reason, in the order in which they are looked for.
var said403 = []struct {
	words string
	cause remedy.Cause
}{
	{"required api access scope", remedy.AuthScope},
	{"access policy", remedy.AccessPolicy},
	{"business rule", remedy.BusinessRuleAbort},
	{"data policy", remedy.BusinessRuleAbort},
	{"fields present in the query", remedy.QueryACL},
}

// causeOf finds the reason of a refusal: by status first, by the platform's words second, by what was called third.
func causeOf(op Op, status int, h http.Header, said refusal) remedy.Cause {
	words := strings.ToLower(said.message + " " + said.detail)
	switch {
	case said.page == loginPage:
		return remedy.LoginPage
	case status == http.StatusUnauthorized && h.Get("X-MFA_TOKEN") != "":
		return remedy.MFA
	case status == http.StatusUnauthorized:
		return remedy.Unauthorized
	case status == http.StatusForbidden && said.page == somePage:
		// The REST APIs refuse in JSON. A page is from what stands before them: the address access control, a gateway.
		return remedy.IPAllowList
	case status == http.StatusForbidden:
		return causeOf403(op, words)
	case strings.Contains(words, "does not represent any resource"):
		return remedy.UnknownAPI
	case strings.Contains(words, "invalid table"):
		return remedy.UnknownTable
	case status == http.StatusNotFound && said.message == "":
		return remedy.UnknownAPI
	case status == http.StatusNotFound:
		return remedy.HiddenRecord
	case status == http.StatusConflict || status == http.StatusPreconditionFailed:
		return remedy.ChangedMeantime
	case status == http.StatusRequestEntityTooLarge:
		return remedy.TooLarge
	case status >= 500 && isCancellation(words):
		return remedy.Cancelled
	case status >= 500:
		return remedy.Unavailable
	}
	return ""
}

func causeOf403(op Op, words string) remedy.Cause {
	for _, s := range said403 {
		if strings.Contains(words, s.words) {
			return s.cause
		}
	}
	if api, _ := apiAndTable(op.Path); api == "email" && op.Path[len(op.Path)-1] != api {
		return remedy.HiddenEmail // one mail: this API has no 404
	}
	if cause := roleFor(op.Path, strings.Contains(words, "api level acl")); cause != "" {
		return cause
	}
	if strings.Contains(words, "acl exception") {
		return remedy.WriteACL
	}
	return remedy.MissingRight
}

// taskTables are the task and its classes that the role itil opens.
var taskTables = []string{
	"task", "incident", "incident_task", "problem", "problem_task", "change_request", "change_task", "sc_request",
	"sc_req_item", "sc_task",
}

// csmTables come with Customer Service Management.
var csmTables = []string{"customer_account", "customer_contact", "csm_consumer"}

// roleFor names the role that opens what was called. A refusal of a whole API (apiLevel) on a table says nothing
// about the table: the endpoint itself is closed to the user.
// https://www.servicenow.com/docs/r/api-reference/rest-api-explorer/c_RESTAPI.html
func roleFor(path []string, apiLevel bool) remedy.Cause {
	api, table := apiAndTable(path)
	switch {
	case api == "email":
		return remedy.MissingEmailAPISend
	case api == "knowledge":
		return remedy.MissingKnowledge
	case api == "user_role_inheritance":
		return remedy.MissingUserAdmin
	case api == "case" || api == "account" || api == "contact" || api == "consumer":
		return remedy.MissingCSMIntegration
	case apiLevel:
		return remedy.MissingRESTAccess
	case api == "attachment" || api == "attachment_csm":
		return remedy.MissingAttachment
	case table == "sys_script":
		return remedy.MissingRuleAdmin
	case table == "sys_properties":
		return remedy.MissingAdmin
	case strings.HasPrefix(table, "kb_"):
		return remedy.MissingKnowledge
	case strings.HasPrefix(table, "sn_customerservice_") || slices.Contains(csmTables, table):
		return remedy.MissingCSMIntegration
	case slices.Contains(taskTables, table):
		return remedy.MissingITIL
	}
	return ""
}

// apiAndTable reads api/NAMESPACE/[vN/]API/[TABLE/…].
func apiAndTable(path []string) (api, table string) {
	if len(path) < 3 {
		return "", ""
	}
	rest := path[2:]
	if isVersion(rest[0]) {
		rest = rest[1:]
	}
	if len(rest) > 0 {
		api = rest[0]
	}
	if len(rest) > 1 && (api == "table" || api == "stats" || api == "import") {
		table = rest[1]
	}
	return api, table
}

func isVersion(s string) bool {
	return len(s) > 1 && s[0] == 'v' && strings.Trim(s[1:], "0123456789") == ""
}

// family is the part of a path that a rate limit rule may name: namespace and API, and the table if there is one.
type family struct{ namespace, api, table string }

func familyOf(path []string) family {
	if len(path) < 3 {
		return family{}
	}
	api, table := apiAndTable(path)
	return family{path[1], api, table}
}

func (f family) String() string { return f.namespace + "/" + f.api + "/" + f.table }
