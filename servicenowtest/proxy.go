package servicenowtest

import (
	"context"
	"io"
	"net"
	"net/http"
	"sync"
	"time"
)

// proxy is a forward proxy that knows one address: CONNECT to the instance's host is joined to the server's listener.
// With HTTPS_PROXY set to it and SSL_CERT_FILE to [Server.CertPEM], any HTTP client in any language reaches the server
// under its real name, TLS and all.
type proxy struct {
	host     string // "acme.service-now.com:443"
	target   string // the server's listener
	listener net.Listener
	server   *http.Server

	mu    sync.Mutex
	conns map[net.Conn]bool
	wg    sync.WaitGroup
}

func startProxy(addr, host, target string) (*proxy, error) {
	l, err := net.Listen("tcp", addr)
	if err != nil {
		return nil, err
	}
	p := &proxy{host: host, target: target, listener: l, conns: map[net.Conn]bool{}}
	p.server = &http.Server{Handler: p, ReadHeaderTimeout: time.Minute}
	p.wg.Go(func() { _ = p.server.Serve(l) })
	return p, nil
}

// ServeHTTP answers CONNECT for the instance, and 403 for the rest of the world.
func (p *proxy) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodConnect || r.Host != p.host {
		http.Error(w, "this proxy reaches "+p.host+" by CONNECT and nothing else", http.StatusForbidden)
		return
	}
	var d net.Dialer
	up, err := d.DialContext(r.Context(), "tcp", p.target)
	if err != nil {
		http.Error(w, "the instance is gone", http.StatusBadGateway)
		return
	}
	down, buffered, err := http.NewResponseController(w).Hijack()
	if err != nil {
		_ = up.Close()
		return
	}
	if !p.track(down, up) {
		return
	}
	_, _ = io.WriteString(down, "HTTP/1.1 200 Connection established\r\n\r\n")
	go p.pump(up, buffered, up, down)
	go p.pump(down, up, up, down)
}

// pump copies one direction and closes both ends when it is over, which ends the other direction too.
func (p *proxy) pump(dst io.Writer, src io.Reader, both ...net.Conn) {
	defer p.wg.Done()
	_, _ = io.Copy(dst, src)
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, c := range both {
		_ = c.Close()
		delete(p.conns, c)
	}
}

// track remembers a pair of connections for close, which waits for both their pumps; it refuses the pair, and closes
// it, when the proxy is closed already.
func (p *proxy) track(a, b net.Conn) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.conns == nil {
		_, _ = a.Close(), b.Close()
		return false
	}
	p.conns[a], p.conns[b] = true, true
	p.wg.Add(2)
	return true
}

func (p *proxy) close() {
	_ = p.server.Shutdown(context.Background())
	p.mu.Lock()
	for c := range p.conns {
		_ = c.Close()
	}
	p.conns = nil
	p.mu.Unlock()
	p.wg.Wait()
}
