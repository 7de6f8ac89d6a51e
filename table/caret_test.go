package table_test

import (
	"errors"
	"testing"

	"github.com/seed-a66f7fd3/servicenow"
	"github.com/seed-a66f7fd3/servicenow/servicenowtest"
	"github.com/seed-a66f7fd3/servicenow/table"
)

// On an instance that does not read ^^ as a caret, what an end user typed would become clauses: here, the record of
// somebody else. The value is refused instead, in a call of its own and in a batch.
func TestValuesNeverBecomeClauses(t *testing.T) {
	s := servicenowtest.NewServer(t, servicenowtest.WithSwitches(servicenowtest.Switches{SplitCarets: true}))
	incidents(t, s, 2)
	c := asAdmin(t, s)
	rows := table.Incidents(c.Tables)
	hostile := table.Where("short_description", table.Is, "x^ORsys_idISNOTEMPTY")

	if n, err := rows.Count(t.Context(), hostile); !errors.Is(err, servicenow.ErrInvalid) {
		t.Errorf("a call: %d rows, %v", n, err)
	}
	b := c.Tables.Batch()
	bad := table.Add(b, rows.PageCall(table.ListOptions{Query: hostile}))
	good := table.Add(b, rows.PageCall(table.ListOptions{}))
	if err := b.Send(t.Context()); err != nil {
		t.Fatal(err)
	}
	if page, err := bad.Get(); !errors.Is(err, servicenow.ErrInvalid) {
		t.Errorf("in a batch: %d rows, %v", len(page), err)
	}
	if page, err := good.Get(); len(page) != 2 || err != nil {
		t.Errorf("beside it: %d rows, %v", len(page), err)
	}
}
