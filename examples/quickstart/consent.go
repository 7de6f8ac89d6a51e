package main

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"time"

	"github.com/seed-a66f7fd3/servicenow"
	"github.com/seed-a66f7fd3/servicenow/auth"
)

// consentTime is how long the program waits for somebody to click Allow.
const consentTime = 10 * time.Minute

// consentInBrowser sends the person to the instance's consent page and waits for the loopback redirect.
func consentInBrowser(ctx context.Context, c config, p *progress) (*servicenow.Client, error) {
	redirect, err := url.Parse(c.redirect)
	if err != nil || redirect.Scheme != "http" || redirect.Port() == "" {
		return nil, usage("-redirect must be an http URL on this machine with a port, for example %s", defaultRedirect)
	}
	connector, err := servicenow.NewConnector(servicenow.ConnectorConfig{Store: auth.NewMemoryStore(), RedirectURL: c.redirect})
	if err != nil {
		return nil, err
	}
	const tenant = "quickstart"
	u, pending, err := connector.Begin(ctx, tenant, servicenow.Settings{
		Instance: c.instance, ClientID: c.clientID, ClientSecret: c.clientSecret, Capability: c.capability, PullBy: c.pullBy(),
	})
	if err != nil {
		return nil, err
	}
	listener, err := net.Listen("tcp", "127.0.0.1:"+redirect.Port()) // before anybody can come back
	if err != nil {
		return nil, fmt.Errorf("the redirect URL's port is not free, choose another with -redirect: %w", err)
	}
	p.say("  register %s as the redirect URL, byte for byte, then open\n  %s", c.redirect, u)
	callback, err := awaitCallback(ctx, listener, redirect)
	if err != nil {
		return nil, err
	}
	status, err := connector.Complete(ctx, pending, callback)
	if status.State == "" || status.State == servicenow.NeedsReauthorization {
		return nil, err
	}
	p.say("  connected as %s", status.Identity.UserName)
	return connector.Client(ctx, tenant)
}

// awaitCallback serves the redirect URL until the browser comes, and closes the listener.
func awaitCallback(ctx context.Context, listener net.Listener, redirect *url.URL) (*url.URL, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, consentTime, fmt.Errorf("nobody answered the consent page within %s", consentTime))
	defer cancel()
	came := make(chan *url.URL, 1)
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+redirect.EscapedPath(), func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "no-store")
		w.Header().Set("Referrer-Policy", "no-referrer")
		fmt.Fprintln(w, "Thank you. You may close this window.")
		here := *redirect
		here.RawQuery = r.URL.RawQuery
		select {
		case came <- &here:
		default: // the page was loaded again
		}
	})
	server := &http.Server{Handler: mux, ReadHeaderTimeout: 10 * time.Second}
	go server.Serve(listener) //nolint:errcheck // it ends with the listener
	defer finish(ctx, server)
	select {
	case u := <-came:
		return u, nil
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}

// finish lets the browser have its page before the server ends.
func finish(ctx context.Context, server *http.Server) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
	defer cancel()
	if server.Shutdown(ctx) != nil {
		server.Close() //nolint:errcheck // the program goes on without it
	}
}
