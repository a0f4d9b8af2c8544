package ssmix2

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// At most so many have a turn at once while turns are given back.
func TestTurns_SoManyAtOnce(t *testing.T) {
	t.Parallel()
	const most = 3
	turn := newTurns(most)
	turn.patience = time.Hour // nobody goes on without
	var now, over atomic.Int64
	var all sync.WaitGroup
	for range 40 {
		all.Go(func() {
			for range 20 {
				give := turn.take(t.Context())
				if n := now.Add(1); n > most {
					over.Add(1)
				}
				now.Add(-1)
				give()
			}
		})
	}
	all.Wait()
	if len(turn.held) != 0 || over.Load() != 0 {
		t.Errorf("%d turns were not given back, %d times too many had one", len(turn.held), over.Load())
	}
}

// Who never gives a turn back, as a read that hangs, holds nobody.
func TestTurns_AHangHoldsNobody(t *testing.T) {
	t.Parallel()
	turn := newTurns(1)
	turn.patience = time.Millisecond
	_ = turn.take(t.Context()) // never given back
	turn.take(t.Context())()   // waits a while, and goes on
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	turn.take(ctx)()
	if len(turn.held) != 1 {
		t.Errorf("%d turns are taken: one who went on without gave another's back", len(turn.held))
	}
}

// Who waits behind a long line goes on waiting while it moves: patience is with
// a turn that hangs, not with a hospital that begins to read all at once.
func TestTurns_ALongLineIsNoHang(t *testing.T) {
	t.Parallel()
	turn := newTurns(1)
	turn.patience = 200 * time.Millisecond
	var now, over atomic.Int64
	var all sync.WaitGroup
	for range 60 { // 600 ms in all: three times the patience
		all.Go(func() {
			give := turn.take(t.Context())
			if now.Add(1) > 1 {
				over.Add(1)
			}
			<-time.After(10 * time.Millisecond)
			now.Add(-1)
			give()
		})
	}
	all.Wait()
	if n := over.Load(); n != 0 {
		t.Errorf("%d went on without a turn", n)
	}
}
