package provision

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/seed-a66f7fd3/servicenow/internal/remedy"
	"github.com/seed-a66f7fd3/servicenow/internal/rest"
	"github.com/seed-a66f7fd3/servicenow/table"
)

// state is what an instance has that may be ours.
type state struct {
	rows map[string][]table.Record // by table, oldest first
	// blind are the tables of which not one row was seen, ours or not. The platform answers a user without the right to
	// read with an empty list instead of an error; only what becomes of a new record tells.
	blind map[string]bool
}

// The columns that are compared or reported.
const (
	ruleFields = "sys_id,name,collection,when,order,active,advanced," +
		"action_insert,action_update,action_delete,action_query," +
		"filter_condition,condition,abort_action,role_conditions,script,description,sys_scope,sys_domain," +
		"sys_created_on,sys_updated_on,sys_updated_by"
	propertyFields     = "sys_id,name,type,description,is_private,write_roles,sys_created_on,sys_updated_on,sys_updated_by"
	registrationFields = "sys_id,event_name,description,sys_created_on,sys_updated_on,sys_updated_by"
	actionFields       = "sys_id,name,event_name,active,script,sys_created_on,sys_updated_on,sys_updated_by"
)

// maxFound bounds each list. More rows than this under our names mean that something writes them in a loop.
const maxFound = 100

// look reads everything that spec is about in one call, and beside each list one row of anybody's.
func (p *Provisioner) look(ctx context.Context, spec Spec) (*state, error) {
	lists := spec.lists()
	ops := make([]rest.Op, 0, 2*len(lists))
	for _, l := range lists {
		query, err := l.query.Encode()
		if err != nil {
			return nil, fmt.Errorf("provision: %w", err)
		}
		ops = append(ops, listOp(l.table, query, l.fields, maxFound), listOp(l.table, "sys_idISNOTEMPTY", "sys_id", 1))
	}
	answers, err := p.exchange(ctx, "read", ops)
	if err != nil {
		return nil, err
	}
	found := &state{rows: map[string][]table.Record{}, blind: map[string]bool{}}
	var errs []error
	for i, l := range lists {
		rows, err := readable(l.table, answers[2*i])
		errs = append(errs, err)
		found.rows[l.table] = append(found.rows[l.table], rows...)
		found.blind[l.table] = len(found.rows[l.table])+len(answers[2*i+1].rows) == 0
	}
	for _, rows := range found.rows {
		slices.SortStableFunc(rows, older)
	}
	return found, errors.Join(errs...)
}

// list is one list to be read.
type list struct {
	table  string
	fields string
	query  table.Query
}

// lists never asks for the value of a secret: some releases would send it in clear.
func (spec Spec) lists() []list {
	out := []list{{ruleTable, ruleFields, spec.findRules()}}
	var plain, secret []Property
	for _, p := range spec.Properties {
		if p.Type == "password2" {
			secret = append(secret, p)
		} else {
			plain = append(plain, p)
		}
	}
	if len(plain) > 0 {
		out = append(out, list{propertyTable, propertyFields + ",value", spec.findProperties(plain)})
	}
	if len(secret) > 0 {
		out = append(out, list{propertyTable, propertyFields, spec.findProperties(secret)})
	}
	var events, handled []string
	for _, e := range spec.Events {
		events = append(events, e.Name)
	}
	for _, a := range spec.Actions {
		handled = append(handled, a.Event)
	}
	if len(events) > 0 {
		out = append(out, list{registrationTable, registrationFields, anyOf("event_name", events)})
	}
	if len(handled) > 0 {
		out = append(out, list{actionTable, actionFields, anyOf("event_name", handled)})
	}
	return out
}

func anyOf(column string, names []string) table.Query {
	q := table.Where(column, table.Is, names[0])
	for _, n := range names[1:] {
		q = q.Or(column, table.Is, n)
	}
	return q
}

// findProperties looks for names and markers. The marker says which property it was before somebody renamed it.
func (spec Spec) findProperties(list []Property) table.Query {
	names := make([]string, len(list))
	for i, p := range list {
		names[i] = p.Name
	}
	q := anyOf("name", names)
	for _, p := range list {
		q = q.Or("description", table.Like, markerPrefix(spec.Vendor)+strconv.Quote(p.Key))
	}
	return q
}

// findRules finds more than ours: every rule under one of our names, whatever its table.
func (spec Spec) findRules() table.Query {
	q := table.Where("description", table.Like, markerPrefix(spec.Vendor))
	for _, r := range spec.Rules {
		q = q.Or("name", table.Is, r.Name)
	}
	for _, l := range spec.Legacy {
		q = q.Or("name", table.Is, l.Name)
	}
	return q
}

// older orders as duplicates collapse: every replica must come to the same survivor.
func older(a, b table.Record) int {
	if c := strings.Compare(get(a, "sys_created_on"), get(b, "sys_created_on")); c != 0 {
		return c
	}
	return strings.Compare(a.SysID(), b.SysID())
}

// RightsError tells what the integration user may not do, and what an admin can change about it.
type RightsError struct {
	Table string
	// Kind tells how the instance said so: it has three ways.
	Kind Rights
	// Columns that were hidden or not kept.
	Columns []string
	Remedy  string
	Err     error // the refusal, if the instance sent one
}

// Rights is how an instance keeps a user from something.
type Rights string

const (
	// Refused: a 403.
	Refused Rights = "refused"
	// Hidden: a list without a row that is there, or rows without columns that they must have.
	Hidden Rights = "hidden"
	// Dropped: a write that was answered with success and not stored, or not all of it.
	Dropped Rights = "dropped"
)

func (e *RightsError) Error() string { return "provision: " + e.problem() + ": " + e.Remedy }

func (e *RightsError) problem() string {
	text := "the integration user may not "
	switch {
	case e.Kind == Refused:
		text += "access " + e.Table
	case e.Kind == Hidden && len(e.Columns) > 0:
		text += "read " + strings.Join(e.Columns, ", ") + " of " + e.Table
	case e.Kind == Hidden:
		text += "read " + e.Table
	default:
		text += "set " + strings.Join(e.Columns, ", ") + " of " + e.Table
	}
	return text
}

// Unwrap is the refusal, and the class ErrForbidden in any case.
func (e *RightsError) Unwrap() []error { return []error{rest.ErrForbidden, e.Err} }

func rights(name string, kind Rights, err error, columns ...string) *RightsError {
	cause := remedy.MissingAdmin
	if name == ruleTable {
		cause = remedy.MissingRuleAdmin
	}
	return &RightsError{Table: name, Kind: kind, Columns: columns, Remedy: remedy.For(cause), Err: err}
}

// readable is the rows of list, or what keeps the user from them.
func readable(name string, list answer) ([]table.Record, error) {
	switch {
	case errors.Is(list.err, rest.ErrForbidden):
		return nil, rights(name, Refused, list.err)
	case list.err != nil:
		return nil, list.err
	case len(list.rows) >= maxFound:
		return nil, fmt.Errorf("provision: %s has %d rows or more under our names: remove them by hand", name, maxFound)
	}
	for _, row := range list.rows {
		if hidden := hiddenColumns(name, row); len(hidden) > 0 {
			return nil, rights(name, Hidden, nil, hidden...)
		}
	}
	return list.rows, nil
}

// mustBeSeen are the columns without which a record cannot be compared. The description of a rule is none of them: the
// form that the documentation shows has no such field, and a rule is known by its name as well.
var mustBeSeen = map[string][]string{
	ruleTable:         {"name", "collection", "when", "active", "script", "filter_condition"},
	propertyTable:     {"name", "description"},
	registrationTable: {"event_name"}, actionTable: {"event_name", "active", "script"},
}

func hiddenColumns(name string, row table.Record) []string {
	var out []string
	for _, c := range mustBeSeen[name] {
		if row.Get(c).IsZero() {
			out = append(out, c)
		}
	}
	return out
}
