package table

import (
	"encoding"
	"encoding/json"
	"fmt"
	"reflect"
	"strconv"

	"github.com/seed-a66f7fd3/servicenow/internal/rows"
)

// filler makes rows of what an answer holds. It fills one row again and again, so that where a column goes is worked
// out once and each value after that is only put there.
type filler struct {
	plan  *plan
	row   any // a pointer to the row filled last
	into  reflect.Value
	extra *Extra   // of row, or nil
	slots []slot   // by the key of a column
	keys  []int    // the columns of the row before
	order []*slot  // the same by where they go
	names []string // the same by name, shared by the Records that have them
}

// slot is where a column goes; one of the pointers is set, or none.
type slot struct {
	name  string
	id    bool
	cell  *core
	text  *string
	plain reflect.Value
}

// newFiller fills the row that row points at, or, where that is nil, one of its own.
func newFiller(p *plan, row any) *filler {
	if row == nil {
		row = reflect.New(p.row).Interface()
	}
	f := &filler{plan: p, row: row, into: reflect.ValueOf(row).Elem()}
	if p.extra != nil {
		f.extra = f.into.FieldByIndex(p.extra).Addr().Interface().(*Extra)
	}
	return f
}

// copied is a pointer to a row of its own that is the same as the one filled last.
func (f *filler) copied() any {
	p := reflect.New(f.plan.row)
	p.Elem().Set(f.into)
	return p.Interface()
}

// fill takes the row as it was sent, and yields its sys_id.
func (f *filler) fill(sent []rows.Field) (id string, err error) {
	same := f.sameColumns(sent)
	if f.plan.record {
		return f.fillRecord(sent, same), nil
	}
	if !same {
		f.into.SetZero() // a column of the row before may be missing in this one
		f.arrange(sent)
	} else if f.extra != nil {
		*f.extra = nil // the row before has it
	}
	for i, s := range f.order {
		column := &sent[i]
		if column.Form == isNull && s.cell == nil && f.extra != nil {
			f.keep(column) // a field that is no cell cannot tell null from nothing
		}
		switch {
		case s.cell != nil:
			s.cell.sent = column.Value
		case s.text != nil:
			*s.text = core{column.Value}.String()
		case s.plain.IsValid():
			if err := setPlain(s.plain, core{column.Value}); err != nil {
				return id, fmt.Errorf("column %s: %w", column.Name, err)
			}
		case f.extra != nil:
			f.keep(column)
		}
		if s.id {
			id = core{column.Value}.String()
		}
	}
	return id, nil
}

// sameColumns reports that the row before had the same columns in the same order.
func (f *filler) sameColumns(sent []rows.Field) bool {
	same := len(sent) == len(f.keys)
	for i := 0; same && i < len(sent); i++ {
		same = sent[i].Key == f.keys[i]
	}
	if !same {
		f.keys = f.keys[:0]
		for i := range sent {
			f.keys = append(f.keys, sent[i].Key)
		}
	}
	return same
}

// arrange finds where the columns of a row go, once for all rows that have the same.
func (f *filler) arrange(sent []rows.Field) {
	for i := range sent {
		column := &sent[i]
		for column.Key >= len(f.slots) {
			f.slots = append(f.slots, slot{})
		}
		if s := &f.slots[column.Key]; s.name == "" {
			*s = f.newSlot(column.Name)
		}
	}
	f.order = f.order[:0]
	for i := range sent {
		f.order = append(f.order, &f.slots[sent[i].Key])
	}
}

func (f *filler) newSlot(name string) slot {
	s := slot{name: name, id: name == sysID}
	at, known := f.plan.places[name]
	if !known {
		return s
	}
	field := f.into.FieldByIndex(at.index)
	switch to := field.Addr().Interface().(type) {
	case interface{ cell() *core }:
		s.cell = to.cell()
	case *string:
		s.text = to
	default:
		s.plain = field
	}
	return s
}

// fillRecord makes a Record, which shares its names with the one before where they are the same.
func (f *filler) fillRecord(sent []rows.Field, same bool) (id string) {
	if !same {
		f.names = make([]string, len(sent))
		for i := range sent {
			f.names[i] = sent[i].Name
		}
	}
	values := make([]Value, len(sent))
	for i := range sent {
		values[i].sent = sent[i].Value
		if sent[i].Name == sysID {
			id = values[i].String()
		}
	}
	*f.row.(*Record) = Record{names: f.names, values: values}
	return id
}

func (f *filler) keep(column *rows.Field) {
	if *f.extra == nil {
		*f.extra = Extra{}
	}
	(*f.extra)[column.Name] = Value{core{column.Value}}
}

// setPlain fills a field of a host's own struct that is no cell. Nothing of the row before is left in it: rows that
// were delivered may share it.
func setPlain(field reflect.Value, c core) error {
	field.SetZero()
	if c.has(isNull) {
		return nil
	}
	if field.Kind() == reflect.Pointer {
		field.Set(reflect.New(field.Type().Elem()))
		field = field.Elem()
	}
	switch to := field.Addr().Interface().(type) {
	case json.Unmarshaler:
		text, err := c.appendRow(nil)
		if err != nil {
			return err
		}
		return to.UnmarshalJSON(text)
	case encoding.TextUnmarshaler:
		return to.UnmarshalText([]byte(c.String()))
	}
	text := c.String()
	switch kind := field.Kind(); {
	case kind == reflect.String:
		field.SetString(text)
		return nil
	case text == "":
		return nil
	case field.CanInt():
		if n, err := strconv.ParseInt(text, 10, field.Type().Bits()); err == nil {
			field.SetInt(n)
			return nil
		}
		return json.Unmarshal([]byte(text), field.Addr().Interface())
	case field.CanUint(), field.CanFloat(), kind == reflect.Bool:
		return json.Unmarshal([]byte(text), field.Addr().Interface())
	}
	sent, err := c.appendRow(nil)
	if err != nil {
		return err
	}
	return json.Unmarshal(sent, field.Addr().Interface())
}
