package auth

import (
	"fmt"
	"net"
	"net/http"
	"net/url"
	"time"

	"github.com/seed-a66f7fd3/servicenow/internal/instance"
	"github.com/seed-a66f7fd3/servicenow/internal/rest"
)

// Instance is a validated ServiceNow origin; servicenow.ParseInstance makes one.
type Instance = instance.Instance

// ClientAuth says where the client's id and secret stand in a token request.
type ClientAuth uint8

const (
	// InBody sends client_id and client_secret as form parameters, the only way that the platform documents.
	InBody ClientAuth = iota
	// InHeader sends them as Basic credentials.
	InHeader
)

// The lifespans that a new OAuth application has when its admin changes nothing.
const (
	DefaultAccessLifespan  = 30 * time.Minute
	DefaultRefreshLifespan = 100 * 24 * time.Hour
)

// App is one OAuth application as its admin registered it on one instance. It is a value: copy it freely. App prints
// without its secret.
type App struct {
	// Instance is where the application is registered. Required.
	Instance Instance
	// ClientID is the generated id, 32 hex digits.
	ClientID string
	// ClientSecret is empty for a public client, which must then use PKCE.
	ClientSecret Secret
	// RedirectURL must equal a registered one byte for byte. Only https, or http on a loopback host. Required for the
	// authorization code grant only.
	RedirectURL string
	// Scopes are sent space separated. Empty asks for "useraccount", everything that the user may do, in a consent, and
	// for nothing in particular in the other grants.
	Scopes []string
	// ClientAuth says where id and secret are sent; the zero value is the documented way.
	ClientAuth ClientAuth
	// WithoutPKCE leaves code_challenge and code_verifier away, for instances that refuse them of a confidential client.
	WithoutPKCE bool
	// RefreshLifespan is the Refresh Token Lifespan of the application, which nothing on the wire tells. Zero means
	// DefaultRefreshLifespan.
	RefreshLifespan time.Duration
	// RevokePath replaces "/oauth_revoke_token.do", see [App.Revoke].
	RevokePath string
	// HTTPClient carries token requests; its Transport and Timeout are used, its cookie jar and redirect policy are not.
	// Nil is a client with the environment's proxy. A Timeout of zero is 30 s.
	HTTPClient *http.Client
}

func (a App) check() error {
	switch {
	case a.Instance.IsZero():
		return fmt.Errorf("auth: App without an Instance: %w", rest.ErrInvalid)
	case a.ClientID == "":
		return fmt.Errorf("auth: App without a ClientID: %w", rest.ErrInvalid)
	case a.RefreshLifespan < 0:
		return fmt.Errorf("auth: negative RefreshLifespan: %w", rest.ErrInvalid)
	case a.RevokePath != "" && a.RevokePath[0] != '/':
		return fmt.Errorf("auth: RevokePath must start with a slash: %w", rest.ErrInvalid)
	}
	return nil
}

// checkRedirect wants an absolute URL that a browser can be sent to without giving the code to a network.
func checkRedirect(raw string) (*url.URL, error) {
	u, err := url.Parse(raw)
	switch {
	case err != nil || raw == "":
		return nil, fmt.Errorf("auth: RedirectURL is not a URL: %w", rest.ErrInvalid)
	case u.Host == "" || u.User != nil || u.Fragment != "" || u.Opaque != "":
		return nil, fmt.Errorf("auth: RedirectURL must be absolute, without user and fragment: %w", rest.ErrInvalid)
	case u.Scheme == "https", u.Scheme == "http" && isLoopback(u.Hostname()):
		return u, nil
	}
	return nil, fmt.Errorf("auth: RedirectURL must be https, or http on a loopback host: %w", rest.ErrInvalid)
}

func isLoopback(host string) bool {
	if host == "localhost" {
		return true
	}
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback()
}

func (a App) refreshLifespan() time.Duration {
	if a.RefreshLifespan > 0 {
		return a.RefreshLifespan
	}
	return DefaultRefreshLifespan
}
