package table

import (
	"fmt"
	"slices"
)

// verify refuses a page that is not an answer to the question: the platform drops conditions that it does not
// understand and answers with what is left, and a page that does not go on from the key is a loop.
func (w *walk[R]) verify(p page[R], ask pageAsk) error {
	if w.order != orderNone && !w.after.isZero() {
		again := slices.ContainsFunc(p.rows, func(r feedRow[R]) bool {
			stamp, _ := r.at(w.column)
			return r.id == w.after.ID && (w.order == orderID || stamp.Equal(w.after.Stamp))
		})
		if again {
			return w.ignored("the row to go on from came again")
		}
	}
	if ask.offset > 0 && len(p.rows) > 1 && slices.Equal(ids(p.rows), w.page) {
		return w.ignored("another offset brought the same page")
	}
	if w.scout && len(p.rows) > 0 && !slices.ContainsFunc(p.rows, func(r feedRow[R]) bool {
		_, ok := r.at(w.column)
		return ok
	}) {
		return errUntimed
	}
	if w.order == orderTime {
		return w.verifyTimes(p.rows)
	}
	if w.order == orderID {
		order := idOrder{last: w.after.ID}
		for _, row := range p.rows {
			if !order.then(row.id) {
				return w.disordered("sys_id " + row.id)
			}
		}
	}
	return nil
}

// verifyTimes demands that all rows lie between the bounds and behind the key, in the order of (time, sys_id).
func (w *walk[R]) verifyTimes(rows []feedRow[R]) error {
	last := w.lo
	order := idOrder{}
	if !w.after.isZero() {
		last, order.last = w.after.Stamp, w.after.ID
	}
	for i, row := range rows {
		stamp, ok := row.at(w.column)
		switch {
		case !ok && w.unstamped:
			continue
		case !ok:
			return errNullTime
		case !w.hi.IsZero() && !stamp.Before(w.bound()), i == 0 && stamp.Before(last), stamp.Before(w.lo),
			w.tie && !stamp.Equal(w.after.Stamp):
			return w.ignored("a row of " + stamp.Format(timeLayout) + " is outside of what was asked for")
		case stamp.Before(last):
			return w.disordered(stamp.Format(timeLayout) + " behind " + last.Format(timeLayout))
		case stamp.After(last):
			order.last = ""
		}
		if !order.then(row.id) && !w.env.hooks.makes(mistakeOffsets) {
			return w.disordered("sys_id " + row.id + " within " + stamp.Format(timeLayout))
		}
		last = stamp
	}
	return nil
}

func (w *walk[R]) ignored(what string) error {
	return fmt.Errorf("%w: %s: %s", ErrQueryIgnored, w.table.name, what)
}

func (w *walk[R]) disordered(what string) error {
	return fmt.Errorf("%w: %s: %s", ErrOrderIgnored, w.table.name, what)
}

func ids[R any](rows []feedRow[R]) []string {
	all := make([]string, len(rows))
	for i, row := range rows {
		all[i] = row.id
	}
	return all
}

// idOrder tells whether ids came in an order that a database can have put them in. Collations agree about the order of
// digits and about that of small letters, and differ in which of the two come first; about other characters nothing is
// assumed.
type idOrder struct {
	last            string
	digits, letters bool // an earlier pair was against this order: digits before letters, letters before digits
}

// then takes the next id, and reports whether all so far can be in order.
func (o *idOrder) then(id string) bool {
	before := o.last
	o.last = id
	if !isHexID(before) || !isHexID(id) {
		return true
	}
	o.digits = o.digits || id < before
	o.letters = o.letters || lettersFirst(id, before)
	return !o.digits || !o.letters
}

func isHexID(id string) bool {
	for i := range len(id) {
		if c := id[i]; (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return false
		}
	}
	return len(id) == 32
}

// lettersFirst reports that a is before b where letters are before digits.
func lettersFirst(a, b string) bool {
	for i := range len(a) {
		if x, y := a[i], b[i]; x != y {
			if (x <= '9') == (y <= '9') {
				return x < y
			}
			return x > '9'
		}
	}
	return false
}
