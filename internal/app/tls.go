package app

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"math/big"
	"net"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/torideproject/toride/internal/durable"
	"github.com/torideproject/toride/internal/fault"
)

// certificate is what the pages are served with.
type certificate struct {
	tls         tls.Certificate
	Own         bool // Toride made it
	Until       time.Time
	Fingerprint string // SHA-256, to compare with what the browser shows
}

// ownLife is how long an own certificate lasts: browsers refuse longer ones.
const ownLife = 820 * 24 * time.Hour

// hosts gives the names of the box and those of the configuration.
func (c Config) hosts() []string {
	names := []string{"localhost", "127.0.0.1", "::1"}
	if host, err := os.Hostname(); err == nil && host != "" {
		names = append(names, host)
	}
	if host, _, err := net.SplitHostPort(c.Listen); err == nil && host != "" && host != "0.0.0.0" && host != "::" {
		names = append(names, host)
	}
	names = append(names, c.Hosts...)
	slices.Sort(names)
	return slices.Compact(names)
}

// certificate loads the configured certificate, or the own one, which is made
// anew when it is missing, ends within 30 days, or lacks a name.
func (c Config) certificate() (certificate, error) {
	if c.Cert != "" {
		pair, err := tls.LoadX509KeyPair(c.Cert, c.CertKey)
		if err != nil {
			return certificate{}, fault.New(fault.Invalid, "app.cert.bad", c.Cert, err.Error()).With(err)
		}
		return describe(pair, false)
	}
	certPath, keyPath := c.path("tls-cert.pem"), c.path("tls-key.pem")
	pair, err := tls.LoadX509KeyPair(certPath, keyPath)
	if err == nil {
		if cert, err := describe(pair, true); err == nil && cert.fits(c.hosts(), c.Clock()) {
			return cert, nil
		}
	} else if !errors.Is(err, fs.ErrNotExist) {
		return certificate{}, fault.New(fault.Invalid, "app.cert.bad", certPath, err.Error()).With(err)
	}
	certPEM, keyPEM, err := makeCertificate(c.hosts(), c.Clock())
	if err != nil {
		return certificate{}, fmt.Errorf("app: certificate: %w", err)
	}
	if err := errors.Join(durable.WriteFile(keyPath, keyPEM, 0o600), durable.WriteFile(certPath, certPEM, 0o600)); err != nil {
		return certificate{}, err
	}
	pair, err = tls.X509KeyPair(certPEM, keyPEM)
	if err != nil {
		return certificate{}, fmt.Errorf("app: certificate: %w", err)
	}
	return describe(pair, true)
}

func describe(pair tls.Certificate, own bool) (certificate, error) {
	leaf, err := x509.ParseCertificate(pair.Certificate[0])
	if err != nil {
		return certificate{}, fault.New(fault.Invalid, "app.cert.bad", "", err.Error()).With(err)
	}
	pair.Leaf = leaf
	sum := sha256.Sum256(leaf.Raw)
	return certificate{tls: pair, Own: own, Until: leaf.NotAfter, Fingerprint: strings.ToUpper(hex.EncodeToString(sum[:]))}, nil
}

// fits reports whether an own certificate can still be used for the names.
func (c certificate) fits(hosts []string, now time.Time) bool {
	if now.Add(30*24*time.Hour).After(c.Until) || now.Before(c.tls.Leaf.NotBefore) {
		return false
	}
	return !slices.ContainsFunc(hosts, func(h string) bool { return c.tls.Leaf.VerifyHostname(h) != nil })
}

func makeCertificate(hosts []string, now time.Time) (certPEM, keyPEM []byte, err error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, nil, err
	}
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 127))
	if err != nil {
		return nil, nil, err
	}
	t := x509.Certificate{SerialNumber: serial, Subject: pkix.Name{CommonName: "Toride"}, NotBefore: now.Add(-time.Hour), NotAfter: now.Add(ownLife),
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}, BasicConstraintsValid: true}
	for _, h := range hosts {
		if ip := net.ParseIP(h); ip != nil {
			t.IPAddresses = append(t.IPAddresses, ip)
		} else {
			t.DNSNames = append(t.DNSNames, h)
		}
	}
	der, err := x509.CreateCertificate(rand.Reader, &t, &t, &key.PublicKey, key)
	if err != nil {
		return nil, nil, err
	}
	keyDER, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, nil, err
	}
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: keyDER}), nil
}
