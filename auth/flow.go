package auth

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"net/url"
	"time"

	"golang.org/x/oauth2"
)

// DefaultConsentTime is how long a consent may take, with a login, a second factor and a colleague who has to be asked.
const DefaultConsentTime = 15 * time.Minute

// defaultScope is the platform's name for "the same rights as the user".
// https://www.servicenow.com/docs/r/platform-security/authentication/r_OAuthAPIResponseParameters.html
const defaultScope = "useraccount"

// Flow is the authorization code flow of one [App]. Make one with [NewFlow]; it is safe for concurrent use.
type Flow struct {
	// ConsentTime bounds how long the consent may take. Set it before the first use; zero is DefaultConsentTime.
	ConsentTime time.Duration

	app   App
	spent *spent
}

// NewFlow checks app, whose RedirectURL must be absolute.
func NewFlow(app App) (*Flow, error) { return newFlow(app, newSpent()) }

func newFlow(app App, s *spent) (*Flow, error) {
	if err := app.check(); err != nil {
		return nil, err
	}
	if _, err := checkRedirect(app.RedirectURL); err != nil {
		return nil, err
	}
	return &Flow{app: app, spent: s}, nil
}

// AuthCodeURL starts a consent: it returns where to send the browser, and what to keep until it comes back.
func (f *Flow) AuthCodeURL(tenant string) (*url.URL, Pending, error) {
	if err := CheckTenant(tenant); err != nil {
		return nil, Pending{}, err
	}
	life := f.ConsentTime
	if life <= 0 {
		life = DefaultConsentTime
	}
	p := Pending{
		Tenant: tenant, Instance: f.app.Instance, ClientID: f.app.ClientID, State: newState(),
		RedirectURL: f.app.RedirectURL, Expires: time.Now().Add(life).UTC().Truncate(time.Second),
	}
	var opts []oauth2.AuthCodeOption
	if !f.app.WithoutPKCE {
		p.Verifier = oauth2.GenerateVerifier()
		opts = append(opts, oauth2.S256ChallengeOption(p.Verifier))
	}
	c := f.app.config()
	if len(c.Scopes) == 0 {
		// belief: the current page calls scope required, older ones do not know it. An application whose record lacks
		// useraccount and that is given its own scopes only would settle whether the default is ever refused.
		c.Scopes = []string{defaultScope}
	}
	u, err := url.Parse(c.AuthCodeURL(p.State, opts...))
	return u, p, err
}

// newState is 128 random bits in hex: the platform wants a state without special characters.
func newState() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails, see crypto/rand
	return hex.EncodeToString(b[:])
}

// Exchange finishes a consent: it checks that callback is the answer to p, and swaps its code for a token. callback is
// the absolute URL on which the browser arrived. Everything that can be wrong with it is an [*Error] with its own Code
// and Remedy; while the token endpoint is unavailable, the same callback may be tried again.
func (f *Flow) Exchange(ctx context.Context, p Pending, callback *url.URL) (Token, error) {
	code, err := f.checkCallback(p, callback, time.Now())
	if err != nil {
		return Token{}, err
	}
	if !f.spent.claim(p.State, p.Expires) {
		return Token{}, refuseCallback(ErrReplay, "")
	}
	t, err := f.app.code(ctx, code, p)
	if err != nil && !isRefusal(err) {
		f.spent.release(p.State) // nobody knows whether the code was used: the instance will say
	}
	return t, err
}
