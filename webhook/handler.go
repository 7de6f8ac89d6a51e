package webhook

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"
)

// Endpoint is what a [Handler] must know about a tenant.
type Endpoint struct {
	// Keys verify signed deliveries: the current one and, during a rotation, the next or the last. Empty refuses them.
	Keys []Key
	// Instance is the tenant's instance name, "acme". A clone of the instance takes rules and secrets along and would
	// report its own records as the tenant's: its deliveries are ErrInstance. Empty accepts any sender.
	Instance string
	// Token, unless zero, admits the unsigned payloads of hand-pasted rules that send its Export in [HeaderToken].
	Token Key
}

// Resolver finds the Endpoint of a tenant. An error that wraps ErrUnknownTenant is answered 404, any other 503.
type Resolver func(ctx context.Context, tenant string) (Endpoint, error)

// HandlerConfig is what [NewHandler] needs.
type HandlerConfig struct {
	// Tenant names the tenant of a request; nil reads the path value {tenant}. It is told, not proved: what proves it is
	// a signature by the tenant's key.
	Tenant func(*http.Request) string
	// Resolve and Receive are required.
	Resolve Resolver
	// Receive takes an event, and returns nil only once the event is kept: nobody sends it again after a 2xx, and in
	// Direct mode nobody sends it again at all. It is called from many goroutines; [Dispatcher.Handle] brings order.
	// Aim to be done in well under a second: the platform has four connections for each receiving host.
	Receive func(context.Context, Event) error
	// Inbox drops repeats; nil is a MemoryInbox, which is right for one process.
	Inbox Inbox
	// Observe is told about every delivery after it was answered, for metrics and for provision's doctor. It must not
	// block.
	Observe func(context.Context, Delivery)
	// MaxBody replaces the constant MaxBody, in bytes.
	MaxBody int64
	// Options are handed to the Verifier.
	Options []Option
}

// Delivery is what became of one request.
type Delivery struct {
	Tenant    string
	Event     Event  // nil when refused before it could be parsed
	KeyID     string // Key.ID of the key that matched
	Plain     bool   // an unsigned payload, admitted by its token
	Duplicate bool   // answered 2xx without calling Receive
	Status    int
	Err       error // one of the sentinels, or what Resolve, Inbox or Receive returned
	At        time.Time
	Took      time.Duration
}

// Handler is an http.Handler, by default for a pattern with {tenant} in it: "POST /hooks/servicenow/{tenant}". It
// bounds the body, verifies before it parses, drops repeats, and calls Receive. Answers have no body but the status text,
// so that a stranger learns nothing. Time limits for slow senders are the http.Server's.
type Handler struct {
	cfg    HandlerConfig
	window window
}

// NewHandler checks its configuration and does no I/O.
func NewHandler(cfg HandlerConfig) (*Handler, error) {
	if cfg.Resolve == nil || cfg.Receive == nil {
		return nil, errors.New("webhook: a handler needs Resolve and Receive")
	}
	w, err := newWindow(cfg.Options)
	if err != nil {
		return nil, err
	}
	if cfg.Tenant == nil {
		cfg.Tenant = func(r *http.Request) string { return r.PathValue("tenant") }
	}
	if cfg.Inbox == nil {
		cfg.Inbox = NewMemoryInbox(0)
	}
	if cfg.MaxBody <= 0 {
		cfg.MaxBody = MaxBody
	}
	return &Handler{cfg: cfg, window: w}, nil
}

// ServeHTTP answers 200 for an event that Receive took or had before, and otherwise [Status] of what went wrong.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodPost {
		w.Header().Set("Allow", http.MethodPost)
		answer(w, http.StatusMethodNotAllowed)
		return
	}
	d := Delivery{Tenant: h.cfg.Tenant(r), At: h.window.now()}
	d.Err = h.deliver(w, r, &d)
	d.Status, d.Took = Status(d.Err), h.window.now().Sub(d.At)
	answer(w, d.Status)
	if h.cfg.Observe != nil {
		h.cfg.Observe(r.Context(), d)
	}
}

func answer(w http.ResponseWriter, status int) {
	if status == http.StatusOK {
		w.WriteHeader(status)
		return
	}
	http.Error(w, http.StatusText(status), status)
}

func (h *Handler) deliver(w http.ResponseWriter, r *http.Request, d *Delivery) error {
	endpoint, err := h.cfg.Resolve(r.Context(), d.Tenant)
	if err != nil {
		return err
	}
	body, err := h.read(w, r)
	if err != nil {
		return err
	}
	if d.Event, err = h.open(r.Header, body, endpoint, d); err != nil {
		return err
	}
	d.Event.setTenant(d.Tenant)
	return h.take(r.Context(), d)
}

// read never holds more than the limit.
func (h *Handler) read(w http.ResponseWriter, r *http.Request) ([]byte, error) {
	if e := r.Header.Get("Content-Encoding"); e != "" && !strings.EqualFold(e, "identity") {
		return nil, ErrEncoding
	}
	if r.ContentLength > h.cfg.MaxBody {
		return nil, ErrTooLarge
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, h.cfg.MaxBody))
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &large):
		return nil, ErrTooLarge
	case err != nil:
		return nil, malformed("the body ended early")
	}
	return body, nil
}

// open turns bytes into an event of this tenant's instance.
func (h *Handler) open(header http.Header, body []byte, endpoint Endpoint, d *Delivery) (Event, error) {
	if !endpoint.Token.IsZero() && isPlain(header) {
		d.Plain = true
		if err := checkToken(header, endpoint.Token); err != nil {
			return nil, err
		}
		return ParsePlain(body)
	}
	if len(endpoint.Keys) == 0 {
		return nil, fmt.Errorf("%w: the tenant has no key", ErrSignature)
	}
	v, err := newVerifier(endpoint.Keys, h.window)
	if err != nil {
		return nil, err
	}
	e, key, err := v.event(header, body)
	d.KeyID = key.ID()
	if err != nil {
		return nil, err
	}
	if want := endpoint.Instance; want != "" && !strings.EqualFold(want, e.About().Instance) {
		return nil, ErrInstance
	}
	return e, nil
}

// take hands the event over once.
func (h *Handler) take(ctx context.Context, d *Delivery) error {
	id := d.Event.About().ID
	if id == "" {
		return h.cfg.Receive(ctx, d.Event)
	}
	switch claim, err := h.cfg.Inbox.Claim(ctx, d.Tenant, id); {
	case err != nil:
		return fmt.Errorf("webhook: inbox: %w", err)
	case claim == Done:
		d.Duplicate = true
		return nil
	case claim != Fresh:
		return ErrBusy
	}
	taken := false
	defer func() { h.settle(ctx, d.Tenant, id, taken) }() // also when Receive panics
	if err := h.cfg.Receive(ctx, d.Event); err != nil {
		return err
	}
	taken = true
	return nil
}

// settle runs even when the sender has gone away meanwhile. An inbox that fails here costs nothing but a repeat, which
// at-least-once allows: the lease frees what could not be released, and what could not be confirmed.
func (h *Handler) settle(ctx context.Context, tenant, id string, taken bool) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer cancel()
	if taken {
		_ = h.cfg.Inbox.Confirm(ctx, tenant, id)
		return
	}
	_ = h.cfg.Inbox.Release(ctx, tenant, id)
}
