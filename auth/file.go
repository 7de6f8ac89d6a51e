package auth

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/seed-a66f7fd3/servicenow/internal/atomicfile"
)

// FileStore keeps one file for each tenant in a directory of one machine. Any number of processes may share it: a
// change is made under a lock of the operating system, written to a second file, synced, and renamed over the first,
// so that a reader, and a process that starts after a crash at any point, sees the old record or the new one.
//
// The directory must be on a local file system; locks and renames of network file systems are not reliable. Files are
// readable by their owner only and hold secrets: put [Encrypted] around a FileStore.
type FileStore struct{ files *atomicfile.Dir[Record] }

var _ TokenStore = (*FileStore)(nil)

// NewFileStore opens dir and makes it (mode 0700) if it is not there.
func NewFileStore(dir string) (*FileStore, error) {
	files, err := atomicfile.Open(dir, func(b json.RawMessage) (Record, error) { return ImportRecord(b) })
	if err != nil {
		return nil, fmt.Errorf("auth: file store: %w", err)
	}
	return &FileStore{files: files}, nil
}

// Load implements TokenStore. It takes no lock.
func (s *FileStore) Load(ctx context.Context, tenant string) (Record, Version, error) {
	if err := ready(ctx, tenant); err != nil {
		return Record{}, "", err
	}
	r, v, err := s.files.Load(ctx, tenant)
	if err != nil {
		return Record{}, "", fileError(err)
	}
	return r, Version(v), nil
}

// CompareAndSwap implements TokenStore.
func (s *FileStore) CompareAndSwap(ctx context.Context, tenant string, old Version, r Record) (Version, error) {
	if err := ready(ctx, tenant); err != nil {
		return "", err
	}
	v := NewVersion()
	if err := s.files.Swap(ctx, tenant, string(old), string(v), r.Export()); err != nil {
		return "", fileError(err)
	}
	return v, nil
}

// Delete implements TokenStore.
func (s *FileStore) Delete(ctx context.Context, tenant string, old Version) error {
	if err := ready(ctx, tenant); err != nil {
		return err
	}
	return fileError(s.files.Delete(ctx, tenant, string(old)))
}

// fileError says in the words of stores what the directory answered.
func fileError(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, atomicfile.ErrNotFound):
		return ErrNotFound
	case errors.Is(err, atomicfile.ErrConflict):
		return ErrConflict
	case errors.Is(err, atomicfile.ErrDamaged):
		err = ErrCorrupt
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return err
	}
	return fmt.Errorf("auth: file store: %w", err)
}
