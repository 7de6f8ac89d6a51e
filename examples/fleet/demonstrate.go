package main

import (
	"context"
	"crypto/rand"
	"fmt"
	"net"
	"os"
	"strconv"
	"time"

	"github.com/seed-a66f7fd3/servicenow"
	"github.com/seed-a66f7fd3/servicenow/auth"
)

// demonstration is a fleet at work on embedded instances.
type demonstration struct {
	c         config
	instances *instances
	server    *children // none where the engine is somebody else's
	workers   *children
	engine    engine
	connector *servicenow.Connector
	cleanup   []func()
}

// demonstrate connects every tenant, pulls all of them, changes something at each, pulls what changed, and counts.
func demonstrate(ctx context.Context, c config) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	d, err := assemble(ctx, c)
	defer d.close()
	if err != nil {
		return err
	}
	if err := d.step("connected", func() error { return d.instances.onboard(ctx, d.connector, c.tenants) }); err != nil {
		return err
	}
	d.startWorkers()
	if err := d.step("pulled everything of", func() error { return d.pullAll(ctx) }); err != nil {
		return err
	}
	if err := d.instances.change(); err != nil {
		return err
	}
	time.Sleep(time.Second) // what was deleted in this second is listed in the next
	if err := d.step("pulled what changed of", func() error { return d.pullAll(ctx) }); err != nil {
		return err
	}
	t, err := d.count(ctx)
	if err != nil {
		return err
	}
	fmt.Println(t)
	d.workers.end()
	d.server.end()
	for _, k := range []*children{d.server, d.workers} {
		for name, kilobytes := range k.peak {
			fmt.Printf("%s: %d MB at its peak\n", name, kilobytes/1024)
		}
	}
	return t.err()
}

// assemble starts the instances and, where none was named, a server.
func assemble(ctx context.Context, c config) (*demonstration, error) {
	d := &demonstration{c: c}
	key, err := auth.GenerateKey("fleet")
	if err != nil {
		return d, err
	}
	d.c.key = key.Export().Reveal()
	dir, err := os.MkdirTemp("", "fleet-")
	if err != nil {
		return d, err
	}
	d.cleanup = append(d.cleanup, func() { _ = os.RemoveAll(dir) })
	if d.c.dir == "" {
		d.c.dir = dir
	}
	if d.instances, err = startInstances(c.instances, c.cases, dir); err != nil {
		return d, err
	}
	d.cleanup = append(d.cleanup, d.instances.close)
	embedded := d.c.dsn == ""
	if embedded {
		if d.c.dsn, err = loopbackAddress(); err != nil {
			return d, err
		}
	}
	env := append(d.instances.env, "FLEET_DSN="+d.c.dsn, "FLEET_KEY="+d.c.key)
	d.server, d.workers = newChildren(ctx, env...), newChildren(ctx, env...)
	d.cleanup = append(d.cleanup, d.server.end)
	if embedded {
		d.server.start("nats", "nats", "-dir", d.c.dir)
	}
	err = d.open(ctx)
	d.cleanup = append(d.cleanup, d.workers.end)
	return d, err
}

// open waits for the engine and joins the SDK to it.
func (d *demonstration) open(ctx context.Context) (err error) {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	for {
		if d.engine, err = openEngine(ctx, d.c); err == nil {
			break
		}
		if pause(ctx, 200*time.Millisecond); ctx.Err() != nil {
			return err
		}
	}
	d.cleanup = append(d.cleanup, d.engine.Close)
	d.connector, err = connect(d.c, d.engine, d.instances.client)
	return err
}

// close undoes in the reverse order.
func (d *demonstration) close() {
	for i := len(d.cleanup) - 1; i >= 0; i-- {
		d.cleanup[i]()
	}
}

// loopbackAddress is a free port, and a token that nobody else knows.
func loopbackAddress() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer func() { _ = l.Close() }()
	return "nats://" + rand.Text() + "@" + l.Addr().String(), nil
}

func (d *demonstration) startWorkers() {
	for i := range d.c.workers {
		d.workers.start(workerName(i), "worker", "-engine", d.c.engine, "-replicas", strconv.Itoa(d.c.replicas),
			"-pulls", strconv.Itoa(d.c.pulls), "-batch", strconv.Itoa(d.c.batch), "-lease", d.c.lease.String())
	}
}

func workerName(i int) string { return fmt.Sprint("worker ", i+1) }

// pullAll asks for a pull of every tenant and waits until all are done.
func (d *demonstration) pullAll(ctx context.Context) error {
	for i := range d.c.tenants {
		if err := d.engine.Enqueue(ctx, tenantName(i)); err != nil {
			return err
		}
	}
	return d.idle(ctx)
}

// idle waits until nothing is queued. A server that is away for a moment is waited for.
func (d *demonstration) idle(ctx context.Context) error {
	for {
		if n, err := d.engine.Queued(ctx); n == 0 && err == nil || ctx.Err() != nil {
			return ctx.Err()
		}
		pause(ctx, 100*time.Millisecond)
	}
}

// step says what something took, in time and in requests to the instances.
func (d *demonstration) step(what string, do func() error) error {
	began, before := time.Now(), d.instances.requests()
	err := do()
	fmt.Printf("%s %d tenants in %s with %d requests\n", what, d.c.tenants, time.Since(began).Round(time.Millisecond),
		d.instances.requests()-before)
	return err
}
