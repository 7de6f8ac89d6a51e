package servicenow

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"

	"github.com/seed-a66f7fd3/servicenow/auth"
)

// Client returns the tenant's client. All callers of one tenant in a process get the same one, and with it the same
// limits and the same token refresh, until the tenant is connected anew; no two tenants share any of these. It reads
// the store once, so that a change made by another replica is seen. A failure is not remembered.
func (c *Connector) Client(ctx context.Context, tenant string) (*Client, error) {
	tc, err := c.tenant(ctx, tenant)
	if err != nil {
		return nil, err
	}
	return tc.client, nil
}

func (c *Connector) tenant(ctx context.Context, tenant string) (*tenantClient, error) {
	conn, err := c.known(ctx, tenant)
	switch {
	case err != nil:
		return nil, err
	case conn.State == PendingConsent:
		return nil, fmt.Errorf("%w: %q waits for its admin's consent", ErrNotConnected, tenant)
	}
	madeOf := fmt.Sprint(conn.Settings.Instance.Host(), " ", conn.ConsentedAt.UnixNano())
	c.mu.Lock()
	defer c.mu.Unlock()
	if tc := c.clients[tenant]; tc != nil && tc.madeOf == madeOf {
		return tc, nil
	}
	tc, err := c.newTenantClient(tenant, conn)
	if err != nil {
		return nil, err
	}
	tc.madeOf = madeOf
	c.clients[tenant] = tc
	return tc, nil
}

func (c *Connector) newTenantClient(tenant string, conn connection) (*tenantClient, error) {
	source, err := auth.NewTokenSource(auth.SourceConfig{
		AppOf: c.appOf, Store: c.cfg.Store, Tenant: tenant, OnExpiry: c.cfg.OnExpiry, Thresholds: c.cfg.ExpiryThresholds,
		Logger: c.cfg.Logger,
	})
	if err != nil {
		return nil, err
	}
	opts := slices.Concat([]Option{WithCredential(source), WithHTTPClient(c.cfg.HTTPClient)}, c.cfg.Options)
	if c.cfg.Logger != nil {
		opts = append(opts, WithLogger(c.cfg.Logger.With("tenant", tenant)))
	}
	client, err := New(conn.Settings.Instance, opts...)
	if err != nil {
		return nil, err
	}
	return &tenantClient{client: client, source: source}, nil
}

// appOf reads the OAuth client at each renewal, so that a secret that one replica stored is used by all.
func (c *Connector) appOf(r auth.Record) (auth.App, error) {
	conn, err := openConnection(r)
	if err != nil {
		return auth.App{}, err
	}
	return c.app(conn), nil
}

func (c *Connector) forget(tenant string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.clients, tenant)
}

// Disconnect ends a tenant's connection: it removes what was installed on the instance, revokes the token, and deletes
// what was kept. The token is not revoked while another tenant shares it, see [Status.SharedWith]. What the instance
// refuses does not stop the rest, and is told in the error; the tenant is forgotten in any case. Calls that are running
// finish or fail. It may be run again, after a crash as well.
func (c *Connector) Disconnect(ctx context.Context, tenant string) error {
	conn, r, err := c.load(ctx, tenant)
	if err != nil {
		return err
	}
	if conn.State == "" {
		return nil
	}
	var failures []error
	if tc, err := c.tenant(ctx, tenant); err == nil {
		failures = append(failures, c.unprovision(ctx, tenant, tc.client, conn))
	}
	others, err := c.sharedWith(ctx, tenant, conn)
	if err == nil && len(others) == 0 {
		err = c.revoke(ctx, conn, r)
	}
	failures = append(failures, err)
	c.forget(tenant)
	return errors.Join(append(failures, c.unshare(ctx, tenant, conn), c.remove(ctx, tenant))...)
}

// revoke takes the connection's rights away on the instance.
func (c *Connector) revoke(ctx context.Context, conn connection, r auth.Record) error {
	token, err := r.ImportToken()
	if err != nil || token.IsZero() {
		return err
	}
	app := c.app(conn)
	return errors.Join(app.Revoke(ctx, token.Refresh), app.Revoke(ctx, token.Access))
}

// remove deletes the tenant's record, whatever version it has by now.
func (c *Connector) remove(ctx context.Context, tenant string) error {
	for {
		_, version, err := c.cfg.Store.Load(ctx, tenant)
		if errors.Is(err, auth.ErrNotFound) {
			return nil
		}
		if err != nil {
			return err
		}
		if err := c.cfg.Store.Delete(ctx, tenant, version); !errors.Is(err, auth.ErrConflict) {
			return err
		}
	}
}

// Pull is [Client.Pull] for a tenant's connection, with the capability, the time and the identity of its settings where
// o leaves them open. Changes come in the order and with the promise of [Client.Pull].
func (c *Connector) Pull(ctx context.Context, tenant string, o PullOptions) iter.Seq2[Change, error] {
	return func(yield func(Change, error) bool) {
		conn, err := c.known(ctx, tenant)
		if err != nil {
			yield(Change{}, err)
			return
		}
		client, err := c.Client(ctx, tenant)
		if err != nil {
			yield(Change{}, err)
			return
		}
		o := o
		if o.Capability == "" {
			o.Capability = conn.Settings.Capability
		}
		if o.By == "" && o.Capability.NeedsPullBy() {
			o.By = conn.Settings.PullBy
		}
		if o.Identity == "" {
			o.Identity = conn.Identity.SysID
		}
		client.Pull(ctx, o)(yield)
	}
}
