package store

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"time"

	"github.com/torideproject/toride/internal/event/store/keys"
	"github.com/torideproject/toride/internal/fault"
)

// Plan is what would be deleted, and what keeps it from being deleted.
type Plan struct {
	At       time.Time
	KeepDays int
	Before   string // days of receipt before this one are over, 2006-01-02 in UTC
	Days     []PlanDay
	Holds    []HoldInfo // that are in force: while there is one, nothing is deleted
	Doubt    Doubt      // why Toride does not delete by itself
}

// PlanDay is one day of a plan.
type PlanDay struct {
	Day   string
	Files int
	Rows  int64
	Bytes int64 // of the files
}

// Doubt is a reason for which only a person may delete.
type Doubt string

// The doubts. Deleting goes by the clock of the machine; a wrong clock must not
// delete a year.
const (
	NoDoubt Doubt = ""
	Quiet   Doubt = "quiet" // nothing was received for a month: the clock may be ahead
	Jump    Doubt = "jump"  // what was received jumps by a month, less than a month ago
	Many    Doubt = "many"  // more than a week is due at once: the clock or the setting was changed
)

const (
	doubtDays   = 30
	doubtAtOnce = 7
	// maxDeleteFiles keeps an entry of the log small.
	maxDeleteFiles = 1000
)

// HoldInfo is a hold.
type HoldInfo struct {
	ID    string
	By    string
	Since time.Time
	Until time.Time // zero: until it is released
}

// Hold keeps everything from being deleted, until it is released, or until a time
// when that is not zero. A second hold of the same ID takes the place of the first.
func (s *Store) Hold(ctx context.Context, id string, until time.Time, by string) error {
	if id == "" {
		return fault.New(fault.Invalid, "event.store.hold_id")
	}
	if err := s.cfg.Note(ctx, Note{Kind: NoteHold, ID: id, Until: until, By: by}); err != nil {
		return err
	}
	return s.write(ctx, &Entry{Kind: Hold, At: s.cfg.Clock(), ID: id, Until: until.UTC(), By: by})
}

// Release ends a hold.
func (s *Store) Release(ctx context.Context, id, by string) error {
	s.mu.Lock()
	_, ok := s.hist.holds[id]
	s.mu.Unlock()
	if !ok {
		return fault.New(fault.NotFound, "event.store.no_hold", id)
	}
	if err := s.cfg.Note(ctx, Note{Kind: NoteRelease, ID: id, By: by}); err != nil {
		return err
	}
	return s.write(ctx, &Entry{Kind: Release, At: s.cfg.Clock(), ID: id, By: by})
}

// Holds lists the holds that are in force.
func (s *Store) Holds() []HoldInfo {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.holds(s.cfg.Clock())
}

func (s *Store) holds(now time.Time) []HoldInfo {
	var out []HoldInfo
	for _, id := range slices.Sorted(maps.Keys(s.hist.holds)) {
		e := s.hist.holds[id]
		if e.Until.IsZero() || now.Before(e.Until) {
			out = append(out, HoldInfo{ID: id, By: e.By, Since: e.At, Until: e.Until})
		}
	}
	return out
}

// Plan tells what is due to be deleted now. Nothing is changed.
func (s *Store) Plan() Plan { return s.PlanFor(0) }

// PlanFor tells what would be due with another number of days; 0 is the number
// that is set. Nothing is changed.
func (s *Store) PlanFor(keep int) Plan {
	now := s.cfg.Clock()
	if keep == 0 {
		keep = s.settings().KeepDays
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	p := Plan{At: now, KeepDays: keep, Before: dayString(now.AddDate(0, 0, -keep)), Holds: s.holds(now)}
	if len(s.parts) == 0 {
		return p
	}
	eff := effectiveDays(s.parts, dayString(now))
	p.Doubt = doubt(eff, dayString(now))
	byDay := map[string]*PlanDay{}
	for i, part := range s.parts {
		d := byDay[part.day()]
		if d == nil {
			d = &PlanDay{Day: part.day()}
			byDay[part.day()] = d
		}
		d.Files, d.Rows, d.Bytes = d.Files+1, d.Rows+part.Rows, d.Bytes+part.Bytes
		if eff[i] >= p.Before {
			d.Files = -1 << 40 // one of its files must stay, so the day stays
		}
	}
	for _, day := range slices.Sorted(maps.Keys(byDay)) {
		if d := byDay[day]; d.Files > 0 {
			p.Days = append(p.Days, *d)
		}
	}
	if p.Doubt == NoDoubt && len(p.Days) > doubtAtOnce {
		p.Doubt = Many
	}
	return p
}

// effectiveDays gives the day by which each part is kept: the latest day of
// receipt of it and of what was sealed before it. A clock that once showed 1970
// makes no file old before its neighbours. Days in the future do not count: a
// clock that was ahead must not keep everything after it for years.
func effectiveDays(parts []*part, today string) []string {
	out, latest := make([]string, len(parts)), ""
	for i, p := range parts {
		own := max(dayString(time.UnixMicro(p.Received[1])), p.day())
		if own <= today {
			latest = max(latest, own)
		}
		out[i] = max(latest, own)
	}
	return out
}

// doubt looks for signs that the clock is, or was, wrong.
func doubt(eff []string, today string) Doubt {
	days := slices.Compact(slices.Sorted(slices.Values(eff)))
	// Days of a clock that was ahead and is put right say nothing.
	days = slices.DeleteFunc(days, func(d string) bool { return d > today })
	if len(days) == 0 {
		return Quiet
	}
	if last := days[len(days)-1]; daysBetween(last, today) > doubtDays {
		return Quiet
	}
	after := 1
	for i := len(days) - 1; i > 0 && after < doubtDays; i-- {
		if daysBetween(days[i-1], days[i]) > doubtDays {
			return Jump
		}
		after++
	}
	return NoDoubt
}

func daysBetween(a, b string) int {
	from, err1 := time.Parse(time.DateOnly, a)
	to, err2 := time.Parse(time.DateOnly, b)
	if cmp.Or(err1, err2) != nil {
		return 1 << 30
	}
	return int(to.Sub(from) / (24 * time.Hour))
}

// retain deletes what is due, when nothing speaks against it. work is held.
func (s *Store) retain(ctx context.Context) error {
	p := s.Plan()
	if len(p.Days) == 0 {
		return nil
	}
	if len(p.Holds) > 0 || p.Doubt != NoDoubt {
		s.cfg.Log.Warn("store: days that are over are not deleted", "days", len(p.Days), "holds", len(p.Holds), "doubt", string(p.Doubt))
		return nil
	}
	return s.deleteDays(ctx, p, "")
}

// Delete deletes the days of a plan that a person has seen. It is refused with
// "event.store.held" while there is a hold, and with "event.store.plan" when the
// days that are due are other ones by now.
func (s *Store) Delete(ctx context.Context, seen Plan, by string) error {
	if err := lock(ctx, s.work); err != nil {
		return err
	}
	defer func() { <-s.work }()
	p := s.Plan()
	if len(p.Holds) > 0 {
		return fault.New(fault.Conflict, "event.store.held", p.Holds[0].ID)
	}
	if !slices.EqualFunc(p.Days, seen.Days, func(a, b PlanDay) bool { return a.Day == b.Day }) {
		return fault.New(fault.Conflict, "event.store.plan")
	}
	return s.deleteDays(ctx, p, by)
}

func (s *Store) deleteDays(ctx context.Context, p Plan, by string) error {
	if len(p.Days) == 0 {
		return nil
	}
	for _, d := range p.Days {
		if err := s.cfg.Note(ctx, Note{Kind: NoteDelete, Day: d.Day, Files: d.Files, Rows: d.Rows, Bytes: d.Bytes, By: by}); err != nil {
			return err
		}
		if err := s.deleteDay(ctx, d.Day, by); err != nil {
			return err
		}
	}
	if err := s.remove(ctx, s.views.free()); err != nil {
		return err
	}
	s.mu.Lock()
	parts := s.parts
	s.mu.Unlock()
	last, err := time.Parse(time.DateOnly, p.Days[len(p.Days)-1].Day)
	if err != nil {
		return err
	}
	return s.index.Forget(ctx, keys.DayPart(last), func(leaf uint32) bool { return partOfLeaf(parts, int64(leaf)) == nil })
}

// deleteDay ends the files of a day in the log, in one entry or a few; the
// files go when nobody reads them.
func (s *Store) deleteDay(ctx context.Context, day, by string) error {
	s.mu.Lock()
	var parts []*part
	for _, p := range s.parts {
		if p.day() == day {
			parts = append(parts, p)
		}
	}
	s.mu.Unlock()
	for some := range slices.Chunk(parts, maxDeleteFiles) {
		e := &Entry{Kind: Delete, At: s.cfg.Clock(), Day: day, By: by, Why: "kept"}
		for _, p := range some {
			e.Of = append(e.Of, p.Name)
			e.Rows, e.Bytes = e.Rows+p.Rows, e.Bytes+p.Bytes
		}
		if err := s.write(ctx, e); err != nil {
			return err
		}
	}
	return nil
}
