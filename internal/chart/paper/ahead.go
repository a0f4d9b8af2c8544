package paper

import (
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"slices"
	"syscall"
	"time"

	"github.com/torideproject/toride/internal/fault"
	"github.com/torideproject/toride/internal/ledger"
	"github.com/torideproject/toride/internal/text"
)

// keptRounds is how many rounds of a place stay in the database.
const keptRounds = 200

// Run makes sheets ahead until the context ends: each place when its time has
// come, one after the other, none held up by one whose folder does not answer. A
// place that fails is tried again at its next time, at once when somebody asks,
// and soon where its folder or the copy was away.
func (d *Desk) Run(ctx context.Context) error {
	tick := time.NewTicker(30 * time.Second)
	defer tick.Stop()
	for {
		if err := d.Due(ctx); err != nil && ctx.Err() == nil {
			d.cfg.Log.Error("sheets made ahead: places could not be read", "err", err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		case <-d.woken:
		}
	}
}

func (d *Desk) wake() {
	select {
	case d.woken <- struct{}{}:
	default:
	}
}

// patience is how long sheets wait for a census that is still being made: paper
// without somebody is better than none.
const patience = 30 * time.Minute

// Due makes the sheets of every place whose time has come.
func (d *Desk) Due(ctx context.Context) error {
	if !d.cfg.Data.complete() && d.cfg.Clock().Sub(d.begun) < patience {
		return nil
	}
	places, err := d.Places(ctx)
	if err != nil {
		return err
	}
	var failed []error
	for i := range places {
		p := &places[i]
		if err := d.sayHanging(ctx, p); err != nil {
			failed = append(failed, err)
		}
		if now, last := d.cfg.Clock(), d.lastMade(p); !last.IsZero() && now.Sub(last) < d.every(p) && !now.Before(last) {
			continue
		}
		if _, err := d.round(ctx, p, ledger.System("timer"), timerWaits); err != nil {
			failed = append(failed, err) // the other places get their paper all the same
		}
	}
	return errors.Join(failed...)
}

// againAfter is how long after a failure that cost nothing a place is tried
// again: a folder or a copy that was away may be back.
const againAfter = time.Minute

// every is how long after its last round a place's next one is made.
func (d *Desk) every(p *Place) time.Duration {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.soon[p.ID] {
		return againAfter
	}
	return time.Duration(p.Every) * time.Minute
}

// lastMade is when the newest round of a place was begun; zero: never. What could
// not be recorded counts, too: else a database that cannot be written would have
// a place made again and again until nothing older is left.
func (d *Desk) lastMade(p *Place) time.Time {
	d.mu.Lock()
	defer d.mu.Unlock()
	last, ok := d.made[p.ID]
	if ok && !d.cfg.Clock().Before(last) {
		return last // what the database says may be of a clock that was set back
	}
	if p.Last != nil && p.Last.At.After(last) {
		last = p.Last.At
	}
	return last
}

// Make makes the sheets of a place now. The round says what became of it, also
// that the folder does not answer; an error is the database's or the context's.
func (d *Desk) Make(ctx context.Context, actor ledger.Actor, id string) (Round, error) {
	p, err := d.Place(ctx, id)
	if err != nil {
		return Round{}, err
	}
	return d.round(ctx, &p, actor, personWaits)
}

// make makes one round and records what it came to.
func (d *Desk) make(ctx context.Context, w *work, p *Place, actor ledger.Actor) (Round, error) {
	begun := w.begun
	r, err := d.fill(ctx, w, p, actor)
	if ctx.Err() != nil {
		d.again(p.ID, true)
		return r, ctx.Err()
	}
	w.saying.Lock()
	defer w.saying.Unlock()
	if w.over = true; w.said {
		p.Last = &Round{At: begun.UTC(), Fault: hangsKey}
	}
	_, again := errors.AsType[early](err)
	before := d.again(p.ID, again)
	r.At, r.Good, r.Took = begun.UTC(), err == nil, d.cfg.Clock().Sub(begun).Round(time.Millisecond).String()
	if err != nil {
		r.Fault, r.Cause = faultKey(err), err.Error()
		if !before || !again {
			d.cfg.Log.Error("sheets made ahead failed", "place", p.ID, "err", err)
		}
	}
	if before && again && p.Last != nil && p.Last.Fault == r.Fault && begun.Sub(p.Last.At) < time.Duration(p.Every)*time.Minute {
		return r, nil // each of the same failure would push the good rounds out of the record
	}
	if err := d.record(ctx, p, r); err != nil {
		return r, err
	}
	d.tell(ctx, p, r)
	return r, nil
}

// again notes whether a place failed in a way that may be over in a moment, and
// tells what was noted before.
func (d *Desk) again(id string, soon bool) (before bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	before, d.soon[id] = d.soon[id], soon
	return before
}

// faultKey tells what went wrong in a few words for people.
func faultKey(err error) string {
	var f *fault.Error
	switch {
	case errors.Is(err, ErrNobody):
		return "paper.ahead.nobody"
	case errors.Is(err, errUnread):
		return "paper.ahead.unread"
	case errors.Is(err, fs.ErrNotExist):
		return "paper.ahead.gone"
	case errors.Is(err, fs.ErrPermission):
		return "paper.ahead.denied"
	case errors.Is(err, syscall.ENOSPC):
		return "paper.ahead.full"
	case errors.As(err, &f):
		return "paper.ahead.refused"
	}
	return "paper.ahead.failed"
}

func (d *Desk) record(ctx context.Context, p *Place, r Round) error {
	body, err := json.Marshal(r)
	if err != nil {
		return err
	}
	return d.cfg.Book.Record(ctx, func(tx *ledger.Tx) error {
		if _, err := tx.ExecContext(ctx, "INSERT OR REPLACE INTO paper_round (place, facility, at, good, body) VALUES (?, ?, ?, ?, ?)",
			p.ID, tx.Facility, r.At.Format(time.RFC3339Nano), r.Good, string(body)); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, `DELETE FROM paper_round WHERE place = ?1 AND at NOT IN (SELECT at FROM paper_round WHERE place = ?1 ORDER BY at DESC LIMIT ?2)
			AND at != (SELECT coalesce(max(at), '') FROM paper_round WHERE place = ?1 AND good = 1)`, p.ID, keptRounds)
		return err
	})
}

// tell alarms when a place begins to fail, and when it works again.
func (d *Desk) tell(ctx context.Context, p *Place, r Round) {
	if d.cfg.Alarm == nil {
		return
	}
	before := p.Last == nil || p.Last.Good
	switch {
	case before && !r.Good:
		d.cfg.Alarm(ctx, text.M("paper.alarm.failed", p.Name, text.M(r.Fault)))
	case !before && r.Good:
		d.cfg.Alarm(ctx, text.M("paper.alarm.works", p.Name))
	}
	p.Last = &r
}

// job is a form of a place's sheets.
func (d *Desk) job(ctx context.Context, p *Place, form string, now time.Time) Job {
	j := Job{Data: d.cfg.Data, Catalog: d.cfg.Catalog, Lang: p.Lang, Zone: d.cfg.Zone, Now: now, Form: form, Options: Options{Large: p.Large, Old: d.cfg.Old}}
	if d.cfg.Hospital != nil {
		j.Hospital = d.cfg.Hospital(ctx)
	}
	if j.Lang == "" {
		j.Lang = text.JA
	}
	j.By = d.cfg.Catalog.Say(j.Lang, text.M("paper.by.ahead", p.Name))
	if f, ok := FormOf(form); ok && f.About == OfNobody {
		j.Options.Copies = p.Blanks
		return j
	}
	j.Wards, j.Everyone = p.Wards, len(p.Wards) == 0
	return j
}

// forms are what a place gets.
func (p *Place) forms() []string {
	if len(p.Forms) == 0 {
		return DefaultForms()
	}
	return slices.Clone(p.Forms)
}

// isDir reports whether a folder is there.
func isDir(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}
