package table

import (
	"context"
	"errors"
	"net/url"

	"github.com/seed-a66f7fd3/servicenow/internal/rest"
)

const attachmentTable = "sys_attachment"

// openList sends a request for rows. The rows of sys_attachment have a second door, the Attachment API: the same
// records, columns and access rules. A customer whose access policies open that API, and no more tables than are
// needed, refuses the first one; the connection then stays with the second.
//
// See https://www.servicenow.com/docs/r/api-reference/rest-apis/c_AttachmentAPI.html.
func (t base) openList(ctx context.Context, rq pageRequest, op rest.Op) (*rest.Response, error) {
	if t.name != attachmentTable || rq.read.Display != Stored {
		return t.conn.Open(ctx, op)
	}
	known := learnedOf(t.conn)
	if known.attachmentAPI.Load() {
		return t.conn.Open(ctx, throughAttachmentAPI(op))
	}
	resp, err := t.conn.Open(ctx, op)
	if !errors.Is(err, rest.ErrForbidden) {
		return resp, err
	}
	other, refused := t.conn.Open(ctx, throughAttachmentAPI(op))
	if refused != nil {
		return nil, err
	}
	known.attachmentAPI.Store(true)
	return other, nil
}

// throughAttachmentAPI is op for the Attachment API, which has these three parameters only and sends all columns.
func throughAttachmentAPI(op rest.Op) rest.Op {
	asked, _ := op.Query.(url.Values) // as pageRequest.operation makes them
	documented := url.Values{}
	for _, name := range []string{"sysparm_query", "sysparm_limit", "sysparm_offset"} {
		if asked.Has(name) {
			documented.Set(name, asked.Get(name))
		}
	}
	op.Path, op.Query = []string{"api", "now", "v1", "attachment"}, documented
	return op
}
