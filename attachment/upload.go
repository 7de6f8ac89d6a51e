package attachment

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/seed-a66f7fd3/servicenow/internal/ident"
	"github.com/seed-a66f7fd3/servicenow/internal/rest"
	"github.com/seed-a66f7fd3/servicenow/internal/transfer"
	"github.com/seed-a66f7fd3/servicenow/table"
)

// Upload attaches a file to a record, its bytes being the request's. One request. What the instance would refuse
// (name, type, size) is ErrInvalid before a byte is sent; a record that does not exist, or that the caller may not
// write, is ErrNotFound.
//
// The source is opened again for every attempt: after a renewed token, or when the instance said that it did not act.
// When nobody knows, the file is not sent again unless [NewFile.LookFirst] says so.
//
// See https://www.servicenow.com/docs/r/api-reference/rest-apis/c_AttachmentAPI.html.
func (s *Service) Upload(ctx context.Context, to Target, f NewFile) (File, error) {
	const name = "attachment.Upload"
	if err := s.checkUpload(to, f); err != nil {
		return File{}, invalid(name, err)
	}
	params := url.Values{"table_name": {to.Table}, "table_sys_id": {to.ID}, "file_name": {f.Name}}
	if !f.CreatedAt.IsZero() {
		params.Set("creation_time", table.At(f.CreatedAt).String())
	}
	if f.EncryptionContext != "" {
		params.Set("encryption_context", f.EncryptionContext)
	}
	u := upload{service: s, to: to, file: f}
	u.op = rest.Op{
		Name: name, Method: http.MethodPost, Path: s.path("file"), Query: params, Replay: rest.Never,
		Open: u.open, Size: f.Size, ContentType: f.contentType(),
	}
	return u.run(ctx)
}

// UploadForm attaches a file as a browser would: in a multipart form. One request. It is [Service.Upload] for what
// stands between here and the instance and takes nothing else. CreatedAt and EncryptionContext have no place in a form.
//
// See https://www.servicenow.com/docs/r/api-reference/rest-apis/c_AttachmentAPI.html.
func (s *Service) UploadForm(ctx context.Context, to Target, f NewFile) (File, error) {
	const name = "attachment.UploadForm"
	err := s.checkUpload(to, f)
	if err == nil && (!f.CreatedAt.IsZero() || f.EncryptionContext != "") {
		err = errors.New("a form has no place for the creation time and the encryption context")
	}
	if err != nil {
		return File{}, invalid(name, err)
	}
	message, err := newForm(to, f)
	if err != nil {
		return File{}, invalid(name, err)
	}
	u := upload{service: s, to: to, file: f}
	open := func() (io.ReadCloser, error) {
		source, err := u.open()
		if err != nil {
			return nil, err
		}
		return message.around(source), nil
	}
	u.op = rest.Op{
		Name: name, Method: http.MethodPost, Path: s.path("upload"), Replay: rest.Never,
		Open: open, Size: message.size(f.Size), ContentType: message.contentType,
	}
	return u.run(ctx)
}

func (s *Service) checkUpload(to Target, f NewFile) error {
	if err := errors.Join(to.check(), s.limits.check(f)); err != nil {
		return err
	}
	if !f.CreatedAt.IsZero() {
		if err := s.only(attachmentAPI, "creation time"); err != nil {
			return err
		}
	}
	if f.EncryptionContext != "" {
		return ident.SysID(f.EncryptionContext)
	}
	return nil
}

// upload is one file on its way.
type upload struct {
	service *Service
	to      Target
	file    NewFile
	op      rest.Op
	last    atomic.Pointer[transfer.Outgoing] // the attempt under way: an earlier one may still be read from
}

func (u *upload) open() (io.ReadCloser, error) {
	source, err := u.file.Source()
	if err != nil {
		return nil, err
	}
	if source == nil {
		return nil, errors.New("the Source opened nothing")
	}
	out := transfer.Exactly(source, u.file.Size)
	u.last.Store(out)
	return out, nil
}

func (u *upload) run(ctx context.Context) (File, error) {
	begun := u.service.conn.Now()
	file, err := u.send(ctx)
	if err == nil || !u.file.LookFirst || !unclear(err) {
		return file, err
	}
	found, lookErr := u.find(ctx, begun.Add(-clockResolution))
	switch {
	case lookErr != nil:
		return File{}, fmt.Errorf("%w (and looking for the file failed: %w)", err, lookErr)
	case found != nil:
		return *found, nil
	}
	return u.send(ctx)
}

func (u *upload) send(ctx context.Context) (File, error) {
	file, _, err := rest.Do[File](ctx, u.service.conn, u.op)
	if err != nil {
		return File{}, err
	}
	sent := u.sent()
	if stored := file.SizeBytes; stored.IsSet() && stored.Err() == nil && stored.Int64() != sent {
		return file, short(u.op.Name, "the attachment "+file.SysID.String(), stored.Int64(), sent)
	}
	return file, nil
}

// sent is how many bytes of the file the last attempt sent: none where it was answered before it began.
func (u *upload) sent() int64 {
	if out := u.last.Load(); out != nil {
		return out.Sent()
	}
	return 0
}

// clockResolution is that of the instance's clock as its answers tell it, and of its time stamps.
const clockResolution = 2 * time.Second

// find looks for the file that an attempt of unknown outcome may have left on the record.
func (u *upload) find(ctx context.Context, since time.Time) (*File, error) {
	q := table.Where("file_name", table.Is, u.file.Name).
		And("sys_created_on", table.AtLeast, table.At(since).String())
	sent := strconv.FormatInt(u.sent(), 10)
	for file, err := range u.service.List(ctx, ListOptions{Target: u.to, Query: q}) {
		if err != nil {
			return nil, err
		}
		same := file.FileName.String() == u.file.Name && file.SizeBytes.String() == sent
		if same && !file.CreatedOn.Std().Before(since) {
			return &file, nil
		}
	}
	return nil, nil
}

// unclear reports that the instance may have done what it was asked, although the call failed.
func unclear(err error) bool {
	return errors.Is(err, rest.ErrUnavailable) || errors.Is(err, rest.ErrTransactionCancelled) ||
		errors.Is(err, rest.ErrNotJSON)
}
