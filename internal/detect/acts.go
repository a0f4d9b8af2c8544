package detect

import (
	"cmp"
	"context"
	"strings"
	"time"

	"github.com/torideproject/toride/internal/fault"
	"github.com/torideproject/toride/internal/ledger"
)

// settled writes what waits to be written, before a person's act: a stored
// alert never includes findings without their position.
func (d *Desk) settled(ctx context.Context) error {
	if d.draft.empty() {
		return nil
	}
	return d.commit(ctx, d.cfg.Clock(), false)
}

// act writes what a person did. It is called under mu, after settled.
func (d *Desk) act(ctx context.Context, actor ledger.Actor, action string, fn func(*ledger.Tx) error) error {
	err := d.book.Write(ctx, actor, action, fn)
	if err == nil {
		d.tell()
	}
	return err
}

// hold gives the alert as it lives on, so that a change of it is the change of
// the one that findings fold into.
func (d *Desk) hold(a *Alert) *Alert {
	if l := d.live.alerts[a.Key]; l != nil && l.ID == a.ID {
		return l
	}
	return a
}

// Acknowledge says that a person has seen the story and takes it on. All of its
// alerts that are new are acknowledged with it.
func (d *Desk) Acknowledge(ctx context.Context, actor ledger.Actor, id, note string) error {
	return d.changeStory(ctx, actor, change{action: "detect.story.ack", id: id, kind: Taken, by: func(s *Story, now time.Time) error {
		if s.State != IsNew {
			return fault.New(fault.Conflict, "detect.story.taken", s.Ack.By, s.Ack.At)
		}
		s.State, s.Ack = IsAcked, Deed{By: actor.Name, At: now, Note: note}
		return nil
	}, alert: func(a *Alert, now time.Time) bool {
		if a.State != IsNew {
			return false
		}
		a.State, a.Ack = IsAcked, Deed{By: actor.Name, At: now}
		return true
	}})
}

// CloseStory ends a story with what it turned out to be. What follows of the
// same kind is a new alert and a new story.
func (d *Desk) CloseStory(ctx context.Context, actor ledger.Actor, id string, result Outcome, reason string) error {
	if err := closing(result, reason); err != nil {
		return err
	}
	return d.changeStory(ctx, actor, change{action: "detect.story.close", id: id, kind: Settled, by: func(s *Story, now time.Time) error {
		if !s.Open() {
			return fault.New(fault.Conflict, "detect.story.over")
		}
		s.State, s.Close, s.Result = IsClosed, Deed{By: actor.Name, At: now, Note: reason}, result
		return nil
	}, alert: func(a *Alert, now time.Time) bool {
		if a.State == IsClosed {
			return false
		}
		a.State, a.Close, a.Result = IsClosed, Deed{By: actor.Name, At: now, Note: reason}, result
		return true
	}})
}

func closing(result Outcome, reason string) error {
	switch {
	case result != Attack && result != Benign && result != False:
		return fault.New(fault.Invalid, "detect.close.outcome")
	case strings.TrimSpace(reason) == "":
		return fault.New(fault.Invalid, "detect.close.reason")
	}
	return nil
}

// change is one act on a story and its alerts.
type change struct {
	action, id string
	kind       NoticeKind
	by         func(*Story, time.Time) error
	alert      func(*Alert, time.Time) bool
}

func (d *Desk) changeStory(ctx context.Context, actor ledger.Actor, c change) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if err := d.settled(ctx); err != nil {
		return err
	}
	s, err := d.liveStory(ctx, c.id)
	if err != nil {
		return err
	}
	now := d.cfg.Clock().UTC()
	next := *s
	if err := c.by(&next, now); err != nil {
		return err
	}
	alerts, err := d.alerts(ctx, "WHERE story = ? ORDER BY no", s.ID)
	if err != nil {
		return err
	}
	var changed []*Alert
	for _, a := range alerts {
		copied := *d.hold(a)
		if c.alert(&copied, now) {
			changed = append(changed, &copied)
		}
	}
	err = d.act(ctx, actor, c.action, func(tx *ledger.Tx) error {
		tx.Subject("detect/story/" + s.ID)
		tx.Detail(map[string]any{"no": s.No, "level": s.Level.String(), "alerts": len(changed), "result": next.Result, "note": cmp.Or(next.Close.Note, next.Ack.Note)})
		for _, a := range changed {
			if err := putAlert(ctx, tx, a); err != nil {
				return err
			}
		}
		if err := putStory(ctx, tx, &next); err != nil {
			return err
		}
		return d.raiseOne(ctx, tx, c.kind, &next, actor.Name)
	})
	if err != nil {
		return err
	}
	for _, a := range changed {
		*d.hold(a) = *a
	}
	*s = next
	if s.State == IsClosed {
		delete(d.live.stories, s.ID)
	}
	if d.cfg.Raiser != nil {
		d.cfg.Raiser.Nudge()
	}
	return nil
}

func (d *Desk) raiseOne(ctx context.Context, tx *ledger.Tx, kind NoticeKind, s *Story, by string) error {
	if d.cfg.Raiser == nil || kind == "" {
		return nil
	}
	return d.cfg.Raiser.Story(ctx, tx, Notice{Kind: kind, Story: s.ID, No: s.No, Level: s.Level, Title: s.Title(), Body: s.Call(), URL: s.URL(), Quiet: s.Retro || s.Old, By: by})
}

// liveStory gives the story that grows, or the stored one.
func (d *Desk) liveStory(ctx context.Context, id string) (*Story, error) {
	if s := d.live.stories[id]; s != nil {
		return s, nil
	}
	return d.Story(ctx, id)
}

// CloseAlert ends one alert with what it turned out to be; its story goes on
// unless it was the last one open.
func (d *Desk) CloseAlert(ctx context.Context, actor ledger.Actor, id string, result Outcome, reason string) error {
	if err := closing(result, reason); err != nil {
		return err
	}
	return d.changeAlert(ctx, actor, "detect.alert.close", id, func(a *Alert, now time.Time) error {
		if a.State == IsClosed {
			return fault.New(fault.Conflict, "detect.alert.closed")
		}
		a.State, a.Close, a.Result = IsClosed, Deed{By: actor.Name, At: now, Note: reason}, result
		return nil
	})
}

// AcknowledgeAlert says that a person has seen the alert.
func (d *Desk) AcknowledgeAlert(ctx context.Context, actor ledger.Actor, id string) error {
	return d.changeAlert(ctx, actor, "detect.alert.ack", id, func(a *Alert, now time.Time) error {
		if a.State != IsNew {
			return fault.New(fault.Conflict, "detect.alert.taken", a.Ack.By, a.Ack.At)
		}
		a.State, a.Ack = IsAcked, Deed{By: actor.Name, At: now}
		return nil
	})
}

func (d *Desk) changeAlert(ctx context.Context, actor ledger.Actor, action, id string, by func(*Alert, time.Time) error) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if err := d.settled(ctx); err != nil {
		return err
	}
	stored, err := d.Alert(ctx, id)
	if err != nil {
		return err
	}
	a := *d.hold(stored)
	if err := by(&a, d.cfg.Clock().UTC()); err != nil {
		return err
	}
	err = d.act(ctx, actor, action, func(tx *ledger.Tx) error {
		tx.Subject("detect/alert/" + a.ID)
		tx.Detail(map[string]any{"no": a.No, "rule": a.Rules[0].Rule, "count": a.Count, "result": a.Result, "note": cmp.Or(a.Close.Note, a.Ack.Note)})
		return putAlert(ctx, tx, &a)
	})
	if err != nil {
		return err
	}
	*d.hold(stored) = a
	return nil
}
