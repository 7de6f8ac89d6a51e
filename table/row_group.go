package table

// Group is a row of the table sys_user_group.
type Group struct {
	System

	Name            Text `json:"name,omitzero"`
	Description     Text `json:"description,omitzero"`
	Manager         Ref  `json:"manager,omitzero"`
	Parent          Ref  `json:"parent,omitzero"`
	Email           Text `json:"email,omitzero"`
	Active          Bool `json:"active,omitzero"`
	Type            Text `json:"type,omitzero"`
	Roles           Text `json:"roles,omitzero"`
	Source          Text `json:"source,omitzero"`
	ExcludeManager  Bool `json:"exclude_manager,omitzero"`
	IncludeMembers  Bool `json:"include_members,omitzero"`
	DefaultAssignee Ref  `json:"default_assignee,omitzero"`
	CostCenter      Ref  `json:"cost_center,omitzero"`

	// Extra holds the columns without a field.
	Extra Extra `json:"-"`
}

// Groups is the table sys_user_group.
func Groups(s *Service) Table[Group] { return Of[Group](s, "sys_user_group") }

// MarshalJSON writes the row as it was read, Extra included; see [MarshalRow].
func (r Group) MarshalJSON() ([]byte, error) { return MarshalRow(r) }

// UnmarshalJSON reads the row as the instance sends it; see [UnmarshalRow].
func (r *Group) UnmarshalJSON(b []byte) error { return UnmarshalRow(b, r) }
