package rows

import (
	"encoding/binary"
	"errors"
	"math/bits"
	"unicode/utf16"
	"unicode/utf8"
)

const (
	everyByte = 0x0101010101010101
	highBits  = 0x8080808080808080
)

// run is how many bytes at the start of b can be taken as they are: no quote, no backslash, no control character. It
// says whether all of them are ASCII; if not, whether they are UTF-8 is yet to be seen.
//
// It looks at eight bytes at a time: x-everyByte*n has a high bit where a byte is below n, or behind one that is. With
// its second bit turned, what is below 0x21 is a control character or, from 0x22, the quote; a byte is equal to c where
// x^everyByte*c is below one. What stands behind the first find does not matter.
func run(b []byte) (n int, ascii bool) {
	var seen uint64
	for ; n+8 <= len(b); n += 8 {
		x := binary.LittleEndian.Uint64(b[n:])
		quoteOrControl, slash := (x^everyByte*2)-everyByte*0x21, (x^everyByte*'\\')-everyByte
		found := (quoteOrControl | slash) &^ x & highBits
		if found != 0 {
			first := bits.TrailingZeros64(found) &^ 7
			seen |= x & (1<<first - 1)
			return n + first>>3, seen&highBits == 0
		}
		seen |= x
	}
	for ; n < len(b); n++ {
		c := b[n]
		if c == '"' || c == '\\' || c < 0x20 {
			break
		}
		seen |= uint64(c)
	}
	return n, seen&highBits == 0
}

var (
	errControl = errors.New("a control character in a string")
	errEscape  = errors.New("a string has an unknown escape")
)

// unquote appends to dst the text of a string whose opening quote has been taken, as far as b holds it, as
// encoding/json reads it: what is not UTF-8, or half of a surrogate pair, becomes U+FFFD. It took n bytes; the string
// is closed when its last quote was among them. If it is not, more bytes must follow behind those that are left.
func unquote(dst, b []byte) (text []byte, n int, closed bool, err error) {
	for {
		size, ascii := run(b[n:])
		piece, last := b[n:n+size], n+size == len(b)
		if last && !ascii {
			piece = piece[:wholeRunes(piece)]
		}
		if ascii || utf8.Valid(piece) {
			dst = append(dst, piece...)
		} else {
			dst = appendRunes(dst, piece)
		}
		if n += len(piece); last {
			return dst, n, false, nil
		}
		switch b[n] {
		case '"':
			return dst, n + 1, true, nil
		case '\\':
			r, size := escape(b[n:])
			if size <= 0 {
				if size < 0 {
					err = errEscape
				}
				return dst, n, false, err
			}
			dst = utf8.AppendRune(dst, r)
			n += size
		default:
			return dst, n, false, errControl
		}
	}
}

// wholeRunes is how many bytes of b there are without the beginning of a character at its end.
func wholeRunes(b []byte) int {
	for i := len(b) - 1; i >= 0 && len(b)-i < utf8.UTFMax; i-- {
		if utf8.RuneStart(b[i]) {
			if !utf8.FullRune(b[i:]) {
				return i
			}
			break
		}
	}
	return len(b)
}

func appendRunes(dst, b []byte) []byte {
	for len(b) > 0 {
		r, size := utf8.DecodeRune(b)
		dst = utf8.AppendRune(dst, r)
		b = b[size:]
	}
	return dst
}

var escapes = [256]byte{'"': '"', '\\': '\\', '/': '/', 'b': '\b', 'f': '\f', 'n': '\n', 'r': '\r', 't': '\t'}

// escape reads what a backslash at the start of b stands for, and how many bytes that are: 0 where more must follow,
// less than 0 where there is no such escape.
func escape(b []byte) (r rune, size int) {
	if len(b) < 2 {
		return 0, 0
	}
	if plain := escapes[b[1]]; plain != 0 {
		return rune(plain), 2
	}
	r, size = unit(b)
	if size <= 0 || !utf16.IsSurrogate(r) {
		return r, size
	}
	low, more := unit(b[size:])
	if both := utf16.DecodeRune(r, low); more > 0 && both != utf8.RuneError {
		return both, size + more
	}
	if more == 0 {
		return 0, 0
	}
	return utf8.RuneError, size
}

// unit reads \uXXXX; the size is as escape tells it.
func unit(b []byte) (r rune, size int) {
	for i, c := range b[:min(len(b), 6)] {
		switch {
		case i == 0 && c == '\\', i == 1 && c == 'u':
		case i < 2:
			return 0, -1
		case c >= '0' && c <= '9':
			r = r<<4 | rune(c-'0')
		case c >= 'a' && c <= 'f':
			r = r<<4 | rune(c-'a'+10)
		case c >= 'A' && c <= 'F':
			r = r<<4 | rune(c-'A'+10)
		default:
			return 0, -1
		}
	}
	if len(b) < 6 {
		return 0, 0
	}
	return r, 6
}
