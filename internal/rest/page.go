package rest

import (
	"bytes"
	"strings"
)

// page is what a body that should be JSON turns out to be.
type page uint8

const (
	noPage page = iota
	somePage
	loginPage
	hibernationPage
)

// loginMarks are found in the login pages of instances and in the forms that lead to an identity provider.
var loginMarks = []string{
	"login.do", "user_password", "sysparm_type=login", "name=\"samlrequest\"", "<title>log in", "<title>login",
	"<title>sign in", "login_with_sso",
}

// pageOf looks at the start of a body. A hibernating developer instance answers every path, the token endpoint
// included, with status 200 and a page titled "Instance Hibernating page".
// belief: titles of other releases also contain the word; a real hibernating instance settles it.
func pageOf(head []byte) page {
	s := strings.ToLower(string(head[:min(len(head), maxPeek)]))
	if strings.Contains(title(s), "hibernat") || strings.Contains(s, "instance is hibernating") ||
		strings.Contains(s, "hibernating instance") {
		return hibernationPage
	}
	for _, mark := range loginMarks {
		if strings.Contains(s, mark) {
			return loginPage
		}
	}
	return somePage
}

func title(s string) string {
	_, rest, found := strings.Cut(s, "<title")
	if !found {
		return ""
	}
	before, _, _ := strings.Cut(rest, "</title")
	return before
}

// looksLikePage reports whether a body labelled as JSON is markup.
func looksLikePage(head []byte) bool { return bytes.HasPrefix(bytes.TrimSpace(head), []byte("<")) }
