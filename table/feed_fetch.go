package table

import (
	"context"
	"iter"
	"slices"
)

// Fetch yields some records as they are now, as a webhook that names them asks for. Those that are gone, hidden or do
// not match the feed's query are left out: whether one is gone, the feed tells. Next is zero, since nothing is known
// about other records. One request for each hundred.
func (f *Feed[T]) Fetch(ctx context.Context, ids ...string) iter.Seq2[Change[T], error] {
	return func(yield func(Change[T], error) bool) {
		none := Checkpoint{}
		for some := range slices.Chunk(ids, idsAtOnce) {
			rows, err := f.fetch(ctx, some)
			if err != nil {
				yield(Change[T]{}, f.fail(err))
				return
			}
			for _, row := range rows {
				if !yield(Change[T]{
					Operation: row.operation(f.opts.By), Table: row.classOr(f.table.name), SysID: row.id,
					UpdatedOn: row.moment(), ModCount: row.mod, Row: unboxed[T](row.row), Next: none,
				}, nil) {
					return
				}
			}
		}
	}
}

func (f *feed) fetch(ctx context.Context, ids []string) ([]feedRow[any], error) {
	opts, err := f.opts.withDefaults()
	if err != nil {
		return nil, err
	}
	base, err := opts.base()
	if err != nil {
		return nil, err
	}
	for _, id := range ids {
		if err := checkID(id); err != nil {
			return nil, f.table.invalid("table.Fetch", err)
		}
	}
	env := &feedEnv{conn: f.table.conn, hooks: f.hooks, zone: utcZone, sizer: newPageSizer(0), patience: opts.Patience,
		tell: func(Notice) {}}
	return rowsByID(ctx, env, f.table, base, "", f.table.feedFields(opts.Fields), ids)
}
