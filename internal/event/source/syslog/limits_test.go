package syslog

import (
	"errors"
	"io"
	"net"
	"net/netip"
	"os"
	"testing"
	"time"

	"github.com/torideproject/toride/internal/event/source"
	"github.com/torideproject/toride/internal/event/source/sourcetest"
)

// small starts a source with limits that a test can reach.
func small(t *testing.T, change func(*limits)) *sourcetest.Running {
	t.Helper()
	kind := Kind()
	make := kind.New
	kind.New = func(cfg source.Config, set source.Settings) (source.Source, error) {
		s, err := make(cfg, set)
		if err == nil {
			change(&s.(*Source).lim)
		}
		return s, err
	}
	return sourcetest.Start(t, kind, source.Settings{Network: "tcp", Address: "127.0.0.1:0", Zone: time.UTC, MaxLine: 1000})
}

func dial(t *testing.T, r *sourcetest.Running, words string) net.Conn {
	t.Helper()
	return dialFrom(t, r, "127.0.0.1", words)
}

// dialFrom connects from one of the loopback's own addresses.
func dialFrom(t *testing.T, r *sourcetest.Running, from, words string) net.Conn {
	t.Helper()
	d := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(from)}}
	conn, err := d.DialContext(t.Context(), "tcp", r.Addr())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	if _, err := conn.Write([]byte(words)); err != nil {
		t.Fatal(err)
	}
	return conn
}

// closed waits until the other side has closed, or says that it is still open
// after a moment.
func closed(t *testing.T, conn net.Conn, within time.Duration) bool {
	t.Helper()
	_ = conn.SetReadDeadline(time.Now().Add(within))
	_, err := conn.Read(make([]byte, 1))
	if errors.Is(err, os.ErrDeadlineExceeded) {
		return false
	}
	if err == nil {
		t.Fatal("syslog answered")
	}
	if !errors.Is(err, io.EOF) {
		t.Logf("closed by %v", err)
	}
	return true
}

const long = 15 * time.Second

func TestLimits_ConnectionsOfOneSender(t *testing.T) {
	r := small(t, func(l *limits) { l.perPeer = 2 })
	one, two := dial(t, r, "<13>a\n"), dial(t, r, "<13>b\n")
	r.Sink.Wait(t, 2)
	if three := dial(t, r, ""); !closed(t, three, long) {
		t.Error("a third connection stays open")
	}
	_ = one.Close()
	_, _ = two.Write([]byte("<13>c\n"))
	r.Sink.Wait(t, 3)
	sourcetest.Until(t, "a place to be free again", func() bool {
		conn, err := net.Dial("tcp", r.Addr())
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		_, _ = conn.Write([]byte("<13>d\n"))
		return !closed(t, conn, 20*time.Millisecond)
	})
	r.Stop(t)
}

func TestLimits_TheIdlestMakesWay(t *testing.T) {
	r := small(t, func(l *limits) { l.conns, l.evict = 2, 0 })
	idle := dial(t, r, "<13>a\n")
	r.Sink.Wait(t, 1)
	busy := dial(t, r, "<13>b\n")
	r.Sink.Wait(t, 2)
	_, _ = busy.Write([]byte("<13>c\n"))
	r.Sink.Wait(t, 3)
	_ = dial(t, r, "<13>d\n")
	r.Sink.Wait(t, 4)
	if !closed(t, idle, long) {
		t.Error("the idle connection stays open")
	}
	_, _ = busy.Write([]byte("<13>e\n"))
	r.Sink.Wait(t, 5)
	r.Stop(t)
}

func TestLimits_NobodyMakesWayWhoIsBusy(t *testing.T) {
	r := small(t, func(l *limits) { l.conns, l.evict = 2, time.Hour })
	_, _ = dial(t, r, "<13>a\n"), dial(t, r, "<13>b\n")
	r.Sink.Wait(t, 2)
	if third := dial(t, r, ""); !closed(t, third, long) {
		t.Error("a third connection stays open")
	}
	r.Stop(t)
}

// A sender that fills the house with busy connections keeps no other out.
func TestLimits_TheSenderWithMostMakesWay(t *testing.T) {
	r := small(t, func(l *limits) { l.conns, l.evict = 3, time.Hour })
	first := dialFrom(t, r, "127.0.0.2", "<13>a\n")
	r.Sink.Wait(t, 1)
	for n := range 2 {
		_ = dialFrom(t, r, "127.0.0.2", "<13>b\n")
		r.Sink.Wait(t, n+2)
	}
	other := dialFrom(t, r, "127.0.0.3", "<13>c\n")
	r.Sink.Wait(t, 4)
	if !closed(t, first, long) {
		t.Error("the connection that was idle longest stays open")
	}
	if again := dialFrom(t, r, "127.0.0.3", ""); !closed(t, again, long) {
		t.Error("who has nearly as many takes a place")
	}
	_, _ = other.Write([]byte("<13>d\n"))
	r.Sink.Wait(t, 5)
	r.Stop(t)
}

// A sender that sends a message byte by byte for ever is turned away; what it
// sent is kept.
func TestLimits_SlowMessage(t *testing.T) {
	r := small(t, func(l *limits) { l.line = 100 * time.Millisecond })
	slow := dial(t, r, "<13>whole\n<13>hal")
	r.Sink.Wait(t, 1)
	if !closed(t, slow, long) {
		t.Error("it stays open")
	}
	r.Sink.Wait(t, 2)
	r.Stop(t)
	if got := string(r.Sink.Records()[1].Data); got != "<13>hal" {
		t.Errorf("%q", got)
	}
}

func TestLimits_Idle(t *testing.T) {
	r := small(t, func(l *limits) { l.idle = 50 * time.Millisecond })
	conn := dial(t, r, "<13>a\n")
	r.Sink.Wait(t, 1)
	if !closed(t, conn, long) {
		t.Error("it stays open")
	}
	r.Stop(t)
}

// A sink that refuses to the end does not keep the source from stopping; what
// is lost by it is counted.
func TestStop_WhileTheSinkRefuses(t *testing.T) {
	r := small(t, func(l *limits) { l.hand = 100 * time.Millisecond })
	r.Sink.Refuse(sourcetest.Full())
	_ = dial(t, r, "<13>a\n<13>b\n<13>c\n")
	r.Sink.WaitTaken(t, 1)
	r.Stop(t)
	if lost := r.Stats.Lost.Load(); lost != 3 || r.Stats.Records.Load() != 0 {
		t.Errorf("%d lost, %d counted", lost, r.Stats.Records.Load())
	}
}

// What one sender may put in line depends on how much waits, and on whether the
// kernel had to drop.
func TestShares(t *testing.T) {
	t.Parallel()
	b := newBatcher(source.Config{}, source.Settings{})
	r := &udpReader{b: b, shares: shares{taken: map[netip.Addr]int{}}}
	if got := r.share(); got != 0 {
		t.Errorf("at ease: %d", got)
	}
	r.late.Store(time.Now().Add(time.Hour).UnixNano())
	if got := r.share(); got != shareLate {
		t.Errorf("after the kernel dropped: %d", got)
	}
	for range batches/2 + 1 {
		b.full <- <-b.free
	}
	if got := r.share(); got != share {
		t.Errorf("while batches wait: %d", got)
	}
	now, one, two := time.Now(), netip.MustParseAddr("192.0.2.1"), netip.MustParseAddr("192.0.2.2")
	taken := 0
	for r.fair(one, 88, share, now) {
		taken++
	}
	if taken != share/(shareLeast+88) {
		t.Errorf("%d of one sender", taken)
	}
	if !r.fair(two, 88, share, now) {
		t.Error("another has no share")
	}
	if !r.fair(one, 88, share, now.Add(shareEvery)) {
		t.Error("its share does not come again")
	}
}
