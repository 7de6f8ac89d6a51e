package table

// TaskChanges are what people write to a task of any kind. Cells that are absent are not written; those that are empty
// clear the column. Columns without a field here go into More, or a struct of yours that embeds this one.
type TaskChanges struct {
	Write

	State              Choice   `json:"state,omitzero"`
	Active             Bool     `json:"active,omitzero"`
	ShortDescription   Text     `json:"short_description,omitzero"`
	Description        Text     `json:"description,omitzero"`
	Priority           Choice   `json:"priority,omitzero"`
	Impact             Choice   `json:"impact,omitzero"`
	Urgency            Choice   `json:"urgency,omitzero"`
	AssignedTo         Ref      `json:"assigned_to,omitzero"`
	AssignmentGroup    Ref      `json:"assignment_group,omitzero"`
	OpenedBy           Ref      `json:"opened_by,omitzero"`
	CloseNotes         Text     `json:"close_notes,omitzero"`
	DueDate            Time     `json:"due_date,omitzero"`
	Parent             Ref      `json:"parent,omitzero"`
	Company            Ref      `json:"company,omitzero"`
	Location           Ref      `json:"location,omitzero"`
	CMDBCI             Ref      `json:"cmdb_ci,omitzero"`
	BusinessService    Ref      `json:"business_service,omitzero"`
	ContactType        Choice   `json:"contact_type,omitzero"`
	CorrelationID      Text     `json:"correlation_id,omitzero"`
	CorrelationDisplay Text     `json:"correlation_display,omitzero"`
	WatchList          Text     `json:"watch_list,omitzero"`
	WorkNotesList      Text     `json:"work_notes_list,omitzero"`
	Approval           Choice   `json:"approval,omitzero"`
	ExpectedStart      Time     `json:"expected_start,omitzero"`
	WorkStart          Time     `json:"work_start,omitzero"`
	WorkEnd            Time     `json:"work_end,omitzero"`
	FollowUp           Time     `json:"follow_up,omitzero"`
	TimeWorked         Duration `json:"time_worked,omitzero"`
	Order              Int      `json:"order,omitzero"`
	Contract           Ref      `json:"contract,omitzero"`

	// Comment and WorkNote are entries to append ([Entry]). A write with one in it is never sent twice.
	Comment  Journal `json:"comments,omitzero"`
	WorkNote Journal `json:"work_notes,omitzero"`

	// More are columns without a field.
	More Extra `json:"-"`
}
