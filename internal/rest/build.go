package rest

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/textproto"
	"net/url"
	"strings"
	"unicode/utf8"

	"github.com/google/go-querystring/query"
)

// outgoing is an Op made ready to be sent, any number of times.
type outgoing struct {
	path   string // escaped
	url    *url.URL
	header http.Header
	body   []byte // nil for a streamed body or none
}

// Prepare builds what sending op would send, for calls that travel inside a batch: the method, the path with its
// query, the headers without any credential, and the body.
func (c *Conn) Prepare(op Op) (method, pathAndQuery string, header http.Header, body []byte, err error) {
	if op.Open != nil {
		return "", "", nil, nil, c.refuse(op, errors.New("a streamed body cannot travel in a batch"))
	}
	out, err := c.build(op)
	if err != nil {
		return "", "", nil, nil, err
	}
	out.header.Del("User-Agent") // the batch itself says it
	return op.Method, out.url.RequestURI(), out.header, out.body, nil
}

func (c *Conn) build(op Op) (outgoing, error) {
	if op.Method == "" || op.Body != nil && op.Open != nil {
		return outgoing{}, c.refuse(op, errors.New("a call needs a method, and at most one of Body and Open"))
	}
	raw, escaped, err := joinPath(op.Path)
	if err != nil {
		return outgoing{}, c.refuse(op, err)
	}
	q, err := encodeQuery(op.Query)
	if err != nil {
		return outgoing{}, c.refuse(op, err)
	}
	u := c.cfg.Instance.URL()
	u.Path, u.RawQuery = raw, q
	if escaped != raw {
		u.RawPath = escaped
	}
	header, err := c.headers(op)
	if err != nil {
		return outgoing{}, c.refuse(op, err)
	}
	out := outgoing{path: escaped, url: u, header: header}
	if op.Body != nil {
		if out.body, err = json.Marshal(op.Body); err != nil {
			return outgoing{}, c.refuse(op, fmt.Errorf("the body cannot be written as JSON: %w", err))
		}
	}
	return out, nil
}

// refuse is for what is wrong before anything is sent.
func (c *Conn) refuse(op Op, why error) error {
	return &Error{Op: op.Name, Method: op.Method, Path: displayPath(op.Path), Class: ErrInvalid, Err: why}
}

// joinPath escapes every segment by itself, so that no value can leave its place.
func joinPath(segments []string) (raw, escaped string, err error) {
	if len(segments) == 0 {
		return "", "", errors.New("the path is empty")
	}
	n, plain := 0, true
	for i, s := range segments {
		if err := checkSegment(s); err != nil {
			return "", "", fmt.Errorf("path segment %d %w", i+1, err)
		}
		n += 1 + len(s)
		plain = plain && !strings.ContainsFunc(s, needsEscape)
	}
	raw = join(segments, n, func(s string) string { return s })
	if plain {
		return raw, raw, nil
	}
	return raw, join(segments, n, url.PathEscape), nil
}

func join(segments []string, n int, f func(string) string) string {
	var b strings.Builder
	b.Grow(n)
	for _, s := range segments {
		b.WriteByte('/')
		b.WriteString(f(s))
	}
	return b.String()
}

// needsEscape is false for what certainly stands for itself in a path.
func needsEscape(r rune) bool {
	return (r < 'a' || r > 'z') && (r < '0' || r > '9') && (r < 'A' || r > 'Z') && r != '_' && r != '-' && r != '.'
}

// checkSegment refuses what servers and proxies may take for something else even when escaped. It does not repeat
// the segment, which may be anything that an end user typed.
func checkSegment(s string) error {
	switch {
	case s == "":
		return errors.New("is empty")
	case strings.Trim(s, ".") == "":
		return errors.New("consists of dots")
	case !utf8.ValidString(s):
		return errors.New("is not valid UTF-8")
	case strings.ContainsFunc(s, isControl):
		return errors.New("has a control character")
	}
	return nil
}

func isControl(r rune) bool { return r < ' ' || r == 0x7f }

func displayPath(segments []string) string {
	_, escaped, err := joinPath(segments)
	if err != nil {
		return ""
	}
	return escaped
}

// encodeQuery writes blanks as %20, which is right in every place where a URL of ours may be read again.
func encodeQuery(q any) (string, error) {
	values, ok := q.(url.Values)
	if !ok && q != nil {
		var err error
		if values, err = query.Values(q); err != nil {
			return "", fmt.Errorf("the query cannot be expressed: %w", err)
		}
	}
	return strings.ReplaceAll(values.Encode(), "+", "%20"), nil
}

// reserved headers say who calls, or where the call goes. Only the Credential and the Instance may.
var reserved = map[string]bool{
	"Authorization": true, "Proxy-Authorization": true, "Cookie": true, "Host": true,
	"X-Sn-Apikey": true, "X-Usertoken": true,
}

func (c *Conn) headers(op Op) (http.Header, error) {
	h := make(http.Header, len(op.Header)+4)
	h["Accept"] = []string{orJSON(op.Accept)}
	h["User-Agent"] = []string{c.cfg.UserAgent}
	// The platform wants a content type on DELETE as well: a missing one is a 400.
	if op.Method != http.MethodGet && op.Method != http.MethodHead {
		h["Content-Type"] = []string{orJSON(op.ContentType)}
	}
	for name, values := range op.Header {
		name = textproto.CanonicalMIMEHeaderKey(name)
		if reserved[name] {
			return nil, fmt.Errorf("the header %s cannot be set by a call", name)
		}
		for _, v := range values {
			if strings.ContainsFunc(v, isControl) {
				return nil, fmt.Errorf("the header %s has a control character", name)
			}
		}
		h[name] = values
	}
	return h, nil
}

const mediaJSON = "application/json"

func orJSON(mediaType string) string {
	if mediaType == "" {
		return mediaJSON
	}
	return mediaType
}
