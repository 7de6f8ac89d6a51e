package rest

import (
	"context"
	"io"
	"net/http"
	"time"
)

// Op describes one call. It is a value: retries and re-ranging read it, nobody writes to it.
type Op struct {
	// Name is how the call appears in errors, logs and observations: "table.Update".
	Name string
	// Method is an HTTP method.
	Method string
	// Path holds raw segments, {"api", "now", "v2", "table", "incident"}. They are escaped in one place; an empty
	// segment, "." and ".." are refused, so that no value can leave its segment.
	Path []string
	// Query is a struct with url tags (go-querystring), a url.Values, or nil.
	Query any
	// Header is added to the request. Authorization, Cookie and Host are refused.
	Header http.Header
	// Body is marshalled to JSON once and replayed from the bytes. Nil sends none.
	Body any
	// Open yields a streamed body and is called again for every attempt. It excludes Body.
	Open func() (io.ReadCloser, error)
	// Size is the length of what Open yields, or -1.
	Size int64
	// ContentType describes what Open yields; empty is application/json.
	ContentType string
	// Accept is the media type wanted. Empty is application/json, and then anything else in the answer is ErrNotJSON.
	Accept string
	// Bare says that the JSON answer is its own result and has no "result" member, as that of the Batch API.
	Bare bool
	// Replay says whether the call may be sent again when nobody knows whether it ran.
	Replay Replay
	// Priority orders calls that wait for the instance's limit.
	Priority Priority

	asksCarets bool // this call finds out what others wait for
}

// Replay says whether a call may be sent again when nobody knows whether it ran. The HTTP method does not know: PUT is
// a partial update on this platform, and writing a journal column appends an entry each time.
type Replay uint8

const (
	// ByMethod replays GET, HEAD and DELETE only.
	ByMethod Replay = iota
	// Always is the call site's word that running twice gives the same result.
	Always
	// Never is for calls that append: a record, a journal entry, an e-mail. They are still sent again when it is
	// certain that the instance did not act: 429, refused connection, request not fully written.
	Never
)

// Priority orders calls that wait for the same instance.
type Priority uint8

const (
	// Interactive is for calls that somebody waits for. One slot is always kept for them.
	Interactive Priority = iota
	// Background is for pulls, polls and censuses.
	Background
)

// Meta is what an answer's status line and headers said.
type Meta struct {
	Status        int
	Attempts      int
	TransactionID string    // X-Transaction-ID, searchable in the instance's transaction log
	Total         int       // X-Total-Count, or -1: an estimate, never a loop bound
	Date          time.Time // the instance's clock, from the Date header; zero when not sent
	ContentType   string
	ContentLength int64 // -1 when not known
	Location      string
	Attachment    string // X-Attachment-Metadata, raw
	RateLimit     RateLimit
}

// RateLimit is the rate limit rule that counted a call, from the X-RateLimit headers; zero where none did. See
// https://www.servicenow.com/docs/r/api-reference/rest-api-explorer/inbound-REST-API-rate-limiting.html.
type RateLimit struct {
	Limit int       // calls an hour
	Reset time.Time // when the hour of the rule ends, by the instance's clock
	Rule  string    // sys_id in sys_rate_limit_rules
}

// Credential says who calls. auth's token sources and static credentials are Credentials.
type Credential interface {
	// Authorize sets the header that proves who calls. What it returns names the credential used (never its secret)
	// and is handed back to Refused.
	Authorize(ctx context.Context, h http.Header) (used any, err error)
	// Refused is told that the instance answered 401 to used. It reports whether Authorize would now yield another
	// credential, so that one more try makes sense.
	Refused(used any) bool
}

// Response is an answer whose body has not been read. Status and content type have been classified: a refusal is an
// error, not a Response. The caller closes Body.
type Response struct {
	Meta
	Body io.ReadCloser
}
