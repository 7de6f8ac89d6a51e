package rows

import (
	"errors"
	"fmt"
	"io"
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
)

// all is what a reader yields of a body, and how it ends.
func all(read func(io.Reader, func([]Field) bool) error, body io.Reader) (list [][]Field, err error) {
	err = read(body, func(row []Field) bool {
		row = slices.Clone(row)
		for i := range row {
			row[i].Key = 0 // TestKeysStandForNames looks at them
		}
		list = append(list, row)
		return true
	})
	return list, err
}

func text(fields ...string) []Field {
	var row []Field
	for i := 0; i < len(fields); i += 2 {
		row = append(row, Field{Name: fields[i], Value: Value{Faces: fields[i+1], Form: IsText}})
	}
	return row
}

func TestReadYieldsRows(t *testing.T) {
	for _, tc := range []struct {
		name, body string
		want       [][]Field
	}{
		{"none", `{"result":[]}`, nil},
		{"rows with the same columns", `{"result":[{"a":"1","b":"2"},{"a":"3","b":"4"}]}`, [][]Field{text("a", "1",
			"b", "2"), text("a", "3", "b", "4")}},
		{"rows with other columns", `{"result":[{"a":"1","b":"2"},{"b":"3"},{"ab":"4","b":"5"},{}]}`,
			[][]Field{text("a", "1", "b", "2"), text("b", "3"), text("ab", "4", "b", "5"), {}}},
		{"white space", " {\n\"x\" : 1 , \"result\" :\t[ { \"a\" : \"1\" } , {\r} ] , \"y\":[{}] } \n",
			[][]Field{text("a", "1"), {}}},
		{"a name with other blanks in the next row", `{"result":[{"a":"1", "b":"2"},{ "a": "3","b":"4"}, {"a":"5", "b":"6"}]}`,
			[][]Field{text("a", "1", "b", "2"), text("a", "3", "b", "4"), text("a", "5", "b", "6")}},
		{"escapes", `{"result":[{"\u0061\/":"\"\\\b\f\n\r\té\u00e9\ud83d\ude00\ud83dx\udc00\ud83d\u0041"}]}`,
			[][]Field{text("a/", "\"\\\b\f\n\r\téé😀\ufffdx\ufffd\ufffdA")}},
		{"shapes",
			`{"result":[{"a":null,"b":7,"c":true,"d":{"link":"l","value":"v"},"e":{"display_value":"d\"","value":""},"f":[1, 2],"g":{"x":1}}]}`,
			[][]Field{{
				{Name: "a", Value: Value{Form: IsNull}}, {Name: "b", Value: Make(IsBare, "7", "", "")},
				{Name: "c", Value: Make(IsBare, "true", "", "")},
				{Name: "d", Value: Make(HasValue|HasLink, "v", "", "l")},
				{Name: "e", Value: Make(HasValue|HasDisplay, "", `d"`, "")},
				{Name: "f", Value: Make(IsRaw, "[1,2]", "", "")}, {Name: "g", Value: Make(IsRaw, `{"x":1}`, "", "")},
			}}},
		{"faces in any order, with blanks and escapes",
			`{"result":[{"a":{"link":"l","display_value":"d","value":"v"},"b": { "display_value" : "é\n" , "value":"v"} },` +
				`{"a":{"link":"l2","display_value":"","value":"v2"},"b":{"value":"","value":"w"}}]}`,
			[][]Field{
				{{Name: "a", Value: Make(HasValue|HasDisplay|HasLink, "v", "d", "l")},
					{Name: "b", Value: Make(HasValue|HasDisplay, "v", "é\n", "")}},
				{{Name: "a", Value: Make(HasValue|HasDisplay|HasLink, "v2", "", "l2")},
					{Name: "b", Value: Make(HasValue, "w", "", "")}},
			}},
		{"a null error is none", `{"result":[{"a":"1"}],"error":null}`, [][]Field{text("a", "1")}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			for how, body := range map[string]io.Reader{
				"whole": strings.NewReader(tc.body), "byte by byte": iotest.OneByteReader(strings.NewReader(tc.body)),
				"with the end": iotest.DataErrReader(strings.NewReader(tc.body)),
			} {
				if got, err := all(Read, body); err != nil || !reflect.DeepEqual(got, tc.want) {
					t.Errorf("%s: got %#v, %v", how, got, err)
				}
			}
		})
	}
}

func TestReadTellsHowAnAnswerEnds(t *testing.T) {
	reset := errors.New("connection reset")
	for _, tc := range []struct {
		name, body string
		rows       int
		is         error
		says       string
	}{
		{"nothing", ``, 0, ErrCut, ""},
		{"null", `null`, 0, ErrShape, ""},
		{"a list", `[]`, 0, ErrShape, ""},
		{"no result", `{"status":"ok"}`, 0, ErrShape, ""},
		{"a null result", `{"result":null}`, 0, ErrShape, ""},
		{"an object for a result", `{"result":{}}`, 0, ErrShape, ""},
		{"two results", `{"result":[],"result":[]}`, 0, ErrShape, ""},
		{"cut between rows", `{"result":[{"a":"1"},`, 1, ErrCut, ""},
		{"cut in a row", `{"result":[{"a":"1"},{"a`, 1, ErrCut, ""},
		{"cut before the last brace", `{"result":[{"a":"1"}]`, 1, ErrCut, ""},
		{"something behind it", `{"result":[]}x`, 0, ErrCut, ""},
		{"a row that is none", `{"result":["a"]}`, 0, ErrCut, ""},
		{"a comma too many", `{"result":[{"a":"1",}]}`, 0, ErrCut, ""},
		{"a comma too few", `{"result":[{"a":"1"}{"a":"2"}]}`, 0, ErrCut, ""},
		{"a row with nothing behind it", `{"result":[{"a":"1"},{"a":"2"}`, 1, ErrCut, ""},
		{"a control character", "{\"result\":[{\"a\":\"\x01\"}]}", 0, ErrCut, ""},
		{"a malformed number", `{"result":[{"a":01}]}`, 0, ErrCut, ""},
		{"an error beside the rows",
			`{"result":[{"a":"1"}],"error":{"message":"gone","detail":null},"status":"failure"}`, 1, nil, "gone"},
		{"an error before the rows", `{"error":{"message":"gone"},"result":[{"a":"1"}]}`, 1, nil, "gone"},
		{"an error that is a text", `{"result":[],"error":"gone"}`, 0, nil, "gone"},
		{"an error in the middle of a name",
			`{"result":[{"a":"1"},{"a":"2","numb"error":{"message":"gone","detail":"d"},"status":"failure"}`, 1, nil,
			"gone"},
		{"an error in the middle of a value",
			`{"result":[{"a":"1"},{"a":"some te{"error":{"message":"gone"},"status":"failure"}`, 1, nil, "gone"},
		{"an error among the members of a row",
			`{"result":[{"a":"1"},{"a":"2","error":{"message":"gone"},"status":"failure"}`, 1, nil, "gone"},
		{"an error in the place of a row", `{"result":[{"a":"1"},"error":{"message":"gone"},"status":"failure"}`, 1,
			nil, "gone"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got, err := all(Read, strings.NewReader(tc.body))
			if len(got) != tc.rows || err == nil || tc.is != nil && !errors.Is(err, tc.is) {
				t.Errorf("got %d rows, %v", len(got), err)
			}
			failure, _ := errors.AsType[*Failure](err)
			if tc.says != "" && (failure == nil || failure.Message != tc.says) {
				t.Errorf("got %v", err)
			}
		})
	}
	got, err := all(Read, io.MultiReader(strings.NewReader(`{"result":[{"a":"1"},{`), iotest.ErrReader(reset)))
	if len(got) != 1 || !errors.Is(err, reset) {
		t.Errorf("trouble of the connection keeps its error: got %d rows, %v", len(got), err)
	}
}

// A key is the place of a name among the names of all rows, in whatever order and however often a row has them.
func TestKeysStandForNames(t *testing.T) {
	const body = `{"result":[{"a":"1","b":"2","c":"3"},{"a":"1","c":"3"},{"c":"3","d":null,"a":"1","b":"2"},` +
		`{},{"d":"4"},{"b":"2","b":"2"},{"a":"1","b":"2","c":"3","d":"4"}]}`
	want := [][]int{{0, 1, 2}, {0, 2}, {2, 3, 0, 1}, nil, {3}, {1, 1}, {0, 1, 2, 3}}
	for how, from := range map[string]io.Reader{"whole": strings.NewReader(body),
		"byte by byte": iotest.OneByteReader(strings.NewReader(body))} {
		var got [][]int
		err := Read(from, func(row []Field) bool {
			var keys []int
			for _, f := range row {
				keys = append(keys, f.Key)
				if "abcd"[f.Key:f.Key+1] != f.Name {
					t.Errorf("%s: %s has the key %d", how, f.Name, f.Key)
				}
			}
			got = append(got, keys)
			return true
		})
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: keys %v, %v", how, got, err)
		}
	}
}

// What a stranger sends does not fill the memory.
func TestRowsAreBounded(t *testing.T) {
	defer func(most int) { maxRow = most }(maxRow)
	maxRow = 1 << 20
	var names strings.Builder
	for i := range maxKeys + 1 {
		fmt.Fprintf(&names, `,"c%d":"x"`, i)
	}
	for name, body := range map[string]io.Reader{
		"a text":                   io.MultiReader(strings.NewReader(`{"result":[{"a":"`), long('x')),
		"a name":                   io.MultiReader(strings.NewReader(`{"result":[{"`), long('x')),
		"a value":                  io.MultiReader(strings.NewReader(`{"result":[{"a":[`), long('1')),
		"an object":                io.MultiReader(strings.NewReader(`{"result":[{"a":{"value":"`), long('x')),
		"names":                    strings.NewReader(`{"result":[{` + names.String()[1:] + `}]}`),
		"an error beside the rows": io.MultiReader(strings.NewReader(`{"error":{"message":"`), long('x')),
	} {
		if err := Read(body, func([]Field) bool { return true }); !errors.Is(err, ErrShape) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// long is more of one byte than a row may have.
func long(c byte) io.Reader { return io.LimitReader(repeated(c), 4<<20) }

type repeated byte

func (r repeated) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = byte(r)
	}
	return len(p), nil
}

func TestReadStopsWhenTold(t *testing.T) {
	n := 0
	err := Read(strings.NewReader(`{"result":[{"a":"1"},{"a":"2"},{"a"`), func([]Field) bool { n++; return n < 2 })
	if n != 2 || err != nil {
		t.Errorf("%d rows, %v", n, err)
	}
}

func TestRowOnItsOwn(t *testing.T) {
	in := []byte(` {"a":"1","b":{"value":"v"}} `)
	before := string(in)
	var row Row
	if err := row.UnmarshalJSON(in); err != nil || len(row) != 2 || row[1].Text() != "v" || string(in) != before {
		t.Errorf("got %v, %v", row, err)
	}
	for _, bad := range []string{``, `null`, `[]`, `{"a":"1"} x`, `{"a":"1"`, `{"a":"\u12`, `{"a":"é`[:7]} {
		in := []byte(bad)
		if err := row.UnmarshalJSON(in); err == nil || string(in) != bad {
			t.Errorf("%q was taken", bad)
		}
	}
}

// FuzzRead holds Read against the standard library's decoder, on the body as a whole and byte by byte.
func FuzzRead(f *testing.F) {
	for _, seed := range []string{
		`{"result":[{"a":"1","b":"2"},{"a":"3","b":"4"}]}`,
		`{"result":[{"a":null,"b":-7e1,"c":{"link":"l","value":"v"},"d":[{"x":"]"}]}]}`,
		`{"result":[{"a":{"display_value":"d","value":"v"}}],"error":{"message":"m"}}`,
		`{"result":[{"a":"\ud83d\ude00\ud83dé` + "\xff" + `"}]}`,
		"{\"result\":[{\"a\":\"\x1f\x7f\u2028\"}]}",
		`{"result":[{"a":"1"},{"a":"2","numb"error":{"message":"gone"},"status":"failure"}`,
		` { "x" : [ ] , "result" : [ { } , { "a" : tru } ] } `, `{"result":[{"a":{"value":"v" ,"value":"w"}}]}`,
		`{"result":[{"a":1}`, `null`,
		`{"result":[{"a":{"value":"v","link":1}},{"a":{"x":"y"}},{"a":{}}]}`, `{"result":[{"a":"1","a":"2"}]}`,
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, body string) {
		sameAsStd(t, body, strings.NewReader(body))
		sameAsStd(t, body, iotest.OneByteReader(strings.NewReader(body)))
	})
}

// FuzzRows is about rows that follow each other, which is where Read takes its short ways: those are members in the
// order and the spelling of the row before. The body comes in pieces of some size.
func FuzzRows(f *testing.F) {
	for i, seed := range [][2]string{
		{`"a":"1","b":"2"`, `"a":"3","b":"4"`},
		{`"a":"1","b":"2","c":"3"`, `"c":"3","a":"1"`},
		{` "a" : "1" , "b" : {"value":"v"}`, `"a":"1","b":{ "link" : "l","value":"v","display_value":"d" }`},
		{`"a":"é\u00e9\ud83d\ude00","b":""`, `"a":"` + "\xc3" + `","b":"\ud83d"`},
		{`"a":{"display_value":"é\n","link":"l"}`, `"a":"x"`},
		{`"a":{"value":"v","link":"l"},"a":null`, `"a":{"value":null},"a":7`},
		{`"a\u0062":"1"`, `"ab":"1","a\u0062":"2"`},
		{`"a":"1","error":{"message":"m"}`, `"a":"1"`},
	} {
		f.Add(seed[0], seed[1], uint8(i))
	}
	f.Fuzz(func(t *testing.T, one, other string, size uint8) {
		body := `{"result":[{` + strings.Join([]string{one, one, other, one, other}, `},{`) + `}]}`
		sameAsStd(t, body, pieces{strings.NewReader(body), int(size) + 1})
	})
}

// pieces hands over at most so many bytes at a time.
type pieces struct {
	io.Reader
	size int
}

func (p pieces) Read(b []byte) (int, error) { return p.Reader.Read(b[:min(len(b), p.size)]) }

func sameAsStd(t *testing.T, body string, from io.Reader) {
	t.Helper()
	want, wantErr := all(readStd, strings.NewReader(body))
	got, err := all(Read, from)
	if (err == nil) != (wantErr == nil) {
		t.Fatalf("%q ends with %v, and by the standard library with %v", body, err, wantErr)
	}
	if err != nil && len(want) == len(got)+1 {
		want = want[:len(got)] // Read keeps a row back until it knows what follows
	}
	if len(got)+len(want) > 0 && !reflect.DeepEqual(got, want) {
		t.Fatalf("%q is read as\n%+v\nand by the standard library as\n%+v", body, got, want)
	}
}
