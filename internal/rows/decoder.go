package rows

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

const bufferSize = 32 << 10

// maxRow bounds what is held of an answer at a time: a row, or a value beside the rows.
var maxRow = 64 << 20

var errLong = fmt.Errorf("%w: a row has more than %d MiB", ErrShape, maxRow>>20)

// decoder reads JSON from a buffer that it fills as it goes. It knows the one shape that lists of rows have, and is
// several times faster at it than a general decoder: the values of a row become one string, and members are expected
// in the order of the row before.
type decoder struct {
	from     io.Reader
	buf      []byte
	pos, end int   // what is in buf and not yet read
	past     int   // how many bytes stood before what is in buf
	err      error // what from ended with

	keys   []key // the names of the members of all rows so far
	at     map[string]int
	fields []Field
	ends   []int  // where the values end in text
	text   []byte // the values of this row
	kept   []byte // a value on its own
}

// fill makes room and reads more. It fails with ErrCut at the end of the body, wherever that is.
func (d *decoder) fill() error {
	if d.err != nil {
		return d.ended()
	}
	if d.pos > 0 {
		d.past += d.pos
		d.end = copy(d.buf, d.buf[d.pos:d.end])
		d.pos = 0
	}
	if d.end > maxRow || len(d.text) > maxRow || len(d.kept) > maxRow {
		return errLong
	}
	for tries := 0; d.err == nil; tries++ {
		if d.end == len(d.buf) {
			d.buf = append(d.buf, make([]byte, len(d.buf))...)
		}
		var n int
		n, d.err = d.from.Read(d.buf[d.end:])
		if d.end += n; n > 0 {
			return nil
		}
		if tries == 100 {
			d.err = io.ErrNoProgress
		}
	}
	return d.ended()
}

func (d *decoder) ended() error {
	if errors.Is(d.err, io.EOF) || errors.Is(d.err, io.ErrUnexpectedEOF) {
		return fmt.Errorf("%w: %w", ErrCut, io.ErrUnexpectedEOF)
	}
	return d.err
}

// next is the byte after white space, which is not yet taken.
func (d *decoder) next() (byte, error) {
	for {
		for d.pos < d.end {
			switch c := d.buf[d.pos]; c {
			case ' ', '\n', '\t', '\r':
				d.pos++
			default:
				return c, nil
			}
		}
		if err := d.fill(); err != nil {
			return 0, err
		}
	}
}

func (d *decoder) syntax(c byte) error { return fmt.Errorf("%w: %q is in the wrong place", ErrCut, c) }

// expect takes one byte. Another is of the kind that otherwise says.
func (d *decoder) expect(want byte, otherwise error) error {
	c, err := d.next()
	if err != nil {
		return err
	}
	if c != want {
		return fmt.Errorf("%w: %q stands where %q belongs", otherwise, c, want)
	}
	d.pos++
	return nil
}

// finish wants nothing but white space to the end of the body.
func (d *decoder) finish() error {
	c, err := d.next()
	switch {
	case err == nil:
		return fmt.Errorf("%w: %q follows it", ErrCut, c)
	case !errors.Is(d.err, io.EOF):
		return err
	}
	return nil
}

// member takes a member's name and the colon behind it, or the brace that ends the object.
func (d *decoder) member(first bool) (name string, more bool, err error) {
	if more, err = d.another(first); err != nil || !more {
		return "", false, err
	}
	d.text = d.text[:0]
	if err := d.name(); err != nil {
		return "", false, err
	}
	return string(d.text), true, nil
}

// another takes the comma between members, or the brace that ends the object.
func (d *decoder) another(first bool) (bool, error) {
	c, err := d.next()
	switch {
	case err != nil:
		return false, err
	case c == '}':
		d.pos++
		return false, nil
	case first:
		return true, nil
	case c != ',':
		return false, d.syntax(c)
	}
	d.pos++
	return true, nil
}

// name appends a member's name to text, and takes the colon behind it.
func (d *decoder) name() error {
	if err := d.expect('"', ErrCut); err != nil {
		return err
	}
	if err := d.str(); err != nil {
		return err
	}
	return d.expect(':', ErrCut)
}

// str appends the string whose opening quote has been taken to text.
func (d *decoder) str() error {
	b := d.buf[d.pos:d.end]
	if n, ascii := run(b); ascii && n < len(b) && b[n] == '"' { // most are so, and this is where the time goes
		d.text = append(d.text, b[:n]...)
		d.pos += n + 1
		return nil
	}
	for {
		text, n, closed, err := unquote(d.text, d.buf[d.pos:d.end])
		d.text, d.pos = text, d.pos+n
		if err != nil {
			return fmt.Errorf("%w: %w", ErrCut, err)
		}
		if closed {
			return nil
		}
		if err := d.fill(); err != nil {
			return err
		}
	}
}

// raw takes a whole value and checks it. What it returns is valid until the next call.
func (d *decoder) raw() ([]byte, error) {
	if _, err := d.next(); err != nil {
		return nil, err
	}
	d.kept = d.kept[:0]
	depth, quoted, escaped := 0, false, false
	for {
		for i := d.pos; i < d.end; i++ {
			c := d.buf[i]
			switch {
			case escaped:
				escaped = false
			case quoted && c == '\\':
				escaped = true
			case c == '"':
				quoted = !quoted
			case quoted:
			case c == '{' || c == '[':
				depth++
			case depth == 0 && (c == '}' || c == ']' || c == ','):
				return d.keep(i)
			case c == '}' || c == ']':
				depth--
			}
			if depth == 0 && !quoted && (c == '"' || c == '}' || c == ']') {
				return d.keep(i + 1)
			}
		}
		d.kept = append(d.kept, d.buf[d.pos:d.end]...)
		d.pos = d.end
		if err := d.fill(); err != nil {
			return nil, err
		}
	}
}

// keep ends a raw value before the byte at i.
func (d *decoder) keep(i int) ([]byte, error) {
	d.kept = append(d.kept, d.buf[d.pos:i]...)
	d.pos = i
	d.kept = bytes.TrimRight(d.kept, " \n\t\r")
	if !json.Valid(d.kept) {
		return nil, fmt.Errorf("%w: a value is malformed", ErrCut)
	}
	return d.kept, nil
}

// explain looks behind the place where a body stopped being JSON: when the instance cancels a transaction, it appends
// its error there, in the middle of a row.
func (d *decoder) explain(err error) error {
	if !errors.Is(err, ErrCut) {
		return err
	}
	const window = 4 << 10
	rest := append([]byte(nil), d.buf[d.pos:min(d.end, d.pos+window)]...)
	if d.err == nil && len(rest) < window {
		more, _ := io.ReadAll(io.LimitReader(d.from, window)) // whatever there is
		rest = append(rest, more...)
	}
	_, said, found := bytes.Cut(rest, []byte(`error":`))
	if !found {
		return err
	}
	var raw json.RawMessage
	if json.NewDecoder(bytes.NewReader(said)).Decode(&raw) != nil {
		return err
	}
	if failure := failureOf(raw); failure != nil {
		return failure
	}
	return err
}
