package table

// CaseChanges are what people write to a customer service case through the Table API; package casesvc has the Case API.
type CaseChanges struct {
	TaskChanges

	Account                 Ref    `json:"account,omitzero"`
	Contact                 Ref    `json:"contact,omitzero"`
	Consumer                Ref    `json:"consumer,omitzero"`
	Partner                 Ref    `json:"partner,omitzero"`
	PartnerContact          Ref    `json:"partner_contact,omitzero"`
	Product                 Ref    `json:"product,omitzero"`
	Asset                   Ref    `json:"asset,omitzero"`
	Entitlement             Ref    `json:"entitlement,omitzero"`
	Category                Choice `json:"category,omitzero"`
	Subcategory             Choice `json:"subcategory,omitzero"`
	ResolutionCode          Choice `json:"resolution_code,omitzero"`
	Cause                   Text   `json:"cause,omitzero"`
	ProbableCause           Text   `json:"probable_cause,omitzero"`
	BusinessImpact          Text   `json:"business_impact,omitzero"`
	ActiveEscalation        Ref    `json:"active_escalation,omitzero"`
	ActiveAccountEscalation Ref    `json:"active_account_escalation,omitzero"`
	NeedsAttention          Bool   `json:"needs_attention,omitzero"`
	FollowTheSun            Bool   `json:"follow_the_sun,omitzero"`
	MajorCaseState          Choice `json:"major_case_state,omitzero"`
	NotesToComments         Bool   `json:"notes_to_comments,omitzero"`
	Notify                  Choice `json:"notify,omitzero"`
	Problem                 Ref    `json:"problem,omitzero"`
	Change                  Ref    `json:"change,omitzero"`
	CausedBy                Ref    `json:"caused_by,omitzero"`
	Incident                Ref    `json:"incident,omitzero"`
}
