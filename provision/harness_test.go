package provision_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/seed-a66f7fd3/servicenow/auth"
	"github.com/seed-a66f7fd3/servicenow/internal/rest"
	"github.com/seed-a66f7fd3/servicenow/provision"
	"github.com/seed-a66f7fd3/servicenow/servicenowtest"
	"github.com/seed-a66f7fd3/servicenow/webhook"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// bench is an instance, a receiver that its rules can reach, and a connection to provision it.
type bench struct {
	t        testing.TB
	instance *servicenowtest.Server
	receiver *httptest.Server
	settings provision.Settings

	mu         sync.Mutex
	keys       []webhook.Key
	fail       error
	delay      time.Duration
	expected   string // the instance that the receiver takes for the tenant's
	canary     string
	deliveries []webhook.Delivery
	arrived    chan webhook.Event
}

func newBench(t testing.TB, opts ...servicenowtest.Option) *bench {
	t.Helper()
	b := &bench{t: t, arrived: make(chan webhook.Event, 200), expected: "acme"}
	handler, err := webhook.NewHandler(webhook.HandlerConfig{
		Resolve: func(context.Context, string) (webhook.Endpoint, error) {
			b.mu.Lock()
			defer b.mu.Unlock()
			return webhook.Endpoint{Keys: b.keys, Instance: b.expected}, nil
		},
		Receive: func(_ context.Context, e webhook.Event) error {
			time.Sleep(b.delay)
			b.mu.Lock()
			defer b.mu.Unlock()
			if b.fail == nil {
				b.arrived <- e
			}
			return b.fail
		},
		Observe: func(_ context.Context, d webhook.Delivery) {
			b.mu.Lock()
			defer b.mu.Unlock()
			b.deliveries = append(b.deliveries, d)
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	mux.Handle("/hooks/{tenant}", handler)
	b.receiver = httptest.NewTLSServer(mux)
	t.Cleanup(b.receiver.Close)
	opts = append([]servicenowtest.Option{servicenowtest.WithOutbound(b.receiver.Client()),
		servicenowtest.WithUser("acme.bot", "secret", []string{"admin"}, ""),
		servicenowtest.WithUser("abel.tuter", "secret", []string{"itil", "sn_customerservice_agent"}, ""),
	}, opts...)
	b.instance = servicenowtest.NewServer(t, opts...)
	b.settings = provision.Settings{Instance: "acme", Vendor: "x_acme", Label: "Acme",
		CallbackURL: b.receiver.URL + "/hooks/t1", Secret: webhook.NewKey()}
	b.keys = []webhook.Key{b.settings.Secret}
	return b
}

// as is a connection of a user of the instance.
func (b *bench) as(user string) *rest.Conn { return b.connect(user, 0) }

// mortal is a provisioner that gives up at the first failure, as a process does that dies.
func (b *bench) mortal() *provision.Provisioner { return provision.New(b.connect("acme.bot", -1)) }

func (b *bench) connect(user string, retries int) *rest.Conn {
	b.t.Helper()
	client := b.instance.HTTPClient()
	b.t.Cleanup(client.CloseIdleConnections)
	conn, err := rest.New(rest.Config{Instance: b.instance.Instance(), HTTPClient: client, RetryMax: retries,
		Credential: auth.Basic(user, auth.NewSecret("secret"))})
	if err != nil {
		b.t.Fatal(err)
	}
	return conn
}

func (b *bench) provisioner() *provision.Provisioner { return provision.New(b.as("acme.bot")) }

// next is the next event that the host was given.
func (b *bench) next() webhook.Event {
	b.t.Helper()
	select {
	case e := <-b.arrived:
		return e
	case <-time.After(10 * time.Second):
		b.t.Fatalf("no event came; the instance logged %v, queued %v, sent %v",
			b.instance.Rows("syslog", "ORDERBYsys_created_on"), b.instance.Rows("sysevent", ""), b.instance.Deliveries())
		return nil
	}
}

// quiet fails when an event came after everything under way on the instance has ended.
func (b *bench) quiet() {
	b.t.Helper()
	if err := b.instance.Settle(b.t.Context()); err != nil {
		b.t.Fatal(err)
	}
	select {
	case e := <-b.arrived:
		b.t.Fatalf("unexpected %T %+v", e, e.About())
	default:
	}
}

func (b *bench) must(sysID string, err error) string {
	b.t.Helper()
	if err != nil {
		b.t.Fatal(err)
	}
	return sysID
}
