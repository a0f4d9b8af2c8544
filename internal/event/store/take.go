package store

import (
	"context"
	"time"

	"github.com/torideproject/toride/internal/event"
	"github.com/torideproject/toride/internal/event/store/keys"
	"github.com/torideproject/toride/internal/event/store/tail"
	"github.com/torideproject/toride/internal/fault"
)

// Take takes the events of one batch of the journal, in order. They can be found
// at once, and Done tells when they survive a power cut; the journal must keep
// the batch until then. A batch that was taken before is skipped. It keeps nothing of
// events after it returned.
//
// Entries that the store has already, by their natural key, are left out: only
// after the other one was seen, byte for byte. The faults are "event.store.full"
// while the disk is nearly full, "event.store.epoch" for a journal older than what
// was taken, and whatever kept the tail before from being sealed; none of the
// batch was taken then, and the same call may be made again.
func (s *Store) Take(ctx context.Context, epoch uint32, seq uint64, events []event.Event) error {
	_, err := s.takeBatch(ctx, epoch, seq, events)
	return err
}

// TakeNew is Take, and gives those of the events that are no resends, at the
// front of the same slice: what rules must see. Of a batch that was taken before
// it gives the same ones again.
func (s *Store) TakeNew(ctx context.Context, epoch uint32, seq uint64, events []event.Event) ([]event.Event, error) {
	resent, err := s.takeBatch(ctx, epoch, seq, events)
	if err != nil || resent == nil {
		return events, err
	}
	n := 0
	for i := range events {
		if !resent[i] {
			events[n] = events[i]
			n++
		}
	}
	return events[:n], nil
}

// batch is a tail with what is known of it.
type batch struct {
	events   *tail.Tail
	epoch    uint32
	from, to uint64
	day      string    // of receipt: that of its first event
	since    time.Time // by the store's clock
	keys     keyTable
	resent   int64
	lost     *Entry // batches that are missing before it
	sealer   *sealer
	sealed   bool          // its events are seen in a part, no longer here
	err      error         // of the last try
	done     chan struct{} // closed at the end of a try, nil when none runs
}

func (s *Store) takeBatch(ctx context.Context, epoch uint32, seq uint64, events []event.Event) (resent []bool, err error) {
	if err := lock(ctx, s.take); err != nil {
		return nil, err
	}
	defer func() { <-s.take }()
	at := event.Position{Epoch: epoch, Seq: seq}
	s.mu.Lock()
	taken, closed := s.taken, s.closed
	s.mu.Unlock()
	switch {
	case closed:
		return nil, fault.New(fault.Busy, "event.store.closed")
	case epoch < taken.Epoch:
		return nil, fault.New(fault.Conflict, "event.store.epoch", epoch, taken.Epoch)
	case !inOrder(at, events):
		return nil, fault.New(fault.Internal, "event.store.order", at.String())
	case at.Compare(taken) <= 0:
		return s.resends(ctx, events)
	}
	if err := s.checkRoom(); err != nil {
		return nil, err
	}
	if resent, err = s.resends(ctx, events); err != nil {
		return nil, err
	}
	s.arrived.Add(int64(len(events)))
	ids := s.ids
	if err := s.prepare(ctx, at, events); err != nil {
		return nil, err
	}
	s.mu.Lock()
	b := s.tail
	s.mu.Unlock()
	for i := range events {
		switch {
		case resent != nil && resent[i]:
			b.resent++
			continue
		case events[i].Key != "":
			b.keys.add(ids[i], b.events.Len())
		}
		b.events.Add(&events[i])
	}
	s.mu.Lock()
	b.to, s.taken = seq, at
	s.mu.Unlock()
	if b.events.Len() >= s.cfg.Seal.Events || b.events.Bytes() >= s.cfg.Seal.Bytes {
		// Nobody waits for it here: when it fails, the next batch tells.
		_ = s.rotate(ctx, false)
	}
	return resent, nil
}

// unsealed lists the tails whose events are in no part yet, the newest first. mu
// is held.
func (s *Store) unsealed() []*batch {
	var out []*batch
	for _, b := range []*batch{s.tail, s.pending} {
		if b != nil && !b.sealed {
			out = append(out, b)
		}
	}
	return out
}

// inOrder reports whether events are those of one batch, in their order: a file
// with two events at one position could never be sealed.
func inOrder(at event.Position, events []event.Event) bool {
	next := uint64(0)
	for i := range events {
		p := &events[i].At
		if p.Epoch != at.Epoch || p.Seq != at.Seq || uint64(p.Index) < next {
			return false
		}
		next = uint64(p.Index) + 1
	}
	return true
}

// prepare makes a tail that may take the batch: of the same epoch and day,
// without a gap before it, with room for it.
func (s *Store) prepare(ctx context.Context, at event.Position, events []event.Event) error {
	now := s.cfg.Clock()
	s.mu.Lock()
	b, taken := s.tail, s.taken
	s.mu.Unlock()
	lost := lostBefore(taken, at)
	day := ""
	if len(events) > 0 {
		day = dayString(events[0].Received)
	}
	if b != nil && (b.epoch != at.Epoch || lost != nil || anotherDay(b, day, events) || b.events.Len()+len(events) > s.cfg.Seal.Events ||
		b.events.Bytes() >= s.cfg.Seal.Bytes || now.Sub(b.since) >= s.cfg.Seal.Age) {
		if err := s.rotate(ctx, true); err != nil {
			return err
		}
		b = nil
	}
	if b == nil {
		if day == "" {
			day = dayString(now)
		}
		if lost != nil {
			lost.At = now
			s.cfg.Log.Error("store: batches of the journal are missing", "epoch", lost.Epoch, "from", lost.From, "to", lost.To)
		}
		b = &batch{events: tail.New(), epoch: at.Epoch, from: at.Seq, to: at.Seq, day: day, since: now, keys: newKeyTable(), lost: lost}
		s.mu.Lock()
		s.tail = b
		s.mu.Unlock()
	}
	return nil
}

// lostBefore gives the entry that says which batches never came, or nil.
func lostBefore(taken, at event.Position) *Entry {
	switch {
	case taken.Epoch == 0: // the first batch ever: nobody knows what was before
		return nil
	case taken.Epoch == at.Epoch && at.Seq > taken.Seq+1:
		return &Entry{Kind: Gap, Epoch: at.Epoch, From: taken.Seq + 1, To: at.Seq - 1}
	case taken.Epoch < at.Epoch && at.Seq > 1:
		return &Entry{Kind: Gap, Epoch: at.Epoch, From: 1, To: at.Seq - 1}
	}
	return nil
}

func dayString(t time.Time) string { return t.UTC().Format(time.DateOnly) }

// anotherDay reports whether events belong into another folder. A clock that
// is set back by less than an hour at midnight does not make a file of each
// batch: those events stay in the later day.
func anotherDay(b *batch, day string, events []event.Event) bool {
	if day == "" || day == b.day {
		return false
	}
	start, err := time.Parse(time.DateOnly, b.day)
	return err != nil || day > b.day || start.Sub(events[0].Received) > time.Hour
}

// rotate hands the tail over to be sealed. There is one at a time: it waits for
// the one before, and tries that again when it failed. With wait it returns when
// the way is free, otherwise it only begins what can begin now.
func (s *Store) rotate(ctx context.Context, wait bool) error {
	for {
		s.mu.Lock()
		p := s.pending
		if p == nil {
			if s.tail != nil && !s.closed {
				s.pending, s.tail = s.tail, nil
				s.startSeal(s.pending)
			}
			s.mu.Unlock()
			return nil
		}
		running := p.done
		if running == nil {
			if s.closed { // Close waits for no try that begins after it
				s.mu.Unlock()
				return fault.New(fault.Busy, "event.store.closed")
			}
			s.startSeal(p)
			running = p.done
		}
		s.mu.Unlock()
		if !wait {
			return nil
		}
		select {
		case <-running:
		case <-ctx.Done():
			return ctx.Err()
		}
		s.mu.Lock()
		err := p.err
		s.mu.Unlock()
		if err != nil {
			return err
		}
	}
}

// startSeal begins a try to seal a batch. mu is held.
func (s *Store) startSeal(b *batch) {
	b.done, b.err = make(chan struct{}), nil
	s.sealing.Go(func() {
		// It is finished also when the one who asked for it goes away: half of
		// it would have to be done again.
		err := s.seal(context.Background(), b)
		s.mu.Lock()
		defer s.mu.Unlock()
		if err != nil {
			s.cfg.Log.Error("store: sealing failed, it is tried again", "error", err)
		} else {
			s.pending = nil
		}
		b.err = err
		close(b.done)
		b.done = nil
	})
}

// Seal seals what was taken so far, and returns when it survives a power cut.
func (s *Store) Seal(ctx context.Context) error {
	if err := lock(ctx, s.take); err != nil {
		return err
	}
	defer func() { <-s.take }()
	for range 2 { // first what is pending, then the tail
		if err := s.rotate(ctx, true); err != nil {
			return err
		}
	}
	return nil
}

// keyTable finds the events of a tail by the hash of their identity.
type keyTable struct {
	first map[uint64]int32
	more  map[uint64][]int32 // other events with the same hash
	all   []keyed            // to be added to the index
}

// keyed is what the index of keys needs of an event.
type keyed struct {
	part keys.Part
	hash uint64
}

func newKeyTable() keyTable { return keyTable{first: map[uint64]int32{}} }

func (t *keyTable) add(k keyed, number int) {
	t.all = append(t.all, k)
	if _, ok := t.first[k.hash]; !ok {
		t.first[k.hash] = int32(number)
		return
	}
	if t.more == nil {
		t.more = map[uint64][]int32{}
	}
	t.more[k.hash] = append(t.more[k.hash], int32(number))
}
