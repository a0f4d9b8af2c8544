package detect

import (
	"context"
	"time"

	"github.com/torideproject/toride/internal/event"
	"github.com/torideproject/toride/internal/ledger"
)

// draft is what is not written yet. It belongs to whoever holds mu.
type draft struct {
	batches int
	marked  int       // batches since the last mark
	since   time.Time // of the first batch that is not written
	lastAt  time.Time // of the last commit
	markAt  time.Time // of the last mark
	urgent  bool      // a person should see it soon
	alerts  map[string]*Alert
	stories map[string]*Story
	samples []keptSample
	counts  map[countKey]tally
	hides   map[string]*hide
	pairs   []pair
	merges  [][2]string
	notices []Notice
	failed  error // of a read in between; told before the next batch is taken
	also    func(*ledger.Tx) error
}

type keptSample struct {
	alert  string
	slot   int
	sample Sample
}

type countKey struct{ rule, day string }

type hide struct {
	n  int64
	at time.Time
}

// When findings are written: at the latest this long after their batch, and
// when so many batches came; at once, but no more often than urgentEvery, when
// an alert or story is new.
const (
	commitEvery   = time.Second
	commitBatches = 500
	urgentEvery   = 100 * time.Millisecond
	markEvery     = 30 * time.Second
	markBatches   = 20_000
)

func (f *draft) clear() {
	f.alerts, f.stories, f.counts, f.hides = map[string]*Alert{}, map[string]*Story{}, map[countKey]tally{}, map[string]*hide{}
}

func (f *draft) batch(now time.Time) {
	if f.batches == 0 {
		f.since = now
	}
	f.batches++
	f.marked++
}

func (f *draft) alert(a *Alert) {
	if a.Count == 1 {
		f.urgent = true
	}
	f.alerts[a.ID] = a
}

func (f *draft) story(s *Story) { f.stories[s.ID] = s }

// tell notes what is to be told of a story; of several kinds in one commit the
// first that wakes counts.
func (f *draft) tell(kind NoticeKind, s *Story) {
	f.urgent = f.urgent || kind == Opened || kind == Raised
	n := Notice{Kind: kind, Story: s.ID, No: s.No, Level: s.Level, Title: s.Title(), Body: s.Call(), URL: s.URL(), Quiet: s.Retro || s.Old}
	for i := range f.notices {
		if old := &f.notices[i]; old.Story == s.ID && kind != Joined {
			if old.Kind != Grew {
				n.Kind = old.Kind
			}
			*old = n
			return
		}
	}
	f.notices = append(f.notices, n)
}

func (f *draft) hide(x *Exception, at time.Time) {
	h := f.hides[x.ID]
	if h == nil {
		h = &hide{}
		f.hides[x.ID] = h
	}
	h.n++
	if at.After(h.at) {
		h.at = at
	}
}

func (f *draft) empty() bool {
	return f.batches == 0 && len(f.alerts)+len(f.stories)+len(f.samples)+len(f.hides)+len(f.pairs)+len(f.notices) == 0
}

// due says whether it is time to write.
func (f *draft) due(now time.Time) bool {
	waited := now.Sub(f.since)
	switch {
	case f.empty():
		return false
	case f.batches >= commitBatches, waited >= commitEvery, waited < 0:
		return true
	}
	quiet := now.Sub(f.lastAt)
	return f.urgent && (quiet >= urgentEvery || quiet < 0)
}

// markDue says whether the memory of correlations is to be written as well.
func (f *draft) markDue(now time.Time) bool {
	age := now.Sub(f.markAt)
	return f.marked > 0 && (f.marked >= markBatches || age >= markEvery || age < 0)
}

// Flush writes what waits, if it is time; with all, everything now, so that
// nothing is evaluated again after a stop.
func (d *Desk) Flush(ctx context.Context, all bool) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if all {
		d.draft.markAt = time.Time{}
	}
	return d.commitDue(ctx, all)
}

// commitDue writes the draft if it is time. When it fails, the draft stays and
// is tried again.
func (d *Desk) commitDue(ctx context.Context, now bool) error {
	f := &d.draft
	if err := f.failed; err != nil {
		f.failed = nil
		return err
	}
	at := d.cfg.Clock()
	mark := f.markDue(at)
	if !mark && (f.empty() || !now && !f.due(at)) {
		return nil
	}
	return d.commit(ctx, at, mark)
}

// commit writes everything in one transaction.
func (d *Desk) commit(ctx context.Context, at time.Time, mark bool) error {
	f := &d.draft
	if mark {
		d.settleTallies()
		if d.position.at.Compare(d.position.committed) >= 0 {
			d.refresh()
		}
	}
	err := d.book.Record(ctx, func(tx *ledger.Tx) error {
		if err := d.writeFindings(ctx, tx); err != nil {
			return err
		}
		if mark {
			if err := d.writeMark(ctx, tx); err != nil {
				return err
			}
		} else if err := d.writePosition(ctx, tx); err != nil {
			return err
		}
		if f.also != nil {
			if err := f.also(tx); err != nil {
				return err
			}
		}
		return d.raise(ctx, tx)
	})
	if err != nil {
		return err
	}
	told := len(f.notices) > 0
	showed := told || len(f.alerts)+len(f.stories) > 0
	next := draft{lastAt: at, markAt: f.markAt, marked: f.marked}
	if mark {
		next.markAt, next.marked = at, 0
		d.position.mark = d.position.at
	} else {
		next.counts = f.counts
	}
	counts := next.counts
	next.clear()
	if counts != nil {
		next.counts = counts
	}
	d.position.committed = later(d.position.committed, d.position.at)
	*f = next
	d.shrink(at)
	if told && d.cfg.Raiser != nil {
		d.cfg.Raiser.Nudge()
	}
	if showed {
		d.tell()
	}
	return nil
}

func later(a, b event.Position) event.Position {
	if a.Compare(b) < 0 {
		return b
	}
	return a
}

// raise tells the Raiser inside the transaction.
func (d *Desk) raise(ctx context.Context, tx *ledger.Tx) error {
	if d.cfg.Raiser == nil {
		return nil
	}
	for _, n := range d.draft.notices {
		if err := d.cfg.Raiser.Story(ctx, tx, n); err != nil {
			return err
		}
	}
	return nil
}

// settleTallies moves what was counted into the draft.
func (d *Desk) settleTallies() {
	o := &d.observer
	for _, place := range o.touched {
		t := &o.tallies[place]
		key := countKey{o.set.rules[place].Ref, o.day.name}
		sum := d.draft.counts[key]
		d.draft.counts[key] = tally{sum.n + t.n, sum.hidden + t.hidden}
		*t = tally{}
	}
	o.touched = o.touched[:0]
}

// tally counts a match in the noise of its rule. Uploads do not count: they are
// not what a day brings.
func (d *Desk) tally(place int32, e *event.Event) {
	o := &d.observer
	if !o.now.tallied || (e != nil && e.Backfill) {
		return
	}
	at := d.cfg.Clock()
	if e != nil {
		at = e.Received
	}
	if at.Before(o.day.from) || !at.Before(o.day.till) {
		d.settleTallies()
		o.day = d.span(at)
	}
	t := &o.tallies[place]
	if *t == (tally{}) {
		o.touched = append(o.touched, place)
	}
	t.n++
}

// tallyHidden counts a finding that an exception hid; tally counted the match.
func (d *Desk) tallyHidden(r *Rule) {
	if t := &d.observer.tallies[r.place]; d.observer.now.tallied && t.n > 0 {
		t.hidden++
	}
}

// span is the hospital's day of a time.
func (d *Desk) span(at time.Time) dayspan {
	local := at.In(d.cfg.Zone)
	from := time.Date(local.Year(), local.Month(), local.Day(), 0, 0, 0, 0, d.cfg.Zone)
	return dayspan{name: from.Format(time.DateOnly), from: from, till: from.AddDate(0, 0, 1)}
}

// background is for reads in the middle of evaluating, which no caller's
// context limits.
func (d *Desk) background() context.Context { return context.Background() }
