// Package sourcetest is the conformance suite of the family of sources. Run
// starts a member with a Sink that can refuse and hold, sends to it as its own
// senders do, and checks what the pipeline relies on: nothing is acknowledged
// before it is durable, a full sink holds senders back or turns them away and
// nothing is lost or doubled by it, the end of the context hands over what was
// taken, a source can run again, hostile senders harm nobody else, no goroutine
// stays behind, and the counts are right.
package sourcetest

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/torideproject/toride/internal/event"
	"github.com/torideproject/toride/internal/event/source"
)

// Member is a source to be tested.
type Member struct {
	Kind source.Kind
	// Settings makes settings that work; where it listens, on 127.0.0.1:0.
	Settings func(t *testing.T) source.Settings
	// Entries makes n entries, different from all made before.
	Entries func(n int) [][]byte
	// Send sends entries as a sender of this kind does, and returns when the sender is
	// done with them. An error says that the sender knows that they were not
	// all taken, and would send them again.
	Send func(ctx context.Context, s source.Settings, addr string, entries [][]byte) error
	// Acks says that senders learn whether their entries are durable.
	Acks bool
	// Keeps says that what was sent stays where the source finds it when it runs
	// again, so that its end need not hand it over.
	Keeps bool
	// Hostile sends what no good sender sends. It gets the address and returns when it is done;
	// what the source makes of it does not matter.
	Hostile []func(ctx context.Context, s source.Settings, addr string)
	// Data gives what Record.Data must be for an entry; nil: the entry.
	Data func(entry []byte) []byte
}

// Running is a source that runs.
type Running struct {
	Source source.Source
	Sink   *Sink
	Stats  *source.Stats
	stop   context.CancelFunc
	ended  chan error
	name   string
}

// Clock is the time at which everything is received.
func Clock() time.Time { return time.Date(2026, 11, 22, 9, 0, 0, 0, time.FixedZone("JST", 9*3600)) }

// Config is what a source gets in tests.
func Config() source.Config {
	now := Clock()
	return source.Config{ID: "the-source", Clock: func() time.Time { return now }, Log: slog.New(slog.NewTextHandler(io.Discard, nil)), Stats: &source.Stats{}}
}

// Start makes a source and runs it.
func Start(t testing.TB, kind source.Kind, set source.Settings) *Running {
	t.Helper()
	cfg := Config()
	s, err := kind.New(cfg, set)
	if err != nil {
		t.Fatal(err)
	}
	r := &Running{Source: s, Sink: NewSink(), Stats: cfg.Stats, name: kind.Name}
	r.Run(t)
	return r
}

// Run runs it, again after Stop.
func (r *Running) Run(t testing.TB) {
	t.Helper()
	ctx, stop := context.WithCancel(context.WithoutCancel(t.Context()))
	r.stop, r.ended = stop, make(chan error, 1)
	ended := r.ended
	go func() { ended <- r.Source.Run(ctx, r.Sink) }()
	t.Cleanup(stop)
	Until(t, "the source to listen", func() bool {
		select {
		case err := <-ended:
			t.Fatalf("Run ended: %v", err)
		default:
		}
		return r.Source.Addr() != ""
	})
}

// Addr is where it listens, without the network.
func (r *Running) Addr() string {
	_, addr, _ := strings.Cut(r.Source.Addr(), " ")
	return addr
}

// Stop ends the context, waits for Run, and checks that no goroutine of the
// member is left; no other source of the member may run.
func (r *Running) Stop(t testing.TB) {
	t.Helper()
	r.Halt(t)
	r.noneLeft(t)
}

// Halt ends the context and waits for Run.
func (r *Running) Halt(t testing.TB) {
	t.Helper()
	r.stop()
	late := time.NewTimer(patience)
	defer late.Stop()
	select {
	case err := <-r.ended:
		if err != nil {
			t.Errorf("Run ended with %v", err)
		}
	case <-late.C:
		t.Fatal("Run does not end")
	}
	if addr := r.Source.Addr(); addr != "" {
		t.Errorf("Addr after the end: %s", addr)
	}
}

// noneLeft fails when a goroutine of the member still runs. The goroutine that
// called Run may be just about to end.
func (r *Running) noneLeft(t testing.TB) {
	t.Helper()
	mark := []byte("internal/event/source/" + r.name + ".")
	buf := make([]byte, 4<<20)
	Until(t, "goroutines of "+r.name+" to end", func() bool {
		stacks := buf[:runtime.Stack(buf, true)]
		for one := range bytes.SplitSeq(stacks, []byte("\n\n")) {
			if bytes.Contains(one, mark) && !bytes.Contains(one, []byte("sourcetest.")) && !bytes.Contains(one, []byte("_test.")) {
				return false
			}
		}
		return true
	})
}

// Run runs the suite. It must not be run in parallel with another use of the
// same member: it looks at goroutines.
func Run(t *testing.T, m Member) {
	t.Helper()
	t.Run("refuses settings", func(t *testing.T) { m.settings(t) })
	t.Run("takes", func(t *testing.T) { m.takes(t) })
	t.Run("durable first", func(t *testing.T) { m.durable(t) })
	t.Run("full", func(t *testing.T) { m.full(t) })
	t.Run("the end", func(t *testing.T) { m.end(t) })
	t.Run("again", func(t *testing.T) { m.again(t) })
	t.Run("hostile", func(t *testing.T) { m.hostile(t) })
}

func (m Member) settings(t *testing.T) {
	good := m.Settings(t)
	for name, change := range map[string]func(*source.Settings){
		"no length":    func(s *source.Settings) { s.MaxLine = 0 },
		"a long one":   func(s *source.Settings) { s.MaxLine = source.MaxRecord + 1 },
		"no place":     func(s *source.Settings) { s.Address, s.Folder = "", "" },
		"half a place": func(s *source.Settings) { s.Address, s.Folder = "127.0.0.1", "logs" },
	} {
		bad := good
		change(&bad)
		if _, err := m.Kind.New(Config(), bad); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	if m.Kind.Name == "" || strings.ToLower(m.Kind.Name) != m.Kind.Name {
		t.Errorf("name %q", m.Kind.Name)
	}
}

func (m Member) send(t testing.TB, set source.Settings, r *Running, entries [][]byte) error {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	return m.Send(ctx, set, r.Addr(), entries)
}

func (m Member) mustSend(t testing.TB, set source.Settings, r *Running, entries [][]byte) {
	t.Helper()
	if err := m.send(t, set, r, entries); err != nil {
		t.Fatalf("Send: %v", err)
	}
}

// same checks that the sink has exactly these entries, and that the counts say so.
func (m Member) same(t testing.TB, r *Running, entries [][]byte) {
	t.Helper()
	r.Sink.Wait(t, len(entries))
	want, got := map[string]int{}, map[string]int{}
	for _, e := range entries {
		if m.Data != nil {
			e = m.Data(e)
		}
		want[string(e)]++
	}
	total := uint64(0)
	for _, rec := range r.Sink.Records() {
		got[string(rec.Data)]++
		total += uint64(len(rec.Data))
		m.record(t, rec)
	}
	if !maps.Equal(want, got) {
		t.Errorf("sent %d different entries, %d arrived%s", len(want), len(got), difference(want, got))
	}
	if t.Failed() {
		return
	}
	n := uint64(len(entries))
	Until(t, "the counts", func() bool { return r.Stats.Records.Load() == n && r.Stats.Bytes.Load() == total })
}

func (m Member) record(t testing.TB, r event.Record) {
	t.Helper()
	if r.Source != "the-source" || r.Format == "" || r.Peer == "" || !r.Received.Equal(Clock()) || r.Received.Location() != time.UTC {
		t.Errorf("envelope %q %q %q %v of %.100q", r.Source, r.Format, r.Peer, r.Received, r.Data)
	}
}

func difference(want, got map[string]int) string {
	var b strings.Builder
	for e, n := range want {
		if got[e] != n && b.Len() < 2000 {
			fmt.Fprintf(&b, "\n%d of %d: %.200q", got[e], n, e)
		}
	}
	for e, n := range got {
		if want[e] == 0 && b.Len() < 3000 {
			fmt.Fprintf(&b, "\nnever sent: %d of %.200q", n, e)
		}
	}
	return b.String()
}
