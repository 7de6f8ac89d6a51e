package table

// KnowledgeBase is a row of the table kb_knowledge_base.
type KnowledgeBase struct {
	System

	Title          Text `json:"title,omitzero"`
	Description    Text `json:"description,omitzero"`
	Owner          Ref  `json:"owner,omitzero"`
	Managers       Text `json:"kb_managers,omitzero"`
	Active         Bool `json:"active,omitzero"`
	Workflow       Ref  `json:"workflow,omitzero"`
	RetireWorkflow Ref  `json:"retire_workflow,omitzero"`
	Version        Text `json:"kb_version,omitzero"`
	Icon           Text `json:"icon,omitzero"`

	// Extra holds the columns without a field.
	Extra Extra `json:"-"`
}

// KnowledgeBases is the table kb_knowledge_base.
func KnowledgeBases(s *Service) Table[KnowledgeBase] {
	return Of[KnowledgeBase](s, "kb_knowledge_base")
}

// MarshalJSON writes the row as it was read, Extra included; see [MarshalRow].
func (r KnowledgeBase) MarshalJSON() ([]byte, error) { return MarshalRow(r) }

// UnmarshalJSON reads the row as the instance sends it; see [UnmarshalRow].
func (r *KnowledgeBase) UnmarshalJSON(b []byte) error { return UnmarshalRow(b, r) }
