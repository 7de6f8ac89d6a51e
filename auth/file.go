package auth

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

	"github.com/seed-a66f7fd3/servicenow/internal/atomicfile"
)

// FileStore keeps one file for each tenant in a directory of one machine. Any number of processes may share it: a
// change is made under a lock of the operating system, written to a second file, synced, and renamed over the first,
// so that a reader, and a process that starts after a crash at any point, sees the old record or the new one.
//
// The directory must be on a local file system; locks and renames of network file systems are not reliable. Files are
// readable by their owner only and hold secrets: put [Encrypted] around a FileStore.
type FileStore struct{ dir string }

var _ TokenStore = (*FileStore)(nil)

// lockFiles is over how many lock files the tenants are spread. Lock files stay: to remove one safely is not possible.
const lockFiles = 64

// NewFileStore opens dir and makes it (mode 0700) if it is not there.
func NewFileStore(dir string) (*FileStore, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("auth: file store: %w", err)
	}
	return &FileStore{dir: dir}, nil
}

// fileJSON is what a tenant's file holds. Tenant is repeated: a file that was renamed by hand does not open.
type fileJSON struct {
	Tenant  string          `json:"tenant"`
	Version Version         `json:"version"`
	Record  json.RawMessage `json:"record"`
}

// maxFile bounds what is read; records have some kilobytes.
const maxFile = 16 << 20

// Load implements TokenStore. It takes no lock.
func (s *FileStore) Load(ctx context.Context, tenant string) (Record, Version, error) {
	if err := ready(ctx, tenant); err != nil {
		return Record{}, "", err
	}
	f, err := os.Open(s.path(tenant))
	if errors.Is(err, fs.ErrNotExist) {
		return Record{}, "", ErrNotFound
	}
	if err != nil {
		return Record{}, "", fmt.Errorf("auth: file store: %w", withoutPath(err))
	}
	defer f.Close()
	return readRecord(f, tenant)
}

// CompareAndSwap implements TokenStore.
func (s *FileStore) CompareAndSwap(ctx context.Context, tenant string, old Version, r Record) (Version, error) {
	unlock, err := s.lock(ctx, tenant)
	if err != nil {
		return "", err
	}
	defer unlock()
	_, have, err := s.Load(ctx, tenant)
	if err != nil && !errors.Is(err, ErrNotFound) {
		return "", err
	}
	if have != old {
		return "", ErrConflict
	}
	v := NewVersion()
	b, err := json.Marshal(fileJSON{Tenant: tenant, Version: v, Record: r.Export()})
	if err != nil {
		return "", fmt.Errorf("auth: file store: %w", err)
	}
	if err := atomicfile.Replace(s.path(tenant), b); err != nil {
		return "", fmt.Errorf("auth: file store: %w", withoutPath(err))
	}
	return v, nil
}

// Delete implements TokenStore.
func (s *FileStore) Delete(ctx context.Context, tenant string, old Version) error {
	unlock, err := s.lock(ctx, tenant)
	if err != nil {
		return err
	}
	defer unlock()
	_, have, err := s.Load(ctx, tenant)
	switch {
	case errors.Is(err, ErrNotFound):
		return nil
	case err != nil:
		return err
	case have != old:
		return ErrConflict
	}
	if err := atomicfile.Remove(s.path(tenant)); err != nil {
		return fmt.Errorf("auth: file store: %w", withoutPath(err))
	}
	return nil
}

// path is the tenant's file. Upper case is escaped too, for file systems that do not tell it from lower case; long
// names are hashed.
func (s *FileStore) path(tenant string) string {
	var b strings.Builder
	for _, c := range []byte(tenant) {
		switch {
		case c >= 'a' && c <= 'z', c >= '0' && c <= '9', c == '-', c == '_':
			b.WriteByte(c)
		default:
			fmt.Fprintf(&b, "%%%02x", c)
		}
	}
	name := "t-" + b.String()
	if len(name) > 160 {
		sum := sha256.Sum256([]byte(tenant))
		name = "h-" + hex.EncodeToString(sum[:])
	}
	return filepath.Join(s.dir, name+".json")
}

// lock takes the lock that the tenant shares with some others, among processes and goroutines alike.
func (s *FileStore) lock(ctx context.Context, tenant string) (unlock func(), err error) {
	if err := ready(ctx, tenant); err != nil {
		return nil, err
	}
	h := fnv.New32a()
	_, _ = h.Write([]byte(tenant))
	name := filepath.Join(s.dir, "lock-"+strconv.Itoa(int(h.Sum32()%lockFiles)))
	unlock, err = atomicfile.Lock(ctx, name)
	if err != nil && ctx.Err() == nil {
		err = fmt.Errorf("auth: file store: %w", withoutPath(err))
	}
	return unlock, err
}

func readRecord(f *os.File, tenant string) (Record, Version, error) {
	var j fileJSON
	b, err := readBounded(f, maxFile)
	if err == nil {
		err = json.Unmarshal(b, &j)
	}
	if err != nil || j.Version == "" || j.Tenant != tenant {
		return Record{}, "", fmt.Errorf("auth: file store: %w", ErrCorrupt) // err may quote the file
	}
	r, err := ImportRecord(j.Record)
	if err != nil {
		return Record{}, "", err
	}
	return r, j.Version, nil
}

func readBounded(r io.Reader, limit int64) ([]byte, error) {
	b, err := io.ReadAll(io.LimitReader(r, limit+1))
	if err == nil && int64(len(b)) > limit {
		err = ErrCorrupt
	}
	return b, err
}

// withoutPath drops the file's name, which holds the tenant's.
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
