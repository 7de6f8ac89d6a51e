package table

import (
	"encoding/json"

	"github.com/seed-a66f7fd3/servicenow/internal/rows"
)

// The packages for the APIs beside the Table API read and write the same rows over other paths. What they need of this
// package stands here.

// Columns are the columns that T has a field for, sys_id first: what a list asks for when it is not told otherwise.
// They are nil for [Record], and for a type that rows cannot be read as.
func Columns[T any]() []string {
	p, err := planOf[T]()
	if err != nil || len(p.columns) == 0 {
		return nil
	}
	return withID(p.columns)
}

// Body is a write made ready to be sent. The packages beside this one make them; hosts pass a [Writable].
type Body struct{ body }

// NewBody writes out what w sets. It fails, and nothing is to be sent, where w sets nothing or holds a value that
// cannot be written.
func NewBody(w Writable) (Body, error) {
	made, err := encode(w)
	return Body{made}, err
}

// MarshalJSON is the object to send.
func (b Body) MarshalJSON() ([]byte, error) { return b.json, nil }

// Appends reports that a journal entry is in it, so that sending it twice adds two.
func (b Body) Appends() bool { return b.appends }

// Columns are the columns that are set.
func (b Body) Columns() []string {
	names := make([]string, 0, len(b.columns))
	for _, c := range b.columns {
		names = append(names, c.column)
	}
	return names
}

// Value is the column as it will be written, absent where it is not.
func (b Body) Value(column string) Value {
	for _, c := range b.columns {
		if c.column == column {
			return Value{c.value}
		}
	}
	return Value{}
}

// Compare finds the columns that the instance did not take, as [WriteOptions.CheckEcho] does: row is the record after
// the write, as JSON.
func (b Body) Compare(table, id string, row json.RawMessage) error {
	var echo rows.Row
	if err := echo.UnmarshalJSON(row); err != nil {
		return err
	}
	return b.compare(table, id, echo)
}
