package servicenowtest

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"sync"
	"time"
)

// pipeListener accepts in-memory connections. Its pipes block on channels and not in the kernel, so that a server
// built on it lives inside a testing/synctest bubble.
type pipeListener struct {
	conns  chan net.Conn
	closed chan struct{}
	once   sync.Once
}

func newPipeListener() *pipeListener {
	return &pipeListener{conns: make(chan net.Conn), closed: make(chan struct{})}
}

func (l *pipeListener) Accept() (net.Conn, error) {
	select {
	case c := <-l.conns:
		return c, nil
	case <-l.closed:
		return nil, net.ErrClosed
	}
}

func (l *pipeListener) Close() error {
	l.once.Do(func() { close(l.closed) })
	return nil
}

func (l *pipeListener) Addr() net.Addr { return pipeAddr{} }

// dial makes one connection and waits until the server took its end.
func (l *pipeListener) dial(ctx context.Context) (net.Conn, error) {
	client, server := net.Pipe()
	select {
	case l.conns <- server:
		return client, nil
	case <-l.closed:
		return nil, net.ErrClosed
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

type pipeAddr struct{}

func (pipeAddr) Network() string { return "pipe" }
func (pipeAddr) String() string  { return "pipe" }

// errForeignHost is why an [Server.HTTPClient] does not reach the rest of the world: a test that leaves its instance
// is a bug, and a token that leaves with it is worse.
var errForeignHost = errors.New("servicenowtest: this client reaches its own instance only")

// dial connects to the server when addr names its instance, and refuses everything else.
func (s *Server) dial(ctx context.Context, _, addr string) (net.Conn, error) {
	if addr != s.instance.Host()+":443" && addr != s.Addr() {
		return nil, fmt.Errorf("%w: %s", errForeignHost, addr)
	}
	if s.pipe != nil {
		return s.pipe.dial(ctx)
	}
	var d net.Dialer
	return d.DialContext(ctx, "tcp", s.Addr())
}

// HTTPClient is a client for this server alone: it dials the server's listener for its instance's host, trusts the
// server's certificate and no other, and refuses every other host. It has no cookie jar and follows redirects as
// net/http does. Each call returns a fresh client; [Server.Close] closes the idle connections of all of them.
func (s *Server) HTTPClient() *http.Client {
	return &http.Client{Transport: s.Transport()}
}

// Transport is the round tripper of [Server.HTTPClient], for those who wrap it.
func (s *Server) Transport() *http.Transport {
	t := &http.Transport{
		DialContext:         s.dial,
		TLSClientConfig:     &tls.Config{RootCAs: s.identity.pool(), MinVersion: tls.VersionTLS12},
		MaxIdleConnsPerHost: 16,
		IdleConnTimeout:     time.Minute,
		TLSHandshakeTimeout: 30 * time.Second,
	}
	s.mu.Lock()
	s.transports = append(s.transports, t)
	s.mu.Unlock()
	return t
}
