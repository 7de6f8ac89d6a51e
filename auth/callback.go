package auth

import (
	"crypto/subtle"
	"errors"
	"net/url"
	"strings"
	"sync"
	"time"
)

// checkCallback returns the code that a genuine, timely callback carries.
func (f *Flow) checkCallback(p Pending, callback *url.URL, now time.Time) (string, error) {
	if callback == nil || !sameRedirect(p.RedirectURL, callback) || p.RedirectURL != f.app.RedirectURL {
		// When no registered URL matches, the platform sends the code to the first registered one: a callback
		// elsewhere is a misconfiguration or an attack.
		return "", refuseCallback(ErrRedirectMismatch, "")
	}
	if p.Instance != f.app.Instance || p.ClientID != f.app.ClientID || p.State == "" {
		return "", refuseCallback(ErrForeignPending, "")
	}
	q, err := url.ParseQuery(callback.RawQuery)
	if err != nil || len(q["state"]) > 1 || len(q["code"]) > 1 || len(q["error"]) > 1 {
		return "", refuseCallback(ErrInvalidRequest, "the callback's parameters are damaged or doubled")
	}
	state, said := q.Get("state"), Code(line(q.Get("error")))
	switch {
	case state == "" && said == "":
		return "", refuseCallback(ErrMissingState, "")
	case state != "" && subtle.ConstantTimeCompare([]byte(state), []byte(p.State)) != 1:
		return "", refuseCallback(ErrForeignState, "")
	case now.After(p.Expires):
		return "", refuseCallback(ErrExpired, "")
	case said != "":
		return "", refuseCallback(said, line(q.Get("error_description")))
	case q.Get("code") == "":
		return "", refuseCallback(ErrMissingCode, "")
	}
	return q.Get("code"), nil
}

func refuseCallback(c Code, description string) *Error {
	return &Error{Op: "callback", Code: c, Description: description, Remedy: remedyFor(c)}
}

// sameRedirect compares the URL that was asked for with the one that the browser came to: origin and path exactly, and
// the registered query, if it has one, as part of the callback's.
func sameRedirect(registered string, callback *url.URL) bool {
	want, err := url.Parse(registered)
	if err != nil || want.Scheme != callback.Scheme || !strings.EqualFold(want.Host, callback.Host) ||
		want.EscapedPath() != callback.EscapedPath() || callback.User != nil {
		return false
	}
	got := callback.Query()
	for name, values := range want.Query() {
		if len(values) != len(got[name]) {
			return false
		}
		for i := range values {
			if values[i] != got[name][i] {
				return false
			}
		}
	}
	return true
}

// isRefusal reports whether the instance decided: it said no to the grant or the client.
func isRefusal(err error) bool {
	var e *Error
	return errors.As(err, &e) && errors.Is(e.Class, ErrReauthorize)
}

// spent remembers the states that this process has used, until their consent would have expired anyway. Between
// processes the instance itself refuses a code's second use.
type spent struct {
	mu     sync.Mutex
	states map[string]time.Time
}

func newSpent() *spent { return &spent{states: map[string]time.Time{}} }

func (s *spent) claim(state string, until time.Time) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := time.Now()
	for other, end := range s.states {
		if now.After(end) {
			delete(s.states, other)
		}
	}
	if _, used := s.states[state]; used {
		return false
	}
	s.states[state] = until
	return true
}

func (s *spent) release(state string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.states, state)
}
