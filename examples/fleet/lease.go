package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/seed-a66f7fd3/servicenow/table"
)

// lease is the right to work on a tenant. It ends by itself, as its holder may have died, and needs nothing but
// compare-and-swap. The workers' clocks must agree within half of ttl.
type lease struct {
	store   table.CheckpointStore
	tenant  string
	ttl     time.Duration
	version table.CheckpointVersion
}

// heldError says that somebody else has the lease.
type heldError struct{ until time.Time }

func (e *heldError) Error() string { return "another worker has the tenant's lease" }

func leaseKey(tenant string) string { return "lease/" + tenant }

// takeLease takes the tenant's lease, or fails with a heldError.
func takeLease(ctx context.Context, store table.CheckpointStore, tenant string, ttl time.Duration) (*lease, error) {
	text, version, err := store.Load(ctx, leaseKey(tenant))
	if err != nil && !errors.Is(err, table.ErrNoCheckpoint) {
		return nil, err
	}
	if until, _ := time.Parse(time.RFC3339Nano, text); time.Now().Before(until) {
		return nil, &heldError{until}
	}
	l := &lease{store: store, tenant: tenant, ttl: ttl, version: version}
	if err := l.renew(ctx); err != nil {
		if errors.Is(err, table.ErrCheckpointConflict) {
			err = &heldError{time.Now().Add(ttl)}
		}
		return nil, err
	}
	return l, nil
}

func (l *lease) renew(ctx context.Context) error {
	until := time.Now().Add(l.ttl).UTC().Format(time.RFC3339Nano)
	version, err := l.store.CompareAndSwap(ctx, leaseKey(l.tenant), l.version, until)
	if err == nil {
		l.version = version
	}
	return err
}

// hold runs work and keeps the lease meanwhile, with beat at each renewal. When the lease cannot be kept, work's context
// ends before somebody else may have it.
func (l *lease) hold(ctx context.Context, beat func(context.Context) error, work func(context.Context) error) error {
	working, lost := context.WithCancelCause(ctx)
	defer lost(nil)
	over, kept := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(kept)
		if err := l.keep(context.WithoutCancel(ctx), beat, over); err != nil {
			lost(fmt.Errorf("the lease is lost: %w", err))
		}
	}()
	err := work(working)
	close(over)
	<-kept
	if cause := context.Cause(working); cause != nil {
		err = errors.Join(cause, err)
	}
	return err
}

// keep renews the lease until over. The renewal that is under way then is waited for, so that the lease can be released.
func (l *lease) keep(ctx context.Context, beat func(context.Context) error, over <-chan struct{}) error {
	tick := time.NewTicker(l.ttl / 4)
	defer tick.Stop()
	for last := time.Now(); ; {
		select {
		case <-over:
			return nil
		case <-tick.C:
		}
		once, cancel := context.WithTimeout(ctx, l.ttl/4)
		err := errors.Join(beat(once), l.renew(once))
		cancel()
		switch {
		case err == nil:
			last = time.Now()
		case errors.Is(err, table.ErrCheckpointConflict), time.Since(last) > l.ttl/2:
			return err
		}
	}
}

// release gives the lease back. What fails here ends by itself.
func (l *lease) release(ctx context.Context) { _ = l.store.Delete(ctx, leaseKey(l.tenant), l.version) }
