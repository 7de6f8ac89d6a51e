package auth

import (
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"golang.org/x/oauth2"

	"github.com/seed-a66f7fd3/servicenow/internal/remedy"
	"github.com/seed-a66f7fd3/servicenow/internal/rest"
)

var errHibernating = rest.ErrHibernating

// causes maps what OAuth calls an error to what a person can do. Codes that are not here get GrantRefused.
var causes = map[Code]remedy.Cause{
	ErrAccessDenied:         remedy.ConsentDenied,
	ErrInvalidClient:        remedy.InvalidClient,
	ErrInvalidGrant:         remedy.Reauthorize,
	ErrInvalidRequest:       remedy.InvalidRequest,
	ErrInvalidScope:         remedy.InvalidScope,
	ErrTemporary:            remedy.Unavailable,
	ErrUnauthorizedClient:   remedy.ClientNotAllowed,
	ErrUnsupportedGrantType: remedy.GrantNotEnabled,
	ErrUnsupportedResponse:  remedy.GrantNotEnabled,
	ErrRedirectMismatch:     remedy.RedirectMismatch,
	ErrMissingCode:          remedy.ConsentIncomplete,
	ErrMissingState:         remedy.ConsentState,
	ErrForeignState:         remedy.ConsentState,
	ErrExpired:              remedy.ConsentExpired,
	ErrReplay:               remedy.ConsentReplayed,
	ErrForeignPending:       remedy.ConsentForeign,
	ErrTampered:             remedy.ConsentTampered,
	ErrMalformed:            remedy.MalformedToken,
	ErrUnreachable:          remedy.Unavailable,
	ErrNotConnected:         remedy.NotConnected,
}

func remedyFor(c Code) string {
	if cause, ok := causes[c]; ok {
		return remedy.For(cause)
	}
	return remedy.For(remedy.GrantRefused)
}

// remedyForRefresh is remedyFor at the token endpoint, where nobody pressed Deny.
func remedyForRefresh(c Code) string {
	if c == ErrAccessDenied {
		return remedy.For(remedy.GrantRefused)
	}
	return remedyFor(c)
}

// refused tells what a token endpoint's "no" means. Only the code and the description leave the answer, without the
// secrets of the request that it may repeat.
func refused(op string, r *oauth2.RetrieveError, secrets []string) *Error {
	e := &Error{
		Op: op, Code: Code(line(without(secrets, r.ErrorCode))), Description: line(without(secrets, r.ErrorDescription)),
		Class: ErrReauthorize,
	}
	if r.Response != nil {
		e.Status = r.Response.StatusCode
		e.RetryAfter = retryAfter(r.Response.Header)
	}
	e.Remedy = remedyForRefresh(e.Code)
	switch {
	case e.Code == "":
		return notOAuth(e, r.Body, secrets)
	case e.Code == ErrInvalidGrant && op == opExchange: // the code was used before, perhaps by another replica
		e.Remedy = remedy.For(remedy.ConsentReplayed)
	case e.Code == ErrTemporary, e.Code == ErrServerError && !isCatchAll(e):
		e.Class, e.Remedy = ErrUnavailable, remedy.For(remedy.Unavailable)
	}
	return e
}

// secretParameters of a token request.
var secretParameters = []string{"client_secret", "code", "code_verifier", "refresh_token", "password", "assertion"}

// secretsOf are the secrets in a token request. Those of less than four bytes would turn every text into noise.
func secretsOf(r *http.Request) []string {
	var secrets []string
	if _, secret, ok := r.BasicAuth(); ok {
		secrets = append(secrets, secret)
	}
	if r.GetBody != nil {
		if body, err := r.GetBody(); err == nil {
			b, _ := io.ReadAll(body)
			form, _ := url.ParseQuery(string(b)) // x/oauth2 wrote it
			for _, name := range secretParameters {
				secrets = append(secrets, form.Get(name))
			}
		}
	}
	return slices.DeleteFunc(secrets, func(s string) bool { return len(s) < 4 })
}

func without(secrets []string, text string) string {
	for _, s := range secrets {
		text = strings.ReplaceAll(text, s, redacted)
	}
	return text
}

// isCatchAll recognises 401 {"error":"server_error","error_description":"access_denied"}, the platform's answer to a
// wrong secret, a wrong password, an ended or revoked refresh token, and a disabled grant alike. It is a refusal and
// must not be repeated like a server's fault.
func isCatchAll(e *Error) bool {
	return e.Status == http.StatusUnauthorized || Code(e.Description) == ErrAccessDenied
}

// notOAuth is for an answer without an OAuth error, such as the REST APIs' {"error":{"message":…}}. It says nothing
// about the grant, so tokens are kept.
func notOAuth(e *Error, body []byte, secrets []string) *Error {
	var envelope struct {
		Error struct{ Message, Detail string }
	}
	_ = json.Unmarshal(body, &envelope) // anything else leaves the description empty
	e.Code, e.Description = ErrMalformed, line(without(secrets, envelope.Error.Message))
	e.Class, e.Remedy = ErrUnavailable, remedy.For(remedy.MalformedToken)
	if e.Status == http.StatusForbidden || e.Status == http.StatusUnauthorized {
		e.Remedy = remedy.For(remedy.AccessPolicy)
	}
	return e
}

// isFinal reports whether only a new consent helps. Any other refusal is about the client, and an admin may mend that
// on the instance: it is tried again after a while.
func isFinal(c Code) bool {
	switch c {
	case ErrInvalidClient, ErrUnauthorizedClient, ErrUnsupportedGrantType, ErrInvalidScope, ErrInvalidRequest:
		return false
	}
	return true
}
