package auth

import (
	"context"
	"io"
	"net/http"
	"net/url"

	"github.com/seed-a66f7fd3/servicenow/internal/remedy"
	"github.com/seed-a66f7fd3/servicenow/internal/rest"
)

const (
	revokePath = "/oauth_revoke_token.do"
	// revokePathOlder is what pages about another instance as the provider name.
	revokePathOlder = "/oauth_revoke.do"
)

// Revoke ends one token, access or refresh. The documentation knows one form, the token in the URL, without any
// authentication: the address stands in the instance's log afterwards, and the token in it is dead by then. Where the
// page does not exist, the other documented path is tried, unless RevokePath names one.
//
// One client and one user share one access token: revoking it ends their other connections, too.
// https://www.servicenow.com/docs/r/platform-security/authentication/t_RevokeOAuthToken.html
func (a App) Revoke(ctx context.Context, token Secret) error {
	if err := a.check(); err != nil {
		return err
	}
	if token.IsZero() {
		return nil
	}
	if a.RevokePath != "" {
		_, err := a.revoke(ctx, a.RevokePath, token)
		return err
	}
	absent, err := a.revoke(ctx, revokePath, token)
	if absent {
		_, err = a.revoke(ctx, revokePathOlder, token)
	}
	return err
}

// revoke reports whether the page is absent. A page says what it did in HTML, for people: only its status counts.
func (a App) revoke(ctx context.Context, path string, token Secret) (absent bool, err error) {
	u := a.Instance.URL()
	u.Path, u.RawQuery = path, url.Values{"token": {token.Reveal()}}.Encode()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
	if err != nil {
		return false, &Error{Op: "revoke", Code: ErrInvalidRequest, Class: rest.ErrInvalid,
			Remedy: remedy.For(remedy.InvalidRequest)}
	}
	res, err := a.client().Do(req)
	if err != nil {
		if ctx.Err() != nil {
			return false, ctx.Err()
		}
		return false, &Error{
			Op: "revoke", Code: ErrUnreachable, Class: ErrUnavailable, Remedy: remedy.For(remedy.Network), Err: withoutURL(err),
		}
	}
	defer res.Body.Close()
	body, _ := io.ReadAll(io.LimitReader(res.Body, 64<<10))
	e := &Error{Op: "revoke", Code: ErrUnreachable, Status: res.StatusCode, Class: ErrUnavailable,
		RetryAfter: retryAfter(res.Header)}
	switch {
	case isHibernation(body):
		e.Class, e.Remedy = errHibernating, remedy.For(remedy.Hibernating)
		return false, e
	case res.StatusCode < 300:
		return false, nil
	case res.StatusCode < 400:
		e.Description, e.Remedy = "redirected", remedy.For(remedy.Redirected)
	case res.StatusCode == http.StatusNotFound:
		e.Code, e.Class, e.Remedy = ErrInvalidRequest, rest.ErrNotFound, remedy.For(remedy.UnknownAPI)
		return true, e
	case res.StatusCode < 500 && res.StatusCode != http.StatusTooManyRequests:
		e.Code, e.Class, e.Remedy = ErrInvalidRequest, rest.ErrForbidden, remedy.For(remedy.AccessPolicy)
	default:
		e.Remedy = remedy.For(remedy.Unavailable)
	}
	return false, e
}
