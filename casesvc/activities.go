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

// Activities is the activity stream of a case, or a part of it, with the case and the caller it was read for.
type Activities struct {
	SysID            string         `json:"sys_id"`
	Number           string         `json:"number"`
	DisplayValue     string         `json:"display_value"`
	Table            string         `json:"table"`
	Label            string         `json:"label"`
	ShortDescription string         `json:"short_description"`
	CreatedOn        table.Time     `json:"sys_created_on"`
	CreatedOnLocal   string         `json:"sys_created_on_adjusted"` // in the caller's time zone, without telling which
	JournalFields    []JournalField `json:"journal_fields"`
	Entries          []Activity     `json:"entries"`

	// The caller, which makes this one of the documented ways to learn who one is.
	UserSysID    string `json:"user_sys_id"`
	UserFullName string `json:"user_full_name"`
	UserLogin    string `json:"user_login"`

	// Total is how many entries the instance counts, or -1 when it did not say. It says so only where Limit or Offset
	// was set.
	Total int `json:"-"`
}

// JournalField is a column of the case whose entries make up the stream, and what the caller may do with it.
type JournalField struct {
	Name     string     `json:"name"`
	Label    string     `json:"label"`
	CanRead  table.Bool `json:"can_read"`
	CanWrite table.Bool `json:"can_write"`
	Color    string     `json:"color"`
}

// Activity is one entry of the stream: a comment, a work note or an attachment.
type Activity struct {
	SysID          string     `json:"sys_id"`
	Element        string     `json:"element"` // Comments, WorkNotes, Attachment, or another journal column
	FieldLabel     string     `json:"field_label"`
	Value          string     `json:"value"` // the text
	ContainsCode   table.Bool `json:"contains_code"`
	Name           string     `json:"name"`       // who wrote it, in full
	LoginName      string     `json:"login_name"` // the full name as well, says the documentation
	UserSysID      string     `json:"user_sys_id"`
	Initials       string     `json:"initials"`
	CreatedOn      table.Time `json:"sys_created_on"`
	CreatedOnLocal string     `json:"sys_created_on_adjusted"` // in the caller's time zone, without telling which

	Attachment *ActivityFile `json:"attachment"` // for an attachment only
}

// ActivityFile is the file of an attachment entry. Its paths are for browsers: package attachment opens it by SysID.
type ActivityFile struct {
	SysID             string    `json:"sys_id"`
	FileName          string    `json:"file_name"`
	ContentType       string    `json:"content_type"`
	Size              string    `json:"size"` // for people: "157.7 KB"
	SizeBytes         table.Int `json:"size_bytes"`
	State             string    `json:"state"` // available, available_conditionally, not_available or pending
	Path              string    `json:"path"`
	ThumbnailPath     string    `json:"thumbnail_path"`
	ImagePath         string    `json:"image_path"`
	ImageWidth        table.Int `json:"image_width"`
	ImageHeight       table.Int `json:"image_height"`
	AverageImageColor string    `json:"average_image_color"`
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
				if entry.SysID != "" && seen[entry.SysID] {
					continue
				}
				seen[entry.SysID] = true
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
