package servicenow

import (
	"context"
	"errors"

	"github.com/seed-a66f7fd3/servicenow/table"
)

// TaskOutcome is what became of a task. Which codes there are is data of the instance (table sys_choice).
type TaskOutcome struct {
	Code  string // close_code of incidents and changes, resolution_code of problems; catalog records have none
	Notes string // close_notes; of a problem fix_notes: what was done
	Cause string // cause_notes of a problem, cause of an incident; optional
}

// ending is how a class ends: the state, where each part of an TaskOutcome goes, and which of them are required.
type ending struct {
	step                string // for people
	state               string
	code, notes, cause  string // columns; "" where the class has none
	needCode, needNotes bool
}

// The states are those that ServiceNow ships; see the constants of package table for their sources. What is required:
//
// Incidents: resolution code and notes,
// https://www.servicenow.com/docs/r/it-service-management/incident-management/resolve-and-close-an-incident.html.
// Changes: "Close notes and Code fields when in the Closed state",
// https://www.servicenow.com/docs/r/it-service-management/change-management/t_ConfigStateModelTransit.html.
// Problems: a resolved or closed one has a resolution code,
// https://www.servicenow.com/docs/r/it-service-management/problem-management/resolve-and-complete-problem.html.
//
// belief: fix_notes is required of a problem that is resolved, and requests, items and catalog tasks are closed by the
// state 3 of the table task (Closed Complete) and require nothing; closing one of each by the Table API, on a real
// instance, would settle it.
var (
	resolutions = map[string]ending{
		"incident": {
			step: "resolve an incident", state: table.IncidentResolved,
			code: "close_code", notes: "close_notes", cause: "cause", needCode: true, needNotes: true,
		},
		"problem": {
			step: "resolve a problem", state: table.ProblemResolved,
			code: "resolution_code", notes: "fix_notes", cause: "cause_notes", needCode: true, needNotes: true,
		},
	}
	closures = map[string]ending{
		"incident": {
			step: "close an incident", state: table.IncidentClosed,
			code: "close_code", notes: "close_notes", cause: "cause", needCode: true, needNotes: true,
		},
		"change_request": {
			step: "close a change", state: table.ChangeClosed,
			code: "close_code", notes: "close_notes", needCode: true, needNotes: true,
		},
		"problem": {
			step: "close a problem", state: table.ProblemClosed,
			code: "resolution_code", notes: "fix_notes", cause: "cause_notes", needCode: true,
		},
		"sc_request":  {step: "close a request", state: closedComplete, notes: "close_notes"},
		"sc_req_item": {step: "close a request item", state: closedComplete, notes: "close_notes"},
		"sc_task":     {step: "close a catalog task", state: closedComplete, notes: "close_notes"},
	}
)

// closedComplete is the state of the table task,
// https://www.servicenow.com/docs/r/it-service-management/change-management/state-model-activate-tasks.html.
const closedComplete = "3"

// Resolve moves an incident or a problem to the state in which its caller, or those who follow it, may still object.
// One request. What the class requires and TaskOutcome does not have is a *table.MissingError before anything is sent;
// so is ErrInvalid for the other classes, which have no such state.
//
// See https://www.servicenow.com/docs/r/it-service-management/incident-management/resolve-and-close-an-incident.html.
func (t *Tasks) Resolve(ctx context.Context, task table.TaskRow, o TaskOutcome) error {
	return t.end(ctx, "tasks.Resolve", resolutions, task, o)
}

// Close moves a task to the end of its life. One request. What the class requires and TaskOutcome does not have is a
// *table.MissingError before anything is sent.
//
// See https://www.servicenow.com/docs/r/api-reference/rest-apis/c_TableAPI.html.
func (t *Tasks) Close(ctx context.Context, task table.TaskRow, o TaskOutcome) error {
	return t.end(ctx, "tasks.Close", closures, task, o)
}

func (t *Tasks) end(
	ctx context.Context, name string, endings map[string]ending, task table.TaskRow, o TaskOutcome,
) error {
	class, _, err := named(name, task)
	if err != nil {
		return err
	}
	e, ok := endings[class]
	if !ok {
		return invalidTask(name, errors.New(class+" has no such state: close it"))
	}
	if err := e.require(o); err != nil {
		return err
	}
	changes := table.Set("state", table.NewChoice(e.state))
	parts := []table.Column{{Name: e.code, Text: o.Code}, {Name: e.notes, Text: o.Notes}, {Name: e.cause, Text: o.Cause}}
	for _, part := range parts {
		switch {
		case part.Text == "":
		case part.Name == "":
			return invalidTask(name, errors.New(class+" has no column for a part of the outcome"))
		default:
			changes = changes.Set(part.Name, table.NewText(part.Text))
		}
	}
	return t.write(ctx, name, task, changes)
}

func (e ending) require(o TaskOutcome) error {
	var need []table.Column
	if e.needCode {
		need = append(need, table.Column{Name: e.code, Text: o.Code})
	}
	if e.needNotes {
		need = append(need, table.Column{Name: e.notes, Text: o.Notes})
	}
	return table.Require(e.step, need...)
}
