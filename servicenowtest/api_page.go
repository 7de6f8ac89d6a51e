package servicenowtest

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/seed-a66f7fd3/servicenow/servicenowtest/internal/db"
)

// pageHeaders sets X-Total-Count and Link. Both are what an instance sends, oddities included: commas inside the links
// are not escaped, and a prev offset may be negative.
func (c *call) pageHeaders(q db.Query, res db.Result) {
	if res.Total >= 0 {
		c.w.Header().Set("X-Total-Count", strconv.Itoa(res.Total))
	}
	if c.flag("sysparm_suppress_pagination_header") {
		return
	}
	if links := c.pageLinks(q, res); len(links) > 0 {
		c.w.Header().Set("Link", strings.Join(links, ","))
	}
}

// pageLinks: prev and next are left out at the ends, and there are none when everything is on one page.
func (c *call) pageLinks(q db.Query, res db.Result) []string {
	counted := res.Total >= 0
	more := q.Offset+q.Limit < res.Total
	if !counted {
		more = res.Window == q.Limit
	}
	if q.Offset == 0 && !more {
		return nil
	}
	links := []string{c.pageLink("first", 0, q.Limit)}
	if q.Offset > 0 {
		links = append(links, c.pageLink("prev", q.Offset-q.Limit, q.Limit))
	}
	if more {
		links = append(links, c.pageLink("next", q.Offset+q.Limit, q.Limit))
	}
	if counted && res.Total > 0 {
		links = append(links, c.pageLink("last", (res.Total-1)/q.Limit*q.Limit, q.Limit))
	}
	return links
}

func (c *call) pageLink(rel string, offset, limit int) string {
	query := without(c.r.URL.RawQuery, "sysparm_offset", "sysparm_limit")
	if query != "" {
		query += "&"
	}
	query = strings.NewReplacer("%2C", ",", "%2c", ",").Replace(query)
	return fmt.Sprintf(`<%s%s?%ssysparm_limit=%d&sysparm_offset=%d>;rel="%s"`,
		c.origin, c.r.URL.Path, query, limit, offset, rel)
}
