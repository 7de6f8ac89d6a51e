package attachment

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"mime"
	"net/http"

	"github.com/seed-a66f7fd3/servicenow/internal/ident"
	"github.com/seed-a66f7fd3/servicenow/internal/rest"
	"github.com/seed-a66f7fd3/servicenow/internal/transfer"
)

// Download is a file being read. The caller closes it. Read reports a body that ends before Size as
// io.ErrUnexpectedEOF.
type Download struct {
	io.ReadCloser
	Name        string // "" where the instance did not tell
	ContentType string // as stored with the file
	Size        int64  // -1 where the instance did not tell, and then a short body may look like a whole one
}

// WriteTo copies what is left of the file, in reads large enough for its speed; io.Copy uses it.
func (d *Download) WriteTo(w io.Writer) (int64, error) { return transfer.Copy(w, d.ReadCloser) }

// Open streams a file. One request; a second where the instance answers with a web page and does not tell whether that
// is the file.
//
// See https://www.servicenow.com/docs/r/api-reference/rest-apis/c_AttachmentAPI.html.
func (s *Service) Open(ctx context.Context, id string) (*Download, error) {
	const name = "attachment.Open"
	if err := ident.SysID(id); err != nil {
		return nil, invalid(name, err)
	}
	op := rest.Op{Name: name, Method: http.MethodGet, Path: s.path(id, "file"), Accept: "*/*"}
	answer, err := s.conn.Open(ctx, op)
	if err != nil {
		return nil, err
	}
	file, told := toldBy(answer.Attachment)
	if !told && isPage(answer.ContentType) {
		if file, err = s.confirm(ctx, op, id, answer.Meta); err != nil {
			answer.Body.Close()
			return nil, err
		}
		told = true
	}
	d := &Download{ContentType: answer.ContentType, Size: answer.ContentLength}
	if told {
		d.Name = file.FileName.String()
		if stored := file.ContentType.String(); stored != "" {
			d.ContentType = stored
		}
		// The file's own size is the better word: a gateway that cuts an answer may announce what is left of it.
		if file.SizeBytes.IsSet() && file.SizeBytes.Err() == nil {
			d.Size = file.SizeBytes.Int64()
		}
	}
	d.ReadCloser = transfer.Expect(answer.Body, d.Size)
	return d, nil
}

// toldBy reads the header that describes the file.
func toldBy(header string) (File, bool) {
	var file File
	if header == "" || json.Unmarshal([]byte(header), &file) != nil {
		return File{}, false
	}
	return file, true
}

// isPage reports that an answer may be the login page, or that of an instance that sleeps, in place of the file.
func isPage(contentType string) bool {
	mediaType, _, _ := mime.ParseMediaType(contentType)
	return mediaType == "text/html"
}

// confirm asks whether the file is a web page. An instance that sleeps answers this one with a page as well, which is
// an error where JSON was asked for.
func (s *Service) confirm(ctx context.Context, op rest.Op, id string, meta rest.Meta) (File, error) {
	file, err := s.Get(ctx, id)
	if err != nil {
		return File{}, err
	}
	if !isPage(file.ContentType.String()) {
		return File{}, &rest.Error{
			Op: op.Name, Method: op.Method, Status: meta.Status, TransactionID: meta.TransactionID,
			Class:   rest.ErrNotJSON,
			Message: fmt.Sprintf("the answer is a web page, the file is %s", file.ContentType),
		}
	}
	return file, nil
}
