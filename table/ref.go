package table

import "strings"

// Ref is a reference column in any of the forms in which the platform sends it. The zero Ref is absent: the instance
// did not send it, perhaps because an access rule hides it, and it is not written.
type Ref struct{ core }

// RefTo points at a record by its sys_id. An empty id cannot be written: a variable that was never filled must not
// clear a column; [NoRef] does that.
func RefTo(id string) Ref {
	if id == "" {
		return Ref{badOf("RefTo of an empty id: NoRef clears a reference")}
	}
	return Ref{textOf(id)}
}

// NoRef clears the column.
func NoRef() Ref { return Empty[Ref]() }

// ID is the sys_id of the record pointed at, or "". It is usually 32 hexadecimal digits, but not always: sys_domain
// may hold "global". Where only display values were asked for without links, it is not known, and is what was sent.
func (r Ref) ID() string { return r.String() }

// Link is the address of the record in the Table API, or "" when links were not asked for. It may name another host
// than the one called, so it is not for following.
func (r Ref) Link() string {
	if r.has(isRaw) {
		return ""
	}
	return r.sent.Link()
}

// Table is the table of the record pointed at as the link tells, or "" without a link.
func (r Ref) Table() string {
	head, _, ok := cutLast(r.Link(), "/")
	if !ok {
		return ""
	}
	_, name, ok := cutLast(head, "/")
	if !ok {
		return ""
	}
	return name
}

func cutLast(s, sep string) (before, after string, found bool) {
	if i := strings.LastIndex(s, sep); i >= 0 {
		return s[:i], s[i+len(sep):], true
	}
	return s, "", false
}

// IDs are the sys_ids of a list column such as watch_list, which is a comma-joined text.
func (t Text) IDs() []string {
	if t.String() == "" {
		return nil
	}
	return strings.Split(t.String(), ",")
}
