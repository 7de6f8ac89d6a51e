package table

// States of a customer service case, as shipped.
// https://www.servicenow.com/docs/r/api-reference/rest-apis/case-api.html
const (
	CaseNew          = "1"
	CaseOpen         = "10"
	CaseAwaitingInfo = "18"
	CaseResolved     = "6"
	CaseClosed       = "3"
)

// Case is a row of the table sn_customerservice_case.
// https://www.servicenow.com/docs/r/api-reference/rest-apis/case-api.html
type Case struct {
	Task

	Account                   Ref    `json:"account,omitzero"`
	Contact                   Ref    `json:"contact,omitzero"`
	Consumer                  Ref    `json:"consumer,omitzero"`
	Partner                   Ref    `json:"partner,omitzero"`
	PartnerContact            Ref    `json:"partner_contact,omitzero"`
	Product                   Ref    `json:"product,omitzero"`
	Asset                     Ref    `json:"asset,omitzero"`
	Entitlement               Ref    `json:"entitlement,omitzero"`
	Category                  Choice `json:"category,omitzero"`
	Subcategory               Choice `json:"subcategory,omitzero"`
	ResolutionCode            Choice `json:"resolution_code,omitzero"`
	Cause                     Text   `json:"cause,omitzero"`
	ProbableCause             Text   `json:"probable_cause,omitzero"`
	ResolvedAt                Time   `json:"resolved_at,omitzero"`
	ResolvedBy                Ref    `json:"resolved_by,omitzero"`
	FirstResponseTime         Time   `json:"first_response_time,omitzero"`
	SupportManager            Ref    `json:"support_manager,omitzero"`
	Case                      Text   `json:"case,omitzero"`
	CaseReport                Ref    `json:"case_report,omitzero"`
	BusinessImpact            Text   `json:"business_impact,omitzero"`
	ActiveEscalation          Ref    `json:"active_escalation,omitzero"`
	ActiveAccountEscalation   Ref    `json:"active_account_escalation,omitzero"`
	NeedsAttention            Bool   `json:"needs_attention,omitzero"`
	FollowTheSun              Bool   `json:"follow_the_sun,omitzero"`
	MajorCaseState            Choice `json:"major_case_state,omitzero"`
	ChildCaseCreationProgress Bool   `json:"child_case_creation_progress,omitzero"`
	SyncDriver                Bool   `json:"sync_driver,omitzero"`
	NotesToComments           Bool   `json:"notes_to_comments,omitzero"`
	Notify                    Choice `json:"notify,omitzero"`
	Problem                   Ref    `json:"problem,omitzero"`
	Change                    Ref    `json:"change,omitzero"`
	CausedBy                  Ref    `json:"caused_by,omitzero"`
	Incident                  Ref    `json:"incident,omitzero"`
	RecipientList             Ref    `json:"recipient_list,omitzero"`
	SocialProfile             Ref    `json:"sn_app_cs_social_social_profile,omitzero"`
}

// Cases is the table sn_customerservice_case.
func Cases(s *Service) Table[Case] { return Of[Case](s, "sn_customerservice_case") }

// MarshalJSON writes the row as it was read, Extra included; see [MarshalRow].
func (r Case) MarshalJSON() ([]byte, error) { return MarshalRow(r) }

// UnmarshalJSON reads the row as the instance sends it; see [UnmarshalRow].
func (r *Case) UnmarshalJSON(b []byte) error { return UnmarshalRow(b, r) }
