package attachment

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"net/http"
	"strings"

	"github.com/seed-a66f7fd3/servicenow/internal/ident"
	"github.com/seed-a66f7fd3/servicenow/internal/page"
	"github.com/seed-a66f7fd3/servicenow/internal/rest"
	"github.com/seed-a66f7fd3/servicenow/table"
)

// Service reaches the attachments of one instance as one user sees them. It is safe for concurrent use.
type Service struct {
	conn   *rest.Conn
	tables *table.Service
	limits Limits
	api    string // attachmentAPI or csmAPI
}

// New is called by the root package, which makes the connection. The limits are [DefaultLimits].
func New(conn *rest.Conn, tables *table.Service) *Service {
	return &Service{conn: conn, tables: tables, limits: DefaultLimits(), api: attachmentAPI}
}

// WithLimits is the same service with other limits for uploads, such as those that [Service.Limits] read.
func (s *Service) WithLimits(l Limits) *Service {
	return &Service{conn: s.conn, tables: s.tables, limits: l, api: s.api}
}

// Limits reads what the instance takes from its system properties. One request. A property that the caller may not
// read, as only admins may on many instances, counts as unchanged.
//
// See https://www.servicenow.com/docs/r/platform-administration/r_AvailableSystemProperties.html.
func (s *Service) Limits(ctx context.Context) (Limits, error) {
	found := map[string]string{}
	q := table.Where("name", table.In, maxSizeProperty, extensionsProperty)
	o := table.ListOptions{Query: q, Fields: []string{"sys_id", "name", "value"}, Limit: 3}
	for row, err := range table.Of[table.Record](s.tables, "sys_properties").List(ctx, o) {
		if err != nil {
			return Limits{}, err
		}
		found[row.Get("name").String()] = row.Get("value").String()
	}
	return limitsFrom(found)
}

// Target is the record that files belong to.
type Target struct{ Table, ID string }

func (t Target) check() error { return errors.Join(ident.Table(t.Table), ident.SysID(t.ID)) }

// File is what the instance knows about an attachment.
type File struct{ table.Attachment }

// hiddenPrefix stands before the table's name where a file is not on the record's list of attachments: pictures within
// a text, values of encrypted columns.
//
// belief: a long-standing convention of the platform that its documentation does not tell. The row of a picture put
// into an HTML column, on a real instance, would settle it.
const hiddenPrefix = "ZZ_YY"

// Hidden reports that the file is part of one of the record's columns rather than of its list of attachments.
func (f File) Hidden() bool { return strings.HasPrefix(f.TableName.String(), hiddenPrefix) }

// Target is the record that the file belongs to, whether hidden or not.
func (f File) Target() Target {
	return Target{Table: strings.TrimPrefix(f.TableName.String(), hiddenPrefix), ID: f.TableSysID.String()}
}

// UnmarshalJSON reads a file as the API sends it.
func (f *File) UnmarshalJSON(b []byte) error { return table.UnmarshalRow(b, &f.Attachment) }

// MarshalJSON writes the file in the shape in which it was read.
func (f File) MarshalJSON() ([]byte, error) { return table.MarshalRow(f.Attachment) }

// ListOptions shape one list. The zero value is every attachment on the instance.
type ListOptions struct {
	// Target keeps the files of one record. The zero Target keeps all.
	Target Target
	// Hidden keeps the record's hidden files as well; see [File.Hidden].
	Hidden bool
	// Query on sys_attachment. Without an order of its own the list follows sys_id.
	Query table.Query
	// PageSize is how many to ask for at once; zero is 200. The answer has the download address of each in a header.
	PageSize int
	// Limit ends the list after that many files. Zero is no bound.
	Limit int
	// Notice is told where the instance refuses the order by sys_id and the list has to count through pages. Nil is
	// nobody.
	Notice func(table.Notice)
}

// defaultPage keeps the answer's Link header, which cannot be suppressed, well below what proxies pass on.
const defaultPage = 200

// List yields what is known about the files that match, without their bytes. One request for each page, and one more
// where the instance does not count its rows; nothing is sent before it is ranged over, and ranging again starts
// again. After an error the range is over.
//
// See https://www.servicenow.com/docs/r/api-reference/rest-apis/c_AttachmentAPI.html.
func (s *Service) List(ctx context.Context, o ListOptions) iter.Seq2[File, error] {
	list, err := s.list("attachment.List", o)
	if err != nil {
		return func(yield func(File, error) bool) { yield(File{}, err) }
	}
	return list.Rows(ctx, s.conn)
}

// PageCall describes the first page of [Service.List], for a batch: at most PageSize files, or Limit where that is
// less. One that is not full does not mean that there are no more.
//
// See https://www.servicenow.com/docs/r/api-reference/rest-apis/c_AttachmentAPI.html.
func (s *Service) PageCall(o ListOptions) table.Call[[]File] {
	list, err := s.list("attachment.Page", o)
	if err != nil {
		return table.Refused[[]File](err)
	}
	return list.First(s.conn)
}

func (s *Service) list(name string, o ListOptions) (page.List[File], error) {
	q, err := o.query()
	if err == nil && !s.namesTable(q.String()) {
		err = errors.New("the CSM Attachment API lists the files of one table: set Target")
	}
	if err != nil {
		return page.List[File]{}, invalid(name, err)
	}
	if o.PageSize == 0 {
		o.PageSize = defaultPage
	}
	return page.List[File]{
		Op:    rest.Op{Name: name, Method: http.MethodGet, Path: s.path()},
		Query: q, Size: o.PageSize, Limit: o.Limit,
		ID: func(f *File) string { return f.SysID.String() }, Table: "sys_attachment", Notice: o.Notice,
	}, nil
}

func (o ListOptions) query() (table.Query, error) {
	if o.PageSize < 0 || o.Limit < 0 {
		return table.Query{}, errors.New("page size and limit must not be negative")
	}
	if o.Target == (Target{}) {
		return o.Query, nil
	}
	if err := o.Target.check(); err != nil {
		return table.Query{}, err
	}
	own := table.Where("table_name", table.Is, o.Target.Table)
	if o.Hidden {
		own = own.Or("table_name", table.Is, hiddenPrefix+o.Target.Table)
	}
	return table.All(own.And("table_sys_id", table.Is, o.Target.ID), o.Query), nil
}

// Get reads what is known about one file. One request.
//
// See https://www.servicenow.com/docs/r/api-reference/rest-apis/c_AttachmentAPI.html.
func (s *Service) Get(ctx context.Context, id string) (File, error) {
	return s.GetCall(id).Do(ctx)
}

// GetCall describes [Service.Get], for a batch.
//
// See https://www.servicenow.com/docs/r/api-reference/rest-apis/c_AttachmentAPI.html.
func (s *Service) GetCall(id string) table.Call[File] {
	const name = "attachment.Get"
	if err := ident.SysID(id); err != nil {
		return table.Refused[File](invalid(name, err))
	}
	return table.NewCall[File](s.conn, rest.Op{Name: name, Method: http.MethodGet, Path: s.path(id)})
}

// Rename gives a file another name. One request.
//
// See https://www.servicenow.com/docs/r/api-reference/rest-apis/c_AttachmentAPI.html.
func (s *Service) Rename(ctx context.Context, id, fileName string) error {
	const name = "attachment.Rename"
	if err := errors.Join(s.only(attachmentAPI, "rename"), ident.SysID(id), checkName(fileName)); err != nil {
		return invalid(name, err)
	}
	op := rest.Op{
		Name: name, Method: http.MethodPatch, Path: s.path(id), Replay: rest.Always,
		Body: map[string]string{"file_name": fileName},
	}
	_, err := s.conn.Do(ctx, op, nil)
	return err
}

// Delete removes a file. One request. A repetition after an unclear failure that finds nothing is a success.
//
// See https://www.servicenow.com/docs/r/api-reference/rest-apis/c_AttachmentAPI.html.
func (s *Service) Delete(ctx context.Context, id string) error {
	const name = "attachment.Delete"
	if err := ident.SysID(id); err != nil {
		return invalid(name, err)
	}
	return s.remove(ctx, rest.Op{Name: name, Method: http.MethodDelete, Path: s.path(id)})
}

func (s *Service) remove(ctx context.Context, op rest.Op) error {
	_, err := s.conn.Do(ctx, op, nil)
	if e, ok := errors.AsType[*rest.Error](err); ok && errors.Is(err, rest.ErrNotFound) && e.Attempts > 1 {
		return nil
	}
	return err
}

// invalid is the error for what is wrong before anything is sent.
func invalid(name string, why error) error {
	return &rest.Error{Op: name, Class: rest.ErrInvalid, Err: why}
}

// short is the error for a file that is not the one it should be.
func short(name, what string, got, want int64) error {
	return fmt.Errorf("%s: %s has %d bytes instead of %d", name, what, got, want)
}
