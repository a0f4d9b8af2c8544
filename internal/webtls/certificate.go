package webtls

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
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/torideproject/toride/internal/durable"
	"github.com/torideproject/toride/internal/fault"
)

// Certificate is what pages are served with.
type Certificate struct {
	TLS         tls.Certificate
	Own         bool // Toride made it
	Until       time.Time
	Fingerprint string // SHA-256, to compare with what the browser shows
}

// ownLife is how long an own certificate lasts: browsers refuse longer ones.
const ownLife = 820 * 24 * time.Hour

// Config says which certificate is wanted.
type Config struct {
	Dir    string   // where an own one lies: tls-cert.pem, tls-key.pem
	Cert   string   // a given one and its key as PEM files; empty: an own one
	Key    string   //
	Listen string   // address and port of the pages
	Hosts  []string // further names under which people open them
	Clock  func() time.Time
}

// Names gives the names of the box and those of the configuration, sorted.
func (c Config) Names() []string {
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

// Load loads the given certificate, or the own one, which is made anew when it
// is missing, ends within 30 days, or lacks a name. A certificate that cannot be
// used is the fault "webtls.bad".
func Load(c Config) (Certificate, error) {
	if c.Cert != "" {
		pair, err := tls.LoadX509KeyPair(c.Cert, c.Key)
		if err != nil {
			return Certificate{}, fault.New(fault.Invalid, "webtls.bad", c.Cert, err.Error()).With(err)
		}
		return describe(pair, false)
	}
	certPath, keyPath := filepath.Join(c.Dir, "tls-cert.pem"), filepath.Join(c.Dir, "tls-key.pem")
	pair, err := tls.LoadX509KeyPair(certPath, keyPath)
	if err == nil {
		if cert, err := describe(pair, true); err == nil && cert.fits(c.Names(), c.Clock()) {
			return cert, nil
		}
	} else if !errors.Is(err, fs.ErrNotExist) {
		return Certificate{}, fault.New(fault.Invalid, "webtls.bad", certPath, err.Error()).With(err)
	}
	certPEM, keyPEM, err := makeCertificate(c.Names(), c.Clock())
	if err != nil {
		return Certificate{}, fmt.Errorf("webtls: %w", err)
	}
	if err := errors.Join(durable.WriteFile(keyPath, keyPEM, 0o600), durable.WriteFile(certPath, certPEM, 0o600)); err != nil {
		return Certificate{}, err
	}
	pair, err = tls.X509KeyPair(certPEM, keyPEM)
	if err != nil {
		return Certificate{}, fmt.Errorf("webtls: %w", err)
	}
	return describe(pair, true)
}

func describe(pair tls.Certificate, own bool) (Certificate, error) {
	leaf, err := x509.ParseCertificate(pair.Certificate[0])
	if err != nil {
		return Certificate{}, fault.New(fault.Invalid, "webtls.bad", "", err.Error()).With(err)
	}
	pair.Leaf = leaf
	sum := sha256.Sum256(leaf.Raw)
	return Certificate{TLS: pair, Own: own, Until: leaf.NotAfter, Fingerprint: strings.ToUpper(hex.EncodeToString(sum[:]))}, nil
}

// fits reports whether an own certificate can still be used for the names.
func (c Certificate) fits(hosts []string, now time.Time) bool {
	if now.Add(30*24*time.Hour).After(c.Until) || now.Before(c.TLS.Leaf.NotBefore) {
		return false
	}
	return !slices.ContainsFunc(hosts, func(h string) bool { return c.TLS.Leaf.VerifyHostname(h) != nil })
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
