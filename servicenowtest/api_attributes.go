package servicenowtest

import (
	"net/http"

	"github.com/seed-a66f7fd3/servicenow/servicenowtest/internal/db"
)

// The attributes of an attachment are pairs in sys_attachment_attribute.
func (a *api) addAttachmentAttributes(versions string) {
	a.add(http.MethodGet, "now/attachment/*/attributes", versions, (*call).listAttributes)
	a.add(http.MethodPost, "now/attachment/*/attributes", versions, (*call).addAttribute)
	a.add(http.MethodDelete, "now/attachment/*/attributes", versions, (*call).deleteAttributes)
	a.add(http.MethodGet, "now/attachment/*/attributes/*", versions, (*call).getAttribute)
	a.add(http.MethodPut, "now/attachment/*/attributes/*", versions, (*call).setAttribute)
	a.add(http.MethodDelete, "now/attachment/*/attributes/*", versions, (*call).deleteAttributes)
}

// attributes finds the attributes of the attachment, or the one that is named, and answers for itself on 404.
func (c *call) attributes() ([]db.Row, bool) {
	a, ok := c.foundAttachment()
	if !ok {
		return nil, false
	}
	rows := c.db.Find("sys_attachment_attribute", "sys_attachment", a.SysID())
	if len(c.arg) < 2 {
		return rows, true
	}
	for _, r := range rows {
		if r.Get("key") == c.arg[1] {
			return []db.Row{r}, true
		}
	}
	c.noRecord()
	return nil, false
}

func attribute(r db.Row) map[string]any {
	return map[string]any{"key": r.Get("key"), "value": r.Get("value")}
}

func (c *call) listAttributes() {
	rows, ok := c.attributes()
	if !ok {
		return
	}
	list := make([]any, len(rows))
	for i, r := range rows {
		list[i] = attribute(r)
	}
	c.result(http.StatusOK, list)
}

func (c *call) getAttribute() {
	if rows, ok := c.attributes(); ok {
		c.result(http.StatusOK, attribute(rows[0]))
	}
}

func (c *call) addAttribute() {
	body, ok := c.object()
	if !ok {
		return
	}
	a, ok := c.foundAttachment()
	if !ok {
		return
	}
	key := plainText(body["key"])
	if _, has := body["value"]; key == "" || !has {
		c.fail(http.StatusBadRequest, "Bad Request", "key and value are required")
		return
	}
	row, err := c.db.Insert(c.s, "sys_attachment_attribute", map[string]string{"sys_attachment": a.SysID(), "key": key,
		"value": plainText(body["value"])})
	if err != nil {
		c.writeFailed(err)
		return
	}
	c.result(http.StatusCreated, attribute(row))
}

func (c *call) setAttribute() {
	body, ok := c.object()
	if !ok {
		return
	}
	value, has := body["value"]
	if !has {
		c.fail(http.StatusBadRequest, "Bad Request", "value is required")
		return
	}
	rows, ok := c.attributes()
	if !ok {
		return
	}
	row, err := c.db.Update(c.s, "sys_attachment_attribute", rows[0].SysID(), map[string]string{"value": plainText(value)})
	if err != nil {
		c.writeFailed(err)
		return
	}
	c.result(http.StatusOK, attribute(row))
}

func (c *call) deleteAttributes() {
	rows, ok := c.attributes()
	if !ok {
		return
	}
	for _, r := range rows {
		if err := c.db.Delete(c.s, r.Class(), r.SysID()); err != nil {
			c.writeFailed(err)
			return
		}
	}
	c.w.WriteHeader(http.StatusNoContent)
}
