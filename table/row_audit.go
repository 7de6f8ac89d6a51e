package table

// Audit is a row of the table sys_audit: one change of one column of an audited table. Values are stored values. The
// table is very large: ask for a TableName and a DocumentKey, or for a short range of times.
// https://www.servicenow.com/docs/r/platform-security/c_UnderstandingTheSysAuditTable.html
type Audit struct {
	System

	TableName          Text `json:"tablename,omitzero"`
	DocumentKey        Text `json:"documentkey,omitzero"`
	FieldName          Text `json:"fieldname,omitzero"`
	OldValue           Text `json:"oldvalue,omitzero"`
	NewValue           Text `json:"newvalue,omitzero"`
	Reason             Text `json:"reason,omitzero"`
	RecordCheckpoint   Int  `json:"record_checkpoint,omitzero"`
	InternalCheckpoint Text `json:"internal_checkpoint,omitzero"`
	User               Text `json:"user,omitzero"`

	// Extra holds the columns without a field.
	Extra Extra `json:"-"`
}

// Audits is the table sys_audit.
func Audits(s *Service) Table[Audit] { return Of[Audit](s, "sys_audit") }

// MarshalJSON writes the row as it was read, Extra included; see [MarshalRow].
func (r Audit) MarshalJSON() ([]byte, error) { return MarshalRow(r) }

// UnmarshalJSON reads the row as the instance sends it; see [UnmarshalRow].
func (r *Audit) UnmarshalJSON(b []byte) error { return UnmarshalRow(b, r) }
