package table

import (
	"bytes"
	"encoding/json"
	"iter"
	"slices"

	"github.com/seed-a66f7fd3/servicenow/internal/rows"
)

// Record is a row without a struct: its columns in the order in which the instance sent them. A Record is immutable;
// the zero Record has no columns.
type Record struct {
	names  []string // shared by the rows of a page
	values []Value
}

// NewRecord is a Record for tests and for hosts that store rows in a form of their own.
func NewRecord(columns map[string]Value) Record {
	var r Record
	for name := range columns {
		r.names = append(r.names, name)
	}
	slices.Sort(r.names)
	for _, name := range r.names {
		r.values = append(r.values, columns[name])
	}
	return r
}

// Get is the value of a column, absent when the instance did not send it.
func (r Record) Get(column string) Value {
	if i := slices.Index(r.names, column); i >= 0 {
		return r.values[i]
	}
	return Value{}
}

// SysID is the record's id.
func (r Record) SysID() string { return r.Get(sysID).String() }

// Class is the record's own table where it was read through a parent: its sys_class_name, or "".
func (r Record) Class() string { return r.Get("sys_class_name").String() }

// Len is the number of columns.
func (r Record) Len() int { return len(r.names) }

// All yields the columns and their values in the order in which they were sent.
func (r Record) All() iter.Seq2[string, Value] {
	return func(yield func(string, Value) bool) {
		for i, name := range r.names {
			if !yield(name, r.values[i]) {
				return
			}
		}
	}
}

// MarshalJSON writes the record in the shape in which it was read, so that nothing is lost.
func (r Record) MarshalJSON() ([]byte, error) {
	var out rowWriter
	for name, v := range r.All() {
		out.add(name, v.core)
	}
	return out.end()
}

// UnmarshalJSON reads what MarshalJSON wrote, or the instance.
func (r *Record) UnmarshalJSON(b []byte) error {
	var row rows.Row
	if err := row.UnmarshalJSON(b); err != nil {
		return err
	}
	_, err := newFiller(recordPlan, r).fill(row)
	return err
}

// rowWriter writes the members of a JSON object; absent cells are left out.
type rowWriter struct {
	buf bytes.Buffer
	err error
}

func (w *rowWriter) add(name string, c core) {
	if c.IsZero() {
		return
	}
	value, err := c.appendRow(nil)
	w.put(name, value, err)
}

func (w *rowWriter) put(name string, value []byte, err error) {
	if w.err != nil {
		return
	}
	if w.err = err; err != nil {
		return
	}
	if w.buf.Len() == 0 {
		w.buf.WriteByte('{')
	} else {
		w.buf.WriteByte(',')
	}
	key, _ := json.Marshal(name) // a string always can be written
	w.buf.Write(key)
	w.buf.WriteByte(':')
	w.buf.Write(value)
}

func (w *rowWriter) end() ([]byte, error) {
	if w.buf.Len() == 0 {
		w.buf.WriteByte('{')
	}
	w.buf.WriteByte('}')
	return w.buf.Bytes(), w.err
}
