package rest

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"net/http/httptrace"
	"sync/atomic"

	"github.com/seed-a66f7fd3/servicenow/internal/remedy"
)

// progress is how far a request came, as net/http's transport tells. Other transports tell nothing, and then nothing
// is certain.
type progress struct {
	asked     atomic.Bool // a connection was asked for: it is net/http's transport
	connected atomic.Bool
	broken    atomic.Bool // writing the request failed
}

func (p *progress) hooks() *httptrace.ClientTrace {
	return &httptrace.ClientTrace{
		GetConn: func(string) { // again when the transport found a kept connection closed: what counts is the last
			p.asked.Store(true)
			p.connected.Store(false)
			p.broken.Store(false)
		},
		GotConn: func(httptrace.GotConnInfo) { p.connected.Store(true) },
		WroteRequest: func(info httptrace.WroteRequestInfo) {
			if info.Err != nil {
				p.broken.Store(true)
			}
		},
	}
}

// neverSent reports whether the instance cannot have carried out the request. A body that was taken to its end may
// have been sent to its end, whatever else is told.
func (p *progress) neverSent(body *source) bool {
	if p == nil || !p.asked.Load() {
		return false
	}
	return !p.connected.Load() || p.broken.Load() || body != nil && !body.all.Load()
}

// judgeTransport is the verdict on an attempt without an answer.
func judgeTransport(err error, p *progress, body *source) *verdict {
	v := &verdict{class: ErrUnavailable, err: err, cause: remedy.Network, again: ifReplayable}
	var idle *silence
	var long *tooLong
	switch {
	case body.broken() != nil:
		return &verdict{class: ErrInvalid, err: body.broken()}
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return &verdict{err: err}
	case isCertificate(err):
		v.cause, v.again = remedy.Certificate, never
	case isDial(err) || p.neverSent(body):
		v.again = always
	case errors.As(err, &idle), errors.As(err, &long):
		v.cause, v.cut = remedy.Silent, overloaded
	}
	return v
}

// isDial reports whether no connection was made: the name was not found, or the address refused.
func isDial(err error) bool {
	var op *net.OpError
	var dns *net.DNSError
	return errors.As(err, &dns) || errors.As(err, &op) && (op.Op == "dial" || op.Op == "proxyconnect")
}

func isCertificate(err error) bool {
	var verification *tls.CertificateVerificationError
	var authority x509.UnknownAuthorityError
	var host x509.HostnameError
	var invalid x509.CertificateInvalidError
	return errors.As(err, &verification) || errors.As(err, &authority) || errors.As(err, &host) ||
		errors.As(err, &invalid)
}
