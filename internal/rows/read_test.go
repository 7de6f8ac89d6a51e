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
		list = append(list, slices.Clone(row))
		return true
	})
	return list, err
}

func text(fields ...string) []Field {
	var row []Field
	for i := 0; i < len(fields); i += 2 {
		row = append(row, Field{Name: fields[i], Value: Value{Text: fields[i+1]}})
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
		{"escapes", `{"result":[{"\u0061\/":"\"\\\b\f\n\r\té\u00e9\ud83d\ude00\ud83dx\udc00\ud83d\u0041"}]}`,
			[][]Field{text("a/", "\"\\\b\f\n\r\téé😀\ufffdx\ufffd\ufffdA")}},
		{"shapes",
			`{"result":[{"a":null,"b":7,"c":true,"d":{"link":"l","value":"v"},"e":{"display_value":"d\"","value":""},"f":[1, 2],"g":{"x":1}}]}`,
			[][]Field{{{"a", Value{Form: IsNull}}, {"b", Value{Text: "7", Form: IsBare}}, {"c", Value{Text: "true",
				Form: IsBare}},
				{"d", Value{Text: "v", Link: "l", Form: HasValue | HasLink}}, {"e", Value{Display: `d"`,
					Form: HasValue | HasDisplay}},
				{"f", Value{Text: "[1,2]", Form: IsRaw}}, {"g", Value{Text: `{"x":1}`, Form: IsRaw}}}}},
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
	if err := row.UnmarshalJSON(in); err != nil || len(row) != 2 || row[1].Text != "v" || string(in) != before {
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
		want, wantErr := all(readStd, strings.NewReader(body))
		for how, from := range map[string]io.Reader{"whole": strings.NewReader(body),
			"byte by byte": iotest.OneByteReader(strings.NewReader(body))} {
			got, err := all(Read, from)
			if (err == nil) != (wantErr == nil) {
				t.Fatalf("%s: %q ends with %v, and by the standard library with %v", how, body, err, wantErr)
			}
			if err != nil && len(want) == len(got)+1 {
				want = want[:len(got)] // Read keeps a row back until it knows what follows
			}
			if fmt.Sprintf("%q", got) != fmt.Sprintf("%q", want) {
				t.Fatalf("%s: %q is read as\n%q\nand by the standard library as\n%q", how, body, got, want)
			}
		}
	})
}
