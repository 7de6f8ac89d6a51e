package rows

import "bytes"

// The members of the objects that references and display values come as, in the order of the faces of a [Value].
var faceLeads = [...][]byte{[]byte(`"value":`), []byte(`"display_value":`), []byte(`"link":`)}

// faces takes an object at the start of b if it is whole, has no other members than faces, and all of them are texts.
// It appends them to text, says in v what they are, and returns how many bytes the object has. For any other object,
// that is 0, and nothing is taken.
func (d *decoder) faces(b []byte, v *Value) (n int) {
	mark, spans := len(d.text), [len(faceLeads)]span{}
	*v = Value{}
	for n = 1; ; n++ {
		n += blanks(b[n:])
		face := 0
		for face < len(faceLeads) && !bytes.HasPrefix(b[n:], faceLeads[face]) {
			face++
		}
		if face == len(faceLeads) {
			break
		}
		n += len(faceLeads[face])
		if n += blanks(b[n:]); n == len(b) || b[n] != '"' {
			break
		}
		text, size, closed, err := unquote(d.text, b[n+1:])
		if err != nil || !closed {
			break
		}
		spans[face] = span{len(d.text), len(text)}
		v.Form |= faceNames[face].form
		d.text = text
		if n += 1 + size; n < len(b) {
			n += blanks(b[n:])
		}
		if n < len(b) && b[n] == '}' {
			v.Shown, v.Linked = spans[1].size(), spans[2].size()
			d.sort(mark, spans)
			return n + 1
		}
		if n == len(b) || b[n] != ',' {
			break
		}
	}
	d.text = d.text[:mark]
	return 0
}

// span is a part of text.
type span struct{ from, to int }

func (s span) size() uint32 { return uint32(s.to - s.from) }

// sort brings the parts of text from mark on into order. Those that are not among them are dropped.
func (d *decoder) sort(mark int, spans [len(faceLeads)]span) {
	end := len(d.text)
	for _, s := range spans {
		d.text = append(d.text, d.text[s.from:s.to]...)
	}
	d.text = d.text[:mark+copy(d.text[mark:], d.text[end:])]
}

// blanks is how much white space b begins with.
func blanks(b []byte) (n int) {
	for n < len(b) && (b[n] == ' ' || b[n] == '\n' || b[n] == '\t' || b[n] == '\r') {
		n++
	}
	return n
}
