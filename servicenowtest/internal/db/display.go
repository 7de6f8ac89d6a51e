package db

import (
	"strings"
)

// DisplayOf is what stands for a record where something refers to it.
func (d *DB) DisplayOf(row Row) string {
	if row.IsZero() {
		return ""
	}
	c, ok := row.table.Column(row.table.DisplayColumn())
	if !ok {
		return row.SysID()
	}
	if c.IsReference() {
		return d.Display(Session{}, row.Class(), c.Name, row.Get(c.Name))
	}
	return row.Get(c.Name)
}

// Display gives the display value of a column's stored value: a choice's label, a reference's display column, a time in
// the session's zone. Journal columns need the record: see [DB.DisplayCell].
func (d *DB) Display(s Session, table, col, value string) string {
	c, ok := d.schema.Column(table, col)
	if !ok || value == "" {
		return value
	}
	switch {
	case c.Choice:
		return d.choiceLabel(table, col, value)
	case c.IsReference():
		return d.referenceLabel(c.Reference, value)
	case c.Type == "glide_list":
		return d.listLabels(c.Reference, value)
	case c.IsTime():
		return displayTime(s, value)
	case c.Type == "sys_class_name" || c.Type == "table_name" && col == "sys_class_name":
		if t, ok := d.schema.Table(value); ok {
			return t.Label
		}
	case c.Type == "glide_duration":
		return DurationText(value)
	case c.IsSecret():
		return "********"
	}
	return value
}

// DisplayCell gives the display value of one column of a record, journals included.
func (d *DB) DisplayCell(s Session, row Row, col string) string {
	c, ok := row.Table().Column(col)
	if ok && (c.IsJournal() || c.Type == "journal_list") {
		return d.journalText(s, row, c)
	}
	return d.Display(s, row.Class(), col, row.Get(col))
}

func (d *DB) choiceLabel(table, col, value string) string {
	for _, ch := range d.schema.Choices(table, col) {
		if ch.Value == value {
			return ch.Label
		}
	}
	return value
}

func (d *DB) referenceLabel(table, id string) string {
	r, ok := d.Get(table, id)
	if !ok {
		if id == "global" {
			return "global"
		}
		return ""
	}
	if label := d.DisplayOf(r); label != "" {
		return label
	}
	return id
}

func (d *DB) listLabels(table, value string) string {
	ids := strings.Split(value, ",")
	for i, id := range ids {
		if label := d.referenceLabel(table, strings.TrimSpace(id)); label != "" {
			ids[i] = label
		}
	}
	return strings.Join(ids, ", ")
}
