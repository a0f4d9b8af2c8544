package logbook

import (
	"context"
	"crypto/tls"
	"embed"
	"errors"
	"log/slog"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"github.com/torideproject/toride/internal/detect/watch"
	"github.com/torideproject/toride/internal/event"
	"github.com/torideproject/toride/internal/event/journal"
	"github.com/torideproject/toride/internal/event/source"
	"github.com/torideproject/toride/internal/ledger"
)

//go:embed migrate/*.sql text_*.json
var files embed.FS

const (
	checkEvery = 10 * time.Second // looking for who is silent
	saveEvery  = time.Minute      // writing down what was heard
)

// Config is what a Logbook is made of.
type Config struct {
	Dir   string // data folder; the journal is in Dir/journal
	Book  *ledger.Book
	Clock func() time.Time
	Log   *slog.Logger
	Zone  *time.Location // the hospital's

	// Kinds are the members of the family of sources (source/all).
	Kinds []source.Kind
	// Formats makes the formats (format/all), given the zone of a source.
	Formats func(zone func(source string) *time.Location) []event.Format
	// Takers keep the events, in this order: the store first, because it leaves
	// out resends.
	Takers []Taker
	// TLS is what sources that speak TLS use; nil: there is no certificate.
	TLS *tls.Config
	// Signal takes what is a finding and no log entry: a source gone silent,
	// entries that were lost. An error means that it was not taken; it is
	// tried again. nil drops them.
	Signal func(context.Context, watch.Signal) error
	// Journal has the journal's limits; the rest of it is filled in.
	Journal journal.Config
}

// Logbook is the domain of records. Its methods may be called by many
// goroutines.
type Logbook struct {
	cfg     Config
	formats map[string]event.Format
	journal *journal.Journal
	sup     *supervisor
	pipe    *pipeline
	normal  *normaliser

	known   atomic.Pointer[map[string]known] // all sources that ever were, by ID
	loading sync.Mutex                       // held while known and what runs are changed
}

// known is a source with what is asked of it for each record.
type known struct {
	Source
	zone *time.Location
	late bool
}

// New brings the tables up to date and opens the journal. Nothing runs yet.
func New(ctx context.Context, cfg Config) (*Logbook, error) {
	if len(cfg.Takers) == 0 || cfg.Formats == nil || cfg.Zone == nil {
		return nil, errors.New("logbook: takers, formats and zone are needed")
	}
	if err := cfg.Book.DB().Migrate(ctx, "logbook", files); err != nil {
		return nil, err
	}
	if cfg.Signal == nil {
		cfg.Signal = func(context.Context, watch.Signal) error { return nil }
	}
	l := &Logbook{cfg: cfg, formats: map[string]event.Format{}}
	l.known.Store(&map[string]known{})
	for _, f := range cfg.Formats(l.zone) {
		l.formats[f.Name()] = f
	}
	heard, err := l.loadHeard(ctx)
	if err != nil {
		return nil, err
	}
	l.sup = newSupervisor(heard)
	l.sup.clock, l.sup.log, l.sup.signal, l.sup.append, l.sup.build = cfg.Clock, cfg.Log, cfg.Signal, l.append, l.build
	l.sup.named = l.named
	if err := l.learnSources(ctx); err != nil {
		return nil, err
	}
	j := cfg.Journal
	j.Dir, j.Seen, j.Clock, j.Log = filepath.Join(cfg.Dir, "journal"), seen(cfg.Takers), cfg.Clock, cfg.Log
	if l.journal, err = journal.Open(ctx, j); err != nil {
		return nil, err
	}
	l.normal = &normaliser{formats: l.formats, late: l.late, log: cfg.Log, skewed: l.sup.skewed}
	l.pipe = newPipeline(l.journal, l.normal, cfg.Takers, cfg.Log)
	l.pipe.lost = l.lost
	return l, nil
}

// Run runs the sources and the pipeline until ctx ends: then the sources stop
// taking and hand over what they have, then the pipeline stops. What is on its
// way stays in the journal.
func (l *Logbook) Run(ctx context.Context) error {
	inner, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	failed := make(chan error, 1)
	var wg sync.WaitGroup
	wg.Go(func() { failed <- l.pipe.run(inner) })
	l.loading.Lock()
	l.sup.begin(inner)
	l.sup.apply(l.wanted())
	l.loading.Unlock()
	wg.Go(func() { l.watch(inner) })
	var err error
	select {
	case <-ctx.Done():
	case err = <-failed:
	}
	l.sup.stopAll()
	cancel()
	wg.Wait()
	return errors.Join(err, l.save(context.WithoutCancel(ctx)))
}

// Close ends the journal. Run has ended before.
func (l *Logbook) Close() error { return l.journal.Close() }

// watch does what is due by the clock.
func (l *Logbook) watch(ctx context.Context) {
	check, save := time.NewTicker(checkEvery), time.NewTicker(saveEvery)
	defer check.Stop()
	defer save.Stop()
	for {
		select {
		case <-check.C:
			l.check(ctx)
		case <-save.C:
			if err := l.save(ctx); err != nil && ctx.Err() == nil {
				l.cfg.Log.Error("logbook: what was heard is not written down yet", "error", err)
			}
		case <-ctx.Done():
			return
		}
	}
}

func (l *Logbook) check(ctx context.Context) {
	s, err := l.journal.Stats(ctx)
	l.sup.check(ctx, err == nil && s.State == journal.Ready)
}

func (l *Logbook) save(ctx context.Context) error {
	rows, gone := l.sup.rows()
	return l.saveHeard(ctx, rows, gone)
}

func (l *Logbook) append(ctx context.Context, records []event.Record) error {
	return l.journal.Append(ctx, records)
}

func (l *Logbook) build(s Source, cfg source.Config) (source.Source, error) {
	k, err := l.kind(s.Kind)
	if err != nil {
		return nil, err
	}
	set, err := l.settings(s)
	if err != nil {
		return nil, err
	}
	return k.New(cfg, set)
}

// named gives the computer that a record names, as its format reads it. It costs
// reading the record.
func (l *Logbook) named(r *event.Record) string {
	f := l.formats[r.Format]
	if f == nil {
		return ""
	}
	e := event.Event{Received: r.Received, Time: r.Received, Source: r.Source, Peer: r.Peer, Original: r.Data}
	if err := normalise(f, r, &e); err != nil || e.Unread != "" { // the pipeline says so
		return ""
	}
	return e.Core.Host
}

// learnSources reads all sources that ever were.
func (l *Logbook) learnSources(ctx context.Context) error {
	all, err := sources(ctx, l.cfg.Book.DB().Read(), "1 = 1")
	if err != nil {
		return err
	}
	byID := make(map[string]known, len(all))
	for _, s := range all {
		k, err := l.kind(s.Kind)
		byID[s.ID] = known{Source: s, zone: l.zoneOf(s.Spec), late: err == nil && k.Late}
	}
	l.known.Store(&byID)
	return nil
}

// reload takes over what people changed.
func (l *Logbook) reload(ctx context.Context) error {
	l.loading.Lock()
	defer l.loading.Unlock()
	if err := l.learnSources(ctx); err != nil {
		return err
	}
	l.sup.apply(l.wanted())
	return nil
}

// wanted gives the sources that are to run.
func (l *Logbook) wanted() []Source {
	var out []Source
	for _, s := range *l.known.Load() {
		if s.Enabled && s.RemovedAt.IsZero() {
			out = append(out, s.Source)
		}
	}
	return out
}

// zone is where the times of a source are that name no zone.
func (l *Logbook) zone(id string) *time.Location {
	if s, ok := (*l.known.Load())[id]; ok {
		return s.zone
	}
	return l.cfg.Zone
}

func (l *Logbook) late(id string) bool { return (*l.known.Load())[id].late }

// lost writes down what the journal lost, and signals it.
func (l *Logbook) lost(ctx context.Context, loss journal.Loss) error {
	fresh, err := l.addLoss(ctx, loss)
	if err != nil || !fresh {
		return err
	}
	p := lostSignal(Source{Spec: Spec{Name: "Toride"}}, loss.Batches(), l.cfg.Clock())
	if err := l.cfg.Signal(ctx, p.Signal); err != nil {
		l.cfg.Log.Error("logbook: a loss could not be handed on; it stands on the page of the log", "error", err)
	}
	return nil
}

// Sink takes records of a source that does not run: an upload, the demo. ID is
// Record.Source; it need not be configured.
func (l *Logbook) Sink(id string) source.Sink {
	if st := l.sup.station(id); st != nil {
		return st
	}
	return sink{l}
}

type sink struct{ l *Logbook }

// Take makes the records durable.
func (s sink) Take(ctx context.Context, records []event.Record) error {
	return s.l.append(ctx, records)
}

// Settle returns when all that was acknowledged before the call was taken by all
// takers: it can be found, and rules have seen it. Run must be running.
func (l *Logbook) Settle(ctx context.Context) error {
	s, err := l.journal.Stats(ctx)
	if err != nil {
		return err
	}
	if s.Last == 0 {
		return nil // nothing yet
	}
	return l.pipe.wait(ctx, event.Position{Epoch: s.Epoch, Seq: s.Last})
}
