package servicenowtest

import "net/http"

// defaultCustomers is the documented limit of the lists of accounts, contacts and consumers.
const defaultCustomers = 10

// addCustomers mounts the Account, Contact and Consumer APIs: flat values, references as bare sys_ids.
// https://www.servicenow.com/docs/r/api-reference/rest-apis/account-api.html and its siblings
func (a *api) addCustomers() {
	for path, table := range map[string]string{"account": "customer_account", "contact": "customer_contact",
		"consumer": "csm_consumer"} {
		a.add(http.MethodGet, "now/"+path, "- v1", func(c *call) { c.listCustomers(table) }, "csm_ws_integration")
		a.add(http.MethodGet, "now/"+path+"/*", "- v1", func(c *call) { c.getCustomer(table) }, "csm_ws_integration")
		if path != "account" {
			a.add(http.MethodPost, "now/"+path, "- v1", func(c *call) { c.createCustomer(table) }, "csm_ws_integration")
		}
	}
}

var flat = view{display: "false", noLink: true}

func (c *call) listCustomers(table string) {
	t, ok := c.table(table)
	if !ok {
		return
	}
	q := c.query(t)
	q.Match = nil // invalid parameters are ignored
	if c.q.Get("sysparm_limit") == "" {
		q.Limit = defaultCustomers
	}
	res, err := c.db.Query(c.s, q)
	if err != nil {
		c.queryFailed(err)
		return
	}
	list := make([]any, len(res.Rows))
	for i, r := range res.Rows {
		list[i] = c.row(r, flat)
	}
	answer := map[string]any{"result": list}
	if c.quirk.HasMore {
		answer["hasMore"] = q.Offset+q.Limit < res.Total
	}
	c.write(http.StatusOK, answer)
}

func (c *call) getCustomer(table string) {
	if row, ok := c.found(table, c.arg[0]); ok {
		c.result(http.StatusOK, c.row(row, flat))
	}
}

// createCustomer answers with the bare sys_id of the new record.
func (c *call) createCustomer(table string) {
	t, ok := c.table(table)
	if !ok {
		return
	}
	body, ok := c.object()
	if !ok {
		return
	}
	if !c.policy.canCreate(c.s, table) {
		c.refused("Insert")
		return
	}
	row, err := c.db.Insert(c.s, table, c.input(t, body))
	if err != nil {
		c.writeFailed(err)
		return
	}
	c.result(http.StatusCreated, row.SysID())
}
