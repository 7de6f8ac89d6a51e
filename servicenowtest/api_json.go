package servicenowtest

import (
	"bytes"
	"encoding/json"
	"errors"
)

// decodeJSON reads a body of one JSON value. What strict JSON refuses gets a second chance in the relaxed form that the
// documentation's own examples send: text in single quotes, and names without quotes.
// https://www.servicenow.com/docs/r/api-reference/rest-apis/c_TableAPI.html (--data "{'urgency':'1'}") and
// https://www.servicenow.com/docs/r/api-reference/rest-apis/case-api.html (--data "{ priority: \"4\" }")
func decodeJSON(body []byte) (any, error) {
	v, err := strictJSON(body)
	if err == nil {
		return v, nil
	}
	if relaxed, ok := relaxJSON(body); ok {
		if v, second := strictJSON(relaxed); second == nil {
			return v, nil
		}
	}
	return nil, err
}

func strictJSON(body []byte) (any, error) {
	var v any
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber()
	if err := d.Decode(&v); err != nil {
		return nil, err
	}
	if d.More() {
		return nil, errors.New("unexpected text after the object")
	}
	return v, nil
}

// relaxJSON puts double quotes where single ones, or none, are. It reports false when a quote is not closed.
func relaxJSON(body []byte) ([]byte, bool) {
	var out bytes.Buffer
	for i := 0; i < len(body); {
		c := body[i]
		switch {
		case c == '\'' || c == '"':
			end := closingQuote(body, i)
			if end < 0 {
				return nil, false
			}
			out.Write(quote(string(body[i+1:end]), c))
			i = end + 1
		case isWord(c):
			end := i
			for end < len(body) && isWord(body[end]) {
				end++
			}
			out.Write(nameOrLiteral(body[i:end], body[end:]))
			i = end
		default:
			out.WriteByte(c)
			i++
		}
	}
	return out.Bytes(), true
}

func closingQuote(body []byte, open int) int {
	for i := open + 1; i < len(body); i++ {
		switch body[i] {
		case '\\':
			i++
		case body[open]:
			return i
		}
	}
	return -1
}

// quote gives a text that stood between mark as a JSON text: what mark made special is so no more.
func quote(text string, mark byte) []byte {
	out := []byte{'"'}
	for i := 0; i < len(text); i++ {
		switch {
		case text[i] == '\\' && mark == '\'' && text[i+1] == '\'':
			i++
			out = append(out, '\'')
		case text[i] == '\\': // another escape: both of its characters stay
			out = append(out, text[i], text[i+1])
			i++
		case text[i] == '"':
			out = append(out, '\\', '"')
		default:
			out = append(out, text[i])
		}
	}
	return append(out, '"')
}

// nameOrLiteral quotes a word that a colon follows; other words are numbers, true, false and null.
func nameOrLiteral(word, rest []byte) []byte {
	if bytes.HasPrefix(bytes.TrimLeft(rest, " \t\r\n"), []byte(":")) {
		return []byte(`"` + string(word) + `"`)
	}
	return word
}

func isWord(c byte) bool {
	return c == '_' || c == '.' || c == '-' || c == '+' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
}
