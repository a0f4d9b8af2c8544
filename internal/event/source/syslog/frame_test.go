package syslog_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/torideproject/toride/internal/event"
	"github.com/torideproject/toride/internal/event/source"
	"github.com/torideproject/toride/internal/event/source/sourcetest"
	"github.com/torideproject/toride/internal/event/source/syslog"
	"github.com/torideproject/toride/internal/fault"
)

// What arrives on a connection, and the messages it is.
func TestFraming(t *testing.T) {
	set := settings("tcp")(t)
	set.MaxLine = 40
	long := strings.Repeat("long ", 20)
	for name, c := range map[string]struct {
		sent string
		want []string
		cut  uint64
		lost uint64
	}{
		"lines":                      {"<13>a\n<13>b\n", []string{"<13>a", "<13>b"}, 0, 0},
		"carriage returns":           {"<13>a\r\n<13>b\r\n", []string{"<13>a", "<13>b"}, 0, 0},
		"empty lines":                {"\n\r\n<13>a\n\n", []string{"<13>a"}, 0, 0},
		"no end":                     {"<13>a\n<13>b", []string{"<13>a", "<13>b"}, 0, 0},
		"without priority":           {"a\nb\n", []string{"a", "b"}, 0, 0},
		"a line that is a number":    {"12 monkeys\n<13>b\n", []string{"12 monkeys", "<13>b"}, 0, 0},
		"a date first":               {"2026-11-22 a\n2026-11-22 b\n", []string{"2026-11-22 a", "2026-11-22 b"}, 0, 0},
		"counted":                    {"5 <13>a6 <13>bb", []string{"<13>a", "<13>bb"}, 0, 0},
		"counted, with line feeds":   {"6 <13>a\n7 <13>bb\n", []string{"<13>a", "<13>bb"}, 0, 0},
		"counted, feeds outside":     {"5 <13>a\n6 <13>bb\n", []string{"<13>a", "<13>bb"}, 0, 0},
		"counted, feed inside":       {"7 <13>a\nb5 <13>c", []string{"<13>a\nb", "<13>c"}, 0, 0},
		"counted, Japanese":          {"10 <13>患者5 <13>c", []string{"<13>患者", "<13>c"}, 0, 0},
		"counted, broken off":        {"5 <13>a60 <13>bb", []string{"<13>a", "<13>bb"}, 1, 0},
		"counted, lying":             {"5 <13>aXX <13>b", []string{"<13>a"}, 0, 1},
		"counted, no blank":          {"5 <13>a5<13>b", []string{"<13>a"}, 0, 1},
		"counted, a huge number":     {"5 <13>a99999999999 <13>b", []string{"<13>a"}, 0, 1},
		"a long line":                {"<13>" + long + "\n<13>b\n", []string{("<13>" + long)[:40], "<13>b"}, 1, 0},
		"a long line without end":    {"<13>a\n<13>" + long, []string{"<13>a", ("<13>" + long)[:40]}, 1, 0},
		"counted, long":              {fmt.Sprintf("%d <13>%s5 <13>b", len(long)+4, long), []string{("<13>" + long)[:40], "<13>b"}, 1, 0},
		"counted, as long as may be": {fmt.Sprintf("40 <13>%s5 <13>b", long[:36]), []string{"<13>" + long[:36], "<13>b"}, 0, 0},
		"as long as may be":          {"<13>" + long[:36] + "\n<13>b\n", []string{"<13>" + long[:36], "<13>b"}, 0, 0},
	} {
		for _, step := range []int{1 << 20, 1, 7} { // all at once, and in small packets
			r := sourcetest.Start(t, syslog.Kind(), set)
			if err := pieces(r.Addr(), c.sent, step); err != nil && c.lost == 0 {
				t.Errorf("%s: %v", name, err)
			}
			r.Stop(t)
			if got := texts(r.Sink.Records()); !slices.Equal(got, c.want) || r.Stats.Cut.Load() != c.cut || r.Stats.Lost.Load() != c.lost {
				t.Errorf("%s by %d: %q, cut %d, lost %d", name, step, got, r.Stats.Cut.Load(), r.Stats.Lost.Load())
			}
		}
	}
}

// pieces sends s some bytes at a time, each in a packet of its own.
func pieces(addr, s string, step int) error {
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		return err
	}
	defer conn.Close()
	for len(s) > 0 {
		n := min(step, len(s))
		if _, err := conn.Write([]byte(s[:n])); err != nil {
			return err
		}
		s = s[n:]
	}
	if err := conn.(*net.TCPConn).CloseWrite(); err != nil {
		return err
	}
	_, err = io.Copy(io.Discard, conn)
	return err
}

func texts(records []event.Record) []string {
	var all []string
	for _, r := range records {
		all = append(all, string(r.Data))
	}
	return all
}

// A message of two gigabytes costs no more than a short one, and the next one
// on the same connection is whole.
func TestFraming_TwoGigabytes(t *testing.T) {
	for name, c := range map[string]struct {
		head, tail string
		megabytes  int
	}{
		"a line":  {"<13>", "\n<13>next\n", 2048},
		"counted": {fmt.Sprintf("%d <13>", 4+(256<<20)), "9 <13>next!", 256},
	} {
		r := sourcetest.Start(t, syslog.Kind(), settings("tcp")(t))
		conn, err := net.Dial("tcp", r.Addr())
		if err != nil {
			t.Fatal(err)
		}
		piece := bytes.Repeat([]byte{'x'}, 1<<20)
		_, err = conn.Write([]byte(c.head))
		for n := 0; n < c.megabytes && err == nil; n++ {
			_, err = conn.Write(piece)
		}
		if err == nil {
			_, err = conn.Write([]byte(c.tail))
		}
		if err != nil {
			t.Fatal(err)
		}
		r.Sink.Wait(t, 2)
		_ = conn.Close()
		r.Stop(t)
		got := texts(r.Sink.Records())
		if len(got) != 2 || len(got[0]) != 64<<10 || !strings.HasPrefix(got[0], "<13>xxx") || !strings.HasPrefix(got[1], "<13>next") || r.Stats.Cut.Load() != 1 {
			t.Errorf("%s: %d messages, cut %d", name, len(got), r.Stats.Cut.Load())
		}
	}
}

// While the sink refuses, the sender is held back: it cannot send more than what
// fits into batches and the system's buffers. Nothing is lost.
func TestTCP_HoldsTheSenderBack(t *testing.T) {
	r := sourcetest.Start(t, syslog.Kind(), settings("tcp")(t))
	r.Sink.Refuse(sourcetest.Full())
	conn, err := net.Dial("tcp", r.Addr())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	line := append(bytes.Repeat([]byte{'y'}, 9_999), '\n')
	sent := 0
	for sent < 40_000 {
		_ = conn.SetWriteDeadline(time.Now().Add(time.Second))
		n, err := conn.Write(line)
		if err != nil {
			var late net.Error
			if !errors.As(err, &late) || !late.Timeout() {
				t.Fatal(err)
			}
			line = line[n:] // goes on here when it may
			break
		}
		sent++
	}
	if sent == 40_000 {
		t.Fatal("400 MB went into a source whose sink refuses")
	}
	if r.Sink.Count() != 0 || r.Stats.Lost.Load() != 0 {
		t.Fatalf("%d taken, %d lost", r.Sink.Count(), r.Stats.Lost.Load())
	}
	r.Sink.Refuse(nil)
	_ = conn.SetWriteDeadline(time.Time{})
	if _, err := conn.Write(line); err != nil {
		t.Fatal(err)
	}
	r.Sink.Wait(t, sent+1)
	r.Stop(t)
	for _, rec := range r.Sink.Records() {
		if len(rec.Data) != 9_999 {
			t.Fatalf("a message of %d bytes", len(rec.Data))
		}
	}
	if r.Sink.Count() != sent+1 || r.Stats.Lost.Load() != 0 {
		t.Errorf("%d of %d, %d lost", r.Sink.Count(), sent+1, r.Stats.Lost.Load())
	}
}

// What the kernel has no room for is counted: received and lost make what was sent.
func TestUDP_CountsWhatTheKernelDrops(t *testing.T) {
	r := sourcetest.Start(t, syslog.Kind(), settings("udp")(t))
	release := r.Sink.Hold()
	conn, err := net.Dial("udp", r.Addr())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	message := bytes.Repeat([]byte{'z'}, 1_000)
	const sent = 80_000
	for range sent {
		if _, err := conn.Write(message); err != nil {
			t.Fatal(err)
		}
	}
	release()
	sourcetest.Until(t, "all to be received or counted as lost", func() bool {
		return uint64(r.Sink.Count())+r.Stats.Lost.Load() == sent
	})
	if r.Stats.Lost.Load() == 0 {
		t.Error("80 MB fitted into the kernel's buffer")
	}
	r.Stop(t)
	if uint64(r.Sink.Count())+r.Stats.Lost.Load() != sent {
		t.Errorf("%d received, %d lost of %d", r.Sink.Count(), r.Stats.Lost.Load(), sent)
	}
}

// One wrong record does not hold up the others for ever.
func TestTCP_OneRecordTheSinkNeverTakes(t *testing.T) {
	r := sourcetest.Start(t, syslog.Kind(), settings("tcp")(t))
	picky := pickySink{r.Sink}
	r.Stop(t)
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- r.Source.Run(ctx, picky) }()
	sourcetest.Until(t, "the source to listen", func() bool { return r.Source.Addr() != "" })
	if err := stream(t.Context(), source.Settings{}, r.Addr(), []byte("<13>a\n<13>wrong\n<13>b\n")); err != nil {
		t.Fatal(err)
	}
	r.Sink.Wait(t, 2)
	stop()
	if err := <-ended; err != nil {
		t.Fatal(err)
	}
	if got := texts(r.Sink.Records()); !slices.Equal(got, []string{"<13>a", "<13>b"}) || r.Stats.Lost.Load() != 1 || r.Stats.Records.Load() != 2 {
		t.Errorf("%q, lost %d, counted %d", got, r.Stats.Lost.Load(), r.Stats.Records.Load())
	}
}

type pickySink struct{ *sourcetest.Sink }

func (p pickySink) Take(ctx context.Context, records []event.Record) error {
	for _, r := range records {
		if strings.Contains(string(r.Data), "wrong") {
			return fault.New(fault.TooLarge, "sourcetest.wrong")
		}
	}
	return p.Sink.Take(ctx, records)
}

func BenchmarkTCP(b *testing.B) { benchmark(b, "tcp") }
func BenchmarkUDP(b *testing.B) { benchmark(b, "udp") }

func benchmark(b *testing.B, network string) {
	set := source.Settings{Network: network, Address: "127.0.0.1:0", Zone: time.UTC, MaxLine: 64 << 10}
	r := sourcetest.Start(b, syslog.Kind(), set)
	r.Sink.Discard()
	line := append([]byte("<13>Nov 22 18:00:00 emr01 karte[1]: "), bytes.Repeat([]byte{'x'}, 263)...)
	line = append(line, '\n')
	conn, err := net.Dial(network, r.Addr())
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(len(line)))
	b.ReportAllocs()
	per := 1
	if network == "tcp" {
		per = 200
		line = bytes.Repeat(line, per)
	}
	b.ResetTimer()
	n := 0
	for range (b.N + per - 1) / per {
		if _, err := conn.Write(line); err != nil {
			b.Fatal(err)
		}
		n += per
	}
	sourcetest.Until(b, "all", func() bool { return uint64(r.Sink.Count())+r.Stats.Lost.Load() >= uint64(n) })
	b.StopTimer()
	b.ReportMetric(float64(r.Stats.Lost.Load())/float64(n), "lost/op")
	_ = conn.Close()
	r.Stop(b)
}
