package rest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"reflect"

	"github.com/seed-a66f7fd3/servicenow/internal/remedy"
)

// maxAnswer bounds an answer that is decoded whole. Lists of rows and files are streamed and have no bound.
const maxAnswer = 64 << 20

// decodeAnswer decodes the result of a good answer into out, which may be nil.
func decodeAnswer(resp *http.Response, op Op, out any) error {
	if op.Method == http.MethodHead || resp.StatusCode == http.StatusNoContent {
		return nil
	}
	if v := reflect.ValueOf(out); v.Kind() == reflect.Pointer && !v.IsNil() {
		v.Elem().SetZero() // an earlier attempt may have left a part
	}
	seen := &seenReader{from: io.LimitedReader{R: resp.Body, N: maxAnswer + 1}}
	err := decodeObject(json.NewDecoder(seen), op, out)
	if err == nil || errors.As(err, new(verdictError)) {
		return err
	}
	if out == nil && seen.err == nil && seen.saysNothing() {
		return nil // nobody asked for a body
	}
	return verdictError{seen.judge(err)}
}

// decodeObject reads {"result":…} to the closing brace and beyond: the platform appends an "error" when it cancels a
// transaction whose answer is on its way.
func decodeObject(dec *json.Decoder, op Op, out any) error {
	if op.Bare {
		return decodeBare(dec, out)
	}
	if err := open(dec); err != nil {
		return err
	}
	found, refused := false, json.RawMessage(nil)
	for dec.More() {
		name, err := dec.Token()
		if err != nil {
			return err
		}
		switch {
		case name == "result" && found:
			return errors.New("two results")
		case name == "result":
			found, err = true, dec.Decode(orSkip(out))
		case name == "error":
			err = dec.Decode(&refused)
		default:
			err = dec.Decode(new(json.RawMessage))
		}
		if err != nil {
			return err
		}
	}
	if err := end(dec); err != nil {
		return err
	}
	return complete(found, refused)
}

// complete wants a result and no error.
func complete(found bool, refused json.RawMessage) error {
	switch {
	case len(refused) > 0 && string(refused) != "null":
		r := parseError(refused)
		v := &verdict{class: ErrInvalid, message: r.message, detail: r.detail}
		if found || isCancellation(r.message+" "+r.detail) {
			v.class, v.cause, v.cut = ErrTransactionCancelled, remedy.Cancelled, overloaded
		}
		return verdictError{v}
	case !found:
		return errors.New("no result")
	}
	return nil
}

// decodeBare decodes an answer that is its own result. An error in its place is still an error.
func decodeBare(dec *json.Decoder, out any) error {
	var all json.RawMessage
	if err := dec.Decode(&all); err != nil {
		return err
	}
	if _, err := dec.Token(); err != io.EOF {
		return errTrailing
	}
	var e envelope
	if err := json.Unmarshal(all, &e); err != nil {
		return err
	}
	if err := complete(true, e.Error); err != nil {
		return err
	}
	return json.Unmarshal(all, orSkip(out))
}

var errTrailing = errors.New("something follows the answer")

func open(dec *json.Decoder) error {
	first, err := dec.Token()
	if err != nil {
		return err
	}
	if first != json.Delim('{') {
		return errors.New("no object")
	}
	return nil
}

func end(dec *json.Decoder) error {
	if _, err := dec.Token(); err != nil {
		return err
	}
	if _, err := dec.Token(); err != io.EOF {
		return errTrailing
	}
	return nil
}

func orSkip(out any) any {
	if out == nil {
		return new(json.RawMessage)
	}
	return out
}

// seenReader keeps the start and the end of what was read, to tell afterwards what a broken body was.
type seenReader struct {
	from       io.LimitedReader
	head, tail []byte
	n          int64
	err        error // of the body, not of its JSON
}

const seenSize = 1 << 10

func (s *seenReader) Read(p []byte) (int, error) {
	n, err := s.from.Read(p)
	if room := seenSize - len(s.head); room > 0 {
		s.head = append(s.head, p[:min(n, room)]...)
	}
	s.n += int64(n)
	s.tail = lastOf(s.tail, p[:n])
	if err != nil && !errors.Is(err, io.EOF) {
		s.err = err
	}
	return n, err
}

func lastOf(tail, p []byte) []byte {
	if len(p) >= seenSize {
		return append(tail[:0], p[len(p)-seenSize:]...)
	}
	tail = append(tail, p...)
	if over := len(tail) - seenSize; over > 0 {
		tail = tail[:copy(tail, tail[over:])]
	}
	return tail
}

// saysNothing reports an answer without content. Deletions are documented with no body and, in the samples of the
// Attachment API, with an empty JSON text.
func (s *seenReader) saysNothing() bool {
	body := string(bytes.TrimSpace(s.head))
	return body == "" || body == `""` || body == "null" || body == "{}"
}

// judge says what a body was that could not be decoded.
func (s *seenReader) judge(err error) *verdict {
	var shape *json.UnmarshalTypeError
	cut := errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF)
	switch {
	case s.from.N <= 0:
		return &verdict{class: ErrInvalid, err: fmt.Errorf("the answer is longer than %d MiB", maxAnswer>>20)}
	case s.err != nil && !errors.Is(s.err, io.ErrUnexpectedEOF):
		return judgeTransport(s.err, nil, nil)
	case s.n == 0 && s.err == nil:
		return &verdict{class: ErrNotJSON, message: "an empty answer", again: ifReplayable, slow: true}
	case looksLikePage(s.head):
		return notJSON(pageOf(s.head))
	case s.cancelled():
		return &verdict{class: ErrTransactionCancelled, message: "cancelled in the middle of the answer",
			cause: remedy.Cancelled, cut: overloaded}
	case cut || s.err != nil:
		return &verdict{class: ErrTransactionCancelled, err: io.ErrUnexpectedEOF, cause: remedy.Network,
			again: ifReplayable}
	case errors.As(err, &shape):
		return &verdict{err: fmt.Errorf("the result has another shape than expected: %w", err)}
	}
	return &verdict{class: ErrNotJSON, message: "malformed JSON", cause: remedy.NotAnAPI, again: ifReplayable}
}

// cancelled knows the form in which the error is appended in the middle of a row, which is no JSON any more.
func (s *seenReader) cancelled() bool {
	return bytes.Contains(s.tail, []byte(`"error"`)) &&
		(isCancellation(string(s.tail)) || bytes.Contains(s.tail, []byte(`"failure"`)))
}
