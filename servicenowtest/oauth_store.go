package servicenowtest

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"maps"
	"sync"
	"time"
)

// OAuthClient is a record of the application registry (oauth_entity), as an admin fills it in. Zero lifespans mean
// the platform's defaults.
// https://www.servicenow.com/docs/r/platform-security/authentication/t_CreateEndpointforExternalClients.html
type OAuthClient struct {
	Name         string
	ClientID     string
	ClientSecret string
	RedirectURLs []string // matched byte for byte; the first is used when none matches

	AccessTokenLifespan  time.Duration // default 1800 s
	RefreshTokenLifespan time.Duration // default 8,640,000 s, 100 days

	Public           bool     // no secret: PKCE is required, and no refresh token is issued
	PKCERequired     bool     // also of a confidential client
	Scopes           []string // auth scopes; empty opens all APIs but those that are linked with a scope
	EnforceTokens    bool     // "Enforce Token Restrictions": only APIs with an access policy that names this profile
	ApplicationUser  string   // user name that client credentials run as
	Inactive         bool
	JWTKeys          []JWTKey // verifier map of the JWT bearer grant
	JWTUserField     string   // sys_user column matched with the claim sub; default user_name
	JWTClockSkew     time.Duration
	AllowRepeatedJTI bool // "Enable JTI Verification" unchecked
}

// Defaults of the application registry.
const (
	defaultAccessLifespan  = 1800 * time.Second
	defaultRefreshLifespan = 8_640_000 * time.Second
	// belief: the documentation gives no lifetime for an authorization code; a token export of a real instance
	// would. Minutes are what RFC 6749 advises.
	codeLifespan = 10 * time.Minute
)

func (c *OAuthClient) accessLifespan() time.Duration {
	if c.AccessTokenLifespan > 0 {
		return c.AccessTokenLifespan
	}
	return defaultAccessLifespan
}

func (c *OAuthClient) refreshLifespan() time.Duration {
	if c.RefreshTokenLifespan > 0 {
		return c.RefreshTokenLifespan
	}
	return defaultRefreshLifespan
}

// redirect picks the URL the code is sent to: the requested one when it is registered byte for byte, else the first
// registered one. That is documented, and it surprises everyone who expects an error.
func (c *OAuthClient) redirect(requested string) (url string, matched bool) {
	for _, r := range c.RedirectURLs {
		if r == requested {
			return r, true
		}
	}
	if len(c.RedirectURLs) == 0 {
		return "", false
	}
	return c.RedirectURLs[0], false
}

// credential is one row of oauth_credential: a code, an access token or a refresh token.
type credential struct {
	client  string // client id
	user    string // user name
	scope   string
	expires time.Time
	revoked bool

	redirect        string // of a code: where it was sent to
	requested       string // of a code: the redirect_uri of the request, which the exchange must repeat
	challenge       string // of a code: PKCE S256
	challengeMethod string
}

func (c *credential) live(now time.Time) bool { return c != nil && !c.revoked && now.Before(c.expires) }

// grantKey names what shares one access token: the same user in the same application.
type grantKey struct{ client, user string }

// tokens is the server's oauth_credential table and its application registry.
type tokens struct {
	mu       sync.Mutex
	clients  map[string]*OAuthClient
	codes    map[string]*credential
	access   map[string]*credential
	refresh  map[string]*credential
	currentA map[grantKey]string
	currentR map[grantKey]string
	jti      map[string]bool
	granted  map[string]int
	random   func() string
}

func newTokens(random func() string) *tokens {
	return &tokens{
		clients: map[string]*OAuthClient{}, codes: map[string]*credential{}, access: map[string]*credential{},
		refresh: map[string]*credential{}, currentA: map[grantKey]string{}, currentR: map[grantKey]string{},
		jti: map[string]bool{}, granted: map[string]int{}, random: random,
	}
}

// client returns a copy of the registry's record, or nil for an unknown or inactive one.
func (t *tokens) client(id string) *OAuthClient {
	t.mu.Lock()
	defer t.mu.Unlock()
	c := t.clients[id]
	if c == nil || c.Inactive {
		return nil
	}
	cp := *c
	return &cp
}

// issued is what a grant hands out.
type issued struct {
	access    string
	refresh   string // empty when the grant gives none
	scope     string
	expiresIn time.Duration
}

// issue hands out tokens for a grant. Within an access token's life it is the same token again, with what is left of
// its life: "access requests made within the access token expiration time always return the current access token".
// https://www.servicenow.com/docs/r/platform-security/authentication/r_OAuthAPIResponseParameters.html
//
// belief: a knowledge-base article says that a new non-refresh grant extends the access token, live answers show the
// remaining seconds; a second client-credentials request to a real instance would settle it.
func (t *tokens) issue(c *OAuthClient, user, scope, grant string, withRefresh bool, now time.Time) issued {
	t.mu.Lock()
	defer t.mu.Unlock()
	key := grantKey{c.ClientID, user}
	out := issued{access: t.currentA[key], scope: scope}
	if cur := t.access[out.access]; cur.live(now) {
		out.scope = cur.scope
	} else {
		out.access = t.random()
		t.access[out.access] = &credential{
			client: c.ClientID, user: user, scope: scope, expires: now.Add(c.accessLifespan()),
		}
		t.currentA[key] = out.access
	}
	out.expiresIn = t.access[out.access].expires.Sub(now)
	if withRefresh {
		out.refresh = t.issueRefresh(c, key, scope, now)
	}
	t.granted[grant]++
	return out
}

// issueRefresh returns the current refresh token with a new life, or a new one. Only a grant that is not itself a
// refresh extends it (KB0791140).
func (t *tokens) issueRefresh(c *OAuthClient, key grantKey, scope string, now time.Time) string {
	token := t.currentR[key]
	if cur := t.refresh[token]; cur.live(now) {
		cur.expires = now.Add(c.refreshLifespan())
		return token
	}
	token = t.random()
	t.refresh[token] = &credential{
		client: c.ClientID, user: key.user, scope: scope, expires: now.Add(c.refreshLifespan()),
	}
	t.currentR[key] = token
	return token
}

// rotate replaces a refresh token and marks the old one as used up; the end of its life stays.
func (t *tokens) rotate(old string) string {
	t.mu.Lock()
	defer t.mu.Unlock()
	cur := t.refresh[old]
	next := *cur
	cur.revoked = true
	token := t.random()
	t.refresh[token] = &next
	t.currentR[grantKey{next.client, next.user}] = token
	return token
}

// takeCode returns a code's record once; a code that was used or never existed is nil.
func (t *tokens) takeCode(code string) *credential {
	t.mu.Lock()
	defer t.mu.Unlock()
	c := t.codes[code]
	delete(t.codes, code)
	return c
}

func (t *tokens) addCode(c *credential) string {
	t.mu.Lock()
	defer t.mu.Unlock()
	code := t.random()
	t.codes[code] = c
	return code
}

// lookup returns a copy of the live credential of an access or refresh token.
func (t *tokens) lookup(kind map[string]*credential, token string, now time.Time) (credential, bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	c := kind[token]
	if !c.live(now) {
		return credential{}, false
	}
	return *c, true
}

// revoke marks one token as expired, whichever kind it is. An unknown token is no error.
func (t *tokens) revoke(token string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, kind := range []map[string]*credential{t.access, t.refresh} {
		if c := kind[token]; c != nil {
			c.revoked = true
		}
	}
}

// revokeAll is "Revoke Access" in My Connected Apps: every token of a user, of one application or of all.
func (t *tokens) revokeAll(client, user string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, kind := range []map[string]*credential{t.codes, t.access, t.refresh} {
		for _, c := range kind {
			if c.user == user && (client == "" || c.client == client) {
				c.revoked = true
			}
		}
	}
}

// seen records an assertion's jti and reports whether it was used before.
func (t *tokens) seen(client, jti string) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	k := client + "\x00" + jti
	used := t.jti[k]
	t.jti[k] = true
	return used
}

func (t *tokens) grants() map[string]int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return maps.Clone(t.granted)
}

// sameSecret compares in constant time, also in the length.
func sameSecret(a, b string) bool {
	x, y := sha256.Sum256([]byte(a)), sha256.Sum256([]byte(b))
	return subtle.ConstantTimeCompare(x[:], y[:]) == 1
}

// challengeOf is PKCE's S256 transformation.
func challengeOf(verifier string) string {
	sum := sha256.Sum256([]byte(verifier))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}
