package table

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"
)

// errStopped says that the consumer broke off, or that the limit of the pass is reached.
var errStopped = errors.New("stopped")

// feedRun is one range over a feed. Everything here belongs to the goroutine that ranges, but for tell.
type feedRun struct {
	feed  *feed
	opts  FeedOptions
	hooks *feedHooks
	yield func(Change[any], error) bool

	env    *feedEnv
	base   string   // the encoded filter
	fields []string // nil asks for all columns
	// state is what has been taken; checkpoints share it, so that it is replaced and never written.
	state     *feedState
	seen      *versions
	classes   []string // the table and its children, once known
	passes    int      // begun
	taken     int      // changes taken
	unchecked bool     // nothing was there to check the filter with
	refused   bool     // ranges by time are refused
	deaf      bool     // sys_audit_delete is refused
	deep      bool     // this pass reads the long overlap
	// walkedAll is set when this pass has read the whole table.
	walkedAll bool

	telling sync.Mutex
	noticed map[NoticeKind]bool
}

func (f *feed) begin(ctx context.Context, from Checkpoint, yield func(Change[any], error) bool) (*feedRun, error) {
	opts, err := f.opts.withDefaults()
	if err = errors.Join(f.table.err, err); err != nil {
		return nil, f.fail(err)
	}
	base, err := f.opts.base()
	if err != nil {
		return nil, f.fail(err)
	}
	r := &feedRun{
		feed: f, opts: opts, hooks: f.hooks, yield: yield, base: base, seen: newVersions(),
		noticed: map[NoticeKind]bool{},
	}
	r.fields = f.table.feedFields(opts.Fields)
	r.env = &feedEnv{
		conn: f.table.conn, hooks: f.hooks, sizer: newPageSizer(opts.PageSize), patience: opts.Patience, tell: r.tell,
		ranged: opts.Ranged,
	}
	scope := f.scope(base)
	r.state = &feedState{Scope: scope}
	if from.state != nil {
		r.state = from.resolve()
		if err := r.state.Scope.match(scope); err != nil {
			return nil, err
		}
	}
	if err := r.findZone(ctx); err != nil {
		return nil, f.fail(err)
	}
	if err := r.checkFilter(ctx, false); err != nil {
		return nil, f.fail(err)
	}
	if !r.state.Start.IsZero() {
		r.seen.raise(r.floor())
		r.seen.carry(r.state.Seen, r.state.Changes.High)
	}
	return r, nil
}

func (f *feed) fail(err error) error {
	if err == nil || errors.Is(err, errStopped) {
		return err
	}
	return fmt.Errorf("table: feed of %s: %w", f.table.name, err)
}

// findZone finds out how the instance reads dates, and conditions with OR.
func (r *feedRun) findZone(ctx context.Context) (err error) {
	if r.env.zone, err = zoneOf(ctx, r.env, r.feed.table.name); err != nil {
		return err
	}
	if r.env.zone.noOr {
		r.env.stepped.Store(true)
		r.tell(Notice{Kind: NoticeStepped,
			Text: "the instance does not bear a condition with OR; each page is asked for in two steps"})
	}
	return nil
}

// pass takes everything from the checkpoint until now.
func (r *feedRun) pass(ctx context.Context) error {
	if r.env.zone.guessed && r.passes > 0 {
		if err := r.findZone(ctx); err != nil {
			return r.feed.fail(err)
		}
	}
	r.passes++
	if !r.env.conn.ToldTime() {
		r.tell(Notice{Kind: NoticeClock, Text: "the instance's answers have no Date: this host's clock is taken for its own"})
	}
	r.open()
	now := r.now()
	r.walkedAll, r.deep = false, r.opts.DeepOverlap > r.opts.Overlap && now.Sub(r.state.Deep) >= deepEvery
	for _, step := range []func(context.Context) error{r.backfill, r.changes, r.deletes} {
		if err := step(ctx); err != nil {
			return r.feed.fail(err)
		}
	}
	if r.deep {
		next := r.state.clone()
		next.Deep = now
		r.reached(next)
	}
	return nil
}

// deepEvery is how often the long overlap is read.
const deepEvery = 24 * time.Hour

// open fixes the start by the instance's clock before the first row is read, so that whatever is written from then on
// is seen by the windows of changes, however long the backfill takes.
func (r *feedRun) open() {
	if !r.state.Start.IsZero() {
		return
	}
	start := r.now()
	next := r.state.clone()
	next.Start = start
	next.Changes.High, next.Deletes.High, next.Deep = start, start, start
	next.Slices = []slice{{}, {Unstamped: true}}
	if r.opts.Ranged {
		next.Slices = []slice{{Lo: r.opts.Since, Hi: start}}
	}
	r.reached(next)
	r.seen.raise(r.floor())
}

// now is the instance's clock in whole seconds.
func (r *feedRun) now() time.Time { return r.hooks.clock(r.feed.table.conn).Truncate(time.Second) }

// floor is the earliest time that a window can read again.
func (r *feedRun) floor() time.Time {
	high := r.state.Changes.High
	if deletes := r.state.Deletes.High; !r.opts.WithoutDeletes && !r.deaf && deletes.Before(high) {
		high = deletes // a restored record may be as old as what was read last of the deletions
	}
	return high.Add(-max(r.opts.Overlap, r.opts.DeepOverlap))
}

// column is the time that the feed goes by.
func (r *feedRun) column() string {
	if r.state.Append {
		return ByCreated.column()
	}
	return r.opts.By.column()
}

// meet looks at the rows of a page before they are delivered.
func (r *feedRun) meet(ctx context.Context, rows []feedRow[any]) error {
	if len(rows) == 0 {
		return nil
	}
	r.seeClasses(rows)
	return r.checkFilter(ctx, true)
}

// give hands one change to the consumer. The checkpoint in it is behind the change: whoever receives it takes it.
func (r *feedRun) give(c Change[any]) error {
	if !r.yield(c, nil) {
		return errStopped
	}
	if r.taken++; r.taken == r.opts.Limit {
		return errStopped
	}
	return nil
}

// giveRow hands a row to the consumer, unless this run has delivered this version.
func (r *feedRun) giveRow(row feedRow[any], next Checkpoint) error {
	at, known := row.at(r.column())
	if known && at.Before(r.opts.Since) {
		return nil
	}
	v := row.version(r.opts.By)
	if known {
		if !r.hooks.makes(mistakeNoDedupe) && !r.seen.fresh(row.id, v) {
			return nil
		}
		r.seen.took(row.id, v)
		next.taken = r.seen.page
	}
	return r.give(Change[any]{
		Operation: row.operation(r.opts.By), Table: row.classOr(r.feed.table.name), SysID: row.id,
		UpdatedOn: row.moment(), ModCount: row.mod, Row: row.row, Next: next,
	})
}

// settled makes next the state once a page is taken, with what an overlap brings again.
func (r *feedRun) settled(next *feedState) {
	if len(r.seen.seen) <= mostCarried {
		next.Seen = r.seen.export()
	} else {
		next.Seen = carried(r.seen.page, next.Seen)
	}
	r.seen.page = nil
	r.state = next
}

// reached makes next the state, and tells the consumer where no row did.
func (r *feedRun) reached(next *feedState) {
	r.state = next
	if r.opts.Advanced != nil {
		r.opts.Advanced(Checkpoint{state: next, lane: laneNone})
	}
}

// tell gives a notice; one of each kind in a run, but for those that count.
func (r *feedRun) tell(n Notice) {
	r.telling.Lock()
	defer r.telling.Unlock()
	if r.opts.Notice == nil || r.noticed[n.Kind] && n.Count == 0 {
		return
	}
	r.noticed[n.Kind] = true
	if n.Table == "" {
		n.Table = r.feed.table.name
	}
	r.opts.Notice(n)
}

// jittered is a pause of d on average, so that feeds that began together do not poll together.
func jittered(d time.Duration) time.Duration {
	return d/2 + rand.N(d+1)
}

func sleepFor(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
