package logbook

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/torideproject/toride/internal/detect/watch"
	"github.com/torideproject/toride/internal/event"
	"github.com/torideproject/toride/internal/event/source"
	"github.com/torideproject/toride/internal/fault"
)

// bench is a supervisor without a database or a journal, on the clock of a
// synctest bubble.
type bench struct {
	*supervisor
	ctl     *control
	mu      sync.Mutex
	signals []watch.Signal
	refuse  error // of signals
	full    error // of records
	taken   int
	cancel  context.CancelFunc
}

func newBench(t *testing.T, heard ...heardRow) *bench {
	b := &bench{supervisor: newSupervisor(heard), ctl: newControl()}
	b.clock, b.log = time.Now, quiet()
	b.build = func(s Source, cfg source.Config) (source.Source, error) {
		return b.ctl.make(cfg, source.Settings{Network: s.Network, Address: s.Address})
	}
	b.append = func(_ context.Context, records []event.Record) error {
		b.mu.Lock()
		defer b.mu.Unlock()
		if b.full == nil {
			b.taken += len(records)
		}
		return b.full
	}
	b.signal = func(_ context.Context, s watch.Signal) error {
		b.mu.Lock()
		defer b.mu.Unlock()
		if b.refuse == nil {
			b.signals = append(b.signals, s)
		}
		return b.refuse
	}
	ctx, cancel := context.WithCancel(context.Background())
	b.cancel = cancel
	b.begin(ctx)
	t.Cleanup(cancel)
	return b
}

func conf(id string) Source {
	return Source{ID: id, Spec: Spec{Name: "名前 " + id, Kind: "fake", Network: "udp", Address: "127.0.0.1:0", Enabled: true}}
}

func (b *bench) state(id string) SourceState { return b.station(id).state(b.clock()) }

func live(peer string) event.Record {
	return event.Record{Source: "a", Peer: peer, Received: time.Now(), Data: []byte("12345")}
}

// end stops everything inside the bubble.
func (b *bench) end() {
	b.stopAll()
	b.cancel()
}

func TestSupervisor_FailedSourceStartsAgainWithPauses(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		defer b.end()
		taken := errors.New("port is taken")
		b.ctl.set(taken, false)
		b.apply([]Source{conf("a")})
		began := time.Now()
		var starts []time.Duration
		for range 9 {
			before := b.ctl.runs.Load()
			for b.ctl.runs.Load() == before {
				<-time.After(100 * time.Millisecond)
			}
			starts = append(starts, time.Since(began).Round(time.Second))
		}
		if want := "[0s 1s 3s 7s 15s 31s 1m3s 2m3s 3m3s]"; fmt.Sprint(starts) != want {
			t.Errorf("starts at %v, want %v", starts, want)
		}
		synctest.Wait()
		s := b.state("a")
		if s.Phase != Failed || s.Err == nil || s.Err.Msg.Key != "logbook.source.failed" || s.Restarts != 9 || !s.Next.After(time.Now()) {
			t.Errorf("%+v", s)
		}
		b.ctl.set(nil, false)
		<-b.ctl.sinks // it runs
		synctest.Wait()
		if s := b.state("a"); s.Phase != Running || s.Err != nil || s.Addr != "udp 127.0.0.1:0" {
			t.Errorf("%+v", s)
		}
	})
}

func TestSupervisor_PanicIsAFailureAndNotTheEnd(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		defer b.end()
		b.ctl.set(nil, true)
		b.apply([]Source{conf("a")})
		synctest.Wait()
		if s := b.state("a"); s.Phase != Failed {
			t.Errorf("%+v", s)
		}
		b.ctl.set(nil, false)
		sink := <-b.ctl.sinks
		if err := sink.Take(t.Context(), []event.Record{live("p")}); err != nil || b.taken != 1 {
			t.Error(err)
		}
	})
}

func TestSupervisor_ChangesWhatRuns(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		defer b.end()
		one, two := conf("a"), conf("b")
		b.apply([]Source{one, two})
		<-b.ctl.sinks
		<-b.ctl.sinks
		one.Name, one.Expect = "new name", time.Hour
		b.apply([]Source{one, two})
		synctest.Wait()
		if b.ctl.runs.Load() != 2 || b.state("a").Name != "new name" {
			t.Error("a new name needs no new start")
		}
		one.Address = "127.0.0.1:1"
		b.apply([]Source{one})
		<-b.ctl.sinks
		if b.ctl.runs.Load() != 3 || b.station("b") != nil || b.ctl.last().set.Address != "127.0.0.1:1" {
			t.Errorf("%d runs", b.ctl.runs.Load())
		}
		b.stopAll()
		b.apply([]Source{one})
		if b.station("a") != nil {
			t.Error("a source was started after the end")
		}
	})
}

func TestSupervisor_CountsGoOnAfterARestart(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, heardRow{Source: "a", Counts: Counts{Records: 100, Lost: 5}})
		defer b.end()
		b.apply([]Source{conf("a")})
		sink := <-b.ctl.sinks
		if err := sink.Take(t.Context(), []event.Record{live("p"), live("q")}); err != nil {
			t.Fatal(err)
		}
		b.ctl.last().cfg.Stats.Lost.Add(2)
		b.ctl.last().cfg.Stats.Cut.Add(1)
		b.skewed("a", "p")
		b.skewed("nobody", "p")
		want := Counts{Records: 102, Bytes: 10, Lost: 7, Cut: 1, Skewed: 1}
		if s := b.state("a"); s.Counts != want {
			t.Errorf("%+v", s.Counts)
		}
		again := conf("a")
		again.Address = "127.0.0.1:2"
		b.apply([]Source{again})
		<-b.ctl.sinks
		if s := b.state("a"); s.Counts != want {
			t.Errorf("after a change: %+v", s.Counts)
		}
	})
}

func TestSupervisor_RefusedRecordsAreSeen(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		defer b.end()
		b.apply([]Source{conf("a")})
		sink := <-b.ctl.sinks
		b.full = fault.New(fault.Full, "event.journal.disk", 1, 2)
		if err := sink.Take(t.Context(), []event.Record{live("p")}); fault.KindOf(err) != fault.Full {
			t.Error(err)
		}
		if s := b.state("a"); !s.Refusing || s.Err.Msg.Key != "event.journal.disk" || s.Phase != Running || !s.Last.IsZero() {
			t.Errorf("%+v", s)
		}
		b.full = nil
		if err := sink.Take(t.Context(), []event.Record{live("p")}); err != nil {
			t.Error(err)
		}
		if s := b.state("a"); s.Refusing || s.Err != nil || s.Last.IsZero() {
			t.Errorf("%+v", s)
		}
	})
}

func TestSupervisor_SilentSourceIsAFindingOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		defer b.end()
		c := conf("a")
		c.Expect = 10 * time.Minute
		b.apply([]Source{c})
		sink := <-b.ctl.sinks
		backfill := live("p")
		backfill.Backfill = true
		send := func(r event.Record) {
			t.Helper()
			if err := sink.Take(t.Context(), []event.Record{r}); err != nil {
				t.Fatal(err)
			}
		}
		send(backfill)
		<-time.After(time.Hour)
		if b.check(t.Context(), true); len(b.signals) != 0 {
			t.Errorf("an upload is no sender: %+v", b.signals)
		}
		send(live("p"))
		<-time.After(9 * time.Minute)
		b.check(t.Context(), true)
		<-time.After(time.Hour)
		b.check(t.Context(), false) // nothing can be taken: nobody is silent
		if len(b.signals) != 0 {
			t.Errorf("%+v", b.signals)
		}
		<-time.After(11 * time.Minute)
		b.refuse = errors.New("database is busy")
		b.check(t.Context(), true)
		b.refuse = nil
		b.check(t.Context(), true)
		b.check(t.Context(), true)
		if len(b.signals) != 1 || b.signals[0].Kind != watch.SourceSilent || b.signals[0].Name != c.Name {
			t.Fatalf("%+v", b.signals)
		}
		if s := b.state("a"); s.Silent.IsZero() {
			t.Errorf("%+v", s)
		}
		send(live("p"))
		if s := b.state("a"); !s.Silent.IsZero() {
			t.Errorf("it sends again: %+v", s)
		}
	})
}

func TestSupervisor_OneSenderOfManyFallsSilent(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		defer b.end()
		c := conf("a")
		c.Senders = true
		b.apply([]Source{c})
		sink := <-b.ctl.sinks
		for minute := 0; minute < 9*24*60; minute += 5 {
			set := []event.Record{live("192.0.2.1"), live("192.0.2.1"), live("192.0.2.2")}
			if minute > 8*24*60 {
				set = set[:1]
			}
			if err := sink.Take(t.Context(), set); err != nil {
				t.Fatal(err)
			}
			b.check(t.Context(), true)
			<-time.After(5 * time.Minute)
		}
		if len(b.signals) != 1 || b.signals[0].Host != "192.0.2.2" || b.signals[0].Source.String() != "192.0.2.2" {
			t.Fatalf("%+v", b.signals)
		}
		s := b.state("a")
		if s.Senders != 2 || len(s.Quiet) != 1 || s.Quiet[0].Peer != "192.0.2.2" || !s.Silent.IsZero() || s.Learning || s.Expected != 15*time.Minute {
			t.Errorf("%+v", s)
		}
		rows, gone := b.rows()
		if len(rows) != 3 || len(gone) != 0 {
			t.Errorf("%d rows to be stored", len(rows))
		}
		c.Senders = false
		b.apply([]Source{c})
		if rows, gone := b.rows(); len(rows) != 1 || len(gone) != 2 {
			t.Errorf("%d rows, %d to be forgotten", len(rows), len(gone))
		}
	})
}

func TestSupervisor_BehindARelayTheEntryNamesTheSender(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		defer b.end()
		b.named = func(r *event.Record) string { return string(r.Data) }
		c := conf("a")
		c.Senders, c.Relay = true, true
		b.apply([]Source{c})
		sink := <-b.ctl.sinks
		from := func(name string) event.Record {
			r := live("192.0.2.1")
			r.Data = []byte(name)
			return r
		}
		for minute := 0; minute < 9*24*60; minute += 5 {
			set := []event.Record{from("KARTE-1"), from("KARTE-2"), from("")}
			if minute > 8*24*60 {
				set = set[:1]
			}
			if err := sink.Take(t.Context(), append(set, from(strings.Repeat("x", maxSenderName+1)))); err != nil {
				t.Fatal(err)
			}
			b.check(t.Context(), true)
			<-time.After(5 * time.Minute)
		}
		if len(b.signals) != 1 || b.signals[0].Host != "KARTE-2" || b.signals[0].Source.IsValid() {
			t.Fatalf("%+v", b.signals)
		}
		if s := b.state("a"); s.Senders != 3 { // two by name, and who connects where no name is
			t.Errorf("%d senders", s.Senders)
		}
		c.Relay = false // from now on they are called by their addresses
		b.forget("a")
		b.apply([]Source{c})
		<-b.ctl.sinks
		if rows, _ := b.rows(); len(rows) != 1 {
			t.Errorf("%+v", rows)
		}
	})
}

func TestSupervisor_SendersAreBounded(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		defer b.end()
		c := conf("a")
		c.Senders = true
		b.apply([]Source{c})
		sink := <-b.ctl.sinks
		var set []event.Record
		for i := range maxSenders + 50 {
			set = append(set, live(fmt.Sprint("host-", i)))
		}
		if err := sink.Take(t.Context(), set); err != nil {
			t.Fatal(err)
		}
		if s := b.state("a"); s.Senders != maxSenders || !s.Crowd {
			t.Errorf("%d senders, crowd %v", s.Senders, s.Crowd)
		}
	})
}

func TestSupervisor_LossIsAFindingAtMostOnceAnHour(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, heardRow{Source: "a", Counts: Counts{Lost: 1000}})
		defer b.end()
		b.apply([]Source{conf("a")})
		<-b.ctl.sinks
		b.check(t.Context(), true)
		stats := b.ctl.last().cfg.Stats
		stats.Lost.Add(3)
		b.refuse = errors.New("database is busy")
		b.check(t.Context(), true)
		b.refuse = nil
		b.check(t.Context(), true)
		stats.Lost.Add(4)
		b.check(t.Context(), true)
		if len(b.signals) != 1 || b.signals[0].Kind != watch.SourceLost || b.signals[0].Values["count"] != "3" {
			t.Fatalf("%+v", b.signals)
		}
		<-time.After(time.Hour)
		b.check(t.Context(), true)
		if len(b.signals) != 2 || b.signals[1].Values["count"] != "4" {
			t.Errorf("%+v", b.signals)
		}
	})
}

func TestInWords_EachFailureHasItsSentence(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	_, inUse := net.Listen("tcp", l.Addr().String())
	_, notOurs := net.Listen("tcp", "192.0.2.1:0")
	for key, err := range map[string]error{
		"logbook.source.in_use":   inUse,
		"logbook.source.not_ours": notOurs,
		"logbook.source.failed":   errors.New("boom"),
		"test.own":                fmt.Errorf("source: %w", fault.New(fault.Invalid, "test.own")),
	} {
		if f := inWords(err, "127.0.0.1:514"); f.Msg.Key != key {
			t.Errorf("%v: %s", err, f.Msg.Key)
		}
	}
}
