package servicenowtest

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/seed-a66f7fd3/servicenow/servicenowtest/internal/db"
)

// defaultAttachments is the documented limit of the list of attachments.
const defaultAttachments = 1000

// addAttachment mounts the Attachment API, version 1 and unversioned:
// https://www.servicenow.com/docs/r/api-reference/rest-apis/c_AttachmentAPI.html
func (a *api) addAttachment() {
	const versions = "- v1"
	a.add(http.MethodGet, "now/attachment", versions, (*call).listAttachments)
	a.add(http.MethodPost, "now/attachment/file", versions, (*call).uploadFile)
	a.add(http.MethodPost, "now/attachment/upload", versions, (*call).uploadForm)
	a.add(http.MethodGet, "now/attachment/*", versions, (*call).getAttachment)
	a.add(http.MethodPatch, "now/attachment/*", versions, (*call).renameAttachment)
	a.add(http.MethodDelete, "now/attachment/*", versions, (*call).deleteAttachment)
	a.add(http.MethodGet, "now/attachment/*/file", versions, (*call).download)
	a.addAttachmentAttributes(versions)
}

// mayReadAttachment: an attachment is as readable as the record it hangs on.
func (c *call) mayReadAttachment(a db.Row) bool {
	target, ok := c.db.Get(a.Get("table_name"), a.Get("table_sys_id"))
	return c.policy.canReadRow(c.s, a) && (!ok || c.policy.canReadTable(c.s, target.Class()) &&
		c.policy.canReadRow(c.s, target))
}

func (c *call) listAttachments() {
	t, ok := c.table("sys_attachment")
	if !ok {
		return
	}
	q := c.query(t)
	if c.q.Get("sysparm_limit") == "" && !c.csm {
		q.Limit = defaultAttachments
	}
	if c.csm { // whatever else the query says
		allowed := c.csmAllowed()
		q.Match = func(a db.Row) bool { return slices.Contains(allowed, a.Get("table_name")) }
	}
	q.Visible = c.mayReadAttachment
	res, err := c.db.Query(c.s, q)
	if err != nil {
		c.queryFailed(err)
		return
	}
	list, links := make([]any, len(res.Rows)), make([]string, len(res.Rows))
	for i, a := range res.Rows {
		list[i] = c.metadata(a)
		links[i] = fmt.Sprintf(`<%s>;rel="download"`, c.downloadLink(a))
	}
	if len(links) > 0 {
		c.w.Header().Set("Link", strings.Join(links, ",")) // documented: links to download the attachments
	}
	c.w.Header().Set("X-Total-Count", strconv.Itoa(res.Total))
	c.result(http.StatusOK, list)
}

func (c *call) downloadLink(a db.Row) string {
	if c.csm {
		return c.link("attachment_csm", a.SysID(), "file")
	}
	return c.link("attachment", a.SysID(), "file")
}

// metadata is an attachment as this API shows it: flat strings.
func (c *call) metadata(a db.Row) map[string]any {
	out := map[string]any{"download_link": c.downloadLink(a)}
	for _, column := range []string{"sys_id", "file_name", "content_type", "size_bytes", "size_compressed", "compressed",
		"table_name", "table_sys_id", "image_width", "image_height", "average_image_color", "sys_created_on",
		"sys_created_by", "sys_updated_on", "sys_updated_by", "sys_mod_count", "sys_tags"} {
		out[column] = a.Get(column)
	}
	if c.csm {
		return c.named(out, a)
	}
	return out
}

// named is the metadata with the full names of two users, which the Attachment API answers to uploads only.
func (c *call) named(out map[string]any, a db.Row) map[string]any {
	out["created_by_name"] = c.fullName(a.Get("sys_created_by"))
	out["updated_by_name"] = c.fullName(a.Get("sys_updated_by"))
	return out
}

func (c *call) fullName(userName string) string {
	for _, u := range c.db.Find("sys_user", "user_name", userName) {
		return u.Get("name")
	}
	return userName
}

func (c *call) foundAttachment() (db.Row, bool) {
	a, ok := c.db.Get("sys_attachment", c.arg[0])
	if !ok || !c.mayReadAttachment(a) {
		c.noRecord()
		return db.Row{}, false
	}
	return a, c.csmAllows(a.Get("table_name"))
}

func (c *call) getAttachment() {
	if a, ok := c.foundAttachment(); ok {
		c.result(http.StatusOK, c.metadata(a))
	}
}

// download streams the content; what it is stands in a header.
func (c *call) download() {
	a, ok := c.foundAttachment()
	if !ok {
		return
	}
	content, err := c.db.OpenAttachment(a.SysID())
	if err != nil {
		c.noRecord()
		return
	}
	meta, _ := json.Marshal(c.metadata(a))
	c.w.Header().Set("X-Attachment-Metadata", string(meta))
	c.w.Header().Set("Content-Type", a.Get("content_type"))
	c.w.Header().Set("Content-Disposition", "attachment;filename*=UTF-8''"+escapeName(a.Get("file_name")))
	c.w.Header().Set("Content-Length", a.Get("size_bytes"))
	c.w.WriteHeader(http.StatusOK)
	_, _ = io.Copy(c.w, content)
}

func escapeName(name string) string {
	var b strings.Builder
	for _, r := range []byte(name) {
		if r > ' ' && r < 0x7f && !strings.ContainsRune(`"%'()*,/:;<=>?@[\]{}`, rune(r)) {
			b.WriteByte(r)
		} else {
			fmt.Fprintf(&b, "%%%02X", r)
		}
	}
	return b.String()
}

func (c *call) renameAttachment() {
	body, ok := c.object()
	if !ok {
		return
	}
	name := plainText(body["file_name"])
	if name == "" {
		c.fail(http.StatusBadRequest, "Bad Request", "file_name is required")
		return
	}
	a, ok := c.foundAttachment()
	if !ok {
		return
	}
	if !c.policy.canWriteRow(c.s, a) {
		c.refused("Update")
		return
	}
	if _, err := c.db.Update(c.s, "sys_attachment", a.SysID(), map[string]string{"file_name": name}); err != nil {
		c.writeFailed(err)
		return
	}
	c.w.WriteHeader(http.StatusNoContent)
}

func (c *call) deleteAttachment() {
	a, ok := c.foundAttachment()
	if !ok {
		return
	}
	if !c.policy.canDelete(c.s, a) {
		c.refused("Delete")
		return
	}
	if err := c.db.Delete(c.s, "sys_attachment", a.SysID()); err != nil {
		c.writeFailed(err)
		return
	}
	c.w.WriteHeader(http.StatusNoContent)
}

var errTooLarge = errors.New("the file is larger than com.glide.attachment.max_size")

// maxAttachment is com.glide.attachment.max_size in bytes: the property counts megabytes, 1024 by default, and a
// property that is there but empty means one kilobyte.
func (c *call) maxAttachment() int64 {
	rows := c.db.Find("sys_properties", "name", "com.glide.attachment.max_size")
	if len(rows) == 0 {
		return 1024 << 20
	}
	if n, err := strconv.ParseInt(rows[0].Get("value"), 10, 64); err == nil {
		return n << 20
	}
	return 1 << 10
}

// extensionAllowed applies glide.attachment.extensions; an empty list allows all.
func (c *call) extensionAllowed(fileName string) bool {
	list := c.property("glide.attachment.extensions")
	extension := strings.ToLower(strings.TrimPrefix(path.Ext(fileName), "."))
	return strings.TrimSpace(list) == "" || slices.ContainsFunc(strings.Split(list, ","), func(e string) bool {
		return strings.ToLower(strings.TrimSpace(e)) == extension
	})
}

// limited fails once more than max bytes were read.
type limited struct {
	r    io.Reader
	left int64
}

func (l *limited) Read(p []byte) (int, error) {
	n, err := l.r.Read(p)
	if l.left -= int64(n); l.left < 0 {
		return n, errTooLarge
	}
	return n, err
}
