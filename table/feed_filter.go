package table

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"
)

// checkFilter finds out, once a connection, whether the instance knows the columns of the feed's filter. It drops a
// condition on a column that it does not know or that the user may not read, and answers what is left: maybe the whole
// table. In an empty table there is nothing to find out with: that is made good before the first row is delivered.
func (r *feedRun) checkFilter(ctx context.Context, rowsCame bool) error {
	columns := r.opts.Query.columns()
	if len(columns) == 0 || r.opts.Ranged || rowsCame && !r.unchecked {
		return nil
	}
	known := learnedOf(r.env.conn)
	key := r.feed.table.name + " " + strings.Join(columns, " ")
	if until, ok := known.filters.Load(key); ok && !rowsCame && time.Now().Before(until.(time.Time)) {
		r.unchecked = until != forever
		return nil
	}
	rows, _, err := allowed(ctx, r.env, r.feed.table.name, pageAsk{fields: append([]string{sysID}, columns...), limit: 1})
	if r.unchecked = len(rows) == 0; err != nil || r.unchecked {
		known.filters.Store(key, time.Now().Add(hierarchyAge))
		return err
	}
	for _, column := range columns {
		if !rows[0].row.Get(column).IsZero() {
			continue
		}
		if dropped, err := r.drops(ctx, rows[0].id, column); err != nil || dropped {
			return errors.Join(err, droppedColumn(r.feed.table.name, column, dropped))
		}
	}
	known.filters.Store(key, forever)
	return nil
}

// forever is until when a filter is good whose columns are known.
var forever = time.Unix(1<<40, 0)

func droppedColumn(table, column string, dropped bool) error {
	if !dropped {
		return nil
	}
	return fmt.Errorf("%w: %s has no column %s that the user may read; correct the name, or grant read access to it",
		ErrQueryIgnored, table, column)
}

// drops reports whether a condition on the column is dropped, or never true: a row is either empty there or not. Where
// the user may not ask that, nothing is known.
func (r *feedRun) drops(ctx context.Context, id, column string) (bool, error) {
	row := &canary{table: r.feed.table.name, id: id}
	empty, refused, err := row.foundBy(ctx, r.env, column+"ISEMPTY")
	if err != nil || refused {
		return false, err
	}
	full, refused, err := row.foundBy(ctx, r.env, column+"ISNOTEMPTY")
	if err != nil || refused || empty != full {
		return false, err
	}
	if empty {
		return true, nil
	}
	there, _, err := row.foundBy(ctx, r.env, sysID+"="+id) // it may have been deleted
	return there, err
}

var leadingColumn = regexp.MustCompile(`^[a-z][a-z0-9_]*(\.[a-z0-9_]+)*`)

// columns are those that the conditions of q name, but for the two that a feed takes for granted. They are in order.
func (q Query) columns() []string {
	var names []string
	for _, groups := range q.alternatives {
		for _, g := range groups {
			for _, c := range g {
				name := leadingColumn.FindString(c.head)
				if name != "" && name != sysID && name != "sys_class_name" && !slices.Contains(names, name) {
					names = append(names, name)
				}
			}
		}
	}
	slices.Sort(names)
	return names
}
