package table

import (
	"strings"
	"time"
)

// query is the next question of a walk.
func (w *walk[R]) query() string {
	parts := make([]string, 0, 8)
	if w.base != "" {
		parts = append(parts, w.base)
	}
	if w.order == orderTime && !w.after.isZero() {
		parts = append(parts, w.strictlyAfter()...)
	} else {
		parts = append(parts, w.from()...)
	}
	if hi := w.bound(); !hi.IsZero() && !w.tie {
		parts = append(parts, w.column+"<"+w.env.zone.literal(hi))
	}
	return strings.Join(append(parts, w.sort()...), "^")
}

// strictlyAfter is (F >= T) and (F > T or sys_id > S): strictly after (T, S) without ^NQ, and with a plain range for
// the database's planner. An ^OR binds to the condition before it. F > T is written as "from the next second on",
// because stamps have whole seconds in answers, whatever the database holds. Ids are compared by the instance, whose
// collation nobody else knows.
//
// Where the ^OR cannot be relied on, or makes the instance give up, the same rows are asked for in two steps: first the
// rest of the second T, by sys_id, and then what is later.
func (w *walk[R]) strictlyAfter() []string {
	t, later := w.env.zone.literal(w.after.Stamp), w.env.zone.literal(w.after.Stamp.Add(time.Second))
	switch {
	case w.env.hooks.makes(mistakeStrict):
		return []string{w.column + ">=" + later}
	case w.tie:
		return []string{w.column + ">=" + t, w.column + "<" + later, sysID + ">" + w.after.ID}
	case w.stepped:
		return []string{w.column + ">=" + later}
	}
	return []string{w.column + ">=" + t, w.column + ">=" + later, "OR" + sysID + ">" + w.after.ID}
}

func (w *walk[R]) from() []string {
	var parts []string
	switch {
	case w.unstamped:
		parts = append(parts, w.column+"ISEMPTY")
	case !w.lo.IsZero():
		parts = append(parts, w.column+">="+w.env.zone.literal(w.lo))
	case w.order == orderTime:
		parts = append(parts, w.column+"ISNOTEMPTY")
	}
	if w.order == orderID && !w.after.isZero() {
		parts = append(parts, sysID+">"+w.after.ID)
	}
	return parts
}

func (w *walk[R]) sort() []string {
	switch {
	case w.order == orderNone:
		return nil
	case w.order == orderID, w.tie:
		return []string{"ORDERBY" + sysID}
	case w.env.hooks.makes(mistakeOffsets):
		return []string{"ORDERBY" + w.column}
	}
	return []string{"ORDERBY" + w.column, "ORDERBY" + sysID}
}

// bound is the upper end of what the next request may ask for.
func (w *walk[R]) bound() time.Time {
	if w.span == 0 {
		return w.hi
	}
	if w.edge.IsZero() {
		w.edge = w.lo
		if !w.after.isZero() {
			w.edge = w.after.Stamp
		}
		w.widen()
	}
	return w.edge
}

func (w *walk[R]) widen() {
	w.edge = w.edge.Add(w.span)
	if w.edge.After(w.hi) {
		w.edge = w.hi
	}
}
