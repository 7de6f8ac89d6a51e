package table

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"time"
)

// CensusKey is a record of a host's copy: its id, and the version that the copy has.
type CensusKey struct {
	SysID     string
	UpdatedOn time.Time // sys_updated_on
	ModCount  int64     // sys_mod_count
}

// CensusOptions say what a census compares. Keys is required.
type CensusOptions struct {
	// Keys yields the records of the host's copy whose sys_created_on lies in [from, to), in any order. A zero bound is
	// open. They are held in memory, some 100 bytes each, for one month at a time.
	Keys func(ctx context.Context, from, to time.Time) iter.Seq2[CensusKey, error]
	// Count is how many records Keys would yield. Where it equals what the instance counts, a month that is long past
	// is not looked into. Nil looks into every month.
	Count func(ctx context.Context, from, to time.Time) (int, error)
	// Full looks into every month, whatever the counts say: equal counts do not show what is stale.
	Full bool
	// Query and Fields are those of the feed that made the copy.
	Query  Query
	Fields []string
	// Before resumes a census that ended early: it begins with the month before that time, since newer ones have been
	// compared. Zero begins with the newest.
	Before time.Time
	// PageSize and Patience are as in [FeedOptions].
	PageSize int
	Patience time.Duration
	Notice   func(Notice)
	// Compared is told of each month that has been compared, newest first. Store its From to resume.
	Compared func(CensusMonth)
}

// CensusMonth is the outcome for the records created in one month.
type CensusMonth struct {
	From, To              time.Time // zero is open
	Remote, Local         int       // records on the instance that the user may read, and in the copy
	Missing, Extra, Stale int
	Skipped               bool // the counts agreed, and the keys were not compared
}

// FindingKind is what is wrong with a record of the copy.
type FindingKind string

// What a census finds. More than none of them is worth an alarm: it is the truth about the pull.
const (
	FoundMissing FindingKind = "missing" // the instance has it, the copy does not: take Row
	FoundStale   FindingKind = "stale"   // the copy has another version: take Row
	FoundExtra   FindingKind = "extra"   // the copy has it, the instance does not, or hides it: delete it
)

// Finding is one record in which the copy and the instance differ.
type Finding[T any] struct {
	Kind  FindingKind
	Table string // the record's own class where the row tells it
	SysID string
	Row   T // the record as it is now; the zero T of a FoundExtra
}

// Census compares a host's copy of the table with the instance, month by month of creation, the newest first, and
// yields what is missing, stale or extra: deletions that were not recorded, rows written with an old time, rows that
// rights gave or took. No cursor can see these. It goes behind everything else in the queue of the connection.
//
// Each month costs one request to count, and where keys are compared one for each page of keys and one for each hundred
// findings. Ids are never compared for their order but by the instance. Records without a creation time are left out.
//
// https://www.servicenow.com/docs/r/api-reference/rest-apis/c_TableAPI.html
func (t Table[T]) Census(ctx context.Context, o CensusOptions) iter.Seq2[Finding[T], error] {
	return func(yield func(Finding[T], error) bool) {
		c, err := t.newCensus(ctx, o, func(f Finding[any], err error) bool {
			return yield(Finding[T]{Kind: f.Kind, Table: f.Table, SysID: f.SysID, Row: unboxed[T](f.Row)}, err)
		})
		if err == nil {
			err = c.run(ctx)
		}
		if err != nil && !errors.Is(err, errStopped) {
			yield(Finding[T]{}, fmt.Errorf("table: census of %s: %w", t.name, err))
		}
	}
}

// hotMonths are always compared: the newest are where a pull goes wrong.
const hotMonths = 2

// census is one range over a census.
type census struct {
	t      Table[any]
	keys   Table[Record]
	o      CensusOptions
	env    *feedEnv
	base   string
	fields []string
	yield  func(Finding[any], error) bool
}

func (t base) newCensus(
	ctx context.Context, o CensusOptions, yield func(Finding[any], error) bool,
) (*census, error) {
	feed := FeedOptions{Query: o.Query, Fields: o.Fields, PageSize: o.PageSize, Patience: o.Patience}
	feed, err := feed.withDefaults()
	if err = errors.Join(t.err, err); err != nil {
		return nil, err
	}
	if o.Keys == nil {
		return nil, errors.New("CensusOptions.Keys is missing: the copy has to be known to be compared")
	}
	base, err := feed.base()
	if err != nil {
		return nil, err
	}
	tell := func(n Notice) {
		if o.Notice != nil {
			o.Notice(n)
		}
	}
	c := &census{
		t: Table[any]{t}, keys: Of[Record](New(t.conn), t.name), o: o, base: base, fields: t.feedFields(o.Fields), yield: yield,
		env: &feedEnv{conn: t.conn, sizer: newPageSizer(o.PageSize), patience: feed.Patience, tell: tell},
	}
	c.env.zone, err = zoneOf(ctx, c.env, t.name)
	return c, err
}

func (c *census) run(ctx context.Context) error {
	first, last, err := c.bounds(ctx)
	if err != nil {
		return err
	}
	hot := hotMonths
	for month := range c.months(first, last) {
		if !c.o.Before.IsZero() && (month.From.IsZero() && !c.o.Before.After(first) || !month.From.Before(c.o.Before)) {
			continue
		}
		if err := c.compare(ctx, &month, hot > 0); err != nil {
			return err
		}
		hot--
		if c.o.Compared != nil {
			c.o.Compared(month)
		}
	}
	return nil
}

// bounds are the first and the last creation time, zero for an empty table.
func (c *census) bounds(ctx context.Context) (first, last time.Time, err error) {
	for _, b := range []struct {
		order string
		at    *time.Time
	}{{"ORDERBY", &first}, {"ORDERBYDESC", &last}} {
		ask := pageAsk{
			query:  join(join(c.base, "sys_created_onISNOTEMPTY"), b.order+"sys_created_on"),
			fields: feedColumns, limit: 1,
		}
		got, _, err := fetchPatiently(ctx, c.env, c.keys, ask, accept)
		if err != nil {
			return first, last, err
		}
		if len(got.rows) > 0 {
			*b.at = got.rows[0].created
		}
	}
	return first, last, nil
}

// months goes back from the last to the first. The newest and the oldest are open, so that what the copy has beyond the
// instance's own records is seen.
func (c *census) months(first, last time.Time) iter.Seq[CensusMonth] {
	return func(yield func(CensusMonth) bool) {
		start := func(t time.Time) time.Time { return time.Date(t.Year(), t.Month(), 1, 0, 0, 0, 0, time.UTC) }
		to := time.Time{}
		for from := start(last); from.After(start(first)); from = from.AddDate(0, -1, 0) {
			if !yield(CensusMonth{From: from, To: to}) {
				return
			}
			to = from
		}
		yield(CensusMonth{To: to})
	}
}

func accept[R any](page[R], pageAsk) error { return nil }
