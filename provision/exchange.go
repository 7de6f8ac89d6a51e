package provision

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"

	"github.com/seed-a66f7fd3/servicenow/internal/rest"
	"github.com/seed-a66f7fd3/servicenow/table"
)

// answer is what one call of an exchange came to: rows of a list, or the one row of a write.
type answer struct {
	rows []table.Record
	err  error
}

// UnmarshalJSON reads a list of rows, or one row.
func (a *answer) UnmarshalJSON(b []byte) error {
	if len(b) > 0 && b[0] == '[' {
		return json.Unmarshal(b, &a.rows)
	}
	var row table.Record
	err := json.Unmarshal(b, &row)
	a.rows = []table.Record{row}
	return err
}

// exchange sends calls in order in one HTTP call, by the Batch API, and one by one on instances that keep the token from
// that API, do not have it, or leave every call of a batch undone.
func (p *Provisioner) exchange(ctx context.Context, name string, ops []rest.Op) ([]answer, error) {
	answers := make([]answer, len(ops))
	undone := func(int) bool { return true }
	if !p.noBatch.Load() && len(ops) > 1 {
		err := p.batch(ctx, ops, answers)
		if err != nil && !refusesBatch(err) {
			return nil, fmt.Errorf("provision: %s: %w", name, err)
		}
		p.noBatch.Store(err != nil)
		undone = func(i int) bool { return errors.Is(answers[i].err, table.ErrNotSent) }
	}
	for i, op := range ops {
		if !undone(i) {
			continue
		}
		answers[i] = answer{}
		_, answers[i].err = p.conn.Do(ctx, op, answers[i].wanted(op))
		if ctx.Err() != nil {
			return nil, fmt.Errorf("provision: %w", ctx.Err())
		}
	}
	return answers, nil
}

func (p *Provisioner) batch(ctx context.Context, ops []rest.Op, answers []answer) error {
	tables := table.New(p.conn)
	b := tables.Batch()
	read := make([]func(), len(ops))
	for i, op := range ops {
		if op.Method == http.MethodDelete {
			r := table.Add(b, table.Of[table.Record](tables, op.Path[len(op.Path)-2]).DeleteCall(op.Path[len(op.Path)-1]))
			read[i] = func() { _, answers[i].err = r.Get() }
			continue
		}
		r := table.Add(b, table.NewCall[answer](p.conn, op))
		read[i] = func() {
			a, err := r.Get()
			answers[i] = answer{rows: a.rows, err: err}
		}
	}
	err := b.Send(ctx)
	for _, r := range read {
		r()
	}
	return err
}

// refusesBatch reports an instance that carried out nothing, because it does not let this token batch (403) or does not
// have the API (400 or 404).
func refusesBatch(err error) bool {
	return errors.Is(err, rest.ErrForbidden) || errors.Is(err, rest.ErrNotFound) || errors.Is(err, rest.ErrInvalid)
}

// wanted is where an answer goes: nowhere for a deletion, which is answered with nothing or with anything.
func (a *answer) wanted(op rest.Op) any {
	if op.Method == http.MethodDelete {
		return nil
	}
	return a
}
