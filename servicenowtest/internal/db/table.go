package db

import (
	"slices"
	"sync/atomic"
)

// Column is one dictionary entry, in the terms of sys_dictionary.
type Column struct {
	Table     string // the table that declares it
	Name      string
	Label     string
	Type      string // internal_type: string, integer, boolean, glide_date_time, reference, journal_input, …
	Reference string // table a reference or glide_list points at
	MaxLength int
	Default   string
	Choice    bool // has a choice list
	Display   bool // the column a reference to this table shows
}

// IsJournal reports whether writes to the column append entries instead of setting a value.
func (c Column) IsJournal() bool { return c.Type == "journal_input" }

// IsReference reports whether the column holds one sys_id of another table.
func (c Column) IsReference() bool { return c.Type == "reference" }

// IsTime reports whether the column holds a date with time, in UTC.
func (c Column) IsTime() bool { return c.Type == "glide_date_time" }

// IsDate reports whether the column holds a date, with or without time.
func (c Column) IsDate() bool { return c.Type == "glide_date_time" || c.Type == "glide_date" }

// IsNumber reports whether values of the column compare as numbers.
func (c Column) IsNumber() bool {
	switch c.Type {
	case "integer", "decimal", "float", "currency", "longint", "percent_complete":
		return true
	}
	return false
}

// IsSecret reports whether the column's value is never shown in clear.
func (c Column) IsSecret() bool { return c.Type == "password" || c.Type == "password2" }

// Choice is one entry of a choice list.
type Choice struct {
	Value, Label, Dependent string
	Sequence                int
}

// Table is one class: its own columns and what it inherits.
type Table struct {
	Name         string
	Label        string
	Super        string // "" for a base table
	NumberPrefix string // of the number column, "" without auto-numbering
	Audited      bool   // changes are written to sys_audit
	AuditDelete  bool   // deletions are written to sys_audit_delete
	WebAccess    bool   // "Allow access to this table via web services"
	base         string
	shape        *atomic.Pointer[shape]
}

// shape is what a table's columns are at one time. It never changes: a new column makes a new shape, and the rows that
// exist see it through their table.
type shape struct {
	columns  map[string]Column
	names    []string
	defaults map[string]string
	display  string
}

func newShape(columns map[string]Column) *shape {
	sh := &shape{columns: columns, defaults: map[string]string{}}
	for n, c := range columns {
		sh.names = append(sh.names, n)
		if c.Default != "" {
			sh.defaults[n] = c.Default
		}
	}
	slices.Sort(sh.names)
	sh.display = sh.findDisplay()
	return sh
}

func (sh *shape) findDisplay() string {
	for _, n := range sh.names {
		if sh.columns[n].Display {
			return n
		}
	}
	for _, n := range []string{"name", "number", "u_name", "title", "label"} {
		if _, ok := sh.columns[n]; ok {
			return n
		}
	}
	return ""
}

func (t *Table) now() *shape { return t.shape.Load() }

// Base is the root of the class hierarchy: rows of all its classes have one sys_id space.
func (t *Table) Base() string { return t.base }

// Column finds a column, inherited ones included.
func (t *Table) Column(name string) (Column, bool) { c, ok := t.now().columns[name]; return c, ok }

// Columns lists all columns, inherited ones included, by name.
func (t *Table) Columns() []string { return t.now().names }

// DisplayColumn names the column that stands for a row of this table, "" where there is none.
func (t *Table) DisplayColumn() string { return t.now().display }

func (t *Table) column(name string) Column { return t.now().columns[name] }
