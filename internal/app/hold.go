package app

import (
	"context"
	"time"
)

// holdRecords keeps records from being deleted while an incident is open, and
// lets go when it is closed. It runs each hour and at the start: records are
// deleted a day at a time, long after they came.
func (a *App) holdRecords(ctx context.Context) error {
	heads, _, err := a.Parts.Incident.Heads(ctx, true, 0, 0)
	if err != nil {
		return err
	}
	open := map[string]bool{}
	for _, h := range heads {
		if !h.Drill {
			open["incident/"+h.ID] = true
		}
	}
	for _, h := range a.Parts.Store.Holds() {
		if open[h.ID] {
			delete(open, h.ID)
			continue
		}
		if err := a.Parts.Store.Release(ctx, h.ID, "toride"); err != nil {
			return err
		}
	}
	for id := range open {
		if err := a.Parts.Store.Hold(ctx, id, time.Time{}, "toride"); err != nil {
			return err
		}
	}
	return nil
}
