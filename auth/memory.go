package auth

import (
	"context"
	"fmt"
	"io"
	"sync"
)

// MemoryStore keeps records in this process: for tests, and for tools whose grant can be repeated at the next start.
// The zero value is ready. A MemoryStore must not be copied.
type MemoryStore struct {
	mu   sync.Mutex
	rows map[string]memoryRow
}

// memoryRow keeps the record exported: detached from the caller's slices, and behind a Secret, because fmt prints what
// it finds in unexported fields.
type memoryRow struct {
	record  Secret
	version Version
}

var _ TokenStore = (*MemoryStore)(nil)

// NewMemoryStore returns an empty store.
func NewMemoryStore() *MemoryStore { return &MemoryStore{} }

// Load implements TokenStore.
func (s *MemoryStore) Load(ctx context.Context, tenant string) (Record, Version, error) {
	if err := ready(ctx, tenant); err != nil {
		return Record{}, "", err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	row, ok := s.rows[tenant]
	if !ok {
		return Record{}, "", ErrNotFound
	}
	r, err := ImportRecord([]byte(row.record.Reveal()))
	return r, row.version, err
}

// CompareAndSwap implements TokenStore.
func (s *MemoryStore) CompareAndSwap(ctx context.Context, tenant string, old Version, r Record) (Version, error) {
	if err := ready(ctx, tenant); err != nil {
		return "", err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.rows[tenant].version != old {
		return "", ErrConflict
	}
	if s.rows == nil {
		s.rows = map[string]memoryRow{}
	}
	v := NewVersion()
	s.rows[tenant] = memoryRow{record: NewSecret(string(r.Export())), version: v}
	return v, nil
}

// Delete implements TokenStore.
func (s *MemoryStore) Delete(ctx context.Context, tenant string, old Version) error {
	if err := ready(ctx, tenant); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	row, ok := s.rows[tenant]
	if !ok {
		return nil
	}
	if row.version != old {
		return ErrConflict
	}
	delete(s.rows, tenant)
	return nil
}

// String tells nothing about the records.
func (s *MemoryStore) String() string { return "auth.MemoryStore" }

// Format writes String whatever the verb: fmt would otherwise print the records' bytes.
func (s *MemoryStore) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, s.String()) }

// ready is what every store checks first.
func ready(ctx context.Context, tenant string) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	return CheckTenant(tenant)
}
