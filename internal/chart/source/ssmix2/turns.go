package ssmix2

import (
	"context"
	"time"
)

// turns keep many charts that are read at once from taking the machine away from
// whoever only wants to look somebody up: who has read one message waits until
// others have read theirs. A turn is a courtesy: who has waited for patience goes
// on without, so that a file that hangs holds nobody else.
type turns struct {
	held     chan struct{}
	patience time.Duration
}

func newTurns(most int) turns { return turns{make(chan struct{}, most), 100 * time.Millisecond} }

// take waits for a turn; give ends it.
func (t turns) take(ctx context.Context) (give func()) {
	select {
	case t.held <- struct{}{}:
		return t.give
	default:
	}
	timer := time.NewTimer(t.patience)
	defer timer.Stop()
	select {
	case t.held <- struct{}{}:
		return t.give
	case <-timer.C:
	case <-ctx.Done():
	}
	return func() {}
}

func (t turns) give() { <-t.held }
