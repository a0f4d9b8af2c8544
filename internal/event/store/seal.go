package store

import (
	"bufio"
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"path"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/torideproject/toride/internal/event"
	"github.com/torideproject/toride/internal/event/segment"
	"github.com/torideproject/toride/internal/event/store/files"
	"github.com/torideproject/toride/internal/event/store/tail"
	"github.com/torideproject/toride/internal/event/store/tiles"
)

// sealer is how far the sealing of a batch came, so that a second try goes on
// where the first failed and nothing is written into the log twice.
//
// The order is: the file under a temporary name, synced, and its name synced;
// the entry in the log, which is the commit; the file's own name, synced; the
// catalogue. After a power cut before the commit the file is rubbish and the
// journal has the batches; after it the next start finishes the rest.
type sealer struct {
	entry  *Entry
	hours  hours
	wrote  bool // the file, under its temporary name
	logged bool // committed
}

// seal makes a segment of a batch. It runs in one goroutine at a time.
func (s *Store) seal(ctx context.Context, b *batch) error {
	if b.sealer == nil {
		b.sealer = &sealer{entry: &Entry{Kind: Seal, Epoch: b.epoch, From: b.from, To: b.to, Resent: b.resent}, hours: hours{}}
	}
	x := b.sealer
	if !x.wrote && b.events.Len() > 0 {
		if err := s.writeSegment(ctx, b, x); err != nil {
			return err
		}
	}
	x.wrote = true
	s.bookMu.Lock()
	defer s.bookMu.Unlock()
	if x.logged {
		return s.settle(ctx)
	}
	if b.lost != nil {
		logged, err := s.commit(ctx, b.lost, nil, nil)
		if logged {
			b.lost = nil
		}
		if err != nil {
			return err
		}
	}
	x.entry.At = s.cfg.Clock()
	var err error
	x.logged, err = s.commit(ctx, x.entry, x.hours, func(leaf int64) {
		// The keys come into the index before the tail goes, and the tail goes
		// in the moment in which the file comes: every event is found once.
		for _, k := range b.keys.all {
			s.index.Add(k.part, k.hash, leafNumber(leaf))
		}
		b.sealed = true
	})
	return err
}

// temporary is the name of a segment's file until the log has its entry.
func temporary(name string) string {
	return path.Join(path.Dir(name), files.Temporary+path.Base(name))
}

// writeSegment writes the file of a batch under its temporary name, durable,
// reads back what must be evidence, and fills the entry.
func (s *Store) writeSegment(ctx context.Context, b *batch, x *sealer) error {
	x.hours = hours{} // of this try alone
	events := &unsealed{View: b.events.View()}
	root := s.survey(events.View, x.hours)
	name := segmentName(b.day, b.epoch, b.from, b.to)
	if err := files.MakeAll(s.fs, s.segment("date="+b.day)); err != nil {
		return err
	}
	options := segment.Options{Facility: s.cfg.Facility, Bounds: []segment.Bound{{
		First: event.Position{Epoch: b.epoch, Seq: b.from}, Last: event.Position{Epoch: b.epoch, Seq: b.to, Index: 1<<32 - 1},
		Rows: int64(events.Len()), Root: root[:],
	}}}
	var info *segment.Info
	sum, size, err := s.writeFile(name, func(w *bufio.Writer) (err error) {
		info, err = segment.WriteFrom(ctx, w, options, events)
		return err
	})
	if err != nil {
		return err
	}
	if err := s.compare(ctx, name, events.View); err != nil {
		return err
	}
	e := x.entry
	e.File, e.SHA256, e.Bytes, e.Rows, e.Keys, e.Root = name, sum, size, info.Rows, int64(len(b.keys.all)), root[:]
	e.Received, e.Times = spanOf(info)
	return nil
}

func spanOf(info *segment.Info) (received, times *[2]int64) {
	return &[2]int64{info.ReceivedMin.UnixMicro(), info.ReceivedMax.UnixMicro()}, &[2]int64{info.TimeMin.UnixMicro(), info.TimeMax.UnixMicro()}
}

// unsealed gives segment.WriteFrom the events of a tail, one at a time: made
// all at once they would take twice the tail's memory.
type unsealed struct {
	tail.View
	event event.Event
}

func (u *unsealed) Head(i int) segment.Head {
	h := u.View.Head(i)
	return segment.Head{Dataset: h.Dataset, Time: h.Time, At: h.At}
}

func (u *unsealed) Event(i int) *event.Event {
	u.View.Event(i, &u.event)
	return &u.event
}

// survey counts the events of a tail, which are in the order of their positions,
// and computes their root.
func (s *Store) survey(v tail.View, h hours) tlog.Hash {
	hasher := newLeafHasher(s.cfg.Facility)
	var t tiles.Tree
	for i := range v.Len() {
		e := v.Head(i)
		h.one(hourKey{hourOf(e.Received), e.Source, e.Peer, e.Dataset}, e.Received, len(e.Original))
		t.Add(hasher.leaf(e.At, e.Original))
	}
	return t.Root()
}

// writeFile writes a file under its temporary name; content and name are
// durable on return.
func (s *Store) writeFile(name string, fill func(*bufio.Writer) error) (sum string, size int64, err error) {
	temp := s.segment(temporary(name))
	f, err := s.fs.Create(temp)
	if err != nil {
		return "", 0, fmt.Errorf("store: %w", err)
	}
	h := files.NewHasher(f)
	w := bufio.NewWriterSize(h, 256<<10)
	err = fill(w)
	if err == nil {
		err = w.Flush()
	}
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err == nil {
		err = s.fs.SyncDir(path.Dir(temp))
	}
	if err != nil {
		_ = s.fs.Remove(temp) // it may be the disk that has no room
		return "", 0, fmt.Errorf("store: write %s: %w", name, err)
	}
	digest := h.Sum()
	return hex.EncodeToString(digest[:]), h.Bytes, nil
}

// errReadBack says that a file does not hold what was written into it.
var errReadBack = errors.New("store: a new segment does not give back what was written")

// compare reads a file under its temporary name again and compares it with the
// events that were written, which are in the order of their positions: the
// journal forgets them only when the file has every original, byte for byte.
func (s *Store) compare(ctx context.Context, name string, events tail.View) error {
	f, r, err := s.openSegment(temporary(name))
	if err != nil {
		return fmt.Errorf("%w: %w", errReadBack, err)
	}
	seen, find := 0, finder(events)
	err = r.Originals(ctx, func(o segment.Original) error {
		original, ok := find(o.At)
		if !ok || !bytes.Equal(original, o.Original) {
			return fmt.Errorf("%w: %s, event %s", errReadBack, name, o.At)
		}
		seen++
		return nil
	})
	if err := errors.Join(err, f.Close()); err != nil {
		return err
	}
	if seen != events.Len() {
		return fmt.Errorf("%w: %s has %d of %d events", errReadBack, name, seen, events.Len())
	}
	return nil
}

// finder gives a function that finds the original of an event by its position,
// nearly at once: they are in order, and of each batch hardly any is missing.
func finder(events tail.View) func(event.Position) ([]byte, bool) {
	n := events.Len()
	first, last := events.Head(0).At.Seq, events.Head(n-1).At.Seq
	starts := make([]int32, 0, last-first+2) // by batch
	for i := range n {
		for seq := events.Head(i).At.Seq; uint64(len(starts)) <= seq-first; {
			starts = append(starts, int32(i))
		}
	}
	starts = append(starts, int32(n))
	return func(at event.Position) ([]byte, bool) {
		batch := at.Seq - first
		if at.Seq < first || batch >= uint64(len(starts)-1) {
			return nil, false
		}
		from, to := int64(starts[batch]), int64(starts[batch+1])
		for i := min(from+int64(at.Index), to-1); i >= from; i-- {
			if h := events.Head(int(i)); h.At == at {
				return h.Original, true
			}
		}
		return nil, false
	}
}

// readBack reads a merged file under its temporary name again: the old files go
// only when the new one has the roots of all that is in them.
func (s *Store) readBack(ctx context.Context, name string, epoch uint32, bounds []*bound) error {
	f, r, err := s.openSegment(temporary(name))
	if err != nil {
		return fmt.Errorf("%w: %w", errReadBack, err)
	}
	stray, err := checkBounds(ctx, s.cfg.Facility, epoch, r, bounds)
	if err := errors.Join(err, f.Close()); err != nil {
		return err
	}
	for _, b := range bounds {
		if b.wrong {
			return fmt.Errorf("%w: %s, batches %d to %d", errReadBack, name, b.from, b.to)
		}
	}
	if stray != 0 {
		return fmt.Errorf("%w: %s has %d more", errReadBack, name, stray)
	}
	return nil
}

// giveName gives a file that the log has its own name, durable.
func (s *Store) giveName(name string) error {
	from, to := s.segment(temporary(name)), s.segment(name)
	if err := s.fs.Rename(from, to); err != nil {
		// A try before may have come so far, and failed behind it.
		if there, terr := files.Exists(s.fs, to); terr != nil || !there {
			return errors.Join(fmt.Errorf("store: %w", err), terr)
		}
	}
	if err := s.fs.SyncDir(path.Dir(to)); err != nil {
		return fmt.Errorf("store: %w", err)
	}
	return nil
}
