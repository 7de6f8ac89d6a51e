package servicenowtest

import (
	"github.com/seed-a66f7fd3/servicenow/servicenowtest/internal/db"
)

// SeedRows stores many rows of one table at once and returns their sys_ids: no rules run, nothing is audited, and
// [Server.Writes] does not list them. sys_created_* and sys_updated_* may be given; journal columns become entries.
// Columns that the table does not have are dropped, as everywhere. The error is a table that does not exist, or a
// sys_id that does already.
func (s *Server) SeedRows(table string, rows ...map[string]string) (sysIDs []string, err error) {
	return s.db.Seed(db.Session{}, table, rows)
}

// Table declares a table: one that an application of the customer brings, or that a plugin would.
type Table struct {
	Name, Label  string
	Extends      string // "task"; "" for a table of its own
	NumberPrefix string // of its number column, "" without auto-numbering
	NoWebAccess  bool   // "Allow access to this table via web services" unchecked
	Audited      bool   // changes go to sys_audit, deletions to sys_audit_delete
	Columns      []Column
}

// Column is a dictionary entry.
type Column struct {
	Name, Label string
	Type        string // internal type: "integer", "boolean", "glide_date_time", "reference", …; default "string"
	Reference   string // the table that a reference points at
	Default     string
	Display     bool // what a reference to the table shows
}

func (c Column) entry() db.Column {
	if c.Type == "" {
		c.Type = "string"
	}
	return db.Column{Name: c.Name, Label: c.Label, Type: c.Type, Reference: c.Reference, Default: c.Default,
		Display: c.Display, MaxLength: 255}
}

// AddTable declares a table. A table that no ACL names is open to admins only.
func (s *Server) AddTable(t Table) {
	columns := make([]db.Column, len(t.Columns))
	for i, c := range t.Columns {
		columns[i] = c.entry()
	}
	s.db.Schema().AddTable(db.Table{Name: t.Name, Label: t.Label, Super: t.Extends, NumberPrefix: t.NumberPrefix,
		WebAccess: !t.NoWebAccess, Audited: t.Audited, AuditDelete: t.Audited}, columns...)
}

// AddColumn declares a column of a table and of the classes below it.
func (s *Server) AddColumn(table string, c Column) { s.db.Schema().AddColumn(table, c.entry()) }

// Choice is an entry of a choice list.
type Choice struct{ Value, Label string }

// SetChoices replaces the choice list of a column.
func (s *Server) SetChoices(table, column string, choices ...Choice) {
	list := make([]db.Choice, len(choices))
	for i, c := range choices {
		list[i] = db.Choice{Value: c.Value, Label: c.Label, Sequence: i}
	}
	s.db.Schema().SetChoices(table, column, list...)
}
