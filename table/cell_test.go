package table_test

import (
	"encoding/json"
	"fmt"
	"reflect"
	"testing"
	"time"

	"github.com/seed-a66f7fd3/servicenow/table"
)

const link = `https://acme.service-now.com/api/now/table/sys_user/0a1b`

func TestCellsDecodeEveryShape(t *testing.T) {
	for _, tc := range []struct {
		name, json                           string
		empty, set                           bool
		text, display, refTable, wire, again string // again is "" when it is json itself
	}{
		{name: "stored text", json: `"3"`, set: true, text: "3", wire: `"3"`},
		{name: "empty", json: `""`, empty: true, wire: `""`},
		{name: "null", json: `null`, empty: true, wire: `""`},
		{name: "reference with its link", json: `{"link":"` + link + `","value":"0a1b"}`, set: true, text: "0a1b",
			refTable: "sys_user", wire: `"0a1b"`},
		{name: "both faces", json: `{"display_value":"Moderate","value":"3"}`, set: true, text: "3",
			display: "Moderate", wire: `"3"`},
		{name: "both faces and link", json: `{"display_value":"Ada","link":"` + link + `","value":"0a1b"}`, set: true,
			text: "0a1b", display: "Ada", refTable: "sys_user", wire: `"0a1b"`},
		{name: "display value and link, the id is in the link", json: `{"display_value":"Ada","link":"` + link + `"}`,
			set: true, text: "0a1b", display: "Ada", refTable: "sys_user", wire: `"0a1b"`},
		{name: "both faces, empty", json: `{"display_value":"","value":""}`, empty: true, wire: `""`},
		{name: "an empty value that is displayed as something", json: `{"display_value":"-- None --","value":""}`,
			empty:   true,
			display: "-- None --", wire: `""`},
		{name: "null in an object", json: `{"display_value":null,"value":null}`, empty: true, wire: `""`},
		{name: "a number in an object", json: `{"display_value":"New","value":-5}`, set: true, text: "-5",
			display: "New", wire: `"-5"`},
		{name: "number", json: `3`, set: true, text: "3", wire: `"3"`},
		{name: "boolean", json: `true`, set: true, text: "true", wire: `"true"`},
		{name: "escapes", json: `"a\"b\\c\n\u00e9<>&"`, set: true, text: "a\"b\\c\né<>&",
			wire:  `"a\"b\\c\né\u003c\u003e\u0026"`,
			again: `"a\"b\\c\né\u003c\u003e\u0026"`},
		{name: "a value among other members", json: `{"display_value":"New","value":"1","color":"red"}`, set: true,
			text: "1", display: "New", wire: `"1"`},
		{name: "an array", json: `["a","b"]`, set: true, text: `["a","b"]`, wire: `["a","b"]`},
		{name: "an unknown object", json: `{"a":{"b":1}}`, set: true, text: `{"a":{"b":1}}`, wire: `{"a":{"b":1}}`},
	} {
		t.Run(tc.name, func(t *testing.T) {
			var r table.Ref
			if err := json.Unmarshal([]byte(tc.json), &r); err != nil {
				t.Fatal(err)
			}
			if r.IsZero() || r.IsEmpty() != tc.empty || r.IsSet() != tc.set {
				t.Errorf("absent %v, empty %v, set %v", r.IsZero(), r.IsEmpty(), r.IsSet())
			}
			if r.ID() != tc.text || r.String() != tc.text || r.Display() != tc.display || r.Table() != tc.refTable {
				t.Errorf("id %q, display %q, table %q", r.ID(), r.Display(), r.Table())
			}
			wire, err := json.Marshal(r)
			if err != nil || string(wire) != tc.wire {
				t.Errorf("is written as %s, %v", wire, err)
			}
			// As a column of a record nothing is lost.
			row := `{"u_x":` + tc.json + `}`
			var record table.Record
			if err := json.Unmarshal([]byte(row), &record); err != nil {
				t.Fatal(err)
			}
			want := row
			if tc.again != "" {
				want = `{"u_x":` + tc.again + `}`
			}
			if got, err := json.Marshal(record); err != nil || string(got) != want {
				t.Errorf("comes back as %s, %v", got, err)
			}
		})
	}
}

func TestCellsHaveThreeStates(t *testing.T) {
	type row struct {
		A table.Text `json:"a,omitzero"`
		B table.Text `json:"b,omitzero"`
		C table.Text `json:"c,omitzero"`
	}
	in := `{"b":"","c":"x"}`
	var r row
	if err := json.Unmarshal([]byte(in), &r); err != nil {
		t.Fatal(err)
	}
	if !r.A.IsZero() || !r.B.IsEmpty() || !r.C.IsSet() {
		t.Errorf("states are lost: %+v", r)
	}
	if out, err := json.Marshal(r); err != nil || string(out) != in {
		t.Errorf("got %s, %v", out, err)
	}
}

func TestTypedValues(t *testing.T) {
	zone := time.FixedZone("", 2*60*60)
	noon := time.Date(2026, 2, 3, 14, 5, 6, 999, zone)
	for _, tc := range []struct {
		name string
		got  any
		want any
	}{
		{"a moment is written in UTC and whole seconds", table.At(noon).String(), "2026-02-03 12:05:06"},
		{"a moment is read in UTC", decode[table.Time](t, `"2026-02-03 12:05:06"`).Std(), time.Date(2026, 2, 3, 12, 5,
			6, 0, time.UTC)},
		{"an absent moment", table.Time{}.Std(), time.Time{}},
		{"a day", table.NewDate(2026, 2, 3).String(), "2026-02-03"},
		{"a day is read", decode[table.Date](t, `"2026-02-03"`).Std(), time.Date(2026, 2, 3, 0, 0, 0, 0, time.UTC)},
		{"a day sent with a time", decode[table.Date](t, `"2026-02-03 04:05:06"`).Std(), time.Date(2026, 2, 3, 0, 0,
			0, 0, time.UTC)},
		{"a duration counts from 1970", decode[table.Duration](t, `"1970-01-01 00:02:17"`).Std(), 2*time.Minute +
			17*time.Second},
		{"a duration of days", table.NewDuration(49 * time.Hour).String(), "1970-01-03 01:00:00"},
		{"true", decode[table.Bool](t, `"true"`).Bool(), true},
		{"1 is true", decode[table.Bool](t, `"1"`).Bool(), true},
		{"empty is false", decode[table.Bool](t, `""`).Bool(), false},
		{"an int", decode[table.Int](t, `"-5"`).Int64(), int64(-5)},
		{"a decimal keeps its digits", decode[table.Decimal](t, `"0.10"`).String(), "0.10"},
		{"a decimal is exact", decode[table.Decimal](t, `"0.10"`).Rat().RatString(), "1/10"},
		{"a decimal as float", decode[table.Decimal](t, `"12.5"`).Float64(), 12.5},
		{"a choice's label", decode[table.Choice](t, `{"display_value":"New","value":"1"}`).Label(), "New"},
		{"ids of a list", decode[table.Text](t, `"a,b"`).IDs(), []string{"a", "b"}},
		{"no ids", decode[table.Text](t, `""`).IDs(), []string(nil)},
	} {
		if !reflect.DeepEqual(tc.got, tc.want) {
			t.Errorf("%s: got %v, want %v", tc.name, tc.got, tc.want)
		}
	}
}

func decode[C any](t *testing.T, s string) C {
	t.Helper()
	var c C
	if err := json.Unmarshal([]byte(s), &c); err != nil {
		t.Fatal(err)
	}
	return c
}

func TestDisplayFormsAreNotTakenForStoredOnes(t *testing.T) {
	for name, err := range map[string]error{
		"a date and time": decode[table.Time](t, `"03.02.2026 12:05:06"`).Err(),
		"single digits":   decode[table.Time](t, `"2026-02-03 2:05:06"`).Err(),
		"a date":          decode[table.Date](t, `"02/03/2026"`).Err(),
		"a duration":      decode[table.Duration](t, `"2 Minutes"`).Err(),
		"a number":        decode[table.Int](t, `"1,234"`).Err(),
		"a decimal":       decode[table.Decimal](t, `"€ 12.50"`).Err(),
		"a boolean":       decode[table.Bool](t, `"wahr"`).Err(),
	} {
		if err == nil {
			t.Errorf("%s was taken", name)
		}
	}
	if v := decode[table.Time](t, `"03.02.2026 12:05:06"`); !v.Std().IsZero() || !v.IsSet() {
		t.Errorf("what was sent is kept, and has no moment: %v", v)
	}
}

func TestWhatCannotBeWrittenIsAnError(t *testing.T) {
	for name, cell := range map[string]table.Cell{
		"a reference to nothing":  table.RefTo(""),
		"the zero time":           table.At(time.Time{}),
		"an empty entry":          table.Entry(""),
		"a negative duration":     table.NewDuration(-time.Second),
		"a decimal with exponent": table.NewDecimal("1e5"),
		"a display value":         decode[table.Choice](t, `{"display_value":"New"}`),
	} {
		if out, err := json.Marshal(cell); err == nil {
			t.Errorf("%s is written as %s", name, out)
		}
	}
}

func TestEmptyClears(t *testing.T) {
	for _, cell := range []table.Cell{
		table.NoRef(), table.Empty[table.Time](), table.Empty[table.Int](), table.NewText(""), table.NewChoice(""),
		table.NewValue(""),
	} {
		if out, err := json.Marshal(cell); err != nil || string(out) != `""` || !cell.IsEmpty() {
			t.Errorf("%T is written as %s, %v", cell, out, err)
		}
	}
}

func FuzzCell(f *testing.F) {
	for _, seed := range []string{`"a"`, `null`, `{"link":"x/y","value":"y"}`, `{"display_value":"a","value":"b"}`,
		`[1,"a"]`, `{"display_value":1}`,
		`{"value":{"value":1}}`, `1e400`, `"\ud800"`, `{"link":"/"}`, `{}`, `"1970-01-01 00:00:00"`} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		var v table.Value
		err := json.Unmarshal([]byte(s), &v)
		if (err == nil) != json.Valid([]byte(s)) {
			t.Fatalf("%q is JSON: %v, and is decoded: %v", s, json.Valid([]byte(s)), err)
		}
		if err != nil {
			return
		}
		if v.IsZero() {
			t.Fatal("a value that was sent is not absent")
		}
		// Nothing a cell can hold makes an accessor panic.
		_ = fmt.Sprint(v.Time().Std(), v.Ref().Table(), v.Text().IDs(), table.Int(v).Int64(), table.Decimal(v).Rat(),
			table.Bool(v).Bool(),
			table.Date(v).Std(), table.Duration(v).Std(), v.Display())
		once, err := table.MarshalRow(table.NewRecord(map[string]table.Value{"u_x": v}))
		if err != nil {
			t.Fatal(err)
		}
		var again table.Record
		if err := table.UnmarshalRow(once, &again); err != nil {
			t.Fatalf("%s: %v", once, err)
		}
		if got := again.Get("u_x"); got != v {
			t.Fatalf("%q became %#v and then %#v", s, v, got)
		}
	})
}
