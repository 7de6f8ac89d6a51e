package table

import (
	"context"
	"slices"
	"strings"
)

// compare finds out what differs in one month.
func (c *census) compare(ctx context.Context, m *CensusMonth, hot bool) error {
	if skip, err := c.agrees(ctx, m, hot); err != nil || skip {
		return err
	}
	local := map[string]version{}
	for k, err := range c.o.Keys(ctx, m.From, m.To) {
		if err != nil {
			return err
		}
		local[k.SysID] = version{stamp: k.UpdatedOn.Unix(), mod: k.ModCount}
	}
	m.Local, m.Remote = len(local), 0
	var missing, stale []string
	w := c.walk(m)
	for done := false; !done; {
		rows, end, err := w.next(ctx)
		if err != nil {
			return err
		}
		for _, row := range rows {
			m.Remote++
			have, ok := local[row.id]
			delete(local, row.id)
			switch {
			case !ok:
				missing = append(missing, row.id)
			case have != (version{stamp: row.updated.Unix(), mod: row.mod}):
				stale = append(stale, row.id)
			}
		}
		if missing, stale, err = c.report(ctx, m, missing, stale, end); err != nil {
			return err
		}
		done = end
	}
	return c.reportExtra(ctx, m, local)
}

// agrees reports that a month needs no look at its keys, because the counts are the same.
func (c *census) agrees(ctx context.Context, m *CensusMonth, hot bool) (bool, error) {
	if c.o.Count == nil || c.o.Full || hot {
		return false, nil
	}
	ask := pageAsk{query: c.walk(m).query(), fields: []string{sysID}, limit: 1, count: true}
	got, _, err := fetchPatiently(ctx, c.env, c.keys, ask, accept)
	if err != nil {
		return false, err
	}
	m.Remote = got.total
	if m.Local, err = c.o.Count(ctx, m.From, m.To); err != nil {
		return false, err
	}
	m.Skipped = m.Local == m.Remote
	return m.Skipped, nil
}

// walk reads the keys of a month by sys_id.
func (c *census) walk(m *CensusMonth) *walk[Record] {
	base := c.base
	if m.From.IsZero() && m.To.IsZero() {
		base = join(base, "sys_created_onISNOTEMPTY")
	}
	return &walk[Record]{
		env: c.env, table: c.keys, base: base, fields: feedColumns, column: ByCreated.column(), order: orderID,
		lo: m.From, hi: m.To, tail: true, left: -1,
	}
}

// report fetches and yields what was found, a hundred at a time, and returns what is left.
func (c *census) report(
	ctx context.Context, m *CensusMonth, missing, stale []string, all bool,
) (leftMissing, leftStale []string, err error) {
	for _, f := range []struct {
		kind FindingKind
		ids  *[]string
		n    *int
	}{{FoundMissing, &missing, &m.Missing}, {FoundStale, &stale, &m.Stale}} {
		for len(*f.ids) >= idsAtOnce || all && len(*f.ids) > 0 {
			some := (*f.ids)[:min(idsAtOnce, len(*f.ids))]
			*f.ids = (*f.ids)[len(some):]
			rows, err := rowsByID(ctx, c.env, c.t, c.base, "", c.fields, some)
			if err != nil {
				return nil, nil, err
			}
			for _, row := range rows { // one that is gone meanwhile is no finding
				*f.n++
				if !c.yield(Finding[any]{Kind: f.kind, Table: row.classOr(c.t.name), SysID: row.id, Row: row.row}, nil) {
					return nil, nil, errStopped
				}
			}
		}
	}
	return missing, stale, nil
}

// reportExtra asks for each record that only the copy has: it may have been written while the keys were read.
func (c *census) reportExtra(ctx context.Context, m *CensusMonth, local map[string]version) error {
	ids := make([]string, 0, len(local))
	for id := range local {
		ids = append(ids, id)
	}
	slices.Sort(ids) // a stable order for the host; it says nothing about the instance's
	for some := range slices.Chunk(ids, idsAtOnce) {
		rows, err := rowsByID(ctx, c.env, c.t, c.base, "", c.fields, some)
		if err != nil {
			return err
		}
		for _, id := range some {
			if slices.ContainsFunc(rows, func(r feedRow[any]) bool { return r.id == id }) {
				continue
			}
			m.Extra++
			if !c.yield(Finding[any]{Kind: FoundExtra, Table: c.t.name, SysID: id}, nil) {
				return errStopped
			}
		}
	}
	return nil
}

// rowsByID reads some records by their ids. A row without its time, where timed names the column of one, is asked for
// again.
func rowsByID(
	ctx context.Context, env *feedEnv, t Table[any], base, timed string, fields, ids []string,
) ([]feedRow[any], error) {
	ask := pageAsk{query: join(base, sysID+"IN"+strings.Join(ids, ",")), fields: fields, limit: len(ids)}
	got, asked, err := fetchPatiently(ctx, env, t, ask, func(p page[any], _ pageAsk) error {
		for _, row := range p.rows {
			if !slices.Contains(ids, row.id) {
				return ErrQueryIgnored
			}
			if _, ok := row.at(timed); timed != "" && !ok {
				return errNullTime
			}
		}
		return nil
	})
	if err != nil || asked.limit >= len(ids) {
		return got.rows, err
	}
	// The instance gave up on so many at once, and what is missing in a smaller page is not gone.
	first, err := rowsByID(ctx, env, t, base, timed, fields, ids[:len(ids)/2])
	if err != nil {
		return nil, err
	}
	second, err := rowsByID(ctx, env, t, base, timed, fields, ids[len(ids)/2:])
	return append(first, second...), err
}
