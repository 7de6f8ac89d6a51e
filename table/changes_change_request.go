package table

// ChangeRequestChanges are what people write to a change request.
type ChangeRequestChanges struct {
	TaskChanges

	Type               Choice `json:"type,omitzero"`
	Category           Choice `json:"category,omitzero"`
	Risk               Choice `json:"risk,omitzero"`
	Reason             Choice `json:"reason,omitzero"`
	RequestedBy        Ref    `json:"requested_by,omitzero"`
	RequestedByDate    Time   `json:"requested_by_date,omitzero"`
	StartDate          Time   `json:"start_date,omitzero"`
	EndDate            Time   `json:"end_date,omitzero"`
	Justification      Text   `json:"justification,omitzero"`
	ImplementationPlan Text   `json:"implementation_plan,omitzero"`
	BackoutPlan        Text   `json:"backout_plan,omitzero"`
	TestPlan           Text   `json:"test_plan,omitzero"`
	CABRequired        Bool   `json:"cab_required,omitzero"`
	CABDate            Time   `json:"cab_date,omitzero"`
	CABRecommendation  Text   `json:"cab_recommendation,omitzero"`
	OnHold             Bool   `json:"on_hold,omitzero"`
	OnHoldReason       Text   `json:"on_hold_reason,omitzero"`
	ReviewComments     Text   `json:"review_comments,omitzero"`
	ReviewDate         Date   `json:"review_date,omitzero"`
	CloseCode          Choice `json:"close_code,omitzero"`
	ChgModel           Ref    `json:"chg_model,omitzero"`
}
