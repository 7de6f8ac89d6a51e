package rest_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/seed-a66f7fd3/servicenow/internal/rest"
)

func Test401CostsOneRenewedCredentialAndOneMoreTry(t *testing.T) {
	for _, tc := range []struct {
		name     string
		replies  *script
		stuck    bool
		attempts int32
		ok       bool
	}{
		{"renewed and accepted", answers(with(401, ""), good), false, 2, true},
		{"refused twice", answers(with(401, "")), false, 2, false},
		{"nothing to renew", answers(with(401, ""), good), true, 1, false},
		{"401, then 503, then 401 again", answers(with(401, ""), with(503, ""), with(401, ""), good), false, 3, false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := &bearer{stuck: tc.stuck}
				c := connect(t, tc.replies, func(c *rest.Config) { c.Credential = b })
				_, err := c.Do(t.Context(), get(), nil)
				if (err == nil) != tc.ok || tc.replies.n.Load() != tc.attempts || b.renewals > 1 && tc.name != "refused twice" {
					t.Errorf("%v after %d attempts and %d renewals", err, tc.replies.n.Load(), b.renewals)
				}
				if !tc.ok && !errors.Is(err, rest.ErrUnauthorized) {
					t.Errorf("got %v, want ErrUnauthorized", err)
				}
			})
		})
	}
}

// A 401 is heard before anything ran, so that calls which append are sent again as well; also with retries off.
func Test401RetryDoesNotCountAsARetry(t *testing.T) {
	s := answers(with(401, ""), good)
	c := connect(t, s, func(c *rest.Config) { c.RetryMax = -1 })
	if _, err := c.Do(t.Context(), post(), nil); err != nil || s.n.Load() != 2 {
		t.Errorf("%v after %d attempts", err, s.n.Load())
	}
}

func TestFiftyConcurrent401sRenewOnce(t *testing.T) {
	b := new(bearer)
	first := b.token()
	tr := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", jsonType)
		if r.Header.Get("Authorization") == first {
			w.WriteHeader(401)
			return
		}
		io.WriteString(w, `{"result":{}}`)
	}))
	c := connect(t, tr, func(c *rest.Config) { c.Credential, c.MaxInFlight = b, 50 })
	var wg sync.WaitGroup
	var failed atomic.Int32
	for range 50 {
		wg.Go(func() {
			if _, err := c.Do(t.Context(), get(), nil); err != nil {
				failed.Add(1)
			}
		})
	}
	wg.Wait()
	if failed.Load() != 0 || b.renewals != 1 {
		t.Errorf("%d calls failed, %d renewals; want none and one", failed.Load(), b.renewals)
	}
}

func TestCredentialFailureIsNotSentAndNotRetried(t *testing.T) {
	gone := fmt.Errorf("auth: invalid_grant: %w", rest.ErrReauthorize)
	s := answers(good)
	_, err := connect(t, s, func(c *rest.Config) { c.Credential = brokenCredential{gone} }).Do(t.Context(), get(), nil)
	e := failure(t, err)
	if !errors.Is(err, rest.ErrReauthorize) || s.n.Load() != 0 || e.Attempts != 0 || !strings.Contains(e.Remedy, "admin") {
		t.Errorf("got %v, remedy %q, %d requests", err, e.Remedy, s.n.Load())
	}
}

type brokenCredential struct{ err error }

func (b brokenCredential) Authorize(context.Context, http.Header) (any, error) { return nil, b.err }
func (b brokenCredential) Refused(any) bool                                    { return false }

// Whatever the status and wherever it points, a redirect is not followed, least of all with the credential.
func TestRedirectsAreNeverFollowed(t *testing.T) {
	var leaked atomic.Int32
	elsewhere := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { leaked.Add(1) }))
	defer elsewhere.Close()
	for _, status := range []int{301, 302, 303, 307, 308} {
		for _, target := range []string{elsewhere.URL, "https://evil.test/", "/login.do", "//evil.test/", "\x7f:bad", ""} {
			served := 0
			tr := serve(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				served++
				w.Header().Set("Location", target)
				w.WriteHeader(status)
			}))
			for _, op := range []rest.Op{get(), post()} {
				served = 0
				_, err := connect(t, tr).Do(within(t, 10*time.Second), op, nil)
				e := failure(t, err)
				if !errors.Is(err, rest.ErrNotJSON) || e.Status != status || served != 1 || e.Remedy == "" {
					t.Errorf("%d to %q: %v, status %d, %d requests", status, target, err, e.Status, served)
				}
			}
		}
	}
	if leaked.Load() != 0 {
		t.Errorf("%d requests reached the other host", leaked.Load())
	}
}

// Calls that share a session queue behind each other, so no cookie is kept, also if the lent client has a jar.
func TestNoCookies(t *testing.T) {
	var sent atomic.Int32
	tr := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		sent.Add(int32(len(r.Cookies())))
		http.SetCookie(w, &http.Cookie{Name: "JSESSIONID", Value: "1", Path: "/"})
		w.Header().Set("Content-Type", jsonType)
		io.WriteString(w, `{"result":{}}`)
	}))
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	lent := &http.Client{Transport: tr, Jar: jar}
	c := connect(t, nil, func(c *rest.Config) { c.HTTPClient = lent })
	for range 3 {
		if _, err := c.Do(t.Context(), get(), nil); err != nil {
			t.Fatal(err)
		}
	}
	if n := len(jar.Cookies(acme.URL())); sent.Load() != 0 || n != 0 {
		t.Errorf("%d cookies sent, %d kept", sent.Load(), n)
	}
	if lent.Jar != jar || lent.CheckRedirect != nil {
		t.Error("the lent client was changed")
	}
}

type basic struct{ user, password string }

func (b basic) Authorize(_ context.Context, h http.Header) (any, error) {
	h.Set("Authorization", "Basic "+base64.StdEncoding.EncodeToString([]byte(b.user+":"+b.password)))
	return b.user, nil
}
func (basic) Refused(any) bool { return false }

type apiKey string

func (k apiKey) Authorize(_ context.Context, h http.Header) (any, error) {
	h.Set("x-sn-apikey", string(k))
	return "key", nil
}
func (apiKey) Refused(any) bool { return false }

// The instance writes the credential and the URL into its refusal, and the query and the body hold another canary.
// Everything that the call leaves behind is searched.
func TestSecretsAreNeverInErrorsOrLogs(t *testing.T) {
	const customer = "canary-of-a-customer"
	token := strings.TrimPrefix(new(bearer).token(), "Bearer ")
	echo := transport(func(r *http.Request) (*http.Response, error) {
		said := fmt.Sprintf(`{"error":{"message":"no %s %s","detail":"%s at https://%s%s"},"status":"failure"}`,
			r.Header.Get("Authorization"), r.Header.Get("x-sn-apikey"), canary, host, r.URL.RequestURI())
		resp := reply(403, strings.ReplaceAll(said, canary+" at", "for "+secretOf(r)+" at"))
		resp.Header.Set("X-Transaction-ID", r.Header.Get("Authorization"))
		return resp, nil
	})
	breaks := transport(func(*http.Request) (*http.Response, error) { return nil, errors.New("wire broke") })
	for _, tc := range []struct {
		name   string
		cred   rest.Credential
		secret string
	}{
		{"bearer", new(bearer), token}, {"basic", basic{"alice", canary}, canary}, {"api key", apiKey(canary), canary},
	} {
		for kind, rt := range map[string]transport{"refused": echo, "broken": breaks} {
			t.Run(tc.name+"/"+kind, func(t *testing.T) {
				var lines bytes.Buffer
				logger := slog.New(slog.NewTextHandler(&lines, &slog.HandlerOptions{Level: slog.LevelDebug}))
				op := post()
				op.Query = url.Values{"sysparm_query": {"name=" + customer}}
				op.Body = map[string]string{"name": customer}
				c := connect(t, rt, func(c *rest.Config) { c.Credential, c.Logger = tc.cred, logger })
				_, err := c.Do(t.Context(), op, nil)
				e := failure(t, err)
				logger.Error("shown", "error", e, "all", fmt.Sprintf("%v %+v %#v %s", err, *e, *e, e.Detail))
				for _, secret := range []string{tc.secret, customer, "sysparm_query"} {
					if strings.Contains(lines.String(), secret) {
						t.Errorf("%q is in:\n%s", secret, lines.String())
					}
				}
			})
		}
	}
}

// A long text is cut, perhaps in the middle of a secret.
func TestNoPartOfASecretIsLeftByTheCut(t *testing.T) {
	token := strings.TrimPrefix(new(bearer).token(), "Bearer ")
	for before := range 600 {
		echo := transport(func(r *http.Request) (*http.Response, error) {
			text := strings.Repeat("x", before) + secretOf(r) + strings.Repeat("y", 600)
			return reply(403, `{"error":{"message":"`+text+`","detail":"`+text+`"}}`), nil
		})
		_, err := connect(t, echo).Do(t.Context(), post(), nil)
		if e := failure(t, err); strings.Contains(e.Message+e.Detail, token[:8]) {
			t.Fatalf("%d before: %q, %q", before, e.Message, e.Detail)
		}
	}
}

// secretOf is what a server can know of the secret in a request.
func secretOf(r *http.Request) string {
	if _, password, ok := r.BasicAuth(); ok {
		return password
	}
	return strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ") + r.Header.Get("x-sn-apikey")
}

// A url.Error from a lent transport holds the URL with its query.
func TestURLErrorsLoseTheirURL(t *testing.T) {
	nested := &url.Error{Op: "Get", URL: "https://x/?q=" + canary, Err: fmt.Errorf("inner: %w",
		&url.Error{Op: "Get", URL: "https://y/?q=" + canary, Err: io.ErrClosedPipe})}
	_, err := connect(t, answers(failing(nested))).Do(t.Context(), post(), nil)
	if !errors.Is(err, io.ErrClosedPipe) || strings.Contains(err.Error(), canary) {
		t.Errorf("got %v", err)
	}
}
