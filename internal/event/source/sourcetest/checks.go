package sourcetest

import (
	"context"
	"fmt"
	"runtime"
	"sync"
	"testing"
	"time"
)

// takes: all that is sent arrives once, from several senders at the same time.
func (m Member) takes(t *testing.T) {
	set := m.Settings(t)
	r := Start(t, m.Kind, set)
	var all [][]byte
	var wg sync.WaitGroup
	for range 3 {
		entries := m.Entries(700)
		all = append(all, entries...)
		wg.Go(func() {
			if err := m.send(t, set, r, entries); err != nil {
				t.Errorf("Send: %v", err)
			}
		})
	}
	wg.Wait()
	m.same(t, r, all)
	r.Stop(t)
	m.nothing(t, r, "lost", r.Stats.Lost.Load())
	m.nothing(t, r, "refused", r.Stats.Refused.Load())
	m.nothing(t, r, "cut", r.Stats.Cut.Load())
}

func (m Member) nothing(t *testing.T, _ *Running, what string, n uint64) {
	t.Helper()
	if n != 0 {
		t.Errorf("%d %s", n, what)
	}
}

// durable: no sender is told before the sink has it.
func (m Member) durable(t *testing.T) {
	set := m.Settings(t)
	r := Start(t, m.Kind, set)
	release := r.Sink.Hold()
	entries := m.Entries(20)
	sent := make(chan error, 1)
	go func() { sent <- m.send(t, set, r, entries) }()
	r.Sink.WaitHeld(t)
	if m.Acks {
		select {
		case err := <-sent:
			t.Fatalf("the sender was answered (%v) before the sink had it", err)
		default:
		}
	}
	if r.Stats.Records.Load() != 0 {
		t.Error("counted before it was durable")
	}
	release()
	if err := <-sent; err != nil {
		t.Errorf("Send: %v", err)
	}
	m.same(t, r, entries)
	r.Stop(t)
}

// full: while the sink refuses nothing is acknowledged; when it takes again,
// everything arrives once.
func (m Member) full(t *testing.T) {
	set := m.Settings(t)
	r := Start(t, m.Kind, set)
	r.Sink.Refuse(Full())
	entries := m.Entries(60)
	err := m.send(t, set, r, entries)
	r.Sink.WaitTaken(t, 1)
	if r.Stats.Records.Load() != 0 || r.Sink.Count() != 0 {
		t.Error("counted as durable")
	}
	if m.Acks {
		if err == nil {
			t.Fatal("the sender was told that all is well")
		}
		if got := r.Stats.Refused.Load(); got < uint64(len(entries)) {
			t.Errorf("%d refused, sent %d", got, len(entries))
		}
	} else if err != nil {
		t.Errorf("Send: %v", err)
	}
	r.Sink.Refuse(nil)
	if m.Acks {
		m.mustSend(t, set, r, entries)
	}
	m.same(t, r, entries)
	r.Stop(t)
	m.nothing(t, r, "lost", r.Stats.Lost.Load())
}

// end: what was sent before the context ended is handed over.
func (m Member) end(t *testing.T) {
	set := m.Settings(t)
	r := Start(t, m.Kind, set)
	entries := m.Entries(90)
	m.mustSend(t, set, r, entries)
	r.Stop(t)
	if m.Keeps {
		r.Run(t)
	}
	m.same(t, r, entries)
	if m.Keeps {
		r.Stop(t)
	}
	m.nothing(t, r, "lost", r.Stats.Lost.Load())
	if _, err := m.Kind.New(Config(), set); err != nil {
		t.Errorf("a second source of the same settings: %v", err)
	}
}

// again: Run may be called after it has returned.
func (m Member) again(t *testing.T) {
	set := m.Settings(t)
	r := Start(t, m.Kind, set)
	first, second := m.Entries(10), m.Entries(10)
	m.mustSend(t, set, r, first)
	r.Sink.Wait(t, len(first))
	r.Stop(t)
	r.Run(t)
	m.mustSend(t, set, r, second)
	m.same(t, r, append(first, second...))
	r.Stop(t)
}

// maxGrowth is how much memory hostile senders may take.
const maxGrowth = 160 << 20

// hostile: a good sender is served while and after others misbehave, and
// memory stays bounded.
func (m Member) hostile(t *testing.T) {
	set := m.Settings(t)
	r := Start(t, m.Kind, set)
	before := heap()
	peak := uint64(0)
	for i, attack := range m.Hostile {
		ctx, cancel := context.WithTimeout(t.Context(), 5*patience)
		attacked := make(chan struct{})
		go func() {
			defer close(attacked)
			attack(ctx, set, r.Addr())
		}()
		tick := time.NewTicker(50 * time.Millisecond)
		for waiting := true; waiting; {
			select {
			case <-attacked:
				waiting = false
			case <-tick.C:
			}
			peak = max(peak, heap())
		}
		tick.Stop()
		r.Sink.Clear()
		entries := m.Entries(10)
		// The attack came from the good sender's own address, so that it may have to
		// wait until the source has seen the last of it.
		Until(t, fmt.Sprintf("a good sender to be served after attack %d", i), func() bool {
			return m.send(t, set, r, entries) == nil
		})
		want := map[string]bool{}
		for _, e := range entries {
			if m.Data != nil {
				e = m.Data(e)
			}
			want[string(e)] = true
		}
		Until(t, "the good sender's entries", func() bool {
			for _, rec := range r.Sink.Records() {
				delete(want, string(rec.Data))
			}
			return len(want) == 0
		})
		cancel()
	}
	if peak > before+maxGrowth {
		t.Errorf("memory grew from %d to %d MiB", before>>20, peak>>20)
	}
	r.Stop(t)
}

func heap() uint64 {
	var s runtime.MemStats
	runtime.ReadMemStats(&s)
	return s.HeapInuse
}
