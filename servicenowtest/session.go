package servicenowtest

import (
	"net/http"
	"sync"
)

// sessionQueue is how many requests may wait behind the one that a session runs; further ones get 202 (KB3047080).
const sessionQueue = 10

// maxSessions bounds the memory of clients that never send a cookie back.
const maxSessions = 4096

// sessions are the instance's sessions by JSESSIONID. One runs one transaction at a time.
type sessions struct {
	mu    sync.Mutex
	all   map[string]*webSession
	order []string
}

// webSession is one session: of a browser that logged in, or of an API client that sends cookies.
type webSession struct {
	turn    chan bool // holds a token while a request runs
	waiting int
	user    string
	ck      string
	token   string // access token that opened it; the session dies with it
	api     bool   // opened by an API request
}

func newSessions() *sessions { return &sessions{all: map[string]*webSession{}} }

// get finds a session by cookie.
func (t *sessions) get(r *http.Request) (*webSession, string) {
	cookie, err := r.Cookie("JSESSIONID")
	if err != nil {
		return nil, ""
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.all[cookie.Value], cookie.Value
}

// open makes a session and forgets the oldest one when there are too many.
func (t *sessions) open(id string, s *webSession) {
	s.turn = make(chan bool, 1)
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.order) >= maxSessions {
		delete(t.all, t.order[0])
		t.order = t.order[1:]
	}
	t.all[id] = s
	t.order = append(t.order, id)
}

// enter waits for the session's turn. It refuses, at once, a request that finds ten others waiting.
func (t *sessions) enter(s *webSession, r *http.Request) (leave func(), ok bool) {
	t.mu.Lock()
	if s.waiting >= sessionQueue {
		t.mu.Unlock()
		return nil, false
	}
	s.waiting++
	t.mu.Unlock()
	defer func() {
		t.mu.Lock()
		s.waiting--
		t.mu.Unlock()
	}()
	select {
	case s.turn <- true:
		return func() { <-s.turn }, true
	case <-r.Context().Done():
		return nil, false
	}
}

// setCookies hands out the cookies of a new session.
func (s *Server) setCookies(w http.ResponseWriter, id string) {
	for _, c := range [][2]string{
		{"JSESSIONID", id}, {"glide_user_route", "glide." + id}, {"glide_session_store", id},
		{"BIGipServerpool_" + s.instance.Name(), "2643023626.45630.0000"},
	} {
		cookie := &http.Cookie{Name: c[0], Value: c[1], HttpOnly: true, Secure: true} //nolint:gosec // see SameSite
		cookie.Path, cookie.SameSite = "/", http.SameSiteNoneMode                     // what instances send
		http.SetCookie(w, cookie)
	}
}

// browserSession finds or opens the interactive session of a browser.
func (s *Server) browserSession(w http.ResponseWriter, r *http.Request) browser {
	ws, id := s.sessions.get(r)
	if ws == nil || ws.api {
		id, ws = s.token()[:32], &webSession{ck: s.token()}
		s.sessions.open(id, ws)
		s.setCookies(w, id)
	}
	s.sessions.mu.Lock()
	defer s.sessions.mu.Unlock()
	return browser{id: id, user: ws.user, ck: ws.ck}
}

// loginBrowser gives the browser a new session that is logged in: an id from before the login is not kept.
func (s *Server) loginBrowser(w http.ResponseWriter, old browser, user string) {
	s.sessions.mu.Lock()
	delete(s.sessions.all, old.id)
	s.sessions.mu.Unlock()
	id := s.token()[:32]
	s.sessions.open(id, &webSession{ck: s.token(), user: user})
	s.setCookies(w, id)
}

// apiSession reports whether the request comes on a session that an API call opened.
func (s *Server) apiSession(r *http.Request) bool {
	ws, _ := s.sessions.get(r)
	return ws != nil && ws.api
}
