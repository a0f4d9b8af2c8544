package journal

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/torideproject/toride/internal/event"
	"github.com/torideproject/toride/internal/fault"
)

// Loss is a range of batches that were acknowledged and cannot be read.
type Loss struct {
	Epoch    uint32
	From, To uint64 // batches, both included
	Why      Why
}

// Batches is how many they are.
func (l Loss) Batches() uint64 { return l.To - l.From + 1 }

// Why says what is wrong with lost batches.
type Why string

// The reasons of a loss.
const (
	Missing Why = "missing" // the disk does not hold them any more
	Damaged Why = "damaged" // they are there, but not as they were written
)

const (
	// tries is how often a batch is asked for before it counts as lost.
	tries = 3
	// tryEvery is the pause between them.
	tryEvery = 50 * time.Millisecond
)

// Reader gives batches in their order. It reads by number, one batch after the other, and has no
// mark on the server's side: a durable consumer's marks have lost acknowledged
// batches at a crash. It is used by one goroutine.
type Reader struct {
	j     *Journal
	at    event.Position // the last batch that was given
	dec   *decoder
	tried int
}

// Read makes a reader that gives the batches after the position; the zero
// position stands for the first batch that the journal still has.
func (j *Journal) Read(after event.Position) (*Reader, error) {
	dec, err := newDecoder()
	if err != nil {
		return nil, fmt.Errorf("journal: %w", err)
	}
	after.Index = 0
	return &Reader{j: j, at: after, dec: dec}, nil
}

// Next waits for the next batch and fills b, whose Records it reuses; the bytes
// and strings of the records stay as they are for as long as anybody holds
// them. When batches are missing it gives them as a Loss instead and goes on
// behind them with the next call. It fails when ctx ends or the journal closes.
func (r *Reader) Next(ctx context.Context, b *event.Batch) (*Loss, error) {
	for {
		want, end, e, changed := r.j.locate(r.at)
		switch {
		case e == nil && changed == nil:
			return nil, fault.New(fault.Busy, "event.journal.closed")
		case e == nil || want.Seq > end:
			select {
			case <-changed:
				continue
			case <-ctx.Done():
				return nil, ctx.Err()
			}
		}
		loss, ok, err := r.read(ctx, e, want, end, b)
		switch {
		case err == nil && (ok || loss != nil):
			r.tried = 0
			return loss, nil
		case err == nil:
			continue
		}
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		r.tried++
		r.j.cfg.Log.Warn("journal: batch cannot be read yet", "position", want, "error", err)
		if loss := r.giveUp(err, want); loss != nil {
			return loss, nil
		}
		if err := pause(ctx, tryEvery); err != nil {
			return nil, err
		}
	}
}

// locate gives the position to read, the last acknowledged batch of its epoch,
// and what to read it with. Without an engine there is nothing to read with until changed is closed; without changed the
// journal is closed.
func (j *Journal) locate(at event.Position) (want event.Position, end uint64, e *engine, changed <-chan struct{}) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.state == Closed {
		return want, 0, nil, nil
	}
	want = event.Position{Epoch: at.Epoch, Seq: at.Seq + 1}
	for ; want.Epoch < j.epoch; want = (event.Position{Epoch: want.Epoch + 1, Seq: 1}) {
		if last, left := j.ended[want.Epoch]; left && want.Seq <= last {
			return want, last, j.engine, j.changed
		}
		if next, left := j.nextEnded(want.Epoch); left {
			want.Epoch = next - 1
		} else {
			want.Epoch = j.epoch - 1
		}
	}
	return want, j.last, j.engine, j.changed
}

// nextEnded gives the first ended epoch after the given one that has batches left.
func (j *Journal) nextEnded(after uint32) (next uint32, ok bool) {
	for epoch := range j.ended {
		if epoch > after && (!ok || epoch < next) {
			next, ok = epoch, true
		}
	}
	return next, ok
}

// read gets the batch at want, or says what is lost. Neither means that a new
// reader found where to begin; an error, that it is worth another try.
func (r *Reader) read(ctx context.Context, e *engine, want event.Position, end uint64, b *event.Batch) (loss *Loss, ok bool, err error) {
	s := e.stream(want.Epoch)
	if s == nil {
		return r.skip(want, end, Missing), false, nil
	}
	msg, err := s.GetMsg(ctx, want.Seq, jetstream.WithGetMsgSubject(subject(want.Epoch)))
	found := end + 1
	switch {
	case err == nil:
		found = msg.Sequence
	case !errors.Is(err, jetstream.ErrMsgNotFound) || r.tried+1 < tries:
		return nil, false, err
	}
	if found > want.Seq && r.at == (event.Position{}) {
		r.at = event.Position{Epoch: want.Epoch, Seq: found - 1} // what was purged is not lost
		return nil, false, nil
	}
	if found > want.Seq {
		return r.skip(want, found-1, Missing), false, nil
	}
	h, err := parseHead(msg.Data)
	if err == nil && h.epoch != want.Epoch {
		err = errShape
	}
	if err == nil {
		b.Records, err = r.dec.decode(h, b.Records)
	}
	if err != nil {
		r.j.cfg.Log.Error("journal: batch is damaged", "position", want, "error", err)
		return r.skip(want, want.Seq, Damaged), false, nil
	}
	b.Epoch, b.Seq, r.at = want.Epoch, want.Seq, want
	return nil, true, nil
}

func (r *Reader) skip(want event.Position, to uint64, why Why) *Loss {
	l := Loss{Epoch: want.Epoch, From: want.Seq, To: to, Why: why}
	r.at = event.Position{Epoch: want.Epoch, Seq: to}
	r.j.cfg.Log.Error("journal: acknowledged batches are lost", "epoch", l.Epoch, "from", l.From, "to", l.To, "why", l.Why)
	return &l
}

// giveUp skips a batch that the server answers for, again and again, with an
// error. When the server does not answer at all, no batch is at fault.
func (r *Reader) giveUp(err error, want event.Position) *Loss {
	var answer *jetstream.APIError
	if r.tried < tries || !errors.As(err, &answer) || errors.Is(err, jetstream.ErrMsgNotFound) {
		return nil
	}
	r.tried = 0
	return r.skip(want, want.Seq, Damaged)
}

func pause(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Purge commits: all batches up to the position, it included, are removed. The
// caller has made sure that everybody keeps them for good.
func (j *Journal) Purge(ctx context.Context, upTo event.Position) error {
	j.mu.Lock()
	e, epoch, last := j.engine, j.epoch, j.last
	j.mu.Unlock()
	if e == nil {
		return fault.New(fault.Busy, "event.journal.broken")
	}
	if upTo.Epoch > epoch || (upTo.Epoch == epoch && upTo.Seq > last) {
		upTo = event.Position{Epoch: epoch, Seq: last} // it was kept, so it was written
	}
	if err := j.forget(ctx, e, upTo.Epoch); err != nil {
		return err
	}
	s := e.stream(upTo.Epoch)
	if s == nil || upTo.Seq == 0 {
		return nil
	}
	if err := s.Purge(ctx, jetstream.WithPurgeSequence(upTo.Seq+1)); err != nil {
		return fmt.Errorf("journal: purge: %w", err)
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.state == Full {
		j.state = Ready
	}
	return nil
}

// forget removes the epochs before the given one.
func (j *Journal) forget(ctx context.Context, e *engine, before uint32) error {
	j.files.Lock()
	defer j.files.Unlock()
	known, gone := epochs{Ended: map[string]uint64{}}, false
	j.mu.Lock()
	known.Current = j.epoch
	for epoch, last := range j.ended {
		if epoch < before {
			delete(j.ended, epoch)
			gone = true
		} else {
			known.end(epoch, last)
		}
	}
	j.mu.Unlock()
	for _, epoch := range e.epochs() {
		if epoch < before {
			if err := e.remove(ctx, epoch); err != nil {
				return err
			}
		}
	}
	if !gone {
		return nil
	}
	return j.writeEpochs(known)
}
