package servicenowtest

import (
	"net/http"
	"regexp"
	"slices"
	"strings"
)

// endpoint is what policies, scopes and rate limits match on.
type endpoint struct {
	api      string // "Table API"
	method   string
	version  string // "v1", "" for none
	resource string // path below the API's root: "/incident/{sys_id}" without its version
}

var apiNames = []struct{ prefix, name string }{
	{"/api/now/table", "Table API"},
	{"/api/now/stats", "Aggregate API"},
	{"/api/now/attachment_csm", csmAttachmentAPI},
	{"/api/now/attachment", "Attachment API"},
	{"/api/now/batch", "Batch API"},
	{"/api/now/import", "Import Set API"},
	{"/api/now/email", "Email API"},
	{"/api/now/account", "Account API"},
	{"/api/now/contact", "Contact API"},
	{"/api/now/consumer", "Consumer API"},
	{"/api/sn_customerservice/case", "Case API"},
	{"/api/sn_km_api/knowledge", knowledgeAPI},
}

const (
	knowledgeAPI     = "Knowledge Management API"
	csmAttachmentAPI = "CSM Attachment API"
)

var versionInPath = regexp.MustCompile(`^(/api/[^/]+)/(v[0-9]+)(/.*)$`)

func endpointOf(r *http.Request) endpoint {
	path, e := r.URL.Path, endpoint{method: effectiveMethod(r)}
	if m := versionInPath.FindStringSubmatch(path); m != nil {
		path, e.version = m[1]+m[3], m[2]
	}
	for _, n := range apiNames {
		if rest, ok := strings.CutPrefix(path, n.prefix); ok && (rest == "" || rest[0] == '/') {
			e.api, e.resource = n.name, rest
			return e
		}
	}
	e.api, e.resource = path, ""
	return e
}

// AccessPolicy is a REST API access policy: who may call an API, by kind of authentication, and which auth scope a
// token needs. Empty fields apply to all.
// https://www.servicenow.com/docs/r/platform-security/authentication/api-access-policy.html
type AccessPolicy struct {
	API      string     // "Table API"; "" makes the policy global
	Method   string     // "GET"
	Resource string     // path below the API, "/incident"; what is below it is meant too
	Version  string     // "v2"
	Allow    []AuthKind // authentication profiles; empty allows all
	Roles    []string   // role filter: the caller needs one of them
	Scope    string     // auth scope that a token's application needs
	Inactive bool
}

func (p AccessPolicy) matches(e endpoint) bool {
	return !p.Inactive && (p.API == "" || p.API == e.api) && (p.Method == "" || p.Method == e.method) &&
		(p.Version == "" || p.Version == e.version) &&
		(p.Resource == "" || e.resource == p.Resource || strings.HasPrefix(e.resource, p.Resource+"/"))
}

// weight orders policies that match: resource before method before version, and any before a global one.
// https://www.servicenow.com/docs/r/platform-security/authentication/api-access-policy-prioritization.html
func (p AccessPolicy) weight() int {
	n := 0
	for i, field := range []string{p.Version, p.Method, p.Resource, p.API} {
		if field != "" {
			n |= 1 << i
		}
	}
	return n
}

// AddAccessPolicy adds a policy while the server runs.
func (s *Server) AddAccessPolicy(p AccessPolicy) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.policies = append(slices.Clone(s.policies), p)
}

// policyAdmits applies the weightiest policy to the caller and any scope rule to its token.
func (s *Server) policyAdmits(w http.ResponseWriter, e endpoint, c caller) bool {
	s.mu.Lock()
	policies := s.policies
	s.mu.Unlock()
	var best *AccessPolicy
	var scopes []string
	for _, p := range policies {
		if !p.matches(e) {
			continue
		}
		if p.Scope != "" {
			scopes = append(scopes, p.Scope)
		}
		if (len(p.Allow) > 0 || len(p.Roles) > 0) && (best == nil || p.weight() > best.weight()) {
			best = &p
		}
	}
	return s.profileAdmits(w, best, c) && s.scopeAdmits(w, scopes, c)
}

// profileAdmits asks the policy. A token of an application with "Enforce Token Restrictions" works only where a policy
// admits it.
//
// belief: a profile that is not in the policy is not tried at all, so the caller is simply not authenticated; the body
// of such a denial is documented nowhere and would be seen with one policy on a developer instance.
func (s *Server) profileAdmits(w http.ResponseWriter, p *AccessPolicy, c caller) bool {
	if p == nil || len(p.Allow) == 0 {
		if client := s.tokens.client(c.client); client != nil && client.EnforceTokens {
			writeError(w, http.StatusForbidden, "User Not Authorized", "Access is denied by API access policy")
			return false
		}
	}
	switch {
	case p == nil:
		return true
	case len(p.Allow) > 0 && !slices.Contains(p.Allow, c.kind):
		unauthenticated(w)
		return false
	case len(p.Roles) > 0 && !slices.ContainsFunc(p.Roles, c.HasRole):
		writeError(w, http.StatusForbidden, "User Not Authorized", "Access is denied by API access policy")
		return false
	}
	return true
}

// scopeAdmits is the REST API auth scope: once an API is linked with scopes, a token's application needs one of them,
// or useraccount. The registry is read now, not when the token was issued; other kinds of callers are not asked.
// https://www.servicenow.com/docs/r/platform-security/authentication/rest-api-auth-scope.html
func (s *Server) scopeAdmits(w http.ResponseWriter, scopes []string, c caller) bool {
	if c.kind != AuthOAuth || len(scopes) == 0 || s.property("com.glide.rest.api.auth.scope.check.enable") == "false" {
		return true
	}
	client := s.tokens.client(c.client)
	for _, held := range client.Scopes {
		if held == "useraccount" || slices.Contains(scopes, held) {
			return true
		}
	}
	writeError(w, http.StatusForbidden, "Missing required api access scope", strings.Join(scopes, ","))
	return false
}
