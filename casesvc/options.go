package casesvc

import (
	"errors"
	"net/url"
	"slices"
	"strings"

	"github.com/seed-a66f7fd3/servicenow/internal/ident"
	"github.com/seed-a66f7fd3/servicenow/table"
)

// ReadOptions shape one case read. The zero value asks for stored values. The API has no way to choose columns here.
type ReadOptions struct {
	Display table.Display
}

// UpdateOptions shape one [Service.Update]. The zero value reads back the columns that [Case] has a field for.
type UpdateOptions struct {
	// Fields are the columns to read back; none is those that Case has a field for.
	Fields []string
	// Display says which faces of the values to read back.
	Display table.Display
	// CheckEcho compares the case with what was written and returns a *table.IgnoredError, beside the case, where the
	// instance left a column as it was. Where the instance answers without any column of the case, it is read, which is
	// one more request.
	CheckEcho bool
}

var errOptionsOnce = errors.New("give options once")

func readParams(options []ReadOptions) (url.Values, error) {
	if len(options) > 1 {
		return nil, errOptionsOnce
	}
	params := url.Values{}
	if len(options) == 1 && options[0].Display != table.Stored {
		params.Set("sysparm_display_value", string(options[0].Display))
	}
	return params, nil
}

func updateOf(id string, w table.Writable, options []UpdateOptions) (table.Body, url.Values, error) {
	var o UpdateOptions
	if len(options) > 1 {
		return table.Body{}, nil, errOptionsOnce
	}
	if len(options) == 1 {
		o = options[0]
	}
	if err := ident.SysID(id); err != nil {
		return table.Body{}, nil, err
	}
	body, err := table.NewBody(w)
	if err != nil {
		return table.Body{}, nil, err
	}
	columns := caseColumns(o.Fields)
	if o.CheckEcho {
		columns = withColumns(columns, body.Columns()...)
	}
	fields, err := joinColumns(columns)
	if err != nil {
		return table.Body{}, nil, err
	}
	// Without it the answer is the id and the number alone.
	params := url.Values{"sysparm_get_case_details": {"true"}, "sysparm_fields": {fields}}
	if o.Display != table.Stored {
		params.Set("sysparm_display_value", string(o.Display))
	}
	return body, params, nil
}

// caseColumns are the columns to ask for: those named, or those that Case has a field for; always with the two that
// name a case.
func caseColumns(named []string) []string {
	if len(named) == 0 {
		named = table.Columns[table.Case]()
	}
	return withColumns(named, "sys_id", "number")
}

// withColumns adds columns that are not there yet, and leaves its argument alone.
func withColumns(columns []string, more ...string) []string {
	columns = slices.Clip(columns)
	for _, c := range more {
		if !slices.Contains(columns, c) {
			columns = append(columns, c)
		}
	}
	return columns
}

func joinColumns(columns []string) (string, error) {
	for _, c := range columns {
		if err := ident.Column(c); err != nil {
			return "", err
		}
	}
	return strings.Join(columns, ","), nil
}
