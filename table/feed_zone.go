package table

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/seed-a66f7fd3/servicenow/internal/rest"
)

// zone is how the instance reads the dates in a query. They are documented to be UTC; users report that some
// instances read them in the zone of the user.
//
// belief: an instance reads all dates in a query alike. A query on a real instance with a user in another zone settles
// it.
type zone struct{ loc *time.Location }

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

// zoneOf finds out, once a connection, with a canary: a row is asked for by its own time.
func zoneOf(ctx context.Context, env *feedEnv, table string) (*zone, error) {
	if env.hooks.makes(mistakeZone) {
		return utcZone, ensureClock(ctx, env, table)
	}
	known := learnedOf(env.conn)
	if z := known.zone.Load(); z != nil {
		return z, nil
	}
	z, err := calibrate(ctx, env, table)
	if err == nil {
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
		row, of, err := anyRow(ctx, env, table)
		if err != nil {
			return nil, err
		}
		if row == nil {
			break
		}
		z, err := calibrateBy(ctx, env, of, row)
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
func calibrateBy(ctx context.Context, env *feedEnv, table string, row *canary) (*zone, error) {
	if ok, err := row.foundBy(ctx, env, table, "=", row.literal(time.UTC)); err != nil || ok {
		return utcZone, err
	}
	loc, err := userZone(ctx, env)
	if err != nil {
		return nil, err
	}
	if loc != nil {
		ok, err := row.foundBy(ctx, env, table, "=", row.literal(loc))
		if err != nil {
			return nil, err
		}
		if ok {
			env.tell(Notice{Kind: NoticeZone, Table: table, Text: fmt.Sprintf(
				"the instance reads dates in the user's zone %s; they are shifted. GMT is the better zone for an integration", loc)})
			return &zone{loc: loc}, nil
		}
	}
	z, notice, err := searchZone(ctx, env, table, row)
	if err != nil {
		return nil, err
	}
	if there, err := row.isThere(ctx, env, table); err != nil || !there {
		return nil, err
	}
	env.tell(notice)
	return z, nil
}

// canary is a row and its own time.
type canary struct {
	id     string
	column string
	at     time.Time
}

func (c *canary) literal(loc *time.Location) string { return c.at.In(loc).Format(timeLayout) }

func (c *canary) foundBy(ctx context.Context, env *feedEnv, table, op, literal string) (bool, error) {
	got, err := canaries(ctx, env, table, sysID+"="+c.id+"^"+c.column+op+literal, 1)
	return len(got) > 0, err
}

// isThere reports whether the row is as it was.
func (c *canary) isThere(ctx context.Context, env *feedEnv, table string) (bool, error) {
	got, err := canaries(ctx, env, table, sysID+"="+c.id, 1)
	if err != nil || len(got) == 0 {
		return false, err
	}
	at, ok := got[0].at(c.column)
	return ok && at.Equal(c.at), nil
}

func canaries(ctx context.Context, env *feedEnv, table, query string, limit int) ([]feedRow[Record], error) {
	return allowed(ctx, env, table, pageAsk{
		query: query, fields: append([]string{"time_zone", "value"}, feedColumns...), limit: limit,
	})
}

// allowed reads rows of a table that the user may not be allowed to read. A refusal is no row.
func allowed(ctx context.Context, env *feedEnv, table string, ask pageAsk) ([]feedRow[Record], error) {
	t := Of[Record](New(env.conn), table)
	got, _, err := fetchPatiently(ctx, env, t, ask, accept)
	if errors.Is(err, rest.ErrForbidden) || errors.Is(err, rest.ErrNotFound) || errors.Is(err, rest.ErrInvalid) {
		return nil, nil
	}
	return got.rows, err
}

// anyRow finds a row that has a time: of the table, or else a user, for every login can read its own.
func anyRow(ctx context.Context, env *feedEnv, table string) (*canary, string, error) {
	for _, name := range []string{table, "sys_user"} {
		rows, err := canaries(ctx, env, name, "", 10)
		if err != nil {
			return nil, "", err
		}
		for _, row := range rows {
			for _, column := range []string{"sys_created_on", "sys_updated_on"} { // the first does not change
				if at, ok := row.at(column); ok {
					return &canary{id: row.id, column: column, at: at}, name, nil
				}
			}
		}
	}
	return nil, table, nil
}

// userZone is the zone of the user's record, or else the instance's, as far as they can be read.
func userZone(ctx context.Context, env *feedEnv) (*time.Location, error) {
	for _, from := range []struct{ table, query, column string }{
		{"sys_user", "sys_id=javascript:gs.getUserID()", "time_zone"},
		{"sys_properties", "name=glide.sys.default.tz", "value"},
	} {
		rows, err := canaries(ctx, env, from.table, from.query, 1)
		if err != nil {
			return nil, err
		}
		if len(rows) == 0 {
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
func searchZone(ctx context.Context, env *feedEnv, table string, row *canary) (*zone, Notice, error) {
	const quarter, span = 15 * time.Minute, 15 * time.Hour
	found := func(step int) (bool, error) {
		shifted := &canary{id: row.id, column: row.column, at: row.at.Add(time.Duration(step) * quarter)}
		return row.foundBy(ctx, env, table, ">=", shifted.literal(time.UTC))
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
		return utcZone, Notice{Kind: NoticeZoneUnknown, Table: table,
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
	return &zone{loc: time.FixedZone(offset.String(), int(offset/time.Second))}, Notice{Kind: NoticeZone, Table: table,
		Text: fmt.Sprintf("the instance reads dates %s off UTC; they are shifted, until summer time changes. Give the user the zone GMT", offset)}, nil
}
