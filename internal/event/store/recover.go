package store

import (
	"context"
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/torideproject/toride/internal/event"
	"github.com/torideproject/toride/internal/event/store/files"
	"github.com/torideproject/toride/internal/event/store/tiles"
	"github.com/torideproject/toride/internal/sqlite"
)

// openCatalogue opens events.db. One that cannot be read is put aside: it says
// nothing that the log and the files do not.
func (s *Store) openCatalogue(ctx context.Context) error {
	c, err := openCatalog(ctx, s.cfg)
	if err == nil {
		_, err1 := c.parts(ctx)
		_, err2 := c.logState(ctx)
		if err = errors.Join(err1, err2); err == nil {
			s.cat = c
			return nil
		}
		err = errors.Join(err, c.db.Close())
	}
	if newer := (*sqlite.NewerError)(nil); errors.As(err, &newer) || ctx.Err() != nil {
		return err
	}
	s.cfg.Log.Error("store: the catalogue cannot be read, it is made again", "error", err)
	if err := putAside(s.cfg.Catalogue, s.cfg.Clock()); err != nil {
		return err
	}
	s.cat, err = openCatalog(ctx, s.cfg)
	return err
}

// recover brings log, catalogue, files and index of keys together at the start.
func (s *Store) recover(ctx context.Context) error {
	known, err := s.cat.logState(ctx)
	if err != nil {
		return err
	}
	alive, err := s.cat.state(ctx, stateAlive) // before anything is written
	if err != nil {
		return err
	}
	if err := s.openBook(known); err != nil {
		return err
	}
	if s.book != nil {
		damage := (*tiles.Damage)(nil)
		if err = s.follow(ctx, known); errors.As(err, &damage) {
			s.book = nil
		} else if err != nil {
			return err
		}
	}
	if s.book == nil {
		if err := s.renew(ctx, known, err); err != nil {
			return err
		}
	}
	if err := s.finishFiles(ctx); err != nil {
		return err
	}
	s.taken = event.Position{Epoch: s.hist.epoch, Seq: s.hist.seq}
	if err := s.openIndex(ctx); err != nil {
		return err
	}
	start := &Entry{Kind: Start, At: s.cfg.Clock(), Down: s.hist.last}
	if at, err := time.Parse(time.RFC3339Nano, alive); err == nil && at.After(start.Down) {
		start.Down = at
	}
	return s.write(ctx, start)
}

// openBook opens the newest log, when it is whole at its end and the one that
// the catalogue knows. Otherwise s.book stays nil.
func (s *Store) openBook(known logState) error {
	names, err := logNames(s.fs)
	if err != nil || len(names) == 0 {
		return err
	}
	name := names[len(names)-1]
	cfg := s.logConfig(name)
	log, err := tiles.Open(cfg)
	if damage := (*tiles.Damage)(nil); errors.As(err, &damage) {
		s.cfg.Log.Error("store: the log is damaged", "error", err)
		return nil
	} else if err != nil {
		return err
	}
	if known.Log == name {
		if root, err := log.RootAt(known.Size); err != nil || root.String() != known.Root {
			s.cfg.Log.Error("store: the log is not the one that the catalogue followed", "size", log.Head().Size, "known", known.Size, "error", err)
			return nil
		}
	}
	s.book = &book{name: name, cfg: cfg, log: log}
	return nil
}

// renew begins a log: the first one, or the next when the one before is damaged,
// cut short or gone. It says what was before and lists the segments that are
// there, as they are found. The log gets its name when it is complete.
func (s *Store) renew(ctx context.Context, known logState, cause error) error {
	names, err := logNames(s.fs)
	if err != nil {
		return err
	}
	begin := &Entry{Kind: Begin, At: s.cfg.Clock(), Facility: s.cfg.Facility, After: known.Checkpoint}
	switch {
	case len(names) > 0:
		begin.Why = "damaged"
	case known.Log != "":
		begin.Why = "gone"
	}
	if begin.Why != "" {
		s.cfg.Log.Error("store: a new log begins, the one before stays as it is", "why", begin.Why, "error", cause)
	}
	entries, err := s.carryOver(ctx, names, known)
	if err != nil {
		return err
	}
	if err := s.sweepLogs(); err != nil { // the rest of an earlier try
		return err
	}
	name := newLogName(s.cfg.Clock(), names)
	cfg := s.logConfig(name)
	temp := cfg
	temp.Dir = path.Join(logFolder, files.Temporary+name)
	log, err := tiles.Create(temp)
	if err != nil {
		return err
	}
	s.book = &book{name: name, cfg: temp, log: log}
	for _, e := range append([]*Entry{begin}, entries...) {
		if _, err := s.book.append(e); err != nil {
			return err
		}
	}
	if err := s.fs.Rename(temp.Dir, cfg.Dir); err != nil {
		return fmt.Errorf("store: %w", err)
	}
	if err := s.fs.SyncDir(logFolder); err != nil {
		return fmt.Errorf("store: %w", err)
	}
	if s.book.log, err = tiles.Open(cfg); err != nil {
		return err
	}
	s.book.cfg = cfg
	return s.follow(ctx, known)
}

// carryOver gives what a new log repeats of the ones before: holds, and the
// segments.
func (s *Store) carryOver(ctx context.Context, names []string, known logState) ([]*Entry, error) {
	held := newHistory()
	if known.Log != "" {
		marks, err := s.cat.marks(ctx, Hold, Release)
		if err != nil {
			return nil, err
		}
		for _, m := range marks {
			held.apply(m.Leaf, m.Entry)
		}
	} else if err := s.oldMarks(ctx, names, func(m mark) { held.apply(m.Leaf, m.Entry) }); err != nil {
		return nil, err
	}
	var out []*Entry
	for _, e := range held.holds {
		out = append(out, e)
	}
	parts, err := s.cat.parts(ctx)
	if err != nil {
		return nil, err
	}
	found, err := s.findSegments(ctx, parts)
	return append(out, found...), err
}

// oldMarks reads the entries of earlier logs that are no segments, as far as
// they can be read.
func (s *Store) oldMarks(ctx context.Context, names []string, yield func(mark)) error {
	for _, name := range names {
		cfg := s.logConfig(name)
		_, _, err := tiles.Check(ctx, cfg, nil, func(leaf int64, data []byte, sound bool) error {
			if e, err := decodeEntry(data); err == nil && sound && isMark(e) {
				e.Of = nil // files that ended ended there
				yield(mark{name, leaf, e})
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func isMark(e *Entry) bool { return e.Kind != Seal && e.Kind != Merge && e.Kind != Keep }

// follow brings the catalogue to the end of the log, and loads what counts.
func (s *Store) follow(ctx context.Context, known logState) error {
	s.hist, s.parts = newHistory(), nil
	ch, from, err := s.resume(ctx, known)
	if err != nil {
		return err
	}
	added := map[string]*part{}
	err = s.book.log.Entries(ctx, from, func(leaf int64, data []byte) error {
		e, err := decodeEntry(data)
		if err != nil {
			return err
		}
		begin, end := s.hist.apply(leaf, e)
		for _, p := range end {
			delete(added, p.Name)
			ch.drop = append(ch.drop, p)
		}
		if begin != nil {
			added[begin.Name] = begin
		}
		if isMark(e) {
			ch.marks = append(ch.marks, mark{s.book.name, leaf, e})
		}
		return nil
	})
	if err != nil {
		return err
	}
	for _, p := range added {
		ch.add = append(ch.add, p)
	}
	for _, p := range s.hist.live {
		s.parts = append(s.parts, p)
	}
	slices.SortFunc(s.parts, func(a, b *part) int { return int(a.LeafFirst - b.LeafFirst) })
	s.record(ctx, ch)
	return nil
}

// resume makes the history as it was when the catalogue was last written, and
// tells from which entry on the log must be read.
func (s *Store) resume(ctx context.Context, known logState) (change, int64, error) {
	parts, err := s.cat.parts(ctx)
	if err != nil {
		return change{}, 0, err
	}
	if known.Log != s.book.name {
		ch := change{clear: true}
		if ch.hours, err = s.cat.hoursOf(ctx, parts); err != nil || known.Log != "" {
			return ch, 0, err
		}
		names, err := logNames(s.fs)
		if err != nil {
			return ch, 0, err
		}
		err = s.oldMarks(ctx, slices.DeleteFunc(names, func(n string) bool { return n == s.book.name }), func(m mark) { ch.marks = append(ch.marks, m) })
		return ch, 0, err
	}
	for _, p := range parts {
		s.hist.live[p.Name] = p
	}
	text, err := s.cat.state(ctx, stateDone)
	if err != nil {
		return change{}, 0, err
	}
	if at, ok := event.ParsePosition(text); ok {
		s.hist.epoch, s.hist.seq = at.Epoch, at.Seq
	}
	marks, err := s.cat.marks(ctx, Hold, Release)
	for _, m := range marks {
		if m.Log == s.book.name {
			s.hist.apply(m.Leaf, m.Entry)
		}
	}
	s.hist.size = known.Size
	return change{}, known.Size, err
}

// compareCovers orders segments by their batches; of those that begin with the
// same one the longest comes first.
func compareCovers(a, b *Entry) int {
	switch {
	case a.Epoch != b.Epoch:
		return int(a.Epoch) - int(b.Epoch)
	case a.From < b.From:
		return -1
	case a.From > b.From:
		return 1
	case a.To > b.To:
		return -1
	case a.To < b.To:
		return 1
	}
	return strings.Compare(a.File, b.File)
}
