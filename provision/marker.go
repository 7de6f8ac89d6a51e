package provision

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"strings"
)

// marker stands in the description of every record of ours. Admins rename records; the marker stays.
type marker struct {
	Key     string `json:"key"`
	Version int    `json:"v"`
	SHA256  string `json:"sha256,omitempty"` // of a script as we wrote it, so that an edit can be told from an update
	Columns string `json:"cols,omitempty"`   // the same of a rule's other columns, abbreviated
	KeyID   string `json:"kid,omitempty"`    // webhook.Key.ID of the secret in a property
}

// markerPrefix is what a query looks for: a marker begins with it, and goes on with its key in quotes.
func markerPrefix(vendor string) string { return vendor + `:{"key":` }

func (m marker) describe(vendor, label string) string {
	text, _ := json.Marshal(m) // strings and a number cannot fail
	return "Managed by " + label + "; overwritten on provision. " + vendor + ":" + string(text)
}

// markerIn finds the vendor's marker in a description, to which people may have added words.
func markerIn(vendor, description string) (marker, bool) {
	at := strings.Index(description, markerPrefix(vendor))
	if at < 0 || at > 0 && description[at-1] != ' ' {
		return marker{}, false
	}
	var m marker
	err := json.NewDecoder(strings.NewReader(description[at+len(vendor)+1:])).Decode(&m)
	return m, err == nil && m.Key != ""
}

// normalised is a script as it is compared: the platform stores line ends as it likes.
func normalised(script string) string {
	lines := strings.Split(strings.ReplaceAll(script, "\r\n", "\n"), "\n")
	for i, l := range lines {
		lines[i] = strings.TrimRight(l, " \t\r")
	}
	return strings.TrimRight(strings.Join(lines, "\n"), "\n")
}

// ScriptHash is the SHA-256 of a script, in hexadecimal, after normalising line ends and trailing blanks: what Verify
// and the doctor compare.
func ScriptHash(script string) string {
	sum := sha256.Sum256([]byte(normalised(script)))
	return hex.EncodeToString(sum[:])
}
