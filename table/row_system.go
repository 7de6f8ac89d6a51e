package table

// System is what every row has: who wrote it, and when. The user columns hold user names, not ids.
type System struct {
	SysID     Text `json:"sys_id,omitzero"`
	CreatedOn Time `json:"sys_created_on,omitzero"`
	CreatedBy Text `json:"sys_created_by,omitzero"`
	UpdatedOn Time `json:"sys_updated_on,omitzero"`
	UpdatedBy Text `json:"sys_updated_by,omitzero"`
	ModCount  Int  `json:"sys_mod_count,omitzero"`
	Tags      Text `json:"sys_tags,omitzero"`
	ClassName Text `json:"sys_class_name,omitzero"` // of tables that have children
	Domain    Ref  `json:"sys_domain,omitzero"`     // of instances with domains
}
