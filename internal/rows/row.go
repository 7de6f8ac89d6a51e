package rows

import "fmt"

// row takes one object. The slice is used again for the next row; the strings are one new string for all of them.
func (d *decoder) row() ([]Field, error) {
	if err := d.expect('{', ErrCut); err != nil {
		return nil, err
	}
	d.fields, d.spans, d.text = d.fields[:0], d.spans[:0], d.text[:0]
	for first := true; ; first = false {
		more, err := d.another(first)
		if err != nil {
			return nil, err
		}
		if !more {
			break
		}
		name, err := d.name(len(d.fields))
		if err != nil {
			return nil, err
		}
		if err := d.expect(':', ErrCut); err != nil {
			return nil, err
		}
		if err := d.value(name); err != nil {
			return nil, err
		}
	}
	all := string(d.text)
	for i, s := range d.spans {
		f := &d.fields[i]
		f.Text = all[s.value:s.display]
		if s.display < s.end || len(f.Display)+len(f.Link) > 0 {
			f.Display, f.Link = all[s.display:s.link], all[s.link:s.end]
		}
	}
	return d.fields, nil
}

// name is the name of the member at place i, whose opening quote has been taken. Rows of a list have the same names
// in the same order.
func (d *decoder) name(i int) (string, error) {
	if i < len(d.names) {
		want := d.names[i]
		if stop := d.pos + len(want); stop < d.end && d.buf[stop] == '"' && string(d.buf[d.pos:stop]) == want {
			d.pos = stop + 1
			return want, nil
		}
	}
	mark := len(d.text)
	if err := d.str(); err != nil {
		return "", err
	}
	name, known := d.known[string(d.text[mark:])]
	if !known {
		name = string(d.text[mark:])
		if d.known == nil {
			d.known = map[string]string{}
		}
		if len(d.known) < 10_000 { // an answer with ever new names is none
			d.known[name] = name
		}
	}
	d.text = d.text[:mark]
	d.names = append(d.names[:min(i, len(d.names))], name)
	return name, nil
}

// value takes the value of a member.
func (d *decoder) value(name string) error {
	c, err := d.next()
	if err != nil {
		return err
	}
	if c == '"' {
		d.pos++
		start := len(d.text)
		if err := d.str(); err != nil {
			return err
		}
		d.add(name, 0, start, len(d.text), len(d.text))
		return nil
	}
	raw, err := d.raw()
	if err != nil {
		return err
	}
	if value, display, link, form := faces(raw); form != 0 {
		take(d, name, form, value, display, link)
		return nil
	}
	var v Value
	if err := v.UnmarshalJSON(raw); err != nil {
		return fmt.Errorf("%w: %w", ErrCut, err)
	}
	take(d, name, v.Form, v.Text, v.Display, v.Link)
	return nil
}

// take keeps the faces of a value.
func take[S string | []byte](d *decoder, name string, form Form, value, display, link S) {
	start := len(d.text)
	d.text = append(d.text, value...)
	displayed := len(d.text)
	d.text = append(d.text, display...)
	linked := len(d.text)
	d.text = append(d.text, link...)
	d.add(name, form, start, displayed, linked)
}

// add keeps where the faces of a value are. A field of the row before is used again as far as it is the same: writing
// pointers is what costs while the collector runs.
func (d *decoder) add(name string, form Form, value, display, link int) {
	n := len(d.fields)
	if n == cap(d.fields) {
		d.fields = append(d.fields, Field{})
	} else {
		d.fields = d.fields[:n+1]
	}
	f := &d.fields[n]
	if f.Name != name {
		f.Name = name
	}
	f.Form = form
	d.spans = append(d.spans, span{value, display, link, len(d.text)})
}
