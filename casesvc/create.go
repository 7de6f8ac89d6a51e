package casesvc

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"

	"github.com/seed-a66f7fd3/servicenow/internal/ident"
	"github.com/seed-a66f7fd3/servicenow/internal/rest"
	"github.com/seed-a66f7fd3/servicenow/table"
)

// Draft is a case to create, with the columns of those that the API names which people fill in. The others, and those
// of an instance's own, go to Extra; a struct of yours that embeds [table.Write], and [table.Changes], do as well. Every column is optional: the instance
// fills in the account from the contact, contract and entitlement from the account, and its defaults for the rest.
type Draft struct {
	table.Write
	ShortDescription table.Text    `json:"short_description,omitzero"`
	Description      table.Text    `json:"description,omitzero"`
	Account          table.Ref     `json:"account,omitzero"`
	Contact          table.Ref     `json:"contact,omitzero"`
	Consumer         table.Ref     `json:"consumer,omitzero"`
	Partner          table.Ref     `json:"partner,omitzero"`
	PartnerContact   table.Ref     `json:"partner_contact,omitzero"`
	Product          table.Ref     `json:"product,omitzero"`
	Asset            table.Ref     `json:"asset,omitzero"`
	ContactType      table.Choice  `json:"contact_type,omitzero"` // chat, email, phone, social or web
	Category         table.Choice  `json:"category,omitzero"`
	Subcategory      table.Choice  `json:"subcategory,omitzero"`
	Priority         table.Choice  `json:"priority,omitzero"`
	Impact           table.Choice  `json:"impact,omitzero"`
	Urgency          table.Choice  `json:"urgency,omitzero"`
	State            table.Choice  `json:"state,omitzero"`
	ResolutionCode   table.Choice  `json:"resolution_code,omitzero"`
	CloseNotes       table.Text    `json:"close_notes,omitzero"`
	AssignedTo       table.Ref     `json:"assigned_to,omitzero"`
	AssignmentGroup  table.Ref     `json:"assignment_group,omitzero"`
	Company          table.Ref     `json:"company,omitzero"`
	Contract         table.Ref     `json:"contract,omitzero"`
	Entitlement      table.Ref     `json:"entitlement,omitzero"`
	Location         table.Ref     `json:"location,omitzero"`
	BusinessService  table.Ref     `json:"business_service,omitzero"`
	CMDBCI           table.Ref     `json:"cmdb_ci,omitzero"`
	Parent           table.Ref     `json:"parent,omitzero"`
	Problem          table.Ref     `json:"problem,omitzero"`
	Change           table.Ref     `json:"change,omitzero"`
	CausedBy         table.Ref     `json:"caused_by,omitzero"`
	BusinessImpact   table.Text    `json:"business_impact,omitzero"`
	Cause            table.Text    `json:"cause,omitzero"`
	ProbableCause    table.Text    `json:"probable_cause,omitzero"`
	DueDate          table.Time    `json:"due_date,omitzero"`
	OpenedAt         table.Time    `json:"opened_at,omitzero"`
	OpenedBy         table.Ref     `json:"opened_by,omitzero"`
	FollowTheSun     table.Bool    `json:"follow_the_sun,omitzero"`
	NotesToComments  table.Bool    `json:"notes_to_comments,omitzero"`
	Notify           table.Choice  `json:"notify,omitzero"`
	Skills           table.Text    `json:"skills,omitzero"`          // sys_ids, comma-joined
	WorkNotesList    table.Text    `json:"work_notes_list,omitzero"` // sys_ids, comma-joined
	WatchList        table.Text    `json:"watch_list,omitzero"`      // sys_ids, comma-joined
	Comment          table.Journal `json:"comments,omitzero"`
	WorkNote         table.Journal `json:"work_notes,omitzero"`
	// CorrelationID is the case's name in the system that it comes from. With it, [Service.Create] can tell after an
	// unclear failure whether the case was made.
	CorrelationID      table.Text `json:"correlation_id,omitzero"`
	CorrelationDisplay table.Text `json:"correlation_display,omitzero"`
	// The social media profile to create with the case: all of them, or none.
	SocialChannel    table.Text `json:"social_channel,omitzero"`
	SocialHandle     table.Text `json:"social_handle,omitzero"`
	SocialHandleType table.Text `json:"social_handle_type,omitzero"` // Account, Consumer or Contact
	SocialHandleURL  table.Text `json:"social_handle_url,omitzero"`
	SocialPostURL    table.Text `json:"social_post_url,omitzero"`

	Extra table.Extra
}

// Created names a case that was made.
type Created struct {
	SysID  string `json:"sys_id"`
	Number string `json:"number"`
	// Found reports that an earlier attempt, of this call or of another, had made the case.
	Found bool `json:"-"`
}

const correlationID = "correlation_id"

// Create makes a case. One request. It is not sent twice, because a second one is a second case, except with a
// CorrelationID: then, when nobody knows what became of the first (no answer, or one that is none), the case is looked
// up by it (one request) and, if it is not there, sent once more. The caller sees to it that no two of its cases share
// a CorrelationID: the instance does not.
//
// The instance does not check what is sent: a column that it does not have, or that the caller may not set, is left
// out without notice.
//
// See https://www.servicenow.com/docs/r/api-reference/rest-apis/case-api.html.
func (s *Service) Create(ctx context.Context, w table.Writable) (Created, error) {
	op, body, err := createOp(w)
	if err != nil {
		return Created{}, err
	}
	created, err := s.create(ctx, op)
	correlation := body.Value(correlationID).String()
	if !unclear(err) || correlation == "" {
		return created, err
	}
	found, lookErr := s.correlated(ctx, correlation)
	switch {
	case lookErr != nil:
		return Created{}, fmt.Errorf("%w (and looking for the case failed: %w)", err, lookErr)
	case found.SysID != "":
		return found, nil
	}
	return s.create(ctx, op)
}

func (s *Service) create(ctx context.Context, op rest.Op) (Created, error) {
	created, _, err := rest.Do[Created](ctx, s.conn, op)
	if err == nil && created.SysID == "" {
		err = &rest.Error{Op: op.Name, Method: op.Method, Class: rest.ErrNotJSON, Message: "the answer names no case"}
	}
	return created, err
}

// correlated finds the case that an earlier attempt made. Several are an error: it would be a guess which one is meant.
func (s *Service) correlated(ctx context.Context, id string) (Created, error) {
	params := url.Values{
		"sysparm_fields": {"sys_id,number,correlation_id"}, "sysparm_limit": {"2"},
		"sysparm_reference_fields": {"false"},
	}
	q := table.Where(correlationID, table.Is, id).OrderBy("sys_created_on")
	if err := q.EncodeValues("sysparm_query", &params); err != nil {
		return Created{}, err
	}
	op := rest.Op{Name: "case.Create (look up)", Method: http.MethodGet, Path: casePath(), Query: params}
	rows, _, err := rest.Do[[]Case](ctx, s.conn, op)
	if err != nil || len(rows) == 0 {
		return Created{}, err
	}
	if len(rows) > 1 {
		return Created{}, errors.New("several cases have this correlation_id")
	}
	// An instance drops a clause that it does not understand and answers with any case.
	if rows[0].CorrelationID.String() != id || ident.SysID(rows[0].SysID.String()) != nil {
		return Created{}, errors.New("the instance answered with a case of another correlation_id")
	}
	return Created{SysID: rows[0].SysID.String(), Number: rows[0].Number.String(), Found: true}, nil
}

// unclear reports that the instance may have done what it was asked, although the call failed.
func unclear(err error) bool {
	return errors.Is(err, rest.ErrUnavailable) || errors.Is(err, rest.ErrTransactionCancelled) ||
		errors.Is(err, rest.ErrNotJSON)
}
