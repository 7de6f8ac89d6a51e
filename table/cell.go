package table

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
)

// state tells absent from empty. It is private, so that a literal cannot lie.
type state uint8

const (
	absent state = iota
	empty
	set
)

// form remembers how a value was sent, so that a row can be written down again without loss.
type form uint8

const (
	hasValue   form = 1 << iota // an object with "value"
	hasDisplay                  // an object with "display_value"
	hasLink                     // an object with "link"
	isNull                      // null, the platform's other way to say empty
	isBare                      // a JSON number or boolean, which only some APIs send
	isRaw                       // an array, or an object of another shape: value holds its JSON
	isBad                       // made by a constructor from something that cannot be written; value says why
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
	case c.form&isRaw != 0:
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
	b = bytes.TrimSpace(b)
	if len(b) == 0 {
		return errors.New("empty JSON value")
	}
	switch b[0] {
	case '"':
		var s string
		if err := json.Unmarshal(b, &s); err != nil {
			return err
		}
		*c = textOf(s)
	case 'n':
		*c = core{state: empty, form: isNull}
	case '{':
		return c.unmarshalObject(b)
	case '[':
		return c.keepRaw(b)
	default:
		if !json.Valid(b) {
			return fmt.Errorf("%.20q is not JSON", b)
		}
		*c = core{value: string(b), state: set, form: isBare}
	}
	return nil
}

func (c *core) keepRaw(b []byte) error {
	var out bytes.Buffer
	if err := json.Compact(&out, b); err != nil {
		return err
	}
	*c = core{value: out.String(), state: set, form: isRaw}
	return nil
}

func (c *core) unmarshalObject(b []byte) error {
	var members map[string]json.RawMessage
	if err := json.Unmarshal(b, &members); err != nil {
		return err
	}
	var made core
	for _, face := range []struct {
		name string
		text *string
		form form
	}{{"value", &made.value, hasValue}, {"display_value", &made.display, hasDisplay}, {"link", &made.link, hasLink}} {
		raw, ok := members[face.name]
		if !ok {
			continue
		}
		var inner core
		if err := inner.UnmarshalJSON(raw); err != nil {
			return err
		}
		if inner.form&^(isNull|isBare) != 0 {
			return c.keepRaw(b)
		}
		*face.text = inner.value
		made.form |= face.form
	}
	if made.form == 0 {
		return c.keepRaw(b)
	}
	*c = made.settled()
	return nil
}

// settled derives what follows from the members of an object: the state, and the id where only a link has it, which
// is how references come when display values were asked for.
func (c core) settled() core {
	if c.form&hasValue == 0 && c.form&hasLink != 0 {
		c.value = c.link[strings.LastIndexByte(c.link, '/')+1:]
	}
	c.state = empty
	if c.value != "" || c.display != "" && c.form&hasValue == 0 {
		c.state = set
	}
	return c
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

// Extra holds the columns of a row that its struct has no field for, such as an instance's own u_ columns. A struct
// of yours gets them by having one field of this type. Nil when there are none.
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
