package knowledge

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strconv"

	"github.com/seed-a66f7fd3/servicenow/internal/ident"
	"github.com/seed-a66f7fd3/servicenow/internal/rest"
	"github.com/seed-a66f7fd3/servicenow/internal/transfer"
	"github.com/seed-a66f7fd3/servicenow/table"
)

// Service reaches the knowledge of one instance as one user sees it. It is safe for concurrent use.
type Service struct {
	conn   *rest.Conn
	tables *table.Service
}

// New is called by the root package, which makes the connection.
func New(conn *rest.Conn, tables *table.Service) *Service {
	return &Service{conn: conn, tables: tables}
}

// GetOptions shape [Service.Get]. The zero value reads without being counted.
type GetOptions struct {
	// Fields are columns of kb_knowledge to return with the article.
	Fields []string
	// Language chooses a translation; only for an article read by its number.
	Language string
	// SearchID and SearchRank say which result of which search is being read ([Meta.SearchID], [Hit.Rank]). The
	// instance then counts a view, and learns what was helpful. Both, or neither.
	SearchID   string
	SearchRank float64
	// CountView counts a view.
	CountView bool
}

// Get reads an article, by its sys_id or its number. One request.
//
// See https://www.servicenow.com/docs/r/api-reference/rest-apis/knowledge-api.html.
func (s *Service) Get(ctx context.Context, id string, o ...GetOptions) (*Article, error) {
	return s.GetCall(id, o...).Do(ctx)
}

// GetCall describes [Service.Get], for a batch.
//
// See https://www.servicenow.com/docs/r/api-reference/rest-apis/knowledge-api.html.
func (s *Service) GetCall(id string, o ...GetOptions) table.Call[*Article] {
	const name = "knowledge.Get"
	if err := ident.SysIDOrNumber(id); err != nil {
		return table.Refused[*Article](invalid(name, err))
	}
	params, err := getParams(id, o)
	if err != nil {
		return table.Refused[*Article](invalid(name, err))
	}
	op := rest.Op{Name: name, Method: http.MethodGet, Path: articlePath(id), Query: params}
	return table.NewCall[*Article](s.conn, op)
}

func getParams(id string, options []GetOptions) (url.Values, error) {
	params := url.Values{}
	if len(options) == 0 {
		return params, nil
	}
	o := options[0]
	switch {
	case len(options) > 1:
		return nil, errors.New("give options once")
	case o.Language != "" && ident.IsSysID(id):
		return nil, errors.New("a language chooses a translation by the article's number, not by its sys_id")
	case (o.SearchID == "") != (o.SearchRank == 0):
		return nil, errors.New("the search and the rank in it go together")
	}
	if err := setFields(params, o.Fields); err != nil {
		return nil, err
	}
	if o.Language != "" {
		params.Set("language", o.Language)
	}
	if o.SearchID != "" {
		params.Set("search_id", o.SearchID)
		params.Set("search_rank", strconv.FormatFloat(o.SearchRank, 'f', -1, 64))
	}
	// The parameter counts whatever its value, "false" included, so it must not be sent at all otherwise.
	if o.CountView {
		params.Set("update_view", "true")
	}
	return params, nil
}

// Content is a file of an article, being read. The caller closes it. Read reports a body that ends before the length
// announced as io.ErrUnexpectedEOF.
type Content struct {
	io.ReadCloser
	ContentType string
	Size        int64 // -1 when not announced
}

// WriteTo copies what is left of the file, in reads large enough for its speed; io.Copy uses it.
func (c *Content) WriteTo(w io.Writer) (int64, error) { return transfer.Copy(w, c.ReadCloser) }

// OpenAttachment streams a file of an article, both by sys_id. One request.
//
// See https://www.servicenow.com/docs/r/api-reference/rest-apis/knowledge-api.html.
func (s *Service) OpenAttachment(ctx context.Context, articleID, attachmentID string) (*Content, error) {
	const name = "knowledge.OpenAttachment"
	if err := errors.Join(ident.SysID(articleID), ident.SysID(attachmentID)); err != nil {
		return nil, invalid(name, err)
	}
	op := rest.Op{
		Name: name, Method: http.MethodGet, Path: articlePath(articleID, "attachments", attachmentID), Accept: "*/*",
	}
	answer, err := s.conn.Open(ctx, op)
	if err != nil {
		return nil, err
	}
	return &Content{
		ReadCloser:  transfer.Expect(answer.Body, answer.ContentLength),
		ContentType: answer.ContentType, Size: answer.ContentLength,
	}, nil
}

func articlePath(more ...string) []string {
	return append([]string{"api", "sn_km_api", "knowledge", "articles"}, more...)
}

// invalid is the error for what is wrong before anything is sent.
func invalid(name string, why error) error {
	return &rest.Error{Op: name, Class: rest.ErrInvalid, Err: why}
}
