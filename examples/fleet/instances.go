package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/seed-a66f7fd3/servicenow"
	"github.com/seed-a66f7fd3/servicenow/auth"
	"github.com/seed-a66f7fd3/servicenow/servicenowtest"
)

const redirectURL = "https://fleet.example.com/oauth/servicenow/callback"

// instances are the customers' instances, embedded. Tenants share them by turns: some customers connect one instance
// more than once.
type instances struct {
	servers []*servicenowtest.Server
	proxy   *http.Server
	env     []string     // by which another process reaches them as it would reach real ones
	client  *http.Client // by which this one does
}

// startInstances starts n instances with a few records each, behind one forward proxy.
func startInstances(n, cases int, dir string) (_ *instances, err error) {
	s := &instances{}
	defer func() {
		if err != nil {
			s.close()
		}
	}()
	addresses, authorities := map[string]string{}, []byte(nil)
	for i := range n {
		sn, err := servicenowtest.Start(servicenowtest.WithInstanceName(fmt.Sprintf("customer%03d", i)),
			servicenowtest.WithSeed(uint64(i+1)))
		if err != nil {
			return s, err
		}
		s.servers = append(s.servers, sn)
		addresses[sn.Instance().Host()+":443"] = sn.Addr()
		authorities = append(authorities, sn.CertPEM()...)
		if err := fill(sn, cases); err != nil {
			return s, err
		}
	}
	file := filepath.Join(dir, "authorities.pem")
	if err := os.WriteFile(file, authorities, 0o600); err != nil {
		return s, err
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return s, err
	}
	s.proxy = &http.Server{Handler: forward(addresses), ReadHeaderTimeout: time.Minute}
	go func() { _ = s.proxy.Serve(l) }()
	proxy := &url.URL{Scheme: "http", Host: l.Addr().String()}
	s.env = []string{"HTTPS_PROXY=" + proxy.String(), "SSL_CERT_FILE=" + file}
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(authorities)
	s.client = &http.Client{Transport: &http.Transport{
		Proxy: http.ProxyURL(proxy), TLSClientConfig: &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12},
	}}
	return s, nil
}

func (s *instances) close() {
	if s.proxy != nil {
		s.client.CloseIdleConnections()
		_ = s.proxy.Close()
	}
	for _, sn := range s.servers {
		sn.Close()
	}
}

// of is the instance of the i-th tenant.
func (s *instances) of(i int) *servicenowtest.Server { return s.servers[i%len(s.servers)] }

// forward joins CONNECT for a known host to where that is, and refuses the rest of the world.
type forward map[string]string

func (f forward) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	target, known := f[r.Host]
	if r.Method != http.MethodConnect || !known {
		http.Error(w, "no such instance", http.StatusForbidden)
		return
	}
	up, err := new(net.Dialer).DialContext(r.Context(), "tcp", target)
	if err != nil {
		http.Error(w, "the instance is gone", http.StatusBadGateway)
		return
	}
	down, buffered, err := http.NewResponseController(w).Hijack()
	if err != nil {
		_ = up.Close()
		return
	}
	_, _ = io.WriteString(down, "HTTP/1.1 200 Connection established\r\n\r\n")
	join := func(to net.Conn, from io.Reader) {
		_, _ = io.Copy(to, from)
		_, _ = up.Close(), down.Close()
	}
	go join(up, buffered)
	go join(down, up)
}

// fill gives an instance an account with contacts and cases, each with a comment.
func fill(sn *servicenowtest.Server, cases int) error {
	admin := sn.As(servicenowtest.AdminUser)
	account, err := admin.Insert("customer_account", map[string]string{"name": "Acme"})
	if err != nil {
		return err
	}
	contact, err := admin.Insert("customer_contact", map[string]string{
		"user_name": "ada", "first_name": "Ada", "last_name": "Lovelace", "account": account,
	})
	for i := 0; i < cases && err == nil; i++ {
		var id string
		id, err = admin.Insert("sn_customerservice_case", map[string]string{
			"short_description": fmt.Sprint("case ", i), "account": account, "contact": contact,
		})
		if err == nil {
			err = admin.Comment("sn_customerservice_case", id, fmt.Sprint("comment on ", i))
		}
	}
	return err
}

// change is a working day: one case of each instance is changed, one is new, one is deleted.
func (s *instances) change() error {
	for _, sn := range s.servers {
		admin, rows := sn.As(servicenowtest.AdminUser), sn.Rows("sn_customerservice_case", "active=true")
		err := admin.Update("sn_customerservice_case", rows[0]["sys_id"], map[string]string{"priority": "1"})
		if err == nil {
			_, err = admin.Insert("sn_customerservice_case", map[string]string{"short_description": "a new case"})
		}
		if err == nil {
			err = admin.Delete("sn_customerservice_case", rows[1]["sys_id"])
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func tenantName(i int) string { return fmt.Sprintf("tenant-%04d", i) }

// onboard connects n tenants: each customer's admin consents.
func (s *instances) onboard(ctx context.Context, connector *servicenow.Connector, n int) error {
	all, ctx := errgroup.WithContext(ctx)
	all.SetLimit(8)
	for i := range n {
		all.Go(func() error {
			if err := connectTenant(ctx, connector, tenantName(i), s.of(i)); err != nil {
				return fmt.Errorf("%s: %w", tenantName(i), err)
			}
			return nil
		})
	}
	return all.Wait()
}

func connectTenant(ctx context.Context, connector *servicenow.Connector, tenant string, sn *servicenowtest.Server) error {
	app := sn.AddOAuthClient(servicenowtest.OAuthClient{Name: tenant, RedirectURLs: []string{redirectURL}})
	consent, pending, err := connector.Begin(ctx, tenant, servicenow.Settings{
		Instance: sn.Instance(), ClientID: app.ClientID, ClientSecret: auth.NewSecret(app.ClientSecret),
		Capability: servicenow.Helpdesk, PullBy: servicenow.Updated,
	})
	if err != nil {
		return err
	}
	redirect, err := sn.Consent(consent.String(), servicenowtest.IntegrationUser, servicenowtest.IntegrationPassword, true)
	if err != nil {
		return err
	}
	callback, err := url.Parse(redirect)
	if err != nil {
		return err
	}
	_, err = connector.Complete(ctx, pending, callback)
	return err
}

// requests counts what the instances were asked.
func (s *instances) requests() (n int) {
	for _, sn := range s.servers {
		n += len(sn.Requests())
	}
	return n
}
