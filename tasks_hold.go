package servicenow

import (
	"context"
	"errors"

	"github.com/seed-a66f7fd3/servicenow/table"
)

// TaskHold is why nobody works on a task for now.
type TaskHold struct {
	// Reason is hold_reason of an incident, one of table.HoldAwaitingCaller and so on; on_hold_reason of a change, which
	// is a text. Required.
	Reason string
	// Comment is what the task's caller reads about it. Required of an incident that waits for its caller.
	Comment string
}

// Hold sets an incident or a change aside: an incident gets the state On Hold, a change keeps its state and is marked.
// One request, never sent twice where there is a comment. What the class requires and TaskHold does not have is a
// *table.MissingError before anything is sent; so is ErrInvalid for the other classes, which cannot be on hold.
//
// See https://www.servicenow.com/docs/r/it-service-management/incident-management/c_IncidentManagementStateModel.html
// and https://www.servicenow.com/docs/r/it-service-management/change-management/t_PlaceAChangeRequestOnHold.html.
func (t *Tasks) Hold(ctx context.Context, task table.TaskRow, h TaskHold) error {
	const name = "tasks.Hold"
	class, _, err := named(name, task)
	if err != nil {
		return err
	}
	var changes table.Changes
	switch class {
	case "incident":
		if err := h.requireOfIncident(); err != nil {
			return err
		}
		changes = table.Set("state", table.NewChoice(table.IncidentOnHold)).Set("hold_reason", table.NewChoice(h.Reason))
	case "change_request":
		reason := table.Column{Name: "on_hold_reason", Text: h.Reason}
		if err := table.Require("put a change on hold", reason); err != nil {
			return err
		}
		changes = table.Set("on_hold", table.NewBool(true)).Set("on_hold_reason", table.NewText(h.Reason))
	default:
		return invalidTask(name, errors.New(class+" cannot be on hold"))
	}
	if h.Comment != "" {
		changes = changes.AddComment(h.Comment)
	}
	return t.write(ctx, name, task, changes)
}

func (h TaskHold) requireOfIncident() error {
	need := []table.Column{{Name: "hold_reason", Text: h.Reason}}
	if h.Reason == table.HoldAwaitingCaller {
		need = append(need, table.Column{Name: "comments", Text: h.Comment})
	}
	return table.Require("put an incident on hold", need...)
}
