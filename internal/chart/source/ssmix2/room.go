package ssmix2

import (
	"context"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// What reading takes of memory until a chart is made: messageBytes for a message
// of usual size, for admission; segmentBytes for each segment of one that was
// read, besides its bytes; resultBytes for a row of the laboratory. mostOfOne is
// what one chart may take: its further messages are not read and are counted, as
// beyond the limit. One whose messages carry pictures, or were made to fill the
// memory of a station, takes no more than this.
const (
	messageBytes = 24 << 10
	segmentBytes = 2 << 10
	resultBytes  = 512
	mostOfOne    = 512 << 20
)

// mostFor is what one chart may take where somebody asked for more messages.
func mostFor(limit int) int64 { return int64(limit) * 2 * messageBytes }

// usualMemory is what all charts that are read at once may take where nobody
// says it.
const usualMemory = 512 << 20

// long is from how many messages on a patient is a long one. Long ones have a
// room of their own: whoever is read quickly never stands behind them.
const long = 1000

// rooms hold patients while their messages are read.
type rooms struct{ short, long *room }

func newRooms(bytes int64) rooms {
	if bytes <= 0 {
		bytes = usualMemory
	}
	half := int(bytes / 2 / messageBytes)
	return rooms{newRoom(half), newRoom(half)}
}

func (r rooms) of(messages int) *room {
	if messages >= long {
		return r.long
	}
	return r.short
}

// room lets in so many messages at once, who came first going first. Whoever is
// inside and moved nothing for as long as patience may hang: his place is given
// to others, because a file that hangs holds nobody up but its reader, and what
// hangs takes little memory.
type room struct {
	patience time.Duration
	size     int

	mu     sync.Mutex
	free   int
	inside map[*stay]bool
	line   []*stay
}

// roomPatience is longer than a processor that five hundred readers share may
// leave one of them aside.
const roomPatience = 2 * time.Second

// stay is a reader's time in a room.
type stay struct {
	room   *room
	n      int
	moves  atomic.Int64
	loaded atomic.Bool // it only computes from now on, and cannot hang
	in     chan struct{}
}

func newRoom(size int) *room {
	size = max(size, 1)
	return &room{patience: roomPatience, size: size, free: size, inside: map[*stay]bool{}}
}

// enter waits until there is room for so many messages; leave ends the stay. It
// ends with the context, too.
func (r *room) enter(ctx context.Context, n int) *stay {
	s := &stay{room: r, n: min(max(n, 1), r.size), in: make(chan struct{})}
	r.mu.Lock()
	r.line = append(r.line, s)
	r.admit()
	r.mu.Unlock()
	seen := map[*stay]int64{}
	for {
		timer := time.NewTimer(r.patience)
		select {
		case <-s.in:
			timer.Stop()
			return s
		case <-ctx.Done():
			timer.Stop()
			s.leave()
			return s
		case <-timer.C:
			seen = r.evict(seen)
		}
	}
}

// admit lets in whom there is room for. The caller holds mu.
func (r *room) admit() {
	for len(r.line) > 0 && r.line[0].n <= r.free {
		s := r.line[0]
		r.line = r.line[1:]
		r.free -= s.n
		r.inside[s] = true
		close(s.in)
	}
}

// evict gives away the places of those who did not move since they were seen,
// and tells how far the others are.
func (r *room) evict(seen map[*stay]int64) map[*stay]int64 {
	r.mu.Lock()
	defer r.mu.Unlock()
	now := map[*stay]int64{}
	for s := range r.inside {
		moves := s.moves.Load()
		if before, known := seen[s]; known && before == moves && !s.loaded.Load() {
			delete(r.inside, s)
			r.free += s.n
			continue
		}
		now[s] = moves
	}
	r.admit()
	return now
}

// leave gives the place back, if it was not given away.
func (s *stay) leave() {
	r := s.room
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.inside[s] {
		delete(r.inside, s)
		r.free += s.n
	}
	if at := slices.Index(r.line, s); at >= 0 {
		r.line = slices.Delete(r.line, at, at+1)
	}
	r.admit()
}
