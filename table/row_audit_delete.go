package table

// AuditDelete is a row of the table sys_audit_delete: one record that was deleted. TableName is its own class, never a
// parent table; Payload is the record as XML.
type AuditDelete struct {
	System

	TableName    Text `json:"tablename,omitzero"`
	DocumentKey  Text `json:"documentkey,omitzero"`
	DisplayValue Text `json:"display_value,omitzero"`
	Payload      Text `json:"payload,omitzero"`

	// Extra holds the columns without a field.
	Extra Extra `json:"-"`
}

// AuditDeletes is the table sys_audit_delete.
func AuditDeletes(s *Service) Table[AuditDelete] { return Of[AuditDelete](s, "sys_audit_delete") }

// MarshalJSON writes the row as it was read, Extra included; see [MarshalRow].
func (r AuditDelete) MarshalJSON() ([]byte, error) { return MarshalRow(r) }

// UnmarshalJSON reads the row as the instance sends it; see [UnmarshalRow].
func (r *AuditDelete) UnmarshalJSON(b []byte) error { return UnmarshalRow(b, r) }
