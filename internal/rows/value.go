package rows

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
)

// Form remembers in which shape a value was sent. Zero is plain text.
type Form uint8

const (
	HasValue   Form = 1 << iota // an object with "value"
	HasDisplay                  // an object with "display_value"
	HasLink                     // an object with "link"
	IsNull                      // null
	IsBare                      // a number or a boolean: Text is its JSON
	IsRaw                       // an array, or an object with other members: Text, or Link beside a value, is its JSON
)

// Value is one value of a row.
type Value struct {
	Text    string // the value as text, or JSON where Form says so
	Display string // display_value
	Link    string // link
	Form    Form
}

// Field is one member of a row.
type Field struct {
	Name string
	Value
}

// UnmarshalJSON takes any JSON value: text, null, {link, value}, {display_value, value[, link]},
// {display_value, link}, numbers, booleans, and, kept as they are, all others.
func (v *Value) UnmarshalJSON(b []byte) error {
	b = bytes.TrimSpace(b)
	if len(b) == 0 {
		return errors.New("empty JSON value")
	}
	switch b[0] {
	case '"':
		*v = Value{}
		return json.Unmarshal(b, &v.Text)
	case '{':
		return v.object(b)
	case '[':
		return v.raw(b)
	}
	if !json.Valid(b) {
		return fmt.Errorf("%.20q is not JSON", b)
	}
	*v = Value{Text: string(b), Form: IsBare}
	if b[0] == 'n' {
		*v = Value{Form: IsNull}
	}
	return nil
}

func (v *Value) raw(b []byte) error {
	var compact bytes.Buffer
	if err := json.Compact(&compact, b); err != nil {
		return err
	}
	*v = Value{Text: compact.String(), Form: IsRaw}
	return nil
}

func (v *Value) object(b []byte) error {
	var members map[string]json.RawMessage
	if err := json.Unmarshal(b, &members); err != nil {
		return err
	}
	var made Value
	others := len(members)
	for _, face := range []struct {
		name string
		text *string
		form Form
	}{{"value", &made.Text, HasValue}, {"display_value", &made.Display, HasDisplay}, {"link", &made.Link, HasLink}} {
		raw, ok := members[face.name]
		if !ok {
			continue
		}
		var inner Value
		if err := inner.UnmarshalJSON(raw); err != nil {
			return err
		}
		if inner.Form&^(IsNull|IsBare) != 0 {
			return v.raw(b)
		}
		if inner.Form == 0 { // a number or a null is kept as it was sent, too
			others--
		}
		*face.text = inner.Text
		made.Form |= face.form
	}
	if made.Form&(HasValue|HasDisplay) == 0 && (made.Form == 0 || others > 0) {
		return v.raw(b)
	}
	if *v = made; others == 0 {
		return nil
	}
	var whole Value
	err := whole.raw(b)
	v.Link, v.Form = whole.Text, v.Form&^HasLink|IsRaw
	return err
}

// faces reads the objects that references and display values come as, where their members are plain text without
// blanks between them. For anything else the form is 0, and UnmarshalJSON has its turn. The JSON is known to be valid.
func faces(b []byte) (value, display, link []byte, form Form) {
	if b[0] != '{' {
		return nil, nil, nil, 0
	}
	for b[0] != '}' {
		name, rest, ok := plainText(b[1:])
		if !ok || rest[0] != ':' {
			return nil, nil, nil, 0
		}
		text, rest, ok := plainText(rest[1:])
		if !ok || rest[0] != ',' && rest[0] != '}' {
			return nil, nil, nil, 0
		}
		switch string(name) {
		case "value":
			value, form = text, form|HasValue
		case "display_value":
			display, form = text, form|HasDisplay
		case "link":
			link, form = text, form|HasLink
		default:
			return nil, nil, nil, 0
		}
		b = rest
	}
	return value, display, link, form
}

// plainText takes a string without escapes, and without anything beyond ASCII.
func plainText(b []byte) (text, rest []byte, ok bool) {
	if len(b) == 0 || b[0] != '"' {
		return nil, nil, false
	}
	n := 1 + plain(b[1:])
	if n >= len(b)-1 || b[n] != '"' {
		return nil, nil, false
	}
	return b[1:n], b[n+1:], true // at least one byte is left
}
