package table

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/seed-a66f7fd3/servicenow/internal/atomicfile"
)

// FileCheckpoints keeps one file for each key in a directory of one machine, which any number of processes may share.
// A process that is killed in the middle of a change leaves the old checkpoint or the new one. The directory must be on
// a local file system.
type FileCheckpoints struct{ dir string }

var _ CheckpointStore = (*FileCheckpoints)(nil)

// NewFileCheckpoints opens dir and makes it (mode 0700) if it is not there.
func NewFileCheckpoints(dir string) (*FileCheckpoints, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("table: checkpoints: %w", err)
	}
	return &FileCheckpoints{dir: dir}, nil
}

// Load implements [CheckpointStore]. It takes no lock.
func (s *FileCheckpoints) Load(ctx context.Context, key string) (string, CheckpointVersion, error) {
	if err := checkKey(ctx, key); err != nil {
		return "", "", err
	}
	b, err := os.ReadFile(s.path(key))
	if errors.Is(err, fs.ErrNotExist) {
		return "", "", ErrNoCheckpoint
	}
	if err != nil {
		return "", "", fmt.Errorf("table: checkpoints: %w", err)
	}
	var c storedCheckpoint
	if err := json.Unmarshal(b, &c); err != nil || c.Key != key || c.Version == "" {
		return "", "", fmt.Errorf("table: checkpoints: %w: damaged file", ErrCheckpointInvalid)
	}
	return c.Text, c.Version, nil
}

// CompareAndSwap implements [CheckpointStore].
func (s *FileCheckpoints) CompareAndSwap(
	ctx context.Context, key string, old CheckpointVersion, text string,
) (CheckpointVersion, error) {
	unlock, err := s.lock(ctx, key)
	if err != nil {
		return "", err
	}
	defer unlock()
	_, have, err := s.Load(ctx, key)
	if err != nil && !errors.Is(err, ErrNoCheckpoint) {
		return "", err
	}
	if have != old {
		return "", ErrCheckpointConflict
	}
	c := storedCheckpoint{Key: key, Version: newCheckpointVersion(), Text: text}
	b, err := json.Marshal(c)
	if err == nil {
		err = atomicfile.Replace(s.path(key), b)
	}
	if err != nil {
		return "", fmt.Errorf("table: checkpoints: %w", err)
	}
	return c.Version, nil
}

// Delete implements [CheckpointStore].
func (s *FileCheckpoints) Delete(ctx context.Context, key string, old CheckpointVersion) error {
	unlock, err := s.lock(ctx, key)
	if err != nil {
		return err
	}
	defer unlock()
	_, have, err := s.Load(ctx, key)
	switch {
	case errors.Is(err, ErrNoCheckpoint):
		return nil
	case err != nil:
		return err
	case have != old:
		return ErrCheckpointConflict
	}
	if err := atomicfile.Remove(s.path(key)); err != nil {
		return fmt.Errorf("table: checkpoints: %w", err)
	}
	return nil
}

// path hashes the key, so that no key can leave the directory or meet another on a file system that folds case.
func (s *FileCheckpoints) path(key string) string {
	sum := sha256.Sum256([]byte(key))
	return filepath.Join(s.dir, hex.EncodeToString(sum[:])+".json")
}

// lock takes the one of 256 locks that the key shares with some others.
func (s *FileCheckpoints) lock(ctx context.Context, key string) (func(), error) {
	if err := checkKey(ctx, key); err != nil {
		return nil, err
	}
	sum := sha256.Sum256([]byte(key))
	unlock, err := atomicfile.Lock(ctx, filepath.Join(s.dir, "lock-"+hex.EncodeToString(sum[:1])))
	if err != nil {
		return nil, fmt.Errorf("table: checkpoints: %w", err)
	}
	return unlock, nil
}
