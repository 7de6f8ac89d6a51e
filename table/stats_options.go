package table

import (
	"errors"
	"fmt"
	"net/url"
	"strings"
)

// Aggregate is a function over the rows of a group.
type Aggregate string

// The aggregates of the Aggregate API.
const (
	Count Aggregate = "count"
	Avg   Aggregate = "avg"
	Min   Aggregate = "min"
	Max   Aggregate = "max"
	Sum   Aggregate = "sum"
)

// StatsOptions say what to compute. At least one of Count, Avg, Min, Max and Sum must be asked for.
type StatsOptions struct {
	Query              Query
	Count              bool
	Avg, Min, Max, Sum []string // columns
	GroupBy            []string // columns
	Having             []Having
	OrderBy            []StatsOrder
	// Display says which faces of the values grouped by to ask for.
	Display Display
}

// Having keeps the groups of which an aggregate compares with a value: Having{Count, "state", ">", "3"}.
type Having struct {
	Aggregate Aggregate
	Column    string
	Operator  Operator // = != < <= > >=
	Value     string
}

// StatsOrder sorts groups by a column they are grouped by, or by an aggregate of a column.
type StatsOrder struct {
	Aggregate Aggregate // empty sorts by the column itself
	Column    string    // may be empty with Count
	Desc      bool
}

func (o StatsOptions) values() (url.Values, error) {
	v := url.Values{}
	if err := errors.Join(o.Query.readable(), o.Query.EncodeValues("sysparm_query", &v)); err != nil {
		return nil, err
	}
	var errs []error
	columns := func(parameter string, names []string) {
		for _, name := range names {
			errs = append(errs, checkColumn(name))
		}
		if len(names) > 0 {
			v.Set(parameter, strings.Join(names, ","))
		}
	}
	columns("sysparm_avg_fields", o.Avg)
	columns("sysparm_min_fields", o.Min)
	columns("sysparm_max_fields", o.Max)
	columns("sysparm_sum_fields", o.Sum)
	if o.Count {
		v.Set("sysparm_count", "true")
	} else if len(o.Avg)+len(o.Min)+len(o.Max)+len(o.Sum) == 0 {
		errs = append(errs, errors.New("Stats computes nothing: ask for Count, Avg, Min, Max or Sum"))
	}
	columns("sysparm_group_by", o.GroupBy)
	var having, order []string
	for _, h := range o.Having {
		text, err := h.encode()
		having, errs = append(having, text), append(errs, err)
	}
	for _, by := range o.OrderBy {
		text, err := by.encode()
		order, errs = append(order, text), append(errs, err)
	}
	if len(having) > 0 {
		v.Set("sysparm_having", strings.Join(having, ","))
	}
	if len(order) > 0 {
		v.Set("sysparm_order_by", strings.Join(order, ","))
	}
	if o.Display != Stored {
		v.Set("sysparm_display_value", string(o.Display))
	}
	return v, errors.Join(errs...)
}

var checkAggregate = oneOf(string(Count), string(Avg), string(Min), string(Max), string(Sum))

func (h Having) encode() (string, error) {
	err := errors.Join(checkAggregate(string(h.Aggregate)), checkColumn(h.Column),
		oneOf("=", "!=", "<", "<=", ">", ">=")(string(h.Operator)))
	if h.Value == "" || strings.ContainsAny(h.Value, "^,\r\n\x00") || runsScript(h.Value) {
		err = errors.Join(err, fmt.Errorf("%.40q cannot be a value of Having", h.Value))
	}
	return strings.Join([]string{string(h.Aggregate), h.Column, string(h.Operator), h.Value}, "^"), err
}

// encode writes aggregates in capitals, as the documentation's example does.
func (by StatsOrder) encode() (string, error) {
	var parts []string
	var err error
	if by.Aggregate != "" {
		err = checkAggregate(string(by.Aggregate))
		parts = append(parts, strings.ToUpper(string(by.Aggregate)))
	}
	if by.Column != "" || by.Aggregate != Count {
		err = errors.Join(err, checkColumn(by.Column))
		parts = append(parts, by.Column)
	}
	if by.Desc {
		parts = append(parts, "DESC")
	}
	return strings.Join(parts, "^"), err
}
