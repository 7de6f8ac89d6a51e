package webhook

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"hash"
	"sync"
)

// base64Len is the length of a SHA-256 in base64.
const base64Len = 44

// secret keeps the bytes and, because a keyed hash is a handful of allocations, the hashes that are free.
type secret struct {
	raw  []byte
	free sync.Pool // of *macer
}

// macer is one keyed hash and the room it needs.
type macer struct {
	hash.Hash
	head []byte
	sum  [sha256.Size]byte
}

func newSecret(raw []byte) *secret { return &secret{raw: raw} }

// mac is the base64 text of the HMAC-SHA256 over "id.timestamp.body".
func (k Key) mac(id, timestamp string, body []byte) (out [base64Len]byte) {
	m, ok := k.secret.free.Get().(*macer)
	if !ok {
		m = &macer{Hash: hmac.New(sha256.New, k.secret.raw)}
	}
	defer k.secret.free.Put(m)
	m.Reset()
	m.head = append(m.head[:0], id...)
	m.head = append(m.head, '.')
	m.head = append(m.head, timestamp...)
	m.head = append(m.head, '.')
	_, _ = m.Write(m.head) // a hash never fails to write
	_, _ = m.Write(body)
	base64.StdEncoding.Encode(out[:], m.Sum(m.sum[:0]))
	return out
}
