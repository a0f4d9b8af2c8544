package journal

import (
	"context"
	"errors"
	"time"

	"github.com/klauspost/compress/zstd"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/torideproject/toride/internal/event"
	"github.com/torideproject/toride/internal/fault"
)

const (
	// few is how many records make a batch worth a write of its own.
	few = 64
	// repairEvery is the pause between attempts to start a broken engine again.
	repairEvery = time.Second

	codeStoreFailed  = 10077 // "maximum bytes exceeded"
	codeNoResources  = 10023
	codeNotOurNumber = jetstream.JSErrCodeStreamWrongLastSequence
)

// compress takes batches in order and compresses them while the one before is
// being written.
func (j *Journal) compress(z *zstd.Encoder) {
	defer close(j.ready)
	var before time.Time
	for {
		g := j.next(before)
		if g == nil {
			return
		}
		before = time.Now()
		j.mu.Lock()
		g.epoch = j.epoch
		j.mu.Unlock()
		g.msg = g.enc.seal(g.msg[:0], z, g.epoch, j.cfg.Clock())
		j.ready <- g
	}
}

// next gives the oldest batch. One of few records is given Gather after the
// batch before, so that trickles do not cost a disk write per line. Nil means
// that the journal closes and nothing is left.
func (j *Journal) next(before time.Time) *group {
	for {
		closing := false
		select {
		case g := <-j.sealed:
			return g
		case <-j.wake:
		case <-j.quit:
			closing = true
		}
		g, wait := j.take(before, closing)
		if wait > 0 {
			t := time.NewTimer(wait)
			select {
			case g = <-j.sealed:
				j.kick()
			case <-t.C:
				g, _ = j.take(time.Time{}, true)
			case <-j.quit:
				g, _ = j.take(time.Time{}, true)
			}
			t.Stop()
		}
		if g != nil || closing {
			return g
		}
	}
}

// take takes the oldest batch, or says how long to wait for company.
func (j *Journal) take(before time.Time, now bool) (g *group, wait time.Duration) {
	select {
	case j.lock <- struct{}{}:
		defer func() { <-j.lock }()
	case g := <-j.sealed: // who holds the lock may wait for room here
		j.kick()
		return g, 0
	}
	select {
	case g := <-j.sealed:
		j.kick()
		return g, 0
	default:
	}
	if j.cur == nil {
		return nil, 0
	}
	if !now && j.cur.enc.count < few && !j.cur.enc.full() {
		if wait := j.cfg.Gather - time.Since(before); wait > 0 {
			return nil, wait
		}
	}
	g, j.cur = j.cur, nil
	return g, 0
}

// write writes one batch after the other; more at once would not be quicker,
// because each is synced for itself.
func (j *Journal) write() {
	defer close(j.done)
	ctx := context.Background() // what was taken is written, whoever waits for it
	repair := time.NewTicker(repairEvery)
	defer repair.Stop()
	for {
		select {
		case g, ok := <-j.ready:
			if !ok {
				return
			}
			g.err = j.put(ctx, g)
			close(g.waiting)
			select {
			case j.spare <- &group{enc: g.enc, msg: g.msg}:
			default:
			}
		case <-repair.C:
			j.repair(ctx)
		}
	}
}

// put writes a batch and says in the reader's words why not.
func (j *Journal) put(ctx context.Context, g *group) error {
	if err := j.room(); err != nil {
		return err
	}
	j.mu.Lock()
	e, epoch, last := j.engine, j.epoch, j.last
	j.mu.Unlock()
	if e == nil {
		return fault.New(fault.Busy, "event.journal.broken")
	}
	if g.epoch != epoch { // it began anew meanwhile
		g.msg = reseal(g.msg, epoch)
	}
	err := e.publish(ctx, epoch, last, g.msg)
	j.mu.Lock()
	defer j.mu.Unlock()
	if err == nil {
		j.last++
		j.state = Ready
		j.keepMark(event.Position{Epoch: epoch, Seq: j.last})
		j.tell()
		return nil
	}
	var refused *jetstream.APIError
	if errors.As(err, &refused) && (refused.ErrorCode == codeStoreFailed || refused.ErrorCode == codeNoResources) {
		j.state = Full
		return fault.New(fault.Full, "event.journal.full", j.cfg.MaxBytes>>20).With(err)
	}
	j.cfg.Log.Error("journal: write failed, starting again", "error", err)
	j.engine, j.dead, j.state = nil, e, Broken
	j.tell()
	return j.broken(err)
}

// broken is the answer while nothing can be written. mu is held.
func (j *Journal) broken(cause error) error {
	if free, err := j.cfg.Free(); err == nil && free < j.cfg.MinFree {
		return fault.New(fault.Full, "event.journal.disk", free>>20, j.cfg.MinFree>>20).With(cause)
	}
	return fault.New(fault.Busy, "event.journal.broken").With(cause)
}
