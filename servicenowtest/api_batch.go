package servicenowtest

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/textproto"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
)

// addBatch mounts the Batch API, which is documented with a version only:
// https://www.servicenow.com/docs/r/api-reference/rest-apis/batch-api.html
func (a *api) addBatch() {
	a.add(http.MethodPost, "now/batch", "v1 v2", (*call).batch)
}

type batchRequest struct {
	ID       string      `json:"batch_request_id"`
	Requests []batchItem `json:"rest_requests"`
}

type batchItem struct {
	ID             string        `json:"id"`
	Method         string        `json:"method"`
	URL            string        `json:"url"`
	Headers        []batchHeader `json:"headers"`
	Body           string        `json:"body"`
	ExcludeHeaders bool          `json:"exclude_response_headers"`
}

type batchHeader struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// batchAnswer holds, unlike all else on the platform, JSON numbers.
type batchAnswer struct {
	ID            string        `json:"id"`
	Body          string        `json:"body"`
	StatusCode    int           `json:"status_code"`
	StatusText    string        `json:"status_text"`
	Headers       []batchHeader `json:"headers"`
	ExecutionTime int64         `json:"execution_time"`
	ErrorMessage  string        `json:"error_message,omitempty"`
	RedirectURL   string        `json:"redirect_url,omitempty"`
}

// Documented limits of one item: defaults of two properties, of which the first goes up to 10 MB.
const (
	defaultBatchInput  = 5 << 20
	defaultBatchOutput = 10 << 20
	maxBatchInput      = 10 << 20
)

// batchInput and batchOutput are the limits in bytes.
//
// belief: the properties count bytes, as the header X-BATCHREQUEST-MAX-OUTPUT-SIZE does; the page gives no unit.
func (c *call) batchInput() int {
	return min(c.size("glide.rest.batch.max.inputSize", defaultBatchInput), maxBatchInput)
}

func (c *call) batchOutput() int {
	limit := c.size("glide.rest.batch.max.outputSize", defaultBatchOutput)
	if n, err := strconv.Atoi(c.r.Header.Get("X-Batchrequest-Max-Output-Size")); err == nil && n > 0 {
		return min(n, limit)
	}
	return limit
}

func (c *call) size(property string, byDefault int) int {
	if n, err := strconv.Atoi(c.property(property)); err == nil && n > 0 {
		return n
	}
	return byDefault
}

// batch runs the items one after the other. What does not run before a limit is reached is listed as unserviced.
func (c *call) batch() {
	if strings.Contains(c.r.Header.Get("Content-Type"), "xml") {
		c.fail(http.StatusUnsupportedMediaType, "Unsupported media type", "A batch is sent as application/json")
		return
	}
	body, ok := c.object()
	if !ok {
		return
	}
	text, _ := json.Marshal(body)
	var req batchRequest
	if err := json.Unmarshal(text, &req); err != nil || req.Requests == nil {
		c.fail(http.StatusBadRequest, "Invalid batch request", "rest_requests is required")
		return
	}
	serviced, unserviced := []batchAnswer{}, []string{}
	for i, item := range req.Requests {
		cut := c.quirk.BatchServices > 0 && i >= c.quirk.BatchServices
		if cut || len(unserviced) > 0 || len(item.Body) > c.batchInput()*4/3 {
			unserviced = append(unserviced, item.ID)
			continue
		}
		answer, fits := c.batchItem(item)
		if !fits {
			unserviced = append(unserviced, item.ID)
			continue
		}
		serviced = append(serviced, answer)
	}
	c.write(http.StatusOK, map[string]any{"batch_request_id": req.ID, "serviced_requests": serviced,
		"unserviced_requests": unserviced})
}

// batchItem runs one item as the caller of the batch. It does not fit when its answer is larger than allowed.
func (c *call) batchItem(item batchItem) (answer batchAnswer, fits bool) {
	begin := time.Now()
	answer = batchAnswer{ID: item.ID, Headers: []batchHeader{}}
	req, err := c.innerRequest(item)
	if err != nil {
		answer.StatusCode, answer.StatusText = http.StatusBadRequest, "Bad Request"
		answer.ErrorMessage = err.Error()
		return answer, true
	}
	rec := &itemAnswer{header: http.Header{}}
	c.inner(rec, req, c.s)
	answer.StatusCode, answer.StatusText = rec.status, http.StatusText(rec.status)
	answer.Body = base64.StdEncoding.EncodeToString(rec.body.Bytes())
	answer.ExecutionTime = time.Since(begin).Milliseconds()
	if !item.ExcludeHeaders {
		for name, values := range rec.header {
			answer.Headers = append(answer.Headers, batchHeader{name, strings.Join(values, ", ")})
		}
		slices.SortFunc(answer.Headers, func(a, b batchHeader) int { return strings.Compare(a.Name, b.Name) })
	}
	return answer, rec.body.Len() <= c.batchOutput()
}

func (c *call) innerRequest(item batchItem) (*http.Request, error) {
	if item.ID == "" || item.Method == "" || !strings.HasPrefix(item.URL, "/api/") {
		return nil, fmt.Errorf("id, method and a relative url are required")
	}
	compact := strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) {
			return -1
		}
		return r
	}, item.Body)
	body, err := base64.StdEncoding.DecodeString(compact)
	if err != nil {
		return nil, fmt.Errorf("body is not base64: %w", err)
	}
	req, err := http.NewRequestWithContext(c.r.Context(), strings.ToUpper(item.Method), item.URL, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	req.Host = c.r.Host
	for _, h := range item.Headers {
		req.Header.Set(textproto.CanonicalMIMEHeaderKey(h.Name), h.Value)
	}
	return req, nil
}

// itemAnswer keeps the answer of one item.
type itemAnswer struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func (r *itemAnswer) Header() http.Header { return r.header }

func (r *itemAnswer) WriteHeader(status int) {
	if r.status == 0 {
		r.status = status
	}
}

func (r *itemAnswer) Write(p []byte) (int, error) {
	r.WriteHeader(http.StatusOK)
	return r.body.Write(p)
}
