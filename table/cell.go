package table

import (
	"encoding/json"
	"errors"
	"strings"

	"github.com/seed-a66f7fd3/servicenow/internal/rows"
)

// form remembers how a value was sent, so that a row can be written down again without loss. A cell without one is
// absent.
type form = rows.Form

const (
	isText     = rows.IsText
	hasValue   = rows.HasValue
	hasDisplay = rows.HasDisplay
	hasLink    = rows.HasLink
	isNull     = rows.IsNull
	isBare     = rows.IsBare
	isRaw      = rows.IsRaw

	// isBad marks a cell that a constructor made from something that cannot be written; its text says why.
	isBad form = 1 << 7
)

// core is what all cells have in common: one value as it was sent. Making something of it is left to the typed
// accessors, so that decoding a row costs nothing for columns that nobody looks at, and what was sent is never lost.
// It is private, so that a literal cannot lie.
type core struct{ sent rows.Value }

// textOf is a value as a constructor makes it; the empty text is the empty column.
func textOf(s string) core { return core{rows.Value{Faces: s, Form: isText}} }

func badOf(why string) core { return core{rows.Value{Faces: why, Form: isBad}} }

func (c *core) cell() *core { return c }

// has reports that the value was sent in any of the forms.
func (c *core) has(any form) bool { return c.sent.Form&any != 0 }

// value is the stored value. References whose display values were asked for come without one: the link has it.
func (c *core) value() string {
	if c.sent.Form&(hasValue|hasLink) == hasLink {
		link := c.sent.Link()
		return link[strings.LastIndexByte(link, '/')+1:]
	}
	return c.sent.Text()
}

// IsZero reports that the column is absent: it was not sent, because it was not asked for, does not exist, or is
// hidden by an access rule. An absent cell is not written. The name is what the json option omitzero looks for.
func (c core) IsZero() bool { return c.sent.Form == 0 }

// IsEmpty reports that the column was sent, or is to be written, without a value.
func (c core) IsEmpty() bool { return !c.IsZero() && !c.IsSet() }

// IsSet reports that the column has a value.
func (c core) IsSet() bool { return c.value() != "" || !c.has(hasValue) && c.sent.Display() != "" }

// String is the stored value as text, or "" when absent or empty. Where only display values were asked for
// ([DisplayOnly]), the platform sends those in its place.
func (c core) String() string {
	if c.has(isBad) {
		return ""
	}
	if value := c.value(); value != "" || c.has(hasValue|hasLink) {
		return value
	}
	return c.sent.Display()
}

// Display is the value as the user sees it, in the user's language, zone and format, or "" when not asked for.
func (c core) Display() string { return c.sent.Display() }

var errDisplayOnly = errors.New("the stored value is not known: it was read as a display value only")

// MarshalJSON writes the stored value as the Table API takes it: a string for every type, "" to clear the column.
// An absent cell is null; give the field the json option omitzero to leave it out.
func (c core) MarshalJSON() ([]byte, error) {
	switch {
	case c.IsZero():
		return []byte("null"), nil
	case c.has(isBad):
		return nil, errors.New(c.value())
	case c.has(isRaw) && !c.has(hasValue|hasDisplay):
		return []byte(c.value()), nil
	case c.has(hasDisplay) && !c.has(hasValue|hasLink) && c.Display() != "":
		return nil, errDisplayOnly
	}
	return json.Marshal(c.value())
}

// appendRow writes the cell in the shape in which it was read.
func (c core) appendRow(dst []byte) ([]byte, error) {
	value, display, link := c.value(), c.sent.Display(), c.sent.Link()
	switch {
	case c.has(isNull):
		return append(dst, "null"...), nil
	case c.has(isBad):
		return nil, errors.New(value)
	case c.has(isRaw) && c.has(hasValue|hasDisplay):
		return append(dst, link...), nil
	case c.has(isRaw | isBare):
		return append(dst, value...), nil
	case !c.has(hasValue | hasDisplay | hasLink):
		return appendText(dst, value)
	}
	var faces struct {
		Display *string `json:"display_value,omitempty"`
		Link    *string `json:"link,omitempty"`
		Value   *string `json:"value,omitempty"`
	}
	if c.has(hasDisplay) {
		faces.Display = &display
	}
	if c.has(hasLink) {
		faces.Link = &link
	}
	if c.has(hasValue) {
		faces.Value = &value
	}
	b, err := json.Marshal(faces)
	return append(dst, b...), err
}

func appendText(dst []byte, s string) ([]byte, error) {
	b, err := json.Marshal(s)
	return append(dst, b...), err
}

// UnmarshalJSON takes every shape in which the platform sends a value: text, {link, value}, {display_value, value}
// with or without link, {display_value, link}, "" and null; and, from its younger APIs, numbers and booleans. Any
// other JSON is kept as it came, so that a column of an unknown kind does not fail a row.
func (c *core) UnmarshalJSON(b []byte) error { return c.sent.UnmarshalJSON(b) }

// Value is a column of a kind that is not known beforehand: what [Record] and [Extra] hold.
// The zero Value is absent.
type Value struct{ core }

// NewValue is a stored value. The empty text clears the column.
func NewValue(s string) Value { return Value{textOf(s)} }

// Ref reads the value as a reference.
func (v Value) Ref() Ref { return Ref(v) }

// Time reads the value as a date and time.
func (v Value) Time() Time { return Time(v) }

// Text reads the value as text.
func (v Value) Text() Text { return Text(v) }

// Extra holds the columns of a row that its struct has no field for, such as an instance's own u_ columns, and the
// nulls of fields that are no cells. A struct of yours gets them by having one field of this type. Nil when there are
// none.
type Extra map[string]Value

// Cell is one value of a row, of whatever type.
type Cell interface {
	IsZero() bool
	IsEmpty() bool
	IsSet() bool
	String() string
	Display() string

	sealed() core
}

func (c core) sealed() core { return c }

// Empty is the cell that clears a column: table.Empty[table.Int]().
func Empty[C Text | Ref | Time | Date | Duration | Bool | Int | Decimal | Choice | Value]() C {
	return C(Value{textOf("")})
}
