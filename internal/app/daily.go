package app

import (
	"context"
	"time"
)

// round is how often Toride looks by itself: often enough that the history of
// the Osaka test has each day, and that a hole which opens in the night is a
// case in the morning.
const round = time.Hour

// look runs once at the start and then each hour until ctx ends. What fails is
// logged and tried again in the next round.
func (a *App) look(ctx context.Context) {
	tick := time.NewTicker(round)
	defer tick.Stop()
	for {
		if _, err := a.Parts.Exposure.Sync(ctx); err != nil && ctx.Err() == nil {
			a.log.Error("comparing holes failed", "err", err)
		}
		if err := a.holdRecords(ctx); err != nil && ctx.Err() == nil {
			a.log.Error("keeping records for open incidents failed", "err", err)
		}
		if err := a.Parts.Audit.Observe(ctx); err != nil && ctx.Err() == nil {
			a.log.Error("the Osaka test failed", "err", err)
		}
		if err := a.Parts.Log.Anchor(ctx, a.Parts.Store.Head()); err != nil && ctx.Err() == nil {
			a.log.Error("the state of the records' seals is not in the ledger yet", "err", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}
