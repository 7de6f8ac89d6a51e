package table

import (
	"context"
	"fmt"
	"hash/maphash"
)

// byKey walks in the order of sys_id, each page behind the last row of the one before. Ids are compared by the
// instance only: its database decides what their order is.
func (w *listing) byKey(ctx context.Context, base Query) error {
	var (
		after  string // the last row received
		first  string // the first row of the page before
		offset int    // into what follows after, to step over rows that are hidden
		count  bool   // look for the end
		spare  bool   // one window more than the count says has been looked at
		page   = newRepeats()
	)
	for {
		page.forget()
		q := base
		if after != "" {
			q = All(base, Where(sysID, Greater, after))
		}
		asked, rowsBefore, begins := after, w.delivered, ""
		rq := w.request(q.OrderBy(sysID), offset, count)
		if offset > 0 {
			rq.limit = min(max(rq.limit*4, rq.limit), widestWindow)
		}
		got, err := w.t.readPage(ctx, rq, func(id string, row any) error {
			if begins == "" {
				begins = id
			}
			switch id {
			case asked, first:
				return fmt.Errorf("%w: a page of %s does not begin behind the one before", ErrQueryIgnored, w.t.name)
			}
			if page.again(id) {
				return nil
			}
			after = id
			return w.deliver(row)
		})
		fresh := w.delivered - rowsBefore
		if fresh > 0 {
			first, offset, spare = begins, 0, false
		}
		switch {
		case err != nil && !w.again(ctx, err):
			return err
		case err != nil:
			count = false
		case got.rows > 0:
			w.grow()
			if count && rq.offset == 0 && got.total >= 0 && fresh >= got.total {
				return nil
			}
			count = fresh < rq.limit
			w.wide = w.wide || count
		case !count:
			count, w.wide = true, true
		case got.total == 0, spare:
			return nil
		default:
			// Rows match and none of this window may be read. Some instances count only what the user may see, so
			// that a window more than the count says is looked at before the list ends.
			offset = rq.offset + rq.limit
			if spare = offset >= got.total; spare {
				w.hidden += max(got.total, 0)
			}
		}
	}
}

// byOffset counts through pages. Rows that come again because others wrote are left out as far as they are remembered:
// for two pages.
func (w *listing) byOffset(ctx context.Context, q Query) error {
	seed := maphash.MakeSeed()
	here, before := map[uint64]bool{}, map[uint64]bool{}
	offset, count, spare := 0, false, false
	for {
		rq := w.request(q, offset, count)
		got, err := w.t.readPage(ctx, rq, func(id string, row any) error {
			key := maphash.String(seed, id)
			if here[key] || before[key] {
				return nil
			}
			here[key] = true
			return w.deliver(row)
		})
		if err != nil {
			if !w.again(ctx, err) {
				return err
			}
			continue // the same window: what was delivered is remembered
		}
		offset += rq.limit
		if len(here) > 0 {
			here, before = before, here
			clear(here)
		}
		switch {
		case got.rows > 0:
			w.grow()
			spare = false
			if count && got.total >= 0 && rq.offset+min(got.rows, rq.limit) >= got.total {
				return nil
			}
			count = got.rows < rq.limit
			w.wide = w.wide || count
		case !count:
			count, w.wide = true, true
			offset -= rq.limit
		case got.total == 0, spare:
			return nil
		default:
			spare = offset >= got.total
		}
	}
}
