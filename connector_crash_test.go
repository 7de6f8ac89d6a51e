package servicenow_test

import (
	"context"
	"errors"
	"flag"
	"net/http"
	"net/url"
	"sync"
	"testing"

	"pgregory.net/rapid"

	"github.com/seed-a66f7fd3/servicenow"
	"github.com/seed-a66f7fd3/servicenow/auth"
	"github.com/seed-a66f7fd3/servicenow/provision"
	"github.com/seed-a66f7fd3/servicenow/servicenowtest"
)

// mortal is a process that ends at one of its steps, which are the writes to its store and its calls to the instance:
// before the step takes effect, or after it and before anybody hears of it. Nothing that it does later has an effect.
type mortal struct {
	mu    sync.Mutex
	left  int
	after bool
	dead  bool
	die   context.CancelFunc
}

var errDead = errors.New("the process has ended")

func (m *mortal) step(do func()) error {
	m.mu.Lock()
	if m.dead {
		m.mu.Unlock()
		return errDead
	}
	last := m.left == 0
	m.left--
	if last {
		m.dead = true
		m.die()
	}
	m.mu.Unlock()
	if !last || m.after {
		do()
	}
	if m.isDead() {
		return errDead
	}
	return nil
}

func (m *mortal) isDead() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.dead
}

// mortalStore is the store as the process sees it.
type mortalStore struct {
	auth.TokenStore
	*mortal
}

func (s mortalStore) Load(ctx context.Context, tenant string) (auth.Record, auth.Version, error) {
	if s.isDead() {
		return auth.Record{}, "", auth.ErrNotFound
	}
	return s.TokenStore.Load(ctx, tenant)
}

func (s mortalStore) CompareAndSwap(ctx context.Context, tenant string, old auth.Version, r auth.Record) (v auth.Version, err error) {
	if s.step(func() { v, err = s.TokenStore.CompareAndSwap(context.WithoutCancel(ctx), tenant, old, r) }) != nil {
		return "", auth.ErrConflict
	}
	return v, err
}

func (s mortalStore) Delete(ctx context.Context, tenant string, old auth.Version) (err error) {
	if dead := s.step(func() { err = s.TokenStore.Delete(context.WithoutCancel(ctx), tenant, old) }); dead != nil {
		return dead
	}
	return err
}

// mortalTransport is the network as the process sees it.
type mortalTransport struct {
	http.RoundTripper
	*mortal
}

func (t mortalTransport) RoundTrip(r *http.Request) (res *http.Response, err error) {
	dead := t.step(func() { res, err = t.RoundTripper.RoundTrip(r.WithContext(context.WithoutCancel(r.Context()))) })
	if dead != nil {
		if res != nil {
			_ = res.Body.Close()
		}
		return nil, dead
	}
	return res, err
}

// crashWorld is a product with webhooks, and its customer's instance.
type crashWorld struct {
	rapid.TB
	ctx   context.Context
	sn    *servicenowtest.Server
	store auth.TokenStore
	s     servicenow.Settings
}

const crashTenant = "t1"

func newCrashWorld(t *testing.T, tb rapid.TB) *crashWorld {
	sn, err := servicenowtest.Start()
	if err != nil {
		tb.Fatal(err)
	}
	t.Cleanup(sn.Close)
	sn.GrantRoles(servicenowtest.IntegrationUser, "admin")
	app := sn.AddOAuthClient(servicenowtest.OAuthClient{Name: "Desk", RedirectURLs: []string{redirectURL}})
	return &crashWorld{TB: tb, ctx: t.Context(), sn: sn, store: auth.NewMemoryStore(), s: servicenow.Settings{
		Instance: sn.Instance(), ClientID: app.ClientID, ClientSecret: auth.NewSecret(app.ClientSecret),
		Capability: servicenow.TaskFamily, PullBy: servicenow.Updated,
	}}
}

// process is a fresh connector over the world's store: what stands after a restart.
func (w *crashWorld) process(m *mortal) *servicenow.Connector {
	cfg := servicenow.ConnectorConfig{
		Store: w.store, RedirectURL: redirectURL, HTTPClient: w.sn.HTTPClient(), SigningOverlap: 1,
		WebhookURL: "https://app.example.com/hooks/servicenow/{tenant}", Webhooks: provision.Settings{Vendor: "x_acme"},
	}
	if m != nil {
		cfg.Store = mortalStore{w.store, m}
		cfg.HTTPClient.Transport = mortalTransport{cfg.HTTPClient.Transport, m}
	}
	c, err := servicenow.NewConnector(cfg)
	if err != nil {
		w.Fatal(err)
	}
	return c
}

func (w *crashWorld) must(err error) {
	w.Helper()
	if err != nil {
		w.Fatal(err)
	}
}

// connect is a whole consent, from the form or from Re-generate Token on.
func (w *crashWorld) connect(c *servicenow.Connector, ctx context.Context) error {
	u, p, err := c.Begin(ctx, crashTenant, w.s)
	if errors.Is(err, servicenow.ErrConflict) {
		u, p, err = c.Reconnect(ctx, crashTenant)
	}
	if err != nil {
		return err
	}
	return w.complete(c, ctx, u, p)
}

// complete finishes a consent, and finishes it again when the process ended on the way, as a browser does that loads the
// page again.
func (w *crashWorld) complete(c *servicenow.Connector, ctx context.Context, u *url.URL, p auth.Pending) error {
	back, err := w.sn.Consent(u.String(), servicenowtest.IntegrationUser, servicenowtest.IntegrationPassword, true)
	w.must(err)
	callback, err := url.Parse(back)
	w.must(err)
	if _, err = c.Complete(ctx, p, callback); ctx.Err() == nil {
		return err
	}
	w.leaseEnds()
	again := w.process(nil)
	_, err = again.Complete(w.ctx, p, callback)
	if status, _ := again.Status(w.ctx, crashTenant); errors.Is(err, auth.ErrReplay) && status.State == servicenow.Connected {
		w.Errorf("a consent that is not finished is called a replay")
	}
	if err != nil && !errors.Is(err, auth.ErrInvalidGrant) && !errors.Is(err, auth.ErrReplay) &&
		!errors.Is(err, servicenow.ErrReauthorize) {
		w.Errorf("the callback that comes again: %v", err)
	}
	return ctx.Err()
}

// leaseEnds is the time that passes until others may refresh in a dead process's place.
func (w *crashWorld) leaseEnds() {
	_, _, err := w.store.Load(w.ctx, crashTenant)
	if errors.Is(err, auth.ErrNotFound) {
		return
	}
	_, err = auth.Update(w.ctx, w.store, crashTenant, func(r *auth.Record) error { r.Lease = auth.Lease{}; return nil })
	w.must(err)
}

// wantConnected is the end of everything but Disconnect: ready, one of each record on the instance, and signatures that
// the receiver accepts.
func (w *crashWorld) wantConnected() {
	w.Helper()
	c := w.process(nil)
	status, err := c.Status(w.ctx, crashTenant)
	w.must(err)
	if status.State != servicenow.ReadyToSync || status.Identity.UserName != servicenowtest.IntegrationUser || len(status.SharedWith) > 0 {
		w.Errorf("%s (%s), as %q, shared with %v", status.State, status.Reason, status.Identity.UserName, status.SharedWith)
	}
	if n := len(w.sn.Rows("sys_script", "nameSTARTSWITHx_acme")); n != 1 {
		w.Errorf("%d rules, want 1", n)
	}
	key, err := c.SigningSecret(w.ctx, crashTenant)
	w.must(err)
	rows := w.sn.Rows("sys_properties", "name=x_acme.webhook_secret")
	if len(rows) != 1 || rows[0]["value"] != key.Export() {
		w.Errorf("the instance has %d signing secrets, or not the receiver's", len(rows))
	}
	client, err := c.Client(w.ctx, crashTenant)
	w.must(err)
	_, err = client.Users.Me(w.ctx)
	w.must(err)
}

// wantForgotten is the end of Disconnect: nothing here, nothing there, and a token that is dead.
func (w *crashWorld) wantForgotten(old *servicenow.Client) {
	w.Helper()
	if _, err := w.process(nil).Status(w.ctx, crashTenant); !errors.Is(err, servicenow.ErrNotConnected) {
		w.Errorf("status: %v", err)
	}
	if _, _, err := w.store.Load(w.ctx, crashTenant); !errors.Is(err, auth.ErrNotFound) {
		w.Errorf("the store: %v, want ErrNotFound", err)
	}
	left := append(w.sn.Rows("sys_script", "nameSTARTSWITHx_acme"), w.sn.Rows("sys_properties", "nameSTARTSWITHx_acme")...)
	if len(left) > 0 {
		w.Errorf("left on the instance: %v", left)
	}
	if _, err := old.Users.Me(w.ctx); err == nil {
		w.Error("the token still works")
	}
}

// crashStep is a step of a connection's life.
type crashStep struct {
	name    string
	begun   bool // a connection stands when the step begins
	run     func(*crashWorld, *servicenow.Connector, context.Context) error
	forgets bool
}

var crashSteps = []crashStep{
	{"Begin and Complete", false, func(w *crashWorld, c *servicenow.Connector, ctx context.Context) error {
		return w.connect(c, ctx)
	}, false},
	{"Reconnect and Complete", true, func(w *crashWorld, c *servicenow.Connector, ctx context.Context) error {
		return w.connect(c, ctx)
	}, false},
	{"Activate", true, func(_ *crashWorld, c *servicenow.Connector, ctx context.Context) error {
		_, err := c.Activate(ctx, crashTenant)
		return err
	}, false},
	{"UpdateCredentials", true, func(w *crashWorld, c *servicenow.Connector, ctx context.Context) error {
		w.sn.ChangeOAuthClient(w.s.ClientID, func(o *servicenowtest.OAuthClient) { o.ClientSecret = "the-secret-after" })
		_, err := c.UpdateCredentials(ctx, crashTenant, w.s.ClientID, auth.NewSecret("the-secret-after"))
		return err
	}, false},
	{"RotateSigningSecret", true, func(_ *crashWorld, c *servicenow.Connector, ctx context.Context) error {
		return c.RotateSigningSecret(ctx, crashTenant)
	}, false},
	{"Disconnect", true, func(_ *crashWorld, c *servicenow.Connector, ctx context.Context) error {
		return c.Disconnect(ctx, crashTenant)
	}, true},
}

// A process may end between any two steps, before or after a write to the store or a call to the instance: whoever runs
// the same again, in another process, comes to the same end as if nothing had happened.
func TestCrashAnywhereIsRepairedByRunningItAgain(t *testing.T) {
	if f := flag.Lookup("rapid.checks"); f.Value.String() == f.DefValue {
		_ = flag.Set("rapid.checks", "30")
		t.Cleanup(func() { _ = flag.Set("rapid.checks", f.DefValue) })
	}
	length := make([]int, len(crashSteps)) // how many steps each of them has when nothing happens
	for i, step := range crashSteps {
		m := &mortal{left: 1 << 30, die: func() {}}
		w := newCrashWorld(t, t)
		w.crash(step, m)
		length[i] = 1<<30 - m.left
		t.Logf("%s: %d steps", step.name, length[i])
	}
	rapid.Check(t, func(rt *rapid.T) {
		i := rapid.IntRange(0, len(crashSteps)-1).Draw(rt, "step")
		m := &mortal{left: rapid.IntRange(0, length[i]-1).Draw(rt, "steps before the end"), after: rapid.Bool().Draw(rt, "after")}
		w := newCrashWorld(t, rt)
		defer w.sn.Close()
		w.crash(crashSteps[i], m)
	})
}

// crash runs a step in the process m, and again in another one when m ended.
func (w *crashWorld) crash(step crashStep, m *mortal) {
	var before *servicenow.Client
	if step.begun {
		c := w.process(nil)
		w.must(w.connect(c, w.ctx))
		var err error
		before, err = c.Client(w.ctx, crashTenant)
		w.must(err)
	}
	ctx, cancel := context.WithCancel(w.ctx)
	defer cancel()
	if m.die == nil {
		m.die = cancel
	}
	if err := step.run(w, w.process(m), ctx); !m.isDead() {
		w.must(err)
	} else {
		w.leaseEnds()
		w.must(step.run(w, w.process(nil), w.ctx))
	}
	if step.forgets {
		w.wantForgotten(before)
	} else {
		w.wantConnected()
	}
}
