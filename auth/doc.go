// Package auth obtains, keeps and renews the right to call a ServiceNow instance.
//
// A product that connects its customers' instances uses a [Flow] (or the ready [Handler]) for the consent of an
// administrator, a [TokenStore] that all its replicas share, and one [TokenSource] for each tenant. A tool with one
// instance uses [Basic], [Bearer], [APIKey], or a [TokenSource] over a [Grant] that needs no browser.
//
//	app := auth.App{Instance: inst, ClientID: id, ClientSecret: auth.NewSecret(secret), RedirectURL: callback}
//	flow, err := auth.NewFlow(app)
//	u, pending, err := flow.AuthCodeURL("tenant-42") // send the browser to u, keep pending
//	token, err := flow.Exchange(ctx, pending, callbackURL)
//	err = auth.SaveToken(ctx, store, "tenant-42", token)
//	source, err := auth.NewTokenSource(auth.SourceConfig{App: app, Store: store, Tenant: "tenant-42"})
//
// What the package promises about tokens: one refresh for each tenant at a time, over all goroutines and processes
// that share a store; a renewed token is saved before anybody uses it; a failure that is not a refusal never costs a
// refresh token; a refusal is an [ErrReauthorize] at once. Nothing here prints a secret: see [Secret].
//
// The instance's side is described in
// https://www.servicenow.com/docs/r/platform-security/authentication/authorization-workflow.html
package auth
