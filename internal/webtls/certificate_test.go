package webtls_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/torideproject/toride/internal/fault"
	"github.com/torideproject/toride/internal/webtls"
)

func TestLoad_OwnCertificateIsKeptUntilItNoLongerFits(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 2, 0, 0, 0, 0, time.UTC)
	cfg := webtls.Config{Dir: t.TempDir(), Listen: "192.0.2.7:8444", Clock: func() time.Time { return now }}
	load := func() webtls.Certificate {
		t.Helper()
		c, err := webtls.Load(cfg)
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	first := load()
	if !first.Own || len(first.Fingerprint) != 64 || first.TLS.Leaf.VerifyHostname("192.0.2.7") != nil || first.TLS.Leaf.VerifyHostname("evil.example") == nil {
		t.Errorf("%+v", first)
	}
	if load().Fingerprint != first.Fingerprint {
		t.Error("made anew without a reason")
	}
	cfg.Hosts = []string{"shiryo.example"}
	named := load()
	if named.Fingerprint == first.Fingerprint || named.TLS.Leaf.VerifyHostname("shiryo.example") != nil {
		t.Error("the new name is missing")
	}
	now = named.Until.AddDate(0, 0, -29)
	if load().Fingerprint == named.Fingerprint {
		t.Error("an ending certificate was kept")
	}
	if info, err := os.Stat(filepath.Join(cfg.Dir, "tls-key.pem")); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v %v", info, err)
	}
}

func TestLoad_BadFilesAreAFault(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "tls-cert.pem"), []byte("no certificate"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "tls-key.pem"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, cfg := range []webtls.Config{{Dir: dir, Clock: time.Now}, {Cert: filepath.Join(dir, "none"), Key: "x", Clock: time.Now}} {
		if _, err := webtls.Load(cfg); !errors.Is(err, fault.New(fault.Invalid, "webtls.bad")) {
			t.Errorf("%v", err)
		}
	}
}
