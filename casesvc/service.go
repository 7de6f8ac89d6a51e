package casesvc

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/seed-a66f7fd3/servicenow/internal/ident"
	"github.com/seed-a66f7fd3/servicenow/internal/rest"
	"github.com/seed-a66f7fd3/servicenow/table"
)

// Table is the table of cases.
const Table = "sn_customerservice_case"

// Service reaches the cases of one instance as one user sees them. It is safe for concurrent use.
type Service struct {
	conn   *rest.Conn
	tables *table.Service
}

// New is called by the root package, which makes the connection.
func New(conn *rest.Conn, tables *table.Service) *Service {
	return &Service{conn: conn, tables: tables}
}

// Get reads one case, by its sys_id or its number. One request. ErrNotFound means that there is none, or that the
// caller may not see it. Where several cases share a number the API answers with one of them; a case of another
// number is an error and never returned.
//
// See https://www.servicenow.com/docs/r/api-reference/rest-apis/case-api.html.
func (s *Service) Get(ctx context.Context, id string, o ...ReadOptions) (*Case, error) {
	op, err := getOp(id, o)
	if err != nil {
		return nil, err
	}
	c, _, err := rest.Do[Case](ctx, s.conn, op)
	if err != nil {
		return nil, err
	}
	sysID, number := c.SysID.String(), c.Number.String()
	if sysID != "" && sysID != id && number != "" && number != id {
		return nil, fmt.Errorf("%s: the instance answered with another case (%s)", op.Name, number)
	}
	return &c, nil
}

// Update changes the columns that are set in w, and no other, and returns the case as it then is. One request; id is
// the sys_id. It is sent again when nobody knows whether it ran, unless a journal entry is in it.
//
// The instance does not check what is written: a column that it does not have, or that the caller may not set, is left
// out without notice. [UpdateOptions.CheckEcho] finds that. External users may set comments and state only, unless an
// admin allows more.
//
// See https://www.servicenow.com/docs/r/api-reference/rest-apis/case-api.html.
func (s *Service) Update(ctx context.Context, id string, w table.Writable, o ...UpdateOptions) (*Case, error) {
	op, body, err := updateOp(id, w, o)
	if err != nil {
		return nil, err
	}
	row, _, err := rest.Do[json.RawMessage](ctx, s.conn, op)
	check := len(o) > 0 && o[0].CheckEcho
	if err == nil && check && !echoes(row, body.Columns()) {
		row, err = s.readBack(ctx, id)
	}
	if err != nil {
		return nil, err
	}
	var c Case
	if err := json.Unmarshal(row, &c); err != nil {
		return nil, fmt.Errorf("%s: %w", op.Name, err)
	}
	if check {
		err = body.Compare(Table, id, row)
	}
	return &c, err
}

// echoes reports that an answer has some of the columns. An instance that does not know sysparm_get_case_details answers
// with sys_id and number alone.
func echoes(row json.RawMessage, columns []string) bool {
	var got map[string]json.RawMessage
	return json.Unmarshal(row, &got) != nil ||
		slices.ContainsFunc(columns, func(c string) bool { return got[c] != nil })
}

func (s *Service) readBack(ctx context.Context, id string) (json.RawMessage, error) {
	op, err := getOp(id, nil)
	if err != nil {
		return nil, err
	}
	row, _, err := rest.Do[json.RawMessage](ctx, s.conn, op)
	return row, err
}

func casePath(more ...string) []string {
	return append([]string{"api", "sn_customerservice", "case"}, more...)
}

func checkCase(name, id string) error {
	if err := ident.SysIDOrNumber(id); err != nil {
		return invalid(name, err)
	}
	return nil
}

// invalid is the error for what is wrong before anything is sent.
func invalid(name string, why error) error {
	return &rest.Error{Op: name, Class: rest.ErrInvalid, Err: why}
}
