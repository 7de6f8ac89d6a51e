package table

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
	"strings"
)

// The Batch API's own envelope, which has no result member. Bodies travel in base64.

type batchBody struct {
	ID       string         `json:"batch_request_id"`
	Requests []batchRequest `json:"rest_requests"`
}

type batchRequest struct {
	ID             string        `json:"id"`
	Method         string        `json:"method"`
	URL            string        `json:"url"`
	Headers        []batchHeader `json:"headers"`
	Body           []byte        `json:"body,omitempty"`
	ExcludeHeaders bool          `json:"exclude_response_headers"`
}

type batchHeader struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

type batchAnswer struct {
	Serviced   []serviced `json:"serviced_requests"`
	Unserviced []string   `json:"unserviced_requests"`
}

// serviced is the answer to one item. Unlike everywhere else on the platform, its numbers are JSON numbers.
type serviced struct {
	ID           string        `json:"id"`
	Status       int           `json:"status_code"`
	Headers      []batchHeader `json:"headers"`
	Body         string        `json:"body"`
	ErrorMessage string        `json:"error_message"`
}

// body is the answer without its base64, which may be broken into lines, as in the documentation's example. An item
// that failed may have its message beside a body that is empty.
func (s serviced) body() ([]byte, error) {
	if s.Body == "" && s.ErrorMessage != "" {
		return json.Marshal(map[string]any{"error": map[string]string{"message": s.ErrorMessage}})
	}
	text := strings.NewReplacer(" ", "", "\n", "", "\r", "", "\t", "").Replace(s.Body)
	return base64.StdEncoding.DecodeString(text)
}

// header is what the item's answer had. Where headers were left out, the body is taken for the JSON asked for; what is
// none will not decode.
func (s serviced) header() http.Header {
	h := http.Header{}
	for _, pair := range s.Headers {
		h.Add(pair.Name, pair.Value)
	}
	if h.Get("Content-Type") == "" && s.Body+s.ErrorMessage != "" {
		h.Set("Content-Type", "application/json")
	}
	return h
}

var errLost = errors.New("servicenow: the answer to the batch does not mention the call")

// share hands each item its answer and returns those that were not serviced.
func (a batchAnswer) share(items []*item) (left []*item) {
	answers := map[string]serviced{}
	for _, s := range a.Serviced {
		answers[s.ID] = s
	}
	waiting := map[string]bool{}
	for _, id := range a.Unserviced {
		waiting[id] = true
	}
	for i, it := range items {
		id := strconv.Itoa(i + 1)
		answer, ok := answers[id]
		switch {
		case ok:
			it.done = true
			it.take(answer)
		case waiting[id]:
			left = append(left, it)
		default:
			it.done = true
			it.fail(errLost)
		}
	}
	return left
}
