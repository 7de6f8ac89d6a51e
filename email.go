package servicenow

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/mail"
	"net/url"
	"strings"

	"github.com/seed-a66f7fd3/servicenow/internal/ident"
	"github.com/seed-a66f7fd3/servicenow/internal/rest"
	"github.com/seed-a66f7fd3/servicenow/table"
)

// Email sends mail through the instance. It is safe for concurrent use.
//
// The instance asks for the role email_api_send, and for rights on the table sys_email; see
// https://www.servicenow.com/docs/r/api-reference/rest-apis/email-api.html.
type Email struct{ conn *rest.Conn }

func newEmail(conn *rest.Conn) *Email { return &Email{conn: conn} }

// EmailMessage is a mail to send. Addresses are plain ("ada@acme.example") or named ("Ada <ada@acme.example>"), at
// most 100 in each list.
type EmailMessage struct {
	To         []string          `json:"to"`
	CC         []string          `json:"cc,omitempty"`
	BCC        []string          `json:"bcc,omitempty"`
	Subject    string            `json:"subject,omitempty"`
	Text       string            `json:"text,omitempty"`
	HTML       string            `json:"html,omitempty"`
	Importance string            `json:"importance,omitempty"`
	Headers    map[string]string `json:"headers,omitempty"`
	// Table and RecordID name the record that the mail is about: both, or neither.
	Table    string `json:"table_name,omitempty"`
	RecordID string `json:"table_record_id,omitempty"`
}

// EmailQueued is a mail that the instance accepted. It has not been sent yet: [Email.Status] tells what became of it.
type EmailQueued struct {
	ID    table.Text  `json:"id,omitzero"` // sys_id in sys_email
	Links []EmailLink `json:"links,omitzero"`

	Extra table.Extra // members without a field
}

// UnmarshalJSON reads the answer as the API sends it.
func (q *EmailQueued) UnmarshalJSON(b []byte) error { return table.UnmarshalRow(b, q) }

// MarshalJSON writes the answer as it was read.
func (q EmailQueued) MarshalJSON() ([]byte, error) { return table.MarshalRow(q) }

// EmailLink is an address that the instance gives for a mail.
type EmailLink struct {
	Rel  table.Text `json:"rel,omitzero"`  // "self" or "status"
	Href table.Text `json:"href,omitzero"` // without the prefix /api, see Path

	Extra table.Extra // members without a field
}

// UnmarshalJSON reads a link as the API sends it.
func (l *EmailLink) UnmarshalJSON(b []byte) error { return table.UnmarshalRow(b, l) }

// MarshalJSON writes the link as it was read.
func (l EmailLink) MarshalJSON() ([]byte, error) { return table.MarshalRow(l) }

// Path is the path and query to ask for, with the prefix /api that the API leaves out of its links.
func (l EmailLink) Path() string {
	if href := l.Href.String(); !strings.HasPrefix(href, "/now/") {
		return href
	}
	return "/api" + l.Href.String()
}

// The types of mail, as [EmailRecord.Type] has them.
const (
	EmailReceived        = "received"
	EmailReceivedIgnored = "received-ignored"
	EmailSendFailed      = "send-failed"
	EmailSendIgnored     = "send-ignored"
	EmailSendReady       = "send-ready"
	EmailSent            = "sent"
)

// EmailRecord is a mail as the instance keeps it, incoming or outgoing. It can be written down as JSON and read again
// without loss.
type EmailRecord struct {
	ID         table.Text        `json:"id,omitzero"`
	Type       table.Choice      `json:"type,omitzero"`  // one of the Email constants
	State      table.Choice      `json:"state,omitzero"` // error, ignored, processed, ready
	Error      table.Text        `json:"error,omitzero"` // why it was not sent
	Subject    table.Text        `json:"subject,omitzero"`
	Text       table.Text        `json:"text,omitzero"`
	HTML       table.Text        `json:"html,omitzero"`
	Importance table.Text        `json:"importance,omitzero"`
	To         EmailAddresses    `json:"to,omitzero"`
	CC         EmailAddresses    `json:"cc,omitzero"`
	BCC        EmailAddresses    `json:"bcc,omitzero"`
	Headers    map[string]string `json:"headers,omitzero"`

	Extra table.Extra // members without a field
}

// UnmarshalJSON reads a mail as the API sends it.
func (r *EmailRecord) UnmarshalJSON(b []byte) error { return table.UnmarshalRow(b, r) }

// MarshalJSON writes the mail as it was read.
func (r EmailRecord) MarshalJSON() ([]byte, error) { return table.MarshalRow(r) }

// EmailAddresses are the recipients of a mail. Nil is a list that was not sent.
type EmailAddresses []string

// UnmarshalJSON reads a list as the API sends it: one that is empty comes as one empty address.
func (a *EmailAddresses) UnmarshalJSON(b []byte) error {
	var sent []string
	err := json.Unmarshal(b, &sent)
	if *a = sent; len(sent) == 1 && sent[0] == "" {
		*a = EmailAddresses{}
	}
	return err
}

// MarshalJSON writes the list as it was read.
func (a EmailAddresses) MarshalJSON() ([]byte, error) {
	if a != nil && len(a) == 0 {
		a = EmailAddresses{""}
	}
	return json.Marshal([]string(a))
}

// Send queues a mail. One request; it is not sent again when nobody knows whether the instance took it, because that
// would be a second mail. What the instance would refuse is ErrInvalid before anything is sent; a user without the
// role is ErrForbidden, with a remedy that names it.
//
// See https://www.servicenow.com/docs/r/api-reference/rest-apis/email-api.html.
func (e *Email) Send(ctx context.Context, m EmailMessage) (EmailQueued, error) {
	if err := m.check(); err != nil {
		return EmailQueued{}, fmt.Errorf("email.Send: %w: %w", rest.ErrInvalid, err)
	}
	op := rest.Op{
		Name: "email.Send", Method: http.MethodPost, Path: []string{"api", "now", "v1", "email"},
		Body: m, Replay: rest.Never,
	}
	queued, _, err := rest.Do[EmailQueued](ctx, e.conn, op)
	return queued, err
}

// Get reads a mail. One request. A mail that does not exist is ErrForbidden, not ErrNotFound, on this API.
//
// See https://www.servicenow.com/docs/r/api-reference/rest-apis/email-api.html.
func (e *Email) Get(ctx context.Context, id string) (EmailRecord, error) {
	return e.read(ctx, "email.Get", id, nil)
}

// Status reads what became of a mail: its id, type, state and error. One request.
//
// See https://www.servicenow.com/docs/r/api-reference/rest-apis/email-api.html.
func (e *Email) Status(ctx context.Context, id string) (EmailRecord, error) {
	return e.read(ctx, "email.Status", id, url.Values{"sysparm_fields": {"id,type,state,error"}})
}

func (e *Email) read(ctx context.Context, name, id string, params url.Values) (EmailRecord, error) {
	if err := ident.SysID(id); err != nil {
		return EmailRecord{}, fmt.Errorf("%s: %w: %w", name, rest.ErrInvalid, err)
	}
	op := rest.Op{
		Name: name, Method: http.MethodGet, Path: []string{"api", "now", "v1", "email", id}, Query: params,
	}
	record, _, err := rest.Do[EmailRecord](ctx, e.conn, op)
	return record, err
}

// maxAddresses is how many the documentation allows in each list.
const maxAddresses = 100

func (m EmailMessage) check() error {
	if len(m.To) == 0 {
		return errors.New("a mail needs an address to go to")
	}
	for name, list := range map[string][]string{"to": m.To, "cc": m.CC, "bcc": m.BCC} {
		if len(list) > maxAddresses {
			return fmt.Errorf("%s has %d addresses, the instance takes %d", name, len(list), maxAddresses)
		}
		for i, address := range list {
			if _, err := mail.ParseAddress(address); err != nil {
				return fmt.Errorf("address %d in %s is not one", i+1, name)
			}
		}
	}
	if (m.Table == "") != (m.RecordID == "") {
		return errors.New("the record that a mail is about needs its table and its id")
	}
	for name, value := range m.Headers {
		if !headerName(name) || strings.ContainsAny(value, "\r\n\x00") {
			return errors.New("a header has a character that cannot stand in a mail header")
		}
	}
	if strings.ContainsAny(m.Subject, "\r\n\x00") {
		return errors.New("the subject has a line break")
	}
	return nil
}

func headerName(name string) bool {
	return name != "" && !strings.ContainsFunc(name, func(r rune) bool { return r <= ' ' || r >= 0x7f || r == ':' })
}
