package webhook

import (
	"encoding/json"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// encoding/json judges the grammar of a body, and what stands here only cuts it into pieces of one string, so that an
// event costs a handful of allocations instead of one per member. It also refuses what encoding/json lets pass: a
// member given twice, of which two readers may believe different ones.

const maxDepth = 16

// validated returns the body as text when it is one JSON object without doubled members.
func validated(body []byte) (string, error) {
	if !utf8.Valid(body) || !json.Valid(body) {
		return "", malformed("the body is not JSON")
	}
	w := walker{s: string(body)}
	w.space()
	if w.s[w.i] != '{' {
		return "", malformed("the body is not a JSON object")
	}
	start := w.i
	if err := w.unique(0); err != nil {
		return "", err
	}
	return w.s[start:w.i], nil
}

// walker stands somewhere in valid JSON.
type walker struct {
	s string
	i int
}

func (w *walker) space() {
	for w.i < len(w.s) && (w.s[w.i] == ' ' || w.s[w.i] == '\n' || w.s[w.i] == '\t' || w.s[w.i] == '\r') {
		w.i++
	}
}

// str takes a string with its quotes.
func (w *walker) str() string {
	start := w.i
	for w.i++; w.s[w.i] != '"'; w.i++ {
		if w.s[w.i] == '\\' {
			w.i++
		}
	}
	w.i++
	return w.s[start:w.i]
}

// value takes any value and returns its text.
func (w *walker) value() string {
	start, depth := w.i, 0
	for {
		switch w.s[w.i] {
		case '"':
			w.str()
		case '{', '[':
			depth++
			w.i++
		case '}', ']':
			depth--
			w.i++
		case ' ', '\n', '\t', '\r', ',', ':':
			w.i++
		default:
			w.scalar()
		}
		if depth == 0 {
			return w.s[start:w.i]
		}
	}
}

// scalar takes a number, true, false or null.
func (w *walker) scalar() {
	for w.i < len(w.s) && !strings.ContainsRune(",:]} \n\t\r", rune(w.s[w.i])) {
		w.i++
	}
}

// unique takes a value and refuses doubled members and deep nesting anywhere in it.
func (w *walker) unique(depth int) error {
	if depth > maxDepth {
		return malformed("nested too deeply")
	}
	open := w.s[w.i]
	if open != '{' && open != '[' {
		w.value()
		return nil
	}
	var seen names
	for w.next() {
		if open == '{' && !seen.add(w.key()) {
			return malformed("a member is given twice")
		}
		if err := w.unique(depth + 1); err != nil {
			return err
		}
	}
	return nil
}

// next enters a container or goes on in it, and reports whether an element follows. At its end it steps out.
func (w *walker) next() bool {
	w.space()
	if c := w.s[w.i]; c == '{' || c == '[' || c == ',' {
		w.i++
		w.space()
	}
	if c := w.s[w.i]; c == '}' || c == ']' {
		w.i++
		return false
	}
	return true
}

// key takes a member's name and the colon.
func (w *walker) key() string {
	name := text(w.str())
	w.space()
	w.i++
	w.space()
	return name
}

// names is a set that needs no map for as few names as our envelopes have.
type names struct {
	few  [24]string
	n    int
	many map[string]struct{}
}

func (s *names) add(name string) bool {
	if s.many == nil && s.n < len(s.few) {
		for _, f := range s.few[:s.n] {
			if f == name {
				return false
			}
		}
		s.few[s.n] = name
		s.n++
		return true
	}
	if s.many == nil {
		s.many = make(map[string]struct{}, 2*len(s.few))
		for _, f := range s.few {
			s.many[f] = struct{}{}
		}
	}
	if _, there := s.many[name]; there {
		return false
	}
	s.many[name] = struct{}{}
	return true
}

// members calls f for each member of an object; any other value has none.
func members(object string, f func(name, value string)) {
	if object == "" || object[0] != '{' {
		return
	}
	w := walker{s: object}
	for w.next() {
		f(w.key(), w.value())
	}
}

// elements is the texts of an array of strings; any other value is nil.
func elements(array string) []string {
	if array == "" || array[0] != '[' {
		return nil
	}
	w := walker{s: array}
	out := make([]string, 0, strings.Count(array, ",")+1)
	for w.next() {
		out = append(out, text(w.value()))
	}
	return out
}

// text is what a value says as a string: the platform's values are strings throughout, and an empty string is its null.
// A number or a boolean counts as its digits or its name, an object or an array as nothing.
func text(value string) string {
	switch {
	case value == "" || value == "null" || value[0] == '{' || value[0] == '[':
		return ""
	case value[0] != '"':
		return value
	case strings.IndexByte(value, '\\') < 0:
		return value[1 : len(value)-1]
	}
	return unescaped(value[1 : len(value)-1])
}

// unescaped reads the inside of a valid JSON string. A lone half of a surrogate pair becomes U+FFFD, as encoding/json
// has it.
func unescaped(s string) string {
	var out strings.Builder
	out.Grow(len(s))
	for {
		n := strings.IndexByte(s, '\\')
		if n < 0 {
			out.WriteString(s)
			return out.String()
		}
		out.WriteString(s[:n])
		c := s[n+1]
		s = s[n+2:]
		if i := strings.IndexByte("bfnrt", c); i >= 0 {
			out.WriteByte("\b\f\n\r\t"[i])
			continue
		}
		if c != 'u' {
			out.WriteByte(c)
			continue
		}
		r := hex4(s)
		s = s[4:]
		if utf16.IsSurrogate(r) {
			low := rune(-1)
			if strings.HasPrefix(s, `\u`) {
				low = hex4(s[2:])
			}
			if r = utf16.DecodeRune(r, low); r != utf8.RuneError {
				s = s[6:]
			}
		}
		out.WriteRune(r)
	}
}

func hex4(s string) rune {
	n, _ := strconv.ParseUint(s[:4], 16, 16) // the grammar promises four digits
	return rune(n)
}
