package browsertest

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"io"
	"math/big"
	"net"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/seed-a66f7fd3/servicenow/auth"
	"github.com/seed-a66f7fd3/servicenow/servicenowtest"
)

const (
	appHost   = "app.example.com"
	otherHost = "other.example.net"
	tenant    = "tenant-42"
)

// openerPage is the host's settings page: a button that opens the popup, and a list of what is posted to it.
const openerPage = `<!doctype html><title>Settings</title>
<button id="connect">Connect</button>
<script>
connect.onclick = () => {
	window.popup = window.open("https://app.example.com/oauth/start", "consent", "width=600,height=700");
};
window.received = [];
addEventListener("message", e => received.push({origin: e.origin, data: e.data}));
</script>`

// site is a host application with the library's two handlers. It answers as app.example.com and as other.example.net.
type site struct {
	addr string
	key  string // hash of its public key
	mu   sync.Mutex
	got  []auth.Token
}

func (s *site) tokens() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.got)
}

func newSite(t *testing.T, instance *servicenowtest.Server) *site {
	t.Helper()
	c := instance.AddOAuthClient(servicenowtest.OAuthClient{
		Name: "Example app", RedirectURLs: []string{"https://" + appHost + "/oauth/callback"},
	})
	application := auth.App{
		Instance: instance.Instance(), ClientID: c.ClientID, ClientSecret: auth.NewSecret(c.ClientSecret),
		RedirectURL: c.RedirectURLs[0], HTTPClient: instance.HTTPClient(),
	}
	key, err := auth.GenerateKey("k1")
	if err != nil {
		t.Fatal(err)
	}
	keys, err := auth.NewKeys(key)
	if err != nil {
		t.Fatal(err)
	}
	s := &site{}
	handler, err := auth.NewHandler(auth.HandlerConfig{
		Tenant: func(*http.Request) (string, error) { return tenant, nil },
		App:    func(context.Context, string) (auth.App, error) { return application, nil },
		Connected: func(_ context.Context, _ string, token auth.Token) error {
			s.mu.Lock()
			defer s.mu.Unlock()
			s.got = append(s.got, token)
			return nil
		},
		Keys: keys, Opener: "https://" + appHost,
	})
	if err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	mux.Handle("/oauth/start", handler.Start())
	mux.Handle("/oauth/callback", handler.Callback())
	mux.HandleFunc("/{$}", func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, openerPage) })
	s.serve(t, mux)
	return s
}

func (s *site) serve(t *testing.T, h http.Handler) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), DNSNames: []string{appHost, otherHost},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	certificate, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := &http.Server{
		Handler: h, ReadHeaderTimeout: time.Minute,
		TLSConfig: &tls.Config{MinVersion: tls.VersionTLS12, Certificates: []tls.Certificate{
			{Certificate: [][]byte{der}, PrivateKey: key},
		}},
	}
	go func() { _ = server.ServeTLS(l, "", "") }()
	t.Cleanup(func() { _ = server.Close() })
	s.addr, s.key = l.Addr().String(), keyHash(certificate)
}

// keyHash names a public key as Chromium's list of trusted keys does.
func keyHash(c *x509.Certificate) string {
	sum := sha256.Sum256(c.RawSubjectPublicKeyInfo)
	return base64.StdEncoding.EncodeToString(sum[:])
}

// instanceKey is the key of the instance's certificate, which is verified first.
func instanceKey(t *testing.T, s *servicenowtest.Server) string {
	t.Helper()
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(s.CertPEM())
	dialer := tls.Dialer{Config: &tls.Config{RootCAs: pool, ServerName: s.Instance().Host(), MinVersion: tls.VersionTLS12}}
	conn, err := dialer.DialContext(t.Context(), "tcp", s.Addr())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	return keyHash(conn.(*tls.Conn).ConnectionState().PeerCertificates[0])
}
