package main

import (
	"bufio"
	"context"
	"crypto/tls"
	"crypto/x509"
	"io"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/seed-a66f7fd3/servicenow/servicenowtest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// start runs the command and returns what it announces.
func start(t *testing.T, args ...string) string {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	r, w := io.Pipe()
	ended := make(chan error, 1)
	go func() { ended <- run(ctx, args, w) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("run: %v", err)
		}
	})
	var out strings.Builder
	lines := bufio.NewScanner(r)
	for lines.Scan() {
		out.WriteString(lines.Text() + "\n")
		if strings.HasPrefix(lines.Text(), "in a browser") {
			break
		}
	}
	return out.String()
}

func field(t *testing.T, out, name string) string {
	t.Helper()
	m := regexp.MustCompile(`(?m)^` + name + `\s+(\S+)`).FindStringSubmatch(out)
	if m == nil {
		t.Fatalf("%q is not announced in:\n%s", name, out)
	}
	return m[1]
}

// A program that knows nothing of servicenowtest reaches the instance through HTTPS_PROXY and SSL_CERT_FILE.
func TestAForeignClientReachesTheInstanceByName(t *testing.T) {
	out := start(t, "-empty", "-name", "globex")
	pem, err := os.ReadFile(field(t, out, "CA file"))
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(pem) {
		t.Fatal("the CA file holds no certificate")
	}
	proxy, err := url.Parse(field(t, out, "proxy"))
	if err != nil {
		t.Fatal(err)
	}
	transport := &http.Transport{Proxy: http.ProxyURL(proxy), TLSClientConfig: &tls.Config{RootCAs: pool}}
	defer transport.CloseIdleConnections()
	client := &http.Client{Transport: transport, Timeout: 10 * time.Second}

	req, err := http.NewRequest(http.MethodGet, "https://globex.service-now.com/api/now/v2/table/sys_user", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.SetBasicAuth(servicenowtest.IntegrationUser, servicenowtest.IntegrationPassword)
	resp, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, _ := io.ReadAll(resp.Body)
	if resp.StatusCode != http.StatusOK || !strings.Contains(string(body), `"user_name":"integration.user"`) {
		t.Errorf("status %d: %s", resp.StatusCode, body)
	}

	if resp, err := client.Get("https://example.com/"); err == nil {
		_ = resp.Body.Close()
		t.Error("the proxy reaches a host that is not the instance")
	}
}

func TestTheCAFileGoesWithTheProgram(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	var out strings.Builder
	if err := run(ctx, []string{"-empty"}, &out); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(field(t, out.String(), "CA file")); !os.IsNotExist(err) {
		t.Errorf("the CA file is still there: %v", err)
	}
}

func TestOutboundStaysOnThisMachine(t *testing.T) {
	resp, err := outbound(false).Get("https://192.0.2.1/")
	if err == nil {
		_ = resp.Body.Close()
		t.Fatal("a rule may call another machine")
	}
	if !strings.Contains(err.Error(), "not this machine") {
		t.Errorf("error: %v", err)
	}
}
