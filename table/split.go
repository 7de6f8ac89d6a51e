package table

import (
	"errors"
	"fmt"
	"net/url"
)

const (
	// longestParameters keeps the head of a request under the 8 KB at which instances and the proxies before them
	// refuse it, with room for the credential and the cookies of proxies.
	longestParameters = 6500
	// mostValues is how many values of a long IN go into one request.
	mostValues = 100
)

// room is how many characters of an encoded query fit into a request with these options.
func (t base) room(o ReadOptions) int {
	return longestParameters - len(o.values(t.plan).Encode())
}

// readable refuses what only conditions of rules know: the instance would drop the clause.
func (q Query) readable() error {
	if q.err != nil {
		return q.err
	}
	for _, groups := range q.alternatives {
		for _, g := range groups {
			for _, c := range g {
				if c.ruleOnly {
					return fmt.Errorf("%.80q is for conditions of rules and flows; a read would ignore it", c.head)
				}
			}
		}
	}
	return nil
}

// split takes a query that is too long for one request apart where the parts together give the same rows: at one long
// IN that every row must match. It refuses where they do not.
func split(q Query, room int) ([]Query, error) {
	if length := len(url.QueryEscape(q.text())) + 100; length <= room { // 100 for the key and its order
		return []Query{q}, nil
	}
	if len(q.alternatives) != 1 || len(q.order) > 0 {
		return nil, errors.New("the query is too long for one request, and with alternatives or an order of its own " +
			"it cannot be split into several: ask for less at a time")
	}
	at := -1
	for i, g := range q.alternatives[0] {
		if len(g) == 1 && g[0].splits && (at < 0 || len(g[0].values) > len(q.alternatives[0][at][0].values)) {
			at = i
		}
	}
	if at < 0 {
		return nil, errors.New("the query is too long for one request and has no long IN to split it at: " +
			"ask for less at a time")
	}
	whole := q.alternatives[0][at][0]
	fixed := q.with(at, nil)
	left := room - 100 - len(url.QueryEscape(fixed.text()))
	var parts []Query
	var chunk []string
	size := 0
	flush := func() {
		if len(chunk) > 0 {
			parts = append(parts, q.with(at, chunk))
			chunk, size = nil, 0
		}
	}
	seen := map[string]bool{}
	for _, v := range whole.values {
		length := len(url.QueryEscape(v)) + len("%2C")
		if length > left {
			return nil, errors.New("the query is too long for one request even with a single value in its IN")
		}
		if seen[v] {
			continue
		}
		seen[v] = true
		if size+length > left || len(chunk) == mostValues {
			flush()
		}
		chunk, size = append(chunk, v), size+length
	}
	flush()
	return parts, nil
}

// with is q with other values in the condition that is alone in the group at.
func (q Query) with(at int, values []string) Query {
	next := q.clone()
	c := next.alternatives[0][at][0]
	c.values = values
	next.alternatives[0][at] = group{c}
	return next
}
