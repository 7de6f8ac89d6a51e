package rest_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"io"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/seed-a66f7fd3/servicenow/internal/rest"
)

// childVariable makes the test binary play a host application that knows nothing but its environment.
const childVariable = "SERVICENOW_TEST_CHILD"

// The environment is read once a process, so that the host application has to be a process of its own: it reaches
// acme through a CONNECT proxy and trusts the certificate in SSL_CERT_FILE, with the default transport.
func TestProxyAndCertificatesFromTheEnvironment(t *testing.T) {
	if runtime.GOOS == "windows" || runtime.GOOS == "darwin" {
		t.Skip("SSL_CERT_FILE is not read on " + runtime.GOOS + ": the system's own store decides")
	}
	if os.Getenv(childVariable) != "" {
		callFromEnvironment(t)
		return
	}
	srv := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", jsonType)
		io.WriteString(w, `{"result":{"number":"`+r.Host+`"}}`)
	}))
	certificate, file := selfSigned(t)
	srv.TLS = &tls.Config{Certificates: []tls.Certificate{certificate}}
	srv.StartTLS()
	defer srv.Close()
	proxy := &tunnel{to: srv.Listener.Addr().String()}
	front := httptest.NewServer(proxy)
	defer front.Close()

	child := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^"+t.Name()+"$", "-test.v")
	child.Env = append(os.Environ(), childVariable+"=1", "HTTPS_PROXY="+front.URL, "NO_PROXY=", "SSL_CERT_FILE="+file)
	out, err := child.CombinedOutput()
	if err != nil || !bytes.Contains(out, []byte("served as "+host)) {
		t.Errorf("%v\n%s", err, out)
	}
	if got := proxy.asked(); got != host+":443" {
		t.Errorf("the proxy was asked for %q", got)
	}
}

func callFromEnvironment(t *testing.T) {
	c, err := rest.New(rest.Config{Instance: acme, Credential: new(bearer), RetryMax: -1})
	if err != nil {
		t.Fatal(err)
	}
	defer http.DefaultTransport.(*http.Transport).CloseIdleConnections()
	got, _, err := rest.Do[row](within(t, 10*time.Second), c, get())
	if err != nil {
		t.Fatal(err)
	}
	t.Log("served as " + got.Number)
}

// tunnel is a CONNECT proxy with one destination. It answers nothing else, so that a call in the clear fails.
type tunnel struct {
	to   string
	mu   sync.Mutex
	seen []string
}

func (p *tunnel) asked() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return strings.Join(p.seen, ",")
}

func (p *tunnel) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	p.seen = append(p.seen, r.Host)
	p.mu.Unlock()
	if r.Method != http.MethodConnect {
		w.WriteHeader(http.StatusMethodNotAllowed)
		return
	}
	out, err := net.Dial("tcp", p.to)
	if err != nil {
		w.WriteHeader(http.StatusBadGateway)
		return
	}
	defer out.Close()
	in, ahead, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return
	}
	defer in.Close()
	io.WriteString(in, "HTTP/1.1 200 Connection established\r\n\r\n")
	go func() {
		io.Copy(out, ahead)
		out.Close()
	}()
	io.Copy(in, out)
}

// selfSigned makes a certificate for acme, and a file to trust it.
func selfSigned(t *testing.T) (tls.Certificate, string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(t, err)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), DNSNames: []string{host}, IsCA: true, BasicConstraintsValid: true,
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	must(t, err)
	file := filepath.Join(t.TempDir(), "acme.pem")
	must(t, os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o600))
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, file
}
