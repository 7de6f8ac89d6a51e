package auth

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/seed-a66f7fd3/servicenow/internal/rest"
)

// TokenStore keeps one [Record] for each tenant, for all replicas of a host. Implementations must be safe for
// concurrent use, by goroutines and by processes. Compare-and-swap is the only primitive: the lease that makes
// replicas refresh once lives inside the record and is taken by the same swap. No lock is held over a network call.
//
// To write one, keep [Record.Export] under the tenant with a version, and run package storetest over it.
type TokenStore interface {
	// Load returns the tenant's record and its version, or ErrNotFound.
	Load(ctx context.Context, tenant string) (Record, Version, error)
	// CompareAndSwap stores r if the stored version is still old, and returns the new version, which never was in use
	// before; otherwise ErrConflict, and nothing is changed. The zero old means "there must be none".
	CompareAndSwap(ctx context.Context, tenant string, old Version, r Record) (Version, error)
	// Delete removes the record if its version is still old, else ErrConflict. Nothing to delete is no error.
	Delete(ctx context.Context, tenant string, old Version) error
}

// Version names one state of one tenant's record. Compare it with == only. The zero Version is "no record".
type Version string

// Errors of stores.
var (
	ErrNotFound = errors.New("no record for this tenant")
	ErrConflict = errors.New("the record changed since it was read")
	ErrCorrupt  = errors.New("not a record, or a damaged one")
	ErrSchema   = errors.New("written by a newer version of this library")
	ErrTenant   = fmt.Errorf("a tenant is 1 to 255 bytes of UTF-8 without NUL: %w", rest.ErrInvalid)
)

// MaxTenant is the longest tenant in bytes.
const MaxTenant = 255

// CheckTenant returns ErrTenant for a tenant that not every store could keep. All stores of this package refuse it.
func CheckTenant(tenant string) error {
	if tenant == "" || len(tenant) > MaxTenant || !utf8.ValidString(tenant) || strings.ContainsRune(tenant, 0) {
		return ErrTenant
	}
	return nil
}

// NewVersion returns a version that was never in use: random, so that a record that was deleted and created again
// does not match a version from before.
func NewVersion() Version {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails, see crypto/rand
	return Version(hex.EncodeToString(b[:]))
}

// Update loads the tenant's record (the zero Record when there is none), lets change it, and swaps it in; on a
// conflict it starts again with what is there then. change may be called several times and must only change its
// argument; its error ends Update and nothing is written. This is how a connection is saved, renewed and closed while
// replicas refresh its token.
func Update(ctx context.Context, s TokenStore, tenant string, change func(*Record) error) (Version, error) {
	for {
		r, v, err := s.Load(ctx, tenant)
		if err != nil && !errors.Is(err, ErrNotFound) {
			return "", err
		}
		if err := change(&r); err != nil {
			return "", err
		}
		next, err := s.CompareAndSwap(ctx, tenant, v, r)
		if !errors.Is(err, ErrConflict) {
			return next, err
		}
		if err := ctx.Err(); err != nil {
			return "", err
		}
	}
}

// SaveToken puts t under the tenant, first or anew. Lease, refusal and warnings of the token before are cleared; the
// record's Connection stays.
func SaveToken(ctx context.Context, s TokenStore, tenant string, t Token) error {
	_, err := Update(ctx, s, tenant, func(r *Record) error { r.Renew(t); return nil })
	return err
}
