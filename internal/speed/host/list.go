//go:build unix

package main

import (
	"context"
	"fmt"
	"net/url"
	"strconv"

	"github.com/seed-a66f7fd3/servicenow/attachment"
	"github.com/seed-a66f7fd3/servicenow/table"
)

// works are the measurements by name.
var works = map[string]func(near, task) work{
	"discard":        discarding,
	"cells":          listing[cells]("u_bench", table.ListOptions{}),
	"strings":        listing[texts]("u_bench", table.ListOptions{}),
	"record":         listing[table.Record]("u_bench", table.ListOptions{}),
	"case":           listing[table.Case](cases, table.ListOptions{}),
	"case links":     listing[table.Case](cases, table.ListOptions{Links: true}),
	"case display":   listing[table.Case](cases, table.ListOptions{Display: table.DisplayOnly}),
	"case both":      listing[table.Case](cases, table.ListOptions{Display: table.StoredAndDisplay}),
	"record links":   listing[table.Record](cases, table.ListOptions{Links: true}),
	"record display": listing[table.Record](cases, table.ListOptions{Display: table.DisplayOnly}),
	"record both":    listing[table.Record](cases, table.ListOptions{Display: table.StoredAndDisplay}),
	"download":       downloading,
	"upload":         uploading((*attachment.Service).Upload),
	"upload form":    uploading((*attachment.Service).UploadForm),
}

// looks is after how many rows the heap is looked at. It divides no size of a page, so that it meets pages anywhere.
const looks = 1_777

const cases = "sn_customerservice_case"

// listing reads a table to its end, and the same bytes by net/http alone.
func listing[T any](name string, o table.ListOptions) func(near, task) work {
	return func(to near, t task) work {
		o.PageSize = t.pageSize
		rows := table.Of[T](to.sdk.Tables, name)
		read := func(after func(int)) {
			n := 0
			for _, err := range rows.List(context.Background(), o) {
				check(err)
				n++
				after(n)
			}
			if n != t.rows {
				check(fmt.Errorf("%d rows", n))
			}
		}
		return work{
			ours: func() { read(func(int) {}) },
			held: func() (most uint64) {
				read(func(n int) {
					if n%looks == 0 {
						most = max(most, inUse())
					}
				})
				return most
			},
			floor: func() {
				for from := 0; from < t.rows; from += t.pageSize {
					discard(to.http.Get(pageURL(name, o, from)))
				}
			},
		}
	}
}

// discarding is the floor measured against itself.
func discarding(to near, t task) work {
	w := listing[table.Record]("u_bench", table.ListOptions{})(to, t)
	return work{ours: w.floor, floor: w.floor}
}

func pageURL(name string, o table.ListOptions, from int) string {
	q := url.Values{"sysparm_limit": {strconv.Itoa(o.PageSize)}}
	q.Set("sysparm_exclude_reference_link", strconv.FormatBool(!o.Links))
	if o.Display != table.Stored {
		q.Set("sysparm_display_value", string(o.Display))
	}
	if from > 0 {
		q.Set("sysparm_query", fmt.Sprintf("sys_id>%032x", from-1))
	}
	return origin + "/api/now/v2/table/" + name + "?" + q.Encode()
}
