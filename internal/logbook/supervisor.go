package logbook

import (
	"context"
	"log/slog"
	"maps"
	"net/netip"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/torideproject/toride/internal/detect/watch"
	"github.com/torideproject/toride/internal/event"
	"github.com/torideproject/toride/internal/event/source"
)

const (
	// restartFirst and restartLast bound the pause before a source that failed
	// is started again.
	restartFirst = time.Second
	restartLast  = time.Minute
	// steady is how long a source must run until its next failure counts as the first.
	steady = time.Minute
	// lostEvery bounds how often losses of one source become a finding.
	lostEvery = time.Hour
	// maxSenders bounds how many senders of one source are listened to one by one.
	maxSenders = 2000
	// maxSenderName bounds the name of a sender in an entry, in bytes: what DNS allows.
	maxSenderName = 255
	// forgetSender is how long a sender that does not come back is remembered.
	forgetSender = 90 * 24 * time.Hour
	// stopWait is how long sources may take to hand over what they have.
	stopWait = 10 * time.Second
)

// supervisor runs the configured sources. It knows no database.
type supervisor struct {
	clock  func() time.Time
	log    *slog.Logger
	append func(context.Context, []event.Record) error
	// build makes a source that does not run yet.
	build  func(Source, source.Config) (source.Source, error)
	signal func(context.Context, watch.Signal) error
	// named gives the computer that a record names, "" where it names none.
	named func(*event.Record) string

	mu       sync.Mutex
	ctx      context.Context // of run, nil before and after
	stations map[string]*station
	past     map[string]heardRow // of sources that do not run now
	senders  map[string]map[string]*rhythm
}

func newSupervisor(heard []heardRow) *supervisor {
	s := &supervisor{stations: map[string]*station{}, past: map[string]heardRow{}, senders: map[string]map[string]*rhythm{}}
	for _, h := range heard {
		if h.Peer == "" {
			s.past[h.Source] = h
			continue
		}
		if s.senders[h.Source] == nil {
			s.senders[h.Source] = map[string]*rhythm{}
		}
		r := h.Rhythm
		s.senders[h.Source][h.Peer] = &r
	}
	return s
}

// begin lets sources run until ctx ends; before, none is started.
func (s *supervisor) begin(ctx context.Context) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ctx = ctx
}

// apply makes the sources that run those that are wanted: what is new is
// started, what is gone or changed is stopped, first. It waits for those that
// stop, at most stopWait.
func (s *supervisor) apply(wanted []Source) {
	s.mu.Lock()
	want := map[string]Source{}
	for _, w := range wanted {
		want[w.ID] = w
	}
	var stop []*station
	for id, st := range s.stations {
		if w, ok := want[id]; !ok || !sameSettings(w, st.conf) {
			stop = append(stop, st)
		} else {
			st.rename(w)
		}
	}
	s.mu.Unlock()
	s.stop(stop)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ctx == nil {
		return
	}
	for _, id := range slices.Sorted(maps.Keys(want)) {
		if s.stations[id] == nil {
			s.start(want[id])
		}
	}
}

// sameSettings reports whether a running source need not be started again.
func sameSettings(a, b Source) bool {
	x, y := a.Spec, b.Spec
	x.Name, x.Asset, x.Expect, x.Senders = y.Name, y.Asset, y.Expect, y.Senders
	return x == y && a.token == b.token
}

// forget drops the senders of a source, which is started again afterwards.
func (s *supervisor) forget(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.senders, id)
}

// start runs a source. mu is held.
func (s *supervisor) start(conf Source) {
	ctx, cancel := context.WithCancel(s.ctx)
	st := &station{made: conf, conf: conf, sup: s, cancel: cancel, done: make(chan struct{}), phase: Starting}
	past := s.past[conf.ID]
	st.base, st.own = past.Counts, past.Rhythm
	if st.senders = s.senders[conf.ID]; st.senders == nil {
		st.senders = map[string]*rhythm{}
		s.senders[conf.ID] = st.senders
	}
	s.stations[conf.ID] = st
	go st.run(ctx)
}

// stop ends stations and keeps what they knew.
func (s *supervisor) stop(list []*station) {
	for _, st := range list {
		st.cancel()
	}
	t := time.NewTimer(stopWait)
	defer t.Stop()
	for _, st := range list {
		select {
		case <-st.done:
		case <-t.C:
			s.log.Error("logbook: a source does not stop", "source", st.made.Name)
			t.Reset(0)
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, st := range list {
		s.past[st.made.ID] = st.row()
		if s.stations[st.made.ID] == st {
			delete(s.stations, st.made.ID)
		}
	}
}

// stopAll ends all sources; none is started again.
func (s *supervisor) stopAll() {
	s.mu.Lock()
	s.ctx = nil
	list := slices.Collect(maps.Values(s.stations))
	s.mu.Unlock()
	s.stop(list)
}

// list gives the stations, in the order of their IDs.
func (s *supervisor) list() []*station {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []*station
	for _, id := range slices.Sorted(maps.Keys(s.stations)) {
		out = append(out, s.stations[id])
	}
	return out
}

func (s *supervisor) station(id string) *station {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.stations[id]
}

// skewed counts an event whose time was not believed.
func (s *supervisor) skewed(id, _ string) {
	if st := s.station(id); st != nil {
		st.skewed.Add(1)
	}
}

// check looks for who fell silent and what was lost, and signals it. While
// taking is false nobody can be heard, so nobody is silent.
func (s *supervisor) check(ctx context.Context, taking bool) {
	now := s.clock()
	for _, st := range s.list() {
		for _, sig := range st.check(now, taking) {
			if err := s.signal(ctx, sig.Signal); err != nil {
				s.log.Error("logbook: a finding could not be handed on, it is tried again", "source", st.made.Name, "error", err)
				st.undo(sig)
			}
		}
	}
}

// pending is a signal with what it came from.
type pending struct {
	watch.Signal
	peer string
	lost uint64
}

func silentSignal(conf Source, peer string, at time.Time) pending {
	sig := watch.Signal{Kind: watch.SourceSilent, At: at, Name: conf.Name}
	if peer != "" {
		sig.Name, sig.Host = conf.Name+" ("+peer+")", peer
		if a, err := netip.ParseAddr(peer); err == nil {
			sig.Source = a
		}
	}
	return pending{Signal: sig, peer: peer}
}

func lostSignal(conf Source, n uint64, at time.Time) pending {
	return pending{Signal: watch.Signal{Kind: watch.SourceLost, At: at, Name: conf.Name, Values: map[string]string{"count": strconv.FormatUint(n, 10)}}, lost: n}
}

// rows gives what is to be stored, and which senders may be forgotten.
func (s *supervisor) rows() (rows, gone []heardRow) {
	now := s.clock()
	for _, st := range s.list() {
		r, g := st.rows(now)
		rows, gone = append(rows, r...), append(gone, g...)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for id, h := range s.past {
		if s.stations[id] == nil {
			h.Source, h.Peer = id, ""
			rows = append(rows, h)
		}
	}
	for id, senders := range s.senders {
		for peer, r := range senders {
			if s.stations[id] == nil {
				rows = append(rows, heardRow{Source: id, Peer: peer, Rhythm: r.copy()})
			}
		}
	}
	return rows, gone
}
