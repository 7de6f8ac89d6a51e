package db

import "maps"

// Row is an immutable snapshot of a record. The zero Row is no record: IsZero reports it and every column reads "".
type Row struct {
	table *Table
	id    string            // vals["sys_id"], which everything asks for
	vals  map[string]string // only values that are not empty
}

func newRow(t *Table, vals map[string]string) Row { return Row{t, vals["sys_id"], vals} }

// IsZero reports whether the Row is no record.
func (r Row) IsZero() bool { return r.table == nil }

// Get reads the stored value of a column, "" when empty or unknown. Journal columns read "".
func (r Row) Get(col string) string { return r.vals[col] }

// Has reports whether the record's class has the column.
func (r Row) Has(col string) bool {
	if r.table == nil {
		return false
	}
	_, ok := r.table.Column(col)
	return ok
}

// Class is the record's actual class, not the table it was asked for through.
func (r Row) Class() string {
	if r.table == nil {
		return ""
	}
	return r.table.Name
}

// Table is the schema of the record's class; nil for the zero Row.
func (r Row) Table() *Table { return r.table }

// SysID is the record's id.
func (r Row) SysID() string { return r.id }

// Columns lists the names of all columns of the record's class.
func (r Row) Columns() []string {
	if r.table == nil {
		return nil
	}
	return r.table.Columns()
}

// Values copies the values that are not empty.
func (r Row) Values() map[string]string { return maps.Clone(r.vals) }

// Draft is a record on its way into the database: what it was, and what this write sets.
// It belongs to the goroutine of the writer.
type Draft struct {
	table    *Table
	previous Row
	set      map[string]string // non-journal columns this write sets
	journal  map[string]string // entries this write appends
	private  bool              // no hook sees it
	engines  bool              // data lookup runs on it, as on what a person or a request writes
}

// Get reads the value the record will have; a journal column reads the entry this write appends.
func (d *Draft) Get(col string) string {
	if v, ok := d.journal[col]; ok {
		return v
	}
	if v, ok := d.set[col]; ok {
		return v
	}
	return d.previous.Get(col)
}

// Set changes a column; columns the class does not have are ignored, journal columns take an entry.
func (d *Draft) Set(col, value string) {
	c, ok := d.table.Column(col)
	switch {
	case !ok:
	case c.IsJournal():
		d.journal[col] = value
	default:
		d.set[col] = normalize(c, value)
	}
}

// Has reports whether the record's class has the column.
func (d *Draft) Has(col string) bool { _, ok := d.table.Column(col); return ok }

// Changed reports whether this write gives the column another value, or appends to it.
func (d *Draft) Changed(col string) bool {
	if v, ok := d.journal[col]; ok {
		return v != ""
	}
	v, ok := d.set[col]
	return ok && v != d.previous.Get(col)
}

// Class is the record's class.
func (d *Draft) Class() string { return d.table.Name }

// SysID is the record's id; an insert has it already.
func (d *Draft) SysID() string { return d.Get("sys_id") }

// Row is the record as it would be stored now.
func (d *Draft) Row() Row { return newRow(d.table, d.merged(d.previous)) }

// handOver gives the values of a new record away, without the empty ones, and keeps a copy only where hooks may look.
func (d *Draft) handOver() map[string]string {
	maps.DeleteFunc(d.set, func(_, v string) bool { return v == "" })
	if d.private {
		return d.set
	}
	return maps.Clone(d.set)
}

func (d *Draft) merged(onto Row) map[string]string {
	vals := maps.Clone(onto.vals)
	if vals == nil {
		vals = make(map[string]string, len(d.set))
	}
	for k, v := range d.set {
		if v == "" {
			delete(vals, k)
		} else {
			vals[k] = v
		}
	}
	return vals
}

func (d *Draft) dirty() bool {
	for k := range d.set {
		if d.Changed(k) {
			return true
		}
	}
	for _, v := range d.journal {
		if v != "" {
			return true
		}
	}
	return false
}
