package servicenow

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/seed-a66f7fd3/servicenow/casesvc"
	"github.com/seed-a66f7fd3/servicenow/internal/remedy"
	"github.com/seed-a66f7fd3/servicenow/internal/rest"
)

// probed is how many rows a probe asks for. The platform takes that many and then leaves out those that access rules
// hide, so that one alone would say little.
const probed = 20

// need tries what can be read, and infers what can be written.
func (k *checker) need(ctx context.Context, n Need) []Finding {
	rows, read := k.read(ctx, n)
	found := []Finding{read}
	if n.Table != "" && read.Verdict != Fail {
		found = append(found, columns(n, rows))
	}
	if n.Access == ReadWrite && read.Verdict != Fail {
		found = append(found, k.write(ctx, n, rows))
	}
	for i := range found {
		if n.Optional && found[i].Verdict == Fail {
			found[i].Verdict = Warn
		}
	}
	return found
}

// probe is the cheapest read of an API that tells something.
func probe(n Need) rest.Op {
	q := url.Values{"sysparm_limit": {strconv.Itoa(probed)}}
	op := rest.Op{Name: "check." + string(n.API), Method: "GET", Query: q}
	switch {
	case n.Table != "":
		op.Name, op.Path = "check."+n.Table, []string{"api", "now", "v2", "table", n.Table}
		q.Set("sysparm_fields", strings.Join(n.columns(), ","))
		q.Set("sysparm_exclude_reference_link", "true")
		q.Set("sysparm_suppress_pagination_header", "true")
		if n.Table == "sys_audit" { // hundreds of millions of rows on a large instance: counting them takes minutes
			q.Set("sysparm_no_count", "true")
			q.Set("sysparm_limit", "1")
		}
	case n.API == CaseAPI:
		op.Path = []string{"api", "sn_customerservice", "case"}
	case n.API == AccountAPI:
		op.Path = []string{"api", "now", "account"}
	case n.API == AttachmentAPI:
		op.Path = []string{"api", "now", "v1", "attachment"}
	default:
		op.Path = []string{"api", "now", "v2", "table", "sys_user"}
		q.Set("sysparm_fields", "sys_id")
	}
	return op
}

func (n Need) id(access string) string {
	if n.Table != "" {
		return "table:" + n.Table + ":" + access
	}
	name := strings.ToLower(strings.TrimSuffix(string(n.API), " API"))
	return "api:" + strings.ReplaceAll(name, " ", "_") + ":" + access
}

func (n Need) name(access string) string {
	if n.Table != "" {
		return access + " " + n.Table
	}
	return access + " through the " + string(n.API)
}

type probedRow map[string]json.RawMessage

// read tells "no right" from "no rows" where the platform lets one tell: rows that are counted but not shown are
// hidden by an access rule.
func (k *checker) read(ctx context.Context, n Need) ([]probedRow, Finding) {
	f := Finding{ID: n.id("read"), Name: n.name("read")}
	rows, meta, err := rest.Do[[]probedRow](ctx, k.client.conn, probe(n))
	hidden := min(probed, meta.Total) - len(rows)
	switch {
	case errors.Is(err, ErrNotFound) && n.Table != "":
		// Version 1 of the Table API says 404 for an empty list.
		f.Verdict, f.Evidence, f.Remedy = Unknown, "no rows, or none that this user may see", "if there are rows, "+k.grant(n)
	case err != nil:
		f.Verdict, f.Evidence, f.Remedy = Fail, err.Error(), Remedy(err)
	case len(rows) > 0 && hidden > 0:
		f.Verdict, f.Evidence = Pass, fmt.Sprintf("rows came; %d of the first %d are hidden from this user", hidden, probed)
	case len(rows) > 0:
		f.Verdict, f.Evidence = Pass, "rows came"
	case meta.Total > 0:
		f.Verdict, f.Remedy = Fail, k.grant(n)
		f.Evidence = fmt.Sprintf("%d rows are there, and this user may see none of the first", meta.Total)
	default:
		f.Verdict, f.Evidence, f.Remedy = Unknown, "no rows, or none that this user may see", "if there are rows, "+k.grant(n)
	}
	return rows, f
}

// columns compares what was asked for with what came: a column that its access rule hides is absent from a row, not
// empty. https://www.servicenow.com/docs/r/api-reference/rest-api-explorer/c_RESTAPI.html
func columns(n Need, rows []probedRow) Finding {
	f := Finding{ID: n.id("columns"), Name: "see the columns of " + n.Table, Verdict: Pass}
	if len(rows) == 0 {
		f.Verdict, f.Evidence = Unknown, "no row came that would show them"
		return f
	}
	missing := slices.DeleteFunc(n.columns(), func(column string) bool {
		return slices.ContainsFunc(rows, func(row probedRow) bool { return row[column] != nil })
	})
	if len(missing) == 0 {
		f.Evidence = fmt.Sprintf("all %d that are used came", len(n.columns()))
		return f
	}
	f.Verdict, f.Evidence = Warn, "hidden from this user, or not on this instance: "+strings.Join(missing, ", ")
	f.Remedy = "let the access rules of these columns (" + n.Table + "." + missing[0] + ") include the integration user"
	if slices.ContainsFunc(missing, n.isKey) {
		f.Verdict = Fail // no pull works without them
	}
	return f
}

// write infers: nothing is written to find out.
func (k *checker) write(ctx context.Context, n Need, rows []probedRow) Finding {
	f := Finding{ID: n.id("write"), Name: n.name("write")}
	has, known := k.roles.has(n.Role)
	switch {
	case k.roles.restricted():
		f.Verdict, f.Evidence = Fail, "the role "+roleReadOnly+" keeps this user from writing anything"
		f.Remedy = "take the role " + roleReadOnly + " from the integration user"
	case n.API == CaseAPI && k.writesCase(ctx, rows, &f):
	case !known:
		f.Verdict, f.Evidence, f.Remedy = Unknown, "the roles are not known, and a check writes nothing", k.grant(n)
	case has:
		f.Verdict, f.Evidence = Pass, "the user has a role that grants it; a check writes nothing"
	default:
		f.Verdict, f.Remedy = Unknown, k.grant(n)
		f.Evidence = "the user lacks the stock role " + n.Role + ", and a check writes nothing"
	}
	return f
}

// writesCase asks the Case API, which alone among the APIs says what the caller may write: the journal columns of one
// case. It reports whether there was an answer.
// https://www.servicenow.com/docs/r/api-reference/rest-apis/case-api.html
func (k *checker) writesCase(ctx context.Context, rows []probedRow, f *Finding) bool {
	var id string
	if len(rows) == 0 || json.Unmarshal(rows[0]["sys_id"], &id) != nil || id == "" {
		return false
	}
	a, err := k.client.Cases.Activities(ctx, id, casesvc.ActivityOptions{Limit: 1})
	if err != nil || len(a.JournalFields) == 0 {
		return false
	}
	for _, field := range a.JournalFields {
		if field.CanWrite.Bool() {
			f.Verdict, f.Evidence = Pass, "the instance says that this user may write "+field.Name.String()+" of a case"
			return true
		}
	}
	f.Verdict, f.Evidence = Fail, "the instance says that this user may write neither comments nor work notes of a case"
	f.Remedy = remedy.For(remedy.WriteACL)
	return true
}

func (k *checker) grant(n Need) string {
	if has, _ := k.roles.has(n.Role); n.Role == "" || has {
		return remedy.For(remedy.MissingRight)
	}
	return "give the integration user the role " + n.Role + ", or another role that may " + n.Access.verbs() + " it"
}

// verbs is a as a sentence has it.
func (a Access) verbs() string { return strings.ReplaceAll(string(a), "_", " and ") }

// usedColumns are the columns, besides those that every table has, without which a table's rows say little. Those with
// long texts are left out: they are asked for to see whether they come.
var usedColumns = map[string][]string{
	"sys_user":                      {"user_name", "name", "email"},
	"customer_account":              {"name", "number"},
	"customer_contact":              {"name", "email", "account"},
	"kb_knowledge":                  {"number", "short_description", "workflow_state", "kb_knowledge_base"},
	"sn_customerservice_case":       {"number", "short_description", "state", "priority", "account", "contact", "assigned_to"},
	"sn_customerservice_escalation": {"state"},
	"sys_journal_field":             {"name", "element", "element_id", "value"},
	"sys_attachment":                {"table_name", "table_sys_id", "file_name", "content_type", "size_bytes"},
	"sys_audit":                     {"tablename", "documentkey", "fieldname", "oldvalue", "newvalue"},
	"sys_audit_delete":              {"tablename", "documentkey"},
}

var taskColumns = []string{"number", "short_description", "state", "priority", "assigned_to", "assignment_group"}

// columns are what a probe asks a table for.
func (n Need) columns() []string {
	used, listed := usedColumns[n.Table]
	if !listed && slices.Contains(taskClasses, n.Table) {
		used = taskColumns
	}
	return slices.Concat(n.keys(), used)
}

// keys are the columns by which a pull finds its way.
func (n Need) keys() []string {
	if n.Only == Created {
		return []string{"sys_id", "sys_created_on"}
	}
	return []string{"sys_id", "sys_created_on", "sys_updated_on", "sys_mod_count"}
}

func (n Need) isKey(column string) bool { return slices.Contains(n.keys(), column) }
