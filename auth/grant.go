package auth

import (
	"context"
	"net/url"
	"strings"

	"golang.org/x/oauth2"
	"golang.org/x/oauth2/clientcredentials"
)

// Grant obtains a token without a browser. [ClientCredentials] is one; [Password] and [JWTBearer] make one.
type Grant func(ctx context.Context, app App) (Token, error)

// ClientCredentials is the grant of an application that acts as its OAuth Application User. The instance must have
// glide.oauth.inbound.client.credential.grant_type.enabled; no refresh token is issued.
// https://www.servicenow.com/docs/r/platform-security/authentication/configure-an-oauth-client-credential-grant.html
func ClientCredentials(ctx context.Context, app App) (Token, error) {
	return app.direct(ctx, "client credentials", nil)
}

// direct runs a grant in which the client alone asks. x/oauth2's clientcredentials lets the grant type be replaced.
func (a App) direct(ctx context.Context, op string, params url.Values) (Token, error) {
	return a.exchange(ctx, op, func(ctx context.Context, c *oauth2.Config) (*oauth2.Token, error) {
		cc := clientcredentials.Config{
			ClientID: c.ClientID, ClientSecret: c.ClientSecret, TokenURL: c.Endpoint.TokenURL, Scopes: c.Scopes,
			AuthStyle: c.Endpoint.AuthStyle, EndpointParams: params,
		}
		return cc.Token(ctx)
	})
}

// Password is the resource owner password grant. The user must be active, not locked out, and allowed an interactive
// session; the instance answers a wrong password with the same words as a wrong client secret.
// https://www.servicenow.com/docs/r/platform-security/authentication/r_OAuthAPIRequestParameters.html
func Password(user string, password Secret) Grant {
	return func(ctx context.Context, app App) (Token, error) {
		return app.direct(ctx, "password", url.Values{
			"grant_type": {"password"}, "username": {user}, "password": {password.Reveal()},
		})
	}
}

// Refresh asks once for a new access token. The answer may repeat the refresh token, replace it, or leave it out; then
// the returned token carries the old one. Use a [TokenSource] where more than one caller can ask.
func (a App) Refresh(ctx context.Context, refresh Secret) (Token, error) {
	return a.exchange(ctx, "refresh", func(ctx context.Context, c *oauth2.Config) (*oauth2.Token, error) {
		return c.TokenSource(ctx, &oauth2.Token{RefreshToken: refresh.Reveal()}).Token()
	})
}

const opExchange = "exchange"

// code swaps an authorization code. The documentation lists state among the parameters of the token request, too.
// https://www.servicenow.com/docs/r/platform-security/authentication/authorization-workflow.html
func (a App) code(ctx context.Context, code string, p Pending) (Token, error) {
	opts := []oauth2.AuthCodeOption{oauth2.SetAuthURLParam("state", p.State)}
	if p.Verifier != "" {
		opts = append(opts, oauth2.VerifierOption(p.Verifier))
	}
	return a.exchange(ctx, opExchange, func(ctx context.Context, c *oauth2.Config) (*oauth2.Token, error) {
		return c.Exchange(ctx, strings.TrimSpace(code), opts...)
	})
}
