package journal

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"golang.org/x/sys/unix"

	"github.com/torideproject/toride/internal/event"
	"github.com/torideproject/toride/internal/fault"
)

// State is whether the journal takes records.
type State string

// The states. All but Ready refuse; all but Closed end by themselves.
const (
	Ready  State = "ready"
	Full   State = "full"   // it holds MaxBytes: somebody is slow to keep the batches
	Disk   State = "disk"   // the disk has less than MinFree
	Broken State = "broken" // the disk failed; the journal tries to start again
	Closed State = "closed"
)

// Stats is how the journal is now.
type Stats struct {
	State   State
	Epoch   uint32
	Last    uint64    // number of the last acknowledged batch
	Batches uint64    // held
	Bytes   uint64    // of those, as stored
	Limit   uint64    // the greatest Bytes
	Oldest  time.Time // when the oldest of those was written, by Config.Clock; zero when there is none
	Free    uint64    // bytes of the disk
	MinFree uint64    // below which nothing is taken
}

// Stats costs a question to the engine, and at most one batch read.
func (j *Journal) Stats(ctx context.Context) (Stats, error) {
	_ = j.room() // an old answer would say full for ever where nobody appends
	j.mu.Lock()
	s := Stats{State: j.state, Epoch: j.epoch, Last: j.last, Limit: uint64(j.cfg.MaxBytes), Free: j.free, MinFree: j.cfg.MinFree}
	e := j.engine
	j.mu.Unlock()
	if e == nil {
		return s, nil
	}
	first := event.Position{}
	for _, epoch := range e.epochs() {
		held, err := e.state(ctx, epoch)
		if errors.Is(err, jetstream.ErrStreamNotFound) {
			continue // it was forgotten meanwhile
		}
		if err != nil {
			return s, err
		}
		if first.Epoch == 0 && held.Msgs > 0 {
			first = event.Position{Epoch: epoch, Seq: held.FirstSeq}
		}
		s.Batches += held.Msgs
		s.Bytes += held.Bytes
	}
	s.Oldest = j.written(ctx, e, first)
	return s, nil
}

// written gives when the batch was written, the zero time when it cannot be read.
func (j *Journal) written(ctx context.Context, e *engine, p event.Position) time.Time {
	j.mu.Lock()
	was, at := j.oldest, j.oldAt
	j.mu.Unlock()
	if p.Epoch == 0 {
		return time.Time{}
	}
	if p == was {
		return at
	}
	at = time.Time{}
	if msg, err := e.stream(p.Epoch).GetMsg(ctx, p.Seq); err == nil {
		if h, err := parseHead(msg.Data); err == nil {
			at = h.written
		}
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	j.oldest, j.oldAt = p, at
	return at
}

// freshFor is how long an answer about the disk is used; by the machine's own
// clock, because Config.Clock may stand.
const freshFor = 200 * time.Millisecond

// room says why nothing can be taken, or nil.
func (j *Journal) room() error {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.state == Closed {
		return fault.New(fault.Busy, "event.journal.closed")
	}
	if time.Since(j.checked) > freshFor {
		free, err := j.cfg.Free()
		if err != nil {
			return fmt.Errorf("journal: free space: %w", err)
		}
		j.free, j.checked = free, time.Now()
	}
	need := j.cfg.MinFree
	if j.state == Disk {
		need += need / 10 // so that the state does not flicker at the border
	}
	if j.free < need {
		if j.state == Ready || j.state == Full {
			j.state = Disk
		}
		return fault.New(fault.Full, "event.journal.disk", j.free>>20, j.cfg.MinFree>>20)
	}
	if j.state == Disk {
		j.state = Ready
	}
	return nil
}

// freeOf gives the bytes that this process may still write to the file system
// of dir.
func freeOf(dir string) (uint64, error) {
	var s unix.Statfs_t
	if err := unix.Statfs(dir, &s); err != nil {
		return 0, err
	}
	return uint64(s.Bavail) * uint64(s.Bsize), nil
}
