package db

import (
	"cmp"
	"container/heap"
	"slices"
	"strings"
)

// run executes a query: filter, order, cut the window, and only then ask who may see what.
func (d *DB) run(s Session, q Query) (Result, error) {
	if _, ok := d.schema.Table(q.Table); !ok {
		return Result{}, ErrNoTable
	}
	if q.WithRules {
		d.restrict(s, &q)
	}
	p := d.plan(s, q)
	res := Result{Total: -1, Dropped: p.dropped}
	nothing, err := p.verdict()
	if err != nil || nothing {
		res.Total = 0
		return res, err
	}
	rows, total := p.window()
	if !q.NoCount {
		res.Total = total
	}
	res.Window = len(rows)
	res.Rows = rows
	if q.Visible != nil {
		res.Rows = slices.DeleteFunc(rows, func(r Row) bool { return !q.Visible(r) })
	}
	return res, nil
}

// window gives the rows of the window, and how many match in all.
func (p *plan) window() ([]Row, int) {
	top := &topRows{less: p.less(), keep: -1}
	if p.q.Limit > 0 {
		top.keep = p.q.Offset + p.q.Limit
	}
	total := 0
	for i, r := range p.rows() {
		if p.match(r) && (p.q.Match == nil || p.q.Match(r)) {
			total++
			top.add(ranked{r, i})
		}
	}
	rows := top.sorted()
	return rows[min(p.q.Offset, len(rows)):], total
}

// rows are the candidates, in the order of insertion: by id or by index where the conditions allow it.
func (p *plan) rows() []Row {
	if p.hasIDs {
		var out []Row
		seen := map[string]bool{}
		for _, id := range p.ids {
			if r, ok := p.d.Get(p.q.Table, strings.TrimSpace(id)); ok && !seen[r.SysID()] {
				out, seen[r.SysID()] = append(out, r), true
			}
		}
		return out
	}
	for column, value := range p.eqs {
		if c, _ := p.d.schema.Column(p.q.Table, column); !p.q.FoldCase && !c.IsNumber() {
			return p.d.Find(p.q.Table, column, value)
		}
	}
	return p.d.All(p.q.Table)
}

type ranked struct {
	Row
	place int
}

// less is the order of the query; where it does not decide, the order of insertion does.
func (p *plan) less() func(a, b ranked) int {
	type by struct {
		cell
		desc bool
		text func(Row) string
	}
	var keys []by
	for _, o := range p.order {
		f, _ := p.cell(o.field)
		keys = append(keys, by{f, o.desc, p.text(f)})
	}
	return func(a, b ranked) int {
		for _, k := range keys {
			c := p.compareSorted(k.cell, k.text(a.Row), k.text(b.Row))
			if k.desc {
				c = -c
			}
			if c != 0 {
				return c
			}
		}
		return cmp.Compare(a.place, b.place)
	}
}

// compareSorted orders two cells: empty ones first, as the database of an instance sorts NULL.
func (p *plan) compareSorted(f cell, a, b string) int {
	if a == "" || b == "" {
		return cmp.Compare(min(len(a), 1), min(len(b), 1))
	}
	return p.compareValues(f, a, b)
}

// topRows keeps the first rows of an order without sorting all of them: a page of a large table is cheap.
type topRows struct {
	less func(a, b ranked) int
	keep int // -1: all
	rows []ranked
}

func (t *topRows) add(r ranked) {
	switch {
	case t.keep < 0 || len(t.rows) < t.keep:
		t.rows = append(t.rows, r)
		if len(t.rows) == t.keep {
			heap.Init(t)
		}
	case t.keep > 0 && t.less(r, t.rows[0]) < 0:
		t.rows[0] = r
		heap.Fix(t, 0)
	}
}

func (t *topRows) sorted() []Row {
	slices.SortFunc(t.rows, t.less)
	out := make([]Row, len(t.rows))
	for i, r := range t.rows {
		out[i] = r.Row
	}
	return out
}

// Len, Less, Swap, Push and Pop make topRows a heap with the last row of the order on top.
func (t *topRows) Len() int           { return len(t.rows) }
func (t *topRows) Less(i, j int) bool { return t.less(t.rows[i], t.rows[j]) > 0 }
func (t *topRows) Swap(i, j int)      { t.rows[i], t.rows[j] = t.rows[j], t.rows[i] }
func (t *topRows) Push(x any)         { t.rows = append(t.rows, x.(ranked)) }
func (t *topRows) Pop() any           { panic("topRows never shrinks") }
