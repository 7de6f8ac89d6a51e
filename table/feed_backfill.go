package table

import (
	"context"
	"sync"
	"time"
)

// lane is a slice of the backfill on its way through a worker.
type lane struct {
	walk *walk[any]
	// part is the slice as the consumer has taken it. Guarded by the backfill's mutex, as is done.
	part slice
	done bool
}

// batch is what a worker hands over: one page of a lane.
type batch struct {
	lane *lane
	rows []feedRow[any]
	done bool
}

// backfill reads the slices that are left with several workers. A worker without a slice is given half of what is left
// of another's, so that no count is needed to cut the table well.
type backfill struct {
	run    *feedRun
	cancel context.CancelFunc
	work   chan *lane // never holds more than there are workers waiting for it
	out    chan batch

	mu     sync.Mutex
	lanes  []*lane
	idle   int
	active int
	newest time.Time // the last creation time, once somebody asked
	err    error
}

// backfill takes all slices that are left.
func (r *feedRun) backfill(ctx context.Context) error {
	if r.state.Filled {
		return nil
	}
	ctx, cancel := context.WithCancel(ctx)
	b := &backfill{run: r, cancel: cancel, out: make(chan batch)}
	for _, part := range r.state.Slices {
		b.lanes = append(b.lanes, &lane{part: part, walk: r.sliceWalk(part)})
	}
	first, err := b.scout(ctx)
	if err != nil {
		cancel()
		return err
	}
	var workers sync.WaitGroup
	b.start(ctx, &workers, first)
	err = b.drain(ctx, first)
	cancel()
	workers.Wait()
	if err != nil {
		return err
	}
	r.walkedAll = true
	next := r.state.clone()
	next.Slices, next.Filled, next.Seen = nil, true, r.seen.export()
	r.reached(next)
	return nil
}

// rowsInFlight bounds the pages of a backfill, all of which are held at a time: a row of a hundred columns takes 5 KB.
const rowsInFlight = 1000

// sliceWalk is the walk through a part of the table.
func (r *feedRun) sliceWalk(part slice) *walk[any] {
	w := &walk[any]{
		env: r.env, table: r.feed.table, base: r.base, fields: r.fields,
		column: "sys_created_on", lo: part.Lo, hi: part.Hi, unstamped: part.Unstamped, after: part.After, left: -1,
	}
	byID := part.After.Stamp.IsZero() && !part.After.isZero()
	guessed := r.env.zone.guessed // for the present, and the backfill is of the past
	if part.Unstamped || r.state.Keyed || r.refused || byID || guessed && !r.opts.Ranged {
		w.order = orderID
	}
	if r.opts.Ranged {
		w.span = firstSpan
	}
	if r.opts.PageSize == 0 {
		w.most = max(rowsInFlight/r.opts.Parallel, smallestPage)
	}
	if !r.opts.Since.IsZero() && !r.state.Keyed && !r.refused && !guessed {
		w.base = join(w.base, r.opts.By.column()+">="+r.env.zone.literal(r.env.zone.clear(r.opts.Since)))
	}
	return w
}

func join(base, condition string) string {
	if base == "" {
		return condition
	}
	return base + "^" + condition
}

// start sets the workers to the slices, but for a first one that the scout has ended.
func (b *backfill) start(ctx context.Context, workers *sync.WaitGroup, first batch) {
	b.work = make(chan *lane, 2*b.run.opts.Parallel+len(b.lanes))
	for _, l := range b.lanes {
		if l != first.lane || !first.done {
			b.active++
			b.work <- l
		}
	}
	if b.active == 0 {
		close(b.work)
	}
	if first.lane != nil && !first.done && !b.newest.IsZero() {
		b.cut(first.lane, b.newest, b.run.opts.Parallel-1) // the first page told how long the table is
	}
	for range b.run.opts.Parallel {
		workers.Go(func() { b.worker(ctx) })
	}
}

// worker takes slices until none is left.
func (b *backfill) worker(ctx context.Context) {
	for {
		b.mu.Lock()
		b.idle++
		b.mu.Unlock()
		var l *lane
		var ok bool
		select {
		case l, ok = <-b.work:
		case <-ctx.Done():
			return
		}
		if !ok {
			return
		}
		b.mu.Lock()
		b.idle--
		b.mu.Unlock()
		if err := b.walkLane(ctx, l); err != nil {
			b.fail(err)
			return
		}
	}
}

func (b *backfill) fail(err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.err == nil {
		b.err = err
	}
	b.cancel()
}

func (b *backfill) walkLane(ctx context.Context, l *lane) error {
	for done := false; !done; {
		if err := b.share(ctx, l); err != nil {
			return err
		}
		rows, end, err := l.walk.next(ctx)
		if err != nil {
			return err
		}
		done = end
		select {
		case b.out <- batch{lane: l, rows: rows, done: done}:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.active--; b.active == 0 {
		close(b.work)
	}
	return nil
}

// share gives parts of what is left of l to those who wait.
func (b *backfill) share(ctx context.Context, l *lane) error {
	w := l.walk
	if b.waiting() <= 0 || !w.divisible() {
		return nil
	}
	end, err := b.end(ctx, w)
	if err != nil {
		return err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.cut(l, end, b.idle-len(b.work))
	return nil
}

// divisible reports whether more than a page is left of a walk, as far as is known, and whether it can be cut.
func (w *walk[R]) divisible() bool {
	return w.order == orderTime && !w.after.isZero() && w.span == 0 && (w.left < 0 || w.left > w.env.sizer.limit())
}

// through is the walk through a part of what w walks through. It asks nothing of the run, whose state moves while
// workers cut.
func (w *walk[R]) through(part slice) *walk[R] {
	return &walk[R]{
		env: w.env, table: w.table, base: w.base, fields: w.fields, column: w.column, lo: part.Lo, hi: part.Hi,
		most: w.most, left: -1,
	}
}

// cut gives parts of what is left of l to others, all as long as what l keeps. All pages of l that are on their way to
// the consumer lie before the first cut, because it is made behind the last row received. The mutex is held, or no
// worker runs yet.
func (b *backfill) cut(l *lane, end time.Time, others int) {
	w := l.walk
	if others = min(others, cap(b.work)-len(b.work)); others <= 0 || !w.divisible() {
		return
	}
	step := end.Sub(w.after.Stamp) / time.Duration(others+1)
	if step < 2*time.Second {
		return
	}
	hi := w.hi
	for i := others; i > 0; i-- {
		lo := w.env.zone.clear(w.after.Stamp.Add(time.Duration(i) * step).Truncate(time.Second))
		if !lo.After(w.after.Stamp) || !hi.IsZero() && !lo.Before(hi) {
			break
		}
		part := slice{Lo: lo, Hi: hi}
		given := &lane{part: part, walk: w.through(part)}
		b.lanes = append(b.lanes, given)
		b.active++
		b.work <- given
		hi = lo
	}
	w.hi, l.part.Hi = hi, hi
	if w.left >= 0 {
		w.left /= others + 1
	}
}

func (b *backfill) waiting() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.idle - len(b.work)
}

// end is where the rows of w end: its upper bound, or else the last creation time there is.
func (b *backfill) end(ctx context.Context, w *walk[any]) (time.Time, error) {
	b.mu.Lock()
	hi, newest := w.hi, b.newest
	b.mu.Unlock()
	if !hi.IsZero() {
		return hi, nil
	}
	if newest.IsZero() {
		var err error
		if newest, err = b.run.newest(ctx, w.column, w.base); err != nil {
			return time.Time{}, err
		}
	}
	if newest.Before(w.after.Stamp) {
		newest = w.after.Stamp
	}
	b.mu.Lock()
	b.newest = newest
	b.mu.Unlock()
	return newest, nil
}

// newest is the last time in a column, or zero where that cannot be told: it only helps to cut the table well.
func (r *feedRun) newest(ctx context.Context, column, base string) (time.Time, error) {
	ask := pageAsk{fields: feedColumns, limit: 1, query: join(base, "ORDERBYDESC"+column)}
	got, _, err := fetchPatiently(ctx, r.env, r.feed.table, ask, accept)
	if err != nil || len(got.rows) == 0 {
		return time.Time{}, err
	}
	at, _ := got.rows[0].at(column)
	return at, nil
}

// drain hands the pages to the consumer as they come, and the rows of each in order.
func (b *backfill) drain(ctx context.Context, first batch) error {
	if first.lane != nil {
		if err := b.take(ctx, first); err != nil {
			return err
		}
	}
	for !b.finished() {
		select {
		case got := <-b.out:
			if err := b.take(ctx, got); err != nil {
				return err
			}
		case <-ctx.Done():
			b.mu.Lock()
			defer b.mu.Unlock()
			if b.err != nil {
				return b.err
			}
			return ctx.Err()
		}
	}
	return nil
}

func (b *backfill) finished() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, l := range b.lanes {
		if !l.done {
			return false
		}
	}
	return true
}

// take hands one page to the consumer, and moves its lane.
func (b *backfill) take(ctx context.Context, got batch) error {
	r := b.run
	if err := r.meet(ctx, got.rows); err != nil {
		return err
	}
	state, index := b.snapshot(got.lane)
	places := got.lane.walk.places(got.rows, got.lane.part.After)
	for i, row := range got.rows {
		if err := r.giveRow(row, Checkpoint{state: state, lane: index, at: places[i]}); err != nil {
			return err
		}
	}
	b.mu.Lock()
	if len(places) > 0 {
		got.lane.part.After = places[len(places)-1]
	}
	got.lane.done = got.done
	b.mu.Unlock()
	next, _ := b.snapshot(nil)
	r.settled(next)
	return nil
}

// snapshot is the state with the slices as far as the consumer has taken them, and the index of l in it.
func (b *backfill) snapshot(l *lane) (*feedState, int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	next := *b.run.state
	next.Slices = make([]slice, 0, len(b.lanes))
	index := laneNone
	for _, other := range b.lanes {
		if other == l {
			index = len(next.Slices)
		}
		if !other.done {
			next.Slices = append(next.Slices, other.part)
		}
	}
	return &next, index
}
