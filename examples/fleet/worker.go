package main

import (
	"context"
	"errors"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"sync"
	"time"

	"github.com/seed-a66f7fd3/servicenow"
	"github.com/seed-a66f7fd3/servicenow/auth"
)

// work pulls tenants as the engine hands them out, until ctx ends. Any number of processes may do so.
func work(ctx context.Context, c config) error {
	e, err := openEngine(ctx, c)
	if err != nil {
		return err
	}
	defer e.Close()
	connector, err := connect(c, e, nil)
	if err != nil {
		return err
	}
	w := &worker{engine: e, lease: c.lease, puller: &puller{engine: e, connector: connector, batch: c.batch}}
	var all sync.WaitGroup
	for range c.pulls {
		all.Go(func() { w.run(ctx) })
	}
	all.Wait()
	return nil
}

// connect is the SDK over what the workers share: tokens, sealed, the inbox of webhooks, and the times at which an
// instance asked to be left alone. A nil client obeys HTTPS_PROXY and SSL_CERT_FILE.
func connect(c config, e engine, client *http.Client) (*servicenow.Connector, error) {
	key, err := auth.ParseKey(c.key)
	if err != nil {
		return nil, err
	}
	keys, err := auth.NewKeys(key)
	if err != nil {
		return nil, err
	}
	return servicenow.NewConnector(servicenow.ConnectorConfig{
		Store:       auth.Encrypted(e.Tokens(), keys),
		Inbox:       e.Inbox(),
		RedirectURL: redirectURL,
		HTTPClient:  client,
		Options: []servicenow.Option{
			servicenow.WithCoordinator(stops{e.Checkpoints()}, ""), // by instance, whoever calls
			servicenow.WithUserAgent("fleet"),
		},
	})
}

type worker struct {
	engine engine
	lease  time.Duration
	puller *puller
}

func (w *worker) run(ctx context.Context) {
	for ctx.Err() == nil {
		j, err := w.engine.Next(ctx)
		switch {
		case err != nil && ctx.Err() == nil:
			slog.Warn("no work can be had", "error", err)
			pause(ctx, time.Second)
		case j != nil:
			w.do(ctx, j)
		}
	}
}

// do pulls one tenant under its lease. What it cannot tell the queue, the queue finds out when nobody beats.
func (w *worker) do(ctx context.Context, j *job) {
	err := w.pull(ctx, j)
	held, reconnect := (*heldError)(nil), errors.Is(err, servicenow.ErrReauthorize) || errors.Is(err, servicenow.ErrNotConnected)
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), w.lease)
	defer cancel()
	switch {
	case err == nil, reconnect: // the second is for an admin to mend, and no use to repeat
		if err != nil {
			slog.Error("the tenant must connect again", "tenant", j.tenant, "error", err)
		}
		err = j.done(ctx)
	case errors.As(err, &held):
		err = j.later(ctx, max(time.Until(held.until), 0)+rand.N(w.lease/4))
	default:
		slog.Warn("the pull is tried again", "tenant", j.tenant, "error", err)
		err = j.later(ctx, w.lease/2+rand.N(w.lease/2))
	}
	if err != nil {
		slog.Warn("the queue was not told", "tenant", j.tenant, "error", err)
	}
}

func (w *worker) pull(ctx context.Context, j *job) error {
	l, err := takeLease(ctx, w.engine.Checkpoints(), j.tenant, w.lease)
	if err != nil {
		return err
	}
	defer l.release(context.WithoutCancel(ctx))
	return l.hold(ctx, j.beat, func(ctx context.Context) error { return w.puller.pull(ctx, j.tenant, j.again) })
}

func pause(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}
