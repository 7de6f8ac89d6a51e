package provision

import (
	"net/http"
	"net/url"
	"strconv"

	"github.com/seed-a66f7fd3/servicenow/internal/rest"
)

// The tables that are written.
const (
	ruleTable         = "sys_script"
	propertyTable     = "sys_properties"
	registrationTable = "sysevent_register"
	actionTable       = "sysevent_script_action"
)

func tablePath(name string, id ...string) []string {
	return append([]string{"api", "now", "v2", "table", name}, id...)
}

func listOp(name, query, fields string, limit int) rest.Op {
	q := url.Values{
		"sysparm_query": {query}, "sysparm_limit": {strconv.Itoa(limit)}, "sysparm_exclude_reference_link": {"true"},
	}
	if fields != "" {
		q.Set("sysparm_fields", fields)
	}
	return rest.Op{Name: "provision.read", Method: http.MethodGet, Path: tablePath(name), Replay: rest.Always, Query: q}
}

func createOp(name string, columns map[string]string) rest.Op {
	return rest.Op{Name: "provision.create", Method: http.MethodPost, Path: tablePath(name), Body: columns,
		Replay: rest.Never, Query: echo()}
}

// updateOp may be repeated: the columns that we write hold what they are given.
func updateOp(name, id string, columns map[string]string) rest.Op {
	return rest.Op{Name: "provision.update", Method: http.MethodPatch, Path: tablePath(name, id), Body: columns,
		Replay: rest.Always, Query: echo()}
}

// secretOp writes an encrypted value: "if not set to true, values submitted to encrypted fields are not saved". The
// parameter changes the meaning of reference columns, so nothing but texts travels with it; the key's id does, so that
// no crash leaves an id without its secret.
//
// belief: a property of the type password2 is encrypted by such a write, and gs.getProperty gives it back in clear. The
// first signed event that verifies settles it for an instance; the doctor's D1 and E2 say so when it does not.
func secretOp(id string, columns map[string]string) rest.Op {
	op := updateOp(propertyTable, id, columns)
	q := echo()
	q.Set("sysparm_input_display_value", "true")
	op.Query = q
	return op
}

func deleteOp(name, id string) rest.Op {
	return rest.Op{Name: "provision.delete", Method: http.MethodDelete, Path: tablePath(name, id), Replay: rest.Always}
}

// echo keeps answers small, and scripts and secrets out of them: what was stored is read back later.
func echo() url.Values { return url.Values{"sysparm_fields": {"sys_id"}} }
