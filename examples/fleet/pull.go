package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/seed-a66f7fd3/servicenow"
	"github.com/seed-a66f7fd3/servicenow/table"
)

// puller takes what changed at a tenant since the last time, and publishes it.
type puller struct {
	engine    engine
	connector *servicenow.Connector
	batch     int
}

// pull is one turn of one tenant. What was published is saved as a checkpoint after it, never before, so that a crash
// at any point repeats at most one batch; a repeated message is recognised by its id. again says that a turn before
// this one did not end.
func (p *puller) pull(ctx context.Context, tenant string, again bool) error {
	text, version, err := p.engine.Checkpoints().Load(ctx, pullKey(tenant))
	if err != nil && !errors.Is(err, table.ErrNoCheckpoint) {
		return err
	}
	from, err := servicenow.ParsePullCheckpoint(text)
	if err != nil {
		return err
	}
	t := &turn{puller: p, tenant: tenant, again: again, reached: from, saved: text, version: version, about: map[string]bool{}}
	options := servicenow.PullOptions{From: from, Advanced: func(c servicenow.PullCheckpoint) { t.reached = c }}
	for change, err := range p.connector.Pull(ctx, tenant, options) {
		if err == nil {
			err = t.take(ctx, change)
		}
		if err != nil {
			return fmt.Errorf("%s: %w", tenant, errors.Join(err, t.flush(ctx)))
		}
	}
	return t.flush(ctx)
}

// turn is where a pull is: reached is behind everything in pending.
type turn struct {
	*puller
	tenant  string
	again   bool
	pending []message
	about   map[string]bool // the records of pending
	reached servicenow.PullCheckpoint
	saved   string
	version table.CheckpointVersion
}

// take adds a change. A batch holds one message a record, so that its messages may be published side by side.
func (t *turn) take(ctx context.Context, c servicenow.Change) error {
	m := messageOf(t.tenant, c)
	if len(t.pending) >= t.batch || t.about[m.record()] {
		if err := t.flush(ctx); err != nil {
			return err
		}
	}
	t.pending, t.about[m.record()], t.reached = append(t.pending, m), true, c.Next
	return nil
}

// flush publishes, and then saves. Another worker that saved meanwhile makes it fail: that one goes on, not this one.
func (t *turn) flush(ctx context.Context) (err error) {
	if err := t.engine.Publish(ctx, t.pending, t.again); err != nil {
		return err
	}
	t.pending = t.pending[:0]
	clear(t.about)
	text := t.reached.String()
	if text == t.saved {
		return nil
	}
	t.version, err = t.engine.Checkpoints().CompareAndSwap(ctx, pullKey(t.tenant), t.version, text)
	if err == nil {
		t.saved = text
	}
	return err
}

func pullKey(tenant string) string { return "pull/" + tenant }
