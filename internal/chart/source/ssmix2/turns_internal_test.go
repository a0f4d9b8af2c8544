package ssmix2

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"
)

// At most so many have a turn at once while turns are given back.
func TestTurns_SoManyAtOnce(t *testing.T) {
	t.Parallel()
	const most = 3
	turn := make(turns, most)
	var now, peak atomic.Int64
	var all sync.WaitGroup
	for range 40 {
		all.Go(func() {
			for range 20 {
				give := turn.take(t.Context())
				if n := now.Add(1); n > peak.Load() {
					peak.Store(n)
				}
				now.Add(-1)
				give()
			}
		})
	}
	all.Wait()
	if len(turn) != 0 || peak.Load() == 0 {
		t.Errorf("%d turns were not given back, peak %d", len(turn), peak.Load())
	}
}

// Who never gives a turn back, as a read that hangs, holds nobody.
func TestTurns_AHangHoldsNobody(t *testing.T) {
	t.Parallel()
	turn := make(turns, 1)
	_ = turn.take(t.Context()) // never given back
	turn.take(t.Context())()   // waits a while, and goes on
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	turn.take(ctx)()
	if len(turn) != 1 {
		t.Errorf("%d turns are taken: one who went on without gave another's back", len(turn))
	}
}
