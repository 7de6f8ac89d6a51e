package table

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"

	"github.com/seed-a66f7fd3/servicenow/internal/rest"
	"github.com/seed-a66f7fd3/servicenow/internal/rows"
)

// StatsGroup is the result for the rows of one group, or for all rows when nothing was grouped by. It can be written
// down as JSON and read again without loss.
type StatsGroup struct{ sent statsRow }

// statsRow is a group as the instance sends it.
type statsRow struct {
	Stats struct {
		Count Int    `json:"count,omitzero"`
		Avg   Record `json:"avg,omitzero"`
		Min   Record `json:"min,omitzero"`
		Max   Record `json:"max,omitzero"`
		Sum   Record `json:"sum,omitzero"`
	} `json:"stats"`
	By []struct {
		Field   Text   `json:"field,omitzero"`
		Value   *Value `json:"value,omitempty"`
		Display *Value `json:"display_value,omitempty"`
	} `json:"groupby_fields,omitempty"`
}

// By is the value of a column that was grouped by, absent for any other.
func (g StatsGroup) By(column string) Value {
	for _, by := range g.sent.By {
		if by.Field.String() == column {
			return groupValue(by.Value, by.Display)
		}
	}
	return Value{}
}

// Count is the number of rows.
func (g StatsGroup) Count() int { return int(g.sent.Stats.Count.Int64()) }

// Avg is the average of a column; the instance sends it with four decimals.
func (g StatsGroup) Avg(column string) Decimal { return Decimal(g.sent.Stats.Avg.Get(column)) }

// Min is the smallest value of a column, which may be a number, a date or a text.
func (g StatsGroup) Min(column string) Value { return g.sent.Stats.Min.Get(column) }

// Max is the largest value of a column.
func (g StatsGroup) Max(column string) Value { return g.sent.Stats.Max.Get(column) }

// Sum is the sum of a column.
func (g StatsGroup) Sum(column string) Decimal { return Decimal(g.sent.Stats.Sum.Get(column)) }

// UnmarshalJSON reads one group as the instance sends it.
func (g *StatsGroup) UnmarshalJSON(b []byte) error {
	*g = StatsGroup{}
	return json.Unmarshal(b, &g.sent)
}

// MarshalJSON writes the group as it was read.
func (g StatsGroup) MarshalJSON() ([]byte, error) { return json.Marshal(g.sent) }

// groupValue puts the two faces of a value together, which come as siblings here.
func groupValue(value, display *Value) Value {
	switch {
	case value == nil && display == nil:
		return NewValue("")
	case display == nil:
		return *value
	case value == nil:
		return Value{core{rows.Make(hasDisplay, "", display.String(), "")}}
	}
	return Value{core{rows.Make(hasValue|hasDisplay, value.String(), display.String(), "")}}
}

// Stats computes aggregates over the rows that match: one StatsGroup for all of them, or one for each combination of
// the columns grouped by. One request.
//
// The Aggregate API only honours read access that is given by role, so that a count can be higher than the number of
// rows that a list yields; on tables with scripted access rules it may be refused altogether.
// https://www.servicenow.com/docs/r/api-reference/rest-apis/c_AggregateAPI.html
func (t base) Stats(ctx context.Context, o StatsOptions) ([]StatsGroup, error) {
	return t.StatsCall(o).Do(ctx)
}

// StatsCall is [Table.Stats] for a batch.
//
// https://www.servicenow.com/docs/r/api-reference/rest-apis/c_AggregateAPI.html
func (t base) StatsCall(o StatsOptions) Call[[]StatsGroup] {
	values, err := o.values()
	if err = errors.Join(t.err, err); err != nil {
		return Refused[[]StatsGroup](t.invalid("table.Stats", err))
	}
	return t.stats("table.Stats", values)
}

func (t base) stats(name string, values url.Values) Call[[]StatsGroup] {
	op := rest.Op{Name: name, Method: http.MethodGet, Path: []string{"api", "now", "v1", "stats", t.name},
		Query: values}
	return Call[[]StatsGroup]{conn: t.conn, op: op, read: func(send func(any) error) ([]StatsGroup, error) {
		var result groups
		err := send(&result)
		return result, err
	}}
}

// groups is an object when nothing is grouped by, and an array otherwise.
type groups []StatsGroup

func (g *groups) UnmarshalJSON(b []byte) error {
	if b = bytes.TrimSpace(b); len(b) > 0 && b[0] == '{' {
		*g = make(groups, 1)
		return json.Unmarshal(b, &(*g)[0])
	}
	return json.Unmarshal(b, (*[]StatsGroup)(g))
}

// Count is how many rows match. One request for each part of a query that is too long for one.
//
// https://www.servicenow.com/docs/r/api-reference/rest-apis/c_AggregateAPI.html
func (t base) Count(ctx context.Context, q Query) (int, error) {
	const name = "table.Count"
	if err := errors.Join(t.err, q.readable()); err != nil {
		return 0, t.invalid(name, err)
	}
	q.order = nil
	parts, err := split(q, longestParameters-100)
	if err != nil {
		return 0, t.invalid(name, err)
	}
	sum := 0
	for _, part := range parts {
		values := url.Values{"sysparm_count": {"true"}}
		if err := part.EncodeValues("sysparm_query", &values); err != nil {
			return 0, t.invalid(name, err)
		}
		result, err := t.stats(name, values).Do(ctx)
		if err != nil {
			return 0, err
		}
		for _, g := range result {
			if err := g.sent.Stats.Count.Err(); err != nil || !g.sent.Stats.Count.IsSet() {
				return 0, fmt.Errorf("servicenow: %s %s: the answer has no count", name, t.name)
			}
			sum += g.Count()
		}
	}
	return sum, nil
}
