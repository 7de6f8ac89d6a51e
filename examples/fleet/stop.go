package main

import (
	"context"
	"errors"
	"time"

	"github.com/seed-a66f7fd3/servicenow"
	"github.com/seed-a66f7fd3/servicenow/table"
)

// stops tells all workers until when an instance wants to be left alone, over any store that can swap.
type stops struct{ store table.CheckpointStore }

var _ servicenow.Coordinator = stops{}

// Stop implements servicenow.Coordinator.
func (s stops) Stop(ctx context.Context, key string, until time.Time) error {
	for {
		have, version, err := s.load(ctx, key)
		if err != nil || !until.After(have) {
			return err
		}
		_, err = s.store.CompareAndSwap(ctx, stopKey(key), version, until.UTC().Format(time.RFC3339Nano))
		if !errors.Is(err, table.ErrCheckpointConflict) {
			return err
		}
	}
}

// Stopped implements servicenow.Coordinator.
func (s stops) Stopped(ctx context.Context, key string) (time.Time, error) {
	until, _, err := s.load(ctx, key)
	return until, err
}

func (s stops) load(ctx context.Context, key string) (time.Time, table.CheckpointVersion, error) {
	text, version, err := s.store.Load(ctx, stopKey(key))
	if errors.Is(err, table.ErrNoCheckpoint) {
		return time.Time{}, "", nil
	}
	until, _ := time.Parse(time.RFC3339Nano, text)
	return until, version, err
}

func stopKey(key string) string { return "stop/" + key }
