package auth

import (
	"encoding/base64"
	"strings"
)

// sealedPrefix names the form of a sealed Pending; a later form gets another number.
const sealedPrefix = "sealed1."

var pendingAAD = bind("sn-auth/1 consent")

// SealPending writes p so that only this ring can read it and nobody can change it: for a cookie. [Handler] uses it.
func (k *Keys) SealPending(p Pending) (string, error) {
	text, err := p.MarshalText()
	if err != nil {
		return "", err
	}
	b := append([]byte{byte(len(k.primary))}, k.primary...)
	b = k.ring[k.primary].Seal(b, nil, text, pendingAAD)
	return sealedPrefix + base64.RawURLEncoding.EncodeToString(b), nil
}

// OpenPending reads what SealPending wrote. Anything else, and what a key sealed that left the ring, is ErrTampered.
func (k *Keys) OpenPending(text string) (Pending, error) {
	enc, ok := strings.CutPrefix(text, sealedPrefix)
	if !ok || len(text) > maxPending {
		return Pending{}, tampered()
	}
	b, err := base64.RawURLEncoding.Strict().DecodeString(enc)
	if err != nil || len(b) < 1 || len(b) < 1+int(b[0]) {
		return Pending{}, tampered()
	}
	id, b := b[1:1+int(b[0])], b[1+int(b[0]):]
	aead := k.ring[string(id)]
	if aead == nil {
		return Pending{}, tampered()
	}
	plain, err := aead.Open(nil, nil, b, pendingAAD)
	if err != nil {
		return Pending{}, tampered()
	}
	var p Pending
	return p, p.UnmarshalText(plain)
}
