package servicenowtest

import (
	"errors"
	"io"
	"mime/multipart"
	"net/http"
	"strings"

	"github.com/seed-a66f7fd3/servicenow/servicenowtest/internal/db"
)

// uploadFile takes the file as the request body: POST /now/attachment/file?table_name=…&table_sys_id=…&file_name=…
func (c *call) uploadFile() {
	contentType := c.r.Header.Get("Content-Type")
	if contentType == "" {
		c.fail(http.StatusBadRequest, "Missing content-type", "Content-Type header is mandatory to post file attachments")
		return
	}
	a := db.NewAttachment{Table: c.q.Get("table_name"), SysID: c.q.Get("table_sys_id"), FileName: c.q.Get("file_name"),
		ContentType: contentType, Values: map[string]string{}}
	for parameter, column := range map[string]string{"creation_time": "sys_created_on",
		"encryption_context": "encryption_context"} {
		if v := c.q.Get(parameter); v != "" {
			a.Values[column] = v
		}
	}
	c.attach(a, c.r.Body)
}

// uploadForm takes a multipart form whose last part is the file; table_name and table_sys_id have to come before it.
func (c *call) uploadForm() {
	form, err := c.r.MultipartReader()
	if err != nil {
		c.fail(http.StatusUnsupportedMediaType, "Unsupported media type", "Content-Type has to be multipart/form-data")
		return
	}
	a := db.NewAttachment{}
	for {
		part, err := form.NextPart()
		if errors.Is(err, io.EOF) {
			c.fail(http.StatusBadRequest, "Bad Request", "The form has no file")
			return
		}
		if err != nil {
			c.fail(http.StatusBadRequest, "Exception while reading request", err.Error())
			return
		}
		if part.FileName() != "" {
			a.FileName, a.ContentType = part.FileName(), partType(part)
			c.attach(a, part)
			return
		}
		text, _ := io.ReadAll(io.LimitReader(part, 1<<10))
		switch part.FormName() {
		case "table_name":
			a.Table = strings.TrimSpace(string(text))
		case "table_sys_id":
			a.SysID = strings.TrimSpace(string(text))
		}
	}
}

func partType(part *multipart.Part) string {
	if t := part.Header.Get("Content-Type"); t != "" {
		return t
	}
	return "application/octet-stream"
}

// attach checks target, name and size, stores the content and answers with the metadata.
//
// belief: the status and text for a refused size or extension are not documented; 403 with the property's name is what
// this instance answers. Uploading a forbidden extension to a developer instance would settle it.
func (c *call) attach(a db.NewAttachment, content io.Reader) {
	if a.Table == "" || a.SysID == "" || a.FileName == "" {
		c.fail(http.StatusBadRequest, "Missing parameter", "table_name, table_sys_id and file_name are required")
		return
	}
	if !c.csmAllows(a.Table) {
		return
	}
	target, ok := c.db.Get(a.Table, a.SysID)
	if !ok || !c.policy.canReadTable(c.s, target.Class()) || !c.policy.canReadRow(c.s, target) {
		c.noRecord()
		return
	}
	if !c.policy.canCreate(c.s, "sys_attachment") || !c.policy.canWriteRow(c.s, target) {
		c.refused("Insert")
		return
	}
	if !c.extensionAllowed(a.FileName) {
		c.fail(http.StatusForbidden, "Attachment refused", "The file extension is not in glide.attachment.extensions")
		return
	}
	row, err := c.db.Attach(c.s, a, &limited{content, c.maxAttachment()})
	switch {
	case errors.Is(err, errTooLarge):
		c.fail(http.StatusForbidden, "Attachment refused", err.Error())
	case err != nil:
		c.writeFailed(err)
	case c.csm:
		c.result(http.StatusOK, c.named(c.metadata(row), row))
	default:
		c.w.Header().Set("Location", c.link("attachment", row.SysID()))
		c.result(http.StatusCreated, c.named(c.metadata(row), row))
	}
}
