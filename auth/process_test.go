package auth_test

import (
	"bufio"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/seed-a66f7fd3/servicenow/auth"
	"github.com/seed-a66f7fd3/servicenow/auth/internal/tokenserver"
	"github.com/seed-a66f7fd3/servicenow/auth/storetest"
)

// The test binary starts itself as another replica, or as a process that is killed while it writes.
func TestMain(m *testing.M) {
	switch os.Getenv("AUTH_TEST_CHILD") {
	case "replica":
		childReplica()
	case "writer":
		store, err := auth.NewFileStore(os.Getenv("AUTH_TEST_DIR"))
		if err == nil {
			err = storetest.WriteForever(store, os.Stdout)
		}
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	default:
		goleak.VerifyTestMain(m)
	}
}

func child(t *testing.T, role, dir string, env ...string) *exec.Cmd {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0])
	cmd.Env = append(os.Environ(), "AUTH_TEST_CHILD="+role, "AUTH_TEST_DIR="+dir)
	cmd.Env = append(cmd.Env, env...)
	return cmd
}

// childReplica waits for the start signal on its input, then asks for a token from several goroutines.
func childReplica() {
	fail := func(err error) {
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
	dir := os.Getenv("AUTH_TEST_DIR")
	store, err := auth.NewFileStore(filepath.Join(dir, "store"))
	fail(err)
	certificate, err := os.ReadFile(filepath.Join(dir, "ca.pem"))
	fail(err)
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(certificate)
	var at auth.Instance
	fail(at.UnmarshalText([]byte("acme")))
	application := auth.App{
		Instance: at, ClientID: tokenserver.ClientID, ClientSecret: auth.NewSecret(tokenserver.ClientSecret),
		HTTPClient: &http.Client{Transport: dialing(os.Getenv("AUTH_TEST_ADDR"), pool)},
	}
	s, err := auth.NewTokenSource(auth.SourceConfig{App: application, Store: store, Tenant: tenant})
	fail(err)
	fmt.Println("ready")
	_, _ = bufio.NewReader(os.Stdin).ReadString('\n')
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			token, err := s.Token(ctx)
			fail(err)
			fmt.Println("token", token.Access.Reveal())
		})
	}
	wg.Wait()
	os.Exit(0)
}

// dialing reaches addr whatever the host is, and trusts pool only.
func dialing(addr string, pool *x509.CertPool) *http.Transport {
	return &http.Transport{
		DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, network, addr)
		},
		TLSClientConfig: &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12},
	}
}

// listen serves h over TLS as acme.service-now.com and returns its address and certificate.
func listen(t *testing.T, h http.Handler) (addr string, certificate []byte) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "test"}, DNSNames: []string{"acme.service-now.com"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	pair := tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
	server := &http.Server{
		Handler: h, TLSConfig: &tls.Config{Certificates: []tls.Certificate{pair}, MinVersion: tls.VersionTLS12},
		ReadHeaderTimeout: time.Minute,
	}
	done := make(chan struct{})
	go func() { defer close(done); _ = server.ServeTLS(l, "", "") }()
	t.Cleanup(func() { _ = server.Close(); <-done })
	return l.Addr().String(), pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
}

// T1 among processes: eight of them share a directory, and one renews.
func TestT1OneExchangeForEightProcesses(t *testing.T) {
	server := &tokenserver.Server{Rotate: true, Delay: 200 * time.Millisecond}
	addr, certificate := listen(t, server)
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "ca.pem"), certificate, 0o600); err != nil {
		t.Fatal(err)
	}
	store, err := auth.NewFileStore(filepath.Join(dir, "store"))
	if err != nil {
		t.Fatal(err)
	}
	save(t, store, server, -time.Second)

	const processes = 8
	var wg sync.WaitGroup
	start := make(chan struct{})
	var ready sync.WaitGroup
	ready.Add(processes)
	for i := range processes {
		cmd := child(t, "replica", dir, "AUTH_TEST_ADDR="+addr)
		cmd.Stderr = os.Stderr
		in, err := cmd.StdinPipe()
		if err != nil {
			t.Fatal(err)
		}
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		wg.Go(func() {
			lines := bufio.NewReader(out)
			_, _ = lines.ReadString('\n')
			ready.Done()
			<-start
			_, _ = io.WriteString(in, "go\n")
			got, _ := io.ReadAll(lines)
			if n := strings.Count(string(got), "token canary-access-2\n"); n != 4 {
				t.Errorf("process %d: %d of 4 callers got the renewed token", i, n)
			}
			if err := cmd.Wait(); err != nil {
				t.Errorf("process %d: %v", i, err)
			}
		})
	}
	ready.Wait()
	close(start)
	wg.Wait()
	if got := server.Stats(); got.Requests != 1 || got.Reused != 0 {
		t.Errorf("%d processes: %+v, want one exchange", processes, got)
	}
	if _, token := load(t, store); token.Refresh.Reveal() != server.Refresh() {
		t.Error("the store does not hold the newest answer")
	}
}

func TestFileStoreSurvivesKill(t *testing.T) {
	dir := t.TempDir()
	open := func() auth.TokenStore {
		s, err := auth.NewFileStore(dir)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	storetest.RunCrash(t, open, func(t *testing.T) *exec.Cmd { return child(t, "writer", dir) })
}
