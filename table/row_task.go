package table

// Task is what all kinds of task have in common: a row of the table task, read through it or embedded in the row of a
// child table such as [Incident]. Class tells which kind it is; [AsClass] reads it as that.
//
// Comments and WorkNotes read back empty unless display values are asked for; their entries are [JournalEntry] rows.
type Task struct {
	System

	Number                 Text     `json:"number,omitzero"`
	State                  Choice   `json:"state,omitzero"`
	Active                 Bool     `json:"active,omitzero"`
	ShortDescription       Text     `json:"short_description,omitzero"`
	Description            Text     `json:"description,omitzero"`
	Priority               Choice   `json:"priority,omitzero"`
	Impact                 Choice   `json:"impact,omitzero"`
	Urgency                Choice   `json:"urgency,omitzero"`
	AssignedTo             Ref      `json:"assigned_to,omitzero"`
	AssignmentGroup        Ref      `json:"assignment_group,omitzero"`
	AdditionalAssigneeList Text     `json:"additional_assignee_list,omitzero"`
	OpenedAt               Time     `json:"opened_at,omitzero"`
	OpenedBy               Ref      `json:"opened_by,omitzero"`
	ClosedAt               Time     `json:"closed_at,omitzero"`
	ClosedBy               Ref      `json:"closed_by,omitzero"`
	CloseNotes             Text     `json:"close_notes,omitzero"`
	DueDate                Time     `json:"due_date,omitzero"`
	SLADue                 Time     `json:"sla_due,omitzero"`
	MadeSLA                Bool     `json:"made_sla,omitzero"`
	Escalation             Choice   `json:"escalation,omitzero"`
	Parent                 Ref      `json:"parent,omitzero"`
	Company                Ref      `json:"company,omitzero"`
	Location               Ref      `json:"location,omitzero"`
	CMDBCI                 Ref      `json:"cmdb_ci,omitzero"`
	BusinessService        Ref      `json:"business_service,omitzero"`
	ServiceOffering        Ref      `json:"service_offering,omitzero"`
	ContactType            Choice   `json:"contact_type,omitzero"`
	CorrelationID          Text     `json:"correlation_id,omitzero"`
	CorrelationDisplay     Text     `json:"correlation_display,omitzero"`
	WatchList              Text     `json:"watch_list,omitzero"`
	WorkNotesList          Text     `json:"work_notes_list,omitzero"`
	GroupList              Text     `json:"group_list,omitzero"`
	Comments               Journal  `json:"comments,omitzero"`
	WorkNotes              Journal  `json:"work_notes,omitzero"`
	CommentsAndWorkNotes   Journal  `json:"comments_and_work_notes,omitzero"`
	Approval               Choice   `json:"approval,omitzero"`
	ApprovalHistory        Journal  `json:"approval_history,omitzero"`
	ApprovalSet            Time     `json:"approval_set,omitzero"`
	UponApproval           Choice   `json:"upon_approval,omitzero"`
	UponReject             Choice   `json:"upon_reject,omitzero"`
	ExpectedStart          Time     `json:"expected_start,omitzero"`
	WorkStart              Time     `json:"work_start,omitzero"`
	WorkEnd                Time     `json:"work_end,omitzero"`
	FollowUp               Time     `json:"follow_up,omitzero"`
	ActivityDue            Time     `json:"activity_due,omitzero"`
	TimeWorked             Duration `json:"time_worked,omitzero"`
	BusinessDuration       Duration `json:"business_duration,omitzero"`
	CalendarDuration       Duration `json:"calendar_duration,omitzero"`
	ReassignmentCount      Int      `json:"reassignment_count,omitzero"`
	Order                  Int      `json:"order,omitzero"`
	Knowledge              Bool     `json:"knowledge,omitzero"`
	Skills                 Text     `json:"skills,omitzero"`
	Contract               Ref      `json:"contract,omitzero"`
	UserInput              Text     `json:"user_input,omitzero"`
	UniversalRequest       Ref      `json:"universal_request,omitzero"`
	TaskEffectiveNumber    Text     `json:"task_effective_number,omitzero"`
	RouteReason            Int      `json:"route_reason,omitzero"`

	// Extra holds the columns without a field.
	Extra Extra `json:"-"`
}

// Tasks is the table task. Rows of child tables are in it, with the columns of task only.
func Tasks(s *Service) Table[Task] { return Of[Task](s, "task") }

// MarshalJSON writes the row as it was read, Extra included; see [MarshalRow].
func (r Task) MarshalJSON() ([]byte, error) { return MarshalRow(r) }

// UnmarshalJSON reads the row as the instance sends it; see [UnmarshalRow].
func (r *Task) UnmarshalJSON(b []byte) error { return UnmarshalRow(b, r) }
