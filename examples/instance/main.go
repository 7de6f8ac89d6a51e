// Command instance runs a ServiceNow instance in this process, so that curl, a browser and any program can try it.
//
//	go run ./examples/instance -addr 127.0.0.1:0
//
// It prints its address, the file with its certificate authority, its users and its OAuth client, and runs until it is
// interrupted. Programs that take a proxy from the environment reach it under its real name:
//
//	export HTTPS_PROXY=http://127.0.0.1:40001 SSL_CERT_FILE=/tmp/…/ca.pem
//	curl -u integration.user:integration-password https://acme.service-now.com/api/now/v2/table/incident?sysparm_limit=1
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"github.com/seed-a66f7fd3/servicenow/servicenowtest"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "instance:", err)
		os.Exit(1)
	}
}

// settings are the command's flags.
type settings struct {
	addr, proxy, name, redirect, ca string
	seed                            uint64
	anyOutbound, empty, verbose     bool
}

func parse(args []string) (settings, error) {
	var c settings
	f := flag.NewFlagSet("instance", flag.ContinueOnError)
	f.StringVar(&c.addr, "addr", "127.0.0.1:0", "loopback address to listen on")
	f.StringVar(&c.proxy, "proxy", "127.0.0.1:0", "loopback address of the forward proxy")
	f.StringVar(&c.name, "name", "acme", "the instance's name")
	f.StringVar(&c.redirect, "redirect", "http://127.0.0.1:8080/oauth/servicenow/callback",
		"redirect URL of the OAuth application")
	f.StringVar(&c.ca, "ca", "", "file to write the certificate authority to (default: in a temporary directory)")
	f.Uint64Var(&c.seed, "seed", 1, "seed of the sample data")
	f.BoolVar(&c.anyOutbound, "outbound", false, "let Business Rules call any host, not only this machine")
	f.BoolVar(&c.empty, "empty", false, "start without sample data")
	f.BoolVar(&c.verbose, "v", false, "log what the instance refuses")
	return c, f.Parse(args)
}

// run starts the instance, says where it is, and waits for the context.
func run(ctx context.Context, args []string, out io.Writer) error {
	c, err := parse(args)
	if err != nil {
		return err
	}
	s, err := servicenowtest.Start(c.options()...)
	if err != nil {
		return err
	}
	defer s.Close()
	client := s.AddOAuthClient(servicenowtest.OAuthClient{
		Name: "Example application", RedirectURLs: []string{c.redirect},
	})
	ca, cleanup, err := writeCA(c.ca, s.CertPEM())
	if err != nil {
		return err
	}
	defer cleanup()
	announce(out, s, client, ca)
	<-ctx.Done()
	return nil
}

func (c settings) options() []servicenowtest.Option {
	opts := []servicenowtest.Option{
		servicenowtest.WithAddress(c.addr), servicenowtest.WithProxy(c.proxy), servicenowtest.WithInstanceName(c.name),
		servicenowtest.WithSeed(c.seed), servicenowtest.WithOutbound(outbound(c.anyOutbound)),
	}
	if !c.empty {
		opts = append(opts, servicenowtest.WithSampleData(servicenowtest.SampleData{}))
	}
	if c.verbose {
		opts = append(opts, servicenowtest.WithLogger(slog.New(slog.NewTextHandler(os.Stderr, nil))))
	}
	return opts
}

// outbound is the client of the Business Rules. It stays on this machine unless it is told otherwise, because the
// sample data may be anybody's.
func outbound(anyHost bool) *http.Client {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.Proxy = nil
	if !anyHost {
		transport.DialContext = func(ctx context.Context, network, addr string) (net.Conn, error) {
			host, _, err := net.SplitHostPort(addr)
			if ip := net.ParseIP(host); err != nil || host != "localhost" && (ip == nil || !ip.IsLoopback()) {
				return nil, fmt.Errorf("%s is not this machine (see -outbound)", addr)
			}
			var d net.Dialer
			return d.DialContext(ctx, network, addr)
		}
	}
	return &http.Client{Transport: transport, Timeout: time.Minute}
}

// writeCA stores the authority's certificate and returns how to remove what was made for it.
func writeCA(path string, pem []byte) (string, func(), error) {
	cleanup := func() {}
	if path == "" {
		dir, err := os.MkdirTemp("", "instance-")
		if err != nil {
			return "", nil, err
		}
		cleanup = func() { _ = os.RemoveAll(dir) }
		path = filepath.Join(dir, "ca.pem")
	}
	return path, cleanup, os.WriteFile(path, pem, 0o600) //nolint:gosec // the path is the user's own flag
}

func announce(out io.Writer, s *servicenowtest.Server, client servicenowtest.OAuthClient, ca string) {
	host := s.Instance().Host()
	_, port, _ := net.SplitHostPort(s.Addr())
	fmt.Fprintf(out, `instance       %s
listens on     https://%s
proxy          %s
CA file        %s

user           %s / %s   (admin)
user           %s / %s   (itil, csm_ws_integration, …)
OAuth client   id %s secret %s
redirect URL   %s

with a proxy   HTTPS_PROXY=%s SSL_CERT_FILE=%s your-program
with curl      curl --cacert %s --connect-to %s:443:127.0.0.1:%s -u %s:%s \
               '%s/api/now/v2/table/incident?sysparm_limit=1'
in a browser   https://%s/
`,
		s.Instance().Origin(), s.Addr(), s.ProxyURL(), ca,
		servicenowtest.AdminUser, servicenowtest.AdminPassword,
		servicenowtest.IntegrationUser, servicenowtest.IntegrationPassword,
		client.ClientID, client.ClientSecret, client.RedirectURLs[0],
		s.ProxyURL(), ca, ca, host, port, servicenowtest.IntegrationUser, servicenowtest.IntegrationPassword,
		s.Instance().Origin(), s.Addr())
}
