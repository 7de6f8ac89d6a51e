//go:build unix

// Host is a host of the SDK that measures what one thing costs it, and prints what it found as JSON. Package speed
// builds it, and is the instance that it calls.
package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"

	"github.com/seed-a66f7fd3/servicenow"
	"github.com/seed-a66f7fd3/servicenow/auth"
)

// task is what to measure.
type task struct {
	what           string // a key of works
	address        string // where the instance is
	certificate    string // its certificate, or "" where it does without
	rows, pageSize int
	bytes          int64
	passes         int
}

func main() {
	var t task
	flag.StringVar(&t.what, "what", "", "what to measure")
	flag.StringVar(&t.address, "address", "", "host and port of the instance")
	flag.StringVar(&t.certificate, "certificate", "", "file with the certificate of the instance; none is plain HTTP")
	flag.IntVar(&t.rows, "rows", 0, "how many rows there are")
	flag.IntVar(&t.pageSize, "page", 0, "how many to ask for at once")
	flag.Int64Var(&t.bytes, "bytes", 0, "how many bytes a file has")
	flag.IntVar(&t.passes, "passes", 1, "how often to measure")
	flag.Parse()
	begin, known := works[t.what]
	if !known {
		check(fmt.Errorf("%q is not known", t.what))
	}
	check(json.NewEncoder(os.Stdout).Encode(figuresOf(begin(reach(t), t), t.passes)))
}

// check ends a process that was started for one thing and cannot do it.
func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

const origin = "https://acme.service-now.com"

// near is the instance as the SDK and as net/http reach it.
type near struct {
	sdk  *servicenow.Client
	http *http.Client
}

// reach makes a client as a host does, whose connections end at the instance's process. Without a certificate TLS is
// left out on the way, so that it is not measured; that is no way that the SDK offers.
func reach(t task) near {
	transport := &http.Transport{DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, network, t.address)
	}}
	hc := &http.Client{Transport: transport}
	if t.certificate == "" {
		hc.Transport = withoutTLS{transport}
	} else {
		certificate, err := os.ReadFile(t.certificate)
		check(err)
		roots := x509.NewCertPool()
		roots.AppendCertsFromPEM(certificate)
		transport.TLSClientConfig = &tls.Config{RootCAs: roots, ServerName: "example.com"}
	}
	instance, err := servicenow.ParseInstance(origin)
	check(err)
	sdk, err := servicenow.New(instance, servicenow.WithHTTPClient(hc),
		servicenow.WithCredential(auth.Bearer(auth.NewSecret("a-token"))))
	check(err)
	return near{sdk, hc}
}

type withoutTLS struct{ base http.RoundTripper }

func (w withoutTLS) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.URL.Scheme = "http"
	return w.base.RoundTrip(r)
}

// discard reads an answer to its end by net/http alone.
func discard(resp *http.Response, err error) {
	check(err)
	if resp.StatusCode >= 300 {
		check(fmt.Errorf("status %d", resp.StatusCode))
	}
	_, err = io.Copy(io.Discard, resp.Body)
	check(err)
	check(resp.Body.Close())
}
