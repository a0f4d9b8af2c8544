package webtls

import (
	"crypto/tls"
	"io"
	"log/slog"
	"net"
	"net/http"
	"testing"
	"time"
)

// A page comes over TLS; what speaks an older version of it gets none.
func TestServer_SpeaksNewTLSAlone(t *testing.T) {
	t.Parallel()
	cert, err := Load(Config{Dir: t.TempDir(), Clock: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "page") }), slog.New(slog.DiscardHandler))
	served := make(chan error, 1)
	go func() { served <- s.Serve(Listen(l, cert.TLS)) }()
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
		<-served
	})
	ask := func(most uint16) (string, error) {
		c := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true, MinVersion: tls.VersionTLS10, MaxVersion: most}}} //nolint:gosec // the test's own server
		defer c.CloseIdleConnections()
		res, err := c.Get("https://" + l.Addr().String() + "/")
		if err != nil {
			return "", err
		}
		defer res.Body.Close()
		body, err := io.ReadAll(res.Body)
		return string(body), err
	}
	for _, version := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
		if got, err := ask(version); err != nil || got != "page" {
			t.Errorf("%x: %q, %v", version, got, err)
		}
	}
	if got, err := ask(tls.VersionTLS11); err == nil {
		t.Errorf("TLS 1.1 was given %q", got)
	}
	if s.ReadHeaderTimeout == 0 || s.ReadTimeout == 0 || s.WriteTimeout == 0 || s.IdleTimeout == 0 || s.MaxHeaderBytes == 0 {
		t.Errorf("the server waits for ever: %+v", s)
	}
}
