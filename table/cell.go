package table

import (
	"encoding/json"
	"errors"
	"strings"

	"github.com/seed-a66f7fd3/servicenow/internal/rows"
)

// state tells absent from empty. It is private, so that a literal cannot lie.
type state uint8

const (
	absent state = iota
	empty
	set
)

// form remembers how a value was sent, so that a row can be written down again without loss.
type form = rows.Form

const (
	hasValue   = rows.HasValue
	hasDisplay = rows.HasDisplay
	hasLink    = rows.HasLink
	isNull     = rows.IsNull
	isBare     = rows.IsBare
	isRaw      = rows.IsRaw

	// isBad marks a cell that a constructor made from something that cannot be written; value says why.
	isBad form = 1 << 7
)

// core is what all cells have in common: the faces of one value, as text. Parsing is left to the typed accessors, so
// that decoding a row costs nothing for columns that nobody looks at, and what was sent is never lost.
type core struct {
	value, display, link string
	state                state
	form                 form
}

// textOf is a value as a constructor makes it; the empty text is the empty column.
func textOf(s string) core {
	if s == "" {
		return core{state: empty}
	}
	return core{value: s, state: set}
}

func badOf(why string) core { return core{value: why, state: set, form: isBad} }

func (c *core) cell() *core { return c }

// IsZero reports that the column is absent: it was not sent, because it was not asked for, does not exist, or is
// hidden by an access rule. An absent cell is not written. The name is what the json option omitzero looks for.
func (c core) IsZero() bool { return c.state == absent }

// IsEmpty reports that the column was sent, or is to be written, without a value.
func (c core) IsEmpty() bool { return c.state == empty }

// IsSet reports that the column has a value.
func (c core) IsSet() bool { return c.state == set }

// String is the stored value as text, or "" when absent or empty. Where only display values were asked for
// ([DisplayOnly]), the platform sends those in its place.
func (c core) String() string {
	if c.form&isBad != 0 {
		return ""
	}
	if c.form&(hasValue|hasLink) == 0 && c.value == "" {
		return c.display
	}
	return c.value
}

// Display is the value as the user sees it, in the user's language, zone and format, or "" when not asked for.
func (c core) Display() string { return c.display }

var errDisplayOnly = errors.New("the stored value is not known: it was read as a display value only")

// MarshalJSON writes the stored value as the Table API takes it: a string for every type, "" to clear the column.
// An absent cell is null; give the field the json option omitzero to leave it out.
func (c core) MarshalJSON() ([]byte, error) {
	switch {
	case c.state == absent:
		return []byte("null"), nil
	case c.form&isBad != 0:
		return nil, errors.New(c.value)
	case c.form&isRaw != 0 && c.form&(hasValue|hasDisplay) == 0:
		return []byte(c.value), nil
	case c.form&hasDisplay != 0 && c.form&(hasValue|hasLink) == 0 && c.display != "":
		return nil, errDisplayOnly
	}
	return json.Marshal(c.value)
}

// appendRow writes the cell in the shape in which it was read.
func (c core) appendRow(dst []byte) ([]byte, error) {
	switch {
	case c.form&isNull != 0:
		return append(dst, "null"...), nil
	case c.form&isBad != 0:
		return nil, errors.New(c.value)
	case c.form&isRaw != 0 && c.form&(hasValue|hasDisplay) != 0:
		return append(dst, c.link...), nil
	case c.form&(isRaw|isBare) != 0:
		return append(dst, c.value...), nil
	case c.form&(hasValue|hasDisplay|hasLink) == 0:
		return appendText(dst, c.value)
	}
	var faces struct {
		Display *string `json:"display_value,omitempty"`
		Link    *string `json:"link,omitempty"`
		Value   *string `json:"value,omitempty"`
	}
	if c.form&hasDisplay != 0 {
		faces.Display = &c.display
	}
	if c.form&hasLink != 0 {
		faces.Link = &c.link
	}
	if c.form&hasValue != 0 {
		faces.Value = &c.value
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
func (c *core) UnmarshalJSON(b []byte) error {
	var v rows.Value
	if err := v.UnmarshalJSON(b); err != nil {
		return err
	}
	*c = received(v)
	return nil
}

// received derives what follows from the shape: the state, and the id where only a link has it, which is how
// references come when display values were asked for.
func received(v rows.Value) core {
	c := core{value: v.Text, display: v.Display, link: v.Link, state: set, form: v.Form}
	if c.form&hasValue == 0 && c.form&hasLink != 0 {
		c.value = c.link[strings.LastIndexByte(c.link, '/')+1:]
	}
	if c.value == "" && (c.display == "" || c.form&hasValue != 0) {
		c.state = empty
	}
	return c
}

// take is *c = received(*v), written out for the plain text that most values are and a cell that is still zero.
func (c *core) take(v *rows.Value) {
	if v.Form != 0 || c.state != absent {
		*c = received(*v)
		return
	}
	if c.state = empty; v.Text != "" {
		c.value, c.state = v.Text, set
	}
}

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
	return C(Value{core{state: empty}})
}
