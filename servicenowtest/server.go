package servicenowtest

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log"
	"log/slog"
	"maps"
	"math/rand/v2"
	"net"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/seed-a66f7fd3/servicenow"
	"github.com/seed-a66f7fd3/servicenow/servicenowtest/internal/db"
	"github.com/seed-a66f7fd3/servicenow/servicenowtest/internal/rules"
)

// Server is a ServiceNow instance in this process. It is safe for concurrent use; make it with [NewServer] or [Start].
type Server struct {
	opts     options
	instance servicenow.Instance
	identity *identity
	clock    *Clock
	log      *slog.Logger
	db       *db.DB
	api      *api
	rules    *rules.Engine
	tokens   *tokens
	sessions *sessions
	pool     *pool
	limits   *limiter
	faults   *faults
	record   *ledger
	flushes  atomic.Int64
	mux      *http.ServeMux

	listener net.Listener
	pipe     *pipeListener
	http     *http.Server
	proxy    *proxy
	serving  sync.WaitGroup
	closing  sync.Once

	mu         sync.Mutex
	transports []*http.Transport
	policies   []AccessPolicy
	switches   Switches
	random     *rand.ChaCha8
}

// NewServer starts an instance for a test and closes it when the test ends.
func NewServer(tb testing.TB, opts ...Option) *Server {
	tb.Helper()
	s, err := Start(opts...)
	if err != nil {
		tb.Fatalf("servicenowtest: %v", err)
	}
	tb.Cleanup(s.Close)
	return s
}

// Start starts an instance outside a test. The caller closes it.
func Start(opts ...Option) (*Server, error) {
	o := defaults()
	for _, f := range opts {
		f(&o)
	}
	instance, err := servicenow.ParseInstance(o.instance)
	if err != nil {
		return nil, fmt.Errorf("instance name: %w", err)
	}
	id, err := newIdentity(instance.Host(), time.Now())
	if err != nil {
		return nil, err
	}
	s := &Server{opts: o, instance: instance, identity: id, clock: o.clock, log: o.logger, switches: o.switches,
		policies: o.policies, random: rand.NewChaCha8(seedBytes(o.seed + 1))}
	s.assemble()
	s.stock()
	if err := s.listen(); err != nil {
		s.rules.Close()
		return nil, err
	}
	return s, nil
}

func seedBytes(seed uint64) [32]byte {
	var out [32]byte
	copy(out[:], fmt.Sprintf("%032x", seed))
	return out
}

// assemble joins the parts; nothing listens yet.
func (s *Server) assemble() {
	s.db = db.New(db.Options{Now: s.clock.Now, Seed: s.opts.seed})
	s.api = newAPI(s.db, s.instance.Origin(), &acl{server: s, custom: s.opts.acls},
		func() quirks { return s.currentSwitches().quirks() })
	s.api.inner = s.serveItem
	s.record = &ledger{}
	s.tokens = newTokens(s.token)
	s.sessions = newSessions()
	s.pool = newPool(s.opts.threads, s.opts.queue)
	s.limits = &limiter{}
	s.faults = newFaults(s.opts.seed, s.clock.Now)
	s.db.OnWrite(s.observeWrite)
	s.db.OnWrite(s.checkScope)
	s.rules = rules.New(rules.Config{
		DB: s.db, InstanceHost: s.instance.Host(), Now: s.clock.Now, Wait: s.clock.wait, Jumped: s.clock.jumped,
		Client: s.opts.outbound, Logger: s.log, Delivered: s.record.delivered, Session: s.session,
		JavaStrings: s.opts.switches.JavaStrings, LiteralsInUserZone: s.opts.switches.LiteralsInUserZone,
		Skip: s.skipsRule, Property: s.scriptProperty,
	})
	s.mux = http.NewServeMux()
	s.mux.HandleFunc("/oauth_auth.do", s.serveAuthorize)
	s.mux.HandleFunc("/oauth_token.do", s.serveToken)
	s.mux.HandleFunc("/oauth_revoke_token.do", s.serveRevoke)
	s.mux.HandleFunc("/login.do", s.serveLogin)
	s.mux.HandleFunc("/api/", s.serveAPI)
	s.mux.HandleFunc("/", s.serveOther)
}

// stock seeds what every instance has, and what the options ask for.
func (s *Server) stock() {
	properties := map[string]string{
		"instance_name":                                  s.instance.Name(),
		"glide.servlet.uri":                              s.instance.Origin() + "/",
		"glide.oauth.state.parameter.required":           "true",
		"glide.oauth.allow.parameters.in.post.body.only": "true",
		"glide.rest.replace_request_host_with_property":  "true",
	}
	for _, name := range slices.Sorted(maps.Keys(properties)) { // in one order, or the same seed gave other sys_ids
		s.seed("sys_properties", map[string]string{"name": name, "value": properties[name]})
	}
	for _, id := range meFilters {
		s.seed("sys_filter_option_dynamic", map[string]string{"sys_id": id, "label": "Me", "script": "gs.getUserID()"})
	}
	if !s.opts.empty {
		for _, u := range stockUsers() {
			s.AddUser(u)
		}
	}
	for _, u := range s.opts.users {
		s.AddUser(u)
	}
	for _, c := range s.opts.clients {
		s.AddOAuthClient(c)
	}
	for _, l := range append(stockLimits(), s.opts.limits...) {
		s.limits.add(l, s.seed("sys_rate_limit_rules", limitRow(l)))
	}
	for _, d := range s.opts.sample {
		s.Seed(d)
	}
}

// meFilters are the two dynamic filter options that the page on operators prints for the caller.
// https://www.servicenow.com/docs/r/platform-user-interface/r_OpAvailableFiltersQueries.html
var meFilters = []string{"54635e965f510100a9ad2572f2b4774c", "90d1921e5f510100a9ad2572f2b477fe"}

// listen opens the listener, and the proxy when one was asked for, and serves.
func (s *Server) listen() error {
	quiet := log.New(discard{}, "", 0) // handshakes that a test breaks on purpose are no news
	s.http = &http.Server{Handler: s, ErrorLog: quiet, Protocols: new(http.Protocols),
		ReadHeaderTimeout: time.Minute}
	s.http.Protocols.SetHTTP1(true)
	if s.opts.pipes {
		s.pipe = newPipeListener()
		s.listener = s.pipe
	} else {
		l, err := net.Listen("tcp", s.opts.address)
		if err != nil {
			return err
		}
		s.listener = l
	}
	config := &tls.Config{MinVersion: tls.VersionTLS12, GetCertificate: s.certificate}
	s.serving.Go(func() {
		if err := s.http.Serve(tls.NewListener(s.listener, config)); !errors.Is(err, http.ErrServerClosed) {
			s.log.Error("listener failed", "error", err)
		}
	})
	if s.opts.proxy == "" {
		return nil
	}
	p, err := startProxy(s.opts.proxy, s.instance.Host()+":443", s.Addr())
	if err != nil {
		s.Close()
		return fmt.Errorf("proxy: %w", err)
	}
	s.proxy = p
	return nil
}

type discard struct{}

func (discard) Write(p []byte) (int, error) { return len(p), nil }

// certificate shows the server's leaf, or the expired one while that fault is armed.
func (s *Server) certificate(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	if s.faults.expired.Load() {
		return &s.identity.expired, nil
	}
	return &s.identity.leaf, nil
}

// Close ends the server and everything it started: connections, queued requests, timers. It may be called twice.
func (s *Server) Close() {
	s.closing.Do(func() {
		s.faults.release()
		s.rules.Close()
		if s.proxy != nil {
			s.proxy.close()
		}
		_ = s.http.Close()
		s.serving.Wait()
		s.mu.Lock()
		defer s.mu.Unlock()
		for _, t := range s.transports {
			t.CloseIdleConnections()
		}
	})
}

// Instance is the server's address as the SDK knows it.
func (s *Server) Instance() servicenow.Instance { return s.instance }

// Addr is the loopback address that the server listens on.
func (s *Server) Addr() string { return s.listener.Addr().String() }

// ProxyURL is the forward proxy's address for HTTPS_PROXY, empty without [WithProxy].
func (s *Server) ProxyURL() string {
	if s.proxy == nil {
		return ""
	}
	return "http://" + s.proxy.listener.Addr().String()
}

// CertPEM is the certificate that a client has to trust, for SSL_CERT_FILE or curl's --cacert.
func (s *Server) CertPEM() []byte { return s.identity.pem() }

// Clock is the instance's clock.
func (s *Server) Clock() *Clock { return s.clock }

// Settle waits until nothing is queued or running: outbound requests, async rules, events that are due.
func (s *Server) Settle(ctx context.Context) error { return s.rules.Settle(ctx) }

// Switch changes the switches while the server runs. JavaStrings is read at the start only.
func (s *Server) Switch(change func(*Switches)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	change(&s.switches)
}

func (s *Server) currentSwitches() Switches {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.switches
}

// token makes an opaque token of 86 characters, or so it looks; it is from the seed.
func (s *Server) token() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	out := make([]byte, 86)
	_, _ = s.random.Read(out)
	for i, b := range out {
		out[i] = alphabet[b&63]
	}
	return string(out)
}

// AddOAuthClient adds a record to the application registry, in memory and in oauth_entity. A client id and a secret
// are made where there is none; the completed record is returned.
func (s *Server) AddOAuthClient(c OAuthClient) OAuthClient {
	if c.ClientID == "" {
		c.ClientID = s.db.NewID()
	}
	if c.ClientSecret == "" && !c.Public {
		c.ClientSecret = s.token()[:32]
	}
	s.tokens.mu.Lock()
	cp := c
	s.tokens.clients[c.ClientID] = &cp
	s.tokens.mu.Unlock()
	s.seed("oauth_entity", clientRow(c))
	return c
}

// ChangeOAuthClient edits a record of the registry, as an admin does while tokens are in use.
func (s *Server) ChangeOAuthClient(clientID string, change func(*OAuthClient)) {
	s.tokens.mu.Lock()
	defer s.tokens.mu.Unlock()
	if c := s.tokens.clients[clientID]; c != nil {
		change(c)
	}
}

// RevokeTokens is "Revoke Access": all tokens of a user, of one application or, with "", of all.
func (s *Server) RevokeTokens(clientID, userName string) { s.tokens.revokeAll(clientID, userName) }
