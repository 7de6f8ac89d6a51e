package provision

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"

	"github.com/seed-a66f7fd3/servicenow/internal/rest"
	"github.com/seed-a66f7fd3/servicenow/table"
)

// answer is what one call of an exchange came to: rows of a list, or the one row of a write.
type answer struct {
	rows []table.Record
	err  error
}

// exchange sends calls in order in one HTTP call, by the Batch API, and one by one on instances whose access policies
// keep the token from that API.
func (p *Provisioner) exchange(ctx context.Context, name string, ops []rest.Op) ([]answer, error) {
	if len(ops) == 0 {
		return nil, nil
	}
	if !p.noBatch.Load() && len(ops) > 1 {
		answers, err := p.batch(ctx, name, ops)
		if !errors.Is(err, rest.ErrForbidden) && !errors.Is(err, rest.ErrNotFound) {
			return answers, err
		}
		p.noBatch.Store(true)
	}
	answers := make([]answer, len(ops))
	for i, op := range ops {
		var raw json.RawMessage
		_, err := p.conn.Do(ctx, op, &raw)
		answers[i] = answerOf(raw, err)
		if ctx.Err() != nil {
			return nil, fmt.Errorf("provision: %w", ctx.Err())
		}
	}
	return answers, nil
}

// The shapes of the Batch API, https://www.servicenow.com/docs/r/api-reference/rest-apis/batch-api.html.
type (
	batchRequest struct {
		ID    string      `json:"batch_request_id"`
		Items []batchItem `json:"rest_requests"`
	}
	batchItem struct {
		ID             string        `json:"id"`
		Method         string        `json:"method"`
		URL            string        `json:"url"`
		Headers        []batchHeader `json:"headers"`
		Body           []byte        `json:"body,omitempty"` // base64 on the wire, as encoding/json has it
		ExcludeHeaders bool          `json:"exclude_response_headers"`
	}
	batchHeader struct {
		Name  string `json:"name"`
		Value string `json:"value"`
	}
	batchAnswer struct {
		Serviced []struct {
			ID      string        `json:"id"`
			Status  int           `json:"status_code"`
			Body    []byte        `json:"body"`
			Headers []batchHeader `json:"headers"`
		} `json:"serviced_requests"`
	}
)

func (p *Provisioner) batch(ctx context.Context, name string, ops []rest.Op) ([]answer, error) {
	request := batchRequest{ID: name}
	replay := rest.Always
	for i, op := range ops {
		method, url, header, body, err := p.conn.Prepare(op)
		if err != nil {
			return nil, err
		}
		item := batchItem{ID: strconv.Itoa(i), Method: method, URL: url, Body: body}
		for name := range header {
			item.Headers = append(item.Headers, batchHeader{Name: name, Value: header.Get(name)})
		}
		request.Items = append(request.Items, item)
		if method == http.MethodPost {
			replay = rest.Never
		}
	}
	resp, err := p.conn.Open(ctx, rest.Op{Name: "provision." + name, Method: http.MethodPost,
		Path: []string{"api", "now", "v1", "batch"}, Body: request, Replay: replay})
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	var got batchAnswer
	if err := json.NewDecoder(http.MaxBytesReader(nil, resp.Body, maxAnswer)).Decode(&got); err != nil {
		return nil, fmt.Errorf("provision: the batch's answer: %w", err)
	}
	return sortAnswers(ops, got), nil
}

// maxAnswer bounds an exchange. A hundred rows of our rules have less than 2 MB.
const maxAnswer = 16 << 20

// errUnserviced is for items that the instance left out because the batch reached one of its limits.
var errUnserviced = fmt.Errorf("provision: the instance did not get to this call: %w", rest.ErrUnavailable)

func sortAnswers(ops []rest.Op, got batchAnswer) []answer {
	out := make([]answer, len(ops))
	for i := range out {
		out[i].err = errUnserviced
	}
	for _, s := range got.Serviced {
		i, err := strconv.Atoi(s.ID)
		if err != nil || i < 0 || i >= len(ops) {
			continue
		}
		header := http.Header{}
		for _, h := range s.Headers {
			header.Add(h.Name, h.Value)
		}
		if header.Get("Content-Type") == "" {
			header.Set("Content-Type", "application/json")
		}
		var raw json.RawMessage
		err = rest.Decode(ops[i], s.Status, header, s.Body, &raw)
		out[i] = answerOf(raw, err)
	}
	return out
}

func answerOf(raw json.RawMessage, err error) answer {
	if err != nil || len(raw) == 0 {
		return answer{err: err}
	}
	var a answer
	if raw[0] == '[' {
		a.err = json.Unmarshal(raw, &a.rows)
		return a
	}
	var row table.Record
	a.err = json.Unmarshal(raw, &row)
	a.rows = []table.Record{row}
	return a
}
