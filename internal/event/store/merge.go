package store

import (
	"bufio"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/torideproject/toride/internal/event/segment"
	"github.com/torideproject/toride/internal/event/store/files"
)

const (
	// A merge of more files takes too many entries of the log's 64 kB, and too
	// many open files.
	maxMergeFiles = 512
	// What is late by less than this still comes into the same merge.
	hourGrace = 2 * time.Minute
	dayGrace  = 10 * time.Minute
)

// Merge merges what is due, all of it.
func (s *Store) Merge(ctx context.Context) error {
	if err := lock(ctx, s.work); err != nil {
		return err
	}
	defer func() { <-s.work }()
	for {
		if more, err := s.mergeOne(ctx, s.cfg.Clock()); err != nil || !more {
			return errors.Join(err, s.remove(ctx, s.views.free()))
		}
	}
}

// mergeOne merges one set of files, and tells whether there was one. work is held.
func (s *Store) mergeOne(ctx context.Context, now time.Time) (bool, error) {
	s.mu.Lock()
	parts := s.parts
	s.mu.Unlock()
	in, level := planMerge(parts, now, s.cfg.Seal.MergeRows, s.unfit)
	if len(in) == 0 {
		return false, nil
	}
	failed := make(chan error, 1)
	go func() { failed <- s.cfg.calm(func() error { return s.mergeParts(ctx, in, level) }) }()
	return true, <-failed
}

// planMerge finds the next files to merge: first those sealed within one hour
// that is over, then those of a day that is over. Only neighbours are merged, so
// that each file has its own range of the log's entries.
func planMerge(parts []*part, now time.Time, maxRows int64, unfit map[string]bool) ([]*part, int) {
	thisHour := hourOf(now.Add(-hourGrace).UnixMicro())
	in := firstGroup(parts, maxRows, unfit, func(p *part) (int64, bool) {
		h := hourOf(p.Received[0])
		return int64(h), p.Level == 0 && h < thisHour
	})
	if in != nil {
		return in, 1
	}
	today := dayString(now.Add(-dayGrace))
	return firstGroup(parts, maxRows, unfit, func(p *part) (int64, bool) { return 0, p.Level < 2 && p.day() < today }), 2
}

// firstGroup gives the first two or more neighbours of the same day, epoch and
// span that together are not too large.
func firstGroup(parts []*part, maxRows int64, unfit map[string]bool, span func(*part) (int64, bool)) []*part {
	var group []*part
	var rows, at int64
	for _, p := range parts {
		here, due := span(p)
		fits := due && !unfit[p.Name]
		if fits && len(group) > 0 && here == at && p.Epoch == group[0].Epoch && p.day() == group[0].day() && rows+p.Rows <= maxRows && len(group) < maxMergeFiles {
			group, rows = append(group, p), rows+p.Rows
			continue
		}
		if len(group) > 1 {
			return group
		}
		group = nil
		if fits {
			group, rows, at = append(group, p), p.Rows, here
		}
	}
	if len(group) > 1 {
		return group
	}
	return nil
}

// errUnfit says that a file is not what the log says: it is left as it is, and
// Verify tells.
var errUnfit = errors.New("store: a file to be merged is not the one that was sealed")

// mergeParts makes one file of several. Until its entry is in the log the old
// files count, from then on the new one; the old ones go when nobody reads them.
func (s *Store) mergeParts(ctx context.Context, in []*part, level int) error {
	joined := join(in)
	name := segmentName(joined.day(), joined.Epoch, joined.From, joined.To)
	e := &Entry{Kind: Merge, File: name, Level: level, Epoch: joined.Epoch, From: joined.From, To: joined.To, Rows: joined.Rows, Keys: joined.Keys,
		Received: &joined.Received, Times: &joined.Times}
	for _, p := range in {
		if err := s.fit(ctx, p); err != nil {
			s.unfit[p.Name] = true
			s.cfg.Log.Error("store: a file is not merged", "file", p.Name, "error", err)
			return nil
		}
		e.Of = append(e.Of, p.Name)
	}
	if err := s.writeMerged(ctx, in, e); err != nil {
		return fmt.Errorf("store: merge into %s: %w", name, err)
	}
	old, err := s.cat.hoursOf(ctx, in)
	if err != nil {
		return err
	}
	var sum hours
	if len(old) == len(in) {
		sum = hours{}
		for _, h := range old {
			sum.addAll(h, maxMergePeers)
		}
	}
	s.bookMu.Lock()
	defer s.bookMu.Unlock()
	e.At = s.cfg.Clock()
	logged, err := s.commit(ctx, e, sum, nil)
	if !logged {
		err = errors.Join(err, s.fs.Remove(s.segment(temporary(name))))
	}
	return err
}

// fit checks that a file is, byte for byte, the one that the log has: a file
// that was changed must not become part of a new one that looks whole.
func (s *Store) fit(ctx context.Context, p *part) error {
	sum, _, err := files.Sum(s.fs, s.segment(p.Name), func(int) error { return ctx.Err() })
	if err != nil {
		return err
	}
	if hex.EncodeToString(sum[:]) != p.Sum {
		return errUnfit
	}
	return nil
}

// writeMerged writes the new file under its temporary name, and reads it back.
func (s *Store) writeMerged(ctx context.Context, in []*part, e *Entry) error {
	var readers []*segment.Reader
	var bounds []*bound
	for _, p := range in {
		r, done, err := s.readers.open(p)
		if err != nil {
			return err
		}
		defer done()
		readers = append(readers, r)
		for _, b := range r.Info().Bounds {
			if len(b.Root) != tlog.HashSize {
				return errUnfit
			}
			bounds = append(bounds, &bound{from: b.First.Seq, to: b.Last.Seq, rows: b.Rows, root: tlog.Hash(b.Root)})
		}
	}
	// The smaller form costs twice the time: for files that stay as they are.
	small := e.Level == 2 || e.Rows > s.cfg.Seal.MergeRows/2
	var err error
	e.SHA256, e.Bytes, err = s.writeFile(e.File, func(w *bufio.Writer) error {
		info, err := segment.Merge(ctx, &politeWriter{ctx, s, w}, segment.Options{Facility: s.cfg.Facility, Small: small}, readers)
		if err == nil && info.Rows != e.Rows {
			err = fmt.Errorf("%w: %d of %d events", errReadBack, info.Rows, e.Rows)
		}
		return err
	})
	if err != nil {
		return err
	}
	if err := s.readBack(ctx, e.File, e.Epoch, bounds); err != nil {
		return errors.Join(err, s.fs.Remove(s.segment(temporary(e.File))))
	}
	return nil
}

// politeWriter lets sealing go first: a merge has time, the journal has not.
type politeWriter struct {
	ctx context.Context
	s   *Store
	w   *bufio.Writer
}

func (w *politeWriter) Write(b []byte) (int, error) {
	w.s.mu.Lock()
	var running chan struct{}
	if w.s.pending != nil {
		running = w.s.pending.done
	}
	w.s.mu.Unlock()
	if running != nil {
		select {
		case <-running:
		case <-w.ctx.Done():
			return 0, w.ctx.Err()
		}
	}
	return w.w.Write(b)
}
