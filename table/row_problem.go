package table

// States of a problem, as shipped; instances that were upgraded may use an older model with 1 to 4.
// https://www.servicenow.com/docs/r/it-service-management/problem-management/map-problem-state.html
const (
	ProblemNew               = "101"
	ProblemAssess            = "102"
	ProblemRootCauseAnalysis = "103"
	ProblemFixInProgress     = "104"
	ProblemResolved          = "106"
	ProblemClosed            = "107"
)

// Problem is a row of the table problem.
type Problem struct {
	Task

	ProblemState        Choice `json:"problem_state,omitzero"`
	KnownError          Bool   `json:"known_error,omitzero"`
	FirstReportedByTask Ref    `json:"first_reported_by_task,omitzero"`
	CauseNotes          Text   `json:"cause_notes,omitzero"`
	FixNotes            Text   `json:"fix_notes,omitzero"`
	Workaround          Text   `json:"workaround,omitzero"`
	ResolutionCode      Choice `json:"resolution_code,omitzero"`
	DuplicateOf         Ref    `json:"duplicate_of,omitzero"`
	MajorProblem        Bool   `json:"major_problem,omitzero"`
	RelatedIncidents    Int    `json:"related_incidents,omitzero"`
	RFC                 Ref    `json:"rfc,omitzero"`
	Category            Choice `json:"category,omitzero"`
	Subcategory         Choice `json:"subcategory,omitzero"`
}

// Problems is the table problem.
func Problems(s *Service) Table[Problem] { return Of[Problem](s, "problem") }

// MarshalJSON writes the row as it was read, Extra included; see [MarshalRow].
func (r Problem) MarshalJSON() ([]byte, error) { return MarshalRow(r) }

// UnmarshalJSON reads the row as the instance sends it; see [UnmarshalRow].
func (r *Problem) UnmarshalJSON(b []byte) error { return UnmarshalRow(b, r) }
