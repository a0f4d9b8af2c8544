// Package syslog sends calls and heartbeats to a syslog server (RFC 5424), so
// that an existing monitoring system can wake people and notice silence.
//
// TCP and TLS frames are octet-counted (RFC 6587, 3.4.1; RFC 5425, 4.3). Over
// UDP nobody answers: sent does not mean taken.
package syslog

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net"
	"os"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/torideproject/toride/internal/fault"
	"github.com/torideproject/toride/internal/notify/channel"
)

// Kind describes syslog.
func Kind() channel.Kind {
	return channel.Kind{Name: "syslog", Beats: true, Clears: true, Fields: []channel.Field{
		{Name: "server", Required: true, Help: true},
		{Name: "transport", Required: true, Default: "tcp", Options: []string{"tls", "tcp", "udp"}},
		{Name: "ca", Help: true},
	}, New: open}
}

type sender struct {
	network, address string
	tls              *tls.Config // nil: plain
}

func open(s channel.Settings) (channel.Sender, error) {
	port := map[string]string{"tls": "6514", "tcp": "601", "udp": "514"}[s["transport"]]
	host, given, err := net.SplitHostPort(s["server"])
	if err == nil {
		port = given
	} else {
		host = s["server"]
	}
	known := map[string]bool{"tls": true, "tcp": true, "udp": true}[s["transport"]]
	if number, err := strconv.ParseUint(port, 10, 16); !known || err != nil || number == 0 || host == "" || strings.ContainsAny(host, " \t") {
		return nil, fault.New(fault.Invalid, "notify.syslog.bad_server", s["server"])
	}
	out := &sender{network: "tcp", address: net.JoinHostPort(host, port)}
	switch s["transport"] {
	case "udp":
		out.network = "udp"
	case "tls":
		out.tls = &tls.Config{ServerName: host, MinVersion: tls.VersionTLS12}
		if s["ca"] != "" {
			out.tls.RootCAs = x509.NewCertPool()
			if !out.tls.RootCAs.AppendCertsFromPEM([]byte(s["ca"])) {
				return nil, fault.New(fault.Invalid, "notify.bad_ca")
			}
		}
	}
	return out, nil
}

const timeout = 10 * time.Second

// Send writes one message and closes the connection.
func (s *sender) Send(ctx context.Context, m channel.Message) error {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	dialer := &net.Dialer{}
	var conn net.Conn
	var err error
	if s.tls != nil {
		conn, err = (&tls.Dialer{NetDialer: dialer, Config: s.tls}).DialContext(ctx, s.network, s.address)
	} else {
		conn, err = dialer.DialContext(ctx, s.network, s.address)
	}
	if err != nil {
		return err
	}
	defer conn.Close()
	if until, ok := ctx.Deadline(); ok {
		if err := conn.SetDeadline(until); err != nil {
			return err
		}
	}
	line := Line(m)
	if s.network == "tcp" {
		line = fmt.Sprintf("%d %s", len(line), line)
	}
	if _, err = conn.Write([]byte(line)); err != nil {
		return err
	}
	if tcp, ok := conn.(*net.TCPConn); ok {
		return tcp.CloseWrite()
	}
	return nil
}

// facility is 13, "log audit" (RFC 5424, table 1).
const facility = 13

// Line is the message as RFC 5424 writes it, without framing.
func Line(m channel.Message) string {
	severity := map[string]int{"critical": 1, "high": 3}[m.Level]
	if severity == 0 {
		severity = 6
	}
	name, err := os.Hostname()
	if err != nil || name == "" {
		name = "-"
	}
	escape := strings.NewReplacer(`\`, `\\`, `"`, `\"`, `]`, `\]`, "\n", " ", "\r", " ")
	// 32473 is the enterprise number for examples (RFC 5612): Toride has none.
	data := fmt.Sprintf(`[toride@32473 kind="%s" level="%s" call="%s" url="%s" hospital="%s"]`,
		m.Kind, escape.Replace(m.Level), escape.Replace(m.ID), escape.Replace(m.URL), escape.Replace(m.Hospital))
	return fmt.Sprintf("<%d>1 %s %s toride - %s %s \xef\xbb\xbf%s", facility*8+severity, m.At.UTC().Format("2006-01-02T15:04:05.000000Z"),
		name, m.Kind, data, strings.Map(onLine, m.Subject))
}

// onLine keeps a subject, which names hosts and people as somebody logged them,
// on one line: some receivers end a line at other characters than a line feed.
func onLine(r rune) rune {
	if unicode.IsControl(r) || r == '\u2028' || r == '\u2029' {
		return ' '
	}
	return r
}
