package servicenow

import (
	"context"
	"net/http"
	"net/url"

	"github.com/seed-a66f7fd3/servicenow/internal/rest"
)

// Request is a call to an API of the instance for which this module has no method: a scripted REST API, the Service
// Catalog, the CMDB. It goes the way of every other call: limits, token, retries, traps and errors are the same.
//
//	var items []map[string]any
//	_, err := sn.Do(ctx, servicenow.Request{Path: []string{"api", "sn_sc", "servicecatalog", "items"}}, &items)
type Request struct {
	Method string // empty is GET
	// Path holds the segments, {"api", "sn_sc", "servicecatalog", "items", id}. Each is escaped by itself, so that no id
	// can leave its place; an empty one, "." and ".." are refused.
	Path  []string
	Query url.Values
	// Header is added. Authorization, Cookie and Host are refused: who calls, and where to, is the client's affair.
	Header http.Header
	// Body is sent as JSON; nil sends none.
	Body any
	// Accept is the media type wanted. Empty is application/json, and then anything else is ErrNotJSON.
	Accept string
	// Bare says that the answer is its own result and does not stand in a member "result".
	Bare bool
	// Repeatable says that the call may be sent again when nobody knows whether it ran. GET, HEAD and DELETE always may.
	Repeatable bool
}

// Meta is what an answer's status line and headers said: Status, Attempts, TransactionID, Total (X-Total-Count, or -1),
// Date, ContentType, ContentLength, Location, RateLimit.
type Meta = rest.Meta

// Response is an answer whose Body has not been read, with its [Meta]. The caller closes Body, and counts as a call in
// flight until then. Read reports a body that ends early as io.ErrUnexpectedEOF.
type Response = rest.Response

// Do sends r and decodes the member "result" of its JSON answer into result, which may be nil. An answer that is cut,
// cancelled or a page is an error, whatever its status.
func (c *Client) Do(ctx context.Context, r Request, result any) (Meta, error) {
	return c.conn.Do(ctx, r.op(), result)
}

// Open sends r and leaves the body of the answer to the caller. Refusals are errors here, too.
func (c *Client) Open(ctx context.Context, r Request) (*Response, error) {
	return c.conn.Open(ctx, r.op())
}

func (r Request) op() rest.Op {
	op := rest.Op{
		Name: "client.Do", Method: r.Method, Path: r.Path, Query: r.Query, Header: r.Header, Body: r.Body, Accept: r.Accept,
		Bare: r.Bare,
	}
	if op.Method == "" {
		op.Method = http.MethodGet
	}
	if r.Repeatable {
		op.Replay = rest.Always
	}
	return op
}
