package table

// ChoiceRow is a row of the table sys_choice: one allowed value of a choice column, with its label in one language. Name
// is the table, Element the column.
type ChoiceRow struct {
	System

	Name           Text `json:"name,omitzero"`
	Element        Text `json:"element,omitzero"`
	Value          Text `json:"value,omitzero"`
	Label          Text `json:"label,omitzero"`
	Language       Text `json:"language,omitzero"`
	Sequence       Int  `json:"sequence,omitzero"`
	Inactive       Bool `json:"inactive,omitzero"`
	DependentValue Text `json:"dependent_value,omitzero"`

	// Extra holds the columns without a field.
	Extra Extra `json:"-"`
}

// Choices is the table sys_choice.
func Choices(s *Service) Table[ChoiceRow] { return Of[ChoiceRow](s, "sys_choice") }

// MarshalJSON writes the row as it was read, Extra included; see [MarshalRow].
func (r ChoiceRow) MarshalJSON() ([]byte, error) { return MarshalRow(r) }

// UnmarshalJSON reads the row as the instance sends it; see [UnmarshalRow].
func (r *ChoiceRow) UnmarshalJSON(b []byte) error { return UnmarshalRow(b, r) }
