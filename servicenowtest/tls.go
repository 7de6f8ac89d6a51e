package servicenowtest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"time"
)

// identity is a server's own certificate authority and the leaf it signed. Every server has a fresh one, so that a
// client that trusts one server trusts no other.
type identity struct {
	authority *x509.Certificate
	key       *ecdsa.PrivateKey
	leaf      tls.Certificate
	expired   tls.Certificate // shown while an expired-certificate fault is armed
}

// newIdentity makes the certificates for host. They are valid by the machine's clock, not by the server's: clients
// check them against their own time.
func newIdentity(host string, now time.Time) (*identity, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("key of the authority: %w", err)
	}
	template := &x509.Certificate{
		SerialNumber:          big.NewInt(1),
		Subject:               pkix.Name{CommonName: "servicenowtest authority of " + host},
		NotBefore:             now.Add(-24 * time.Hour),
		NotAfter:              now.AddDate(10, 0, 0),
		KeyUsage:              x509.KeyUsageCertSign,
		BasicConstraintsValid: true,
		IsCA:                  true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return nil, fmt.Errorf("certificate of the authority: %w", err)
	}
	authority, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, fmt.Errorf("certificate of the authority: %w", err)
	}
	id := &identity{authority: authority, key: key}
	if id.leaf, err = id.sign(host, 2, now.Add(-24*time.Hour), now.AddDate(1, 0, 0)); err != nil {
		return nil, err
	}
	id.expired, err = id.sign(host, 3, now.AddDate(-1, 0, 0), now.Add(-time.Hour))
	return id, err
}

// sign issues a leaf for host and for the loopback names, under which a browser may reach the server.
func (id *identity) sign(host string, serial int64, from, until time.Time) (tls.Certificate, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return tls.Certificate{}, fmt.Errorf("key of %s: %w", host, err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(serial),
		Subject:      pkix.Name{CommonName: host},
		DNSNames:     []string{host, "localhost"},
		IPAddresses:  []net.IP{net.IPv4(127, 0, 0, 1), net.IPv6loopback},
		NotBefore:    from,
		NotAfter:     until,
		KeyUsage:     x509.KeyUsageDigitalSignature,
		ExtKeyUsage:  []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, id.authority, key.Public(), id.key)
	if err != nil {
		return tls.Certificate{}, fmt.Errorf("certificate of %s: %w", host, err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, nil
}

// pool trusts this authority and nothing else.
func (id *identity) pool() *x509.CertPool {
	pool := x509.NewCertPool()
	pool.AddCert(id.authority)
	return pool
}

// pem is the authority's certificate as SSL_CERT_FILE and curl's --cacert want it.
func (id *identity) pem() []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: id.authority.Raw})
}
