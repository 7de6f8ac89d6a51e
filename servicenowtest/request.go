package servicenowtest

import (
	"context"
	"net/http"
	"strings"

	"github.com/seed-a66f7fd3/servicenow/servicenowtest/internal/db"
)

// ServeHTTP answers for the instance's host, and for the loopback address, so that a browser can look in. A request
// goes through: the record of requests, faults, and then the page or the API.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Host != s.instance.Host() && r.Host != s.instance.Host()+":443" && r.Host != s.Addr() {
		http.Error(w, "not this instance", http.StatusMisdirectedRequest)
		return
	}
	out, done := s.record.begin(w, r, s.clock.Now())
	defer done()
	s.commonHeaders(out)
	s.faults.around(out, r, func(w http.ResponseWriter, r *http.Request) { s.mux.ServeHTTP(w, r) })
}

// commonHeaders are on every answer. Date is the instance's time, which may not be ours.
func (s *Server) commonHeaders(w http.ResponseWriter) {
	h := w.Header()
	h.Set("Date", s.clock.Now().Format(http.TimeFormat))
	h.Set("Server", "ServiceNow")
	h.Set("X-Transaction-ID", s.db.NewID()[:12])
	h.Set("Strict-Transport-Security", "max-age=63072000; includeSubDomains")
	h.Set("Cache-Control", "no-cache,no-store,must-revalidate,max-age=-1")
	h.Set("Pragma", "no-store,no-cache")
	h.Set("Expires", "0")
}

// serveOther is any other page: an instance answers with its login page.
func (s *Server) serveOther(w http.ResponseWriter, r *http.Request) {
	session := s.browserSession(w, r)
	if session.user == "" {
		writePage(w, http.StatusOK, "login", page{Title: "Log in", Goto: "/", CK: session.ck})
		return
	}
	writePage(w, http.StatusOK, "message", page{Title: s.instance.Name(), Message: "Logged in as " + session.user})
}

// serveAPI settles whether the call may happen at all, then lets the data API answer inside a transaction.
func (s *Server) serveAPI(w http.ResponseWriter, r *http.Request) {
	if tooLong(w, r) {
		return
	}
	leave, ok := s.takeTurn(w, r)
	if !ok {
		return
	}
	defer leave()
	c, ok := s.admit(w, r)
	if !ok {
		return
	}
	tx := s.rules.Begin(c.Session)
	defer tx.End()
	s.api.ServeAPI(w, r.WithContext(context.WithValue(r.Context(), callerKey{}, c)), tx.Session())
}

type callerKey struct{}

// serveItem answers one item of a batch, whose caller is the batch's: what guards the item's own API is asked again.
func (s *Server) serveItem(w http.ResponseWriter, r *http.Request, session db.Session) {
	c, _ := r.Context().Value(callerKey{}).(caller)
	endpoint := endpointOf(r)
	if s.policyAdmits(w, endpoint, c) && s.endpointAdmits(w, endpoint, c) {
		s.api.ServeAPI(w, r, session)
	}
}

// takeTurn waits for the session's turn and for a thread. A crowded session answers 202 and does nothing; a full pool
// answers a bare 429, from before the application.
func (s *Server) takeTurn(w http.ResponseWriter, r *http.Request) (leave func(), ok bool) {
	out := func() {}
	if ws, _ := s.sessions.get(r); ws != nil {
		turn, ok := s.sessions.enter(ws, r)
		if !ok {
			w.WriteHeader(http.StatusAccepted)
			return nil, false
		}
		out = turn
	}
	free, ok := s.pool.enter(r)
	if !ok {
		out()
		w.WriteHeader(http.StatusTooManyRequests)
		return nil, false
	}
	return func() { free(); out() }, true
}

// admit authenticates and asks, in the platform's order, the access policy, the token's scope, the rate limit and the
// endpoint's own ACL. It answers for itself when the call ends here.
func (s *Server) admit(w http.ResponseWriter, r *http.Request) (caller, bool) {
	c, ok := s.authenticate(r)
	if !ok {
		if !s.publicAPI(r) {
			w.Header().Set("X-Is-Logged-In", "false")
			unauthenticated(w)
			return caller{}, false
		}
		c = caller{kind: AuthNone}
	}
	s.record.caller(r, c.UserName)
	w.Header().Set("X-Is-Logged-In", flag(c.kind != AuthNone))
	s.openSession(w, r, c)
	endpoint := endpointOf(r)
	return c, s.policyAdmits(w, endpoint, c) && s.limits.admit(w, endpoint, c, s.clock.Now()) &&
		s.endpointAdmits(w, endpoint, c)
}

// publicAPI: the Knowledge API answers guests unless it was set to require a login.
// https://www.servicenow.com/docs/r/api-reference/rest-apis/knowledge-api.html
func (s *Server) publicAPI(r *http.Request) bool {
	return strings.HasPrefix(r.URL.Path, "/api/sn_km_api/") && r.Header.Get("Authorization") == "" &&
		!s.currentSwitches().KnowledgeRequiresLogin
}

// openSession gives a caller without a session a new one, as the platform does for every call without a cookie.
func (s *Server) openSession(w http.ResponseWriter, r *http.Request, c caller) {
	if ws, _ := s.sessions.get(r); ws != nil || c.kind == AuthNone {
		return
	}
	id := s.token()[:32]
	s.sessions.open(id, &webSession{user: c.UserName, token: c.token, api: true})
	s.setCookies(w, id)
}

// endpointAdmits is the REST API ACL of four APIs, which ships deactivated.
func (s *Server) endpointAdmits(w http.ResponseWriter, e endpoint, c caller) bool {
	if !s.currentSwitches().RESTRoleRequired || c.HasRole("snc_platform_rest_api_access") {
		return true
	}
	switch e.api {
	case "Table API", "Aggregate API", "Attachment API", "Import Set API":
		writeError(w, http.StatusForbidden, "User Not Authorized", "Failed API level ACL Validation")
		return false
	}
	return true
}

// pool is the node's API_INT semaphore: a few threads and a queue.
type pool struct {
	threads chan bool
	queued  chan bool
}

func newPool(threads, queue int) *pool {
	if threads <= 0 {
		return &pool{}
	}
	return &pool{threads: make(chan bool, threads), queued: make(chan bool, threads+queue)}
}

// enter waits for a thread; it fails at once when the queue is full.
func (p *pool) enter(r *http.Request) (leave func(), ok bool) {
	if p.threads == nil {
		return func() {}, true
	}
	select {
	case p.queued <- true:
	default:
		return nil, false
	}
	if !acquire(r.Context(), p.threads) {
		<-p.queued
		return nil, false
	}
	return func() { <-p.threads; <-p.queued }, true
}

func acquire(ctx context.Context, slots chan bool) bool {
	select {
	case slots <- true:
		return true
	case <-ctx.Done():
		return false
	}
}
