package rules

import (
	"crypto/hmac"
	"crypto/md5"  //nolint:gosec // the platform offers it
	"crypto/sha1" //nolint:gosec // the platform offers it
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"hash"
)

// macs are the algorithms of GlideCertificateEncryption.generateMac, by their Java names.
// https://www.servicenow.com/docs/r/api-reference/server-api-reference/c_GlideCertificateEncryptionAPI.html
var macs = map[string]func() hash.Hash{
	"HmacMD5": md5.New, "HmacSHA1": sha1.New, "HmacSHA256": sha256.New, "HmacSHA384": sha512.New384,
	"HmacSHA512": sha512.New,
}

var digests = map[string]func() hash.Hash{"md5": md5.New, "sha1": sha1.New, "sha256": sha256.New}

func (m *machine) cryptoBridge() map[string]func(args) any {
	return map[string]func(args) any{
		"generateMac": func(a args) any { return generateMac(a.text(0), a.text(1), a.text(2)) },
		"digest": func(a args) any {
			h := digests[a.text(0)]()
			h.Write([]byte(a.text(1)))
			if a.text(2) == "hex" {
				return hex.EncodeToString(h.Sum(nil))
			}
			return base64.StdEncoding.EncodeToString(h.Sum(nil))
		},
	}
}

// generateMac wants the key in base64 and gives the MAC in base64, or null for a key or an algorithm it cannot use.
//
// belief: the MAC is computed over the UTF-8 bytes of the data; undocumented, and settled by one signed request whose
// body holds an "é".
func generateMac(key, algorithm, data string) any {
	raw, err := base64.StdEncoding.DecodeString(key)
	newHash := macs[algorithm]
	if err != nil || newHash == nil || len(raw) == 0 {
		return nil
	}
	mac := hmac.New(newHash, raw)
	mac.Write([]byte(data))
	return base64.StdEncoding.EncodeToString(mac.Sum(nil))
}
