package store

import (
	"context"
	"errors"
	"fmt"
	"path"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/torideproject/toride/internal/event"
	"github.com/torideproject/toride/internal/event/store/files"
	"github.com/torideproject/toride/internal/event/store/keys"
)

// Store is an open store. Take is for one pipeline; everything else may be
// called by many goroutines.
type Store struct {
	cfg   Config
	fs    files.FS
	cat   *catalog
	index *keys.Index

	take chan struct{} // held by Take and Seal; guards ids
	ids  []keyed       // of the events of the batch in hand
	work chan struct{} // held by merging and deleting

	bookMu     sync.Mutex // guards what follows; taken before mu
	book       *book
	unfinished *unfinished
	owed       change // what the catalogue has not got yet

	mu      sync.Mutex
	hist    *history
	parts   []*part // those of hist.live, in the order in which they were sealed
	tail    *batch  // what was taken last, or nil
	pending *batch  // what is being sealed, or nil
	taken   event.Position
	room    room
	closed  bool

	views   views
	readers readers
	sealing sync.WaitGroup
	arrived atomic.Int64 // events that came since maintain looked last
	dues    dues
	unfit   map[string]bool // files that cannot be merged; guarded by work
}

// Open opens the store in cfg.Folder, or makes one. It finishes what was
// interrupted, and follows the log where the catalogue is behind; a catalogue
// that is missing costs one reading of the log, a missing or damaged index of keys
// one reading of the keys of all segments that have some. A log that is damaged is
// put aside as it is, and a new one begins that says so; Verify tells both.
func Open(ctx context.Context, cfg Config) (*Store, error) {
	if err := cfg.fill(); err != nil {
		return nil, err
	}
	s := &Store{cfg: cfg, fs: cfg.FS, take: make(chan struct{}, 1), work: make(chan struct{}, 1), unfit: map[string]bool{}}
	s.views.init()
	s.readers.init(s)
	if err := files.MakeAll(s.fs, facilityFolder(cfg.Facility)); err != nil {
		return nil, fmt.Errorf("store: %w", err)
	}
	if err := files.MakeAll(s.fs, logFolder); err != nil {
		return nil, fmt.Errorf("store: %w", err)
	}
	if err := s.openCatalogue(ctx); err != nil {
		return nil, err
	}
	if err := s.recover(ctx); err != nil {
		return nil, errors.Join(err, s.cat.db.Close())
	}
	return s, nil
}

// Done gives the last batch up to which everything taken is in segments that
// survive a power cut. The journal may forget it.
func (s *Store) Done() (epoch uint32, seq uint64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.hist.epoch, s.hist.seq
}

// Close waits for what is being sealed and closes the catalogue. What is in the
// tail stays in the journal and is taken again at the next start.
func (s *Store) Close() error {
	s.mu.Lock()
	s.closed = true
	s.mu.Unlock()
	s.sealing.Wait()
	return errors.Join(s.readers.close(), s.cat.db.Close())
}

// lock takes one of the store's two locks that are held for long.
func lock(ctx context.Context, l chan struct{}) error {
	select {
	case l <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (s *Store) segment(name string) string { return path.Join(facilityFolder(s.cfg.Facility), name) }

// begin makes a part visible. mu is held.
func (s *Store) begin(p *part) {
	at, _ := slices.BinarySearchFunc(s.parts, p.LeafFirst, func(q *part, leaf int64) int { return int(q.LeafFirst - leaf) })
	// Views have the slice: it is never changed in place.
	s.parts = slices.Insert(slices.Clone(s.parts), at, p)
}

// end makes parts invisible; their files go when no view has them. mu is held.
func (s *Store) end(ended []*part) {
	if len(ended) == 0 {
		return
	}
	s.parts = slices.DeleteFunc(slices.Clone(s.parts), func(p *part) bool { return slices.Contains(ended, p) })
	s.views.retire(ended)
}

// partOfLeaf finds the part with the events that an entry sealed. mu is held.
func partOfLeaf(parts []*part, leaf int64) *part {
	at, ok := slices.BinarySearchFunc(parts, leaf, func(p *part, leaf int64) int {
		switch {
		case p.LeafLast < leaf:
			return -1
		case p.LeafFirst > leaf:
			return 1
		}
		return 0
	})
	if !ok {
		return nil
	}
	return parts[at]
}
