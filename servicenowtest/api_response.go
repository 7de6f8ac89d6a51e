package servicenowtest

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"

	"github.com/seed-a66f7fd3/servicenow/servicenowtest/internal/db"
)

const jsonType = "application/json;charset=UTF-8"

// result answers {"result": v}.
func (c *call) result(status int, v any) {
	c.write(status, map[string]any{"result": v})
}

func (c *call) write(status int, v any) {
	if c.wantsXML() {
		c.writeXML(status, v)
		return
	}
	c.w.Header().Set("Content-Type", jsonType)
	c.w.WriteHeader(status)
	enc := json.NewEncoder(c.w)
	enc.SetEscapeHTML(false)
	_ = enc.Encode(v)
}

// fail answers in the envelope all APIs share. An empty detail is null.
func (c *call) fail(status int, message, detail string) {
	writeError(c.w, status, message, detail)
}

func writeError(w http.ResponseWriter, status int, message, detail string) {
	var d any
	if detail != "" {
		d = detail
	}
	w.Header().Set("Content-Type", jsonType)
	w.WriteHeader(status)
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	_ = enc.Encode(map[string]any{"error": map[string]any{"message": message, "detail": d}, "status": "failure"})
}

func (c *call) noRecord() {
	c.fail(http.StatusNotFound, "No Record found", "Record doesn't exist or ACL restricts the record retrieval")
}

// aborter is an error of a write hook that knows how the refusal reads: a Business Rule's abort, a data policy.
type aborter interface {
	error
	Abort() (message, detail string)
}

// writeFailed answers for a write that the database, or a rule, refused.
func (c *call) writeFailed(err error) {
	var abort aborter
	switch {
	case errors.Is(err, db.ErrNotFound):
		c.noRecord()
	case errors.Is(err, db.ErrNoTable):
		c.fail(http.StatusBadRequest, "Invalid table", "")
	case errors.Is(err, db.ErrUnique):
		c.fail(http.StatusForbidden, "Operation Failed", "Error during insert: duplicate key value")
	case errors.As(err, &abort):
		message, detail := abort.Abort()
		c.fail(http.StatusForbidden, message, detail)
	default:
		c.fail(http.StatusForbidden, "Operation Failed", err.Error())
	}
}

// refused answers for a write that an ACL refuses.
func (c *call) refused(operation string) {
	c.fail(http.StatusForbidden, "Operation Failed",
		"ACL Exception "+operation+" Failed due to security constraints")
}

// maxBody is glide.rest.max_content_length, 10 MB by default.
// https://www.servicenow.com/docs/r/api-reference/rest-api-explorer/r_ControllingMaxRequestSize.html
const maxBody = 10 << 20

// object reads the body as one JSON (or XML) object. Of several records only the first is taken, as documented. It
// answers for itself when there is none.
func (c *call) object() (map[string]any, bool) {
	contentType := c.r.Header.Get("Content-Type")
	if contentType == "" {
		c.fail(http.StatusBadRequest, "Bad Request", "Missing required header: Content-Type")
		return nil, false
	}
	isXML := strings.Contains(contentType, "xml")
	if !isXML && !strings.Contains(contentType, "json") {
		c.fail(http.StatusUnsupportedMediaType, "Unsupported media type", contentType)
		return nil, false
	}
	body, err := io.ReadAll(http.MaxBytesReader(c.w, c.r.Body, maxBody))
	if err != nil {
		c.fail(http.StatusBadRequest, "Exception while reading request", err.Error())
		return nil, false
	}
	m, err := decodeObject(body, isXML)
	if err != nil {
		c.fail(http.StatusBadRequest, "Exception while reading request", err.Error())
		return nil, false
	}
	return m, true
}

func decodeObject(body []byte, isXML bool) (map[string]any, error) {
	if isXML {
		return decodeXML(body)
	}
	if strings.TrimSpace(string(body)) == "" {
		return map[string]any{}, nil
	}
	v, err := decodeJSON(body)
	if err != nil {
		return nil, err
	}
	if list, ok := v.([]any); ok && len(list) > 0 {
		v = list[0]
	}
	if wrapped, ok := v.(map[string]any); ok {
		if records, ok := wrapped["records"].([]any); ok && len(wrapped) == 1 && len(records) > 0 {
			v = records[0]
		}
	}
	m, ok := v.(map[string]any)
	if !ok {
		return nil, errors.New("the body is not an object")
	}
	return m, nil
}
