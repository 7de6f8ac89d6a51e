package webhook

import (
	"net/http"
	"strconv"
	"strings"
	"time"
)

// Sign returns the headers that make a [Verifier] with one of keys accept body: for tests, and to check a script
// against. Several keys give several signatures, as a rule sends them while its secret rotates.
func Sign(id string, at time.Time, body []byte, keys ...Key) http.Header {
	timestamp := strconv.FormatInt(at.Unix(), 10)
	entries := make([]string, 0, len(keys))
	for _, k := range keys {
		mac := k.mac(id, timestamp, body)
		entries = append(entries, SignatureVersion+","+string(mac[:]))
	}
	h := http.Header{}
	h.Set("Content-Type", "application/json; charset=utf-8")
	h.Set(HeaderID, id)
	h.Set(HeaderTimestamp, timestamp)
	h.Set(HeaderSignature, strings.Join(entries, " "))
	return h
}
