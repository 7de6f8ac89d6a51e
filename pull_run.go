package servicenow

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/seed-a66f7fd3/servicenow/table"
)

// errPullStopped says that the host broke off.
var errPullStopped = errors.New("stopped")

// pullRun is one range over a pull.
type pullRun struct {
	svc   *table.Service
	o     PullOptions
	plan  []Need
	state *pullState
	yield func(Change, error) bool
	taken int
	deaf  error // why deletions cannot be read
	// wrong are the tables whose answers were not what was asked for. They are told at the end, so that one such table
	// does not keep those behind it from being pulled.
	wrong error
}

func newPullRun(svc *table.Service, o PullOptions, yield func(Change, error) bool) (*pullRun, error) {
	o, err := o.withDefaults()
	if err != nil {
		return nil, err
	}
	state, err := o.From.begin(o)
	if err != nil {
		return nil, err
	}
	return &pullRun{svc: svc, o: o, plan: pullPlan(o), state: state, yield: yield}, nil
}

func (r *pullRun) run(ctx context.Context) error {
	for i, need := range r.plan {
		share := 0
		if r.o.Limit > 0 {
			left, tables := r.o.Limit-r.taken, len(r.plan)-i
			if share = (left + tables - 1) / tables; share <= 0 {
				break
			}
		}
		err := r.pull(ctx, i, need, share)
		switch {
		case err == nil:
		case refused(err) && !r.o.StopOnRefusal && ctx.Err() == nil:
			r.skip(need, err)
		case errors.Is(err, table.ErrQueryIgnored) || errors.Is(err, table.ErrOrderIgnored):
			r.wrong = errors.Join(r.wrong, err)
		case errors.Is(err, errPullStopped):
			return err
		default:
			return errors.Join(err, r.wrong)
		}
	}
	return r.wrong
}

// refused reports a table that is absent or that the user may not read: other tables are none the worse for it.
func refused(err error) bool {
	return errors.Is(err, ErrForbidden) || errors.Is(err, ErrNotFound) || errors.Is(err, ErrInvalid)
}

func (r *pullRun) skip(need Need, err error) {
	if r.o.Skipped == nil {
		return
	}
	remedy := Remedy(err)
	if remedy == "" {
		remedy = "let the integration user read the table " + need.Table
		if need.Role != "" {
			remedy += ": the role " + need.Role + " usually grants it"
		}
	}
	r.o.Skipped(SkippedTable{Table: need.Table, Why: need.Why, Remedy: remedy, Err: err})
}

// pull takes the changes of one table, at most share of them.
func (r *pullRun) pull(ctx context.Context, step int, need Need, share int) (err error) {
	base, at := r.state, r.state.Tables[need.Table]
	options := r.options(need, share)
	options.Advanced = func(next table.Checkpoint) {
		at = next
		if r.o.Advanced != nil {
			r.o.Advanced(PullCheckpoint{state: base, table: need.Table, at: next})
		}
	}
	progress := r.progress(ctx, step, need, options.Query, at)
	defer func() {
		r.state = base.with(need.Table, at)
		progress.end(err)
	}()
	for c, err := range pullSources[need.Table].feed(r.svc, options)(ctx, at) {
		if err != nil {
			return fmt.Errorf("servicenow: pull of %s: %w", need.Table, err)
		}
		if !r.elsewhere(need, c) && !r.yield(changeOf(need, c, PullCheckpoint{base, need.Table, c.Next}), nil) {
			return errPullStopped
		}
		at = c.Next
		r.taken++
		progress.row()
	}
	if r.o.StopOnRefusal {
		return r.deaf
	}
	return nil
}

func changeOf(need Need, c table.Change[any], next PullCheckpoint) Change {
	return Change{
		Table: need.Table, Class: c.Table, SysID: c.SysID, Operation: c.Operation, UpdatedOn: c.UpdatedOn,
		ModCount: c.ModCount, Row: c.Row, Next: next,
	}
}

// elsewhere reports a deletion that another table of the plan reports as its own.
func (r *pullRun) elsewhere(need Need, c table.Change[any]) bool {
	return c.Operation == table.Deleted && c.Table != need.Table &&
		slices.ContainsFunc(r.plan, func(n Need) bool { return n.Table == c.Table })
}

func (r *pullRun) options(need Need, share int) table.FeedOptions {
	o := table.FeedOptions{
		By: table.ByUpdated, Query: pullFilter(need, r.o, r.plan), Identity: r.o.Identity, Since: r.o.Since, Limit: share,
		PageSize: r.o.PageSize, Parallel: r.o.Parallel, Overlap: r.o.Overlap,
		Notice: r.notice, WithoutDeletes: need.Only == Created,
	}
	if r.o.By == Created || need.Only == Created {
		o.By = table.ByCreated
	}
	if need.Table == "sys_audit" {
		o.Ranged, o.Parallel, o.Since = true, 1, r.o.Audit.Since
	}
	return o
}

// notice hands a feed's notice on. That deletions cannot be read is reported once, as a table that was skipped.
func (r *pullRun) notice(n table.Notice) {
	if n.Kind == table.NoticeDeletes && r.deaf == nil {
		r.deaf = fmt.Errorf("servicenow: pull of deletions: %w", n.Err)
		r.skip(Need{Table: "sys_audit_delete", Role: roleAdmin, Why: "deleted records"}, n.Err)
	}
	if r.o.Notice != nil {
		r.o.Notice(n)
	}
}
