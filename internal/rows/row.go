package rows

import "fmt"

// key is the name of a member.
type key struct {
	name string
	lead string // how it stood in the answer, up to the first byte of its value; "" is not known
}

// maxKeys bounds the names in an answer: one with ever new names is none.
const maxKeys = 10_000

// row takes one object. The slice is used again for the next row; the strings are one new string for all of them.
func (d *decoder) row() ([]Field, error) {
	if err := d.expect('{', ErrCut); err != nil {
		return nil, err
	}
	d.fields, d.ends, d.text = d.fields[:0], d.ends[:0], d.text[:0]
	for next := 0; ; {
		if err := d.familiar(next); err != nil {
			return nil, err
		}
		more, err := d.another(len(d.fields) == 0)
		if err != nil {
			return nil, err
		}
		if !more {
			break
		}
		if next, err = d.column(); err != nil {
			return nil, err
		}
	}
	all, from := string(d.text), 0
	for i, end := range d.ends {
		d.fields[i].Faces = all[from:end]
		from = end
	}
	return d.fields, nil
}

// familiar takes members for as long as their names are those of the row before, from keys[next] on, and their values
// are texts or faces. It stops before anything else.
func (d *decoder) familiar(next int) error {
	for ; next < len(d.keys); next++ {
		from := d.pos
		if len(d.fields) > 0 {
			if from == d.end || d.buf[from] != ',' {
				break
			}
			from++
		}
		lead := d.keys[next].lead
		at := from + len(lead)
		if at >= d.end || string(d.buf[from:at]) != lead || lead == "" {
			break
		}
		v := Value{Form: IsText}
		switch d.buf[at] {
		case '"':
			d.pos = at + 1
			if err := d.str(); err != nil {
				return err
			}
		case '{':
			n := d.faces(d.buf[at:d.end], &v)
			if n == 0 {
				return nil
			}
			d.pos = at + n
		default:
			return nil
		}
		d.add(next, v)
	}
	return nil
}

// column takes any member. It says which key will be the next if members come in the order of the row before.
func (d *decoder) column() (next int, err error) {
	began, mark := d.past+d.pos, len(d.text)
	if err := d.name(); err != nil {
		return 0, err
	}
	i, err := d.key(d.text[mark:])
	if err != nil {
		return 0, err
	}
	d.text = d.text[:mark]
	if _, err := d.next(); err != nil {
		return 0, err
	}
	if k := &d.keys[i]; k.lead == "" && began >= d.past && d.from != nil {
		k.lead = string(d.buf[began-d.past : d.pos])
	}
	v, err := d.value()
	d.add(i, v)
	return i + 1, err
}

// key finds a name among those of all rows so far. In a row on its own each is new.
func (d *decoder) key(name []byte) (int, error) {
	i, known := d.at[string(name)]
	if known {
		return i, nil
	}
	i = len(d.keys)
	if i == maxKeys {
		return 0, fmt.Errorf("%w: its rows have more than %d columns", ErrShape, maxKeys)
	}
	d.keys = append(d.keys, key{name: string(name)})
	if d.from != nil {
		if d.at == nil {
			d.at = map[string]int{}
		}
		d.at[d.keys[i].name] = i
	}
	return i, nil
}

// add keeps a value whose faces have been appended to text. A field of the row before is used again as far as it is
// the same: writing pointers is what costs while the collector runs.
func (d *decoder) add(key int, v Value) {
	n := len(d.fields)
	if n == cap(d.fields) {
		d.fields = append(d.fields, Field{})
	} else {
		d.fields = d.fields[:n+1]
	}
	f := &d.fields[n]
	if name := d.keys[key].name; f.Name != name {
		f.Name = name
	}
	f.Key, f.Shown, f.Linked, f.Form = key, v.Shown, v.Linked, v.Form
	d.ends = append(d.ends, len(d.text))
}

// nearEnd is how many bytes may be too few for an object of faces.
const nearEnd = 2 << 10

// value takes the value of a member and appends its faces to text.
func (d *decoder) value() (Value, error) {
	v := Value{Form: IsText}
	switch d.buf[d.pos] {
	case '"':
		d.pos++
		return v, d.str()
	case '{':
		n := d.faces(d.buf[d.pos:d.end], &v)
		if n == 0 && d.end-d.pos < nearEnd && d.fill() == nil {
			n = d.faces(d.buf[d.pos:d.end], &v)
		}
		if n > 0 {
			d.pos += n
			return v, nil
		}
	}
	raw, err := d.raw()
	if err != nil {
		return v, err
	}
	if err := v.UnmarshalJSON(raw); err != nil {
		return v, fmt.Errorf("%w: %w", ErrCut, err)
	}
	d.text = append(d.text, v.Faces...)
	return v, nil
}
