package all_test

import (
	"bufio"
	"context"
	"encoding/base64"
	"fmt"
	"mime"
	"net"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gosnmp/gosnmp"

	"github.com/torideproject/toride/internal/fault"
	"github.com/torideproject/toride/internal/notify/channel"
	"github.com/torideproject/toride/internal/notify/channel/all"
	"github.com/torideproject/toride/internal/notify/channel/syslog"
	"github.com/torideproject/toride/internal/notify/channel/trap"
)

func kind(t *testing.T, name string) channel.Kind {
	t.Helper()
	for _, k := range all.Kinds() {
		if k.Name == name {
			return k
		}
	}
	t.Fatalf("no kind %s", name)
	return channel.Kind{}
}

func open(t *testing.T, name string, s channel.Settings) channel.Sender {
	t.Helper()
	sender, err := kind(t, name).New(s)
	if err != nil {
		t.Fatal(err)
	}
	return sender
}

func message() channel.Message {
	return channel.Message{ID: "c1", Kind: channel.Wake, Level: "critical", Subject: "【砦・緊急】架空総合病院: 給食の回線から遠隔接続", Body: "承認時間外です。\n画面を見てください。\n",
		URL: "https://toride.example:8443/alerts/1", Hospital: `架空"総合]病院`, At: time.Date(2026, 11, 2, 0, 0, 0, 0, time.UTC), To: []string{"sato@example.jp"}, Names: []string{"佐藤"}}
}

// Every kind refuses settings that cannot work with a sentence, reports a place
// that is away as an error within the time it is given, and never panics.
func TestKinds(t *testing.T) {
	t.Parallel()
	away := "127.0.0.1:1" // nobody listens on port 1
	working := map[string]channel.Settings{
		"mail":    {"server": away, "tls": "none", "from": "toride@example.jp"},
		"lamp":    {"on": "http://" + away + "/on", "off": "http://" + away + "/off"},
		"trap":    {"server": away, "mode": "inform", "version": "2c", "community": "kakuu", "oid": trap.Root},
		"webhook": {"url": "http://" + away},
		"syslog":  {"server": away, "transport": "tcp"},
	}
	for _, k := range all.Kinds() {
		t.Run(k.Name, func(t *testing.T) {
			t.Parallel()
			for _, bad := range []channel.Settings{nil, {}, {"server": ":", "url": "ftp://x", "on": "x"}, {"server": "a b:99999999"}, {"server": "h", "ca": "x", "tls": "tls", "from": "x", "url": "https://h", "on": "https://h", "transport": "tls"}} {
				if _, err := k.New(bad); err == nil || fault.KindOf(err) != fault.Invalid {
					t.Errorf("%v is taken: %v", bad, err)
				}
			}
			sender, err := k.New(working[k.Name])
			if err != nil {
				t.Fatal(err)
			}
			ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
			defer cancel()
			if err := sender.Send(ctx, message()); err == nil {
				t.Error("a place that is away took the message")
			}
		})
	}
}

// smtp is a small mail server: it takes one conversation and keeps it.
func smtp(t *testing.T) (address string, said func() string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	var talk strings.Builder
	done := make(chan struct{})
	go func() {
		defer close(done)
		conn, err := l.Accept()
		if err != nil {
			return
		}
		defer conn.Close()
		_ = conn.SetDeadline(time.Now().Add(20 * time.Second))
		in := bufio.NewScanner(conn)
		fmt.Fprint(conn, "220 kakuu\r\n")
		data := false
		for in.Scan() {
			line := in.Text()
			mu.Lock()
			talk.WriteString(line + "\n")
			mu.Unlock()
			switch {
			case data && line == ".":
				data = false
				fmt.Fprint(conn, "250 taken\r\n")
			case data:
			case strings.HasPrefix(line, "EHLO"):
				fmt.Fprint(conn, "250-kakuu\r\n250 8BITMIME\r\n")
			case line == "DATA":
				data = true
				fmt.Fprint(conn, "354 go\r\n")
			case line == "QUIT":
				fmt.Fprint(conn, "221 bye\r\n")
				return
			default:
				fmt.Fprint(conn, "250 ok\r\n")
			}
		}
	}()
	t.Cleanup(func() { _ = l.Close(); <-done })
	return l.Addr().String(), func() string { mu.Lock(); defer mu.Unlock(); return talk.String() }
}

func TestMail_ArrivesInJapanese(t *testing.T) {
	t.Parallel()
	address, said := smtp(t)
	sender := open(t, "mail", channel.Settings{"server": address, "tls": "none", "from": "toride@example.jp"})
	if err := sender.Send(t.Context(), message()); err != nil {
		t.Fatal(err)
	}
	talk := said()
	for _, want := range []string{"RCPT TO:<sato@example.jp>", "MAIL FROM:<toride@example.jp>", "X-Toride-Level: critical", "X-Toride-Call: c1"} {
		if !strings.Contains(talk, want) {
			t.Errorf("the conversation lacks %q:\n%s", want, talk)
		}
	}
	_, subject, _ := strings.Cut(strings.ReplaceAll(talk, "\n ", " "), "Subject:")
	subject, _, _ = strings.Cut(strings.TrimSpace(subject), "\n")
	if got, err := new(mime.WordDecoder).DecodeHeader(subject); err != nil || got != message().Subject {
		t.Errorf("subject %q %v", got, err)
	}
	if strings.Contains(talk, "\x00") || !strings.Contains(talk, "charset=UTF-8") {
		t.Error("the body names no character set")
	}
}

func TestMail_NoEncryptionOfferedIsAnError(t *testing.T) {
	t.Parallel()
	address, said := smtp(t)
	sender := open(t, "mail", channel.Settings{"server": address, "tls": "starttls", "from": "toride@example.jp"})
	if err := sender.Send(t.Context(), message()); err == nil || strings.Contains(said(), "DATA") {
		t.Errorf("sent without encryption: %v", err)
	}
}

func TestLamp_OnOffAndBeat(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	var asked []string
	srv := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		asked = append(asked, r.URL.String()+" "+r.Header.Get("Authorization"))
	}))
	t.Cleanup(srv.Close)
	sender := open(t, "lamp", channel.Settings{"on": srv.URL + "/on?l={level}", "off": srv.URL + "/off", "beat": srv.URL + "/beat", "login": "u", "password": "p"})
	for _, why := range []channel.Purpose{channel.Wake, channel.Clear, channel.Beat, channel.Test} {
		m := message()
		m.Kind = why
		if err := sender.Send(t.Context(), m); err != nil {
			t.Fatal(err)
		}
	}
	auth := " Basic " + base64.StdEncoding.EncodeToString([]byte("u:p"))
	want := []string{"/on?l=critical" + auth, "/off" + auth, "/beat" + auth, "/on?l=critical" + auth, "/off" + auth}
	if strings.Join(asked, "|") != strings.Join(want, "|") {
		t.Errorf("asked for %q", asked)
	}
}

func TestWebhook_SignedAndNotLedAstray(t *testing.T) {
	t.Parallel()
	var signature, bearer string
	elsewhere := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("a redirect was followed") }))
	t.Cleanup(elsewhere.Close)
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		signature, bearer = r.Header.Get("X-Toride-Signature"), r.Header.Get("Authorization")
		if r.URL.Path == "/away" {
			http.Redirect(w, r, elsewhere.URL, http.StatusTemporaryRedirect)
		}
	}))
	t.Cleanup(srv.Close)
	if err := open(t, "webhook", channel.Settings{"url": srv.URL, "key": "k", "bearer": "b"}).Send(t.Context(), message()); err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(signature, "sha256=") || len(signature) != 7+64 || bearer != "Bearer b" {
		t.Errorf("signature %q, bearer %q", signature, bearer)
	}
	if err := open(t, "webhook", channel.Settings{"url": srv.URL + "/away"}).Send(t.Context(), message()); err == nil {
		t.Error("a redirect counts as taken")
	}
}

func TestSyslog_Framed(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	got := make(chan string, 1)
	go func() {
		conn, err := l.Accept()
		if err != nil {
			got <- err.Error()
			return
		}
		defer conn.Close()
		var all strings.Builder
		_, _ = bufio.NewReader(conn).WriteTo(&all)
		got <- all.String()
	}()
	if err := open(t, "syslog", channel.Settings{"server": l.Addr().String(), "transport": "tcp"}).Send(t.Context(), message()); err != nil {
		t.Fatal(err)
	}
	frame := <-got
	length, line, _ := strings.Cut(frame, " ")
	if n, err := strconv.Atoi(length); err != nil || n != len(line) || !strings.HasPrefix(line, "<105>1 2026-11-02T00:00:00.000000Z ") {
		t.Errorf("frame %q", frame)
	}
	if !strings.Contains(line, `hospital="架空\"総合\]病院"`) || !strings.HasSuffix(line, message().Subject) {
		t.Errorf("line %q", line)
	}
}

func TestTrap_InformIsAnswered(t *testing.T) {
	t.Parallel()
	got := make(chan *gosnmp.SnmpPacket, 4)
	listener := gosnmp.NewTrapListener()
	listener.Params = &gosnmp.GoSNMP{Version: gosnmp.Version2c, Community: "kakuu", MaxOids: gosnmp.MaxOids}
	listener.OnNewTrap = func(p *gosnmp.SnmpPacket, _ *net.UDPAddr) { got <- p }
	conn, err := net.ListenPacket("udp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := conn.LocalAddr().String()
	if err := conn.Close(); err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- listener.Listen(address) }()
	t.Cleanup(func() { listener.Close(); <-done })
	<-listener.Listening()
	sender := open(t, "trap", channel.Settings{"server": address, "mode": "inform", "version": "2c", "community": "kakuu", "oid": trap.Root})
	if err := sender.Send(t.Context(), message()); err != nil {
		t.Fatal(err)
	}
	p := <-got
	values := map[string]string{}
	for _, v := range p.Variables {
		if b, ok := v.Value.([]byte); ok {
			values[strings.TrimPrefix(v.Name, trap.Root)] = string(b)
		}
	}
	if values[".2.2"] != "critical" || values[".2.3"] != message().Subject {
		t.Errorf("variables %q", values)
	}
}

// What an error says is shown to whoever may look at notifications: it holds
// nothing of an address that may be a secret.
func TestHTTP_ErrorsHideTheAddress(t *testing.T) {
	t.Parallel()
	away := "http://127.0.0.1:1/hooks/himitsu?key=himitsu"
	for name, set := range map[string]channel.Settings{"webhook": {"url": away}, "lamp": {"on": away, "off": away, "beat": away}} {
		if err := open(t, name, set).Send(t.Context(), message()); err == nil || strings.Contains(err.Error(), "himitsu") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// A name that somebody logged begins no line of its own.
func TestSyslog_StaysOnOneLine(t *testing.T) {
	t.Parallel()
	m := message()
	m.Subject = "host\r\n<13>forged\x00\u2028\u0085x"
	if line := syslog.Line(m); strings.ContainsAny(line, "\r\n\x00\u2028\u0085") {
		t.Errorf("%q", line)
	}
}
