package servicenow

import "slices"

// Capability is what a connection is used for. Each names the APIs, tables and rights it needs as data, in
// [Capability.Needs]: Check, Pull, the set-up guide and the provisioner all read that one table.
type Capability string

// The capabilities. The first three are those of a support platform, the fourth is that of an IT agent.
const (
	Helpdesk          Capability = "helpdesk"           // customer service cases and everything around them
	CRM               Capability = "crm"                // accounts and contacts, with their cases
	ContentManagement Capability = "content_management" // knowledge articles
	TaskFamily        Capability = "task_family"        // incidents, requests, request items, catalog tasks, changes, problems
)

// Capabilities lists all of them, in the order in which a form would offer them.
func Capabilities() []Capability {
	return []Capability{Helpdesk, CRM, ContentManagement, TaskFamily}
}

// PullBy is the time by which records are pulled.
type PullBy string

// Pull by the time a record was created (new records only) or last updated (new and changed ones).
const (
	Created PullBy = "created"
	Updated PullBy = "updated"
)

// Access is what a capability does with an API or a table.
type Access string

// The degrees of access.
const (
	Read      Access = "read"
	ReadWrite Access = "read_write"
)

// API is a REST API of the platform, under the name that it has in REST API Access Policies.
type API string

// The APIs that the capabilities use.
const (
	CaseAPI       API = "Case API"
	AccountAPI    API = "Account API"
	TableAPI      API = "Table API"
	AttachmentAPI API = "Attachment API"
)

// Need is one API or one table that a capability uses.
type Need struct {
	API    API    // always set; TableAPI for a table
	Table  string // empty when the need is the API itself
	Access Access
	Role   string // the stock role that usually grants it, for remedies; an instance may grant it otherwise
	Pull   bool   // the table's rows are part of a pull
	Only   PullBy // Created for append-only tables, whose rows have no update time
	Why    string // what the capability uses it for
	// Optional: without it the capability works, with less. A check warns of it, and a pull leaves it out.
	Optional bool
}

// taskClasses are the classes of the task family, as one rule on task hears of them and one pull reads them.
var taskClasses = []string{"incident", "sc_request", "sc_req_item", "sc_task", "change_request", "problem"}

// TaskClasses returns the tables of the task family.
func TaskClasses() []string { return slices.Clone(taskClasses) }

const (
	roleCSM       = "csm_ws_integration"
	roleITIL      = "itil"
	roleKnowledge = "knowledge"
	roleAdmin     = "admin"
	roleReadOnly  = "snc_read_only"
)

const attachmentsWhy = "what is attached, for a pull; without it the Attachment API is asked"

// supportNeeds is what the support platform's integration needs, whichever of its capabilities is chosen: one OAuth
// client serves all three, so its access policies are granted once. In dependency order: what others refer to first.
var supportNeeds = []Need{
	{API: CaseAPI, Access: ReadWrite, Role: roleCSM, Why: "read and write cases"},
	{API: AccountAPI, Access: Read, Role: roleCSM, Why: "read accounts"},
	{API: TableAPI, Access: Read, Why: "read everything else"},
	{API: AttachmentAPI, Access: Read, Why: "read files attached to cases"},
	{API: TableAPI, Table: "sys_user", Access: Read, Role: roleITIL, Why: "name authors and assignees"},
	{API: TableAPI, Table: "customer_account", Access: Read, Role: roleCSM, Why: "the customers"},
	{API: TableAPI, Table: "customer_contact", Access: Read, Role: roleCSM, Why: "the customers' people"},
	{API: TableAPI, Table: "kb_knowledge", Access: ReadWrite, Role: roleKnowledge, Why: "knowledge articles"},
	{API: TableAPI, Table: "sn_customerservice_case", Access: Read, Role: roleCSM, Why: "the cases"},
	{API: TableAPI, Table: "sn_customerservice_escalation", Access: Read, Role: roleCSM, Why: "escalations of cases and accounts"},
	{API: TableAPI, Table: "sys_journal_field", Access: Read, Role: roleAdmin, Only: Created, Why: "comments and work notes"},
	{API: TableAPI, Table: "sys_attachment", Access: Read, Optional: true, Why: attachmentsWhy},
	{API: TableAPI, Table: "sys_audit", Access: Read, Role: roleAdmin, Only: Created, Why: "the history of cases"},
	{API: TableAPI, Table: "sys_audit_delete", Access: Read, Role: roleAdmin, Only: Created, Why: "deleted records"},
}

// pulled names the tables whose rows a capability pulls.
var pulled = map[Capability][]string{
	Helpdesk: {
		"sys_user", "customer_account", "customer_contact", "sn_customerservice_case", "sn_customerservice_escalation",
		"sys_journal_field", "sys_attachment", "sys_audit", "sys_audit_delete",
	},
	CRM: {
		"sys_user", "customer_account", "customer_contact", "sn_customerservice_case", "sn_customerservice_escalation",
		"sys_audit_delete",
	},
	ContentManagement: {"kb_knowledge", "sys_audit_delete"},
}

// Needs returns what c uses, in dependency order: what others refer to comes first. It is empty for an unknown
// capability.
func (c Capability) Needs() []Need {
	if c == TaskFamily {
		return taskNeeds()
	}
	tables, known := pulled[c]
	if !known {
		return nil
	}
	needs := slices.Clone(supportNeeds)
	for i := range needs {
		needs[i].Pull = needs[i].Table != "" && slices.Contains(tables, needs[i].Table)
	}
	return needs
}

func taskNeeds() []Need {
	needs := []Need{
		{API: TableAPI, Access: ReadWrite, Role: roleITIL, Why: "read and write tickets"},
		{API: AttachmentAPI, Access: Read, Role: roleITIL, Why: "read files attached to tickets"},
		{API: TableAPI, Table: "sys_user", Access: Read, Role: roleITIL, Pull: true, Why: "name authors and assignees"},
	}
	for _, class := range taskClasses {
		needs = append(needs, Need{API: TableAPI, Table: class, Access: ReadWrite, Role: roleITIL, Pull: true, Why: "tickets"})
	}
	return append(needs,
		Need{API: TableAPI, Table: "sys_journal_field", Access: Read, Role: roleAdmin, Only: Created, Pull: true, Optional: true, Why: "comments and work notes"},
		Need{API: TableAPI, Table: "sys_attachment", Access: Read, Role: roleITIL, Pull: true, Optional: true, Why: attachmentsWhy},
		Need{API: TableAPI, Table: "sys_audit_delete", Access: Read, Role: roleAdmin, Only: Created, Pull: true, Optional: true, Why: "deleted records"},
	)
}

// NeedsPullBy reports whether a connection of this capability must say by which time to pull. Content management has
// no such choice: articles are always pulled by update, since an article that was corrected must not stay wrong.
func (c Capability) NeedsPullBy() bool { return c != ContentManagement }

// Valid reports whether c is one of [Capabilities].
func (c Capability) Valid() bool { return slices.Contains(Capabilities(), c) }
