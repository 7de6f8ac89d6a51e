package servicenow

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/seed-a66f7fd3/servicenow/auth"
	"github.com/seed-a66f7fd3/servicenow/internal/remedy"
	"github.com/seed-a66f7fd3/servicenow/provision"
	"github.com/seed-a66f7fd3/servicenow/webhook"
)

// ConnectorConfig is what a host application says once. Store and RedirectURL are required.
type ConnectorConfig struct {
	// Store keeps every tenant's settings and tokens, for all replicas. Wrap it in auth.Encrypted in production. Beside
	// the tenants it has a record for each user who is connected, under keys that begin with "servicenow/shared/".
	Store auth.TokenStore
	// RedirectURL is where instances send browsers after consent. Customers register it byte for byte.
	RedirectURL string
	// WebhookURL is where instances post, with {tenant} in its path or as a parameter of its query
	// ("https://app.example.com/hooks?tenant={tenant}"). Empty installs no webhooks. It must hold no secret: the instance
	// logs it.
	WebhookURL string
	// Webhooks shapes what is installed: Vendor is required with a WebhookURL, Instance, CallbackURL and the secrets are
	// filled in.
	Webhooks provision.Settings
	// Spec replaces the preset of a capability, for example to install the rules of two of them. Nil installs
	// provision.Helpdesk for Helpdesk and CRM, provision.Agent for TaskFamily, and nothing for ContentManagement.
	Spec func(Capability, provision.Settings) (provision.Spec, error)
	// SigningOverlap is how long a signing secret is accepted after [Connector.RotateSigningSecret]; zero is an hour.
	SigningOverlap time.Duration
	// Inbox remembers which events were taken, for all replicas. Nil remembers in this process only.
	Inbox webhook.Inbox
	// OnDelivery is told about every webhook after it was answered, refused ones too, for metrics and for
	// [Connector.Doctor]. It must not block.
	OnDelivery func(context.Context, webhook.Delivery)
	// HTTPClient carries API and token requests, see [WithHTTPClient].
	HTTPClient *http.Client
	// Options are given to every tenant's client. They must not say who calls.
	Options []Option
	// OnExpiry is told ahead, once for each threshold over all replicas, that a tenant's refresh token ends, and when its
	// grant is gone. Thresholds: nil is 30, 7 and 1 days.
	OnExpiry         func(context.Context, auth.Warning)
	ExpiryThresholds []time.Duration
	// Logger gets one line for each call and each step of a connection's life. Nil logs nothing.
	Logger *slog.Logger
}

// Connector keeps the connections of all tenants of one host application, through consent, refreshes, restarts and
// mistakes. It is safe for concurrent use, by goroutines and by replicas that share its stores.
type Connector struct {
	cfg     ConnectorConfig
	mu      sync.Mutex
	clients map[string]*tenantClient
}

// tenantClient is the one client of a tenant in this process, and what it was made from.
type tenantClient struct {
	client *Client
	source *auth.TokenSource
	madeOf string
}

// NewConnector checks cfg and does no I/O.
func NewConnector(cfg ConnectorConfig) (*Connector, error) {
	if cfg.Store == nil {
		return nil, &SettingError{"Store", "is missing", "for example auth.NewMemoryStore() in a test, a file or SQL store in production"}
	}
	if u, err := url.Parse(cfg.RedirectURL); err != nil || u.Host == "" {
		return nil, &SettingError{"RedirectURL", "must be an absolute URL", "for example https://app.example.com/oauth/servicenow/callback"}
	}
	if err := checkWebhookURL(cfg.WebhookURL); err != nil {
		return nil, err
	}
	if cfg.WebhookURL != "" && cfg.Webhooks.Vendor == "" {
		return nil, &SettingError{"Webhooks.Vendor", "is missing", "the prefix of everything installed, for example x_acme"}
	}
	if cfg.SigningOverlap < 0 {
		return nil, &SettingError{"SigningOverlap", "must not be negative", "0 is an hour"}
	}
	cfg.SigningOverlap = cmp.Or(cfg.SigningOverlap, time.Hour)
	if cfg.Inbox == nil {
		cfg.Inbox = webhook.NewMemoryInbox(0)
	}
	return &Connector{cfg: cfg, clients: map[string]*tenantClient{}}, nil
}

// app is the tenant's OAuth application.
func (c *Connector) app(conn connection) auth.App {
	s := conn.Settings
	return auth.App{
		Instance: s.Instance, ClientID: s.ClientID, ClientSecret: s.ClientSecret, RedirectURL: c.cfg.RedirectURL,
		Scopes: strings.Fields(s.Scope), WithoutPKCE: s.WithoutPKCE, RefreshLifespan: conn.refreshLifespan(),
		HTTPClient: c.cfg.HTTPClient,
	}
}

// refreshLifespan is how long a refresh token lives by the date that the admin entered, from the consent that the date
// was entered for on; zero when none was entered. It holds for later consents, too.
func (c connection) refreshLifespan() time.Duration {
	switch end := c.Settings.RefreshTokenExpiry; {
	case end.IsZero():
		return 0
	case c.ConsentedAt.IsZero():
		return max(0, time.Until(end))
	default:
		return max(0, end.Sub(c.ConsentedAt))
	}
}

// Begin saves a new tenant's settings and returns where to send the browser, and what to remember until it comes back.
// A tenant that is connected already is ErrConflict: [Connector.Reconnect] renews it.
func (c *Connector) Begin(ctx context.Context, tenant string, s Settings) (*url.URL, auth.Pending, error) {
	if err := c.Save(ctx, tenant, s); err != nil {
		return nil, auth.Pending{}, err
	}
	return c.Reconnect(ctx, tenant)
}

// Reconnect starts a new consent for a tenant whose settings, webhooks and checkpoints stay as they are: a product's
// Re-generate Token. The connection keeps working until the consent is finished.
func (c *Connector) Reconnect(ctx context.Context, tenant string) (*url.URL, auth.Pending, error) {
	conn, err := c.known(ctx, tenant)
	if err != nil {
		return nil, auth.Pending{}, err
	}
	flow, err := auth.NewFlow(c.app(conn))
	if err != nil {
		return nil, auth.Pending{}, err
	}
	return flow.AuthCodeURL(tenant)
}

func (c *Connector) known(ctx context.Context, tenant string) (connection, error) {
	conn, _, err := c.load(ctx, tenant)
	if err == nil && conn.State == "" {
		err = notConnected(tenant)
	}
	return conn, err
}

// Complete finishes a consent: it exchanges the code of callback, saves the token, and then does what
// [Connector.Activate] does. The token is kept when a later step fails; run Activate again then. After a crash Complete
// itself may be run again: it goes on where the token was saved, and says ErrReplay when the consent was finished; a
// code that was used and whose token was lost with the process costs another consent.
func (c *Connector) Complete(ctx context.Context, p auth.Pending, callback *url.URL) (Status, error) {
	conn, err := c.known(ctx, p.Tenant)
	if err != nil {
		return Status{}, err
	}
	if conn.Consent == digest(p.State) {
		if conn.State == Connected { // the process ended between the saved token and what follows
			return c.Activate(ctx, p.Tenant)
		}
		return Status{}, replayed()
	}
	flow, err := auth.NewFlow(c.app(conn))
	if err != nil {
		return Status{}, err
	}
	token, err := flow.Exchange(ctx, p, callback)
	if err != nil {
		return Status{}, err
	}
	return c.connected(ctx, p.Tenant, token, digest(p.State))
}

// connected saves the token of a consent, whose digest tells a callback that comes twice, and goes on from there.
func (c *Connector) connected(ctx context.Context, tenant string, token auth.Token, consent string) (Status, error) {
	_, err := c.save(ctx, tenant, func(conn *connection, r *auth.Record) error {
		r.Renew(token)
		conn.Consent, conn.ConsentedAt = consent, time.Now().UTC()
		if !conn.Settings.RefreshTokenExpiry.IsZero() {
			conn.Settings.RefreshTokenExpiry = token.RefreshExpiry.UTC()
		}
		return conn.move(Connected, "", "")
	})
	if err != nil {
		return Status{}, err
	}
	c.forget(tenant) // the token in memory is the one before
	return c.Activate(ctx, tenant)
}

func replayed() error {
	return &auth.Error{Op: "callback", Code: auth.ErrReplay, Remedy: "this consent was finished before; start again if the connection does not work"}
}

func digest(s string) string {
	sum := sha256.Sum256([]byte(s))
	return hex.EncodeToString(sum[:16])
}

// Activate brings a connected tenant to ReadyToSync: it proves the refresh token by using it, learns who the OAuth user
// is, installs or repairs the webhooks, and checks what the capability needs. Each step is saved before the next one
// begins, and running it again repairs what is missing: after a crash, an admin's edit, or a right that was granted
// later. A connection that works in part is Degraded, with a reason and a remedy, and no error.
func (c *Connector) Activate(ctx context.Context, tenant string) (Status, error) {
	tc, err := c.tenant(ctx, tenant)
	if err != nil {
		return Status{}, err
	}
	if _, err := tc.source.Refresh(ctx); err != nil {
		return c.settle(ctx, tenant, err)
	}
	me, err := tc.client.Users.Me(ctx)
	if err != nil {
		return c.settle(ctx, tenant, err)
	}
	conn, err := c.save(ctx, tenant, func(conn *connection, _ *auth.Record) error {
		if conn.State == "" {
			return notConnected(tenant) // disconnected meanwhile
		}
		conn.Identity = identityOf(me)
		if conn.State == NeedsReauthorization { // with a new client secret the old grant works again
			return conn.move(Connected, "", "")
		}
		return nil
	})
	if err == nil {
		err = c.share(ctx, tenant, conn)
	}
	if err != nil {
		return Status{}, err
	}
	if err := c.provision(ctx, tenant, tc.client); err != nil {
		return c.settle(ctx, tenant, err)
	}
	_, err = c.Check(ctx, tenant)
	if err != nil {
		return Status{}, err
	}
	return c.Status(ctx, tenant)
}

// Check is Test Connection for a tenant: [Client.Check], and a look at the webhooks that were installed. The connection's
// state follows its outcome.
func (c *Connector) Check(ctx context.Context, tenant string) (Report, error) {
	conn, err := c.known(ctx, tenant)
	if err != nil {
		return Report{}, err
	}
	client, err := c.Client(ctx, tenant)
	if err != nil {
		return Report{}, err
	}
	report := client.Check(ctx, conn.Settings.Capability)
	for i, f := range report.Findings {
		if f.ID == "token" && f.Verdict == Fail && f.Remedy == remedy.For(remedy.Unauthorized) {
			report.Findings[i].Remedy = remedy.For(remedy.Reauthorize) // a connection has no credentials to check
		}
	}
	if token, _ := report.Finding("token"); token.Verdict == Pass {
		if webhooks, ok := c.checkWebhooks(ctx, tenant, client, conn); ok {
			report.Findings = append(report.Findings, webhooks)
		}
	}
	_, err = c.save(ctx, tenant, func(conn *connection, r *auth.Record) error {
		if conn.State == NeedsReauthorization {
			if r.Refused != "" {
				return nil // the grant is gone, and its last access token still works for a while
			}
			if err := conn.move(Connected, "", ""); err != nil {
				return err
			}
		}
		return conn.move(stateOf(report))
	})
	return report, err
}

// stateOf is the state that a report leads to.
func stateOf(r Report) (State, string, string) {
	failed := r.Failures()
	if len(failed) == 0 {
		return ReadyToSync, "", ""
	}
	first := failed[0]
	if first.ID == "token" {
		return NeedsReauthorization, first.Evidence, first.Remedy
	}
	return Degraded, first.Name + ": " + first.Evidence, first.Remedy
}

// settle records a failed step. A grant that is gone is a state, and so is a step that an admin must mend; both are
// returned as the error too, for those who waited for the step.
func (c *Connector) settle(ctx context.Context, tenant string, cause error) (Status, error) {
	next := Degraded
	if errors.Is(cause, ErrReauthorize) {
		next = NeedsReauthorization
	}
	_, err := c.save(ctx, tenant, func(conn *connection, _ *auth.Record) error {
		return conn.move(next, cause.Error(), Remedy(cause))
	})
	if err != nil {
		return Status{}, errors.Join(cause, err)
	}
	status, err := c.Status(ctx, tenant)
	return status, errors.Join(cause, err)
}

// Status is where the tenant's connection stands. It asks the store, not the instance.
func (c *Connector) Status(ctx context.Context, tenant string) (Status, error) {
	conn, r, err := c.load(ctx, tenant)
	if err != nil {
		return Status{}, err
	}
	if conn.State == "" {
		return Status{}, notConnected(tenant)
	}
	s := conn.status(tenant, r)
	s.SharedWith, err = c.sharedWith(ctx, tenant, conn)
	return s, err
}

// UpdateCredentials replaces the OAuth client's id and secret, after an admin made a new secret on the instance. The
// token is kept, and proved at once with the new secret.
func (c *Connector) UpdateCredentials(ctx context.Context, tenant, clientID string, secret auth.Secret) (Status, error) {
	return c.UpdateSettings(ctx, tenant, func(s *Settings) { s.ClientID, s.ClientSecret = clientID, secret })
}

// UpdateSettings changes what the admin entered, as a product's Edit form does, and then does what [Connector.Activate]
// does. Nobody has to consent again. The instance cannot change: another one is another connection, and ErrConflict. A
// new RefreshTokenExpiry is when the present refresh token ends. change may be called several times.
func (c *Connector) UpdateSettings(ctx context.Context, tenant string, change func(*Settings)) (Status, error) {
	before, err := c.known(ctx, tenant)
	if err != nil {
		return Status{}, err
	}
	if err := c.dropUnwanted(ctx, tenant, before, change); err != nil {
		return Status{}, err
	}
	conn, err := c.save(ctx, tenant, func(conn *connection, r *auth.Record) error {
		if conn.State == "" {
			return notConnected(tenant)
		}
		return conn.edit(r, change)
	})
	if err != nil {
		return Status{}, err
	}
	if conn.State == PendingConsent {
		return c.Status(ctx, tenant)
	}
	return c.Activate(ctx, tenant)
}

// edit changes the settings of a connection, and the end of its refresh token with them.
func (c *connection) edit(r *auth.Record, change func(*Settings)) error {
	was := c.Settings
	change(&c.Settings)
	if c.Settings.Instance != was.Instance {
		return fmt.Errorf("a connection keeps its instance: connect the other one under another tenant: %w", ErrConflict)
	}
	if err := c.Settings.Validate(); err != nil {
		return err
	}
	if end := c.Settings.RefreshTokenExpiry; !end.Equal(was.RefreshTokenExpiry) && !end.IsZero() {
		return r.SetRefreshExpiry(end)
	}
	return nil
}

// dropUnwanted removes the webhooks of a capability that is given up for one without any. Rules of one capability that
// another does not have are removed when that is provisioned.
func (c *Connector) dropUnwanted(ctx context.Context, tenant string, conn connection, change func(*Settings)) error {
	after := conn
	change(&after.Settings)
	if conn.SigningSecret == "" || after.Settings.Capability == conn.Settings.Capability {
		return nil
	}
	if _, wanted, err := c.spec(tenant, after); wanted || err != nil {
		return nil // an error is for the step that needs the specification
	}
	client, err := c.Client(ctx, tenant)
	if err != nil {
		return err
	}
	return c.unprovision(ctx, tenant, client, conn)
}
