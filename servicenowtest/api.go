package servicenowtest

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/seed-a66f7fd3/servicenow/servicenowtest/internal/db"
)

// api serves the data APIs of one instance. Who calls, and whether the endpoint may be called at all, was settled before.
type api struct {
	db     *db.DB
	origin string // of the instance, for links
	policy policy
	quirks func() quirks                                        // the switches as they stand now
	inner  func(http.ResponseWriter, *http.Request, db.Session) // answers the items of a batch; ServeAPI by default
	routes []route
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
	csm     bool // a call of the CSM Attachment API
}

func newAPI(d *db.DB, origin string, p policy, q func() quirks) *api {
	a := &api{db: d, origin: origin, policy: p, quirks: q}
	a.inner = a.ServeAPI
	a.addTable()
	a.addStats()
	a.addBatch()
	a.addAttachment()
	a.addCSMAttachment()
	a.addCase()
	a.addCustomers()
	a.addKnowledge()
	a.addEmail()
	a.addUsers()
	return a
}

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
	for _, ok := range []string{"application/json", "application/*", "*/*", "application/xml"} {
		if strings.Contains(accept, ok) {
			return true
		}
	}
	return false
}

// flag reads a boolean parameter.
func (c *call) flag(name string) bool { return strings.EqualFold(c.q.Get(name), "true") }
