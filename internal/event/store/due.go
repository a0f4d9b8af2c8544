package store

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// dues remember when something was last done. work is held.
type dues struct {
	alive, flush, retain time.Time
}

const (
	aliveEvery  = time.Minute
	flushEvery  = 30 * time.Minute
	retainEvery = time.Hour
)

// Tick does what is due: it seals a tail that is old enough, tries again what
// failed, says in the catalogue that Toride runs, removes files that ended, merges
// one set of files, and deletes days that are over. Run calls it every second.
func (s *Store) Tick(ctx context.Context) error {
	now := s.cfg.Clock()
	_ = s.checkRoom() // Take says it; here only so that it ends by itself
	err := s.sealDue(ctx, now)
	select {
	case s.work <- struct{}{}:
	default:
		return err // somebody merges or deletes already
	}
	defer func() { <-s.work }()
	if now.Sub(s.dues.alive) >= aliveEvery || now.Before(s.dues.alive) {
		s.dues.alive = now
		s.bookMu.Lock()
		if serr := s.settle(ctx); serr != nil {
			err = errors.Join(err, serr)
		} else {
			s.record(ctx, change{})
		}
		s.bookMu.Unlock()
	}
	err = errors.Join(err, s.remove(ctx, s.views.free()))
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
	_, err = s.mergeOne(ctx, now)
	return err
}

func (s *Store) sealDue(ctx context.Context, now time.Time) error {
	if err := lock(ctx, s.take); err != nil {
		return err
	}
	defer func() { <-s.take }()
	s.mu.Lock()
	due := s.pending != nil && s.pending.done == nil
	if t := s.tail; t != nil {
		age := now.Sub(t.since)
		due = due || age >= s.cfg.Seal.Age || age < 0
	}
	s.mu.Unlock()
	if due {
		return s.rotate(ctx, false)
	}
	return nil
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
