package main

import (
	"context"
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

// browser does what an admin's browser does with the pages of a consent: it follows redirects, keeps cookies, fills in
// the login form and presses Allow.
type browser struct {
	client         *http.Client
	user, password string
}

// newBrowser makes a browser that reaches each host through its own client's transport.
func newBrowser(user, password string, clients map[string]*http.Client) (*browser, error) {
	jar, err := cookiejar.New(nil)
	if err != nil {
		return nil, err
	}
	return &browser{user: user, password: password, client: &http.Client{Jar: jar, Transport: byHost(clients)}}, nil
}

// byHost chooses a transport by the request's host, as the internet would.
type byHost map[string]*http.Client

func (b byHost) RoundTrip(r *http.Request) (*http.Response, error) {
	c, ok := b[r.URL.Host]
	if !ok {
		return nil, fmt.Errorf("the browser knows no host %q", r.URL.Host)
	}
	return c.Transport.RoundTrip(r)
}

// consent opens start and answers every form until a page without one: the callback's.
func (b *browser) consent(ctx context.Context, start string) (page string, err error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, start, nil)
	if err != nil {
		return "", err
	}
	for range 5 { // login and consent are two
		answer, err := b.client.Do(r)
		if err != nil {
			return "", err
		}
		body, err := io.ReadAll(io.LimitReader(answer.Body, 1<<20))
		answer.Body.Close()
		if err != nil {
			return "", err
		}
		action, fields, found := b.form(string(body))
		if !found {
			if answer.StatusCode != http.StatusOK {
				return "", fmt.Errorf("the consent ended with status %d: %s", answer.StatusCode, text(string(body)))
			}
			return text(string(body)), nil
		}
		target, err := answer.Request.URL.Parse(action)
		if err != nil {
			return "", err
		}
		r, err = http.NewRequestWithContext(ctx, http.MethodPost, target.String(), strings.NewReader(fields.Encode()))
		if err != nil {
			return "", err
		}
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	return "", errors.New("the consent asks one question after the other")
}

var (
	formTag   = regexp.MustCompile(`(?is)<form\b([^>]*)>(.*?)</form>`)
	inputTag  = regexp.MustCompile(`(?is)<(input|button)\b([^>]*)>`)
	attribute = regexp.MustCompile(`(?is)\b([a-z]+)\s*=\s*"([^"]*)"`)
	anyTag    = regexp.MustCompile(`(?is)<(script|style|title)\b.*?</(script|style|title)>|<[^>]*>`)
)

// form reads the first form of a page and fills it in: user, password, and of several buttons the one that allows.
func (b *browser) form(page string) (action string, fields url.Values, found bool) {
	m := formTag.FindStringSubmatch(page)
	if m == nil {
		return "", nil, false
	}
	fields = url.Values{}
	for _, input := range inputTag.FindAllStringSubmatch(m[2], -1) {
		a := attributes(input[2])
		button := strings.EqualFold(input[1], "button") || a["type"] == "submit"
		switch {
		case a["name"] == "", button && strings.Contains(strings.ToLower(a["value"]), "den"):
		case a["type"] == "password":
			fields.Set(a["name"], b.password)
		case !button && (a["type"] == "text" || a["type"] == ""):
			fields.Set(a["name"], b.user)
		default:
			fields.Set(a["name"], a["value"])
		}
	}
	return attributes(m[1])["action"], fields, true
}

func attributes(tag string) map[string]string {
	found := map[string]string{}
	for _, m := range attribute.FindAllStringSubmatch(tag, -1) {
		found[strings.ToLower(m[1])] = html.UnescapeString(m[2])
	}
	return found
}

// text is what a person reads on a page.
func text(page string) string {
	return strings.Join(strings.Fields(html.UnescapeString(anyTag.ReplaceAllString(page, " "))), " ")
}
