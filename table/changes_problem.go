package table

// ProblemChanges are what people write to a problem.
type ProblemChanges struct {
	TaskChanges

	KnownError          Bool   `json:"known_error,omitzero"`
	FirstReportedByTask Ref    `json:"first_reported_by_task,omitzero"`
	CauseNotes          Text   `json:"cause_notes,omitzero"`
	FixNotes            Text   `json:"fix_notes,omitzero"`
	Workaround          Text   `json:"workaround,omitzero"`
	ResolutionCode      Choice `json:"resolution_code,omitzero"`
	DuplicateOf         Ref    `json:"duplicate_of,omitzero"`
	MajorProblem        Bool   `json:"major_problem,omitzero"`
	RFC                 Ref    `json:"rfc,omitzero"`
	Category            Choice `json:"category,omitzero"`
	Subcategory         Choice `json:"subcategory,omitzero"`
}
