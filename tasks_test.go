package servicenow

import (
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/seed-a66f7fd3/servicenow/internal/rest"
	"github.com/seed-a66f7fd3/servicenow/internal/wiretest"
	"github.com/seed-a66f7fd3/servicenow/table"
)

const aTask = "136b2140bd0312004d7d1371f1abbdb6"

func TestTasksListByClass(t *testing.T) {
	row := `{"sys_id":"` + aTask + `","number":"CHG0000001","sys_class_name":"change_request"}`
	for want, o := range map[string]TaskListOptions{
		"sys_class_nameINincident,sc_request,sc_req_item,sc_task,change_request,problem^ORDERBYsys_id": {},
		"sys_class_nameINproblem^active=true^ORDERBYsys_id": {
			Classes:     []string{"problem"},
			ListOptions: table.ListOptions{Query: table.Where("active", table.Is, "true"), Fields: []string{"number"}},
		},
	} {
		w := wiretest.New(t)
		w.On(http.MethodGet, "/api/now/v2/table/task", wiretest.Result("["+row+"]"), wiretest.Result(`[]`))
		n := 0
		for task, err := range newTasks(w.Tables).List(t.Context(), o) {
			if n++; err != nil || task.Class() != "change_request" {
				t.Errorf("got %+v, %v", task, err)
			}
		}
		sent := w.Sent()[0].Query
		if n != 1 || sent.Get("sysparm_query") != want || !strings.Contains(","+sent.Get("sysparm_fields")+",",
			",sys_class_name,") {
			t.Errorf("%d tasks by %v", n, sent)
		}
	}
	w := wiretest.New(t)
	for _, err := range newTasks(w.Tables).List(t.Context(), TaskListOptions{Classes: []string{"sys_user"}}) {
		if !errors.Is(err, rest.ErrInvalid) {
			t.Errorf("got %v", err)
		}
	}
	w.Expect()
}

func TestTasksGet(t *testing.T) {
	w := wiretest.New(t)
	w.On(http.MethodGet, "/api/now/v2/table/incident/"+aTask, wiretest.Result(`{"sys_id":"`+aTask+`","caller_id":"`+aUser+`"}`))
	w.On(http.MethodGet, "/api/now/v2/table/task",
		wiretest.Result(`[{"sys_id":"`+aTask+`","number":"INC1","sys_class_name":"incident"}]`))
	tasks := newTasks(w.Tables)
	found, err := tasks.ByNumber(t.Context(), "INC1")
	if err != nil {
		t.Fatal(err)
	}
	row, err := tasks.Get(t.Context(), found)
	incident, ok := row.(table.Incident)
	if err != nil || !ok || incident.CallerID.ID() != aUser {
		t.Errorf("got %+v, %v", row, err)
	}
	if n := len(w.Sent()); n != 2 {
		t.Errorf("%d requests", n)
	}
}

// Each act is one PATCH of the task's own table, with no more columns than it is about.
func TestTasksActs(t *testing.T) {
	ctx := t.Context()
	for name, tt := range map[string]struct {
		class, body string
		act         func(*Tasks, table.TaskRow) error
	}{
		"assign": {"incident", `{"assigned_to":"` + aUser + `"}`, func(ts *Tasks, r table.TaskRow) error {
			return ts.Assign(ctx, r,
				aUser)
		}},
		"assign a group": {"sc_task", `{"assignment_group":"` + aUser + `","assigned_to":""}`, func(ts *Tasks,
			r table.TaskRow) error {
			return ts.AssignGroup(ctx, r, aUser)
		}},
		"comment": {"sc_req_item", `{"comments":"Hi"}`, func(ts *Tasks, r table.TaskRow) error {
			return ts.Comment(ctx, r,
				"Hi")
		}},
		"work note": {"problem", `{"work_notes":"Hm"}`, func(ts *Tasks, r table.TaskRow) error {
			return ts.WorkNote(ctx, r,
				"Hm")
		}},
		"state": {"incident", `{"state":"2"}`, func(ts *Tasks, r table.TaskRow) error {
			return ts.SetState(ctx, r, table.IncidentInProgress)
		}},
		"a state of a class that needs nothing": {"sc_task", `{"state":"3"}`, func(ts *Tasks,
			r table.TaskRow) error {
			return ts.SetState(ctx, r, "3")
		}},
		"update": {"change_request", `{"risk":"2"}`, func(ts *Tasks, r table.TaskRow) error {
			return ts.Update(ctx, r, table.Set("risk", table.NewChoice(table.RiskHigh)))
		}},
		"hold an incident": {"incident", `{"state":"3","hold_reason":"4"}`, func(ts *Tasks, r table.TaskRow) error {
			return ts.Hold(ctx, r, TaskHold{Reason: table.HoldAwaitingVendor})
		}},
		"hold an incident for its caller": {"incident", `{"state":"3","hold_reason":"1","comments":"Which pump?"}`,
			func(ts *Tasks, r table.TaskRow) error {
				return ts.Hold(ctx, r, TaskHold{Reason: table.HoldAwaitingCaller, Comment: "Which pump?"})
			}},
		"hold a change": {"change_request", `{"on_hold":"true","on_hold_reason":"No parts"}`,
			func(ts *Tasks, r table.TaskRow) error { return ts.Hold(ctx, r, TaskHold{Reason: "No parts"}) }},
		"resolve an incident": {"incident", `{"state":"6","close_code":"Solution provided","close_notes":"Done"}`, func(ts *Tasks,
			r table.TaskRow) error {
			return ts.Resolve(ctx, r, TaskOutcome{Code: "Solution provided", Notes: "Done"})
		}},
		"resolve a problem": {"problem", `{"state":"106","resolution_code":"fix_applied","fix_notes":"Done","cause_notes":"Rust"}`,
			func(ts *Tasks, r table.TaskRow) error {
				return ts.Resolve(ctx, r, TaskOutcome{Code: "fix_applied", Notes: "Done", Cause: "Rust"})
			}},
		"close an incident": {"incident", `{"state":"7","close_code":"x","close_notes":"Done"}`, func(ts *Tasks,
			r table.TaskRow) error {
			return ts.Close(ctx, r, TaskOutcome{Code: "x", Notes: "Done"})
		}},
		"close a change": {"change_request", `{"state":"3","close_code":"successful","close_notes":"Done"}`, func(ts *Tasks,
			r table.TaskRow) error {
			return ts.Close(ctx, r, TaskOutcome{Code: "successful", Notes: "Done"})
		}},
		"close a problem": {"problem", `{"state":"107","resolution_code":"canceled"}`, func(ts *Tasks, r table.TaskRow) error {
			return ts.Close(ctx, r, TaskOutcome{Code: "canceled"})
		}},
		"close a request": {"sc_request", `{"state":"3"}`, func(ts *Tasks, r table.TaskRow) error {
			return ts.Close(ctx, r,
				TaskOutcome{})
		}},
		"close an item": {"sc_req_item", `{"state":"3","close_notes":"Given"}`, func(ts *Tasks,
			r table.TaskRow) error {
			return ts.Close(ctx, r, TaskOutcome{Notes: "Given"})
		}},
		"close a catalog task": {"sc_task", `{"state":"3"}`, func(ts *Tasks, r table.TaskRow) error {
			return ts.Close(ctx, r,
				TaskOutcome{})
		}},
	} {
		t.Run(name, func(t *testing.T) {
			w := wiretest.New(t)
			path := "/api/now/v2/table/" + tt.class + "/" + aTask
			w.On(http.MethodPatch, path, wiretest.Result(`{"sys_id":"`+aTask+`"}`))
			if err := tt.act(newTasks(w.Tables), TaskRef{Class: tt.class, ID: aTask}); err != nil {
				t.Fatal(err)
			}
			w.Expect("PATCH " + path + "?sysparm_exclude_reference_link=true&sysparm_fields=sys_id")
			if body := w.Sent()[0].Body; body != tt.body {
				t.Errorf("body\n got %s\nwant %s", body, tt.body)
			}
		})
	}
}

func TestTasksTellWhatIsMissing(t *testing.T) {
	w := wiretest.New(t)
	tasks, ctx := newTasks(w.Tables), t.Context()
	of := func(class string) TaskRef { return TaskRef{Class: class, ID: aTask} }
	for name, tt := range map[string]struct {
		err     error
		columns []string // nil: another reason
	}{
		"resolve an incident": {tasks.Resolve(ctx, of("incident"), TaskOutcome{}), []string{"close_code", "close_notes"}},
		"resolve a problem":   {tasks.Resolve(ctx, of("problem"), TaskOutcome{Code: "x"}), []string{"fix_notes"}},
		"close an incident":   {tasks.Close(ctx, of("incident"), TaskOutcome{Notes: "x"}), []string{"close_code"}},
		"close a change":      {tasks.Close(ctx, of("change_request"), TaskOutcome{Code: "x"}), []string{"close_notes"}},
		"close a problem":     {tasks.Close(ctx, of("problem"), TaskOutcome{}), []string{"resolution_code"}},
		"set an incident resolved": {tasks.SetState(ctx, of("incident"), table.IncidentResolved), []string{"close_code",
			"close_notes"}},
		"set a change closed": {tasks.SetState(ctx, of("change_request"), table.ChangeClosed), []string{"close_code",
			"close_notes"}},
		"hold an incident": {tasks.Hold(ctx, of("incident"), TaskHold{}), []string{"hold_reason"}},
		"wait for a caller": {tasks.Hold(ctx, of("incident"), TaskHold{Reason: table.HoldAwaitingCaller}),
			[]string{"comments"}},
		"hold a change":             {tasks.Hold(ctx, of("change_request"), TaskHold{}), []string{"on_hold_reason"}},
		"set an incident on hold":   {tasks.SetState(ctx, of("incident"), table.IncidentOnHold), []string{"hold_reason"}},
		"hold a request":            {tasks.Hold(ctx, of("sc_request"), TaskHold{Reason: "x"}), nil},
		"resolve a change":          {tasks.Resolve(ctx, of("change_request"), TaskOutcome{Code: "x", Notes: "x"}), nil},
		"resolve a request":         {tasks.Resolve(ctx, of("sc_request"), TaskOutcome{}), nil},
		"a request has no code":     {tasks.Close(ctx, of("sc_request"), TaskOutcome{Code: "x"}), nil},
		"a change has no cause":     {tasks.Close(ctx, of("change_request"), TaskOutcome{Code: "x", Notes: "x", Cause: "x"}), nil},
		"another class":             {tasks.Assign(ctx, of("sys_user"), aUser), nil},
		"hostile class":             {tasks.Assign(ctx, of("incident/../sys_user"), aUser), nil},
		"hostile id":                {tasks.Assign(ctx, TaskRef{Class: "incident", ID: "../x"}, aUser), nil},
		"no task":                   {tasks.Assign(ctx, nil, aUser), nil},
		"a row without its class":   {tasks.Assign(ctx, table.Task{}, aUser), nil},
		"nobody":                    {tasks.Assign(ctx, of("incident"), ""), nil},
		"nothing said":              {tasks.Comment(ctx, of("incident"), ""), nil},
		"reading what is no family": {get(tasks.Get(ctx, of("sys_user"))), nil},
	} {
		missing, ok := errors.AsType[*table.MissingError](tt.err)
		if !errors.Is(tt.err, rest.ErrInvalid) || ok != (tt.columns != nil) || ok && !slices.Equal(missing.Columns, tt.columns) {
			t.Errorf("%s: got %v", name, tt.err)
		}
	}
	w.Expect()
}

func get(_ table.TaskRow, err error) error { return err }
