package auth

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/binary"
	"fmt"
)

// Encrypted seals the Token and the Connection of every record that passes through to s. Each save takes a fresh
// random data key, seals both fields with AES-256-GCM, bound to tenant and field so that a value copied to another
// row, or to the other field, does not open, and has keys wrap the data key. The rest of the record stays readable, for
// operators.
//
// A record that does not open is [ErrCorrupt], one whose key is gone [ErrKey]; neither is ever overwritten.
//
// The standard library does this, and not Tink: what is needed is one AEAD with a nonce it chooses itself and a key
// name in front, both small enough to read here, while Tink would bring protobuf and its key sets into every host. A
// host that has Tink or a KMS wraps the data keys with it, through [KeyWrapper].
func Encrypted(s TokenStore, keys KeyWrapper) TokenStore { return &encrypted{store: s, keys: keys} }

type encrypted struct {
	store TokenStore
	keys  KeyWrapper
}

const sealedMagic = "SN1" // a later form gets another number

func (e *encrypted) Load(ctx context.Context, tenant string) (Record, Version, error) {
	r, v, err := e.store.Load(ctx, tenant)
	if err != nil {
		return Record{}, "", err
	}
	o := opener{ctx: ctx, keys: e.keys, tenant: tenant}
	defer o.done()
	if r.Token, err = o.open("token", r.Token); err != nil {
		return Record{}, "", err
	}
	if r.Connection, err = o.open("connection", r.Connection); err != nil {
		return Record{}, "", err
	}
	return r, v, nil
}

func (e *encrypted) CompareAndSwap(ctx context.Context, tenant string, old Version, r Record) (Version, error) {
	if err := ready(ctx, tenant); err != nil {
		return "", err
	}
	dataKey := make([]byte, keySize)
	defer clear(dataKey)
	_, _ = rand.Read(dataKey) // never fails, see crypto/rand
	id, wrapped, err := e.keys.Wrap(ctx, dataKey, bind("sn-auth/1 key", tenant))
	if err != nil {
		return "", fmt.Errorf("auth: wrapping a key: %w", err)
	}
	if len(id) > 255 || len(wrapped) > 1<<16-1 {
		return "", fmt.Errorf("auth: wrapping a key: id or result is too long")
	}
	aead, err := newAEAD(dataKey)
	if err != nil {
		return "", err
	}
	head := append([]byte(sealedMagic), byte(len(id)))
	head = append(head, id...)
	head = binary.BigEndian.AppendUint16(head, uint16(len(wrapped)))
	head = append(head, wrapped...)
	seal := func(field string, plain []byte) []byte {
		if len(plain) == 0 {
			return nil
		}
		return aead.Seal(bytes.Clone(head), nil, plain, bind("sn-auth/1 record", tenant, field))
	}
	r.Token, r.Connection = seal("token", r.Token), seal("connection", r.Connection)
	return e.store.CompareAndSwap(ctx, tenant, old, r)
}

func (e *encrypted) Delete(ctx context.Context, tenant string, old Version) error {
	return e.store.Delete(ctx, tenant, old)
}

// opener opens the fields of one record. They share a data key, which is unwrapped once.
type opener struct {
	ctx     context.Context
	keys    KeyWrapper
	tenant  string
	wrapped []byte
	dataKey []byte
}

func (o *opener) done() { clear(o.dataKey) }

func (o *opener) open(field string, sealed []byte) ([]byte, error) {
	if len(sealed) == 0 {
		return nil, nil
	}
	id, wrapped, text, ok := splitSealed(sealed)
	if !ok {
		return nil, fmt.Errorf("auth: sealed %s: %w", field, ErrCorrupt)
	}
	if o.dataKey == nil || !bytes.Equal(wrapped, o.wrapped) {
		key, err := o.keys.Unwrap(o.ctx, id, wrapped, bind("sn-auth/1 key", o.tenant))
		if err != nil {
			return nil, fmt.Errorf("auth: sealed %s, key %q: %w", field, line(id), err)
		}
		o.done()
		o.wrapped, o.dataKey = wrapped, key
	}
	aead, err := newAEAD(o.dataKey)
	if err != nil {
		return nil, err
	}
	plain, err := aead.Open(nil, nil, text, bind("sn-auth/1 record", o.tenant, field))
	if err != nil {
		return nil, fmt.Errorf("auth: sealed %s: %w", field, ErrCorrupt)
	}
	return plain, nil
}

// SealedWith returns the id of the key that a record out of the store below [Encrypted] is sealed with, so that an
// operator can count whether an old key may go. It is empty for a record without secrets or not sealed.
func SealedWith(r Record) string {
	for _, b := range [][]byte{r.Token, r.Connection} {
		if id, _, _, ok := splitSealed(b); ok {
			return id
		}
	}
	return ""
}

func splitSealed(b []byte) (id string, wrapped, text []byte, ok bool) {
	b, ok = bytes.CutPrefix(b, []byte(sealedMagic))
	if !ok || len(b) < 1 {
		return "", nil, nil, false
	}
	n, b := int(b[0]), b[1:]
	if len(b) < n+2 {
		return "", nil, nil, false
	}
	id, b = string(b[:n]), b[n:]
	n, b = int(binary.BigEndian.Uint16(b)), b[2:]
	if len(b) < n {
		return "", nil, nil, false
	}
	return id, b[:n], b[n:], true
}
