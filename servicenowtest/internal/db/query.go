package db

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Regime is what becomes of a query clause the platform does not understand.
type Regime int

const (
	// InvalidDropped is the documented default: the clause is dropped and the rest of the query runs.
	InvalidDropped Regime = iota
	// InvalidReturnsNothing is glide.invalid_query.returns_no_rows=true.
	InvalidReturnsNothing
	// InvalidForbidden refuses the whole query, as newer releases do for columns that cannot be read.
	InvalidForbidden
)

// ErrQueryForbidden is what a refused query's error wraps; its text names the columns.
var ErrQueryForbidden = errors.New("insufficient rights to query records")

// Query asks for rows. The zero values of all fields but Table mean everything, in the order of insertion.
type Query struct {
	Table   string
	Encoded string
	Limit   int // 0 means no limit
	Offset  int

	// Match is a condition beside Encoded; nil means none.
	Match func(Row) bool
	// Visible is the row ACL. It is asked after Limit and Offset have cut the window, so a page may be short, or empty.
	Visible func(Row) bool
	// Regime is what becomes of clauses that are not understood.
	Regime Regime
	// FoldCase compares text without regard to letter case, as databases of instances do. The zero value is what the
	// documentation says: values are case-sensitive.
	FoldCase bool
	// SplitCarets ends a clause at every caret, also at a doubled one.
	SplitCarets bool
	// LiteralsInUserZone reads date literals in the session's time zone instead of UTC.
	LiteralsInUserZone bool
	// MatchRefused and RangeRefused are query ACLs: a clause, or an order, on a column they name makes the query
	// forbidden. Equality, IN, SAMEAS, emptiness and ANYTHING match; everything else, sorting included, is range.
	// https://www.servicenow.com/docs/r/platform-security/access-control/query-acl-rule.html
	MatchRefused, RangeRefused func(table, column string) bool
	// NoCount leaves Result.Total at -1.
	NoCount bool
	// WithRules lets query rules see the query first, as every query of a user does.
	WithRules bool
}

// OnQuery adds a hook that sees queries made WithRules. It gives conditions that rows have to satisfy besides: an
// encoded query, or "".
func (d *DB) OnQuery(hook func(s Session, table string) string) {
	d.mu.Lock()
	d.queryHooks = append(slices.Clone(d.queryHooks), hook)
	d.mu.Unlock()
}

// restrict asks the query hooks.
func (d *DB) restrict(s Session, q *Query) {
	d.mu.RLock()
	hooks := d.queryHooks
	d.mu.RUnlock()
	for _, h := range hooks {
		if more := h(s, q.Table); more != "" {
			within, match := d.plan(s, Query{Table: q.Table, Encoded: more}), q.Match
			q.Match = func(r Row) bool { return within.match(r) && (match == nil || match(r)) }
		}
	}
}

// Seen reads one record as a query does: not where a query rule keeps it from the session.
func (d *DB) Seen(s Session, table, sysID string) (Row, bool) {
	row, ok := d.Get(table, sysID)
	if !ok {
		return Row{}, false
	}
	q := Query{Table: table}
	d.restrict(s, &q)
	if q.Match != nil && !q.Match(row) {
		return Row{}, false
	}
	return row, true
}

// Result is what a query found.
type Result struct {
	Rows    []Row
	Total   int      // rows that match, before Limit, Offset and Visible
	Window  int      // rows in the window, before Visible
	Dropped []string // clauses that were not understood
}

// Query runs an encoded query.
func (d *DB) Query(s Session, q Query) (Result, error) {
	return d.run(s, q)
}

// Count counts the rows that match, whoever may see them.
func (d *DB) Count(s Session, table, encoded string) (int, error) {
	res, err := d.run(s, Query{Table: table, Encoded: encoded, Limit: 1})
	return res.Total, err
}

// Matches reports whether one row satisfies the conditions of an encoded query; an empty query matches.
func (d *DB) Matches(s Session, row Row, encoded string) bool {
	p := d.plan(s, Query{Table: row.Class(), Encoded: encoded})
	return p.match(row)
}

func forbidden(columns []string) error {
	return fmt.Errorf("%w: %s", ErrQueryForbidden, strings.Join(columns, ", "))
}

func (q Query) zone(s Session) *time.Location {
	if q.LiteralsInUserZone {
		return s.zone()
	}
	return time.UTC
}
