package table

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/seed-a66f7fd3/servicenow/internal/rest"
)

// The answers of a [CheckpointStore] that are no trouble of the store.
var (
	// ErrNoCheckpoint says that nothing is stored under a key.
	ErrNoCheckpoint = errors.New("no checkpoint is stored")
	// ErrCheckpointConflict says that somebody else has stored or deleted a checkpoint meanwhile: two workers follow
	// the same feed. The one that is told so should stop.
	ErrCheckpointConflict = errors.New("the stored checkpoint was changed meanwhile")
)

// CheckpointVersion names one state of one stored checkpoint. Compare it with == only. The zero CheckpointVersion is
// "there is none".
type CheckpointVersion string

// CheckpointStore keeps the text of checkpoints ([Checkpoint] and those of a pull) under keys of the host, such as
// tenant and feed: 1 to 255 bytes of UTF-8 without NUL. Three methods are enough for any store that can swap: SQL, a
// key-value store, a file. An implementation is safe for concurrent use; table/checkpointtest shows whether it is right.
//
// A host that can store checkpoints in the same transaction as the rows does not need one.
type CheckpointStore interface {
	// Load returns what is stored, or [ErrNoCheckpoint].
	Load(ctx context.Context, key string) (text string, v CheckpointVersion, err error)
	// CompareAndSwap stores text if the stored version is still old, and returns the new version, which never was in
	// use before; otherwise [ErrCheckpointConflict], and nothing is changed. The zero old means "there must be none".
	CompareAndSwap(ctx context.Context, key string, old CheckpointVersion, text string) (CheckpointVersion, error)
	// Delete removes the checkpoint if its version is still old, else [ErrCheckpointConflict]. Nothing to delete is no
	// error.
	Delete(ctx context.Context, key string, old CheckpointVersion) error
}

// MemoryCheckpoints keeps checkpoints for as long as the process lives. The zero value is ready.
type MemoryCheckpoints struct {
	mu     sync.Mutex
	stored map[string]storedCheckpoint
}

type storedCheckpoint struct {
	version CheckpointVersion
	text    string
}

var _ CheckpointStore = (*MemoryCheckpoints)(nil)

// Load implements [CheckpointStore].
func (m *MemoryCheckpoints) Load(ctx context.Context, key string) (string, CheckpointVersion, error) {
	if err := checkKey(ctx, key); err != nil {
		return "", "", err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	c, ok := m.stored[key]
	if !ok {
		return "", "", ErrNoCheckpoint
	}
	return c.text, c.version, nil
}

// CompareAndSwap implements [CheckpointStore].
func (m *MemoryCheckpoints) CompareAndSwap(
	ctx context.Context, key string, old CheckpointVersion, text string,
) (CheckpointVersion, error) {
	if err := checkKey(ctx, key); err != nil {
		return "", err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.stored[key].version != old {
		return "", ErrCheckpointConflict
	}
	if m.stored == nil {
		m.stored = map[string]storedCheckpoint{}
	}
	v := newCheckpointVersion()
	m.stored[key] = storedCheckpoint{version: v, text: text}
	return v, nil
}

// Delete implements [CheckpointStore].
func (m *MemoryCheckpoints) Delete(ctx context.Context, key string, old CheckpointVersion) error {
	if err := checkKey(ctx, key); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	c, ok := m.stored[key]
	switch {
	case !ok:
		return nil
	case c.version != old:
		return ErrCheckpointConflict
	}
	delete(m.stored, key)
	return nil
}

// errCheckpointKey is for a key that not every store could keep.
var errCheckpointKey = fmt.Errorf("table: the key of a checkpoint is 1 to 255 bytes of UTF-8 without NUL: %w", rest.ErrInvalid)

func checkKey(ctx context.Context, key string) error {
	if key == "" || len(key) > 255 || !utf8.ValidString(key) || strings.ContainsRune(key, 0) {
		return errCheckpointKey
	}
	return ctx.Err()
}

// newCheckpointVersion never was in use before, also after a deletion: a counter would begin anew.
func newCheckpointVersion() CheckpointVersion { return CheckpointVersion(rand.Text()) }
