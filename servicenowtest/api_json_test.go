package servicenowtest

import (
	"encoding/json"
	"testing"
)

// The documentation's request examples are not strict JSON: c_TableAPI and batch-api quote with ', case-api leaves names
// bare, c_ImportSetAPI quotes with '.
func TestBodiesAsTheDocumentationWritesThem(t *testing.T) {
	for _, c := range []struct{ name, body, want string }{
		{"strict", `{"a":"b","n":1}`, `{"a":"b","n":1}`},
		{"single quotes", `{'urgency':'1','comments':'now, please'}`, `{"comments":"now, please","urgency":"1"}`},
		{"bare names", `{ contact_type: "phone", priority: "1" }`, `{"contact_type":"phone","priority":"1"}`},
		{"bare names, numbers, literals", `{a: 1, b: -2.5e3, c: true, d: null}`, `{"a":1,"b":-2.5e3,"c":true,"d":null}`},
		{"a double quote inside", `{'a':'say "hi"'}`, `{"a":"say \"hi\""}`},
		{"an escaped double quote inside", `{'a':'say \"hi\"'}`, `{"a":"say \"hi\""}`},
		{"an escaped single quote", `{'a':'it\'s'}`, `{"a":"it's"}`},
		{"an escaped backslash before a double quote", `{'a':'x\\"y'}`, `{"a":"x\\\"y"}`},
		{"a single quote in double ones", `{a:"it's"}`, `{"a":"it's"}`},
		{"a colon and a brace in a text", `{'a':'x: {y}'}`, `{"a":"x: {y}"}`},
		{"nested", `{'to':['a@x','b@x'],'headers':{X:'1'}}`, `{"headers":{"X":"1"},"to":["a@x","b@x"]}`},
		{"a quote that is not closed", `{'a':'b}`, ""},
		{"no value", `{a:}`, ""},
		{"two values", `{'a':'b'} {'c':'d'}`, ""},
		{"words", `hello there`, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			v, err := decodeJSON([]byte(c.body))
			if (err != nil) != (c.want == "") {
				t.Fatalf("%v, %v", v, err)
			}
			if got, _ := json.Marshal(v); err == nil && string(got) != c.want {
				t.Errorf("%s, want %s", got, c.want)
			}
		})
	}
}

func FuzzRelaxedJSON(f *testing.F) {
	for _, seed := range []string{`{'a':'b'}`, `{a: "b", 'c': -1}`, `{'`, `\`, `'\'`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		strict, errStrict := strictJSON(body)
		relaxed, err := decodeJSON(body)
		if errStrict != nil {
			return // what only the relaxed form takes has no other reading to compare with
		}
		a, _ := json.Marshal(strict)
		b, _ := json.Marshal(relaxed)
		if err != nil || string(a) != string(b) {
			t.Errorf("strict JSON changed its meaning: %s, %s, %v", a, b, err)
		}
	})
}
