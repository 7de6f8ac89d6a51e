package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/seed-a66f7fd3/servicenow/internal/dbserver"
	"github.com/seed-a66f7fd3/servicenow/servicenowtest"
)

// TestMain lets the test's own binary be the program: workers and servers are processes of their own.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && !strings.HasPrefix(os.Args[1], "-test.") {
		ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
		defer stop()
		if err := program(ctx, os.Args[1:]); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

// small is a demonstration that takes seconds, and saves often.
func small(t *testing.T, change ...func(*config)) config {
	t.Helper()
	c, err := parse([]string{"-tenants", "12", "-instances", "3", "-cases", "40", "-pulls", "3", "-batch", "10", "-lease", "2s"})
	if err != nil {
		t.Fatal(err)
	}
	c.dsn = ""
	for _, f := range change {
		f(&c)
	}
	return c
}

func onPostgres(server *dbserver.Server) func(*config) {
	return func(c *config) { c.engine, c.dsn = "postgres", server.DSN }
}

// begin assembles a demonstration whose children keep their words to themselves unless the test fails.
func begin(t *testing.T, c config) *demonstration {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	d, err := assemble(ctx, c)
	t.Cleanup(d.close)
	t.Cleanup(cancel)
	if err != nil {
		t.Fatal(err)
	}
	if err := d.instances.onboard(ctx, d.connector, c.tenants); err != nil {
		t.Fatal(err)
	}
	said := &log{}
	d.workers.log = said
	t.Cleanup(func() {
		if t.Failed() {
			t.Log(said.text())
		}
	})
	d.startWorkers()
	return d
}

// log is written by several processes.
type log struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *log) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *log) text() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// published is how many messages there are, or -1 while the engine is away.
func (d *demonstration) published(ctx context.Context) (n int) {
	ctx, cancel := brief(ctx)
	defer cancel()
	var err error
	switch e := d.engine.(type) {
	case *natsEngine:
		var stream jetstream.Stream
		if stream, err = e.js.Stream(ctx, changeStream); err == nil {
			n = int(stream.CachedInfo().State.Msgs)
		}
	case *postgresEngine:
		err = e.db.QueryRowContext(ctx, "SELECT count(*) FROM fleet_change").Scan(&n)
	}
	if err != nil {
		return -1
	}
	return n
}

// killAll pulls everything, and kills one worker after the other and then what the workers share, again and again, each
// time when some more messages have come.
func killAll(ctx context.Context, t *testing.T, d *demonstration, crash func() bool) {
	t.Helper()
	pulled := make(chan error, 1)
	for i := range d.c.tenants {
		if err := d.engine.Enqueue(ctx, tenantName(i)); err != nil {
			t.Fatal(err)
		}
	}
	for _, sn := range d.instances.servers { // so that there is a middle to kill them in
		disarm := sn.Fault(servicenowtest.When{}, servicenowtest.SlowStart(20*time.Millisecond))
		defer disarm()
	}
	go func() { pulled <- d.idle(ctx) }()
	killed, crashed := 0, 0
	for next, turn := 30, 0; ; pause(ctx, 20*time.Millisecond) {
		select {
		case err := <-pulled:
			if err != nil {
				t.Fatal(err)
			}
			t.Logf("%d workers were killed, and the engine %d times", killed, crashed)
			if killed < 1 || crashed < 1 {
				t.Error("too few were killed in the middle: the test shows nothing")
			}
			return
		default:
		}
		if n := d.published(ctx); n >= next {
			next, turn = n+60, turn+1
			switch {
			case turn%2 == 0 && crashed < 3 && crash():
				crashed++
			case turn%2 == 1 && d.workers.kill(workerName(turn/2%d.c.workers)):
				killed++
			}
		}
	}
}

// everythingOnce: after all that, and after a day's changes, everything is published once.
func everythingOnce(ctx context.Context, t *testing.T, d *demonstration) {
	t.Helper()
	if err := d.instances.change(); err != nil {
		t.Fatal(err)
	}
	time.Sleep(time.Second) // what was deleted in this second is listed in the next
	if err := d.pullAll(ctx); err != nil {
		t.Fatal(err)
	}
	got, err := d.count(ctx)
	if err != nil {
		t.Fatal(err)
	}
	t.Log(got)
	if err := got.err(); err != nil {
		t.Error(err)
	}
	if got.records < d.c.tenants*d.c.cases*2 {
		t.Errorf("only %d records were compared", got.records)
	}
}

func TestNATSLosesNothingAndRepeatsNothing(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	defer cancel()
	d := begin(t, small(t))
	killAll(ctx, t, d, func() bool { return d.server.kill("nats") })
	everythingOnce(ctx, t, d)
}

func TestPostgresLosesNothingAndRepeatsNothing(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	defer cancel()
	server := dbserver.Postgres(t)
	d := begin(t, small(t, onPostgres(server)))
	killAll(ctx, t, d, func() bool { server.Crash(t); server.Start(t); return true })
	everythingOnce(ctx, t, d)
}
