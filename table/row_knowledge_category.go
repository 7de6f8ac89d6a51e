package table

// KnowledgeCategory is a row of the table kb_category. ParentID is a record of ParentTable: another category, or the
// knowledge base.
type KnowledgeCategory struct {
	System

	Label        Text `json:"label,omitzero"`
	Value        Text `json:"value,omitzero"`
	ParentID     Text `json:"parent_id,omitzero"`
	ParentTable  Text `json:"parent_table,omitzero"`
	FullCategory Text `json:"full_category,omitzero"`
	Active       Bool `json:"active,omitzero"`

	// Extra holds the columns without a field.
	Extra Extra `json:"-"`
}

// KnowledgeCategories is the table kb_category.
func KnowledgeCategories(s *Service) Table[KnowledgeCategory] {
	return Of[KnowledgeCategory](s, "kb_category")
}

// MarshalJSON writes the row as it was read, Extra included; see [MarshalRow].
func (r KnowledgeCategory) MarshalJSON() ([]byte, error) { return MarshalRow(r) }

// UnmarshalJSON reads the row as the instance sends it; see [UnmarshalRow].
func (r *KnowledgeCategory) UnmarshalJSON(b []byte) error { return UnmarshalRow(b, r) }
