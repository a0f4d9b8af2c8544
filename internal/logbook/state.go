package logbook

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/torideproject/toride/internal/event"
	"github.com/torideproject/toride/internal/event/journal"
	"github.com/torideproject/toride/internal/fault"
)

// State is how intake is now.
type State struct {
	Journal journal.Stats
	Takers  []TakerState // in their order
	// Slow is the taker that the others wait for, or empty.
	Slow    string
	Sources []SourceState // by name; those that were removed are left out
	// Broken is how many records made a format fail since Toride started.
	Broken uint64
}

// TakerState is how a taker is.
type TakerState struct {
	Name    string
	At      event.Position // the last batch it took
	Done    event.Position // the last batch it has kept for good
	Events  uint64         // since Toride started
	Waiting int            // batches that wait for it, at most a few: the rest waits in the journal
	Err     *fault.Error   // why it does not take the batch it was given; nil when it does
	Since   time.Time      // of Err, by the machine's clock
}

// SourceState is how a configured source is.
type SourceState struct {
	Source
	Phase    Phase
	Addr     string // where it really listens, "udp 0.0.0.0:514", once it does
	First    time.Time
	Last     time.Time // of the last live record, zero when there was none
	Counts   Counts
	Err      *fault.Error // of the last failure, or why the last records were refused
	ErrAt    time.Time
	Refusing bool      // the last records were not taken
	Next     time.Time // of the next start, when it failed
	Restarts int
	// Expected is how long it may be quiet now; 0: as long as it likes.
	Expected time.Duration
	Learning bool      // it was not listened to for long enough to know
	Silent   time.Time // since when it is called silent, or zero
	Senders  int       // that are listened to one by one
	Quiet    []Quiet   // those of them that are silent, by name
	Crowd    bool      // there are more than can be listened to one by one
}

// Quiet is a sender that fell silent.
type Quiet struct {
	Peer   string
	Last   time.Time
	Silent time.Time
}

// State gives all of it: one query, and a question to the journal.
func (l *Logbook) State(ctx context.Context) (State, error) {
	var out State
	var err error
	if out.Journal, err = l.journal.Stats(ctx); err != nil {
		return out, err
	}
	all, err := l.Sources(ctx)
	if err != nil {
		return out, err
	}
	for _, s := range all {
		out.Sources = append(out.Sources, l.sourceState(s))
	}
	out.Takers, out.Slow = l.pipe.state()
	out.Broken = l.normal.broken.Load()
	return out, nil
}

func (l *Logbook) sourceState(s Source) SourceState {
	now := l.cfg.Clock()
	if st := l.sup.station(s.ID); st != nil {
		return st.state(now)
	}
	l.sup.mu.Lock()
	past := l.sup.past[s.ID]
	l.sup.mu.Unlock()
	return SourceState{Source: s, Phase: Off, First: past.Rhythm.Since, Last: past.Rhythm.Last, Counts: past.Counts}
}

func (st *station) state(now time.Time) SourceState {
	st.mu.Lock()
	defer st.mu.Unlock()
	out := SourceState{Source: st.conf, Phase: st.phase, First: st.own.Since, Last: st.own.Last, Counts: st.counts(), Refusing: st.refusing,
		Next: st.next, Restarts: st.restarts, Silent: st.own.Silent, Senders: len(st.senders), Crowd: st.crowd}
	if st.phase == Failed || st.refusing {
		out.Err, out.ErrAt = st.err, st.errAt
	}
	if st.src != nil {
		if out.Addr = st.src.Addr(); out.Addr == "" && len(st.conf.Address) > 0 {
			out.Phase = Starting
		}
	}
	out.Expected, _ = st.own.expect(st.conf.Expect, now)
	out.Learning = st.conf.Expect == Learn && (st.own.Since.IsZero() || now.Sub(st.own.Since) < learning)
	for peer, r := range st.senders {
		if st.conf.Senders && !r.Silent.IsZero() {
			out.Quiet = append(out.Quiet, Quiet{peer, r.Last, r.Silent})
		}
	}
	slices.SortFunc(out.Quiet, func(a, b Quiet) int { return strings.Compare(a.Peer, b.Peer) })
	return out
}

// state gives the takers, and the one that holds up the others: the last before
// which batches pile up, because those behind it wait for it.
func (p *pipeline) state() (list []TakerState, slow string) {
	for _, s := range p.stages {
		d := s.taker.Done()
		d.Index = 0
		s.mu.Lock()
		t := TakerState{Name: s.taker.Name, At: s.at, Done: d, Events: s.events, Waiting: len(s.in), Err: fault.Of(s.err)}
		if s.busy {
			t.Waiting++
		}
		if t.Err != nil {
			t.Since = s.since
		}
		s.mu.Unlock()
		if t.Waiting > ahead || t.Err != nil {
			slow = t.Name
		}
		list = append(list, t)
	}
	return list, slow
}
