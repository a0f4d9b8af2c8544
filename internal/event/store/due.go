package store

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"
)

// dues remember when something was last done.
type dues struct {
	alive         time.Time // guarded by take
	flush, retain time.Time // guarded by work
}

const (
	dueEvery    = time.Second
	aliveEvery  = time.Minute
	flushEvery  = 30 * time.Minute
	retainEvery = time.Hour
)

// Run does what is due by the clock until ctx ends, and returns nil then. Sealing
// has a goroutine of its own: it does not wait for merging.
func (s *Store) Run(ctx context.Context) error {
	var both sync.WaitGroup
	both.Go(func() { s.every(ctx, s.sealDue) })
	both.Go(func() { s.every(ctx, s.maintain) })
	both.Wait()
	return nil
}

func (s *Store) every(ctx context.Context, do func(context.Context) error) {
	t := time.NewTicker(dueEvery)
	defer t.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-t.C:
			if err := do(ctx); err != nil && ctx.Err() == nil {
				s.cfg.Log.Error("store: what was due is not done, it is tried again", "error", err)
			}
		}
	}
}

// Tick does once what Run does every second: it seals a tail that is old
// enough, tries again what failed, says in the catalogue that Toride runs, removes
// files that ended, merges one set of files, and deletes days that are over.
func (s *Store) Tick(ctx context.Context) error {
	return errors.Join(s.sealDue(ctx), s.maintain(ctx))
}

func (s *Store) sealDue(ctx context.Context) error {
	_ = s.checkRoom() // Take says it; here only so that it ends by itself
	if err := lock(ctx, s.take); err != nil {
		return err
	}
	defer func() { <-s.take }()
	now := s.cfg.Clock()
	s.mu.Lock()
	due := s.pending != nil && s.pending.done == nil
	if t := s.tail; t != nil {
		age := now.Sub(t.since)
		due = due || age >= s.cfg.Seal.Age || age < 0
	}
	s.mu.Unlock()
	var err error
	if due {
		err = s.rotate(ctx, false)
	}
	if now.Sub(s.dues.alive) < aliveEvery && !now.Before(s.dues.alive) {
		return err
	}
	s.dues.alive = now
	s.bookMu.Lock()
	defer s.bookMu.Unlock()
	if serr := s.settle(ctx); serr != nil {
		return errors.Join(err, serr)
	}
	s.record(ctx, change{})
	return err
}

// maintain does what has time.
func (s *Store) maintain(ctx context.Context) error {
	select {
	case s.work <- struct{}{}:
	default:
		return nil // somebody merges or deletes already
	}
	defer func() { <-s.work }()
	now := s.cfg.Clock()
	err := s.remove(ctx, s.views.free())
	if n := s.index.Fresh(); n >= flushKeys || n > 0 && now.Sub(s.dues.flush) >= flushEvery {
		s.dues.flush = now
		err = errors.Join(err, s.flushIndex(ctx))
	}
	if err := errors.Join(err, s.count(ctx)); err != nil {
		return err
	}
	if now.Sub(s.dues.retain) >= retainEvery || now.Before(s.dues.retain) {
		s.dues.retain = now
		if err := s.retain(ctx); err != nil {
			return err
		}
	}
	if s.busy() {
		return nil
	}
	_, err = s.mergeOne(ctx, now)
	return err
}

// busyEvents is how many events between two looks, a second apart, leave no time
// for merging.
const busyEvents = 30_000

// busy reports whether merging waits until less comes in. It does not wait when
// so many files lie there that searching all of them takes long.
func (s *Store) busy() bool {
	if s.arrived.Swap(0) < busyEvents {
		return false
	}
	s.mu.Lock()
	parts := s.parts
	s.mu.Unlock()
	sealed := 0
	for _, p := range parts {
		if p.Level == 0 {
			sealed++
		}
	}
	return sealed < maxMergeFiles
}

// count counts the events of one part that was not counted: after the
// catalogue was made again.
func (s *Store) count(ctx context.Context) error {
	names, err := s.cat.uncounted(ctx)
	if err != nil || len(names) == 0 {
		return err
	}
	s.mu.Lock()
	parts := s.parts
	s.mu.Unlock()
	for _, p := range parts {
		if p.Name != names[0] {
			continue
		}
		h, err := s.counted(ctx, p)
		if err != nil {
			s.cfg.Log.Error("store: the events of a segment cannot be counted", "file", p.Name, "error", err)
			h = hours{} // it is damaged or missing: Verify says so
		}
		return s.cat.setHours(ctx, p.Name, h)
	}
	return nil
}

// counted counts the events of a part from its file.
func (s *Store) counted(ctx context.Context, p *part) (hours, error) {
	r, done, err := s.readers.open(p)
	if err != nil {
		return nil, err
	}
	defer done()
	h, err := countHours(ctx, r)
	if err != nil {
		return nil, fmt.Errorf("store: %s: %w", p.Name, err)
	}
	return h, nil
}
