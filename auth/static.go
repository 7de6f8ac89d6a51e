package auth

import (
	"context"
	"encoding/base64"
	"fmt"
	"net/http"

	"github.com/seed-a66f7fd3/servicenow/internal/rest"
)

// Static is a credential that never changes: for tools, and for instances that an admin opened for it. [Bearer],
// [Basic] and [APIKey] make one. It prints without its secret.
type Static struct {
	kind   string
	header string
	value  Secret
}

// Bearer sends an access token that somebody else obtained and renews.
func Bearer(token Secret) Static {
	s := Static{kind: "bearer", header: "Authorization"}
	if !token.IsZero() {
		s.value = NewSecret("Bearer " + token.Reveal())
	}
	return s
}

// Basic sends a user's name and password. Instances may refuse it for interactive users, and ask others for more.
func Basic(user string, password Secret) Static {
	pair := base64.StdEncoding.EncodeToString([]byte(user + ":" + password.Reveal()))
	return Static{kind: "basic", header: "Authorization", value: NewSecret("Basic " + pair)}
}

// APIKey sends an inbound API key in x-sn-apikey.
// https://www.servicenow.com/docs/r/platform-security/authentication/configure-api-key.html
func APIKey(key Secret) Static {
	return Static{kind: "api key", header: "X-Sn-Apikey", value: key}
}

// Authorize sets the credential's header. used is the kind of credential.
func (s Static) Authorize(_ context.Context, h http.Header) (used any, err error) {
	if s.header == "" || s.value.IsZero() {
		return nil, fmt.Errorf("auth: a credential without a secret: %w", rest.ErrInvalid)
	}
	h.Set(s.header, s.value.Reveal())
	return s.kind, nil
}

// Refused is always false: there is no other credential to try.
func (s Static) Refused(any) bool { return false }

// String is the kind of credential.
func (s Static) String() string { return s.kind }
