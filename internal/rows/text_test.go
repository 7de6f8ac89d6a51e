package rows

import (
	"bytes"
	"fmt"
	"testing"
)

// Every byte at every place of a word and behind it, among neighbours that a borrow may come from or go to.
func TestRunStopsWhereAStringDoes(t *testing.T) {
	for _, beside := range []byte{'a', ' ', '!', '#', ']', '[', 0x7f, 0x80, 0xff} {
		for at := range 19 {
			for c := range 256 {
				b := bytes.Repeat([]byte{beside}, 19)
				b[at] = byte(c)
				want := bytes.IndexFunc(b, func(r rune) bool { return r == '"' || r == '\\' || r < 0x20 })
				if want < 0 {
					want = len(b)
				}
				ascii := !bytes.ContainsFunc(b[:want], func(r rune) bool { return r >= 0x80 })
				if n, plain := run(b); n != want || plain != ascii {
					t.Fatal(fmt.Sprintf("%x at %d among %x: ", c, at, beside), n, plain, want, ascii)
				}
			}
		}
	}
}
