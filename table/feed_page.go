package table

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"slices"
	"strconv"
	"time"

	"github.com/seed-a66f7fd3/servicenow/internal/rows"
)

// pageAsk is one page to ask for.
type pageAsk struct {
	query         string   // encoded
	fields        []string // nil is those of the type
	limit, offset int
	count         bool
	or            bool // the query has an OR of the feed's own
}

// page is one page, read whole: only its end tells that the instance did not cancel it on the way.
type page[R any] struct {
	rows  []feedRow[R]
	total int // by the count asked for, or -1
	took  time.Duration
}

// feedRow is a row with what a feed has to know of it.
type feedRow[R any] struct {
	id, class        string
	created, updated time.Time // zero when the row has none
	mod              int64
	content          int64 // stands for the version where the row has no sys_mod_count: see version
	filtered         bool  // it does not match the feed's filter
	row              R
}

// feedColumns are what a feed has to know of a row.
var feedColumns = []string{sysID, "sys_updated_on", "sys_created_on", "sys_mod_count", "sys_class_name"}

// feedFields is what a feed of t asks for, or nil for all columns.
func (t base) feedFields(fields []string) []string {
	columns := ReadOptions{Fields: fields}.columns(t.plan)
	if columns == nil {
		return nil
	}
	columns = slices.Clone(columns)
	for _, c := range feedColumns {
		if !slices.Contains(columns, c) {
			columns = append(columns, c)
		}
	}
	return columns
}

// fetchPage asks once.
func fetchPage[R any](ctx context.Context, t Table[R], ask pageAsk) (page[R], error) {
	began := time.Now()
	rq := pageRequest{
		op: "table.Feed", query: encodedQuery(ask.query), limit: ask.limit, offset: ask.offset, count: ask.count,
		read: ReadOptions{Fields: ask.fields}, background: true,
	}
	got := page[R]{total: -1}
	f := newFiller(t.plan, nil)
	answer, err := t.readFields(ctx, rq, func(fields []rows.Field) error {
		var row feedRow[R]
		if err := row.fill(f, fields); err != nil {
			return err
		}
		got.rows = append(got.rows, row)
		return nil
	})
	if ask.count {
		got.total = answer.total
	}
	got.took = time.Since(began)
	got.rows = withoutRepeats(got.rows)
	return got, err
}

// withoutRepeats drops rows that come twice in a page, as instances have been seen to send them.
func withoutRepeats[R any](rows []feedRow[R]) []feedRow[R] {
	ids := make(map[string]struct{}, len(rows))
	return slices.DeleteFunc(rows, func(r feedRow[R]) bool {
		_, again := ids[r.id]
		ids[r.id] = struct{}{}
		return again
	})
}

// encodedQuery takes a query that is encoded already.
func encodedQuery(encoded string) Query {
	if encoded == "" {
		return Query{}
	}
	return Query{alternatives: [][]group{{{{head: encoded}}}}}
}

// fill takes a row as it was sent. A time that cannot be read counts as none; a row without an id is no row.
func (r *feedRow[R]) fill(f *filler, fields []rows.Field) (err error) {
	if r.id, err = f.fill(fields); err != nil {
		return err
	}
	switch to := any(&r.row).(type) {
	case *any:
		*to = f.copied()
	case *R:
		*to = *f.row.(*R)
	}
	counted := false
	for i := range fields {
		switch f := &fields[i]; f.Name {
		case "sys_class_name":
			r.class = f.Text()
		case "sys_updated_on":
			r.updated = storedTime(f.Text())
		case "sys_created_on":
			r.created = storedTime(f.Text())
		case "sys_mod_count":
			r.mod, err = strconv.ParseInt(f.Text(), 10, 64)
			counted = err == nil
		}
	}
	if !counted {
		r.content = contentOf(fields)
	}
	if r.id == "" {
		return errRowWithoutID
	}
	return nil
}

// contentOf tells contents apart, in whatever order the columns come, and is never zero.
func contentOf(fields []rows.Field) int64 {
	var sum uint64
	for i := range fields {
		field := sha256.Sum256([]byte(fields[i].Name + "\x00" + fields[i].Faces))
		sum += binary.BigEndian.Uint64(field[:])
	}
	return int64(sum | 1)
}

func storedTime(s string) time.Time {
	if len(s) != len(timeLayout) {
		return time.Time{}
	}
	t, _ := time.Parse(timeLayout, s)
	return t
}

// at is the row's time in the column that a walk goes by.
func (r *feedRow[R]) at(column string) (time.Time, bool) {
	t := r.updated
	if column == "sys_created_on" {
		t = r.created
	}
	return t, !t.IsZero()
}

// moment is when the row came to be as it is.
func (r *feedRow[R]) moment() time.Time {
	if r.updated.IsZero() {
		return r.created
	}
	return r.updated
}

// version is what tells this state of the record from others. A feed by creation delivers a record once. Where the
// row has no sys_mod_count, because the table lacks it or a rule hides it, its content tells two updates within one
// second apart.
func (r *feedRow[R]) version(by By) version {
	if by == ByCreated {
		return version{stamp: r.created.Unix()}
	}
	return version{stamp: r.moment().Unix(), mod: r.mod, content: r.content}
}

func (r *feedRow[R]) operation(by By) Operation {
	if by == ByCreated || r.mod == 0 && r.updated.Equal(r.created) {
		return Created
	}
	return Updated
}

func (r *feedRow[R]) classOr(table string) string {
	if r.class == "" {
		return table
	}
	return r.class
}
