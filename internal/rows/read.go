package rows

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// Row is a row on its own, as it stands in the answer to a Get or a write. Members keep their order.
type Row []Field

// UnmarshalJSON reads one row.
func (r *Row) UnmarshalJSON(b []byte) error {
	d := decoder{buf: b, end: len(b), err: io.EOF}
	fields, err := d.row()
	if err == nil {
		err = d.finish()
	}
	if err != nil {
		return fmt.Errorf("not a row: %w", err)
	}
	*r = fields
	return nil
}

// Read calls yield for every element of the top-level result array as it arrives, and reads on to the end of body:
// only then is it known that the list is whole. The slice is valid until yield returns, its strings for ever. Read
// ends early, without an error, when yield returns false.
//
// The error is ErrShape, ErrCut or a *Failure, or what reading body failed with.
func Read(body io.Reader, yield func([]Field) bool) error {
	d := decoder{from: body, buf: make([]byte, bufferSize)}
	err := d.envelope(yield)
	if errors.Is(err, errEnough) {
		return nil
	}
	if err != nil {
		return d.explain(err)
	}
	return nil
}

// errEnough says that the consumer wants no more.
var errEnough = fmt.Errorf("enough")

// envelope reads {"result":[…]} to the end. The platform appends an error when it cancels a transaction whose answer
// is on its way, so that the rows alone prove nothing.
func (d *decoder) envelope(yield func([]Field) bool) error {
	if err := d.expect('{', ErrShape); err != nil {
		return err
	}
	seen := false
	var failure *Failure
	for first := true; ; first = false {
		name, more, err := d.member(first)
		if err != nil {
			return err
		}
		if !more {
			break
		}
		switch {
		case name == "result" && seen:
			return fmt.Errorf("%w: it holds two results", ErrShape)
		case name == "result":
			seen = true
			err = d.rows(yield)
		default:
			var raw []byte
			if raw, err = d.raw(); err == nil && name == "error" {
				failure = failureOf(raw)
			}
		}
		if err != nil {
			return err
		}
	}
	switch err := d.finish(); {
	case err != nil:
		return err
	case failure != nil:
		return failure
	case !seen:
		return fmt.Errorf("%w: it has no result", ErrShape)
	}
	return nil
}

// rows yields a row once it is known that another one or the end of the list follows. An instance that cancels in the
// middle of a row appends its error as members of that row, and closes it: it looks whole, and lacks half its columns.
func (d *decoder) rows(yield func([]Field) bool) error {
	if err := d.expect('[', ErrShape); err != nil {
		return err
	}
	c, err := d.next()
	if err != nil {
		return err
	}
	if c == ']' {
		d.pos++
		return nil
	}
	for {
		row, err := d.row()
		if err != nil {
			return err
		}
		c, err := d.next()
		if err == nil && c != ',' && c != ']' {
			err = d.syntax(c)
		}
		if err != nil {
			return errorIn(row, err)
		}
		d.pos++
		if !yield(row) {
			return errEnough
		}
		if c == ']' {
			return nil
		}
	}
}

// errorIn finds the instance's error among the members of the row that it cancelled in.
func errorIn(row []Field, err error) error {
	for _, f := range row {
		if f.Name == "error" && f.Form == IsRaw {
			return failureOf([]byte(f.Text()))
		}
	}
	return err
}

// failureOf takes the platform's error object, and the plain text that some endpoints send in its place. A null is
// no error.
func failureOf(raw []byte) *Failure {
	if string(raw) == "null" {
		return nil
	}
	var object struct{ Message, Detail Value }
	if json.Unmarshal(raw, &object) == nil {
		return &Failure{Message: object.Message.Text(), Detail: object.Detail.Text()}
	}
	var text string
	_ = json.Unmarshal(raw, &text) // anything else is an error without words
	return &Failure{Message: text}
}
