package table

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/seed-a66f7fd3/servicenow/internal/atomicfile"
)

// FileCheckpoints keeps one file for each key in a directory of one machine, which any number of processes may share.
// A process that is killed in the middle of a change leaves the old checkpoint or the new one. The directory must be on
// a local file system.
type FileCheckpoints struct{ files *atomicfile.Dir[string] }

var _ CheckpointStore = (*FileCheckpoints)(nil)

// NewFileCheckpoints opens dir and makes it (mode 0700) if it is not there.
func NewFileCheckpoints(dir string) (*FileCheckpoints, error) {
	files, err := atomicfile.Open(dir, func(b json.RawMessage) (text string, err error) {
		if json.Unmarshal(b, &text) != nil {
			err = atomicfile.ErrDamaged
		}
		return text, err
	})
	if err != nil {
		return nil, fmt.Errorf("table: checkpoints: %w", err)
	}
	return &FileCheckpoints{files: files}, nil
}

// Load implements [CheckpointStore]. It takes no lock.
func (s *FileCheckpoints) Load(ctx context.Context, key string) (string, CheckpointVersion, error) {
	if err := checkKey(ctx, key); err != nil {
		return "", "", err
	}
	text, v, err := s.files.Load(ctx, key)
	if err != nil {
		return "", "", fileError(err)
	}
	return text, CheckpointVersion(v), nil
}

// CompareAndSwap implements [CheckpointStore].
func (s *FileCheckpoints) CompareAndSwap(
	ctx context.Context, key string, old CheckpointVersion, text string,
) (CheckpointVersion, error) {
	if err := checkKey(ctx, key); err != nil {
		return "", err
	}
	b, err := json.Marshal(text)
	if err != nil {
		return "", fmt.Errorf("table: checkpoints: %w", err)
	}
	v := newCheckpointVersion()
	if err := s.files.Swap(ctx, key, string(old), string(v), b); err != nil {
		return "", fileError(err)
	}
	return v, nil
}

// Delete implements [CheckpointStore].
func (s *FileCheckpoints) Delete(ctx context.Context, key string, old CheckpointVersion) error {
	if err := checkKey(ctx, key); err != nil {
		return err
	}
	return fileError(s.files.Delete(ctx, key, string(old)))
}

// fileError says in the words of checkpoint stores what the directory answered.
func fileError(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, atomicfile.ErrNotFound):
		return ErrNoCheckpoint
	case errors.Is(err, atomicfile.ErrConflict):
		return ErrCheckpointConflict
	case errors.Is(err, atomicfile.ErrDamaged):
		return fmt.Errorf("table: checkpoints: %w: damaged file", ErrCheckpointInvalid)
	}
	return fmt.Errorf("table: checkpoints: %w", err)
}
