package ssmix2

import (
	"context"
	"sync/atomic"
	"time"
)

// turns let only so many do a thing at once, who came first going first. A turn
// is a courtesy: if nobody gave one back for as long as patience, what holds them
// may hang, and who waits goes on without.
type turns struct {
	held     chan struct{}
	given    atomic.Int64 // turns that were given back
	patience time.Duration
}

func newTurns(most int) *turns {
	return &turns{held: make(chan struct{}, most), patience: 200 * time.Millisecond}
}

// take waits for a turn; give ends it.
func (t *turns) take(ctx context.Context) (give func()) {
	select {
	case t.held <- struct{}{}:
		return t.give
	default:
	}
	for seen := t.given.Load(); ; {
		timer := time.NewTimer(t.patience)
		select {
		case t.held <- struct{}{}:
			timer.Stop()
			return t.give
		case <-ctx.Done():
			timer.Stop()
			return func() {}
		case <-timer.C:
		}
		now := t.given.Load()
		if now == seen {
			return func() {}
		}
		seen = now
	}
}

func (t *turns) give() {
	t.given.Add(1)
	<-t.held
}
