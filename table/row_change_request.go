package table

// States of a change request, as shipped.
// https://www.servicenow.com/docs/r/it-service-management/change-management/state-model-activate-tasks.html
const (
	ChangeNew       = "-5"
	ChangeAssess    = "-4"
	ChangeAuthorize = "-3"
	ChangeScheduled = "-2"
	ChangeImplement = "-1"
	ChangeReview    = "0"
	ChangeClosed    = "3"
	ChangeCanceled  = "4"
)

// Risks of a change request, as shipped.
const (
	RiskVeryHigh = "1"
	RiskHigh     = "2"
	RiskModerate = "3"
	RiskLow      = "4"
)

// ChangeRequest is a row of the table change_request.
type ChangeRequest struct {
	Task

	Type                       Choice `json:"type,omitzero"`
	Category                   Choice `json:"category,omitzero"`
	Risk                       Choice `json:"risk,omitzero"`
	Scope                      Choice `json:"scope,omitzero"`
	Phase                      Choice `json:"phase,omitzero"`
	PhaseState                 Choice `json:"phase_state,omitzero"`
	Reason                     Choice `json:"reason,omitzero"`
	RequestedBy                Ref    `json:"requested_by,omitzero"`
	RequestedByDate            Time   `json:"requested_by_date,omitzero"`
	StartDate                  Time   `json:"start_date,omitzero"`
	EndDate                    Time   `json:"end_date,omitzero"`
	Justification              Text   `json:"justification,omitzero"`
	ImplementationPlan         Text   `json:"implementation_plan,omitzero"`
	BackoutPlan                Text   `json:"backout_plan,omitzero"`
	TestPlan                   Text   `json:"test_plan,omitzero"`
	ChangePlan                 Text   `json:"change_plan,omitzero"`
	CABRequired                Bool   `json:"cab_required,omitzero"`
	CABDate                    Time   `json:"cab_date,omitzero"`
	CABDelegate                Ref    `json:"cab_delegate,omitzero"`
	CABRecommendation          Text   `json:"cab_recommendation,omitzero"`
	ConflictStatus             Choice `json:"conflict_status,omitzero"`
	OnHold                     Bool   `json:"on_hold,omitzero"`
	OnHoldReason               Text   `json:"on_hold_reason,omitzero"`
	ReviewStatus               Choice `json:"review_status,omitzero"`
	ReviewComments             Text   `json:"review_comments,omitzero"`
	ReviewDate                 Date   `json:"review_date,omitzero"`
	CloseCode                  Choice `json:"close_code,omitzero"`
	ChgModel                   Ref    `json:"chg_model,omitzero"`
	StdChangeProducerVersion   Ref    `json:"std_change_producer_version,omitzero"`
	Unauthorized               Bool   `json:"unauthorized,omitzero"`
	OutsideMaintenanceSchedule Bool   `json:"outside_maintenance_schedule,omitzero"`
}

// ChangeRequests is the table change_request.
func ChangeRequests(s *Service) Table[ChangeRequest] { return Of[ChangeRequest](s, "change_request") }

// MarshalJSON writes the row as it was read, Extra included; see [MarshalRow].
func (r ChangeRequest) MarshalJSON() ([]byte, error) { return MarshalRow(r) }

// UnmarshalJSON reads the row as the instance sends it; see [UnmarshalRow].
func (r *ChangeRequest) UnmarshalJSON(b []byte) error { return UnmarshalRow(b, r) }
