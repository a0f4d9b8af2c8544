package store

import (
	"fmt"
	"time"

	"golang.org/x/sys/unix"

	"github.com/torideproject/toride/internal/fault"
)

const (
	leastReserve = 2 << 30
	mostReserve  = 50 << 30
	// askEvery is how often the disk is asked while events are taken.
	askEvery = time.Second
)

// room is what is known of the disk.
type room struct {
	asked       time.Time
	free, total uint64
	full        bool
	since       time.Time // of full
}

// reserve gives how many bytes of a disk stay free.
func (s *Store) reserve(total uint64) uint64 { return s.settings().ReserveOf(total) }

// ReserveOf gives how many bytes stay free of a disk with that many.
func (set Settings) ReserveOf(total uint64) uint64 {
	if set.Reserve > 0 {
		return set.Reserve
	}
	return min(max(total/20, leastReserve), mostReserve)
}

// checkRoom says "event.store.full" when the disk is nearly full. It ends by
// itself, a little above the limit so that it does not flicker.
func (s *Store) checkRoom() error {
	now := s.cfg.Clock()
	s.mu.Lock()
	defer s.mu.Unlock()
	r := &s.room
	if age := now.Sub(r.asked); r.asked.IsZero() || r.full || age >= askEvery || age < 0 {
		free, total, err := s.cfg.Free()
		if err != nil {
			return fmt.Errorf("store: free space: %w", err)
		}
		r.asked, r.free, r.total = now, free, total
	}
	limit := s.reserve(r.total)
	switch {
	case r.full && r.free >= limit+limit/10:
		s.cfg.Log.Info("store: the disk has room again", "free", r.free)
		r.full = false
	case !r.full && r.free < limit:
		s.cfg.Log.Error("store: the disk is nearly full, nothing is taken", "free", r.free, "reserve", limit)
		r.full, r.since = true, now
	}
	if r.full {
		return fault.New(fault.Full, "event.store.full", r.free>>20, limit>>20)
	}
	return nil
}

// freeOf gives what this process may still write to the file system of a folder.
func freeOf(folder string) (free, total uint64, err error) {
	var st unix.Statfs_t
	if err := unix.Statfs(folder, &st); err != nil {
		return 0, 0, err
	}
	size := uint64(st.Bsize)
	return st.Bavail * size, st.Blocks * size, nil
}
