package servicenowtest

import (
	"errors"
	"fmt"
	"html"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"strings"
)

// Consent is a person with a browser: it opens an authorization URL, logs in, and presses Allow or Deny. It returns the
// URL to which the instance then redirects, which a test hands to the application's callback. The error is a page
// that led nowhere, with its message.
func (s *Server) Consent(authURL, userName, password string, allow bool) (redirect string, err error) {
	jar, err := cookiejar.New(nil)
	if err != nil {
		return "", err
	}
	b := &visitor{client: s.HTTPClient(), host: s.instance.Host()}
	b.client.Jar = jar
	b.client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	answer := url.Values{"user_name": {userName}, "user_password": {password}, "sys_action": {"sysverb_login"}}
	at, err := b.open(http.MethodGet, authURL, nil)
	for range 10 {
		switch {
		case err != nil || at.external != "":
			return at.external, err
		case strings.Contains(at.action, "login.do") && answer == nil:
			return "", errors.New("the login was refused: " + at.message)
		case strings.Contains(at.action, "login.do"):
			at, err = b.submit(at, answer)
			answer = nil
		case at.action != "":
			choice := map[bool]string{true: "allow", false: "deny"}[allow]
			at, err = b.submit(at, url.Values{"sysparm_consent": {choice}})
		default:
			return "", errors.New("the instance shows: " + at.message)
		}
	}
	return "", errors.New("the pages lead in a circle")
}

// visitor walks through an instance's pages.
type visitor struct {
	client *http.Client
	host   string
}

// place is where a visitor has come to: a form, a message, or a redirect that leaves the instance.
type place struct {
	external, action, message string
	hidden                    url.Values
}

var (
	formAction  = regexp.MustCompile(`<form method="post" action="([^"]*)"`)
	hiddenField = regexp.MustCompile(`<input type="hidden" name="([^"]*)" value="([^"]*)"`)
	paragraph   = regexp.MustCompile(`<p[^>]*>([^<]*)</p>`)
)

func (b *visitor) submit(at place, values url.Values) (place, error) {
	for k, v := range at.hidden {
		values[k] = v
	}
	return b.open(http.MethodPost, "https://"+b.host+at.action, values)
}

// open requests a page and follows redirects as long as they stay on the instance.
func (b *visitor) open(method, target string, form url.Values) (place, error) {
	for range 10 {
		req, err := http.NewRequest(method, target, strings.NewReader(form.Encode()))
		if err != nil {
			return place{}, err
		}
		if form != nil {
			req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		}
		resp, err := b.client.Do(req)
		if err != nil {
			return place{}, err
		}
		body, err := io.ReadAll(resp.Body)
		_ = resp.Body.Close()
		if err != nil {
			return place{}, err
		}
		if resp.StatusCode != http.StatusFound {
			return readPlace(string(body)), nil
		}
		next, err := resp.Location()
		if err != nil {
			return place{}, fmt.Errorf("redirect: %w", err)
		}
		if next.Host != b.host {
			return place{external: next.String()}, nil
		}
		method, target, form = http.MethodGet, next.String(), nil
	}
	return place{}, errors.New("too many redirects")
}

func readPlace(body string) place {
	p := place{hidden: url.Values{}}
	if m := formAction.FindStringSubmatch(body); m != nil {
		p.action = html.UnescapeString(m[1])
	}
	for _, m := range hiddenField.FindAllStringSubmatch(body, -1) {
		p.hidden.Set(html.UnescapeString(m[1]), html.UnescapeString(m[2]))
	}
	if m := paragraph.FindStringSubmatch(body); m != nil {
		p.message = html.UnescapeString(m[1])
	}
	return p
}
