package ssmix2

import (
	"context"

	"github.com/torideproject/toride/internal/chart/source"
	"github.com/torideproject/toride/ssmix2"
)

// mostDates is how many dates besides the newest a quick walk lists for a
// patient; with more of them it lists him whole.
const mostDates = 8

// quick looks at a patient's newest dates. It reports whether that was enough:
// nothing is new, or what is new could be told from there.
func (w *walker) quick(ctx context.Context, p ssmix2.Patient, known uint64, e *source.Entry) (enough bool, err error) {
	l, err := w.s.s.ListOnly(ctx, p, ssmix2.Filter{Newest: recentDates})
	if err != nil {
		return true, w.missed(ctx, e, err)
	}
	recent := hashRecent(l)
	if recent == uint32(known) { //nolint:gosec // the lower half
		e.Mark, e.Same = known, true
		return true, nil
	}
	if w.opt.Memo == nil || len(l.Lints) > 0 {
		return false, nil
	}
	m, ok := readMemo(w.opt.Memo(e.ID))
	if !ok || m.before != m.window.before(l.Dates) {
		return false, nil
	}
	records, ok, err := w.window(ctx, p, l, m.window)
	if err != nil || !ok || hashMoves(records) != m.moves {
		return false, err
	}
	var notes notices
	who, err := w.who(ctx, l, &notes)
	if err != nil || who == (source.Brief{}) {
		return false, err
	}
	next := memoOf(l)
	if next == nil {
		return false, nil
	}
	items, _ := ssmix2.Resolve(records)
	e.Brief, e.Delta, e.Memo, e.Notices = who, true, next, e.Notices+notes.Len()
	e.Files = len(records) - m.files
	e.Kinds = m.since(counts(&ssmix2.Listing{Records: records}, items))
	e.Mark = uint64(uint32(known>>32)-m.all+hashAll(records))<<32 | uint64(recent)
	return true, nil
}

// window gives the records of a window, listing those of its dates that are not
// among the newest any more; not ok where these are many, or where something is
// wrong with them. A name that says another date than its folder is a lint
// (ssmix2.NameDate), of the newest dates as of these: versions of one thing stand
// together in what is counted here.
func (w *walker) window(ctx context.Context, p ssmix2.Patient, l *ssmix2.Listing, win window) (records []ssmix2.Record, ok bool, err error) {
	records = win.records(l.Records)
	listed, missing := recent(l.Dates), map[string]bool{}
	var names []string
	for _, d := range l.Dates {
		if _, date := split(d.Path); win.has(d.Root, date) && !listed[d.Path] {
			missing[d.Path] = true
			names = append(names, date)
		}
	}
	if len(names) == 0 {
		return records, true, nil
	}
	if len(names) > mostDates {
		return nil, false, nil
	}
	more, err := w.s.s.ListOnly(ctx, p, ssmix2.Filter{Dates: names})
	if err != nil || len(more.Lints) > 0 {
		return nil, false, ctx.Err() // the whole look says what is wrong
	}
	for i := range more.Records {
		if dir, _ := split(more.Records[i].Dir); missing[dir] {
			records = append(records, more.Records[i])
		}
	}
	return records, true, nil
}
