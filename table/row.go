package table

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"

	"github.com/seed-a66f7fd3/servicenow/internal/rows"
)

// MarshalRow writes a row in the shape in which it was read, Extra included, so that nothing is lost: what
// [UnmarshalRow] reads back is the same. It is for storing rows, not for sending them: what is written to an instance
// is a [Changes]. The row types of this package do it by themselves; a struct of yours that embeds one of them needs
// two methods that call MarshalRow and UnmarshalRow, because Go would take those of the embedded type.
func MarshalRow[T any](row T) ([]byte, error) {
	p, err := planOf[T]()
	if err != nil {
		return nil, err
	}
	if p.record {
		return any(row).(Record).MarshalJSON()
	}
	v := reflect.ValueOf(&row).Elem()
	var extra Extra
	if p.extra != nil {
		extra = v.FieldByIndex(p.extra).Interface().(Extra)
	}
	var out rowWriter
	for _, column := range p.columns {
		at := p.places[column]
		field := v.FieldByIndex(at.index)
		if at.isCell {
			out.add(column, *field.Addr().Interface().(interface{ cell() *core }).cell())
			continue
		}
		if _, sentNull := extra[column]; field.IsZero() && (at.omit || sentNull) {
			continue
		}
		value, err := json.Marshal(field.Interface())
		out.put(column, value, err)
	}
	for _, column := range sortedKeys(extra) {
		at, known := p.places[column]
		if !known || v.FieldByIndex(at.index).IsZero() {
			out.add(column, extra[column].core)
		}
	}
	return out.end()
}

func sortedKeys(extra Extra) []string {
	names := make([]string, 0, len(extra))
	for name := range extra {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// UnmarshalRow reads a row as the instance sends it, or as [MarshalRow] wrote it.
func UnmarshalRow[T any](b []byte, row *T) error {
	p, err := planOf[T]()
	if err != nil {
		return err
	}
	var members rows.Row
	if err := members.UnmarshalJSON(b); err != nil {
		return fmt.Errorf("row: %w", err)
	}
	made := newFiller(p, nil)
	if _, err := made.fill(members); err != nil {
		return err
	}
	*row = *made.row.(*T)
	return nil
}
