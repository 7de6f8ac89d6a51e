package servicenow

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/seed-a66f7fd3/servicenow/auth"
	"github.com/seed-a66f7fd3/servicenow/internal/remedy"
	"github.com/seed-a66f7fd3/servicenow/provision"
	"github.com/seed-a66f7fd3/servicenow/webhook"
)

// preset is what a capability installs when the host does not say otherwise. Content management installs nothing: no
// rule of the two products watches articles, which are pulled.
func preset(c Capability, s provision.Settings) (provision.Spec, error) {
	switch c {
	case Helpdesk, CRM:
		return provision.Helpdesk(s)
	case TaskFamily:
		return provision.Agent(s)
	default:
		return provision.Spec{}, nil
	}
}

// spec is what shall be installed for a tenant; ok is false when nothing shall.
func (c *Connector) spec(tenant string, conn connection) (spec provision.Spec, ok bool, err error) {
	if c.cfg.WebhookURL == "" {
		return spec, false, nil
	}
	s := c.cfg.Webhooks
	s.Instance = conn.Settings.Instance.Name()
	s.CallbackURL = c.webhookURL(tenant)
	if s.Secret, err = webhook.ParseKey(conn.SigningSecret); err != nil {
		return spec, false, err
	}
	if conn.OldSigningSecret != "" {
		if s.OldSecret, err = webhook.ParseKey(conn.OldSigningSecret); err != nil {
			return spec, false, err
		}
	}
	build := c.cfg.Spec
	if build == nil {
		build = preset
	}
	spec, err = build(conn.Settings.Capability, s)
	return spec, len(spec.Rules) > 0, err
}

// provision installs or repairs a tenant's webhooks. The signing secret is kept before the instance learns it, so that
// no event is ever signed with a secret that the receiver does not have.
func (c *Connector) provision(ctx context.Context, tenant string, client *Client) error {
	if c.cfg.WebhookURL == "" {
		return nil
	}
	conn, err := c.withSigningSecret(ctx, tenant)
	if err != nil {
		return err
	}
	spec, wanted, err := c.spec(tenant, conn)
	if err != nil || !wanted || conn.Settings.ManualWebhooks {
		return err
	}
	_, err = client.Provisioner().Provision(ctx, spec)
	if err != nil || conn.OldSigningSecret == "" || time.Since(conn.RotatedAt) < c.cfg.SigningOverlap {
		return err
	}
	return c.dropOldSecret(ctx, tenant, client, conn)
}

// checkWebhooks is the finding about what provision installed, in one call that reads; ok is false when there is
// nothing to look at.
func (c *Connector) checkWebhooks(ctx context.Context, tenant string, client *Client, conn connection) (f Finding, ok bool) {
	if conn.SigningSecret == "" || conn.Settings.ManualWebhooks {
		return f, false
	}
	spec, wanted, err := c.spec(tenant, conn)
	if err != nil || !wanted {
		return f, false
	}
	f = Finding{ID: "webhooks", Name: "the webhooks are installed", Verdict: Pass}
	plan, err := client.Provisioner().Plan(ctx, spec)
	if err != nil {
		f.Verdict, f.Evidence, f.Remedy = Fail, err.Error(), cmp.Or(Remedy(err), remedy.For(remedy.WebhookSilent))
		return f, true
	}
	var steps []string
	for _, s := range plan.Steps {
		if s.Do != provision.Keep {
			steps = append(steps, s.Name+": "+s.Why)
		}
	}
	if f.Evidence = strings.Join(steps, "; "); len(steps) > 0 {
		f.Verdict, f.Remedy = Fail, remedy.For(remedy.WebhookSilent)
		return f, true
	}
	f.Evidence = fmt.Sprintf("%d rules and properties, as wanted", len(plan.Steps))
	return f, true
}

// RotateSigningSecret replaces the secret that a tenant's webhooks are signed with, without losing an event: the new one
// is accepted before the instance learns it, both sign and both are accepted for [ConnectorConfig.SigningOverlap], and
// the first Activate or RotateSigningSecret after that takes the old one away. After a crash run it again: within the
// overlap it completes the rotation that was begun. With [Settings.ManualWebhooks] the admin enters the new
// [Connector.SigningSecret], and the old one is accepted until the next rotation.
func (c *Connector) RotateSigningSecret(ctx context.Context, tenant string) error {
	tc, err := c.tenant(ctx, tenant)
	if err != nil {
		return err
	}
	if err := c.provision(ctx, tenant, tc.client); err != nil {
		return err // the rotation before is to be completed first
	}
	fresh := webhook.NewKey().Export()
	_, err = c.save(ctx, tenant, func(conn *connection, _ *auth.Record) error {
		switch {
		case conn.State == "":
			return notConnected(tenant)
		case conn.OldSigningSecret != "" && time.Since(conn.RotatedAt) < c.cfg.SigningOverlap:
			return nil
		case conn.SigningSecret != "":
			conn.OldSigningSecret, conn.RotatedAt = conn.SigningSecret, time.Now().UTC()
		}
		conn.SigningSecret = fresh
		return nil
	})
	if err != nil {
		return err
	}
	return c.provision(ctx, tenant, tc.client)
}

// dropOldSecret ends a rotation: first the instance forgets the old secret, then the receiver.
func (c *Connector) dropOldSecret(ctx context.Context, tenant string, client *Client, conn connection) error {
	old := conn.OldSigningSecret
	conn.OldSigningSecret = ""
	spec, _, err := c.spec(tenant, conn)
	if err != nil {
		return err
	}
	if _, err := client.Provisioner().Provision(ctx, spec); err != nil {
		return err
	}
	_, err = c.save(ctx, tenant, func(conn *connection, _ *auth.Record) error {
		if conn.OldSigningSecret == old {
			conn.OldSigningSecret, conn.RotatedAt = "", time.Time{}
		}
		return nil
	})
	return err
}

// SigningSecret is the secret that a tenant's webhooks are signed with, made and kept if there is none: for an admin who
// installs the webhooks by hand, see [Connector.SetupGuide]. Key.Export is its text.
func (c *Connector) SigningSecret(ctx context.Context, tenant string) (webhook.Key, error) {
	conn, err := c.withSigningSecret(ctx, tenant)
	if err != nil {
		return webhook.Key{}, err
	}
	return webhook.ParseKey(conn.SigningSecret)
}

func (c *Connector) withSigningSecret(ctx context.Context, tenant string) (connection, error) {
	return c.save(ctx, tenant, func(conn *connection, _ *auth.Record) error {
		if conn.State == "" {
			return notConnected(tenant)
		}
		if conn.SigningSecret == "" {
			conn.SigningSecret = webhook.NewKey().Export()
		}
		return nil
	})
}

// unprovision removes what provision installed.
func (c *Connector) unprovision(ctx context.Context, tenant string, client *Client, conn connection) error {
	if conn.SigningSecret == "" || conn.Settings.ManualWebhooks {
		return nil
	}
	spec, wanted, err := c.spec(tenant, conn)
	if err != nil || !wanted {
		return err
	}
	if _, err = client.Provisioner().Remove(ctx, spec); err != nil {
		return err
	}
	// Kept before the token is revoked, without which a second run could not look any more.
	_, err = c.save(ctx, tenant, func(conn *connection, _ *auth.Record) error {
		if conn.State == "" {
			return notConnected(tenant)
		}
		conn.SigningSecret, conn.OldSigningSecret = "", ""
		return nil
	})
	return err
}

// WebhookHandler receives what the instances of all tenants post: mount it under the path of
// [ConnectorConfig.WebhookURL], whose {tenant} it reads from the request's path value or query. receive returns nil only once
// the event is kept, because nobody sends it again after that. An unknown tenant is a 404 without detail.
func (c *Connector) WebhookHandler(receive func(context.Context, webhook.Event) error) (http.Handler, error) {
	return webhook.NewHandler(webhook.HandlerConfig{
		Tenant: c.tenantOf(), Resolve: c.endpoint, Receive: receive, Inbox: c.cfg.Inbox, Observe: c.cfg.OnDelivery})
}

// Doctor says why a tenant's webhooks do not arrive: provision.Doctor with the tenant's connection and what should be
// installed. Set Deliveries before you call Examine, for example to [webhook.Recent.Of], with Observe of the same
// Recent as [ConnectorConfig.OnDelivery], and Reach to try the callback URL from here.
func (c *Connector) Doctor(ctx context.Context, tenant string) (provision.Doctor, error) {
	conn, err := c.known(ctx, tenant)
	if err != nil {
		return provision.Doctor{}, err
	}
	client, err := c.Client(ctx, tenant)
	if err != nil {
		return provision.Doctor{}, err
	}
	if conn.SigningSecret == "" {
		return provision.Doctor{}, errors.New("servicenow: no webhooks were installed for this tenant: run Activate")
	}
	spec, wanted, err := c.spec(tenant, conn)
	if err == nil && !wanted {
		err = errors.New("servicenow: no webhooks belong to the capability " + string(conn.Settings.Capability))
	}
	return client.Doctor(spec), err
}

// endpoint is what the handler must know of a tenant: its keys, and its instance, so that a clone is refused.
func (c *Connector) endpoint(ctx context.Context, tenant string) (webhook.Endpoint, error) {
	if checkTenant(tenant) != nil {
		return webhook.Endpoint{}, webhook.ErrUnknownTenant
	}
	conn, _, err := c.load(ctx, tenant)
	if err != nil {
		return webhook.Endpoint{}, err
	}
	e := webhook.Endpoint{Instance: conn.Settings.Instance.Name()}
	for _, secret := range []string{conn.SigningSecret, conn.OldSigningSecret} {
		if secret == "" {
			continue
		}
		key, err := webhook.ParseKey(secret)
		if err != nil {
			return webhook.Endpoint{}, err
		}
		e.Keys = append(e.Keys, key)
	}
	if len(e.Keys) == 0 {
		return webhook.Endpoint{}, webhook.ErrUnknownTenant
	}
	return e, nil
}

// OAuthHandler has the two pages of a consent, start and callback, for the connections of c. Tenant and Keys of cfg are
// required, App and Connected are filled in, and Opener is the redirect URL's origin if empty; see [auth.HandlerConfig]. The callback's page tells its opener when the
// connection is ready or degraded, and what to do when it is not.
func (c *Connector) OAuthHandler(cfg auth.HandlerConfig) (*auth.Handler, error) {
	if cfg.App != nil || cfg.Connected != nil {
		return nil, errors.New("servicenow: OAuthHandler fills in App and Connected itself")
	}
	if cfg.Opener == "" {
		u, err := url.Parse(c.cfg.RedirectURL)
		if err != nil {
			return nil, err
		}
		cfg.Opener = u.Scheme + "://" + u.Host
	}
	cfg.App = func(ctx context.Context, tenant string) (auth.App, error) {
		conn, err := c.known(ctx, tenant)
		return c.app(conn), err
	}
	cfg.Connected = func(ctx context.Context, tenant string, token auth.Token) error {
		status, err := c.connected(ctx, tenant, token, "")
		if status.State == Degraded {
			return nil // connected; Status says what is missing
		}
		return err
	}
	return auth.NewHandler(cfg)
}

// Save keeps a new tenant's settings, for hosts that send the browser to the start page of [Connector.OAuthHandler]
// instead of calling [Connector.Begin].
func (c *Connector) Save(ctx context.Context, tenant string, s Settings) error {
	if err := errors.Join(checkTenant(tenant), s.Validate()); err != nil {
		return err
	}
	if end := s.RefreshTokenExpiry; !end.IsZero() && !end.After(time.Now()) {
		return &SettingError{"refresh_token_expiry", "has passed", "enter the day on which the new refresh token ends, or leave it out"}
	}
	_, err := c.save(ctx, tenant, func(conn *connection, _ *auth.Record) error {
		if conn.State != "" && conn.State != PendingConsent {
			return fmt.Errorf("tenant %q is connected already, use Reconnect: %w", tenant, ErrConflict)
		}
		conn.Settings = s
		return conn.move(PendingConsent, "", "")
	})
	return err
}
