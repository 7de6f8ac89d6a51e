package casesvc

import (
	"context"
	"net/http"
	"net/url"

	"github.com/seed-a66f7fd3/servicenow/internal/ident"
	"github.com/seed-a66f7fd3/servicenow/internal/rest"
	"github.com/seed-a66f7fd3/servicenow/table"
)

// Resolution is what became of a case. Which codes there are is data of the instance: [Service.FieldValues] of
// "resolution_code" tells.
type Resolution struct {
	Code  string // resolution_code
	Notes string // close_notes: what was done
	Cause string // cause; optional
}

// AddComment appends one comment, which the customer sees. One request, never sent twice: a repetition would be a
// second comment. Text between [code] and [/code] is shown as HTML.
//
// See https://www.servicenow.com/docs/r/api-reference/rest-apis/case-api.html.
func (s *Service) AddComment(ctx context.Context, id, text string) error {
	return s.put(ctx, "case.AddComment", id, table.Changes{}.AddComment(text))
}

// AddWorkNote appends one work note, which only agents see. One request, never sent twice.
//
// See https://www.servicenow.com/docs/r/api-reference/rest-apis/case-api.html.
func (s *Service) AddWorkNote(ctx context.Context, id, text string) error {
	return s.put(ctx, "case.AddWorkNote", id, table.Changes{}.AddWorkNote(text))
}

// Assign gives the case to a user. One request. The state stays as it is: a form's button would open a new case.
//
// See https://www.servicenow.com/docs/r/api-reference/rest-apis/case-api.html.
func (s *Service) Assign(ctx context.Context, id, userID string) error {
	return s.put(ctx, "case.Assign", id, table.Set("assigned_to", table.RefTo(userID)))
}

// AssignGroup gives the case to a group, and takes it from the user who had it. One request.
//
// See https://www.servicenow.com/docs/r/api-reference/rest-apis/case-api.html.
func (s *Service) AssignGroup(ctx context.Context, id, groupID string) error {
	changes := table.Set("assignment_group", table.RefTo(groupID)).Set("assigned_to", table.NoRef())
	return s.put(ctx, "case.AssignGroup", id, changes)
}

// SetState moves the case to a state, such as [table.CaseAwaitingInfo]: those that ServiceNow ships are constants of
// package table, and [Service.FieldValues] of "state" tells which the instance has. One request. [Service.Resolve] and
// [Service.Close] are for the states that need more than their value.
//
// See https://www.servicenow.com/docs/r/api-reference/rest-apis/case-api.html.
func (s *Service) SetState(ctx context.Context, id, state string) error {
	if state == table.CaseResolved || state == table.CaseClosed {
		return &table.MissingError{Step: "resolve or close a case", Columns: []string{"resolution_code", "close_notes"}}
	}
	return s.put(ctx, "case.SetState", id, table.Set("state", table.NewChoice(state)))
}

// Resolve proposes a solution: the customer accepts it, and the case closes, or rejects it, and the case opens again.
// One request. Code and notes are required, and a *table.MissingError tells before anything is sent.
//
// See https://www.servicenow.com/docs/r/customer-service-management/r_CustomerServiceCaseStates.html.
func (s *Service) Resolve(ctx context.Context, id string, r Resolution) error {
	code, notes := table.Column{Name: "resolution_code", Text: r.Code}, table.Column{Name: "close_notes", Text: r.Notes}
	if err := table.Require("resolve a case", code, notes); err != nil {
		return err
	}
	return s.put(ctx, "case.Resolve", id, r.changes(table.CaseResolved))
}

// Close closes the case. One request. Notes are required of an agent, and a *table.MissingError tells before anything
// is sent; the code is optional. A case that is resolved is for the customer to close, and one that is closed cannot
// be changed any more: the instance may refuse, or take it and drop the change.
//
// See https://www.servicenow.com/docs/r/customer-service-management/t_CloseACase.html.
func (s *Service) Close(ctx context.Context, id string, r Resolution) error {
	if err := table.Require("close a case", table.Column{Name: "close_notes", Text: r.Notes}); err != nil {
		return err
	}
	return s.put(ctx, "case.Close", id, r.changes(table.CaseClosed))
}

func (r Resolution) changes(state string) table.Changes {
	changes := table.Set("state", table.NewChoice(state)).Set("close_notes", table.NewText(r.Notes))
	if r.Code != "" {
		changes = changes.Set("resolution_code", table.NewChoice(r.Code))
	}
	if r.Cause != "" {
		changes = changes.Set("cause", table.NewText(r.Cause))
	}
	return changes
}

// put writes without reading the case back: the answer is its id and number.
func (s *Service) put(ctx context.Context, name, id string, changes table.Changes) error {
	if err := ident.SysID(id); err != nil {
		return invalid(name, err)
	}
	body, err := table.NewBody(changes)
	if err != nil {
		return invalid(name, err)
	}
	op := rest.Op{
		Name: name, Method: http.MethodPut, Path: casePath(id), Body: body, Replay: rest.Always,
		Query: url.Values{"sysparm_get_case_details": {"false"}},
	}
	if body.Appends() {
		op.Replay = rest.Never
	}
	_, err = s.conn.Do(ctx, op, nil)
	return err
}
