package servicenowtest

import (
	"math/big"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/seed-a66f7fd3/servicenow/servicenowtest/internal/db"
)

// aggregation computes what the Aggregate API asks of a set of rows.
type aggregation struct {
	db      *db.DB
	table   string
	Count   bool
	fields  map[string][]string // columns by function: avg, min, max, sum
	GroupBy []string
	Having  string // aggregate^field^operator^value, comma separated
	OrderBy string // field, field^DESC, AVG^field, COUNT, comma separated
}

type group struct {
	key  []string
	rows []db.Row
}

// run forms the groups; without GroupBy it is one, even of no rows.
func (a aggregation) run(rows []db.Row) []*group {
	if len(a.GroupBy) == 0 {
		return []*group{{rows: rows}}
	}
	byKey := map[string]*group{}
	var groups []*group
	for _, r := range rows {
		key := make([]string, len(a.GroupBy))
		for i, f := range a.GroupBy {
			key[i] = a.value(r, f)
		}
		id := strings.Join(key, "\x00")
		if byKey[id] == nil {
			byKey[id] = &group{key: key}
			groups = append(groups, byKey[id])
		}
		byKey[id].rows = append(byKey[id].rows, r)
	}
	groups = slices.DeleteFunc(groups, func(g *group) bool { return !a.has(g) })
	slices.SortFunc(groups, func(x, y *group) int { return slices.Compare(x.key, y.key) })
	a.sort(groups)
	return groups
}

func (a aggregation) value(r db.Row, field string) string {
	path := strings.Split(field, ".")
	return a.db.Walk(r, path).Get(path[len(path)-1])
}

// show is the stats member of a group. All numbers are strings.
func (a aggregation) show(g *group) map[string]any {
	out := map[string]any{}
	if a.Count {
		out["count"] = strconv.Itoa(len(g.rows))
	}
	for fn, fields := range a.fields {
		values := map[string]any{}
		for _, f := range fields {
			values[f] = a.compute(fn, f, g)
		}
		out[fn] = values
	}
	return out
}

// compute gives one aggregate as text: averages have four decimals, and a set without values has none.
func (a aggregation) compute(fn, field string, g *group) string {
	var values []string
	for _, r := range g.rows {
		if v := a.value(r, field); v != "" {
			values = append(values, v)
		}
	}
	column, _ := a.db.Schema().Resolve(a.table, field)
	if fn == "count" {
		return strconv.Itoa(len(g.rows))
	}
	if len(values) == 0 {
		return ""
	}
	switch fn {
	case "min":
		return slices.MinFunc(values, func(x, y string) int { return compareCells(column, x, y) })
	case "max":
		return slices.MaxFunc(values, func(x, y string) int { return compareCells(column, x, y) })
	}
	sum := new(big.Rat)
	for _, v := range values {
		sum.Add(sum, amount(column, v))
	}
	if fn == "avg" {
		return new(big.Rat).Quo(sum, big.NewRat(int64(len(values)), 1)).FloatString(4)
	}
	if sum.IsInt() {
		return sum.Num().String()
	}
	return sum.FloatString(2)
}

// amount is a value as a number; a duration counts in seconds.
func amount(column db.Column, v string) *big.Rat {
	if column.Type == "glide_duration" {
		if t, ok := db.ParseTime(v, time.UTC); ok {
			return big.NewRat(t.Unix(), 1)
		}
	}
	if n, ok := new(big.Rat).SetString(v); ok {
		return n
	}
	return new(big.Rat)
}

func compareCells(column db.Column, x, y string) int {
	if column.IsNumber() {
		return amount(column, x).Cmp(amount(column, y))
	}
	return strings.Compare(x, y)
}

// has applies sysparm_having, whose conditions are all to hold.
func (a aggregation) has(g *group) bool {
	for _, condition := range strings.Split(a.Having, ",") {
		part := strings.Split(condition, "^")
		if len(part) != 4 {
			continue
		}
		have, ok := new(big.Rat).SetString(a.compute(strings.ToLower(part[0]), part[1], g))
		want, okWant := new(big.Rat).SetString(part[3])
		if !ok || !okWant || !compares(part[2], have.Cmp(want)) {
			return false
		}
	}
	return true
}

func compares(op string, cmp int) bool {
	switch op {
	case "=":
		return cmp == 0
	case "!=":
		return cmp != 0
	case ">":
		return cmp > 0
	case ">=":
		return cmp >= 0
	case "<":
		return cmp < 0
	case "<=":
		return cmp <= 0
	}
	return false
}

// sort applies sysparm_order_by, the last key first so that the first one decides.
func (a aggregation) sort(groups []*group) {
	keys := strings.Split(a.OrderBy, ",")
	slices.Reverse(keys)
	for _, key := range keys {
		part := strings.Split(key, "^")
		desc := part[len(part)-1] == "DESC"
		if desc {
			part = part[:len(part)-1]
		}
		compare := a.orderKey(part)
		if compare == nil {
			continue
		}
		slices.SortStableFunc(groups, func(x, y *group) int {
			if desc {
				x, y = y, x
			}
			return compare(x, y)
		})
	}
}

func (a aggregation) orderKey(part []string) func(x, y *group) int {
	fn := strings.ToLower(part[0])
	if len(part) == 2 || fn == "count" {
		field := part[len(part)-1]
		return func(x, y *group) int {
			return amount(db.Column{}, a.compute(fn, field, x)).Cmp(amount(db.Column{}, a.compute(fn, field, y)))
		}
	}
	i := slices.Index(a.GroupBy, part[0])
	if i < 0 {
		return nil
	}
	column, _ := a.db.Schema().Resolve(a.table, part[0])
	return func(x, y *group) int { return compareCells(column, x.key[i], y.key[i]) }
}
