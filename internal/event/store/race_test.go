package store

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/torideproject/toride/internal/event"
)

// TestStore_EverythingAtOnce takes while others search, verify, prove, merge
// and ask; every view sees every event once.
func TestStore_EverythingAtOnce(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.cfg.Seal = Limits{Events: 60, MergeRows: 2000}
	b.open()
	ctx, stop := context.WithCancel(t.Context())
	var others sync.WaitGroup
	again := func(do func() error) {
		others.Go(func() {
			for ctx.Err() == nil {
				if err := do(); err != nil && ctx.Err() == nil {
					t.Error(err)
					return
				}
			}
		})
	}
	var taken sync.Map // highest batch → true, before a view
	again(func() error {
		var least uint64
		taken.Range(func(k, _ any) bool { least = max(least, k.(uint64)); return true })
		v, done := b.View()
		defer done()
		seen, twice := map[event.Position]bool{}, false
		note := func(e *event.Event) {
			twice = twice || seen[e.At]
			seen[e.At] = true
		}
		v.Tail.Each(func(e *event.Event) bool { note(e); return true })
		for _, p := range v.Parts {
			r, closed, err := p.Open()
			if err != nil {
				return err
			}
			err = r.All(ctx, func(e *event.Event) error { note(e); return nil })
			closed()
			if err != nil {
				return err
			}
		}
		if twice || uint64(len(seen)) < least*10 {
			return fmt.Errorf("%d events are seen, %d were taken before; one twice: %v", len(seen), least*10, twice)
		}
		return nil
	})
	again(func() error {
		r, err := b.Verify(ctx, nil, nil)
		if err == nil && len(r.Findings) > 0 {
			return fmt.Errorf("%+v", r.Findings[0])
		}
		return err
	})
	again(func() error { return b.Tick(ctx) })
	again(func() error {
		p, err := b.Proof(ctx, ProofOf{Source: "syslog-udp", From: noon().Add(-time.Hour), To: noon().Add(900 * time.Hour)})
		if err == nil && p.Rows > 800 {
			return fmt.Errorf("%d rows", p.Rows)
		}
		return err
	})
	again(func() error { _, err := b.Usage(ctx); b.Plan(); b.Done(); return err })
	for seq := uint64(1); seq <= 80; seq++ {
		b.clock.Add(7 * time.Minute)
		b.take(seq, batchOf(seq, 10, b.clock.Now()))
		taken.Store(seq, true)
	}
	stop()
	others.Wait()
	b.seal()
	b.clock.Add(48 * time.Hour)
	must(t, b.Merge(t.Context()))
	if n := b.rows(); n != 800 {
		t.Errorf("%d events", n)
	}
	b.clean("in the end")
}
