package demo

import (
	"context"
	"encoding/json"
	"errors"
	"iter"
	"log/slog"
	"os"
	"sync"
	"time"

	"github.com/torideproject/toride/internal/demo/records"
	"github.com/torideproject/toride/internal/event"
	"github.com/torideproject/toride/internal/fault"
	"github.com/torideproject/toride/internal/logbook"
)

const (
	// NightSpan is how long the Night takes when it is played while people watch.
	NightSpan = 4 * time.Minute
	// liveScale is how much more than in the story people do while somebody may be
	// watching: an entry every fifteen seconds or so by day.
	liveScale = 4
	// gather is how long entries that are due may wait for more of them.
	gather = 100 * time.Millisecond
	// again is the pause before the sources are looked for again.
	again = 5 * time.Second
)

// Memory is what the folder of a demo says of the story that was told to it.
type Memory struct {
	Since time.Time     `json:"since"`          // of the records
	Night time.Time     `json:"night,omitzero"` // its midnight; zero: it was not played
	Span  time.Duration `json:"span,omitempty"` // how long it took, where it was played faster
}

// remember reads what a folder says. One that an earlier version told says
// nothing: its night was the last before the file was made.
func remember(path string, zone *time.Location) (m Memory, err error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return m, err
	}
	if len(data) > 0 {
		return m, json.Unmarshal(data, &m)
	}
	info, err := os.Stat(path)
	if err != nil {
		return m, err
	}
	return Memory{Since: info.ModTime().Add(-17 * day), Night: NightOf(info.ModTime(), zone)}, nil
}

func (m Memory) keep(path string) error {
	data, err := json.Marshal(m)
	if err != nil {
		return err
	}
	return os.WriteFile(path, data, 0o600)
}

// LiveConfig is what a Live is made of.
type LiveConfig struct {
	Log    *logbook.Logbook
	Clock  func() time.Time
	Zone   *time.Location
	Logger *slog.Logger
	File   string        // where the folder says what was told to it
	Span   time.Duration // of the Night; 0: NightSpan
	Tell   func(topic string)
}

// Live goes on sending once the story is told: ordinary entries of the present
// time, and the Night when somebody asks for it. Its methods may be called by
// many goroutines.
type Live struct {
	cfg  LiveConfig
	ask  chan struct{}
	mu   sync.Mutex
	told Memory
	wish bool // the Night was asked for and has not begun
	runs bool // somebody sends
}

// NewLive makes a Live that sends nothing until Run.
func NewLive(cfg LiveConfig) *Live {
	if cfg.Span == 0 {
		cfg.Span = NightSpan
	}
	return &Live{cfg: cfg, ask: make(chan struct{}, 1)}
}

// Run sends until ctx ends. The sources must run, or begin to.
func (l *Live) Run(ctx context.Context) error {
	if err := l.Remember(); err != nil {
		return err
	}
	tokens, err := renew(ctx, l.cfg.Log)
	if err != nil {
		return err
	}
	l.set(func() { l.runs = true })
	defer l.set(func() { l.runs = false })
	f := &feed{l: l, from: l.cfg.Clock()}
	for {
		if f.wires, err = connect(ctx, l.cfg.Log, tokens); err == nil {
			err = f.run(ctx)
		}
		if ctx.Err() != nil {
			return nil
		}
		// Somebody changed a source, or the disk is full: both may be tried in a demo.
		l.cfg.Logger.Info("demo: records cannot be sent for now", "error", err)
		t := time.NewTimer(again)
		select {
		case <-t.C:
		case <-ctx.Done():
		}
		t.Stop()
	}
}

// Remember reads what the folder says of its story; Run does so too.
func (l *Live) Remember() error {
	told, err := remember(l.cfg.File, l.cfg.Zone)
	if err == nil {
		l.set(func() { l.told = told })
	}
	return err
}

func (l *Live) set(change func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	change()
}

// Play lets the Night begin. It is refused where the Night was played already,
// because a second one would find a hospital that has learnt from the first.
func (l *Live) Play() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case l.wish || !l.told.Night.IsZero():
		return fault.New(fault.Conflict, "demo.night.played")
	case !l.runs:
		return fault.New(fault.Conflict, "demo.night.stopped")
	}
	l.wish = true
	l.ask <- struct{}{}
	return nil
}

// Night is how the Night stands.
type Night struct {
	Runs        bool      // somebody sends
	From, Until time.Time // of the Night; zero: it was not played
	Asked       bool      // it begins at once
}

// Night says how the Night stands.
func (l *Live) Night() Night {
	l.mu.Lock()
	defer l.mu.Unlock()
	n := Night{Runs: l.runs, Asked: l.wish}
	if h := (records.Hospital{Night: l.told.Night, Span: l.told.Span}); !h.Night.IsZero() {
		n.From, n.Until = h.Night, h.End()
	}
	return n
}

// begin decides when the Night begins and writes it down. The first entry comes
// after a few seconds.
func (l *Live) begin(now time.Time) (Memory, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.wish = false
	m := l.told
	m.Span = l.cfg.Span
	m.Night = now.Add(-time.Duration(float64(m.Span) * float64(11*time.Minute) / float64(records.NightEnd)))
	if err := m.keep(l.cfg.File); err != nil {
		return m, err
	}
	l.told = m
	return m, nil
}

func (l *Live) memory() Memory {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.told
}

// feed is the sending of entries as their time comes.
type feed struct {
	l        *Live
	wires    wires
	from     time.Time // up to when ordinary entries were sent
	ordinary run
	night    run
}

// run is entries in the order of their times, of which one is looked at.
type run struct {
	next func() (event.Record, bool)
	stop func()
	head event.Record
	more bool
}

func start(list iter.Seq[event.Record]) run {
	r := run{}
	r.next, r.stop = iter.Pull(list)
	r.head, r.more = r.next()
	return r
}

// due gives the next entry if its time has come.
func (r *run) due(now time.Time) (out event.Record, ok bool) {
	if !r.more || r.head.Received.After(now) {
		return out, false
	}
	out = r.head
	r.head, r.more = r.next()
	return out, true
}

func (r *run) end() {
	if r.stop != nil {
		r.stop()
	}
	*r = run{}
}

// begin lets ordinary time go on from where it was.
func (f *feed) begin() {
	f.ordinary.end()
	m := f.l.memory()
	h := Hospital(f.l.cfg.Zone, m.Since, m.Night)
	h.Direct, h.Span = m.Since, m.Span
	f.ordinary = start(records.Week(h, f.from, f.from.AddDate(10, 0, 0), Seed, liveScale))
}

// run sends until ctx ends or a source fails.
func (f *feed) run(ctx context.Context) error {
	f.begin()
	defer f.ordinary.end()
	for {
		wait := time.Hour
		now := f.l.cfg.Clock()
		for _, r := range []*run{&f.ordinary, &f.night} {
			if r.more {
				wait = min(wait, r.head.Received.Sub(now)+gather)
			}
		}
		t := time.NewTimer(wait)
		select {
		case <-t.C:
		case <-f.l.ask:
			t.Stop()
			if err := f.attack(); err != nil {
				return err
			}
			continue
		case <-ctx.Done():
			t.Stop()
			return ctx.Err()
		}
		if err := f.send(ctx, f.l.cfg.Clock()); err != nil {
			return err
		}
	}
}

// attack lets the Night begin.
func (f *feed) attack() error {
	m, err := f.l.begin(f.l.cfg.Clock())
	if err != nil {
		return err
	}
	h := Hospital(f.l.cfg.Zone, m.Since, m.Night)
	h.Direct, h.Span = m.Since, m.Span
	f.night = start(records.Night(h, Seed))
	f.begin() // the struck servers will fall silent
	f.l.cfg.Tell(Topic)
	return nil
}

// send sends what is due. What cannot be sent is lost, as it is when a device's
// line is down and it keeps nothing.
func (f *feed) send(ctx context.Context, now time.Time) error {
	over := f.night.more
	var errs []error
	for _, r := range []*run{&f.night, &f.ordinary} {
		for {
			one, ok := r.due(now)
			if !ok {
				break
			}
			errs = append(errs, f.wires.send(ctx, one))
		}
	}
	f.from = now
	errs = append(errs, f.wires.finish(ctx))
	if over && !f.night.more {
		f.l.cfg.Tell(Topic)
	}
	return errors.Join(errs...)
}
