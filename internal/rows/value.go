package rows

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
)

// Form remembers in which shape a value was sent. Zero is a value that was not sent at all.
type Form uint8

const (
	IsText     Form = 1 << iota // a string
	HasValue                    // an object with "value"
	HasDisplay                  // an object with "display_value"
	HasLink                     // an object with "link"
	IsNull                      // null
	IsBare                      // a number or a boolean: the value is its JSON
	IsRaw                       // an array, or an object with other members: the value is its JSON, or, where it has a
	// value or a display value all the same, the link is
)

// Value is one value of a row. Its faces are one string, so that a row of many values is small.
type Value struct {
	Faces         string // the value, the display value and the link, one behind the other
	Shown, Linked uint32 // how long the display value and the link are
	Form          Form
}

// Make puts a value together.
func Make(form Form, value, display, link string) Value {
	return Value{Faces: value + display + link, Shown: uint32(len(display)), Linked: uint32(len(link)), Form: form}
}

// Text is the value as text, or JSON where Form says so.
func (v *Value) Text() string { return v.Faces[:len(v.Faces)-int(v.Shown)-int(v.Linked)] }

// Display is the display value.
func (v *Value) Display() string {
	end := len(v.Faces) - int(v.Linked)
	return v.Faces[end-int(v.Shown) : end]
}

// Link is the link.
func (v *Value) Link() string { return v.Faces[len(v.Faces)-int(v.Linked):] }

// Field is one member of a row.
type Field struct {
	Name string
	Key  int // a number for the name, from 0 on, which is the same in all rows of an answer
	Value
}

// UnmarshalJSON takes any JSON value: text, null, {link, value}, {display_value, value[, link]},
// {display_value, link}, numbers, booleans, and, kept as they are, all others.
func (v *Value) UnmarshalJSON(b []byte) error {
	b = bytes.TrimSpace(b)
	switch {
	case len(b) == 0:
		return errors.New("empty JSON value")
	case len(b) > maxRow:
		return errLong
	}
	switch b[0] {
	case '"':
		*v = Value{Form: IsText}
		return json.Unmarshal(b, &v.Faces)
	case '{':
		return v.object(b)
	case '[':
		return v.raw(b)
	}
	if !json.Valid(b) {
		return fmt.Errorf("%.20q is not JSON", b)
	}
	*v = Value{Faces: string(b), Form: IsBare}
	if b[0] == 'n' {
		*v = Value{Form: IsNull}
	}
	return nil
}

func (v *Value) raw(b []byte) error {
	text, err := compact(b)
	*v = Value{Faces: text, Form: IsRaw}
	return err
}

func compact(b []byte) (string, error) {
	var out bytes.Buffer
	err := json.Compact(&out, b)
	return out.String(), err
}

func (v *Value) object(b []byte) error {
	var members map[string]json.RawMessage
	if err := json.Unmarshal(b, &members); err != nil {
		return err
	}
	var (
		texts  [3]string
		form   Form
		others = len(members)
	)
	for i, face := range faceNames {
		raw, ok := members[face.name]
		if !ok {
			continue
		}
		var inner Value
		if err := inner.UnmarshalJSON(raw); err != nil {
			return err
		}
		switch inner.Form {
		case IsText: // a number or a null is kept as it was sent, too
			others--
		case IsNull, IsBare:
		default:
			return v.raw(b)
		}
		texts[i] = inner.Faces
		form |= face.form
	}
	switch {
	case form&(HasValue|HasDisplay) == 0 && (form == 0 || others > 0):
		return v.raw(b)
	case others == 0:
		*v = Make(form, texts[0], texts[1], texts[2])
		return nil
	}
	whole, err := compact(b)
	*v = Make(form&^HasLink|IsRaw, texts[0], texts[1], whole)
	return err
}

var faceNames = [...]struct {
	name string
	form Form
}{{"value", HasValue}, {"display_value", HasDisplay}, {"link", HasLink}}
