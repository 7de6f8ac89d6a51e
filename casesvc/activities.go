package casesvc

import (
	"context"
	"errors"
	"iter"
	"net/url"
	"strconv"
	"strings"

	"github.com/seed-a66f7fd3/servicenow/internal/rest"
	"github.com/seed-a66f7fd3/servicenow/table"
)

// The kinds of activity, as [Activity.Element] has them and [ActivityOptions.Types] takes them. The first two are
// columns of the case; an instance may have more such columns.
const (
	Comments   = "comments"   // what the customer sees
	WorkNotes  = "work_notes" // what only agents see
	Attachment = "attachment"
)

// ActivityOptions shapes one call of [Service.Activities]. The zero value asks for everything at once.
type ActivityOptions struct {
	Types  []string // some of Comments, WorkNotes, Attachment; none is all
	Limit  int      // entries; 0 is all
	Offset int      // entries to leave out
}

// Activities is the activity stream of a case, or a part of it, with the case and the caller it was read for. It can
// be written down as JSON and read again without loss.
type Activities struct {
	SysID            table.Text     `json:"sys_id,omitzero"`
	Number           table.Text     `json:"number,omitzero"`
	DisplayValue     table.Text     `json:"display_value,omitzero"`
	Table            table.Text     `json:"table,omitzero"`
	Label            table.Text     `json:"label,omitzero"`
	ShortDescription table.Text     `json:"short_description,omitzero"`
	CreatedOn        table.Time     `json:"sys_created_on,omitzero"`
	CreatedOnLocal   table.Text     `json:"sys_created_on_adjusted,omitzero"` // in the caller's zone, without telling which
	JournalFields    []JournalField `json:"journal_fields,omitzero"`
	Entries          []Activity     `json:"entries,omitzero"`

	// The caller, which makes this one of the documented ways to learn who one is.
	UserSysID    table.Text `json:"user_sys_id,omitzero"`
	UserFullName table.Text `json:"user_full_name,omitzero"`
	UserLogin    table.Text `json:"user_login,omitzero"`

	// Total is how many entries the instance counts, or -1 when it did not say. It says so only where Limit or Offset
	// was set.
	Total int `json:"-"`

	Extra table.Extra // members without a field
}

// JournalField is a column of the case whose entries make up the stream, and what the caller may do with it.
type JournalField struct {
	Name     table.Text `json:"name,omitzero"`
	Label    table.Text `json:"label,omitzero"`
	CanRead  table.Bool `json:"can_read,omitzero"`
	CanWrite table.Bool `json:"can_write,omitzero"`
	Color    table.Text `json:"color,omitzero"`

	Extra table.Extra // members without a field
}

// Activity is one entry of the stream: a comment, a work note or an attachment.
type Activity struct {
	SysID          table.Text `json:"sys_id,omitzero"`
	Element        table.Text `json:"element,omitzero"` // Comments, WorkNotes, Attachment, or another journal column
	FieldLabel     table.Text `json:"field_label,omitzero"`
	Value          table.Text `json:"value,omitzero"` // the text
	ContainsCode   table.Bool `json:"contains_code,omitzero"`
	Name           table.Text `json:"name,omitzero"`       // who wrote it, in full
	LoginName      table.Text `json:"login_name,omitzero"` // the full name as well, says the documentation
	UserSysID      table.Text `json:"user_sys_id,omitzero"`
	Initials       table.Text `json:"initials,omitzero"`
	CreatedOn      table.Time `json:"sys_created_on,omitzero"`
	CreatedOnLocal table.Text `json:"sys_created_on_adjusted,omitzero"` // in the caller's zone, without telling which

	Attachment *ActivityFile `json:"attachment,omitzero"` // for an attachment only

	Extra table.Extra // members without a field
}

// ActivityFile is the file of an attachment entry. Its paths are for browsers: package attachment opens it by SysID.
type ActivityFile struct {
	SysID             table.Text `json:"sys_id,omitzero"`
	FileName          table.Text `json:"file_name,omitzero"`
	ContentType       table.Text `json:"content_type,omitzero"`
	Size              table.Text `json:"size,omitzero"` // for people: "157.7 KB"
	SizeBytes         table.Int  `json:"size_bytes,omitzero"`
	State             table.Text `json:"state,omitzero"` // available, available_conditionally, not_available or pending
	Path              table.Text `json:"path,omitzero"`
	ThumbnailPath     table.Text `json:"thumbnail_path,omitzero"`
	ImagePath         table.Text `json:"image_path,omitzero"`
	ImageWidth        table.Int  `json:"image_width,omitzero"`
	ImageHeight       table.Int  `json:"image_height,omitzero"`
	AverageImageColor table.Text `json:"average_image_color,omitzero"`

	Extra table.Extra // members without a field
}

// Activities reads the activity stream of a case, by its sys_id or number. One request.
//
// See https://www.servicenow.com/docs/r/api-reference/rest-apis/case-api.html.
func (s *Service) Activities(ctx context.Context, id string, o ActivityOptions) (*Activities, error) {
	op, err := activitiesOp(id, o)
	if err != nil {
		return nil, err
	}
	activities, meta, err := rest.Do[Activities](ctx, s.conn, op)
	if err != nil {
		return nil, err
	}
	activities.Total = meta.Total
	return &activities, nil
}

func (o ActivityOptions) params() (url.Values, error) {
	params := url.Values{}
	for _, t := range o.Types {
		if t == "" || strings.ContainsAny(t, ", ") {
			return nil, errors.New("an activity type is one word: comments, work_notes or attachment")
		}
	}
	if len(o.Types) > 0 {
		params.Set("sysparm_activity_type", strings.Join(o.Types, ","))
	}
	if o.Limit < 0 || o.Offset < 0 {
		return nil, errors.New("limit and offset must not be negative")
	}
	if o.Limit > 0 {
		params.Set("sysparm_limit", strconv.Itoa(o.Limit))
	}
	if o.Offset > 0 {
		params.Set("sysparm_offset", strconv.Itoa(o.Offset))
	}
	return params, nil
}

// activityPage is how many entries are asked for at a time.
const activityPage = 100

// Entries yields the entries of a case's activity stream, in the instance's order, of the types given or of all. One
// request for each hundred entries, and one more where the instance does not count them. Entries that arrive meanwhile
// may be missed, but none comes twice.
//
// See https://www.servicenow.com/docs/r/api-reference/rest-apis/case-api.html.
func (s *Service) Entries(ctx context.Context, id string, types ...string) iter.Seq2[Activity, error] {
	return func(yield func(Activity, error) bool) {
		seen := map[string]bool{}
		for o := (ActivityOptions{Types: types, Limit: activityPage}); ; {
			page, err := s.Activities(ctx, id, o)
			if err != nil {
				yield(Activity{}, err)
				return
			}
			for _, entry := range page.Entries {
				id := entry.SysID.String()
				if id != "" && seen[id] {
					continue
				}
				seen[id] = true
				if !yield(entry, nil) {
					return
				}
			}
			o.Offset += len(page.Entries)
			if len(page.Entries) == 0 || page.Total >= 0 && o.Offset >= page.Total {
				return
			}
		}
	}
}
