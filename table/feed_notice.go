package table

import (
	"errors"
	"fmt"
)

// The failures of a page that no retry cures. They stop a feed where it is: nothing of such a page is delivered.
var (
	// ErrQueryIgnored says that the instance answered with rows that were not asked for: it dropped a condition, as it
	// does with columns that it does not know or that the user may not read.
	ErrQueryIgnored = errors.New("the instance ignored a condition of the query")
	// ErrOrderIgnored says that the rows did not come in the order asked for, so that there is no place to go on from.
	ErrOrderIgnored = errors.New("the instance ignored the order of the query")
)

// NoticeKind is a kind of [Notice].
type NoticeKind string

// What a feed gives notice of.
const (
	// NoticeZone: the instance reads dates in the zone of the user. The feed shifts its dates accordingly.
	NoticeZone NoticeKind = "zone"
	// NoticeZoneUnknown: the feed could not find out in which zone the instance reads dates and takes it for UTC.
	NoticeZoneUnknown NoticeKind = "zone_unknown"
	// NoticeRangeRefused: a query access rule refuses ranges or sorting by time. Every pass reads the whole table.
	NoticeRangeRefused NoticeKind = "range_refused"
	// NoticeOrderRefused: sorting by sys_id is refused too. Pages are counted through, and rows can be missed or come
	// twice while others write: the feed's promise does not hold.
	NoticeOrderRefused NoticeKind = "order_refused"
	// NoticeNoTimes: the table has no time to follow. Every pass reads the whole table.
	NoticeNoTimes NoticeKind = "no_times"
	// NoticeHidden: rows exist that the user may not read.
	NoticeHidden NoticeKind = "hidden"
	// NoticeUncounted: the instance does not say how many rows match, so that the end cannot be told from very many
	// hidden rows in a row.
	NoticeUncounted NoticeKind = "uncounted"
	// NoticeStepped: the instance does not do what an OR in a query asks for, or not in time. The feed does without.
	NoticeStepped NoticeKind = "stepped"
	// NoticeClock: the instance does not tell its time. The feed goes by the host's clock, and loses changes if that is
	// ahead.
	NoticeClock NoticeKind = "clock"
	// NoticeClasses: sys_db_object cannot be read. Deletions are reported for the classes that are known without it, or
	// that rows have told.
	NoticeClasses NoticeKind = "classes"
	// NoticeNullTime: a row came without its time although it was found by it.
	NoticeNullTime NoticeKind = "null_time"
	// NoticeDeletes: sys_audit_delete cannot be read, so that deletions are not reported.
	NoticeDeletes NoticeKind = "deletes"
	// NoticeSlow: the instance does not answer, or asks to slow down, and the feed waits.
	NoticeSlow NoticeKind = "slow"
)

// Notice is something that the consumer of a feed should know and that is not an error.
type Notice struct {
	Kind  NoticeKind
	Table string
	// Text says what is so and what follows from it, for people.
	Text string
	// Count is how many rows it is about, or 0.
	Count int
	// Err is what the instance said, or nil.
	Err error
}

// String is the notice on one line.
func (n Notice) String() string {
	s := n.Table + ": " + n.Text
	if n.Err != nil {
		s = fmt.Sprintf("%s (%v)", s, n.Err)
	}
	return s
}
