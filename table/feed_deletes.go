package table

import (
	"context"
	"errors"
	"slices"
	"strings"
)

const auditDelete = "sys_audit_delete"

// deletion is an entry of sys_audit_delete.
type deletion struct {
	Table Text `json:"tablename"`   // the record's own class, never a parent of it
	Key   Text `json:"documentkey"` // its sys_id
}

// deletes takes what was deleted since the last window. An entry is only a hint: a record that was restored since is
// there again under its id, so that each is asked for before it is reported.
func (r *feedRun) deletes(ctx context.Context) error {
	if r.opts.WithoutDeletes || r.deaf {
		return nil
	}
	if err := r.findClasses(ctx); err != nil {
		return err
	}
	err := r.deleteWindow(ctx)
	if refusesRange(err) || isMissing(err) || errors.Is(err, errUntimed) {
		r.deaf = true
		r.tell(Notice{Kind: NoticeDeletes, Err: err,
			Text: "sys_audit_delete cannot be read: deletions are found by a census only"})
		return nil
	}
	return err
}

func (r *feedRun) deleteWindow(ctx context.Context) error {
	next := r.state.clone()
	resumed := next.Deletes.Open != nil
	r.openWindow(&next.Deletes, r.overlap())
	r.state = next
	open := *next.Deletes.Open
	w := r.deletesWalk(open)
	for done := false; !done; {
		rows, end, err := w.next(ctx)
		if err != nil {
			return err
		}
		places := w.places(rows, open.After)
		if err := r.takeDeletions(ctx, rows, places); err != nil {
			return err
		}
		if len(places) > 0 {
			open.After = places[len(places)-1]
			next := r.state.clone()
			next.Deletes.Open.After = open.After
			r.settled(next)
		}
		done = end
	}
	next = r.state.clone()
	next.Deletes = track{High: r.high(open)}
	r.closed(next)
	if resumed {
		return r.deleteWindow(ctx)
	}
	return nil
}

func (r *feedRun) deletesWalk(open window) *walk[deletion] {
	base := ""
	if len(r.classes) <= mostClasses {
		base = "tablenameIN" + strings.Join(r.classes, ",")
	}
	t := Of[deletion](New(r.env.conn), auditDelete)
	return &walk[deletion]{
		env: r.env, table: t, base: base, fields: t.feedFields(nil), column: ByCreated.column(),
		lo: open.Lo, hi: open.Hi, after: open.After, tail: true, left: -1,
	}
}

// mostClasses is how many classes a query can name; with more, the entries of other tables are left out here.
const mostClasses = 100

// takeDeletions reports the records of one page that are gone, and delivers those that came back.
func (r *feedRun) takeDeletions(ctx context.Context, entries []feedRow[deletion], places []position) error {
	var ids []string
	for _, e := range entries {
		if e.row.Table.IsZero() || e.row.Key.IsZero() {
			r.tell(Notice{Kind: NoticeDeletes, Text: "the user may not read tablename and documentkey of sys_audit_delete: " +
				"deletions are found by a census only"})
		}
		if r.concerns(e) {
			ids = append(ids, e.row.Key.String())
		}
	}
	there, err := r.present(ctx, ids)
	if err != nil {
		return err
	}
	for i, e := range entries {
		if !r.concerns(e) {
			continue
		}
		if err := r.takeDeletion(e, there[e.row.Key.String()], Checkpoint{state: r.state, lane: laneDeletes, at: places[i]}); err != nil {
			return err
		}
	}
	return nil
}

func (r *feedRun) concerns(e feedRow[deletion]) bool {
	return e.row.Key.String() != "" && slices.Contains(r.classes, e.row.Table.String())
}

// takeDeletion reports a record that is gone, once, or delivers one that came back. While the overlap brings the entry
// again, the record is asked for again: it may be restored after it was reported.
func (r *feedRun) takeDeletion(e feedRow[deletion], row *feedRow[any], next Checkpoint) error {
	id, told := e.row.Key.String(), version{stamp: e.created.Unix()}
	known := !r.seen.fresh(e.id, told)
	switch {
	case row != nil && row.filtered:
		return nil
	case row != nil:
		if known {
			r.forget(e.id)
		}
		r.seen.distrust(id)
		return r.giveRow(*row, next)
	case known:
		return nil
	}
	r.forget(id)
	r.seen.took(e.id, told)
	next.state, next.taken = r.state, r.seen.page
	return r.give(Change[any]{
		Operation: Deleted, Table: e.row.Table.String(), SysID: id, UpdatedOn: e.created, Next: next,
	})
}

// forget makes every version of id new again, also for a run that goes on from here.
func (r *feedRun) forget(id string) {
	next := r.state.clone()
	next.Seen = r.seen.forget(id, next.Seen)
	r.state = next
}

// idsAtOnce keeps a list of ids well below the 8 KB that a request's head may have.
const idsAtOnce = 100

// present reads the records that are there, whatever the feed's filter says of them.
func (r *feedRun) present(ctx context.Context, ids []string) (map[string]*feedRow[any], error) {
	there := make(map[string]*feedRow[any], len(ids))
	slices.Sort(ids) // only to drop repetitions
	for some := range slices.Chunk(slices.Compact(ids), idsAtOnce) {
		found, err := rowsByID(ctx, r.env, r.feed.table, "", r.timed(), r.fields, some)
		if err != nil {
			return nil, err
		}
		for i := range found {
			found[i].filtered = r.base != ""
			there[found[i].id] = &found[i]
		}
		if r.base == "" || len(found) == 0 {
			continue
		}
		matching, err := rowsByID(ctx, r.env, r.feed.table, r.base, r.timed(), r.fields, some)
		if err != nil {
			return nil, err
		}
		for _, row := range matching {
			if known := there[row.id]; known != nil {
				known.filtered = false
			}
		}
	}
	return there, nil
}

// timed is the column whose time every row of the table has, as far as is known.
func (r *feedRun) timed() string {
	if r.state.Keyed {
		return ""
	}
	return r.column()
}
