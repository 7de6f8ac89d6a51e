package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/seed-a66f7fd3/servicenow/auth"
	"github.com/seed-a66f7fd3/servicenow/table"
	"github.com/seed-a66f7fd3/servicenow/webhook"
)

// The stores over a key-value bucket. Its revisions count over the whole bucket, so that none is ever used twice, not
// even after a deletion.

// cell is one key of the bucket.
type cell struct {
	bucket jetstream.KeyValue
	key    string
}

func (c cell) load(ctx context.Context) (value []byte, version string, err error) {
	if err := ctx.Err(); err != nil {
		return nil, "", err
	}
	ctx, cancel := brief(ctx)
	defer cancel()
	entry, err := c.bucket.Get(ctx, c.key)
	if err != nil {
		return nil, "", err
	}
	return entry.Value(), strconv.FormatUint(entry.Revision(), 10), nil
}

// swap writes value if the version is old; "" is "there is none".
func (c cell) swap(ctx context.Context, old string, value []byte) (version string, err error) {
	if err := ctx.Err(); err != nil {
		return "", err
	}
	ctx, cancel := brief(ctx)
	defer cancel()
	var revision uint64
	if old == "" {
		revision, err = c.bucket.Create(ctx, c.key, value)
	} else if expected, bad := strconv.ParseUint(old, 10, 64); bad != nil || expected == 0 {
		return "", jetstream.ErrKeyRevisionMismatch
	} else {
		revision, err = c.bucket.Update(ctx, c.key, value, expected)
	}
	return strconv.FormatUint(revision, 10), err
}

func (c cell) remove(ctx context.Context, old string) error {
	ctx, cancel := brief(ctx)
	defer cancel()
	_, version, err := c.load(ctx)
	switch {
	case errors.Is(err, jetstream.ErrKeyNotFound):
		return nil
	case err != nil:
		return err
	case version != old:
		return jetstream.ErrKeyRevisionMismatch
	}
	revision, err := strconv.ParseUint(old, 10, 64)
	if err != nil {
		return err
	}
	return c.bucket.Delete(ctx, c.key, jetstream.LastRevision(revision))
}

// either says in a store's words what the bucket answered.
func either(err, missing, conflict error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, jetstream.ErrKeyNotFound):
		return missing
	case errors.Is(err, jetstream.ErrKeyExists), errors.Is(err, jetstream.ErrKeyRevisionMismatch):
		return conflict
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return err
	}
	return fmt.Errorf("fleet: key-value store: %w", err)
}

// natsTokens keeps tenants' records.
type natsTokens struct{ bucket jetstream.KeyValue }

func (s natsTokens) cell(tenant string) (cell, error) {
	return cell{s.bucket, "token." + word(tenant)}, auth.CheckTenant(tenant)
}

// Load implements auth.TokenStore.
func (s natsTokens) Load(ctx context.Context, tenant string) (auth.Record, auth.Version, error) {
	c, err := s.cell(tenant)
	if err != nil {
		return auth.Record{}, "", err
	}
	value, version, err := c.load(ctx)
	if err != nil {
		return auth.Record{}, "", either(err, auth.ErrNotFound, auth.ErrConflict)
	}
	record, err := auth.ImportRecord(value)
	return record, auth.Version(version), err
}

// CompareAndSwap implements auth.TokenStore.
func (s natsTokens) CompareAndSwap(ctx context.Context, tenant string, old auth.Version, r auth.Record) (auth.Version, error) {
	c, err := s.cell(tenant)
	if err != nil {
		return "", err
	}
	version, err := c.swap(ctx, string(old), r.Export())
	if err != nil {
		return "", either(err, auth.ErrNotFound, auth.ErrConflict)
	}
	return auth.Version(version), nil
}

// Delete implements auth.TokenStore.
func (s natsTokens) Delete(ctx context.Context, tenant string, old auth.Version) error {
	c, err := s.cell(tenant)
	if err != nil {
		return err
	}
	return either(c.remove(ctx, string(old)), nil, auth.ErrConflict)
}

// String tells nothing about the records.
func (s natsTokens) String() string { return "fleet: tokens in a key-value store" }

// natsCheckpoints keeps checkpoints, leases and stops.
type natsCheckpoints struct{ bucket jetstream.KeyValue }

var errKey = errors.New("fleet: a key is 1 to 255 bytes of UTF-8 without NUL")

func (s natsCheckpoints) cell(key string) (cell, error) {
	if key == "" || len(key) > 255 || !utf8.ValidString(key) || strings.ContainsRune(key, 0) {
		return cell{}, errKey
	}
	return cell{s.bucket, "checkpoint." + word(key)}, nil
}

// Load implements table.CheckpointStore.
func (s natsCheckpoints) Load(ctx context.Context, key string) (string, table.CheckpointVersion, error) {
	c, err := s.cell(key)
	if err != nil {
		return "", "", err
	}
	value, version, err := c.load(ctx)
	if err != nil {
		return "", "", either(err, table.ErrNoCheckpoint, table.ErrCheckpointConflict)
	}
	return string(value), table.CheckpointVersion(version), nil
}

// CompareAndSwap implements table.CheckpointStore.
func (s natsCheckpoints) CompareAndSwap(
	ctx context.Context, key string, old table.CheckpointVersion, text string,
) (table.CheckpointVersion, error) {
	c, err := s.cell(key)
	if err != nil {
		return "", err
	}
	version, err := c.swap(ctx, string(old), []byte(text))
	if err != nil {
		return "", either(err, table.ErrNoCheckpoint, table.ErrCheckpointConflict)
	}
	return table.CheckpointVersion(version), nil
}

// Delete implements table.CheckpointStore.
func (s natsCheckpoints) Delete(ctx context.Context, key string, old table.CheckpointVersion) error {
	c, err := s.cell(key)
	if err != nil {
		return err
	}
	return either(c.remove(ctx, string(old)), nil, table.ErrCheckpointConflict)
}

// natsInbox keeps the ids of webhook deliveries.
type natsInbox struct {
	bucket jetstream.KeyValue
	lease  time.Duration
}

// inboxEntry is what stands under an id.
type inboxEntry struct {
	Done bool      `json:"done"`
	At   time.Time `json:"at"`
}

func (s natsInbox) load(ctx context.Context, tenant, id string) (c cell, e inboxEntry, version string, err error) {
	c = cell{s.bucket, "inbox." + word(tenant) + "." + word(id)}
	value, version, err := c.load(ctx)
	if errors.Is(err, jetstream.ErrKeyNotFound) {
		return c, e, "", nil
	}
	if err == nil {
		err = json.Unmarshal(value, &e)
	}
	return c, e, version, err
}

// put writes e if the entry's version is old, and tells whether it was.
func put(ctx context.Context, c cell, old string, e inboxEntry) (bool, error) {
	value, err := json.Marshal(e)
	if err != nil {
		return false, err
	}
	_, err = c.swap(ctx, old, value)
	errOther := errors.New("somebody else was first")
	if err = either(err, errOther, errOther); errors.Is(err, errOther) {
		return false, nil
	}
	return err == nil, err
}

// Claim implements webhook.Inbox.
func (s natsInbox) Claim(ctx context.Context, tenant, id string) (webhook.Claim, error) {
	c, e, version, err := s.load(ctx, tenant, id)
	switch {
	case err != nil:
		return 0, err
	case e.Done:
		return webhook.Done, nil
	case version != "" && time.Since(e.At) < s.lease:
		return webhook.Busy, nil
	}
	switch ours, err := put(ctx, c, version, inboxEntry{At: time.Now()}); {
	case err != nil:
		return 0, err
	case ours:
		return webhook.Fresh, nil
	}
	return webhook.Busy, nil
}

// Confirm implements webhook.Inbox.
func (s natsInbox) Confirm(ctx context.Context, tenant, id string) error {
	for {
		c, e, version, err := s.load(ctx, tenant, id)
		if err != nil || version == "" || e.Done {
			return err
		}
		if ours, err := put(ctx, c, version, inboxEntry{Done: true, At: e.At}); ours || err != nil {
			return err
		}
	}
}

// Release implements webhook.Inbox.
func (s natsInbox) Release(ctx context.Context, tenant, id string) error {
	c, e, version, err := s.load(ctx, tenant, id)
	if err != nil || version == "" || e.Done {
		return err
	}
	return either(c.remove(ctx, version), nil, nil) // another hand on it is no error
}
