// Package mail sends calls as e-mail through the hospital's own mail server.
//
// The subject begins with the level and the hospital, so that a telephone's
// notice already says what matters. STARTTLS is demanded unless the settings say
// otherwise; a server that offers none is an error, not a silent step down.
package mail

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net"
	"slices"
	"strconv"
	"time"

	gomail "github.com/wneessen/go-mail"

	"github.com/torideproject/toride/internal/fault"
	"github.com/torideproject/toride/internal/notify/channel"
)

// Kind describes mail.
func Kind() channel.Kind {
	return channel.Kind{Name: "mail", Personal: true, Fields: []channel.Field{
		{Name: "server", Required: true, Help: true},
		{Name: "tls", Required: true, Default: "starttls", Options: []string{"starttls", "tls", "none"}, Help: true},
		{Name: "ca", Help: true},
		{Name: "from", Required: true},
		{Name: "login"},
		{Name: "password", Secret: true},
	}, New: open}
}

type sender struct {
	host    string
	options []gomail.Option
	ssl     *tls.Config // from the first byte on; nil otherwise
	from    string
}

const timeout = 20 * time.Second

func open(s channel.Settings) (channel.Sender, error) {
	host, port, err := net.SplitHostPort(s["server"])
	if err != nil {
		host, port = s["server"], "587"
		if s["tls"] == "none" {
			port = "25"
		} else if s["tls"] == "tls" {
			port = "465"
		}
	}
	number, err := strconv.ParseUint(port, 10, 16)
	if err != nil || host == "" || number == 0 {
		return nil, fault.New(fault.Invalid, "notify.mail.bad_server", s["server"])
	}
	msg := gomail.NewMsg()
	if err := msg.From(s["from"]); err != nil {
		return nil, fault.New(fault.Invalid, "notify.mail.bad_from", s["from"]).With(err)
	}
	conf := &tls.Config{ServerName: host, MinVersion: tls.VersionTLS12}
	if s["ca"] != "" {
		conf.RootCAs = x509.NewCertPool()
		if !conf.RootCAs.AppendCertsFromPEM([]byte(s["ca"])) {
			return nil, fault.New(fault.Invalid, "notify.bad_ca")
		}
	}
	out := &sender{host: host, from: s["from"]}
	out.options = []gomail.Option{gomail.WithPort(int(number)), gomail.WithTimeout(timeout), gomail.WithTLSConfig(conf), gomail.WithHELO("toride.invalid")}
	switch s["tls"] {
	case "tls":
		out.ssl = conf
		out.options = append(out.options, gomail.WithSSL())
	case "none":
		out.options = append(out.options, gomail.WithTLSPolicy(gomail.NoTLS))
	default:
		out.options = append(out.options, gomail.WithTLSPolicy(gomail.TLSMandatory))
	}
	if s["login"] != "" {
		auth := gomail.SMTPAuthAutoDiscover
		if s["tls"] == "none" {
			auth = gomail.SMTPAuthPlainNoEnc
		}
		out.options = append(out.options, gomail.WithSMTPAuth(auth), gomail.WithUsername(s["login"]), gomail.WithPassword(s["password"]))
	}
	return out, nil
}

// Send sends one mail to all addresses of the message.
func (s *sender) Send(ctx context.Context, m channel.Message) error {
	if len(m.To) == 0 {
		return fault.New(fault.Invalid, "notify.mail.nobody")
	}
	msg := gomail.NewMsg()
	if err := msg.From(s.from); err != nil {
		return err
	}
	if err := msg.To(m.To...); err != nil {
		return fault.New(fault.Invalid, "notify.mail.bad_to", err.Error()).With(err)
	}
	msg.Subject(m.Subject)
	msg.SetDateWithValue(m.At)
	msg.SetMessageIDWithValue(fmt.Sprintf("%s.%d@toride.invalid", m.ID, m.At.UnixNano()))
	msg.SetGenHeader("X-Toride-Level", m.Level)
	msg.SetGenHeader("X-Toride-Call", m.ID)
	if m.Level == "critical" {
		msg.SetImportance(gomail.ImportanceUrgent)
	}
	body := m.Body
	if m.URL != "" {
		body += "\n" + m.URL + "\n"
	}
	msg.SetBodyString(gomail.TypeTextPlain, body)
	// The library leaves the connection open when the greeting fails.
	var conn net.Conn
	dial := gomail.WithDialContextFunc(func(ctx context.Context, network, address string) (net.Conn, error) {
		var err error
		if s.ssl != nil {
			conn, err = (&tls.Dialer{NetDialer: &net.Dialer{Timeout: timeout}, Config: s.ssl}).DialContext(ctx, network, address)
		} else {
			conn, err = (&net.Dialer{Timeout: timeout}).DialContext(ctx, network, address)
		}
		return conn, err
	})
	client, err := gomail.NewClient(s.host, append(slices.Clone(s.options), dial)...)
	if err != nil {
		return err
	}
	err = client.DialAndSendWithContext(ctx, msg)
	if conn != nil {
		_ = conn.Close() // closed already when all went well
	}
	return err
}
