package syslog_test

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/text/encoding/japanese"

	"github.com/torideproject/toride/internal/event"
	"github.com/torideproject/toride/internal/event/format/all"
	"github.com/torideproject/toride/internal/event/format/formattest"
	"github.com/torideproject/toride/internal/event/source"
	"github.com/torideproject/toride/internal/event/source/sourcetest"
	"github.com/torideproject/toride/internal/event/source/syslog"
)

// messages are what goes through rsyslog: Japanese in UTF-8 and Shift_JIS, a
// FortiGate's line, a long one, one in quotation marks.
func messages(n int) [][]byte {
	var all [][]byte
	for i := range n {
		var m []byte
		switch i % 5 {
		case 0:
			m = fmt.Appendf(nil, "No.%06d 患者のカルテを参照しました 利用者=田中", i)
		case 1:
			sjis, _ := japanese.ShiftJIS.NewEncoder().String("ログイン失敗 端末=医事課")
			m = fmt.Appendf(nil, "No.%06d %s", i, sjis)
		case 2:
			m = fmt.Appendf(nil, `No.%06d date=2026-11-22 time=18:00:00 logid="0100032001" type="event" user="a \"b\""`, i)
		case 3:
			m = fmt.Appendf(nil, "No.%06d %s", i, strings.Repeat("long ", 400))
		default:
			m = fmt.Appendf(nil, `No.%06d C:\temp\x "quoted" <tag> %%d`, i)
		}
		all = append(all, m)
	}
	return all
}

// action is an output of rsyslog to a source.
func action(t *testing.T, r *sourcetest.Running, protocol, more string) string {
	t.Helper()
	_, port, err := net.SplitHostPort(r.Addr())
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf(`action(type="omfwd" name="to%s" target="127.0.0.1" port="%s" protocol="%s" template="RSYSLOG_SyslogProtocol23Format" %s
  queue.type="LinkedList" queue.filename="q%s" queue.size="1000" queue.maxdiskspace="200m" queue.saveonshutdown="on" action.resumeRetryCount="-1" action.resumeInterval="1")
`, port, port, protocol, more, port)
}

const followFile = `global(workDirectory="DIR/spool")
module(load="imfile")
input(type="imfile" File="DIR/in.log" Tag="karte:" Severity="info" Facility="local1" readTimeout="0")
`

func follow(t *testing.T, rs *sourcetest.Rsyslog, messages [][]byte) {
	t.Helper()
	f, err := os.OpenFile(filepath.Join(rs.Dir, "in.log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.Write(append(bytes.Join(messages, []byte{'\n'}), '\n')); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
}

// arrived checks that each message came once, byte for byte behind rsyslog's head.
func arrived(t *testing.T, name string, records []event.Record, messages [][]byte) {
	t.Helper()
	seen := map[string]int{}
	for _, r := range records {
		i := bytes.Index(r.Data, []byte("No."))
		if i < 0 || !bytes.HasPrefix(r.Data, []byte("<142>1 ")) {
			t.Errorf("%s: %.200q", name, r.Data)
			return
		}
		// A datagram is kept as it came, with the line feed of rsyslog's template.
		seen[string(bytes.TrimSuffix(r.Data[i:], []byte{'\n'}))]++
	}
	for i, m := range messages {
		if seen[string(m)] != 1 {
			t.Errorf("%s: message %d, %q, came %d times; %d came in all, the first was %.100q", name, i, m, seen[string(m)], len(records), records[0].Data)
			return
		}
	}
	if len(seen) != len(messages) {
		t.Errorf("%s: %d messages, sent %d", name, len(seen), len(messages))
	}
}

func TestRsyslog_EveryWayOfForwarding(t *testing.T) {
	certificate := sourcetest.Certificate(t)
	secure := settings("tcp")(t)
	pool := x509.NewCertPool()
	pool.AddCert(certificate.Leaf)
	secure.TLS = &tls.Config{MinVersion: tls.VersionTLS12, ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: pool,
		GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return &certificate, nil }}
	ways := map[string]struct {
		set      source.Settings
		protocol string
		more     string
	}{
		"tcp, lines":         {settings("tcp")(t), "tcp", `TCP_Framing="traditional"`},
		"tcp, octet-counted": {settings("tcp")(t), "tcp", `TCP_Framing="octet-counted"`},
		"tls, octet-counted": {secure, "tcp", `TCP_Framing="octet-counted" StreamDriver="ossl" StreamDriverMode="1" StreamDriverAuthMode="x509/certvalid"`},
		"udp":                {settings("udp")(t), "udp", ""},
	}
	config := `global(DefaultNetstreamDriverCAFile="DIR/cert.pem" DefaultNetstreamDriverCertFile="DIR/cert.pem" DefaultNetstreamDriverKeyFile="DIR/key.pem")` + "\n" + followFile
	running := map[string]*sourcetest.Running{}
	for name, way := range ways {
		running[name] = sourcetest.Start(t, syslog.Kind(), way.set)
		config += action(t, running[name], way.protocol, way.more)
	}
	cert, key := sourcetest.PEM(t, certificate)
	dir := t.TempDir()
	for name, data := range map[string][]byte{"cert.pem": cert, "key.pem": key} {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"cert.pem", "key.pem"} {
		config = strings.ReplaceAll(config, "DIR/"+name, filepath.Join(dir, name))
	}
	rs := sourcetest.StartRsyslog(t, config)
	sent := messages(300)
	follow(t, rs, sent)
	for _, r := range running {
		r.Sink.Wait(t, len(sent))
	}
	for name, r := range running {
		arrived(t, name, r.Sink.Records(), sent)
	}
	rs.Log(t, "emr", "手で送った記録 by logger")
	formats := all.Named(formattest.Zone())
	for name, r := range running {
		r.Sink.Wait(t, len(sent)+1)
		rec := r.Sink.Records()[len(sent)]
		e := formattest.Normalise(formats[rec.Format], rec.Data)
		if e.Core.Message != "手で送った記録 by logger" || e.Core.Provider != "emr" || e.Core.Severity != "notice" || rec.Peer != "127.0.0.1" {
			t.Errorf("%s: %+v of %q", name, e.Core, rec.Data)
		}
	}
	rs.Stop(t)
	for _, r := range running {
		r.Halt(t)
	}
}

// While the sink refuses, rsyslog queues on its disk; afterwards every message has come
// once.
func TestRsyslog_QueuesThroughAnOutage(t *testing.T) {
	r := sourcetest.Start(t, syslog.Kind(), settings("tcp")(t))
	r.Sink.RefuseAfter(1)
	rs := sourcetest.StartRsyslog(t, followFile+action(t, r, "tcp", `TCP_Framing="octet-counted"`))
	sent := messages(12_000) // 36 MB: more than Toride and the system keep in memory
	for i := range sent {
		sent[i] = append(sent[i], strings.Repeat(" 長い記録", 200)...)
	}
	follow(t, rs, sent)
	sourcetest.Until(t, "rsyslog to queue on its disk", func() bool {
		files, _ := filepath.Glob(filepath.Join(rs.Dir, "spool", "q*.0*"))
		return len(files) > 0
	})
	if n := r.Sink.Count(); n > 500 {
		t.Errorf("%d records were taken by a sink that refuses", n)
	}
	r.Sink.Refuse(nil)
	r.Sink.Wait(t, len(sent))
	arrived(t, "after the outage", r.Sink.Records(), sent)
	if lost := r.Stats.Lost.Load(); lost != 0 {
		t.Errorf("%d lost", lost)
	}
	rs.Stop(t)
	r.Stop(t)
}
