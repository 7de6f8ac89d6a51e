package servicenowtest

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
)

type handler func(*call)

// route is one documented endpoint; a segment of * is a parameter.
type route struct {
	method   string
	segments []string
	versions string // space separated; - stands for none
	handle   handler
	roles    []string // one of them is needed; none means everybody
}

func (a *api) add(method, path, versions string, h handler, roles ...string) {
	a.routes = append(a.routes, route{method, strings.Split(path, "/"), versions, h, roles})
}

var versionSegment = regexp.MustCompile(`^v[0-9]+$`)

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
