package rest

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
)

// ^^ as it stands in an encoded URL.
const doubledCaret = "%5E%5E"

// errCaret refuses a value that the instance would read as clauses of a query.
var errCaret = errors.New("a value in the query holds ^, and this instance does not read ^^ as a caret of the value: " +
	"what follows it would become clauses of the query. Leave the caret out, or ask with LIKE for the parts beside it")

// carets is what is known of how the instance reads ^^ in a query. ServiceNow's own helper for values writes it so
// (GlideStringUtil.escapeQueryTermSeparator); no page says that sysparm_query reads it. An instance that does not
// would run what an end user typed, so it is asked, once for a Conn, before the first value with a caret is sent.
type carets struct {
	turn  chan struct{} // holds one: who asks; others wait for the answer
	known atomic.Int32
}

// What is known; zero is nothing yet.
const (
	caretsKept int32 = iota + 1
	caretsSplit
	caretsHidden // the user may not read sys_user, or sees nobody there: asking again would not help
)

// CheckCarets refuses query, which is encoded, where it holds a doubled caret and the instance is known to read clauses
// there. Every call is checked so before it is sent; calls in a batch are not seen, and have to be checked. While
// nothing is known the call goes on; the next one asks again, unless the instance has said that the user may not look.
func (c *Conn) CheckCarets(ctx context.Context, op Op, query string) error {
	if op.asksCarets || !strings.Contains(query, doubledCaret) {
		return nil
	}
	if c.carets.known.Load() == 0 {
		select {
		case c.carets.turn <- struct{}{}:
			c.askCarets(ctx, op.Priority)
			<-c.carets.turn
		case <-ctx.Done():
			return nil // the call itself tells it
		}
	}
	if c.carets.known.Load() == caretsSplit {
		return c.refuse(op, errCaret)
	}
	return nil
}

// askCarets counts the users whose sys_id is not "a^sys_idISEMPTY": all. An instance that splits at any caret counts
// those without a sys_id: none. Then only a count without a caret tells whether there is anything to count.
func (c *Conn) askCarets(ctx context.Context, p Priority) {
	if c.carets.known.Load() != 0 {
		return // who was before us asked
	}
	found, err := c.anyUser(ctx, p, "sys_id!=a^^sys_idISEMPTY")
	if err == nil && found {
		c.carets.known.Store(caretsKept)
		return
	}
	if err == nil {
		found, err = c.anyUser(ctx, p, "sys_id!=a")
	}
	switch {
	case err == nil && found:
		c.carets.known.Store(caretsSplit)
	case err == nil, errors.Is(err, ErrForbidden):
		c.carets.known.Store(caretsHidden)
	}
}

func (c *Conn) anyUser(ctx context.Context, p Priority, encoded string) (bool, error) {
	rows, meta, err := Do[[]struct{}](ctx, c, Op{
		Name: "rest.AskCarets", Method: http.MethodGet, Path: []string{"api", "now", "v2", "table", "sys_user"},
		Query:    url.Values{"sysparm_query": {encoded}, "sysparm_fields": {"sys_id"}, "sysparm_limit": {"1"}},
		Priority: p, asksCarets: true,
	})
	return len(rows) > 0 || meta.Total > 0, err // ACLs may hide the one row that is counted
}
