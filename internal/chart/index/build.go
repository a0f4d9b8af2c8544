package index

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/torideproject/toride/internal/chart/source"
	"github.com/torideproject/toride/internal/fault"
)

// builder is Run's own state: what was read and is not in the table yet, and
// how far each walk is. Only Run's goroutine uses it.
type builder struct {
	ix    *Index
	fresh []pending
	// whole is when each source was last gone through from beginning to end,
	// by its name; walks are whole walks that were begun and not finished.
	whole map[string]time.Time
	walks map[string]*walkState

	src     uint8 // of the source that is walked now
	walk    *walkState
	quick   bool
	table   *table
	items   int64
	of      int64 // items that are expected; 0: not known
	people  int64 // patients that are expected; 0: not known
	passed  int64 // patients of this walk, those before its resumption too
	began   time.Time
	base    int64 // items when the walk began here
	publish time.Time
	cost    time.Duration // of the last publishing
	saved   time.Time
	saving  time.Duration
	dirty   bool
	taken   int
}

// walkState is a whole walk that is not finished.
type walkState struct {
	Position string    `json:"position"`
	Begun    time.Time `json:"begun"`
	seen     bits      // rows that it came by
}

// round goes through all sources once: whole those that never were, that are in
// the middle of it, or all if it is asked for or due; the others quickly.
func (b *builder) round(ctx context.Context, whole bool) error {
	sources := b.ix.cfg.Sources()
	b.adopt(sources)
	var failed []error
	if len(sources) == 0 {
		failed = append(failed, fault.New(fault.NotFound, "index.no_source"))
	}
	for _, s := range sources {
		name := s.Info().Name
		quick := !whole && !b.due(name) && b.walks[name] == nil
		if err := b.one(ctx, s, quick); err != nil {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			failed = append(failed, fmt.Errorf("%s: %w", name, err))
		}
	}
	b.flush()
	b.save()
	b.settle(sources, len(failed) == 0)
	if len(failed) == 0 {
		b.ix.phase(PhaseReady, func(p *Progress) { p.Err, p.Left = nil, 0 })
	}
	return errors.Join(failed...)
}

// settle says whether everything is in the index: every source that the table
// knows, and every one that is there, was gone through whole once.
func (b *builder) settle(sources []source.Source, fine bool) {
	complete, oldest := true, time.Time{}
	names := map[string]bool{}
	for _, s := range sources {
		names[s.Info().Name] = true
	}
	for _, s := range b.table.sources {
		if s.Is != "" {
			names[s.Name] = true
		}
	}
	for name := range names {
		at := b.whole[name]
		complete = complete && !at.IsZero()
		if oldest.IsZero() || at.Before(oldest) {
			oldest = at
		}
	}
	b.ix.complete.Store(complete && len(names) > 0)
	b.ix.mu.Lock()
	defer b.ix.mu.Unlock()
	b.ix.whole = maps.Clone(b.whole)
	if fine || complete {
		b.ix.progress.Whole = oldest
	}
	b.ix.progress.Patients, b.ix.progress.Items = b.table.rows(), b.table.fileSum
}

// due tells whether a source is to be gone through whole.
func (b *builder) due(name string) bool {
	last := b.whole[name]
	if last.IsZero() {
		return true
	}
	now := b.ix.cfg.Clock().In(b.ix.cfg.Zone)
	return now.Hour() == b.ix.cfg.WholeHour && now.Sub(last) > 12*time.Hour
}

// identity is what makes a source the same one: a file of another copy must not
// speak for it.
func identity(info source.Info) string {
	return strings.Join([]string{info.Format, info.Facility, info.Label}, "|")
}

// adopt gives every source its place in the table, and drops rows of one that
// has the same name and is another, or that is no more.
func (b *builder) adopt(sources []source.Source) {
	b.table = b.ix.table.Load()
	known := slices.Clone(b.table.sources)
	foreign := map[uint8]bool{}
	for _, s := range sources {
		info := s.Info()
		at := slices.IndexFunc(known, func(k sourceInfo) bool { return k.Name == info.Name })
		switch {
		case at < 0 && len(known) < 255:
			known = append(known, sourceInfo{info.Name, identity(info)})
		case at >= 0 && known[at].Is != identity(info):
			b.ix.cfg.Log.Info("the index knows another source by this name and drops it", "source", info.Name, "was", known[at].Is, "is", identity(info))
			known[at].Is = identity(info)
			foreign[uint8(at)] = true
			delete(b.whole, info.Name)
			delete(b.walks, info.Name)
		}
	}
	for at, k := range known {
		if k.Is != "" && b.ix.cfg.Known != nil && !b.ix.cfg.Known(k.Name) {
			b.ix.cfg.Log.Info("the index drops a source that is no more", "source", k.Name, "was", k.Is)
			known[at].Is = "" // keeps its place: rows of others count on theirs
			foreign[uint8(at)] = true
			delete(b.whole, k.Name)
			delete(b.walks, k.Name)
		}
	}
	if len(foreign) == 0 && len(known) == len(b.table.sources) {
		return
	}
	b.ix.complete.Store(false)
	b.dirty = b.dirty || len(foreign) > 0
	before := *b.table
	before.sources = known
	before.kinds = slices.Clone(before.kinds)
	for i, k := range before.kinds {
		if foreign[k.Source] {
			before.kinds[i].Newest = 0
		}
	}
	b.replace(&before, nil, func(row int) bool { return foreign[before.src[row]] })
}

// replace puts fresh rows in, leaves others out, and shows the table.
func (b *builder) replace(old *table, fresh []pending, drop func(row int) bool) {
	var of []*walkState
	if b.walk != nil {
		of = append(of, b.walk)
	}
	for _, w := range b.walks {
		if w != b.walk {
			of = append(of, w)
		}
	}
	sets := make([]bits, len(of))
	for i, w := range of {
		sets[i] = w.seen
	}
	t, sets := merge(old, fresh, sets, drop)
	for i, w := range of {
		w.seen = sets[i]
	}
	b.table = t
	b.ix.table.Store(t)
}

// one walks a source.
func (b *builder) one(ctx context.Context, s source.Source, quick bool) error {
	info := s.Info()
	at := slices.IndexFunc(b.table.sources, func(k sourceInfo) bool { return k.Name == info.Name })
	if at < 0 {
		return fault.New(fault.TooLarge, "index.sources")
	}
	b.src, b.quick, b.walk = uint8(at), quick, b.walks[info.Name]
	if !quick && b.walk == nil {
		b.walk = &walkState{Begun: b.ix.cfg.Clock()}
		b.walks[info.Name] = b.walk
	}
	if quick {
		b.walk = nil
	} else if !b.walk.seen.fits(b.table.rows()) {
		b.walk.seen = newBits(b.table.rows())
		b.walk.Position = "" // who was seen cannot be said: from the beginning
	}
	b.expect(ctx, s)
	opt := source.Walk{Workers: b.ix.cfg.Workers, Known: b.known(), Memo: b.memo(), Quick: quick}
	if b.walk != nil {
		opt.After = b.walk.Position
	}
	err := s.Walk(ctx, opt, b.take)
	if err == nil && !quick {
		b.finishWalk(info.Name)
	}
	b.flush()
	b.walk = nil
	if err != nil && ctx.Err() == nil {
		b.save()
	}
	return err
}

// expect sets what Progress compares with.
func (b *builder) expect(ctx context.Context, s source.Source) {
	info, phase := s.Info(), PhaseRefreshing
	if b.whole[info.Name].IsZero() {
		phase = PhaseBuilding
	}
	b.of = 0
	for _, n := range info.Counts {
		b.of += n
	}
	if b.of == 0 && phase == PhaseRefreshing {
		b.of = b.table.fileSum
	}
	b.items, b.taken, b.people, b.passed = 0, 0, 0, 0
	if c, ok := s.(Counter); ok && b.of == 0 {
		if n, err := c.Count(ctx); err == nil {
			b.people = n
		}
	}
	b.began = b.ix.cfg.Clock()
	if b.walk != nil && b.walk.Position != "" {
		b.items, b.passed = b.table.seenFiles(b.walk.seen)
	}
	b.base = b.items
	b.publish = b.began
	b.ix.phase(phase, func(p *Progress) { p.Of, p.Items, p.Patients = b.of, b.items, b.table.rows() })
}

func (t *table) seenFiles(seen bits) (files, people int64) {
	for row := range t.rows() {
		if seen.has(row) {
			files += int64(t.files[row])
			people++
		}
	}
	return files, people
}

// Counter is a source that can say quickly how many patients it has: then
// Progress knows how much is left although no manifest says it.
type Counter interface {
	Count(ctx context.Context) (patients int64, err error)
}

// known gives the marks of the table as it stood when the walk began; a walk
// asks from several goroutines.
func (b *builder) known() func(id string) (uint64, bool) {
	t, src := b.table, b.src
	return func(id string) (uint64, bool) {
		row, ok := t.locate(src, []byte(id))
		if !ok {
			return 0, false
		}
		return t.mark[row], true
	}
}

// memo gives the memos of that table.
func (b *builder) memo() func(id string) []byte {
	t, src := b.table, b.src
	return func(id string) []byte {
		row, ok := t.locate(src, []byte(id))
		if !ok {
			return nil
		}
		return t.memo.at(row)
	}
}

// take takes one patient of a walk.
func (b *builder) take(e source.Entry) error {
	b.note(&e)
	if b.walk != nil {
		b.walk.Position, b.dirty = e.Position, true
	}
	if b.taken++; b.taken%64 == 0 {
		b.steady()
	}
	return nil
}

// note puts a patient among those who are fresh, or notes that he was seen.
func (b *builder) note(e *source.Entry) {
	if e.ID == "" {
		return
	}
	b.passed++
	row, known := b.table.locate(b.src, []byte(e.ID))
	if e.Same && known {
		b.items += int64(b.table.files[row])
		if b.walk != nil {
			b.walk.seen.set(row)
		}
		return
	}
	if e.Same || e.Delta && !known || b.table.rows()+len(b.fresh) >= MaxPatients {
		return
	}
	if changed := b.ix.cfg.Changed; changed != nil && (!known || b.table.mark[row] != e.Mark) {
		changed(b.table.sources[b.src].Name, e.ID)
	}
	b.items += int64(e.Files)
	if e.Delta {
		b.items += int64(b.table.files[row])
	}
	b.fresh = append(b.fresh, pending{src: b.src, entry: *e, kana: kanaKey(e.Brief.Kana), kanji: b.ix.fold.kanjiKey(e.Brief.Kanji)})
	b.dirty = true
}

// steady shows and saves what was read, now and then: showing takes at most a
// tenth of the time, saving a twentieth.
func (b *builder) steady() {
	now := b.ix.cfg.Clock()
	if len(b.fresh) > 0 && now.Sub(b.publish) >= max(time.Second, 10*b.cost) {
		b.flush()
	}
	if b.dirty && now.Sub(b.saved) >= max(b.ix.cfg.Checkpoint, 20*b.saving) {
		b.save()
	}
	patients := b.table.rows() + len(b.fresh)
	of, left := b.left(now)
	b.ix.phase(b.ix.Progress().Phase, func(p *Progress) { p.Items, p.Patients, p.Of, p.Left = b.items, patients, of, left })
}

// left estimates how many items there are in all and how long the rest takes, by
// items where a manifest or an earlier index counts them, else by patients.
func (b *builder) left(now time.Time) (of int64, left time.Duration) {
	took, done, all := now.Sub(b.began), b.items-b.base, b.of
	if all == 0 && b.passed > 0 && b.people >= b.passed {
		all = int64(float64(b.items) / float64(b.passed) * float64(b.people))
	}
	if all > b.items && done > 0 && took > 0 {
		left = time.Duration(float64(took) / float64(done) * float64(all-b.items))
	}
	return all, left
}

// flush shows what was read.
func (b *builder) flush() {
	if len(b.fresh) == 0 {
		return
	}
	from := b.ix.cfg.Clock()
	b.replace(b.table, b.fresh, nil)
	clear(b.fresh)
	b.fresh = b.fresh[:0]
	b.publish = b.ix.cfg.Clock()
	b.cost = b.publish.Sub(from)
}

// finishWalk ends a whole walk: who was not seen is not in the source any more.
func (b *builder) finishWalk(name string) {
	b.flush()
	gone := 0
	drop := func(row int) bool { return b.table.src[row] == b.src && !b.walk.seen.has(row) }
	for row := range b.table.rows() {
		if drop(row) {
			gone++
			if b.ix.cfg.Changed != nil {
				b.ix.cfg.Changed(name, string(b.table.ids.at(row)))
			}
		}
	}
	if gone > 0 {
		b.replace(b.table, nil, drop)
	}
	b.whole[name] = b.walk.Begun
	delete(b.walks, name)
	b.dirty = true
}
