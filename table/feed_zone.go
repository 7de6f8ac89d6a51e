package table

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/seed-a66f7fd3/servicenow/internal/rest"
)

// zone is how the instance reads the dates in a query. They are documented to be UTC; users report that some
// instances read them in the zone of the user.
//
// belief: an instance reads all dates in a query alike. A query on a real instance with a user in another zone settles
// it.
type zone struct {
	loc *time.Location
	// guessed says that only an offset at one time is known, and not how it changes in the year.
	guessed bool
	// noOr says that a condition with OR did not find what it should have found.
	noOr bool
}

var utcZone = &zone{loc: time.UTC}

func (z *zone) literal(t time.Time) string { return t.In(z.loc).Format(timeLayout) }

// ambiguous reports a time in the hour that comes twice when summer time ends: its literal means two times.
func (z *zone) ambiguous(t time.Time) bool {
	if z.loc == time.UTC {
		return false
	}
	for _, d := range []time.Duration{-time.Hour, -30 * time.Minute, 30 * time.Minute, time.Hour} {
		if z.literal(t.Add(d)) == z.literal(t) {
			return true
		}
	}
	return false
}

// clear is the last time at or before t whose literal means one time only.
func (z *zone) clear(t time.Time) time.Time {
	for z.ambiguous(t) {
		t = t.Add(-time.Minute)
	}
	return t
}

// clearAfter is the first such time at or after t.
func (z *zone) clearAfter(t time.Time) time.Time {
	for z.ambiguous(t) {
		t = t.Add(time.Minute)
	}
	return t
}

// zoneOf finds out, once a connection, with a canary: a row is asked for by its own time. What was only guessed is
// found out anew each time, because summer time may have begun.
func zoneOf(ctx context.Context, env *feedEnv, table string) (*zone, error) {
	if env.hooks.makes(mistakeZone) {
		return utcZone, ensureClock(ctx, env, table)
	}
	known := learnedOf(env.conn)
	if z := known.zone.Load(); z != nil {
		return z, nil
	}
	z, err := calibrate(ctx, env, table)
	if err == nil && !z.guessed {
		known.zone.Store(z)
	}
	return z, err
}

// ensureClock makes sure that the instance has told its time.
func ensureClock(ctx context.Context, env *feedEnv, table string) error {
	_, err := canaries(ctx, env, table, "", 1)
	return err
}

// calibrate tries UTC, the zone of the user, and last every quarter of an hour.
func calibrate(ctx context.Context, env *feedEnv, table string) (*zone, error) {
	const tries = 10 // others may delete one row after the other, but not for ever
	for range tries {
		row, err := anyRow(ctx, env, table)
		if err != nil {
			return nil, err
		}
		if row == nil {
			break
		}
		z, err := calibrateBy(ctx, env, row)
		if err != nil || z != nil {
			return z, err
		}
	}
	env.tell(Notice{Kind: NoticeZoneUnknown, Table: table,
		Text: "no row to find out with in which zone the instance reads dates: taken for UTC"})
	return utcZone, nil
}

// calibrateBy asks for a row by its own time. Nil is a row that was deleted between two questions: then "not found" says
// nothing about zones, and a wrong zone would lose rows.
func calibrateBy(ctx context.Context, env *feedEnv, row *canary) (*zone, error) {
	z, err := row.readIn(ctx, env, time.UTC)
	if err != nil || z != nil {
		return z, err
	}
	loc, err := userZone(ctx, env)
	if err != nil {
		return nil, err
	}
	if loc != nil {
		z, err := row.readIn(ctx, env, loc)
		if err != nil {
			return nil, err
		}
		if z != nil {
			env.tell(Notice{Kind: NoticeZone, Table: row.table, Text: fmt.Sprintf(
				"the instance reads dates in the user's zone %s; they are shifted. GMT is the better zone for an integration", loc)})
			return z, nil
		}
	}
	newest, err := newestRow(ctx, env, row)
	if err != nil {
		return nil, err
	}
	z, notice, err := searchZone(ctx, env, newest)
	if err != nil {
		return nil, err
	}
	if there, err := newest.isThere(ctx, env); err != nil || !there {
		return nil, err
	}
	env.tell(notice)
	return z, nil
}

// canary is a row and its own time.
type canary struct {
	table  string
	id     string
	column string
	at     time.Time
}

// readIn is the zone, if the row is found by its time as written in loc. The question is of the kind that walks ask, so
// that it also shows whether a condition with OR can be relied on.
func (c *canary) readIn(ctx context.Context, env *feedEnv, loc *time.Location) (*zone, error) {
	z := &zone{loc: loc}
	own, next := c.column+">="+z.literal(c.at), c.column+"<"+z.literal(c.at.Add(time.Second))
	ok, refused, err := c.foundBy(ctx, env, own, next, c.column+"<"+z.literal(c.at), "OR"+sysID+">"+c.id[:len(c.id)-1])
	if err != nil || ok {
		return z, err
	}
	if refused {
		ok, _, err = c.foundBy(ctx, env, c.column+"="+z.literal(c.at))
	} else {
		ok, _, err = c.foundBy(ctx, env, own, next)
		z.noOr = true
	}
	if err != nil || !ok {
		return nil, err
	}
	return z, nil
}

func (c *canary) foundBy(ctx context.Context, env *feedEnv, conditions ...string) (found, refused bool, err error) {
	rows, refused, err := canariesOf(ctx, env, c.table, sysID+"="+c.id+"^"+strings.Join(conditions, "^"), 1)
	return slices.ContainsFunc(rows, func(r feedRow[Record]) bool { return r.id == c.id }), refused, err
}

// isThere reports whether the row is as it was.
func (c *canary) isThere(ctx context.Context, env *feedEnv) (bool, error) {
	got, err := canaries(ctx, env, c.table, sysID+"="+c.id, 1)
	if err != nil || len(got) == 0 {
		return false, err
	}
	at, ok := got[0].at(c.column)
	return ok && at.Equal(c.at), nil
}

func canaries(ctx context.Context, env *feedEnv, table, query string, limit int) ([]feedRow[Record], error) {
	rows, _, err := canariesOf(ctx, env, table, query, limit)
	return rows, err
}

func canariesOf(
	ctx context.Context, env *feedEnv, table, query string, limit int,
) (rows []feedRow[Record], refused bool, err error) {
	return allowed(ctx, env, table, pageAsk{
		query: query, fields: append([]string{"time_zone", "value"}, feedColumns...), limit: limit,
	})
}

// allowed reads rows of a table that the user may not be allowed to read. A refusal is no row.
func allowed(
	ctx context.Context, env *feedEnv, table string, ask pageAsk,
) (rows []feedRow[Record], refused bool, err error) {
	t := Of[Record](New(env.conn), table)
	got, _, err := fetchPatiently(ctx, env, t, ask, accept)
	if errors.Is(err, rest.ErrForbidden) || isMissing(err) {
		return nil, true, nil
	}
	return got.rows, false, err
}

// anyRow finds a row that has a time: of the table, or else a user, for every login can read its own. Tables that are
// never to be read without a range are left alone.
func anyRow(ctx context.Context, env *feedEnv, table string) (*canary, error) {
	names := []string{table, "sys_user"}
	if env.ranged {
		names = names[1:]
	}
	for _, name := range names {
		rows, err := canaries(ctx, env, name, "", 10)
		if err != nil {
			return nil, err
		}
		for _, row := range rows {
			for _, column := range []string{"sys_created_on", "sys_updated_on"} { // the first does not change
				if at, ok := row.at(column); ok {
					return &canary{table: name, id: row.id, column: column, at: at}, nil
				}
			}
		}
	}
	return nil, nil
}

// newestRow is the newest row of the canary's table, whose offset from UTC is likely the present one.
func newestRow(ctx context.Context, env *feedEnv, than *canary) (*canary, error) {
	rows, err := canaries(ctx, env, than.table, "ORDERBYDESC"+than.column, 1)
	if err != nil || len(rows) == 0 {
		return than, err
	}
	at, ok := rows[0].at(than.column)
	if !ok {
		return than, nil
	}
	return &canary{table: than.table, id: rows[0].id, column: than.column, at: at}, nil
}

// userZone is the zone of the user's record, or else the instance's, as far as they can be read.
func userZone(ctx context.Context, env *feedEnv) (*time.Location, error) {
	for _, from := range []struct{ table, query, column string }{
		{"sys_user", "sys_id=javascript:gs.getUserID()", "time_zone"},
		{"sys_properties", "name=glide.sys.default.tz", "value"},
	} {
		rows, err := canaries(ctx, env, from.table, from.query, 2)
		if err != nil {
			return nil, err
		}
		if len(rows) != 1 { // two are of a condition that was dropped
			continue
		}
		if name := rows[0].row.Get(from.column).String(); name != "" {
			if loc, err := time.LoadLocation(name); err == nil {
				return loc, nil
			}
		}
	}
	return nil, nil
}

// searchZone looks for the offset by halves: the row is found by every time up to its own.
func searchZone(ctx context.Context, env *feedEnv, row *canary) (*zone, Notice, error) {
	const quarter, span = 15 * time.Minute, 15 * time.Hour
	found := func(step int) (bool, error) {
		shifted := row.at.Add(time.Duration(step) * quarter)
		ok, _, err := row.foundBy(ctx, env, row.column+">="+utcZone.literal(shifted))
		return ok, err
	}
	lo, hi := -int(span/quarter), int(span/quarter)
	below, err := found(lo)
	if err != nil {
		return nil, Notice{}, err
	}
	above, err := found(hi)
	if err != nil {
		return nil, Notice{}, err
	}
	if !below || above {
		return utcZone, Notice{Kind: NoticeZoneUnknown, Table: row.table,
			Text: "the instance does not find a row by its own time in any zone: dates are taken for UTC; run a census"}, nil
	}
	for hi-lo > 1 {
		mid := lo + (hi-lo)/2
		ok, err := found(mid)
		if err != nil {
			return nil, Notice{}, err
		}
		if ok {
			lo = mid
		} else {
			hi = mid
		}
	}
	offset := time.Duration(lo) * quarter
	z := &zone{loc: time.FixedZone(offset.String(), int(offset/time.Second)), guessed: true}
	return z, Notice{Kind: NoticeZone, Table: row.table, Text: fmt.Sprintf(
		"the instance reads dates %s off UTC, in a zone that cannot be read; they are shifted, and what is older than a few "+
			"days is read by sys_id. Give the user the zone GMT", offset)}, nil
}
