package table

import (
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// Display says which faces of the values to ask for.
type Display string

// Display values cost the instance time: it looks up a label or a referenced record for each.
const (
	Stored           Display = ""     // stored values: ids, numbers, UTC times
	DisplayOnly      Display = "true" // what the user sees; stored values only of references, and only with Links
	StoredAndDisplay Display = "all"  // both
)

// ReadOptions shape one row read, or the echo of a write. The zero value asks for the columns that T has a field for,
// as stored values.
type ReadOptions struct {
	// Fields are the columns to ask for, dot-walks included ("caller_id.email"). Nil is the columns that T has a field
	// for, or all of them when T is [Record].
	Fields []string
	// AllColumns asks for every column, so that those without a field come in [Extra].
	AllColumns bool
	// Display says which faces of the values to ask for.
	Display Display
	// Links asks for the link of every reference as well.
	Links bool
	// View asks for the columns of a form view ("desktop", "mobile", "both"). Fields wins over it.
	View string
	// AnyDomain reads across domains; the user needs query_no_domain_table_api or admin.
	AnyDomain bool
}

// ListOptions shape one list. The zero value is every row, with the columns that T has a field for, as stored values.
type ListOptions struct {
	// Query says which rows. Without an order of its own the list walks by sys_id and neither repeats nor misses rows
	// while others write; with one it has to count through pages, which does both.
	Query Query
	// Fields, AllColumns, Display, Links, View and AnyDomain are as in [ReadOptions].
	Fields     []string
	AllColumns bool
	Display    Display
	Links      bool
	View       string
	AnyDomain  bool
	// Category names a query category of the instance, such as one that is answered by a read replica.
	Category string
	// PageSize is how many rows to ask for at once; zero is 1,000. It is halved, down to 20, when the instance runs
	// out of time, and grows back.
	PageSize int
	// Limit ends the list after that many rows. Zero is no bound.
	Limit int
	// Verify counts the rows afterwards with the Aggregate API and ends with a *CountError where fewer were
	// delivered. It costs one request, and only makes sense without Limit.
	Verify bool
	// Background lets calls that somebody waits for go first.
	Background bool
	// Notice is told what is not an error and still worth knowing: that rows are hidden, that pages are counted
	// through, that pages had to be made smaller. Nil is nobody. It is called by whoever ranges.
	Notice func(Notice)
}

// reads is the part of the options that says how one row looks.
func (o ListOptions) reads() ReadOptions {
	return ReadOptions{Fields: o.Fields, AllColumns: o.AllColumns, Display: o.Display, Links: o.Links, View: o.View,
		AnyDomain: o.AnyDomain}
}

// columns is what to ask for, or nil for all.
func (o ReadOptions) columns(p *plan) []string {
	switch {
	case len(o.Fields) > 0:
		return withID(o.Fields)
	case o.AllColumns || o.View != "" || p == nil || len(p.columns) == 0:
		return nil
	}
	return withID(p.columns)
}

// withID adds sys_id: no row can be named, compared or followed without it.
func withID(columns []string) []string {
	if slices.Contains(columns, sysID) {
		return columns
	}
	return append([]string{sysID}, columns...)
}

const sysID = "sys_id"

func (o ReadOptions) check() error {
	for _, f := range o.Fields {
		if err := checkColumn(f); err != nil {
			return err
		}
	}
	return nil
}

// values are the query parameters of a read. Reference links are left out unless asked for: they are half of the
// bytes of a row and repeat the id.
func (o ReadOptions) values(p *plan) url.Values {
	v := url.Values{}
	if columns := o.columns(p); columns != nil {
		v.Set("sysparm_fields", strings.Join(columns, ","))
	}
	if o.Display != Stored {
		v.Set("sysparm_display_value", string(o.Display))
	}
	v.Set("sysparm_exclude_reference_link", strconv.FormatBool(!o.Links))
	if o.View != "" {
		v.Set("sysparm_view", o.View)
	}
	if o.AnyDomain {
		v.Set("sysparm_query_no_domain", "true")
	}
	return v
}
