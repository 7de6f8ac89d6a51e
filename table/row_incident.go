package table

// States of an incident, as shipped.
const (
	IncidentNew        = "1"
	IncidentInProgress = "2"
	IncidentOnHold     = "3"
	IncidentResolved   = "6"
	IncidentClosed     = "7"
	IncidentCanceled   = "8"
)

// Reasons for which an incident is on hold, as shipped.
const (
	HoldAwaitingCaller  = "1"
	HoldAwaitingProblem = "3"
	HoldAwaitingVendor  = "4"
	HoldAwaitingChange  = "5"
)

// Incident is a row of the table incident. The platform keeps IncidentState in step with State; write State.
type Incident struct {
	Task

	CallerID       Ref    `json:"caller_id,omitzero"`
	Category       Choice `json:"category,omitzero"`
	Subcategory    Choice `json:"subcategory,omitzero"`
	Severity       Choice `json:"severity,omitzero"`
	IncidentState  Choice `json:"incident_state,omitzero"`
	HoldReason     Choice `json:"hold_reason,omitzero"`
	CloseCode      Choice `json:"close_code,omitzero"`
	ResolvedAt     Time   `json:"resolved_at,omitzero"`
	ResolvedBy     Ref    `json:"resolved_by,omitzero"`
	ReopenedBy     Ref    `json:"reopened_by,omitzero"`
	ReopenedTime   Time   `json:"reopened_time,omitzero"`
	ReopenCount    Int    `json:"reopen_count,omitzero"`
	ParentIncident Ref    `json:"parent_incident,omitzero"`
	ChildIncidents Int    `json:"child_incidents,omitzero"`
	ProblemID      Ref    `json:"problem_id,omitzero"`
	RFC            Ref    `json:"rfc,omitzero"`
	CausedBy       Ref    `json:"caused_by,omitzero"`
	Cause          Text   `json:"cause,omitzero"`
	Notify         Choice `json:"notify,omitzero"`
	OriginTable    Text   `json:"origin_table,omitzero"`
	OriginID       Text   `json:"origin_id,omitzero"`
	BusinessSTC    Int    `json:"business_stc,omitzero"`
	CalendarSTC    Int    `json:"calendar_stc,omitzero"`
	BusinessImpact Text   `json:"business_impact,omitzero"`
}

// Incidents is the table incident.
func Incidents(s *Service) Table[Incident] { return Of[Incident](s, "incident") }

// MarshalJSON writes the row as it was read, Extra included; see [MarshalRow].
func (r Incident) MarshalJSON() ([]byte, error) { return MarshalRow(r) }

// UnmarshalJSON reads the row as the instance sends it; see [UnmarshalRow].
func (r *Incident) UnmarshalJSON(b []byte) error { return UnmarshalRow(b, r) }
