// Package tokenserver is the token endpoint of an instance, as small as tests of renewals need it: refresh tokens that
// rotate or not, faults on demand, and a count of what happened. It is an http.RoundTripper, so that it also works in a
// synctest bubble, and an http.Handler.
package tokenserver

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"sync"
	"time"
)

// ClientID and ClientSecret are what the server wants.
const (
	ClientID     = "be3aeb583ace210011c15b24a43e25d8"
	ClientSecret = "canary-client-secret-41"
)

// Fault is what happens to one request.
type Fault int

const (
	None   Fault = iota
	Busy         // 503
	Page         // 200 with HTML
	Reset        // the connection ends, nothing was done
	Hang         // no answer until the caller gives up, nothing was done
	Lost         // done, and the answer is lost
	Refuse       // 401 server_error / access_denied
)

// Server answers token requests. Set its fields before use.
type Server struct {
	Rotate   bool                                   // every refresh replaces the refresh token
	Same     bool                                   // refreshing gives the current access token again while it lives
	Silent   bool                                   // answers to a refresh hold no refresh token
	Lifespan time.Duration                          // of access tokens; zero is 30 minutes
	Delay    time.Duration                          // before each answer
	Now      func() time.Time                       // the clock; nil is time.Now
	Fault    func(n int, form url.Values) Fault     // for the n-th request, from 1; nil is none
	Answer   func(form url.Values) (int, any, bool) // replaces the answer; a string is sent as it is

	mu       sync.Mutex
	requests int
	issued   int // refresh exchanges that gave a token
	reused   int // refreshes with a token that had been rotated away
	together int // requests that ran at the same time as another
	running  int
	refresh  string
	access   string
	expiry   time.Time
	old      map[string]bool
}

// Grant makes the first tokens, as a consent would.
func (s *Server) Grant() (access, refresh string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.mint(true)
	return s.access, s.refresh
}

// Stats is what happened so far.
type Stats struct{ Requests, Issued, Reused, Together int }

// Stats returns the counts.
func (s *Server) Stats() Stats {
	s.mu.Lock()
	defer s.mu.Unlock()
	return Stats{s.requests, s.issued, s.reused, s.together}
}

// Access is the newest access token.
func (s *Server) Access() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.access
}

// Refresh is the refresh token that works.
func (s *Server) Refresh() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.refresh
}

func (s *Server) now() time.Time {
	if s.Now != nil {
		return s.Now()
	}
	return time.Now()
}

func (s *Server) mint(rotate bool) {
	life := s.Lifespan
	if life == 0 {
		life = 30 * time.Minute
	}
	now := s.now()
	if !s.Same || !now.Before(s.expiry) {
		s.issued++
		s.access = fmt.Sprintf("canary-access-%d", s.issued)
		s.expiry = now.Add(life)
	}
	if rotate {
		if s.old == nil {
			s.old = map[string]bool{}
		}
		s.old[s.refresh] = true
		s.refresh = fmt.Sprintf("canary-refresh-%d", s.issued)
	}
}

// RoundTrip implements http.RoundTripper.
func (s *Server) RoundTrip(req *http.Request) (*http.Response, error) {
	fault := s.begin(req)
	defer s.end()
	ctx := req.Context()
	if s.Delay > 0 {
		timer := time.NewTimer(s.Delay)
		defer timer.Stop()
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-timer.C:
		}
	}
	switch fault {
	case Reset:
		return nil, errors.New("connection reset by peer")
	case Hang:
		<-ctx.Done()
		return nil, ctx.Err()
	}
	w := httptest.NewRecorder()
	s.serve(w, req, fault)
	if fault == Lost {
		return nil, io.ErrUnexpectedEOF
	}
	res := w.Result()
	res.Request = req
	return res, nil
}

// ServeHTTP implements http.Handler.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	fault := s.begin(r)
	defer s.end()
	time.Sleep(s.Delay)
	s.serve(w, r, fault)
}

func (s *Server) begin(req *http.Request) Fault {
	body, _ := io.ReadAll(req.Body)
	req.Body = io.NopCloser(bytes.NewReader(body))
	form, _ := url.ParseQuery(string(body))
	s.mu.Lock()
	defer s.mu.Unlock()
	s.requests++
	if s.running++; s.running > 1 {
		s.together++
	}
	if s.Fault == nil {
		return None
	}
	return s.Fault(s.requests, form)
}

func (s *Server) end() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.running--
}

func (s *Server) serve(w http.ResponseWriter, r *http.Request, fault Fault) {
	switch fault {
	case Busy:
		http.Error(w, "busy", http.StatusServiceUnavailable)
		return
	case Page:
		w.Header().Set("Content-Type", "text/html")
		_, _ = io.WriteString(w, "<html><body>Your instance is hibernating</body></html>")
		return
	case Refuse:
		answer(w, http.StatusUnauthorized, denied)
		return
	}
	if r.Method != http.MethodPost || r.URL.Path != "/oauth_token.do" || r.URL.RawQuery != "" ||
		r.Header.Get("Content-Type") != "application/x-www-form-urlencoded" || r.Header.Get("Cookie") != "" {
		http.Error(w, "not a token request", http.StatusBadRequest)
		return
	}
	_ = r.ParseForm()
	if s.Answer != nil {
		if status, v, ok := s.Answer(r.PostForm); ok {
			answer(w, status, v)
			return
		}
	}
	status, v := s.token(r.PostForm)
	answer(w, status, v)
}

var denied = map[string]any{"error": "server_error", "error_description": "access_denied"}

func (s *Server) token(form url.Values) (int, any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if form.Get("client_id") != ClientID || form.Get("client_secret") != ClientSecret {
		return http.StatusUnauthorized, map[string]any{"error": "invalid_client"}
	}
	out := map[string]any{"scope": "useraccount", "token_type": "Bearer"}
	switch form.Get("grant_type") {
	case "refresh_token":
		if got := form.Get("refresh_token"); got != s.refresh {
			if s.old[got] {
				s.reused++
			}
			return http.StatusUnauthorized, denied
		}
		s.mint(s.Rotate)
		if !s.Silent {
			out["refresh_token"] = s.refresh
		}
	case "client_credentials":
		s.mint(false)
	default:
		s.mint(true)
		out["refresh_token"] = s.refresh
	}
	out["access_token"] = s.access
	out["expires_in"] = int(s.expiry.Sub(s.now()).Round(time.Second) / time.Second)
	return http.StatusOK, out
}

func answer(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json;charset=UTF-8")
	w.WriteHeader(status)
	if text, ok := v.(string); ok {
		_, _ = io.WriteString(w, text)
		return
	}
	_ = json.NewEncoder(w).Encode(v)
}
