package servicenowtest

import (
	"encoding/json"
	"net/http"

	"github.com/seed-a66f7fd3/servicenow/servicenowtest/internal/db"
)

// defaultLimit is what a list is cut at when no limit is given.
const defaultLimit = 10000

// addTable mounts the Table API: https://www.servicenow.com/docs/r/api-reference/rest-apis/c_TableAPI.html
func (a *api) addTable() {
	const versions = "- v1 v2"
	a.add(http.MethodGet, "now/table/*", versions, (*call).listRows)
	a.add(http.MethodPost, "now/table/*", versions, (*call).createRow)
	a.add(http.MethodGet, "now/table/*/*", versions, (*call).getRow)
	a.add(http.MethodPut, "now/table/*/*", versions, (*call).updateRow)
	a.add(http.MethodPatch, "now/table/*/*", versions, (*call).updateRow)
	a.add(http.MethodDelete, "now/table/*/*", versions, (*call).deleteRow)
}

// table finds the table a request names, and answers for itself when it cannot be used.
func (c *call) table(name string) (*db.Table, bool) {
	t, ok := c.db.Schema().Table(name)
	if !ok {
		c.fail(http.StatusBadRequest, "Invalid table "+name, "")
		return nil, false
	}
	if !t.WebAccess {
		c.fail(http.StatusForbidden, "Insufficient rights to query records",
			"Table "+name+" does not allow access via web services")
		return nil, false
	}
	return t, true
}

func (c *call) listRows() {
	t, ok := c.table(c.arg[0])
	if !ok {
		return
	}
	if !c.policy.canReadTable(c.s, t.Name) {
		c.fail(http.StatusForbidden, "Insufficient rights to query records", "")
		return
	}
	q := c.query(t)
	res, err := c.db.Query(c.s, q)
	if err != nil {
		c.queryFailed(err)
		return
	}
	if c.version == "v1" && len(res.Rows) == 0 {
		c.noRecord()
		return
	}
	if c.quirk.CountHonoursACL && !q.NoCount {
		res.Total = c.visibleTotal(q)
	}
	c.pageHeaders(q, res)
	if c.quirk.RepeatRows && len(res.Rows) > 0 {
		res.Rows = append(res.Rows, res.Rows[0])
	}
	c.stream(res.Rows, c.view())
}

// stream writes rows one by one, as an instance does: an error later in the body cannot change the status any more.
func (c *call) stream(rows []db.Row, v view) {
	if c.wantsXML() {
		list := make([]any, len(rows))
		for i, r := range rows {
			list[i] = c.row(r, v)
		}
		c.result(http.StatusOK, list)
		return
	}
	c.w.Header().Set("Content-Type", jsonType)
	c.w.WriteHeader(http.StatusOK)
	_, _ = c.w.Write([]byte(`{"result":[`))
	for i, r := range rows {
		if i > 0 {
			_, _ = c.w.Write([]byte(","))
		}
		b, _ := json.Marshal(c.row(r, v))
		if _, err := c.w.Write(b); err != nil {
			return // the caller is gone
		}
	}
	_, _ = c.w.Write([]byte("]}"))
}

// found reads a record the caller may see, and answers for itself when there is none.
func (c *call) found(table, id string) (db.Row, bool) {
	row, ok := c.db.Seen(c.s, table, id)
	if !ok || !c.policy.canReadTable(c.s, row.Class()) || !c.policy.canReadRow(c.s, row) {
		c.noRecord()
		return db.Row{}, false
	}
	return row, true
}

func (c *call) getRow() {
	t, ok := c.table(c.arg[0])
	if !ok {
		return
	}
	if row, ok := c.found(t.Name, c.arg[1]); ok {
		c.result(http.StatusOK, c.row(row, c.view()))
	}
}

func (c *call) createRow() {
	t, ok := c.table(c.arg[0])
	if !ok {
		return
	}
	body, ok := c.object()
	if !ok {
		return
	}
	if !c.policy.canCreate(c.s, t.Name) {
		c.refused("Insert")
		return
	}
	row, err := c.db.Insert(c.s, t.Name, c.input(t, body), c.writeOptions()...)
	if err != nil {
		c.writeFailed(err)
		return
	}
	c.w.Header().Set("Location", c.link("table", t.Name, row.SysID()))
	c.written(http.StatusCreated, row)
}

func (c *call) updateRow() {
	t, ok := c.table(c.arg[0])
	if !ok {
		return
	}
	body, ok := c.object()
	if !ok {
		return
	}
	before, ok := c.found(t.Name, c.arg[1])
	if !ok {
		return
	}
	if !c.policy.canWriteRow(c.s, before) {
		c.refused("Update")
		return
	}
	row, err := c.db.Update(c.s, before.Class(), before.SysID(), c.input(before.Table(), body), c.writeOptions()...)
	if err != nil {
		c.writeFailed(err)
		return
	}
	c.written(http.StatusOK, row)
}

func (c *call) deleteRow() {
	t, ok := c.table(c.arg[0])
	if !ok {
		return
	}
	row, ok := c.found(t.Name, c.arg[1])
	if !ok {
		return
	}
	if !c.policy.canDelete(c.s, row) {
		c.refused("Delete")
		return
	}
	if err := c.db.Delete(c.s, row.Class(), row.SysID()); err != nil {
		c.writeFailed(err)
		return
	}
	c.w.WriteHeader(http.StatusNoContent)
}

func (c *call) writeOptions() []db.WriteOption {
	if c.flag("sysparm_suppress_auto_sys_field") {
		return []db.WriteOption{db.WithoutAutoSysFields()}
	}
	return nil
}

// written answers with the record as it stands now, or, where the caller asked so, with the status alone.
func (c *call) written(status int, row db.Row) {
	if c.r.Header.Get("X-No-Response-Body") == "true" {
		c.w.WriteHeader(status)
		return
	}
	if now, ok := c.db.Get(row.Class(), row.SysID()); ok {
		row = now
	}
	c.result(status, c.row(row, c.view()))
}
