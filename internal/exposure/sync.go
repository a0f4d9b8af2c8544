package exposure

import (
	"context"
	"io"
	"time"

	"github.com/torideproject/toride/internal/exposure/kev"
	"github.com/torideproject/toride/internal/exposure/pack"
	"github.com/torideproject/toride/internal/fault"
	"github.com/torideproject/toride/internal/ledger"
)

// ImportKEV reads a catalogue and puts it into use, whole or not at all. name
// is the file's name for people. A catalogue older than the one in use is
// refused with a Conflict, so that nobody goes back without noticing; so is one
// with less than nine tenths of its entries (entries are hardly ever taken
// back, so it is a part of one) and one of tomorrow, which would keep every
// true one out until then. Cases are
// brought up to date before and after: a hole must not leave unseen.
func (x *Exposure) ImportKEV(ctx context.Context, actor ledger.Actor, name string, r io.Reader) (Feed, error) {
	catalog, err := kev.Read(r)
	if err != nil {
		return Feed{}, err
	}
	if _, err := x.Sync(ctx); err != nil {
		return Feed{}, err
	}
	before, err := x.Feed(ctx)
	if err != nil {
		return Feed{}, err
	}
	if before.ID != "" && catalog.Released.Before(before.Released) {
		return Feed{}, fault.New(fault.Conflict, "exposure.kev.older", catalog.Version, before.Version)
	}
	if catalog.Released.After(x.clock().Add(48 * time.Hour)) {
		return Feed{}, fault.New(fault.Invalid, "exposure.kev.future", catalog.Released)
	}
	if before.ID != "" && len(catalog.Entries)*10 < before.Entries*9 {
		return Feed{}, fault.New(fault.Conflict, "exposure.kev.shrunk", len(catalog.Entries), before.Entries)
	}
	var feed Feed
	err = x.book.Write(ctx, actor, "exposure.feed.import", func(tx *ledger.Tx) error {
		var err error
		feed, err = putFeed(ctx, tx, name, catalog)
		tx.Subject("exposure/feed/" + feed.ID)
		tx.Detail(map[string]any{"name": name, "version": feed.Version, "entries": feed.Entries, "sha256": feed.SHA256})
		return err
	})
	if err != nil {
		return Feed{}, err
	}
	_, err = x.Sync(ctx)
	return feed, err
}

// Sync compares the register with the catalogue and writes down what changed:
// new cases, cases that open again, cases that never matched and now lie
// beyond. It returns how many. It writes nothing when nothing changed, so pages
// may call it; call it before and after a version in the register changes, so
// that no hole is patched without its case.
func (x *Exposure) Sync(ctx context.Context) (int, error) {
	x.syncMu.Lock()
	defer x.syncMu.Unlock()
	v, feed, err := x.current(ctx)
	if err != nil || feed.ID == "" {
		return 0, err
	}
	stored, err := x.Cases(ctx)
	if err != nil {
		return 0, err
	}
	fresh, changed := x.diff(v, stored)
	if len(fresh)+len(changed) == 0 {
		return 0, nil
	}
	err = x.book.Write(ctx, ledger.System("exposure"), "exposure.case.sync", func(tx *ledger.Tx) error {
		tx.Subject("exposure/feed/" + feed.ID)
		tx.Detail(map[string]int{"opened": len(fresh), "changed": len(changed)})
		for _, m := range fresh {
			c := Case{ID: tx.NewID(), Target: m.Target.Ref, CVE: m.Entry.CVE, Name: m.Target.Name, Version: m.Target.Version,
				Matched: m.Judged.Verdict == pack.Matches}
			if err := insertCase(ctx, tx, c); err != nil {
				return err
			}
		}
		for _, c := range changed {
			if err := updateCase(ctx, tx, c.Case, c.how); err != nil {
				return err
			}
		}
		return nil
	})
	return len(fresh) + len(changed), err
}

type changedCase struct {
	Case
	how change
}

// diff finds what Sync has to write.
func (x *Exposure) diff(v *view, stored []Case) (fresh []Match, changed []changedCase) {
	known := make(map[string]bool, len(stored))
	now := make(map[string]Match, len(v.matches))
	for _, m := range v.matches {
		now[m.Target.Ref+"\x00"+m.Entry.CVE] = m
	}
	for _, c := range stored {
		key := c.Target + "\x00" + c.CVE
		known[key] = true
		verdict := pack.Beyond
		if m, ok := now[key]; ok {
			verdict = m.Judged.Verdict
			c.Version = m.Target.Version
		} else if _, there := v.targets[c.Target]; !there {
			continue // the device left the register: people close its case
		}
		if how := c.next(verdict); how != stay {
			c.Matched = c.Matched || verdict == pack.Matches
			changed = append(changed, changedCase{c, how})
		}
	}
	for _, m := range v.matches {
		if !known[m.Target.Ref+"\x00"+m.Entry.CVE] {
			fresh = append(fresh, m)
		}
	}
	return fresh, changed
}

// Judge gives the present verdict of a case. Beyond with an empty reason means
// that the device is no longer in the register.
func (x *Exposure) Judge(ctx context.Context, c Case) (Target, pack.Judged, error) {
	v, _, err := x.current(ctx)
	if err != nil {
		return Target{}, pack.Judged{}, err
	}
	t, there := v.targets[c.Target]
	if !there {
		return Target{Ref: c.Target, Name: c.Name}, pack.Judged{Verdict: pack.Beyond}, nil
	}
	e, listed, err := x.entry(ctx, c.CVE)
	if err != nil {
		return t, pack.Judged{}, err
	}
	if !listed {
		return t, pack.Judged{Verdict: pack.May, Reason: pack.NoRange}, nil
	}
	version, ok := pack.ParseVersion(t.Version)
	return t, judge(x.pack, t, e, version, ok), nil
}

// Close writes down that a step was done for cases of one device, in one
// transaction, and closes those of which it was the last. It returns how many
// were closed. Patched is refused while the version in the register lies in the
// range of one of them: a new configuration file or the register must say
// otherwise first.
func (x *Exposure) Close(ctx context.Context, actor ledger.Actor, ids []string, d Done) (closed int, err error) {
	if _, err := x.Sync(ctx); err != nil {
		return 0, err
	}
	judged := map[string]pack.Verdict{}
	for _, id := range ids {
		c, err := x.Case(ctx, id)
		if err != nil {
			return 0, err
		}
		t, j, err := x.Judge(ctx, c)
		if err != nil {
			return 0, err
		}
		if j.Verdict == pack.Matches && d.Step != Logs && d.Step != Passwords {
			key := "exposure.step.matches"
			if d.Step == Patched {
				key = "exposure.step.still"
			}
			return 0, fault.New(fault.Conflict, key, t.Name, t.Version)
		}
		judged[id], d.Version = j.Verdict, t.Version
	}
	err = x.book.Write(ctx, actor, "exposure.step."+string(d.Step), func(tx *ledger.Tx) error {
		tx.Detail(map[string]any{"cases": ids, "who": d.Who, "on": d.On, "version": d.Version})
		for _, id := range ids {
			tx.Subject("exposure/case/" + id)
			done, err := closeStep(ctx, tx, id, d, judged[id])
			if err != nil {
				return err
			}
			closed += done
		}
		return nil
	})
	if err != nil {
		return 0, err
	}
	return closed, nil
}

// closeStep writes one step of one case and returns 1 when that closed it.
func closeStep(ctx context.Context, tx *ledger.Tx, id string, d Done, now pack.Verdict) (int, error) {
	found, err := cases(ctx, tx, "id = ?", id)
	if err != nil {
		return 0, err
	}
	if len(found) == 0 || !found[0].Open() {
		return 0, fault.New(fault.Conflict, "exposure.case.closed")
	}
	c := found[0]
	d.Case, d.RecordedAt = id, tx.Now
	if err := insertStep(ctx, tx, d); err != nil {
		return 0, err
	}
	c.Done = append(c.Done, d)
	switch {
	case d.Step == NotHere:
		return 1, closeCase(ctx, tx, id, byAnswer)
	case c.complete(now):
		return 1, closeCase(ctx, tx, id, byThreeSteps)
	}
	return 0, nil
}
