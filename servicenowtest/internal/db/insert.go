package db

import (
	"maps"
	"slices"
	"strings"
)

// Insert stores a new record of class table (or of the class below it that values name in sys_class_name).
// Columns the class does not have are ignored; defaults, number, sys_id and sys_ columns are filled in.
func (d *DB) Insert(s Session, table string, values map[string]string, opts ...WriteOption) (Row, error) {
	o := options(opts)
	t, err := d.classFor(table, values)
	if err != nil {
		return Row{}, err
	}
	draft := d.newDraft(s, t, values, o)
	draft.engines = !o.noWorkflow
	w := Write{Phase: Before, Op: OpInsert, Session: s, Class: t.Name, Draft: draft, Journal: draft.journal,
		Workflow: !o.noWorkflow}
	if err := d.fire(w); err != nil {
		return Row{}, err
	}
	row, err := d.storeNew(draft)
	if err != nil {
		return Row{}, err
	}
	return row, d.finish(w, row, o)
}

func (d *DB) classFor(table string, values map[string]string) (*Table, error) {
	t, ok := d.schema.Table(table)
	if !ok {
		return nil, ErrNoTable
	}
	if class := values["sys_class_name"]; class != "" && class != table && d.schema.IsA(class, table) {
		t, _ = d.schema.Table(class)
	}
	return t, nil
}

func (d *DB) newDraft(s Session, t *Table, values map[string]string, o writeOptions) *Draft {
	defaults := t.now().defaults
	draft := &Draft{table: t, set: make(map[string]string, len(values)+len(defaults)+10),
		journal: map[string]string{}}
	maps.Copy(draft.set, defaults)
	if t.base == "task" {
		draft.set["opened_at"], draft.set["opened_by"] = d.Now().Format(TimeLayout), s.UserID
		draft.set["state"] = firstState(t.Name)
	}
	for k, v := range values {
		draft.Set(k, v)
	}
	d.stampNew(s, draft, values, o)
	return draft
}

// firstState is the state a new task of a class begins in.
func firstState(class string) string {
	switch class {
	case "change_request", "change_task":
		return "-5"
	case "problem":
		return "101"
	case "problem_task":
		return "151"
	case "sn_customerservice_escalation":
		return "100"
	}
	return "1"
}

func (d *DB) stampNew(s Session, draft *Draft, values map[string]string, o writeOptions) {
	now := d.Now().Format(TimeLayout)
	stamp := map[string]string{"sys_created_on": now, "sys_updated_on": now, "sys_created_by": s.userName(),
		"sys_updated_by": s.userName(), "sys_mod_count": "0"}
	for k, v := range stamp {
		if !o.noAutoSys || values[k] == "" {
			draft.set[k] = v
		}
	}
	d.identify(draft, values["sys_id"])
	if _, ok := draft.table.Column("sys_class_name"); ok {
		draft.set["sys_class_name"] = draft.table.Name
	}
}

// identify gives a new record its sys_id and number, before any rule sees it: an insert that is aborted has used up its
// number.
func (d *DB) identify(draft *Draft, id string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if !validID(id) {
		id = d.newID()
	}
	draft.set["sys_id"] = id
	if draft.table.NumberPrefix != "" && draft.Get("number") == "" {
		draft.set["number"] = d.nextNumber(draft.table)
	}
}

func validID(id string) bool {
	return len(id) == 32 && strings.Trim(id, "0123456789abcdef") == ""
}

func (d *DB) storeNew(draft *Draft) (Row, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.storeNewLocked(draft)
}

func (d *DB) storeNewLocked(draft *Draft) (Row, error) {
	t := draft.table
	if n := draft.Get("number"); t.NumberPrefix != "" && n != "" {
		d.noteNumber(t, n)
	}
	derive(draft)
	if _, taken := d.lookup(t.base, draft.SysID()); taken {
		return Row{}, ErrUnique
	}
	row := newRow(t, draft.handOver())
	d.put(row)
	return row, nil
}

// derive fills the columns the platform computes from others.
func derive(draft *Draft) {
	if draft.table.base == "task" && draft.previous.IsZero() {
		draft.set["task_effective_number"] = draft.Get("number")
	}
	if _, ok := draft.table.Column("first_name"); ok && (draft.Changed("first_name") || draft.Changed("last_name")) &&
		!draft.Changed("name") {
		full := []string{draft.Get("first_name"), draft.Get("middle_name"), draft.Get("last_name")}
		full = slices.DeleteFunc(full, func(s string) bool { return s == "" })
		draft.set["name"] = strings.Join(full, " ")
	}
	if draft.table.Name == "incident" && draft.Changed("state") {
		draft.set["incident_state"] = draft.Get("state")
	}
	if p, ok := priority(draft); ok {
		draft.set["priority"] = p
	}
}

// priorities are the stock priority lookup rules, by impact and urgency.
// https://www.servicenow.com/docs/r/it-service-management/incident-management/def-prio-lookup-rules.html and, for
// problems, https://www.servicenow.com/docs/r/it-service-management/problem-management/prioritise-problems.html
var priorities = map[string]string{"11": "1", "12": "2", "13": "3", "21": "2", "22": "3", "23": "4", "31": "3", "32": "4",
	"33": "5"}

// priority is what data lookup makes the priority of an incident or a problem: it "must be set by selecting the Impact
// and Urgency values".
//
// belief: an update of the priority alone stands until impact or urgency change; PATCH with {"priority":"1"} on a
// developer instance would settle it.
func priority(draft *Draft) (string, bool) {
	if !draft.engines || draft.table.Name != "incident" && draft.table.Name != "problem" {
		return "", false
	}
	if !draft.previous.IsZero() && !draft.Changed("impact") && !draft.Changed("urgency") {
		return "", false
	}
	p, ok := priorities[draft.Get("impact")+draft.Get("urgency")]
	return p, ok
}
