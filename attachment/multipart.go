package attachment

import (
	"bytes"
	"io"
	"mime/multipart"
	"net/textproto"
)

// form is a multipart message around a file that is streamed: what stands before its bytes, and what after. It is made
// once, so that every attempt sends the same bytes, and the length is known before any is sent.
type form struct {
	head, tail  []byte
	contentType string
}

// newForm writes the parts in the one order that the platform takes: what the file belongs to, and then the file, last.
func newForm(to Target, f NewFile) (form, error) {
	var message bytes.Buffer
	w := multipart.NewWriter(&message)
	for _, field := range [][2]string{{"table_name", to.Table}, {"table_sys_id", to.ID}} {
		if err := w.WriteField(field[0], field[1]); err != nil {
			return form{}, err
		}
	}
	part := textproto.MIMEHeader{}
	part.Set("Content-Disposition", multipart.FileContentDisposition("uploadFile", f.Name))
	part.Set("Content-Type", f.contentType())
	if _, err := w.CreatePart(part); err != nil {
		return form{}, err
	}
	head := bytes.Clone(message.Bytes())
	if err := w.Close(); err != nil {
		return form{}, err
	}
	return form{head: head, tail: message.Bytes()[len(head):], contentType: w.FormDataContentType()}, nil
}

// size is the length of the whole message around a file of n bytes, or -1.
func (m form) size(n int64) int64 {
	if n < 0 {
		return -1
	}
	return int64(len(m.head)) + n + int64(len(m.tail))
}

// around is the message with file's bytes in it. Closing it closes file.
func (m form) around(file io.ReadCloser) io.ReadCloser {
	return struct {
		io.Reader
		io.Closer
	}{io.MultiReader(bytes.NewReader(m.head), file, bytes.NewReader(m.tail)), file}
}
