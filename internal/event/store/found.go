package store

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/torideproject/toride/internal/event"
	"github.com/torideproject/toride/internal/event/segment"
	"github.com/torideproject/toride/internal/event/store/files"
	"github.com/torideproject/toride/internal/event/store/keys"
)

// putAside renames a database with its side files, so that it can be looked at.
func putAside(name string, now time.Time) error {
	for _, suffix := range []string{"", "-wal", "-shm"} {
		to := name + ".damaged-" + now.UTC().Format("20060102T150405") + suffix
		if err := os.Rename(name+suffix, to); err != nil && !errors.Is(err, os.ErrNotExist) {
			return fmt.Errorf("store: %w", err)
		}
	}
	return nil
}

// Rebuild makes the catalogue again from the log and the files, and puts the old
// one aside. The store must not be open. It costs reading the log, and of every
// segment what is counted.
func Rebuild(ctx context.Context, cfg Config) error {
	if err := cfg.fill(); err != nil {
		return err
	}
	if err := putAside(cfg.Catalogue, cfg.Clock()); err != nil {
		return err
	}
	s, err := Open(ctx, cfg)
	if err != nil {
		return err
	}
	for err == nil {
		var left []string
		if left, err = s.cat.uncounted(ctx); len(left) == 0 {
			break
		}
		err = s.count(ctx)
	}
	return errors.Join(err, s.Close())
}

// findSegments reads what segments lie on the disk, in order of their batches.
// Where several have the same batches, those that the catalogue knows count, and
// then the larger one: the others are what a merge had not removed yet.
func (s *Store) findSegments(ctx context.Context, known []*part) ([]*Entry, error) {
	knows := map[string]bool{}
	for _, p := range known {
		knows[p.Name] = true
	}
	var out []*Entry
	err := s.eachFile(func(name string) error {
		if err := ctx.Err(); err != nil || !validName(name) {
			return err
		}
		e, err := s.describe(name)
		if err != nil {
			s.cfg.Log.Error("store: a file is not taken over", "file", name, "error", err)
			return nil
		}
		if !knows[name] {
			e.Why = "found"
		}
		out = append(out, e)
		return nil
	})
	if err != nil {
		return nil, err
	}
	slices.SortFunc(out, func(a, b *Entry) int {
		if knows[a.File] != knows[b.File] { // the known ones have the first choice
			if knows[a.File] {
				return -1
			}
			return 1
		}
		return compareCovers(a, b)
	})
	var kept []*Entry
	for _, e := range out {
		if !slices.ContainsFunc(kept, func(k *Entry) bool { return k.Epoch == e.Epoch && k.From <= e.To && e.From <= k.To }) {
			kept = append(kept, e)
		}
	}
	slices.SortFunc(kept, compareCovers)
	return kept, nil
}

// describe makes the entry of a segment that is there.
func (s *Store) describe(name string) (*Entry, error) {
	f, r, err := s.openSegment(name)
	if err != nil {
		return nil, err
	}
	info := r.Info()
	sum, size, serr := files.Sum(s.fs, s.segment(name), nil)
	if err := errors.Join(serr, f.Close()); err != nil {
		return nil, err
	}
	if info.Facility != s.cfg.Facility {
		return nil, fmt.Errorf("store: %s is of facility %s", name, info.Facility)
	}
	e := &Entry{Kind: Keep, At: s.cfg.Clock(), File: name, SHA256: hex.EncodeToString(sum[:]), Bytes: size, Rows: info.Rows,
		Keys: info.Rows} // perhaps: they are looked through
	if len(info.Bounds) > 1 {
		e.Level = 1
	}
	e.Received, e.Times = spanOf(info)
	base := strings.TrimSuffix(path.Base(name), ".parquet")
	if _, err := fmt.Sscanf(base, "%d-%d-%d", &e.Epoch, &e.From, &e.To); err != nil {
		return nil, err
	}
	return e, nil
}

// eachFile gives the names of the files of all days, as segments are named.
func (s *Store) eachFile(yield func(name string) error) error {
	days, err := s.fs.List(facilityFolder(s.cfg.Facility))
	if err != nil {
		return err
	}
	for _, d := range days {
		if !d.Dir {
			continue
		}
		inside, err := s.fs.List(s.segment(d.Name))
		if err != nil {
			return err
		}
		for _, f := range inside {
			if err := yield(path.Join(d.Name, f.Name)); err != nil {
				return err
			}
		}
	}
	return nil
}

// finishFiles ends what was interrupted between an entry of the log and the
// names on the disk, and removes what no longer counts.
func (s *Store) finishFiles(ctx context.Context) error {
	there := map[string]bool{}
	err := s.eachFile(func(name string) error {
		there[name] = true
		return nil
	})
	if err != nil {
		return err
	}
	for _, p := range s.parts {
		if there[p.Name] {
			continue
		}
		if err := s.rescue(p); err != nil {
			s.cfg.Log.Error("store: a segment is missing", "file", p.Name, "rows", p.Rows, "error", err)
		}
	}
	for name := range there {
		if !strings.HasPrefix(path.Base(name), files.Temporary) {
			continue
		}
		if err := s.fs.Remove(s.segment(name)); err != nil && !errors.Is(err, os.ErrNotExist) {
			return fmt.Errorf("store: %w", err)
		}
	}
	if err := s.sweepLogs(); err != nil {
		return err
	}
	gone, err := s.cat.gone(ctx)
	if err != nil {
		return err
	}
	return s.remove(ctx, gone)
}

// sweepLogs removes logs that were never finished being made.
func (s *Store) sweepLogs() error {
	list, err := s.fs.List(logFolder)
	if err != nil {
		return err
	}
	for _, e := range list {
		if e.Dir && strings.HasPrefix(e.Name, files.Temporary) {
			if err := files.RemoveAll(s.fs, path.Join(logFolder, e.Name)); err != nil {
				return err
			}
		}
	}
	return nil
}

// rescue gives a file its name when it is there under the temporary one, whole.
func (s *Store) rescue(p *part) error {
	sum, size, err := files.Sum(s.fs, s.segment(temporary(p.Name)), nil)
	if err != nil {
		return err
	}
	if size != p.Bytes || hex.EncodeToString(sum[:]) != p.Sum {
		return errors.New("the temporary file has another content")
	}
	return s.giveName(p.Name)
}

// remove removes files that ended, and folders of days that are empty.
func (s *Store) remove(ctx context.Context, names []string) error {
	if len(names) == 0 {
		return nil
	}
	dirs := map[string]bool{}
	for _, name := range names {
		s.readers.drop(name)
		if err := s.fs.Remove(s.segment(name)); err != nil && !errors.Is(err, os.ErrNotExist) {
			return fmt.Errorf("store: %w", err)
		}
		dirs[path.Dir(name)] = true
	}
	for dir := range dirs {
		inside, err := s.fs.List(s.segment(dir))
		if err != nil {
			return err
		}
		if len(inside) > 0 {
			err = s.fs.SyncDir(s.segment(dir))
		} else if err = s.fs.Remove(s.segment(dir)); err == nil {
			err = s.fs.SyncDir(facilityFolder(s.cfg.Facility))
		}
		if err != nil && !errors.Is(err, os.ErrNotExist) {
			return fmt.Errorf("store: %w", err)
		}
	}
	return s.cat.forget(ctx, names)
}

// openIndex opens the index of keys and adds what was sealed since it was last
// written.
func (s *Store) openIndex(ctx context.Context) error {
	var err error
	if s.index, err = keys.Open(s.fs, keysFolder); err != nil {
		return err
	}
	text, err := s.cat.state(ctx, stateKeys)
	if err != nil {
		return err
	}
	var log string
	var upTo int64
	if n, _ := fmt.Sscanf(text, "%s %d", &log, &upTo); n != 2 || log != s.book.name {
		if err := s.index.Reset(); err != nil {
			return err
		}
		upTo = 0
	}
	return s.fillIndex(ctx, upTo)
}

// fillIndex adds the keys of all segments with entries from a number on.
func (s *Store) fillIndex(ctx context.Context, from int64) error {
	s.mu.Lock()
	parts := s.parts
	s.mu.Unlock()
	for _, p := range parts {
		if p.Keys == 0 || p.LeafLast < from {
			continue
		}
		r, done, err := s.readers.open(p)
		if err == nil {
			err = s.indexKeys(ctx, r, leafNumber(p.LeafFirst))
			done()
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err != nil {
			s.cfg.Log.Error("store: the keys of a segment cannot be read, its resends may be kept twice", "file", p.Name, "error", err)
		}
		if s.index.Fresh() >= flushKeys {
			if err := s.index.Flush(ctx); err != nil {
				return err
			}
		}
	}
	return nil
}

// remakeIndex makes a damaged index again. It reads the keys of all segments;
// until then nothing is taken.
func (s *Store) remakeIndex(ctx context.Context) error {
	if err := s.index.Reset(); err != nil {
		return err
	}
	return s.fillIndex(ctx, 0)
}

// flushKeys is how many keys wait in memory for the index's files.
const flushKeys = 1 << 18

// flushIndex writes the index of keys, and up to which entry it is complete.
func (s *Store) flushIndex(ctx context.Context) error {
	s.bookMu.Lock()
	defer s.bookMu.Unlock()
	if err := s.settle(ctx); err != nil {
		return err
	}
	size := s.book.log.Head().Size // seal adds its keys before it lets go of the book
	if err := s.index.Flush(ctx); err != nil {
		return err
	}
	s.record(ctx, change{state: map[string]string{stateKeys: fmt.Sprintf("%s %d", s.book.name, size)}})
	return nil
}

// indexKeys adds the keys of a segment to the index under one of its entries:
// any of them leads to the file.
func (s *Store) indexKeys(ctx context.Context, r *segment.Reader, leaf uint32) error {
	for i := range r.Groups() {
		g := r.Group(i)
		err := s.indexGroup(ctx, g, leaf)
		g.Close()
		if err != nil {
			return err
		}
	}
	return nil
}

// indexGroup reads the five columns of which an identity and its part are made.
func (s *Store) indexGroup(ctx context.Context, g *segment.Group, leaf uint32) error {
	var e event.Event
	var buf [256]byte
	first, end := 0, 0 // of the slice that is read
	var values *segment.Strings
	for i := range g.Blocks() {
		if err := ctx.Err(); err != nil {
			return err
		}
		c, err := columnsOf(g, i)
		if err != nil {
			return err
		}
		b := g.Block(i)
		for row := b.First; row < b.First+b.Rows; row++ {
			if row >= end {
				var slice int
				slice, first, end = g.Slice(row)
				if values, err = g.Strings(segment.ColKey, slice); err != nil {
					return err
				}
			}
			key := values.At(row - first)
			if len(key) == 0 {
				continue
			}
			j := row - b.First
			e.Key, e.Source, e.Peer = string(key), c.sources[c.source[j]], c.peers[c.peer[j]]
			e.Received, e.Time, e.Skew = time.UnixMicro(c.received[j]), time.UnixMicro(c.times[j]), c.flags[j]&1 != 0
			s.index.Add(keys.PartOf(&e), s.cfg.hash(keys.Identity(buf[:0], &e)), leaf)
		}
	}
	return nil
}

// keyColumns are the columns beside the key, of one block. The lowest bit of
// flags is Event.Skew (segment.ColFlags).
type keyColumns struct {
	sources, peers         []string
	source, peer           []int32
	received, times, flags []int64
}

func columnsOf(g *segment.Group, block int) (c keyColumns, err error) {
	if c.sources, err = g.Dict(segment.ColSource); err != nil {
		return c, err
	}
	if c.peers, err = g.Dict(segment.ColPeer); err != nil {
		return c, err
	}
	if c.source, err = g.Indexes(segment.ColSource, block); err != nil {
		return c, err
	}
	if c.peer, err = g.Indexes(segment.ColPeer, block); err != nil {
		return c, err
	}
	if c.received, err = g.Numbers(segment.ColReceived, block); err != nil {
		return c, err
	}
	if c.times, err = g.Numbers(segment.ColTime, block); err != nil {
		return c, err
	}
	c.flags, err = g.Numbers(segment.ColFlags, block)
	return c, err
}
