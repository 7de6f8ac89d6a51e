package servicenow

import (
	"fmt"
	"regexp"
	"time"

	"github.com/seed-a66f7fd3/servicenow/auth"
)

// Environment says which of a customer's instances this is. Nothing in a host name proves it.
type Environment string

// The environments that a form offers.
const (
	Production Environment = "production"
	Sandbox    Environment = "sandbox"
)

// Settings are what a customer's admin enters in a product's form. The json names are the form's field names.
type Settings struct {
	Instance     Instance    `json:"instance_url"`
	ClientID     string      `json:"client_id"`
	ClientSecret auth.Secret `json:"-"`
	Environment  Environment `json:"environment"` // empty is Production
	Capability   Capability  `json:"capability"`
	PullBy       PullBy      `json:"pull_by,omitempty"` // required, except for ContentManagement, which refuses it
	// Scope is what the consent asks for, separated by blanks: the auth scopes of the OAuth application where an admin
	// limits it to some APIs. Empty asks for useraccount, everything that the user may do.
	Scope string `json:"scope,omitempty"`
	// WithoutPKCE leaves the code challenge out of the consent, for instances that refuse one of a confidential client.
	WithoutPKCE bool `json:"without_pkce,omitempty"`
	// RefreshTokenExpiry is the date that the admin entered for the refresh token of the next consent; zero when not
	// entered: then it is the stock lifespan of 100 days from the consent on.
	RefreshTokenExpiry time.Time `json:"refresh_token_expiry,omitzero"`
	// ManualWebhooks leaves the webhooks to the customer's admin, who installs them by [Connector.SetupGuide]: then the
	// integration user needs no right on Business Rules and System Properties, and Disconnect leaves them in place.
	ManualWebhooks bool `json:"manual_webhooks,omitempty"`
}

// Validate returns nil, or a [*SettingError] (an [ErrInstance] for the address) about the first setting that can never
// work.
func (s Settings) Validate() error {
	switch {
	case s.Instance.IsZero():
		_, err := ParseInstance("")
		return err
	case s.ClientID == "":
		return &SettingError{"client_id", "is empty", "copy the Client ID from the OAuth application registry record, 32 letters and digits"}
	case hasBlank(s.ClientID):
		return &SettingError{"client_id", "has blanks or line breaks in it", "copy it again, without what stands around it"}
	case s.ClientSecret.IsZero():
		return &SettingError{"client_secret", "is empty", "copy the Client Secret from the OAuth application registry record"}
	case hasBlank(s.ClientSecret.Reveal()):
		return &SettingError{"client_secret", "has blanks or line breaks in it", "copy it again, without what stands around it"}
	case s.Environment != "" && s.Environment != Production && s.Environment != Sandbox:
		return &SettingError{"environment", "must be production or sandbox", "for example production"}
	case !scopes.MatchString(s.Scope):
		return badScope()
	}
	return validateUse(s.Capability, s.PullBy)
}

// scopes is RFC 6749's scope, or nothing: printable characters but quotes and backslashes.
var scopes = regexp.MustCompile(`^[ !#-\[\]-~]*$`)

// validateUse checks what a connection is for.
func validateUse(c Capability, by PullBy) error {
	switch {
	case !c.Valid():
		return &SettingError{"capability", "must be one of " + fmt.Sprint(Capabilities()), "for example helpdesk"}
	case by != "" && by != Created && by != Updated:
		return &SettingError{"pull_by", "must be created or updated", "for example updated"}
	case c.NeedsPullBy() && by == "":
		return &SettingError{"pull_by", "is required for " + string(c), "choose created (new records only) or updated (new and changed ones)"}
	case !c.NeedsPullBy() && by != "":
		return &SettingError{"pull_by", "does not apply to " + string(c), "leave it out: articles are always pulled by the time of their last update"}
	}
	return nil
}

func badScope() error {
	return &SettingError{
		"scope", "has characters in it that no scope has",
		"enter the auth scopes of the OAuth application, separated by blanks, or nothing",
	}
}

func hasBlank(s string) bool {
	for _, c := range s {
		if c <= ' ' || c == 0x7f || c == 0xa0 {
			return true
		}
	}
	return false
}
