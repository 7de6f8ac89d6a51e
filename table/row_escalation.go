package table

// States of an escalation.
//
// belief: the numbers are those of public clients, ServiceNow's pages give the labels only; the rows of sys_choice of a
// real instance would settle them.
const (
	EscalationRequested             = "100"
	EscalationEscalated             = "101"
	EscalationDeclined              = "102"
	EscalationClosed                = "103"
	EscalationDeescalationRequested = "104"
)

// Escalation is a row of the table sn_customerservice_escalation: a case or an account that needs attention. A case
// points at it with ActiveEscalation, or with ActiveAccountEscalation when its account is escalated.
type Escalation struct {
	Task

	SourceTable             Text   `json:"source_table,omitzero"`
	SourceRecord            Text   `json:"source_record,omitzero"`
	Type                    Ref    `json:"type,omitzero"`
	EscalationSeverity      Ref    `json:"escalation_severity,omitzero"`
	RequestSource           Choice `json:"request_source,omitzero"`
	Reason                  Choice `json:"reason,omitzero"`
	EscalationJustification Text   `json:"escalation_justification,omitzero"`
}

// Escalations is the table sn_customerservice_escalation.
func Escalations(s *Service) Table[Escalation] {
	return Of[Escalation](s, "sn_customerservice_escalation")
}

// MarshalJSON writes the row as it was read, Extra included; see [MarshalRow].
func (r Escalation) MarshalJSON() ([]byte, error) { return MarshalRow(r) }

// UnmarshalJSON reads the row as the instance sends it; see [UnmarshalRow].
func (r *Escalation) UnmarshalJSON(b []byte) error { return UnmarshalRow(b, r) }
