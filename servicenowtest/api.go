package servicenowtest

import (
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/seed-a66f7fd3/servicenow/servicenowtest/internal/db"
)

// policy is what rights the data APIs ask for. A nil policy allows everything.
type policy interface {
	// canReadTable: a table that may not be read at all is refused with 403.
	canReadTable(s db.Session, table string) bool
	// canReadRow: a row that may not be read is absent from lists and 404 by its id.
	canReadRow(s db.Session, row db.Row) bool
	// canReadColumn: a column that may not be read is absent from the row.
	canReadColumn(s db.Session, table, column string) bool
	canCreate(s db.Session, table string) bool
	canWriteRow(s db.Session, row db.Row) bool
	canWriteColumn(s db.Session, table, column string) bool
	canDelete(s db.Session, row db.Row) bool
	// canMatch and canRange are the query ACLs query_match and query_range.
	canMatch(s db.Session, table, column string) bool
	canRange(s db.Session, table, column string) bool
}

// api serves the data APIs of one instance. Who calls, and whether the endpoint may be called at all, was settled before.
type api struct {
	db     *db.DB
	origin string // of the instance, for links
	policy policy
	quirks func() quirks                                        // the switches as they stand now; nil means none is set
	inner  func(http.ResponseWriter, *http.Request, db.Session) // answers the items of a batch; ServeAPI by default
	routes []route
}

// quirks are the switches for what instances, or sources, disagree on. The zero value is the documentation.
type quirks struct {
	Regime             db.Regime       // what becomes of an invalid clause
	LiteralsInUserZone bool            // date literals of queries are read in the caller's zone
	FoldCase           bool            // text of queries compares without regard to letter case
	CountHonoursACL    bool            // X-Total-Count counts only visible rows
	AllowAnyChoice     bool            // glide.rest.choice.allow_non_existing_value
	BatchServices      int             // a batch is cut after this many requests, as its 30 second quota does; 0 means never
	HasMore            bool            // Account, Contact and Consumer lists have the hasMore member their pages mention
	NullColumns        map[string]bool // columns whose empty cells come as JSON null
	RepeatRows         bool            // every list repeats its first row at its end
}

// call is one request to a data API.
type call struct {
	*api
	w       http.ResponseWriter
	r       *http.Request
	s       db.Session
	q       url.Values
	quirk   quirks
	version string // "v1", "v2" or ""
	arg     []string
}

type handler func(*call)

// route is one documented endpoint; a segment of * is a parameter.
type route struct {
	method   string
	segments []string
	versions string // space separated; - stands for none
	handle   handler
	roles    []string // one of them is needed; none means everybody
}

func newAPI(d *db.DB, origin string, p policy, q func() quirks) *api {
	a := &api{db: d, origin: origin, policy: p, quirks: q}
	if a.policy == nil {
		a.policy = everything{}
	}
	if a.quirks == nil {
		a.quirks = func() quirks { return quirks{} }
	}
	a.inner = a.ServeAPI
	a.addTable()
	a.addStats()
	a.addBatch()
	a.addAttachment()
	a.addCase()
	a.addCustomers()
	a.addKnowledge()
	a.addEmail()
	a.addUsers()
	return a
}

func (a *api) add(method, path, versions string, h handler, roles ...string) {
	a.routes = append(a.routes, route{method, strings.Split(path, "/"), versions, h, roles})
}

var versionSegment = regexp.MustCompile(`^v[0-9]+$`)

// ServeAPI answers a request below /api/ for session s.
func (a *api) ServeAPI(w http.ResponseWriter, r *http.Request, s db.Session) {
	c := &call{api: a, w: w, r: r, s: s, q: parameters(r.URL.RawQuery), quirk: a.quirks()}
	if c.switchedOff(endpointOf(r).api) {
		c.fail(http.StatusBadRequest, "Requested URI does not represent any resource", r.URL.Path)
		return
	}
	segments := strings.Split(strings.Trim(strings.TrimPrefix(r.URL.Path, "/api/"), "/"), "/")
	if len(segments) > 1 && versionSegment.MatchString(segments[1]) {
		c.version = segments[1]
		segments = append(segments[:1:1], segments[2:]...)
	}
	method, known := effectiveMethod(r), false
	for _, rt := range a.routes {
		if arg, ok := rt.match(segments, c.version); ok {
			known = true
			if rt.method == method {
				c.arg = arg
				c.serve(rt)
				return
			}
		}
	}
	if known {
		c.fail(http.StatusMethodNotAllowed, "Method not supported", "")
		return
	}
	c.fail(http.StatusBadRequest, "Requested URI does not represent any resource", r.URL.Path)
}

// switchedOff applies glide.rest.apis.enabled, which turns off all APIs that it does not name, and
// glide.rest.apis.disabled: https://www.servicenow.com/docs/r/platform-administration/r_AvailableSystemProperties.html
func (c *call) switchedOff(name string) bool {
	names := func(property string) bool {
		return slices.ContainsFunc(strings.Split(c.property(property), ","), func(n string) bool {
			return strings.TrimSpace(n) == name
		})
	}
	return c.property("glide.rest.apis.enabled") != "" && !names("glide.rest.apis.enabled") ||
		names("glide.rest.apis.disabled")
}

// maxQuery is the longest query string that is taken.
//
// belief: no limit is documented; loaders met 414 at some 700 OR conditions, which is about this long.
const maxQuery = 32 << 10

// tooLong answers 414, from before the application, for a query string that is too long.
func tooLong(w http.ResponseWriter, r *http.Request) bool {
	if len(r.URL.RawQuery) <= maxQuery {
		return false
	}
	w.WriteHeader(http.StatusRequestURITooLong)
	return true
}

// parameters reads a query string as an instance does: a semicolon is text, and what is not encoded well is taken as it
// stands, where net/url would drop the parameter.
func parameters(raw string) url.Values {
	out := url.Values{}
	for _, pair := range strings.Split(raw, "&") {
		key, value, _ := strings.Cut(pair, "=")
		if key = unescaped(key); key != "" {
			out[key] = append(out[key], unescaped(value))
		}
	}
	return out
}

func unescaped(s string) string {
	if u, err := url.QueryUnescape(s); err == nil {
		return u
	}
	return s
}

// effectiveMethod applies X-http-method-override, and takes HEAD for a GET whose body the server leaves out.
func effectiveMethod(r *http.Request) string {
	method := r.Method
	if o := r.Header.Get("X-Http-Method-Override"); o != "" && method == http.MethodPost {
		method = strings.ToUpper(o)
	}
	if method == http.MethodHead {
		return http.MethodGet
	}
	return method
}

func (rt route) match(segments []string, version string) ([]string, bool) {
	if len(segments) != len(rt.segments) {
		return nil, false
	}
	var arg []string
	for i, s := range rt.segments {
		switch {
		case s == "*" && segments[i] != "":
			arg = append(arg, segments[i])
		case s != segments[i]:
			return nil, false
		}
	}
	if version == "" {
		version = "-"
	}
	return arg, strings.Contains(" "+rt.versions+" ", " "+version+" ")
}

// serve asks for the headers and the role the API wants, then runs the handler.
// https://www.servicenow.com/docs/r/api-reference/rest-api-explorer/c_RESTAPI.html, "Data format headers"
func (c *call) serve(rt route) {
	if !c.acceptable() {
		c.fail(http.StatusNotAcceptable, "Not acceptable", "Unsupported response format: "+c.r.Header.Get("Accept"))
		return
	}
	if len(rt.roles) > 0 && !slices.ContainsFunc(rt.roles, c.s.HasRole) {
		c.fail(http.StatusForbidden, "User Not Authorized", "Failed API level ACL Validation")
		return
	}
	rt.handle(c)
}

// acceptable: JSON is the default where nothing is asked for.
func (c *call) acceptable() bool {
	accept := c.r.Header.Get("Accept")
	if accept == "" || strings.HasSuffix(c.r.URL.Path, "/file") || strings.Contains(c.r.URL.Path, "/attachments/") {
		return true
	}
	for _, ok := range []string{"application/json", "application/*", "*/*", "application/xml", "multipart/mixed"} {
		if strings.Contains(accept, ok) {
			return true
		}
	}
	return false
}

// flag reads a boolean parameter.
func (c *call) flag(name string) bool { return strings.EqualFold(c.q.Get(name), "true") }

type everything struct{}

func (everything) canReadTable(db.Session, string) bool           { return true }
func (everything) canReadRow(db.Session, db.Row) bool             { return true }
func (everything) canReadColumn(db.Session, string, string) bool  { return true }
func (everything) canCreate(db.Session, string) bool              { return true }
func (everything) canWriteRow(db.Session, db.Row) bool            { return true }
func (everything) canWriteColumn(db.Session, string, string) bool { return true }
func (everything) canDelete(db.Session, db.Row) bool              { return true }
func (everything) canMatch(db.Session, string, string) bool       { return true }
func (everything) canRange(db.Session, string, string) bool       { return true }
