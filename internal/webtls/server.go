package webtls

import (
	"crypto/tls"
	"log/slog"
	"net"
	"net/http"
	"time"
)

// NewServer makes the server of a site's pages. Who is slow with a header is let
// go after 10 s, who is slow with the rest after 5 min: an upload over a line of
// a ward takes its time.
func NewServer(pages http.Handler, log *slog.Logger) *http.Server {
	return &http.Server{
		Handler: pages, ReadHeaderTimeout: 10 * time.Second, ReadTimeout: 5 * time.Minute, WriteTimeout: 5 * time.Minute,
		IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 64 << 10, ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelDebug),
	}
}

// Listen is the listener of a site: TLS 1.2 or newer over a Fair listener.
func Listen(l net.Listener, cert tls.Certificate) net.Listener {
	return tls.NewListener(NewFair(l, EachAddress), &tls.Config{Certificates: []tls.Certificate{cert}, MinVersion: tls.VersionTLS12, NextProtos: []string{"http/1.1"}})
}
