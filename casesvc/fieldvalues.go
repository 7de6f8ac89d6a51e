package casesvc

import (
	"context"
	"errors"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/seed-a66f7fd3/servicenow/internal/ident"
	"github.com/seed-a66f7fd3/servicenow/internal/rest"
	"github.com/seed-a66f7fd3/servicenow/table"
)

// FieldValueOptions shapes [Service.FieldValues]. The zero value asks for all values that the column may have.
type FieldValueOptions struct {
	// CaseID is the case for which the column's reference qualifiers are evaluated. Empty is none.
	CaseID string
	// Dependent is the value of the column that this one depends on.
	Dependent string
	// RefQualInput stands for the case in qualifiers that are scripts: columns and the values to assume.
	RefQualInput map[string]string
	// Query filters further, for a reference column.
	Query table.Query
	// Columns of the table referred to, to be returned with each value.
	Columns []string
	// Limit and Offset cut the list; 0 is all, from the first.
	Limit, Offset int
}

// FieldValue is a value that a choice or reference column of a case may have.
type FieldValue struct {
	Label table.Text `json:"label,omitzero"` // in the caller's language
	Value table.Text `json:"value,omitzero"` // what is stored: a choice's value, or a sys_id

	Extra table.Extra // the columns asked for
}

// UnmarshalJSON reads a value as the API sends it.
func (v *FieldValue) UnmarshalJSON(b []byte) error { return table.UnmarshalRow(b, v) }

// MarshalJSON writes the value as it was read.
func (v FieldValue) MarshalJSON() ([]byte, error) { return table.MarshalRow(v) }

// FieldValues reads which values a choice or reference column of a case may have: what a form would offer. One request.
//
// See https://www.servicenow.com/docs/r/api-reference/rest-apis/case-api.html.
func (s *Service) FieldValues(ctx context.Context, column string, o FieldValueOptions) ([]FieldValue, error) {
	const name = "case.FieldValues"
	if err := ident.Column(column); err != nil {
		return nil, invalid(name, err)
	}
	path := casePath("field_values", column)
	if o.CaseID != "" {
		if err := ident.SysID(o.CaseID); err != nil {
			return nil, invalid(name, err)
		}
		path = casePath(o.CaseID, "field_values", column)
	}
	params, err := o.params()
	if err != nil {
		return nil, invalid(name, err)
	}
	op := rest.Op{Name: name, Method: http.MethodGet, Path: path, Query: params}
	values, _, err := rest.Do[[]FieldValue](ctx, s.conn, op)
	return values, err
}

func (o FieldValueOptions) params() (url.Values, error) {
	params := url.Values{}
	if err := o.Query.EncodeValues("sysparm_query", &params); err != nil {
		return nil, err
	}
	if o.Dependent != "" {
		params.Set("sysparm_dependent_value", o.Dependent)
	}
	input := table.Query{}
	for _, column := range slices.Sorted(maps.Keys(o.RefQualInput)) {
		input = input.And(column, table.Is, o.RefQualInput[column])
	}
	if err := input.EncodeValues("sysparm_ref_qual_input", &params); err != nil {
		return nil, err
	}
	for _, column := range o.Columns {
		if err := ident.Column(column); err != nil {
			return nil, err
		}
	}
	if len(o.Columns) > 0 {
		params.Set("sysparm_reference_field_columns", strings.Join(o.Columns, ","))
	}
	if o.Limit < 0 || o.Offset < 0 {
		return nil, errors.New("limit and offset must not be negative")
	}
	if o.Limit > 0 {
		params.Set("sysparm_limit", strconv.Itoa(o.Limit))
	}
	if o.Offset > 0 {
		params.Set("sysparm_offset", strconv.Itoa(o.Offset))
	}
	return params, nil
}
