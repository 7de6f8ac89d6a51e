package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/seed-a66f7fd3/servicenow"
	"github.com/seed-a66f7fd3/servicenow/auth"
	"github.com/seed-a66f7fd3/servicenow/auth/storetest"
	"github.com/seed-a66f7fd3/servicenow/internal/dbserver"
	"github.com/seed-a66f7fd3/servicenow/servicenowtest"
	"github.com/seed-a66f7fd3/servicenow/table"
	"github.com/seed-a66f7fd3/servicenow/table/checkpointtest"
	"github.com/seed-a66f7fd3/servicenow/webhook"
	"github.com/seed-a66f7fd3/servicenow/webhook/inboxtest"
)

// handles opens handles on one empty engine, as several workers would.
type handles func() engine

func TestNATS(t *testing.T) {
	suite(t, func(t *testing.T) handles {
		c := small(t, func(c *config) { c.dir = t.TempDir() })
		var err error
		if c.dsn, err = loopbackAddress(); err != nil {
			t.Fatal(err)
		}
		ctx, stop := context.WithCancel(context.Background())
		ended := make(chan error, 1)
		go func() { ended <- serveNATS(ctx, c) }()
		t.Cleanup(func() {
			stop()
			if err := <-ended; err != nil {
				t.Error(err)
			}
		})
		return opener(t, c)
	})
}

func TestPostgres(t *testing.T) {
	server := dbserver.Postgres(t)
	suite(t, func(t *testing.T) handles {
		open := opener(t, small(t, onPostgres(server)))
		const empty = "TRUNCATE servicenow_connection, servicenow_checkpoint, servicenow_inbox, fleet_queue, fleet_change"
		if _, err := open().(*postgresEngine).db.ExecContext(t.Context(), empty); err != nil {
			t.Fatal(err)
		}
		return open
	})
}

// opener waits for the engine, once for each handle.
func opener(t *testing.T, c config) handles {
	t.Helper()
	return func() engine {
		d := &demonstration{c: c, instances: &instances{}}
		if d.c.key == "" {
			key, err := auth.GenerateKey("k")
			if err != nil {
				t.Fatal(err)
			}
			d.c.key = key.Export().Reveal()
		}
		if err := d.open(t.Context()); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(d.engine.Close)
		return d.engine
	}
}

// suite is what every engine must pass.
func suite(t *testing.T, begin func(*testing.T) handles) {
	t.Run("tokens", func(t *testing.T) {
		storetest.Run(t, func(t *testing.T) storetest.Open {
			open := begin(t)
			return func() auth.TokenStore { return open().Tokens() }
		})
	})
	t.Run("refresh", func(t *testing.T) {
		storetest.RunRefresh(t, func(t *testing.T) storetest.Open {
			open := begin(t)
			return func() auth.TokenStore { return open().Tokens() }
		})
	})
	t.Run("checkpoints", func(t *testing.T) {
		checkpointtest.Run(t, func(t *testing.T) checkpointtest.Open {
			open := begin(t)
			return func() table.CheckpointStore { return open().Checkpoints() }
		})
	})
	t.Run("inbox", func(t *testing.T) {
		inboxtest.Run(t, func(t *testing.T) webhook.Inbox { return begin(t)().Inbox() })
	})
	for name, check := range map[string]func(*testing.T, handles){
		"queue": checkQueue, "publish": checkPublish, "publish at once": checkPublishers, "lease": checkLease,
		"stops": checkStops, "limit": checkLimit,
	} {
		t.Run(name, func(t *testing.T) { check(t, begin(t)) })
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// next waits for a job.
func next(t *testing.T, e engine) *job {
	t.Helper()
	for range 100 {
		j, err := e.Next(t.Context())
		must(t, err)
		if j != nil {
			return j
		}
	}
	t.Fatal("no job came")
	return nil
}

// A tenant is queued once, comes again when its holder is silent or gives it back, and is gone when it is done.
func checkQueue(t *testing.T, open handles) {
	a, b := open(), open()
	for range 3 {
		must(t, a.Enqueue(t.Context(), "acme / north"))
	}
	queued := func(want int) {
		t.Helper()
		if n, err := b.Queued(t.Context()); n != want || err != nil {
			t.Fatalf("%d are queued, want %d: %v", n, want, err)
		}
	}
	queued(1)
	first := next(t, a)
	must(t, b.Enqueue(t.Context(), "acme / north"))
	queued(1)
	if first.tenant != "acme / north" || first.again {
		t.Errorf("%+v came first", first)
	}
	second := next(t, b) // nobody beat for a lease
	if !second.again {
		t.Error("the second delivery is not told from the first")
	}
	must(t, second.later(t.Context(), 100*time.Millisecond))
	third := next(t, a)
	must(t, third.done(t.Context()))
	queued(0)
	must(t, a.Enqueue(t.Context(), "acme / north"))
	if fourth := next(t, b); fourth.again {
		t.Error("a new request is taken for a repeated one")
	}
}

func messages(e engine, t *testing.T) (list []string) {
	t.Helper()
	must(t, e.Published(t.Context(), func(m message) error {
		list = append(list, m.SysID+" "+m.Version)
		return nil
	}))
	return list
}

// What is published again is dropped, whoever publishes it, remembered or asked for; what was deleted and restored as it
// was is news.
func checkPublish(t *testing.T, open handles) {
	a, b := open(), open()
	of := func(id, version string) message {
		return message{Tenant: "acme", Table: "incident", SysID: id, Version: version, Operation: table.Updated}
	}
	for _, step := range []struct {
		by    engine
		batch []message
		ask   bool
	}{
		{a, []message{of("1", "v1"), of("2", "v1")}, false},
		{b, []message{of("1", "v1"), of("2", "v2")}, false},
		{b, []message{of("1", "v1"), of("2", "v2")}, true},
		{a, []message{of("1", "deleted")}, false},
		{a, []message{of("1", "v1")}, false},
		{b, []message{of("1", "v1"), of("3", "v1")}, true},
		{b, nil, false},
	} {
		must(t, step.by.Publish(t.Context(), step.batch, step.ask))
	}
	got := messages(b, t)
	slices.Sort(got) // the order is kept within a record, see below
	if want := []string{"1 deleted", "1 v1", "1 v1", "2 v1", "2 v2", "3 v1"}; !slices.Equal(got, want) {
		t.Errorf("published %v, want %v", got, want)
	}
	var first []string
	for _, m := range messages(b, t) {
		if m[0] == '1' {
			first = append(first, m)
		}
	}
	if want := []string{"1 v1", "1 deleted", "1 v1"}; !slices.Equal(first, want) {
		t.Errorf("the first record's messages are %v, want %v", first, want)
	}
}

// Two workers who take each other for dead publish the same at the same time.
func checkPublishers(t *testing.T, open handles) {
	var batch []message
	for i := range 100 {
		batch = append(batch, message{Tenant: "acme", Table: "incident", SysID: fmt.Sprint(i), Version: "v"})
	}
	var all sync.WaitGroup
	for range 4 {
		e := open()
		all.Go(func() {
			if err := e.Publish(t.Context(), batch, false); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if got := messages(open(), t); len(got) != len(batch) {
		t.Errorf("%d messages, want %d", len(got), len(batch))
	}
}

// A lease keeps others away as long as it is kept, and its holder stops when it cannot be kept.
func checkLease(t *testing.T, open handles) {
	const ttl = time.Second
	ctx, a, b := t.Context(), open().Checkpoints(), open().Checkpoints()
	quiet := func(context.Context) error { return nil }
	l, err := takeLease(ctx, a, "acme", ttl)
	must(t, err)
	must(t, l.hold(ctx, quiet, func(ctx context.Context) error {
		pause(ctx, 2*ttl)
		var held *heldError
		if _, err := takeLease(ctx, b, "acme", ttl); !errors.As(err, &held) {
			t.Errorf("a kept lease was taken: %v", err)
		}
		return ctx.Err()
	}))
	l.release(ctx)
	l, err = takeLease(ctx, b, "acme", ttl)
	must(t, err)
	err = l.hold(ctx, quiet, func(ctx context.Context) error {
		text, version, err := a.Load(ctx, leaseKey("acme"))
		must(t, err)
		_, err = a.CompareAndSwap(ctx, leaseKey("acme"), version, text) // somebody else
		must(t, err)
		<-ctx.Done()
		return ctx.Err()
	})
	if !errors.Is(err, table.ErrCheckpointConflict) {
		t.Errorf("work ended with %v", err)
	}
}

// A stop is seen by all, and an earlier one does not shorten it.
func checkStops(t *testing.T, open handles) {
	a, b := stops{open().Checkpoints()}, stops{open().Checkpoints()}
	at := time.Now().Add(time.Hour)
	if until, err := b.Stopped(t.Context(), "acme"); !until.IsZero() || err != nil {
		t.Errorf("%v, %v before anybody stopped", until, err)
	}
	must(t, a.Stop(t.Context(), "acme", at))
	must(t, b.Stop(t.Context(), "acme", at.Add(-time.Minute)))
	if until, err := b.Stopped(t.Context(), "acme"); !until.Equal(at) || err != nil {
		t.Errorf("stopped until %v, want %v: %v", until, at, err)
	}
}

// told says when a stop has been shared.
type told struct {
	servicenow.Coordinator
	shared chan bool
}

func (c told) Stop(ctx context.Context, key string, until time.Time) error {
	defer func() { c.shared <- true }()
	return c.Coordinator.Stop(ctx, key, until)
}

// What an instance tells one worker, another one heeds.
func checkLimit(t *testing.T, open handles) {
	const wait = 2 * time.Second
	sn := servicenowtest.NewServer(t)
	shared := make(chan bool, 1)
	worker := func() *servicenow.Client {
		client, err := servicenow.New(sn.Instance(), servicenow.WithHTTPClient(sn.HTTPClient()),
			servicenow.WithBasicAuth(servicenowtest.IntegrationUser, servicenowtest.IntegrationPassword),
			servicenow.WithCoordinator(told{stops{open().Checkpoints()}, shared}, ""))
		must(t, err)
		return client
	}
	a, b := worker(), worker()
	sn.Fault(servicenowtest.When{Count: 1}, servicenowtest.RateLimited(wait))
	answered := make(chan error, 1)
	ask := func(c *servicenow.Client) error {
		_, err := table.Of[table.User](c.Tables, "sys_user").Count(t.Context(), table.Query{})
		return err
	}
	go func() { answered <- ask(a) }() // it waits, and is answered in the end
	<-shared
	must(t, ask(b))
	must(t, <-answered)
	requests := sn.Requests()
	if len(requests) != 3 {
		t.Errorf("%d requests, want the refused one and one of each worker", len(requests))
	}
	for _, r := range requests[1:] {
		if gap := r.At.Sub(requests[0].At); gap < wait {
			t.Errorf("%s was sent %s after the instance asked for %s", r.Path, gap, wait)
		}
	}
}
