package casesvc

import (
	"context"
	"errors"
	"fmt"
	"iter"

	"github.com/seed-a66f7fd3/servicenow/internal/ident"
	"github.com/seed-a66f7fd3/servicenow/internal/rest"
	"github.com/seed-a66f7fd3/servicenow/table"
)

// EscalationTable is the table of escalations, of cases and of accounts.
const EscalationTable = "sn_customerservice_escalation"

// Escalation is a request for more attention to a case.
type Escalation struct {
	Justification string // escalation_justification: why; required
	Reason        string // reason, by its stored value
	Source        string // request_source, by its stored value: the customer or the company
	Severity      string // escalation_severity: sys_id of a row of sn_customerservice_escalation_severity
	Template      string // type: sys_id of a row of sn_customerservice_escalation_template
}

// Escalated tells what [Service.Escalate] did.
type Escalated struct {
	Escalation table.Escalation
	Existing   bool // the case had an open escalation, and it was left as it is
	Linked     bool // active_escalation of the case was set to it
}

// Escalate requests an escalation of a case, through the Table API, because the Case API has none. A case has at most
// one: where one is open it is returned and nothing is written (one request). Otherwise it is created and the case
// linked to it (four requests: two make sure that none is open). Whether it needs an approval is up to its template.
//
// Two callers at the same moment can still create two: the platform has no lock. When the case could not be linked,
// the escalation exists all the same, and is returned beside the error.
//
// belief: the names of the columns, and that a case is linked by its active_escalation, are from public code and not
// from the documentation, which has the form's labels only. One escalation made on a form and read back over the Table
// API, on a real instance, would settle it.
//
// See https://www.servicenow.com/docs/r/customer-service-management/escalate-csm-case.html.
func (s *Service) Escalate(ctx context.Context, id string, e Escalation) (Escalated, error) {
	const name = "case.Escalate"
	if err := ident.SysID(id); err != nil {
		return Escalated{}, invalid(name, err)
	}
	justification := table.Column{Name: "escalation_justification", Text: e.Justification}
	if err := table.Require("escalate a case", justification); err != nil {
		return Escalated{}, err
	}
	escalations := table.Of[table.Escalation](s.tables, EscalationTable)
	open, err := escalations.First(ctx, escalationsOf(id).And("active", table.Is, "true"))
	if err == nil {
		return Escalated{Escalation: open, Existing: true}, nil
	}
	if !errors.Is(err, rest.ErrNotFound) {
		return Escalated{}, err
	}
	made, err := escalations.Create(ctx, e.changes(id))
	if err != nil {
		return Escalated{}, err
	}
	link := table.Set("active_escalation", table.RefTo(made.SysID.String()))
	if err := s.put(ctx, name, id, link); err != nil {
		err = fmt.Errorf("the escalation was created, but the case is not linked to it: %w", err)
		return Escalated{Escalation: made}, err
	}
	return Escalated{Escalation: made, Linked: true}, nil
}

func (e Escalation) changes(caseID string) table.Changes {
	changes := table.Set("source_table", table.NewText(Table)).
		Set("source_record", table.RefTo(caseID)).
		Set("escalation_justification", table.NewText(e.Justification))
	for column, value := range map[string]string{
		"reason": e.Reason, "request_source": e.Source, "escalation_severity": e.Severity, "type": e.Template,
	} {
		if value != "" {
			changes = changes.Set(column, table.NewText(value))
		}
	}
	return changes
}

func escalationsOf(caseID string) table.Query {
	return table.Where("source_table", table.Is, Table).And("source_record", table.Is, caseID)
}

// Escalations yields the escalations of a case, open and closed, through the Table API. One request for each thousand,
// and one more to make sure of the end.
//
// See https://www.servicenow.com/docs/r/api-reference/rest-apis/c_TableAPI.html.
func (s *Service) Escalations(ctx context.Context, id string) iter.Seq2[table.Escalation, error] {
	if err := ident.SysID(id); err != nil {
		return func(yield func(table.Escalation, error) bool) {
			yield(table.Escalation{}, invalid("case.Escalations", err))
		}
	}
	escalations := table.Of[table.Escalation](s.tables, EscalationTable)
	return escalations.List(ctx, table.ListOptions{Query: escalationsOf(id)})
}
