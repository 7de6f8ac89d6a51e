package table

import (
	"context"
	"errors"
	"fmt"

	"github.com/seed-a66f7fd3/servicenow/internal/rest"
)

// Upsert writes w to the record whose column holds value, or creates a record that does, and says which of the two it
// did. The column is one of your own choosing that names the record on your side, such as correlation_id on tasks; it
// is written along with w. Three requests at most (the look is a list and makes
// sure of its end), and three more when a creation ended unclearly, to see whether it happened.
//
// The platform has no upsert and checks no uniqueness here, so that two of them at the same moment for the same value
// can both create a record. More than one record with the value is the error class ErrConflict, and then nothing is
// written.
//
// https://www.servicenow.com/docs/r/api-reference/rest-apis/c_TableAPI.html
func (t Table[T]) Upsert(ctx context.Context, column, value string, w Writable, o ...WriteOptions) (T, Operation,
	error) {
	row, did, err := t.upsert(ctx, column, value, w, o)
	return unboxed[T](row), did, err
}

func (t base) upsert(ctx context.Context, column, value string, w Writable, o []WriteOptions) (any, Operation, error) {
	const op = "table.Upsert"
	changes, err := withKey(w, column, value)
	if err != nil {
		return nil, "", t.invalid(op, err)
	}
	id, err := t.lookUp(ctx, column, value)
	if err != nil {
		return nil, "", err
	}
	if id != "" {
		row, err := t.updateCall(id, changes, o).Do(ctx)
		return row, Updated, err
	}
	row, err := t.createCall(changes, o).Do(ctx)
	if err == nil || !unclear(err) {
		return row, Created, err
	}
	made, missing := t.lookUp(ctx, column, value)
	if missing != nil || made == "" {
		return row, Created, err
	}
	row, err = t.getCall(made, []ReadOptions{readOf(o)}).Do(ctx)
	return row, Created, err
}

func readOf(o []WriteOptions) ReadOptions {
	if len(o) == 0 {
		return ReadOptions{}
	}
	return o[0].Read
}

// withKey is w with the column that the record is found by.
func withKey(w Writable, column, value string) (Changes, error) {
	made, err := encode(w)
	if err != nil && !errors.Is(err, errNothing) {
		return Changes{}, err
	}
	for _, c := range made.columns {
		if c.column == column && c.value.String() != value {
			return Changes{}, fmt.Errorf("%s is to be written, and is what the record is found by", column)
		}
	}
	changes := Changes{columns: made.columns}.Set(column, NewText(value))
	return changes, changes.err
}

// lookUp finds the one record, or "". The value is compared here as well: an instance drops a condition on a column
// that it does not know, and the record written to would be any.
func (t base) lookUp(ctx context.Context, column, value string) (string, error) {
	found := ""
	table := Table[Record]{base{conn: t.conn, name: t.name, plan: recordPlan, err: t.err}}
	query := Where(column, Is, value)
	for row, err := range table.List(ctx, ListOptions{Query: query, Fields: []string{sysID, column}, Limit: 2}) {
		switch {
		case err != nil:
			return "", err
		case row.Get(column).String() != value:
			return "", fmt.Errorf("%w: %s is not what was asked for", ErrQueryIgnored, column)
		case found != "":
			return "", &rest.Error{Op: "table.Upsert", Class: rest.ErrConflict,
				Err: fmt.Errorf("several records of %s have this %s", t.name, column)}
		}
		found = row.SysID()
	}
	return found, nil
}

// unclear reports that nobody knows whether a write ran.
func unclear(err error) bool {
	for _, class := range []error{rest.ErrUnavailable, rest.ErrTransactionCancelled, rest.ErrNotJSON} {
		if errors.Is(err, class) {
			return true
		}
	}
	return false
}
