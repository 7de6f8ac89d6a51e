package table

// IncidentChanges are what people write to an incident.
type IncidentChanges struct {
	TaskChanges

	CallerID       Ref    `json:"caller_id,omitzero"`
	Category       Choice `json:"category,omitzero"`
	Subcategory    Choice `json:"subcategory,omitzero"`
	Severity       Choice `json:"severity,omitzero"`
	HoldReason     Choice `json:"hold_reason,omitzero"`
	CloseCode      Choice `json:"close_code,omitzero"`
	ResolvedAt     Time   `json:"resolved_at,omitzero"`
	ResolvedBy     Ref    `json:"resolved_by,omitzero"`
	ParentIncident Ref    `json:"parent_incident,omitzero"`
	ProblemID      Ref    `json:"problem_id,omitzero"`
	RFC            Ref    `json:"rfc,omitzero"`
	CausedBy       Ref    `json:"caused_by,omitzero"`
	Cause          Text   `json:"cause,omitzero"`
	Notify         Choice `json:"notify,omitzero"`
}
