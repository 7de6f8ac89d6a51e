package atomicfile

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// Dir keeps versioned values under keys, one file for each, in a directory that any number of processes share. A value
// that decode refuses is never overwritten. Errors tell neither a key nor a value, unless decode does.
type Dir[T any] struct {
	path   string
	decode func(json.RawMessage) (T, error)
}

// The answers of a Dir that are no trouble of the disk.
var (
	ErrNotFound = errors.New("there is no such file")
	ErrConflict = errors.New("the file was changed meanwhile")
	ErrDamaged  = errors.New("damaged file")
)

const (
	// lockFiles is over how many locks the keys are spread.
	lockFiles = 64
	// maxFile bounds what is read; values have some kilobytes.
	maxFile = 16 << 20
)

// entry is what a file holds. Key is repeated: a file that was renamed by hand does not open.
type entry struct {
	Key     string          `json:"key"`
	Version string          `json:"version"`
	Value   json.RawMessage `json:"value"`
}

// Open makes the directory (mode 0700) if it is not there.
func Open[T any](path string, decode func(json.RawMessage) (T, error)) (*Dir[T], error) {
	if err := os.MkdirAll(path, 0o700); err != nil {
		return nil, err
	}
	return &Dir[T]{path: path, decode: decode}, nil
}

// Load returns the value under key and its version, or ErrNotFound. It takes no lock.
func (d *Dir[T]) Load(ctx context.Context, key string) (value T, version string, err error) {
	var e entry
	if err = ctx.Err(); err == nil {
		e, err = d.read(key)
	}
	if err == nil {
		value, err = d.decode(e.Value)
	}
	return value, e.Version, err
}

func (d *Dir[T]) read(key string) (entry, error) {
	f, err := os.Open(d.file(key))
	if errors.Is(err, fs.ErrNotExist) {
		return entry{}, ErrNotFound
	}
	if err != nil {
		return entry{}, withoutPath(err)
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err != nil {
		return entry{}, withoutPath(err)
	}
	var e entry
	if len(b) > maxFile || json.Unmarshal(b, &e) != nil || e.Version == "" || e.Key != key {
		return entry{}, ErrDamaged
	}
	return e, nil
}

// Swap puts value under key, as version next, if the version there is old; otherwise ErrConflict. An empty old means
// that there must be none.
func (d *Dir[T]) Swap(ctx context.Context, key, old, next string, value json.RawMessage) error {
	unlock, err := d.lock(ctx, key)
	if err != nil {
		return err
	}
	defer unlock()
	_, have, err := d.Load(ctx, key)
	if err != nil && !errors.Is(err, ErrNotFound) {
		return err
	}
	if have != old {
		return ErrConflict
	}
	b, err := json.Marshal(entry{Key: key, Version: next, Value: value})
	if err != nil {
		return err
	}
	return withoutPath(Replace(d.file(key), b))
}

// Delete removes key if the version there is old, else ErrConflict. Nothing to delete is no error.
func (d *Dir[T]) Delete(ctx context.Context, key, old string) error {
	unlock, err := d.lock(ctx, key)
	if err != nil {
		return err
	}
	defer unlock()
	_, have, err := d.Load(ctx, key)
	switch {
	case errors.Is(err, ErrNotFound):
		return nil
	case err != nil:
		return err
	case have != old:
		return ErrConflict
	}
	return withoutPath(Remove(d.file(key)))
}

// file is the key's. Upper case is escaped too, for file systems that do not tell it from lower case; long names are
// hashed.
func (d *Dir[T]) file(key string) string {
	var b strings.Builder
	for _, c := range []byte(key) {
		switch {
		case c >= 'a' && c <= 'z', c >= '0' && c <= '9', c == '-', c == '_':
			b.WriteByte(c)
		default:
			fmt.Fprintf(&b, "%%%02x", c)
		}
	}
	name := "t-" + b.String()
	if len(name) > 160 {
		sum := sha256.Sum256([]byte(key))
		name = "h-" + hex.EncodeToString(sum[:])
	}
	return filepath.Join(d.path, name+".json")
}

// lock takes the lock that the key shares with some others, among processes and goroutines alike.
func (d *Dir[T]) lock(ctx context.Context, key string) (unlock func(), err error) {
	h := fnv.New32a()
	_, _ = h.Write([]byte(key))
	unlock, err = Lock(ctx, filepath.Join(d.path, "lock-"+strconv.Itoa(int(h.Sum32()%lockFiles))))
	return unlock, withoutPath(err)
}

// withoutPath drops the file's name, which holds the key.
func withoutPath(err error) error {
	var p *fs.PathError
	if errors.As(err, &p) {
		return p.Err
	}
	var l *os.LinkError
	if errors.As(err, &l) {
		return l.Err
	}
	return err
}
