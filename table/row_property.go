package table

// Property is a row of the table sys_properties. Every write of one flushes the caches of the instance, for minutes:
// write once, never per event.
type Property struct {
	System

	Name        Text   `json:"name,omitzero"`
	Suffix      Text   `json:"suffix,omitzero"`
	Value       Text   `json:"value,omitzero"`
	Type        Choice `json:"type,omitzero"`
	Description Text   `json:"description,omitzero"`
	Choices     Text   `json:"choices,omitzero"`
	IsPrivate   Bool   `json:"is_private,omitzero"`
	IgnoreCache Bool   `json:"ignore_cache,omitzero"`
	ReadRoles   Text   `json:"read_roles,omitzero"`
	WriteRoles  Text   `json:"write_roles,omitzero"`
	Scope       Ref    `json:"sys_scope,omitzero"`
	UpdateName  Text   `json:"sys_update_name,omitzero"`

	// Extra holds the columns without a field.
	Extra Extra `json:"-"`
}

// Properties is the table sys_properties.
func Properties(s *Service) Table[Property] { return Of[Property](s, "sys_properties") }

// MarshalJSON writes the row as it was read, Extra included; see [MarshalRow].
func (r Property) MarshalJSON() ([]byte, error) { return MarshalRow(r) }

// UnmarshalJSON reads the row as the instance sends it; see [UnmarshalRow].
func (r *Property) UnmarshalJSON(b []byte) error { return UnmarshalRow(b, r) }
