package table

// JournalEntry is a row of the table sys_journal_field: one comment or work note. Element is the journal column
// ("comments", "work_notes"), ElementID the sys_id of the record, Name its table or a parent of it; CreatedBy is the
// user name of the author. The rows have no order of their own, and users who are no admins often may not read them.
type JournalEntry struct {
	System

	Name      Text `json:"name,omitzero"`
	Element   Text `json:"element,omitzero"`
	ElementID Text `json:"element_id,omitzero"`
	Value     Text `json:"value,omitzero"`

	// Extra holds the columns without a field.
	Extra Extra `json:"-"`
}

// JournalEntries is the table sys_journal_field.
func JournalEntries(s *Service) Table[JournalEntry] { return Of[JournalEntry](s, "sys_journal_field") }

// MarshalJSON writes the row as it was read, Extra included; see [MarshalRow].
func (r JournalEntry) MarshalJSON() ([]byte, error) { return MarshalRow(r) }

// UnmarshalJSON reads the row as the instance sends it; see [UnmarshalRow].
func (r *JournalEntry) UnmarshalJSON(b []byte) error { return UnmarshalRow(b, r) }
