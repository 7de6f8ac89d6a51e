package auth

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/seed-a66f7fd3/servicenow/internal/rest"
)

// HandlerConfig is what [NewHandler] needs. Tenant, App, Connected, Keys and Opener are required.
type HandlerConfig struct {
	// Tenant tells from the host's own session for whom a request is. At the start an error ends the consent. At the
	// callback an error is tolerated, because a session cookie with SameSite=Strict does not come back from another
	// site; a different tenant is not.
	Tenant func(*http.Request) (string, error)
	// App is the tenant's OAuth application.
	App func(ctx context.Context, tenant string) (App, error)
	// Connected takes the token: it saves it, and does what else the host wants done before the page says "connected".
	// Its error is shown as a failure, with its Remedy if it is an *Error.
	Connected func(ctx context.Context, tenant string, t Token) error
	// Keys seal the pending consent in the browser's cookie.
	Keys *Keys
	// Opener is the exact origin of the page that opens the popup, "https://app.example.com": the target of postMessage.
	// That page must not send Cross-Origin-Opener-Policy: same-origin, which cuts it off from popups that visit another
	// site; same-origin-allow-popups is fine.
	Opener string
	// Next is where the page's link leads, for browsers without script. Empty is Opener.
	Next string
	// External returns the URL that the browser sees, for hosts behind a proxy that changes Host or path. Nil takes
	// Host and path of the request, and the RedirectURL's scheme.
	External func(*http.Request) *url.URL
	// ConsentTime bounds how long the consent may take. Zero is DefaultConsentTime.
	ConsentTime time.Duration
	// Logger is told about refused callbacks and about errors of App and Connected. Nil is silence.
	Logger *slog.Logger
}

// Handler is the consent in a popup or a tab: [Handler.Start] sends the browser to the instance, [Handler.Callback]
// takes it back, tells the opener by postMessage, and closes the window.
//
// The pending consent stays in the browser, in a sealed cookie that script cannot read and that is sent to this host
// only: whoever finishes a consent is the one who began it, on any replica. A host that keeps it elsewhere builds its
// handlers from [Flow].
type Handler struct {
	config HandlerConfig
	spent  *spent
}

// NewHandler checks config.
func NewHandler(config HandlerConfig) (*Handler, error) {
	if config.Tenant == nil || config.App == nil || config.Connected == nil || config.Keys == nil {
		return nil, fmt.Errorf("auth: a Handler needs Tenant, App, Connected and Keys: %w", rest.ErrInvalid)
	}
	u, err := url.Parse(config.Opener)
	if err != nil || u.Scheme == "" || u.Host == "" || config.Opener != u.Scheme+"://"+u.Host {
		return nil, fmt.Errorf("auth: Opener is an origin, https://app.example.com: %w", rest.ErrInvalid)
	}
	if config.Next == "" {
		config.Next = config.Opener
	}
	if config.Logger == nil {
		config.Logger = slog.New(slog.DiscardHandler)
	}
	return &Handler{config: config, spent: newSpent()}, nil
}

// Start begins the consent of the request's tenant: open it in a popup, with GET.
func (h *Handler) Start() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet {
			http.Error(w, "use GET", http.StatusMethodNotAllowed)
			return
		}
		if err := h.start(w, r); err != nil {
			h.show(w, r, "", err)
		}
	})
}

func (h *Handler) start(w http.ResponseWriter, r *http.Request) error {
	tenant, err := h.config.Tenant(r)
	if err != nil {
		return err
	}
	flow, err := h.flow(r.Context(), tenant)
	if err != nil {
		return err
	}
	u, p, err := flow.AuthCodeURL(tenant)
	if err != nil {
		return err
	}
	sealed, err := h.config.Keys.SealPending(p)
	if err != nil {
		return err
	}
	if len(sealed) > 3800 {
		return fmt.Errorf("auth: the consent does not fit into a cookie: shorten the redirect URL or the tenant: %w",
			rest.ErrInvalid)
	}
	http.SetCookie(w, consentCookie(p.State, sealed, int(time.Until(p.Expires).Seconds())))
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Referrer-Policy", "no-referrer")
	http.Redirect(w, r, u.String(), http.StatusSeeOther)
	return nil
}

func (h *Handler) flow(ctx context.Context, tenant string) (*Flow, error) {
	app, err := h.config.App(ctx, tenant)
	if err != nil {
		return nil, err
	}
	flow, err := newFlow(app, h.spent)
	if err != nil {
		return nil, err
	}
	flow.ConsentTime = h.config.ConsentTime
	return flow, nil
}

// Callback finishes the consent: mount it at the path of the RedirectURL.
func (h *Handler) Callback() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet {
			http.Error(w, "use GET", http.StatusMethodNotAllowed)
			return
		}
		tenant, err := h.finish(r)
		state := r.URL.Query().Get("state")
		if _, none := r.Cookie(cookieName(state)); none == nil && !errors.Is(err, ErrUnavailable) {
			http.SetCookie(w, consentCookie(state, "", -1)) // while the instance is away the page may be loaded again
		}
		h.show(w, r, tenant, err)
	})
}

func (h *Handler) finish(r *http.Request) (tenant string, err error) {
	p, err := h.pending(r)
	if err != nil {
		return "", err
	}
	if signedIn, err := h.config.Tenant(r); err == nil && signedIn != p.Tenant {
		return "", refuseCallback(ErrForeignPending, "")
	}
	flow, err := h.flow(r.Context(), p.Tenant)
	if err != nil {
		return p.Tenant, err
	}
	t, err := flow.Exchange(r.Context(), p, h.external(r, flow.app))
	if err == nil {
		err = h.config.Connected(r.Context(), p.Tenant, t)
	}
	return p.Tenant, err
}

// pending is what this browser's cookie holds for the callback's state.
func (h *Handler) pending(r *http.Request) (Pending, error) {
	q := r.URL.Query()
	state := q.Get("state")
	if state == "" {
		if said := Code(line(q.Get("error"))); said != "" {
			return Pending{}, refuseCallback(said, line(q.Get("error_description")))
		}
		return Pending{}, refuseCallback(ErrMissingState, "")
	}
	c, err := r.Cookie(cookieName(state))
	if err != nil {
		return Pending{}, refuseCallback(ErrForeignState, "this browser did not begin this consent, or finished it")
	}
	return h.config.Keys.OpenPending(c.Value)
}

// external is the URL on which the browser arrived.
func (h *Handler) external(r *http.Request, app App) *url.URL {
	if h.config.External != nil {
		return h.config.External(r)
	}
	u, err := url.ParseRequestURI(r.RequestURI) // what the browser sent, whatever a mux stripped from r.URL
	if err != nil {
		return nil
	}
	scheme, _, _ := strings.Cut(app.RedirectURL, "://")
	return &url.URL{Scheme: scheme, Host: r.Host, Path: u.Path, RawPath: u.RawPath, RawQuery: u.RawQuery}
}

// cookieName differs for each consent, so that two tabs do not disturb each other. The prefix makes the browser insist
// on https, on this very host, and on the path /.
func cookieName(state string) string {
	sum := sha256.Sum256([]byte(state))
	return "__Host-sn-consent-" + hex.EncodeToString(sum[:6])
}

// consentCookie is Lax because the callback is a navigation from another site.
func consentCookie(state, value string, maxAge int) *http.Cookie {
	return &http.Cookie{
		Name: cookieName(state), Value: value, Path: "/", MaxAge: maxAge,
		Secure: true, HttpOnly: true, SameSite: http.SameSiteLaxMode,
	}
}
