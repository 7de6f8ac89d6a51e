package table

import (
	"context"
	"errors"
	"iter"
	"time"
)

// By is the time by which a feed follows a table.
type By string

// A feed by update yields new and changed records; one by creation yields new records only, and is the one for
// append-only tables such as sys_journal_field and sys_audit.
const (
	ByUpdated By = "updated" // sys_updated_on; the zero By is this one too
	ByCreated By = "created" // sys_created_on
)

func (b By) column() string {
	if b == ByCreated {
		return "sys_created_on"
	}
	return "sys_updated_on"
}

// Operation is what happened to a record.
type Operation string

// What can happen to a record. Created and Updated are both "the record is now like this": a record changed between two
// polls arrives once, as it is, so that an Updated may be the first that a consumer hears of a record.
const (
	Created Operation = "created" // the record is as it was created
	Updated Operation = "updated" // the record was changed since it was created
	Deleted Operation = "deleted" // the record is gone; Row is the zero T
)

// Change is one record as it is now, or its end.
type Change[T any] struct {
	Operation Operation
	// Table is the record's own class where the row tells it: "incident" in a feed of task.
	Table string
	SysID string
	// UpdatedOn is the record's sys_updated_on, or sys_created_on where it has none; of a deletion, its time. UTC.
	UpdatedOn time.Time
	// ModCount is the record's sys_mod_count. With UpdatedOn, whose seconds two updates can share, it names the version.
	ModCount int64
	Row      T
	// Next is the place behind this change. Save it with the change or after it, never before.
	Next Checkpoint
}

// FeedOptions say what a feed follows, and how. The zero value follows all records of the table that the user may read,
// by update, deletions included.
type FeedOptions struct {
	By By
	// Query keeps to the rows that match. It must have no alternatives ([Query.NewQuery]) and no order of its own.
	// Deletions are reported for every record of the table, because what is gone cannot be asked whether it matched.
	Query Query
	// Fields are the columns wanted, as in [ListOptions]. Those that the feed needs are added.
	Fields []string
	// Identity names the user whose rights the feed has, such as its sys_id. When set, a checkpoint made with other
	// rights is refused, because it has not seen what these rights see.
	Identity string
	// Since leaves out records whose time, see By, is before it. Zero is everything.
	Since time.Time
	// Limit ends a range after that many changes. Zero is no bound.
	Limit int

	// PageSize is the most rows to ask for at once. Zero starts at 500 and goes up to 2,000; the requests of a backfill
	// share 1,000. Either way it is halved when the instance cancels, and grows back.
	PageSize int
	// Parallel is how many requests of a backfill are in flight at most; zero is 4. The connection's own limit holds
	// as well.
	Parallel int
	// Overlap is how far each poll reads back, for rows that were committed later than their time says; zero is 5
	// minutes, negative is none. What is read again is not delivered again in the same run.
	Overlap time.Duration
	// DeepOverlap is read back once a day instead of Overlap, for long transactions. Zero is never. A run that began
	// from a checkpoint may deliver again what it reads so far back, since a checkpoint remembers only the newest.
	DeepOverlap time.Duration
	// Settle holds back rows younger than it. Zero holds back none, since the overlap brings what came late.
	Settle time.Duration
	// Poll is the mean time between two passes of Follow; zero is a minute.
	Poll time.Duration
	// Patience is how long a pass goes on trying while the instance does not answer, refuses for its load or sleeps;
	// zero is 10 minutes.
	Patience time.Duration
	// Ranged asks for a bounded range of creation times in every request, one request at a time, beginning with an
	// hour and adapting to what the instance bears. For sys_audit and other rotated tables of many millions of rows.
	// It needs Since.
	Ranged bool
	// WithoutDeletes leaves sys_audit_delete alone. Feeds by creation never read it.
	WithoutDeletes bool

	// Notice is told what a consumer should know and is not an error. It is called by whoever ranges over the feed or
	// on its behalf, never twice at a time.
	Notice func(Notice)
	// Advanced is told each place that a pass has reached without a row: the end of a window in which nothing
	// happened, and, before the first row, the beginning: who saves that hears of the deletion of a row taken before
	// the first change was saved. Save it like Change.Next. It is called between changes by whoever ranges.
	Advanced func(Checkpoint)
}

// Feed is a resumable stream of what happens in one table.
//
// The promise: whatever others write meanwhile, wherever the process dies, and for rows committed no later than the
// overlap after their time, every version of a record that is still current when a pass ends has been delivered at
// least once since the zero Checkpoint, and no version twice within one run. Within one record the order is never
// backwards. Deletions are delivered when the instance has recorded them, and
// a record that is restored meanwhile is delivered again. What no cursor can see (records written with
// an old time, records that rights gave or took, deletions of tables that do not record them) is found by
// [Table.Census].
//
// Times are the instance's, never the host's. Memory is a page for each parallel request, and an entry of some 50 bytes
// for each record changed within the overlap.
//
// A Feed is a description: it is safe for concurrent use, and each range over Changes or Follow is a run of its own.
type Feed[T any] struct{ feed }

// feed is a Feed whose rows are pointers behind an any.
type feed struct {
	table Table[any]
	opts  FeedOptions
	hooks *feedHooks
}

// Feed describes the stream of changes of the table. It does no I/O; mistakes in o are reported when it is ranged over.
func (t Table[T]) Feed(o FeedOptions) *Feed[T] {
	return &Feed[T]{feed{table: Table[any](t), opts: o}}
}

// Changes yields everything from the checkpoint until now, and ends. From the zero Checkpoint that is all records (the
// backfill), then what happened while it ran. An error ends the range; go on from the last saved checkpoint.
//
// A pass over a table in which nothing happened is one request for changes and one for deletions. The first run on a
// connection adds three to find out how the instance reads dates; the first with deletions, one for each level of the
// class hierarchy.
func (f *Feed[T]) Changes(ctx context.Context, from Checkpoint) iter.Seq2[Change[T], error] {
	return typedChanges[T](f.changes(ctx, from))
}

func (f *feed) changes(ctx context.Context, from Checkpoint) iter.Seq2[Change[any], error] {
	return func(yield func(Change[any], error) bool) {
		ctx, cancel := context.WithCancel(ctx)
		defer cancel()
		r, err := f.begin(ctx, from, yield)
		if err == nil {
			err = r.pass(ctx)
		}
		if err != nil && !errors.Is(err, errStopped) {
			yield(Change[any]{}, err)
		}
	}
}

// Follow is Changes again and again, with the jittered pause of FeedOptions.Poll in between, until the context ends or
// the consumer breaks. The end of the context is not an error. Each round makes the requests of a Changes.
func (f *Feed[T]) Follow(ctx context.Context, from Checkpoint) iter.Seq2[Change[T], error] {
	return typedChanges[T](f.follow(ctx, from))
}

func (f *feed) follow(ctx context.Context, from Checkpoint) iter.Seq2[Change[any], error] {
	return func(yield func(Change[any], error) bool) {
		ctx, cancel := context.WithCancel(ctx)
		defer cancel()
		r, err := f.begin(ctx, from, yield)
		for err == nil {
			if err = r.pass(ctx); err == nil {
				err = r.hooks.sleep(ctx, jittered(r.opts.Poll))
			}
		}
		if !errors.Is(err, errStopped) && ctx.Err() == nil {
			yield(Change[any]{}, err)
		}
	}
}

// typedChanges puts the row type back.
func typedChanges[T any](changes iter.Seq2[Change[any], error]) iter.Seq2[Change[T], error] {
	return func(yield func(Change[T], error) bool) {
		for c, err := range changes {
			typed := Change[T]{
				Operation: c.Operation, Table: c.Table, SysID: c.SysID, UpdatedOn: c.UpdatedOn, ModCount: c.ModCount,
				Row: unboxed[T](c.Row), Next: c.Next,
			}
			if !yield(typed, err) {
				return
			}
		}
	}
}
