package rest

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"unicode"
)

// How much of the platform's words an Error keeps.
const (
	maxMessage = 300
	maxDetail  = 600
)

// refusal is what the body of a refusal says.
type refusal struct {
	message, detail string
	page            page
}

// envelope is the shape of a refusal: {"error":{"message":…,"detail":…},"status":"failure"}. Some endpoints write
// the error as a string, and those of OAuth add error_description.
type envelope struct {
	Error       json.RawMessage `json:"error"`
	Description string          `json:"error_description"`
}

// readRefusal reads at most 64 KiB, whatever comes.
func readRefusal(resp *http.Response) refusal {
	body, _ := io.ReadAll(io.LimitReader(resp.Body, maxErrorBody))
	body = bytes.TrimLeft(body, " \t\r\n\ufeff")
	if len(body) == 0 {
		return refusal{}
	}
	var e envelope
	if body[0] == '{' && json.Unmarshal(body, &e) == nil {
		return e.refusal()
	}
	if body[0] == '<' || mediaType(resp.Header) == "text/html" {
		return refusal{page: pageOf(body)}
	}
	return refusal{}
}

func (e envelope) refusal() refusal {
	r := parseError(e.Error)
	if r.detail == "" {
		r.detail = oneLine(e.Description, maxDetail)
	}
	return r
}

// parseError reads the error member in either form. Detail may be null, and is sometimes no string.
func parseError(raw json.RawMessage) refusal {
	var s string
	if json.Unmarshal(raw, &s) == nil {
		return refusal{message: oneLine(s, maxMessage)}
	}
	var o struct {
		Message any `json:"message"`
		Detail  any `json:"detail"`
	}
	_ = json.Unmarshal(raw, &o) // what is no object has no words
	message, _ := o.Message.(string)
	detail, _ := o.Detail.(string)
	return refusal{message: oneLine(message, maxMessage), detail: oneLine(detail, maxDetail)}
}

// isCancellation knows the sentences with which the quota manager ends a transaction.
func isCancellation(s string) bool {
	s = strings.ToLower(s)
	return strings.Contains(s, "transaction cancel") || strings.Contains(s, "maximum execution time") ||
		strings.Contains(s, "canceled by") || strings.Contains(s, "cancelled by")
}

// oneLine makes text fit for a log line: blanks and control characters become single blanks, a URL loses its query,
// which may hold customer data, and the rest is cut to at most n bytes.
func oneLine(s string, n int) string {
	if len(s) > 8*n {
		s = s[:8*n]
	}
	words := strings.FieldsFunc(s, func(r rune) bool { return unicode.IsSpace(r) || isControl(r) })
	for i, w := range words {
		if before, _, found := strings.Cut(w, "?"); found && strings.Contains(before, "/") {
			words[i] = before
		}
	}
	s = strings.Join(words, " ")
	if len(s) > n {
		s = s[:n] + "…"
	}
	return strings.ToValidUTF8(s, "")
}

// redact removes the call's own credential from what the instance, or something in front of it, wrote back.
func redact(s string, sent http.Header) string {
	if s == "" {
		return s
	}
	for name := range reserved {
		for _, v := range sent[name] {
			for _, secret := range secretsIn(v) {
				s = withoutCut(strings.ReplaceAll(s, secret, redacted), secret)
			}
		}
	}
	return s
}

const redacted = "[redacted]"

// withoutCut removes the beginning of a secret at the place where a long text was cut.
func withoutCut(s, secret string) string {
	said, cut := strings.CutSuffix(s, "…")
	if !cut {
		return s
	}
	for n := min(len(secret), len(said)); n >= shortestSecret; n-- {
		if strings.HasSuffix(said, secret[:n]) {
			return said[:len(said)-n] + redacted + "…"
		}
	}
	return s
}

func secretsIn(value string) []string {
	_, credential, found := strings.Cut(value, " ")
	if !found {
		credential = value
	}
	secrets := []string{credential}
	if plain, err := base64.StdEncoding.DecodeString(credential); err == nil {
		if _, password, ok := strings.Cut(string(plain), ":"); ok {
			secrets = append(secrets, password)
		}
	}
	var long []string
	for _, s := range secrets {
		if len(s) >= shortestSecret {
			long = append(long, s)
		}
	}
	return long
}

// shortestSecret is looked for: shorter ones would turn every message into noise, and say nothing.
const shortestSecret = 4
