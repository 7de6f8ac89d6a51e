package db

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"time"
)

// journal writes one sys_journal_field row for every entry. They are inserts like any other: hooks see them.
func (d *DB) journal(s Session, row Row, entries map[string]string, o writeOptions) error {
	for _, column := range slices.Sorted(maps.Keys(entries)) {
		if entries[column] == "" {
			continue
		}
		var opts []WriteOption
		if o.noWorkflow {
			opts = append(opts, WithoutWorkflow())
		}
		_, err := d.Insert(s, "sys_journal_field", map[string]string{
			"name": row.Class(), "element": column, "element_id": row.SysID(), "value": entries[column],
		}, opts...)
		if err != nil {
			return err
		}
	}
	return nil
}

// Journal gives the entries of a record, newest first: those of the named columns, or of all.
func (d *DB) Journal(sysID string, columns ...string) []Row {
	rows := d.Find("sys_journal_field", "element_id", sysID)
	rows = slices.DeleteFunc(rows, func(r Row) bool {
		return len(columns) > 0 && !slices.Contains(columns, r.Get("element"))
	})
	slices.Reverse(rows)
	slices.SortStableFunc(rows, func(a, b Row) int {
		return cmp.Compare(b.Get("sys_created_on"), a.Get("sys_created_on"))
	})
	return rows
}

// journalText is what a journal column displays: all entries, newest first, each headed by date, author and label.
func (d *DB) journalText(s Session, row Row, column Column) string {
	columns := []string{column.Name}
	if column.Type == "journal_list" {
		columns = []string{"comments", "work_notes"}
	}
	var b strings.Builder
	for _, e := range d.Journal(row.SysID(), columns...) {
		c, _ := row.table.Column(e.Get("element"))
		b.WriteString(displayTime(s, e.Get("sys_created_on")) + " - " + d.fullName(e.Get("sys_created_by")) +
			" (" + c.Label + ")\n" + e.Get("value") + "\n\n")
	}
	return b.String()
}

func (d *DB) fullName(userName string) string {
	for _, u := range d.Find("sys_user", "user_name", userName) {
		if n := u.Get("name"); n != "" {
			return n
		}
	}
	if userName == "system" {
		return "System"
	}
	return userName
}

func displayTime(s Session, stored string) string {
	t, err := time.Parse(TimeLayout, stored)
	if err != nil {
		return stored
	}
	return t.In(s.zone()).Format(TimeLayout)
}
