package auth

import (
	"bytes"
	_ "embed"
	"errors"
	"html/template"
	"net/http"

	"github.com/seed-a66f7fd3/servicenow/internal/rest"
)

//go:embed page.html
var pageText string

var pageTemplate = template.Must(template.New("page").Parse(pageText))

// Message is what the callback page posts to its opener, as a plain object.
type Message struct {
	// Type is MessageType, so that a listener can tell it from others.
	Type string `json:"type"`
	// Tenant is for whom the consent was.
	Tenant string `json:"tenant"`
	// OK is true when the connection is made.
	OK bool `json:"ok"`
	// Code, Problem and Remedy are empty when OK.
	Code    Code   `json:"code,omitempty"`
	Problem string `json:"problem,omitempty"`
	Remedy  string `json:"remedy,omitempty"`
}

// MessageType is the Type of every Message.
const MessageType = "servicenow-consent"

type page struct {
	Nonce   string
	Message Message
	Opener  string
	Next    string
	Retry   bool
}

// problems is what the page says to the person in front of it, where "access_denied" would not do.
var problems = map[Code]string{
	ErrAccessDenied:     "Access was not allowed on the instance.",
	ErrInvalidClient:    "The instance does not know this OAuth application, or its secret.",
	ErrInvalidScope:     "The instance does not grant the scopes that were asked for.",
	ErrRedirectMismatch: "The answer arrived on another address than the one registered.",
	ErrMissingCode:      "The answer of the instance carried no code.",
	ErrMissingState:     "The answer of the instance cannot be matched with a consent.",
	ErrForeignState:     "This consent was not begun in this browser, or it is finished already.",
	ErrExpired:          "The consent took too long.",
	ErrReplay:           "This consent was finished before.",
	ErrForeignPending:   "This consent was begun for another account.",
	ErrTampered:         "What this browser kept about the consent is damaged.",
	ErrMalformed:        "The instance's answer is not a token.",
	ErrUnreachable:      "The instance does not answer.",
	ErrInvalidGrant:     "The instance refused the code: it was used before, or is too old.",
	ErrServerError:      "The instance refused the request without saying why.",

	ErrInvalidRequest:      "The instance does not accept the request.",
	ErrTemporary:           "The instance cannot answer now.",
	ErrUnauthorizedClient:  "This OAuth application may not ask for consent.",
	ErrUnsupportedResponse: "The instance does not offer this kind of consent.",
}

// show writes the last page of a consent. Only what this package wrote itself, and an error's remedy, is shown: other
// errors are the host's and go to the log.
func (h *Handler) show(w http.ResponseWriter, r *http.Request, tenant string, err error) {
	p := page{Nonce: newState(), Opener: h.config.Opener, Next: h.config.Next}
	p.Message = Message{Type: MessageType, Tenant: tenant, OK: err == nil}
	status := http.StatusOK
	if err != nil {
		h.config.Logger.WarnContext(r.Context(), "consent not completed", "tenant", tenant, "error", err)
		status = http.StatusBadRequest
		p.Message.Problem = "The connection could not be completed."
		var e *Error
		var refused *rest.Error
		switch {
		case errors.As(err, &e):
			p.Message.Code, p.Message.Remedy = e.Code, e.Remedy
			if text, ok := problems[e.Code]; ok {
				p.Message.Problem = text
			}
		case errors.As(err, &refused):
			p.Message.Remedy = refused.Remedy
		}
		if p.Retry = errors.Is(err, ErrUnavailable); p.Retry {
			status = http.StatusBadGateway
		}
	}
	var b bytes.Buffer
	if err := pageTemplate.Execute(&b, p); err != nil {
		http.Error(w, "internal error", http.StatusInternalServerError)
		return
	}
	header := w.Header()
	header.Set("Content-Type", "text/html; charset=utf-8")
	header.Set("Content-Security-Policy", "default-src 'none'; script-src 'nonce-"+p.Nonce+"'; style-src 'nonce-"+p.Nonce+
		"'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
	header.Set("Cache-Control", "no-store")
	header.Set("Referrer-Policy", "no-referrer") // the page's own address holds the code
	header.Set("X-Content-Type-Options", "nosniff")
	header.Set("X-Frame-Options", "DENY")
	w.WriteHeader(status)
	_, _ = w.Write(b.Bytes())
}
