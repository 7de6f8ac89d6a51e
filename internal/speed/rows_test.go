package speed

import (
	"bytes"
	"fmt"
	"strings"
	"sync"
)

// listRows rows of listColumns text columns are 60 MB.
const (
	listRows    = 50_000
	listColumns = 30
)

// caseColumns are 30 columns of a case with values as long as they are in life, about as many bytes as the others.
// {n} is the row's number; a value with a slash is a reference to a record of the table before it.
var caseColumns = []struct{ name, value, display string }{
	{"sys_id", "{id}", "{id}"},
	{"sys_created_on", "2026-03-02 08:15:{s}", "02/03/2026 09:15:{s}"},
	{"sys_created_by", "integration.user", "integration.user"},
	{"sys_updated_on", "2026-03-09 17:40:{s}", "09/03/2026 18:40:{s}"},
	{"sys_updated_by", "abel.tuter", "abel.tuter"},
	{"sys_mod_count", "12", "12"},
	{"sys_class_name", "sn_customerservice_case", "Case"},
	{"number", "CS00{n}", "CS00{n}"},
	{"state", "10", "Open"},
	{"active", "true", "true"},
	{"short_description", "Printer “{n}” does not print after the update", ""},
	{"description", `It says \"PC LOAD LETTER\".\r\nWe have turned it off and on again, {n} times. Please help: ` +
		`the whole department waits for it, and the invoices of this month must leave the house by Friday.`, ""},
	{"priority", "3", "3 - Moderate"},
	{"impact", "2", "2 - Medium"},
	{"urgency", "2", "2 - Medium"},
	{"assigned_to", "sys_user/46d44a40a9fe198101934f5a0d4a12ff", "Beth Anglin"},
	{"assignment_group", "sys_user_group/d625dccec0a8016700a222a0f7900d06", "Customer Service Support"},
	{"opened_at", "2026-03-02 08:15:{s}", "02/03/2026 09:15:{s}"},
	{"opened_by", "sys_user/62826bf03710200044e0bfc8bcbe5df1", "Abel Tuter"},
	{"closed_at", "", ""},
	{"close_notes", "", ""},
	{"company", "core_company/86837a386f0331003b3c498f5d3ee4d9", "Boxeo"},
	{"contact_type", "web", "Web"},
	{"correlation_id", "ticket-{n}", "ticket-{n}"},
	{"account", "customer_account/86837a386f0331003b3c498f5d3ee4d9", "Boxeo"},
	{"contact", "customer_contact/b9fb6b2dc0a8016400a4a7e04cd18e5c", "Fred Luddy"},
	{"product", "cmdb_model/4f9c3f7cc6112275009dc1cc9ff1e2b1", "Boxeo LP-1000 printer"},
	{"category", "0", "Issue"},
	{"resolved_at", "", ""},
	{"needs_attention", "false", "false"},
}

// shape is a table and how its values are asked for.
type shape struct{ table, display, withoutLinks string }

// body is a list as it is sent, and where each row begins and ends in it.
type body struct {
	text []byte
	from []int
}

// page is n rows, with the commas between them.
func (b body) page(from, n int) []byte {
	if n <= 0 {
		return nil
	}
	return b.text[b.from[from] : b.from[from+n]-1]
}

var (
	preparing sync.Mutex
	bodies    = map[shape]body{}
)

// prepared is the list of a shape. One is kept at a time.
func prepared(s shape) body {
	preparing.Lock()
	defer preparing.Unlock()
	if _, ok := bodies[s]; !ok {
		clear(bodies)
		bodies[s] = s.body()
	}
	return bodies[s]
}

func (s shape) body() body {
	var b body
	var out bytes.Buffer
	row := s.row()
	for i := range listRows {
		b.from = append(b.from, out.Len())
		strings.NewReplacer("{id}", fmt.Sprintf("%032x", i), "{n}", fmt.Sprintf("%06d", i),
			"{s}", fmt.Sprintf("%02d", i%60)).WriteString(&out, row)
		out.WriteByte(',')
	}
	b.from = append(b.from, out.Len())
	b.text = out.Bytes()
	return b
}

// row is one row with place-holders.
func (s shape) row() string {
	var members []string
	if s.table != "sn_customerservice_case" {
		members = append(members, `"sys_id":"{id}"`)
		for c := 1; c < listColumns; c++ {
			members = append(members, fmt.Sprintf(`"column_%02d":"the value of {n}, %02d%s"`, c, c, strings.Repeat("x", c%7)))
		}
		return "{" + strings.Join(members, ",") + "}"
	}
	for _, c := range caseColumns {
		members = append(members, fmt.Sprintf("%q:%s", c.name, s.value(c.value, c.display)))
	}
	return "{" + strings.Join(members, ",") + "}"
}

// value is a value as the platform sends it for the ways to ask.
func (s shape) value(value, display string) string {
	if display == "" {
		display = value
	}
	target, id, isReference := strings.Cut(value, "/")
	if !isReference {
		id = value
	}
	link := ""
	if isReference && s.withoutLinks != "true" {
		link = `,"link":"https://acme.service-now.com/api/now/table/` + target + "/" + id + `"`
	}
	switch {
	case s.display == "all":
		return `{"display_value":"` + display + `","value":"` + id + `"` + link + `}`
	case s.display == "true" && link != "":
		return `{"display_value":"` + display + `"` + link + `}`
	case s.display == "true":
		return `"` + display + `"`
	case link != "":
		return `{"value":"` + id + `"` + link + `}`
	}
	return `"` + id + `"`
}
