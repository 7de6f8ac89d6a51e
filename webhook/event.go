package webhook

import (
	"encoding/json"
	"time"
)

// Event is one change that the instance told us about: switch on its type. The types are [CaseCreated], [CaseUpdated],
// [CaseDeleted], [CommentAdded], [WorkNoteAdded], [EntryDeleted], [AttachmentAdded], [AttachmentDeleted],
// [TaskChanged], [Ping] and [Unknown], each as a pointer.
type Event interface {
	// About is what every event has.
	About() Head
	// setTenant keeps other packages from adding events that a switch over this list would miss.
	setTenant(string)
}

// Operation is what was done to the record, in the platform's word. It is empty where a plain payload does not tell.
type Operation string

// The operations of a Business Rule.
const (
	Insert Operation = "insert"
	Update Operation = "update"
	Delete Operation = "delete"
)

// Head is what every event has. A value that was not sent is empty.
type Head struct {
	// ID is equal for equal events, so it tells repeats. A plain payload that does not count its changes has none.
	ID string
	// Tenant is the host's own name for the connection, from the path of the URL. Parse leaves it empty.
	Tenant string
	// Instance is the instance_name of the sender.
	Instance string
	// Rule is the key of the rule that fired and Version that of its script.
	Rule    string
	Version int
	// Attempt counts the deliveries of a queued event from 1; 0 when sent directly.
	Attempt int
	// Table and SysID name the record; Table is its own class, as "incident" for a rule on task.
	Table, SysID string
	// Number is the record's, "INC0010001"; journal entries and attachments have none.
	Number string
	// Operation is what was done to it.
	Operation Operation
	// ModCount is the record's sys_mod_count after the change, or -1: ignore an event that is not above the last one.
	ModCount int
	// At is when the change was stored, in UTC, and zero when the instance sent it in a format of its own. For the
	// deletion of a record it is when the record was last written.
	At time.Time
	// By is the user name that the record names as its last writer, or as its creator.
	By string
	// Actor is the user name of the session in which the rule ran: platform logic that runs in a user's transaction
	// may write as "system". A host drops its own changes by it.
	Actor string
	// Domain is the record's sys_domain, when the rule was asked to send it.
	Domain string
}

// About returns h.
func (h Head) About() Head { return h }

func (h *Head) setTenant(t string) { h.Tenant = t }

// Record names a record.
type Record struct{ Table, SysID string }

// CaseCreated tells of a new customer service case. The event is thin: read the case with your own rights.
type CaseCreated struct {
	Head
	Columns map[string]string // the named columns that the rule was asked to send, usually none
}

// CaseUpdated tells of a change to a case. A new comment changes its case too, so expect a CommentAdded beside it, in
// either order.
type CaseUpdated struct {
	Head
	Changed []string // the columns that changed, as far as the instance could tell
	Columns map[string]string
}

// CaseDeleted tells that a case was deleted.
type CaseDeleted struct{ Head }

// CommentAdded is a comment that the customer can see. Operation is Update when an entry was edited or redacted.
type CommentAdded struct {
	Head
	// Record is what was commented on.
	Record Record
	// Text is as typed, and may hold HTML between [code] and [/code]. It is empty when the rule does not send it.
	Text string
	// Truncated: the text was cut at 8000 characters; read the journal entry for the rest.
	Truncated bool
}

// WorkNoteAdded is an internal note: never show it to a customer.
type WorkNoteAdded struct {
	Head
	Record    Record
	Text      string
	Truncated bool
}

// EntryDeleted tells that a journal entry was deleted.
type EntryDeleted struct {
	Head
	Record  Record
	Element string // comments or work_notes
}

// AttachmentAdded tells of a new file. Its content may not be there yet: read it later, and again after a 404.
type AttachmentAdded struct {
	Head
	Record                Record
	FileName, ContentType string
	Size                  int64 // in bytes as far as known at that moment, or -1
}

// AttachmentDeleted tells that a file was deleted.
type AttachmentDeleted struct {
	Head
	Record   Record
	FileName string
}

// TaskChanged tells that a record of the task family was created, updated or deleted: see Operation.
type TaskChanged struct {
	Head
	Class   string // incident, sc_request, sc_req_item, sc_task, change_request, problem …; the same as Table
	Changed []string
	Columns map[string]string
}

// Ping proves that deliveries arrive, and tells nothing.
type Ping struct{ Head }

// Unknown is whatever a later version of the scripts may send, verified like the rest.
type Unknown struct {
	Head
	Kind string          // the envelope's type, "article.updated"
	Raw  json.RawMessage // the whole body
}
