package logbook

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/torideproject/toride/internal/detect/watch"
	"github.com/torideproject/toride/internal/event"
	"github.com/torideproject/toride/internal/event/journal"
	"github.com/torideproject/toride/internal/event/source"
	"github.com/torideproject/toride/internal/fault"
	"github.com/torideproject/toride/internal/ledger"
	"github.com/torideproject/toride/internal/ledger/ledgertest"
)

// memory is a taker that keeps everything at once, in memory.
type memory struct {
	mu     sync.Mutex
	words  []string
	events []event.Event
	kept   event.Position
	fail   error
	hold   chan struct{} // when set, Take waits for it
	given  int
}

func (m *memory) taker(name string) Taker {
	return Taker{Name: name, Take: m.take, Done: func() event.Position { m.mu.Lock(); defer m.mu.Unlock(); return m.kept }}
}

func (m *memory) take(ctx context.Context, epoch uint32, seq uint64, events []event.Event) ([]event.Event, error) {
	m.mu.Lock()
	hold := m.hold
	m.given++
	m.mu.Unlock()
	if hold != nil {
		select {
		case <-hold:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.fail != nil {
		return nil, m.fail
	}
	at := event.Position{Epoch: epoch, Seq: seq}
	if at.Compare(m.kept) <= 0 {
		return events, nil
	}
	for _, e := range events {
		e.Fields = append([]event.Field(nil), e.Fields...)
		m.events = append(m.events, e)
		m.words = append(m.words, string(e.Original))
	}
	m.kept = at
	return events, nil
}

func (m *memory) set(fail error, hold chan struct{}) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.fail, m.hold = fail, hold
}

func (m *memory) all() []string {
	m.mu.Lock()
	defer m.mu.Unlock()
	return append([]string(nil), m.words...)
}

// plain is a format whose fields are the words of the entry.
type plain struct{}

func (plain) Name() string { return "plain" }

func (plain) Normalise(r *event.Record, e *event.Event) {
	if bytes.HasPrefix(r.Data, []byte("panic")) {
		panic("on purpose")
	}
	e.Dataset = "plain"
	for i, w := range bytes.Fields(r.Data) {
		e.Fields = append(e.Fields, event.Field{Name: fmt.Sprint("w", i), Value: string(w)})
	}
	if v, ok := e.Get("w0"); ok && v == "at" {
		t, _ := e.Get("w1")
		e.Time, _ = time.Parse(time.RFC3339, t)
	}
	if v, _ := e.Get("w0"); v == "zeroth" {
		e.Time = time.Time{}
	}
}

// fake is a source that does what the test says.
type fake struct {
	cfg source.Config
	set source.Settings
	ctl *control
}

// control is shared by all sources of the fake kind.
type control struct {
	mu    sync.Mutex
	fail  error
	panic bool
	made  []*fake
	runs  atomic.Int64
	sinks chan source.Sink
}

func newControl() *control { return &control{sinks: make(chan source.Sink, 100)} }

func (c *control) kinds() []source.Kind {
	return []source.Kind{
		{Name: "fake", Networks: []string{"tcp", "udp"}, Port: 514, TLS: true, New: c.make},
		{Name: "late", Networks: []string{"tcp"}, Port: 9200, TLS: true, Token: true, Late: true, New: c.make},
		{Name: "folder", New: c.make},
	}
}

func (c *control) make(cfg source.Config, set source.Settings) (source.Source, error) {
	if set.Address == "192.0.2.99:1" {
		return nil, fault.New(fault.Invalid, "test.refused")
	}
	f := &fake{cfg: cfg, set: set, ctl: c}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.made = append(c.made, f)
	return f, nil
}

func (c *control) set(fail error, panics bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.fail, c.panic = fail, panics
}

func (c *control) last() *fake {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.made[len(c.made)-1]
}

func (f *fake) Run(ctx context.Context, sink source.Sink) error {
	f.ctl.runs.Add(1)
	f.ctl.mu.Lock()
	err, panics := f.ctl.fail, f.ctl.panic
	f.ctl.mu.Unlock()
	if panics {
		panic("on purpose")
	}
	if err != nil {
		return err
	}
	f.ctl.sinks <- sink
	<-ctx.Done()
	return nil
}

func (f *fake) Addr() string { return f.set.Network + " " + f.set.Address }

// desk is a logbook with what the test looks at.
type desk struct {
	*Logbook
	ctl     *control
	first   *memory
	second  *memory
	clock   *ledgertest.Clock
	signals chan watch.Signal
}

func quiet() *slog.Logger { return slog.New(slog.DiscardHandler) }

func config(t testing.TB, dir string, book *ledger.Book, d *desk) Config {
	t.Helper()
	return Config{
		Dir: dir, Book: book, Clock: d.clock.Now, Log: quiet(), Zone: time.FixedZone("JST", 9*3600), Kinds: d.ctl.kinds(),
		Formats: func(func(string) *time.Location) []event.Format { return []event.Format{plain{}} },
		Takers:  []Taker{d.first.taker("store"), d.second.taker("detect")},
		Signal:  func(_ context.Context, s watch.Signal) error { d.signals <- s; return nil },
		Journal: journal.Config{MinFree: 1, Gather: time.Nanosecond},
	}
}

func newDesk() *desk {
	return &desk{ctl: newControl(), first: &memory{}, second: &memory{}, clock: ledgertest.NewClock(), signals: make(chan watch.Signal, 100)}
}

// open makes a logbook and runs it until the test ends, or until stop.
func open(t testing.TB, d *desk, cfg Config) (stop func()) {
	t.Helper()
	l, err := New(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	d.Logbook = l
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- l.Run(ctx) }()
	var once sync.Once
	stop = func() {
		once.Do(func() {
			cancel()
			if err := errors.Join(<-ended, l.Close()); err != nil {
				t.Error(err)
			}
		})
	}
	t.Cleanup(stop)
	return stop
}

func begin(t testing.TB) *desk {
	t.Helper()
	d := newDesk()
	open(t, d, config(t, t.TempDir(), ledgertest.BookAt(t, d.clock), d))
	return d
}

func (d *desk) rec(words string) event.Record {
	return event.Record{Source: "s", Format: "plain", Peer: "192.0.2.7", Received: d.clock.Now(), Data: []byte(words)}
}

// eventually waits for a condition that another goroutine brings about.
func eventually(t testing.TB, what string, ok func() bool) {
	t.Helper()
	every := time.NewTicker(5 * time.Millisecond)
	defer every.Stop()
	deadline := time.NewTimer(30 * time.Second)
	defer deadline.Stop()
	for !ok() {
		select {
		case <-every.C:
		case <-deadline.C:
			t.Fatalf("never: %s", what)
		}
	}
}
