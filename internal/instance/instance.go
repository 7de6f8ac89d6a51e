// Package instance holds the one representation of a ServiceNow instance's address.
//
// Everything behind Parse may rely on it: an Instance that exists is an https origin of a ServiceNow domain, so no
// other package checks a URL again, and a token cannot be sent to a host that was merely typed into a form.
package instance

import (
	"errors"
	"fmt"
	"net/url"
	"strings"
)

// domains are the two suffixes under which ServiceNow hosts its customers' instances: the commercial cloud and the
// one for government customers. A vanity host in front of an instance is not among them, on purpose: links, OAuth
// redirects and cookies belong to the canonical host.
var domains = []string{".service-now.com", ".servicenowservices.com"}

// wrongDomain is worded as users of such integrations know it from their products' troubleshooting pages.
const wrongDomain = "instance_url must be a service-now.com or servicenowservices.com domain"

const example = "https://acme.service-now.com"

// Err is what every refusal of Parse wraps.
var Err = errors.New("invalid instance address")

// Instance is a validated origin, https://NAME.service-now.com or https://NAME.servicenowservices.com. Only Parse
// makes one. Values are comparable, and equal when they name the same host.
type Instance struct{ host string }

// Error tells what is wrong with an address and what would be right. It never repeats the address itself, which may
// hold a password that somebody pasted with it.
type Error struct {
	Field   string // the form field or setting, "instance_url"
	Problem string // one sentence
	Remedy  string // what to write instead
}

func (e *Error) Error() string { return e.Problem }
func (e *Error) Unwrap() error { return Err }

func refuse(problem, remedy string) (Instance, error) {
	return Instance{}, &Error{Field: "instance_url", Problem: problem, Remedy: remedy}
}

// Parse accepts a bare https origin of a ServiceNow domain, in any letter case, and a bare instance name ("acme").
func Parse(s string) (Instance, error) {
	write := "write the bare address, for example " + example
	switch {
	case s == "":
		return refuse("instance_url is empty", write)
	case strings.TrimSpace(s) != s:
		return refuse("instance_url has blanks or line breaks around it", "remove them and "+write)
	case !printableASCII(s):
		return refuse("instance_url has characters that no ServiceNow address has", "type the address by hand: "+write)
	case isLabel(strings.ToLower(s)):
		return Instance{host: strings.ToLower(s) + domains[0]}, nil
	}
	scheme, rest, found := strings.Cut(s, "://")
	switch {
	case !found:
		return refuse("instance_url must start with https://", write)
	case strings.EqualFold(scheme, "http"):
		return refuse("instance_url must use https, not http", write)
	case !strings.EqualFold(scheme, "https"):
		return refuse("instance_url must start with https://", write)
	case strings.ContainsAny(rest, "@"):
		return refuse("instance_url must not contain a user name or password", "remove everything up to the @ and "+write)
	}
	return parseHost(rest, write)
}

// parseHost checks what stands behind https://.
func parseHost(rest, write string) (Instance, error) {
	authority, tail := rest, ""
	if i := strings.IndexAny(rest, `/\?#`); i >= 0 {
		authority, tail = rest[:i], rest[i:]
	}
	host := strings.ToLower(authority)
	bare, port, hasPort := strings.Cut(host, ":")
	if !isInstanceHost(bare) {
		return refuse(wrongDomain, "use the instance's own address, not a custom or vanity host: "+write)
	}
	write = "write https://" + bare
	switch {
	case hasPort:
		return refuse(fmt.Sprintf("instance_url must not contain a port (%d characters after the colon)", len(port)), write)
	case tail == "/":
		return refuse("instance_url must not end with a slash", write)
	case strings.HasPrefix(tail, "?") || strings.HasPrefix(tail, "#"):
		return refuse("instance_url must not contain a query or a fragment", write)
	case tail != "":
		return refuse("instance_url must not contain a path", write)
	}
	return Instance{host: bare}, nil
}

// isInstanceHost wants exactly one label before a known domain, so that acme.service-now.com.evil.test,
// evilservice-now.com and a.b.service-now.com are all refused.
func isInstanceHost(host string) bool {
	for _, d := range domains {
		if name, ok := strings.CutSuffix(host, d); ok {
			return isLabel(name)
		}
	}
	return false
}

// isLabel accepts a plain DNS label. Punycode is refused: no instance has such a name, and look-alikes do.
func isLabel(s string) bool {
	if s == "" || len(s) > 63 || s[0] == '-' || s[len(s)-1] == '-' || strings.HasPrefix(s, "xn--") {
		return false
	}
	for _, c := range []byte(s) {
		if (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' {
			return false
		}
	}
	return true
}

func printableASCII(s string) bool {
	for _, c := range []byte(s) {
		if c <= ' ' || c >= 0x7f {
			return false
		}
	}
	return true
}

// Host is the host name, "acme.service-now.com".
func (i Instance) Host() string { return i.host }

// Name is the first label of the host, "acme": what the platform calls instance_name.
func (i Instance) Name() string { name, _, _ := strings.Cut(i.host, "."); return name }

// Origin is "https://acme.service-now.com", without a slash; empty for the zero Instance.
func (i Instance) Origin() string {
	if i.host == "" {
		return ""
	}
	return "https://" + i.host
}

// String is Origin.
func (i Instance) String() string { return i.Origin() }

// URL is the origin as a fresh *url.URL that the caller may extend.
func (i Instance) URL() *url.URL { return &url.URL{Scheme: "https", Host: i.host} }

// IsZero reports whether i names no instance.
func (i Instance) IsZero() bool { return i.host == "" }

// MarshalText writes Origin, so that an Instance can be stored and configured as text.
func (i Instance) MarshalText() ([]byte, error) { return []byte(i.Origin()), nil }

// UnmarshalText is Parse; empty text is the zero Instance.
func (i *Instance) UnmarshalText(b []byte) error {
	if len(b) == 0 {
		*i = Instance{}
		return nil
	}
	parsed, err := Parse(string(b))
	if err != nil {
		return err
	}
	*i = parsed
	return nil
}
