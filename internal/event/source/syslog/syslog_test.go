package syslog_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"os"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/torideproject/toride/internal/event/source"
	"github.com/torideproject/toride/internal/event/source/sourcetest"
	"github.com/torideproject/toride/internal/event/source/syslog"
)

// entries makes messages with a number each, some in Japanese and some long.
func entries() func(n int) [][]byte {
	var serial atomic.Int64
	return func(n int) [][]byte {
		all := make([][]byte, n)
		for i := range all {
			k := serial.Add(1)
			all[i] = fmt.Appendf(nil, "<13>Nov 22 18:00:00 emr%02d karte[%d]: 患者のカルテを参照しました 通番=%d %s", k%9, k, k, strings.Repeat("x", int(k%700)))
		}
		return all
	}
}

func settings(network string) func(*testing.T) source.Settings {
	return func(*testing.T) source.Settings {
		return source.Settings{Network: network, Address: "127.0.0.1:0", Zone: time.UTC, MaxLine: 64 << 10}
	}
}

func byLine(entries [][]byte) []byte {
	return append(bytes.Join(entries, []byte("\n")), '\n')
}

func byCount(entries [][]byte) []byte {
	var b bytes.Buffer
	for _, e := range entries {
		fmt.Fprintf(&b, "%d %s", len(e), e)
	}
	return b.Bytes()
}

// stream sends bytes over a connection and waits until the other side has read
// them all, which shows by its closing.
func stream(ctx context.Context, set source.Settings, addr string, data []byte) error {
	var d net.Dialer
	conn, err := d.DialContext(ctx, "tcp", addr)
	if err != nil {
		return err
	}
	defer conn.Close()
	if deadline, ok := ctx.Deadline(); ok {
		_ = conn.SetDeadline(deadline)
	}
	half := conn.(interface{ CloseWrite() error })
	if set.TLS != nil {
		secure := tls.Client(conn, &tls.Config{InsecureSkipVerify: true, MinVersion: tls.VersionTLS12})
		half, conn = secure, secure
	}
	if _, err := conn.Write(data); err != nil {
		return err
	}
	if err := half.CloseWrite(); err != nil {
		return err
	}
	_, err = io.Copy(io.Discard, conn)
	return err
}

func tcp(frame func([][]byte) []byte) func(context.Context, source.Settings, string, [][]byte) error {
	return func(ctx context.Context, set source.Settings, addr string, entries [][]byte) error {
		return stream(ctx, set, addr, frame(entries))
	}
}

// datagrams sends no faster than the other side reads, so that even a small
// kernel buffer loses none.
func datagrams(ctx context.Context, _ source.Settings, addr string, entries [][]byte) error {
	var d net.Dialer
	conn, err := d.DialContext(ctx, "udp", addr)
	if err != nil {
		return err
	}
	defer conn.Close()
	pace := time.NewTicker(time.Millisecond)
	defer pace.Stop()
	for i, e := range entries {
		for i%40 == 39 && waiting(addr) {
			<-pace.C
		}
		if _, err := conn.Write(e); err != nil {
			return err
		}
	}
	return nil
}

// waiting asks the kernel whether datagrams wait to be read at this port.
func waiting(addr string) bool {
	_, port, _ := net.SplitHostPort(addr)
	n, _ := strconv.Atoi(port)
	table, err := os.ReadFile("/proc/net/udp")
	if err != nil {
		return false
	}
	for line := range strings.Lines(string(table)) {
		f := strings.Fields(line)
		if len(f) > 4 && strings.HasSuffix(f[1], fmt.Sprintf(":%04X", n)) {
			return !strings.HasSuffix(f[4], ":00000000")
		}
	}
	return false
}

// flood writes n bytes that begin with head and never end a line.
func flood(head string, n int64) func(context.Context, source.Settings, string) {
	return func(ctx context.Context, _ source.Settings, addr string) {
		conn, err := net.Dial("tcp", addr)
		if err != nil {
			return
		}
		defer conn.Close()
		stop := context.AfterFunc(ctx, func() { _ = conn.Close() })
		defer stop()
		_, _ = conn.Write([]byte(head))
		piece := bytes.Repeat([]byte("0123456789abcdef"), 64<<10)
		for n > 0 {
			k, err := conn.Write(piece[:min(int64(len(piece)), n)])
			if err != nil {
				return
			}
			n -= int64(k)
		}
	}
}

// crowd opens more connections than one sender may have, each with half a
// message, and leaves them open until the end of the test.
func crowd(ctx context.Context, _ source.Settings, addr string) {
	var conns []net.Conn
	for range 100 {
		conn, err := net.Dial("tcp", addr)
		if err != nil {
			break
		}
		_, _ = conn.Write([]byte("<13>half of a mess"))
		conns = append(conns, conn)
	}
	for _, c := range conns {
		_ = c.Close()
	}
}

func raw(data string) func(context.Context, source.Settings, string) {
	return func(ctx context.Context, set source.Settings, addr string) {
		_ = stream(ctx, source.Settings{}, addr, []byte(data))
	}
}

func hostileTCP() []func(context.Context, source.Settings, string) {
	return []func(context.Context, source.Settings, string){
		flood("<13>", 256<<20),
		flood("<13>", 10<<20),
		flood("4000000000 <13>", 32<<20),
		flood("99999999999 <13>", 1<<20),
		flood("12 <13>abcdefgh-1 ", 1<<20),
		crowd,
		raw(strings.Repeat("\n", 1<<20)),
		raw(strings.Repeat("1 <", 1<<18)),
		raw("\x00\x01\x02\xff\xfe"),
		raw("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"),
		raw("GET / HTTP/1.1\r\nHost: x\r\n\r\n"),
	}
}

func TestConformance_TCPLines(t *testing.T) {
	sourcetest.Run(t, sourcetest.Member{Kind: syslog.Kind(), Settings: settings("tcp"), Entries: entries(), Send: tcp(byLine), Hostile: hostileTCP()})
}

func TestConformance_TCPOctetCounted(t *testing.T) {
	sourcetest.Run(t, sourcetest.Member{Kind: syslog.Kind(), Settings: settings("tcp"), Entries: entries(), Send: tcp(byCount), Hostile: hostileTCP()[4:6]})
}

func TestConformance_UDP(t *testing.T) {
	hostile := func(data string) func(context.Context, source.Settings, string) {
		return func(ctx context.Context, set source.Settings, addr string) {
			for range 200 {
				_ = datagrams(ctx, set, addr, [][]byte{[]byte(data), {}, {0}})
			}
		}
	}
	sourcetest.Run(t, sourcetest.Member{Kind: syslog.Kind(), Settings: settings("udp"), Entries: entries(), Send: datagrams,
		Hostile: []func(context.Context, source.Settings, string){hostile(strings.Repeat("x", 65_000)), hostile("\xff\x00\n\n\n")}})
}

func TestConformance_TLS(t *testing.T) {
	with := func(t *testing.T) source.Settings {
		set := settings("tcp")(t)
		set.TLS = sourcetest.TLS(t)
		return set
	}
	sourcetest.Run(t, sourcetest.Member{Kind: syslog.Kind(), Settings: with, Entries: entries(), Send: tcp(byCount), Hostile: append(hostileTCP()[1:2], hostileTCP()[5:]...)})
}

// A sender of datagrams that sends more than can be taken leaves room for the
// others, and all that is lost of it is counted.
func TestUDP_AFloodLeavesRoomForOthers(t *testing.T) {
	r := sourcetest.Start(t, syslog.Kind(), settings("udp")(t))
	release := r.Sink.Hold()
	from := func(ip string) net.Conn {
		d := net.Dialer{LocalAddr: &net.UDPAddr{IP: net.ParseIP(ip)}}
		conn, err := d.DialContext(t.Context(), "udp", r.Addr())
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = conn.Close() })
		return conn
	}
	const flood, few = 20_000, 50
	flooder, other := from("127.0.0.2"), from("127.0.0.3")
	pace := time.NewTicker(time.Millisecond)
	defer pace.Stop()
	for i := range flood {
		for n := 0; i%40 == 39 && n < 20 && waiting(r.Addr()); n++ {
			<-pace.C
		}
		if _, err := flooder.Write([]byte("<13>flood")); err != nil {
			t.Fatal(err)
		}
	}
	sourcetest.Until(t, "what has come to be read", func() bool { return !waiting(r.Addr()) })
	for i := range few {
		if _, err := fmt.Fprintf(other, "<13>few %d", i); err != nil {
			t.Fatal(err)
		}
	}
	sourcetest.Until(t, "the others' to be read", func() bool { return !waiting(r.Addr()) })
	release()
	r.Stop(t)
	got := 0
	for _, rec := range r.Sink.Records() {
		if rec.Peer == "127.0.0.3" {
			got++
		}
	}
	if got != few {
		t.Errorf("%d of %d arrived", got, few)
	}
	if sum := r.Stats.Records.Load() + r.Stats.Lost.Load(); sum != flood+few || r.Stats.Lost.Load() == 0 {
		t.Errorf("%d were sent; %d taken, %d lost", flood+few, r.Stats.Records.Load(), r.Stats.Lost.Load())
	}
}
