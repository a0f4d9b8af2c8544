package logbook

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/torideproject/toride/internal/event"
	"github.com/torideproject/toride/internal/event/source"
	"github.com/torideproject/toride/internal/fault"
)

// Phase is what a source is doing.
type Phase string

// The phases of a source.
const (
	Off      Phase = "off"      // people switched it off
	Starting Phase = "starting" // it does not listen yet
	Running  Phase = "running"
	Failed   Phase = "failed" // it is started again after a pause
)

// Counts are totals since the source was set up.
type Counts struct {
	Records uint64 `json:"records"` // durable
	Bytes   uint64 `json:"bytes"`   // of those
	Lost    uint64 `json:"lost"`    // received, or known to be sent, and not durable
	Refused uint64 `json:"refused"` // answered with an error, so that the sender keeps them
	Cut     uint64 `json:"cut"`     // longer than allowed; the first part was kept
	Skewed  uint64 `json:"skewed"`  // events whose own time was not believed
}

// station is a configured source at work.
type station struct {
	made   Source // as it was started
	sup    *supervisor
	cancel context.CancelFunc
	done   chan struct{} // closed when it has ended

	base    Counts // of earlier runs
	stats   source.Stats
	records atomic.Uint64
	bytes   atomic.Uint64
	skewed  atomic.Uint64
	stamps  atomic.Uint64 // records that the source has stamped

	mu       sync.Mutex
	conf     Source // as it is now: what needs no new start may differ
	phase    Phase
	src      source.Source // while it runs
	err      *fault.Error  // of the last failure, or of the last refused records
	errAt    time.Time
	next     time.Time // of the next start
	restarts int
	refusing bool // the last records were not taken
	own      rhythm
	senders  map[string]*rhythm
	crowd    bool // more senders than are listened to one by one
	lostTold uint64
	lostAt   time.Time
}

// run starts the source again and again until ctx ends.
func (st *station) run(ctx context.Context) {
	defer close(st.done)
	for wait := restartFirst; ; wait = min(2*wait, restartLast) {
		began := time.Now()
		err := st.once(ctx)
		if ctx.Err() != nil {
			st.set(Off, nil, time.Time{})
			return
		}
		if time.Since(began) >= steady {
			wait = restartFirst
		}
		f := inWords(err, st.made.Address)
		st.sup.log.Warn("logbook: a source failed and is started again", "source", st.made.Name, "error", err)
		st.set(Failed, f, st.sup.clock().Add(wait))
		pause(ctx, wait)
		if ctx.Err() != nil {
			st.set(Off, nil, time.Time{})
			return
		}
	}
}

// once makes the source and runs it until it ends. What panics in it is an error.
func (st *station) once(ctx context.Context) (err error) {
	defer func() {
		if p := recover(); p != nil {
			st.sup.log.Error("logbook: a source panicked", "source", st.made.Name, "panic", p, "stack", string(debug.Stack()))
			err = fmt.Errorf("panic: %v", p)
		}
		st.mu.Lock()
		st.src = nil
		st.mu.Unlock()
	}()
	src, err := st.sup.build(st.made, source.Config{ID: st.made.ID, Clock: st.stamp, Log: st.sup.log, Stats: &st.stats})
	if err != nil {
		return err
	}
	st.mu.Lock()
	st.src, st.phase = src, Running
	now := st.sup.clock()
	st.own.listen(now)
	for _, r := range st.senders {
		r.listen(now)
	}
	st.mu.Unlock()
	if err := src.Run(ctx, st); err != nil {
		return err
	}
	return errEnded
}

// stamp is the source's clock. A source asks it once for each record, when it
// has it.
func (st *station) stamp() time.Time {
	now := st.sup.clock()
	st.stamps.Add(1)
	return now
}

var errEnded = errors.New("logbook: the source ended by itself")

func (st *station) set(p Phase, err *fault.Error, next time.Time) {
	st.mu.Lock()
	defer st.mu.Unlock()
	st.phase, st.next = p, next
	if err != nil {
		st.err, st.errAt = err, st.sup.clock()
		st.restarts++
	}
}

// rename takes over what does not need a new start.
func (st *station) rename(conf Source) {
	st.mu.Lock()
	defer st.mu.Unlock()
	st.conf = conf
}

// Take makes records durable; it is the source.Sink of the source.
func (st *station) Take(ctx context.Context, records []event.Record) error {
	if err := st.sup.append(ctx, records); err != nil {
		if ctx.Err() == nil {
			st.mu.Lock()
			st.err, st.errAt, st.refusing = fault.Of(err), st.sup.clock(), true
			st.mu.Unlock()
		}
		return err
	}
	bytes := 0
	for i := range records {
		bytes += len(records[i].Data)
	}
	st.records.Add(uint64(len(records)))
	st.bytes.Add(uint64(bytes))
	st.hear(records)
	return nil
}

// hear notes who sent. It costs a look at each record's sender, which is nearly
// always that of the record before; behind a relay it costs reading the record.
func (st *station) hear(records []event.Record) {
	now := st.sup.clock()
	st.mu.Lock()
	relay := st.conf.Relay
	st.mu.Unlock()
	var names []string
	if relay {
		names = st.names(records)
	}
	st.mu.Lock()
	defer st.mu.Unlock()
	st.refusing = false
	live, peer, first := false, "", true
	for i := range records {
		if records[i].Backfill {
			continue
		}
		live = true
		who := records[i].Peer
		if i < len(names) {
			who = names[i]
		}
		if !st.conf.Senders || (!first && who == peer) {
			continue
		}
		peer, first = who, false
		st.hearSender(peer, now)
	}
	if live && st.own.heard(now) {
		st.sup.log.Info("logbook: a source that was silent sends again", "source", st.conf.Name)
	}
}

// names gives whom each record names as its sender; where it names nobody that is
// who connected.
func (st *station) names(records []event.Record) []string {
	out := make([]string, len(records))
	for i := range records {
		out[i] = records[i].Peer
		if st.sup.named == nil || records[i].Backfill {
			continue
		}
		if name := st.sup.named(&records[i]); name != "" && len(name) <= maxSenderName {
			out[i] = name
		}
	}
	return out
}

// hearSender notes a record of one sender. mu is held.
func (st *station) hearSender(peer string, now time.Time) {
	r := st.senders[peer]
	if r == nil {
		if len(st.senders) >= maxSenders {
			st.crowd = true
			return
		}
		r = &rhythm{}
		st.senders[string([]byte(peer))] = r // the caller's string may stand in a large buffer
	}
	if r.heard(now) {
		st.sup.log.Info("logbook: a sender that was silent sends again", "source", st.conf.Name, "sender", peer)
	}
}

// check gives the signals that are due.
func (st *station) check(now time.Time, taking bool) (due []pending) {
	st.mu.Lock()
	defer st.mu.Unlock()
	if lost := st.base.Lost + st.stats.Lost.Load(); st.lostAt.IsZero() {
		st.lostTold, st.lostAt = st.base.Lost, now.Add(-lostEvery)
	} else if n := lost - st.lostTold; n > 0 && now.Sub(st.lostAt) >= lostEvery {
		due = append(due, lostSignal(st.conf, n, now))
		st.lostTold, st.lostAt = lost, now
	}
	if !taking || st.phase != Running {
		st.own.listen(now)
		for _, r := range st.senders {
			r.listen(now)
		}
		return due
	}
	if st.own.check(st.conf.Expect, now) {
		due = append(due, silentSignal(st.conf, "", now))
	}
	if !st.conf.Senders || !st.own.Silent.IsZero() { // one finding says it for all
		return due
	}
	for peer, r := range st.senders {
		if r.check(learn, now) {
			due = append(due, silentSignal(st.conf, peer, now))
		}
	}
	return due
}

// undo takes back a signal that nobody took, so that it is due again.
func (st *station) undo(p pending) {
	st.mu.Lock()
	defer st.mu.Unlock()
	switch r := st.senders[p.peer]; {
	case p.lost > 0:
		st.lostTold -= p.lost
		st.lostAt = st.lostAt.Add(-lostEvery)
	case p.peer == "":
		st.own.Silent = time.Time{}
	case r != nil:
		r.Silent = time.Time{}
	}
}

func (st *station) counts() Counts {
	return Counts{
		Records: st.base.Records + st.records.Load(), Bytes: st.base.Bytes + st.bytes.Load(),
		Lost: st.base.Lost + st.stats.Lost.Load(), Refused: st.base.Refused + st.stats.Refused.Load(),
		Cut: st.base.Cut + st.stats.Cut.Load(), Skewed: st.base.Skewed + st.skewed.Load(),
	}
}

func (st *station) row() heardRow {
	st.mu.Lock()
	defer st.mu.Unlock()
	return heardRow{Source: st.conf.ID, Rhythm: st.own.copy(), Counts: st.counts()}
}

// rows gives what is to be stored of the source and its senders.
func (st *station) rows(now time.Time) (rows, gone []heardRow) {
	rows = append(rows, st.row())
	st.mu.Lock()
	defer st.mu.Unlock()
	for peer, r := range st.senders {
		h := heardRow{Source: st.conf.ID, Peer: peer, Rhythm: r.copy()}
		if !st.conf.Senders || now.Sub(r.Last) > forgetSender {
			delete(st.senders, peer)
			gone = append(gone, h)
			continue
		}
		rows = append(rows, h)
	}
	st.crowd = st.crowd && len(st.senders) >= maxSenders
	return rows, gone
}

// inWords makes of any failure of a source a sentence of three lines.
func inWords(err error, address string) *fault.Error {
	if f := fault.Of(err); f.Msg.Key != "fault.internal" {
		return f
	}
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		return fault.New(fault.Conflict, "logbook.source.in_use", address).With(err)
	case errors.Is(err, syscall.EACCES) || errors.Is(err, fs.ErrPermission):
		return fault.New(fault.Denied, "logbook.source.no_right", address).With(err)
	case errors.Is(err, syscall.EADDRNOTAVAIL):
		return fault.New(fault.Invalid, "logbook.source.not_ours", address).With(err)
	case errors.Is(err, fs.ErrNotExist):
		return fault.New(fault.NotFound, "logbook.source.no_folder").With(err)
	}
	return fault.New(fault.Internal, "logbook.source.failed", err.Error()).With(err)
}
