package rows

import (
	"encoding/binary"
	"fmt"
	"unicode/utf16"
	"unicode/utf8"
)

const (
	everyByte = 0x0101010101010101
	highBits  = 0x8080808080808080
)

// plain is how many bytes at the start of b can be taken as they are: no quote, no backslash, no control character,
// nothing beyond ASCII. It looks at eight bytes at a time: x-everyByte*n has a high bit where a byte is below n (or
// behind one that is), and a byte is equal to c where it is zero after x^everyByte*c.
func plain(b []byte) int {
	i := 0
	for ; i+8 <= len(b); i += 8 {
		x := binary.LittleEndian.Uint64(b[i:])
		quote, slash := x^(everyByte*'"'), x^(everyByte*'\\')
		if (x|(x-everyByte*0x20)|(quote-everyByte)|(slash-everyByte))&highBits != 0 {
			break
		}
	}
	for ; i < len(b); i++ {
		if c := b[i]; c == '"' || c == '\\' || c < 0x20 || c >= utf8.RuneSelf {
			break
		}
	}
	return i
}

// str appends the string whose opening quote has been taken to text, as encoding/json reads it: what is not UTF-8, or
// half of a surrogate pair, becomes U+FFFD.
func (d *decoder) str() error {
	for {
		n := plain(d.buf[d.pos:d.end])
		d.text = append(d.text, d.buf[d.pos:d.pos+n]...)
		if d.pos += n; d.pos == d.end {
			if err := d.fill(); err != nil {
				return err
			}
			continue
		}
		switch c := d.buf[d.pos]; {
		case c == '"':
			d.pos++
			return nil
		case c == '\\':
			if err := d.escape(); err != nil {
				return err
			}
		case c < 0x20:
			return fmt.Errorf("%w: a control character in a string", ErrCut)
		default:
			if err := d.rune(); err != nil {
				return err
			}
		}
	}
}

// rune takes one character beyond ASCII.
func (d *decoder) rune() error {
	for !utf8.FullRune(d.buf[d.pos:d.end]) {
		if err := d.fill(); err != nil {
			return err
		}
	}
	r, size := utf8.DecodeRune(d.buf[d.pos:d.end])
	d.text = utf8.AppendRune(d.text, r)
	d.pos += size
	return nil
}

// has makes sure that n bytes are there.
func (d *decoder) has(n int) error {
	for d.end-d.pos < n {
		if err := d.fill(); err != nil {
			return err
		}
	}
	return nil
}

var escapes = [256]byte{'"': '"', '\\': '\\', '/': '/', 'b': '\b', 'f': '\f', 'n': '\n', 'r': '\r', 't': '\t'}

// escape takes a backslash and what belongs to it.
func (d *decoder) escape() error {
	if err := d.has(2); err != nil {
		return err
	}
	c := d.buf[d.pos+1]
	if plain := escapes[c]; plain != 0 {
		d.text = append(d.text, plain)
		d.pos += 2
		return nil
	}
	r, err := d.unit()
	if err != nil {
		return err
	}
	if utf16.IsSurrogate(r) {
		if r, err = d.pair(r); err != nil {
			return err
		}
	}
	d.text = utf8.AppendRune(d.text, r)
	return nil
}

// unit takes \uXXXX.
func (d *decoder) unit() (rune, error) {
	if err := d.has(6); err != nil {
		return 0, err
	}
	r, ok := hex4(d.buf[d.pos:])
	if !ok {
		return 0, fmt.Errorf("%w: a string has an unknown escape", ErrCut)
	}
	d.pos += 6
	return r, nil
}

// pair takes the second half of a surrogate pair if it follows.
func (d *decoder) pair(high rune) (rune, error) {
	if err := d.has(1); err != nil {
		return 0, err
	}
	if d.buf[d.pos] != '\\' {
		return utf8.RuneError, nil
	}
	if err := d.has(2); err != nil {
		return 0, err
	}
	if d.buf[d.pos+1] != 'u' {
		return utf8.RuneError, nil
	}
	if err := d.has(6); err != nil {
		return 0, err
	}
	low, ok := hex4(d.buf[d.pos:])
	if both := utf16.DecodeRune(high, low); ok && both != utf8.RuneError {
		d.pos += 6
		return both, nil
	}
	return utf8.RuneError, nil
}

// hex4 reads the six bytes \uXXXX.
func hex4(b []byte) (r rune, ok bool) {
	if b[0] != '\\' || b[1] != 'u' {
		return 0, false
	}
	for _, c := range b[2:6] {
		switch {
		case c >= '0' && c <= '9':
			r = r<<4 | rune(c-'0')
		case c >= 'a' && c <= 'f':
			r = r<<4 | rune(c-'a'+10)
		case c >= 'A' && c <= 'F':
			r = r<<4 | rune(c-'A'+10)
		default:
			return 0, false
		}
	}
	return r, true
}
