package table

import (
	"context"
	"errors"
	"time"

	"github.com/seed-a66f7fd3/servicenow/internal/rest"
)

// mostWindows bounds how long a pass runs after a table in which others never stop writing.
const mostWindows = 8

// changes takes what was written since the last window, and what was committed late before it. It ends with a window
// that brought nothing: what others wrote while the pass ran has been taken as well.
func (r *feedRun) changes(ctx context.Context) error {
	if r.state.Keyed && r.walkedAll {
		return nil // the table has no times, and all of it has just been read
	}
	overlap := r.overlap()
	for range mostWindows {
		if r.state.Keyed || r.refused || r.env.zone.guessed && r.now().Sub(r.state.Changes.High) > guessHolds {
			return r.readAll(ctx)
		}
		resumed, taken := r.state.Changes.Open != nil, r.taken
		began, here := r.now(), time.Now()
		err := r.window(ctx, overlap)
		if errors.Is(err, rest.ErrForbidden) && r.rangesRefused(ctx, err) {
			continue
		}
		if err != nil {
			return err
		}
		// A window of an earlier run ends where that run saw the present; and the first answer may have set right a
		// clock that was carried forward for too long.
		jumped := r.now().Sub(began)-time.Since(here) >= 3*time.Second
		if !resumed && !jumped {
			if r.taken == taken {
				return nil
			}
			overlap = 0 // it has just been read
		}
	}
	return nil
}

// guessHolds is how far back a guessed offset from UTC is trusted.
const guessHolds = 72 * time.Hour

// ahead is how far a window reaches beyond the present. Date headers are cut to the second and are a moment old when
// they are read, so that the instance may be one second on, and another begun; what is still to be written in the last
// of them comes again.
const ahead = 2 * time.Second

// openWindow fixes the next window of a track, unless one is unfinished.
func (r *feedRun) openWindow(t *track, overlap time.Duration) {
	if t.Open != nil {
		return
	}
	hi := r.now().Add(ahead - r.opts.Settle)
	if hi.Before(t.High) {
		hi = t.High
	}
	t.Open = &window{Lo: r.env.zone.clear(t.High.Add(-overlap)), Hi: r.env.zone.clearAfter(hi)}
}

// overlap is how far this pass reads back: the long way once a day.
func (r *feedRun) overlap() time.Duration {
	switch {
	case r.hooks.makes(mistakeNoOverlap):
		return 0
	case r.deep:
		return r.opts.DeepOverlap
	}
	return r.opts.Overlap
}

// window takes one window of changes.
func (r *feedRun) window(ctx context.Context, overlap time.Duration) error {
	next := r.state.clone()
	r.openWindow(&next.Changes, overlap)
	r.state = next
	open := *next.Changes.Open
	w := r.changesWalk(open)
	for done := false; !done; {
		rows, end, err := w.next(ctx)
		if err != nil {
			return err
		}
		if err := r.meet(ctx, rows); err != nil {
			return err
		}
		places := w.places(rows, open.After)
		for i, row := range rows {
			if err := r.giveRow(row, Checkpoint{state: r.state, lane: laneWindow, at: places[i]}); err != nil {
				return err
			}
		}
		if len(places) > 0 {
			open.After = places[len(places)-1]
			next := r.state.clone()
			next.Changes.Open.After = open.After
			r.settled(next)
		}
		done = end
	}
	r.closeWindow(open)
	return nil
}

// high is where the next window begins, but for the overlap: the present when this one was opened, and never in the
// future.
func (r *feedRun) high(open window) time.Time {
	hi := open.Hi
	if now := r.now().Add(ahead); hi.After(now) {
		hi = now
	}
	return hi.Add(-ahead)
}

func (r *feedRun) changesWalk(open window) *walk[any] {
	w := &walk[any]{
		env: r.env, table: r.feed.table, base: r.base, fields: r.fields, column: r.column(),
		lo: open.Lo, hi: open.Hi, after: open.After, tail: true, left: -1,
	}
	if r.opts.Ranged {
		w.span = firstSpan
	}
	return w
}

// closed makes next the state once a track has moved.
func (r *feedRun) closed(next *feedState) {
	r.state = next
	r.seen.raise(r.floor())
	next.Seen, r.seen.page = r.seen.export(), nil
	r.reached(next)
}

func (r *feedRun) closeWindow(open window) {
	next := r.state.clone()
	next.Changes = track{High: r.high(open)}
	r.closed(next)
}

// readAll is the pass over a table that cannot be asked for what changed: all of it is read by sys_id, and what is
// older than the last pass, as far as the rows tell, is left out.
func (r *feedRun) readAll(ctx context.Context) error {
	began := r.now()
	floor := r.state.Changes.High.Add(-r.overlap())
	w := r.sliceWalk(slice{})
	w.order = orderID
	rows, done, err := r.firstByID(ctx, w)
	for {
		if err != nil {
			return err
		}
		if err := r.meet(ctx, rows); err != nil {
			return err
		}
		for _, row := range rows {
			if at, ok := row.at(r.column()); ok && at.Before(floor) {
				continue
			}
			if err := r.giveRow(row, Checkpoint{state: r.state, lane: laneNone}); err != nil {
				return err
			}
		}
		if done {
			break
		}
		rows, done, err = w.next(ctx)
	}
	next := r.state.clone()
	next.Changes = track{High: began}
	r.closed(next)
	return nil
}
