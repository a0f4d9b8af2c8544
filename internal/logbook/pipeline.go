package logbook

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/torideproject/toride/internal/event"
	"github.com/torideproject/toride/internal/event/journal"
	"github.com/torideproject/toride/internal/fault"
)

// Taker keeps events for good, or what it makes of them.
type Taker struct {
	// Name says who it is; its words are the text "logbook.taker." + Name.
	Name string
	// Take takes the events of one batch and gives those that the takers behind
	// it must see: the store leaves out resends. It may move events inside the
	// slice. Batches come in the order of the journal; after a restart some come
	// again, and what it has already it does not take twice. With an error none
	// of them was taken: the same batch is given again after a pause.
	// It keeps nothing of the slice and of Event.Fields, which are used again. All strings and
	// bytes stay as they are, but each keeps its whole batch (up to 1 MiB) in
	// memory: what is kept for long is copied.
	Take func(ctx context.Context, epoch uint32, seq uint64, events []event.Event) ([]event.Event, error)
	// Done is the last batch up to which it has kept everything even if the power fails
	// now. The zero position: nothing yet. The Index does not count.
	Done func() event.Position
}

const (
	// ahead is how many batches may wait before a stage. More would only leave the
	// processor's caches.
	ahead = 2
	// purgeEvery bounds how long a batch stays that all have kept.
	purgeEvery = time.Second
	// retryFirst and retryLast bound the pause after a taker refused a batch.
	retryFirst = 100 * time.Millisecond
	retryLast  = 5 * time.Second
)

// pipeline is the way from the journal to the takers.
type pipeline struct {
	journal *journal.Journal
	normal  *normaliser
	stages  []*stage
	lost    func(context.Context, journal.Loss) error
	log     *slog.Logger

	mu      sync.Mutex
	changed chan struct{} // closed when a stage took a batch
}

// parcel is a batch on its way. Its memory is used again.
type parcel struct {
	batch  event.Batch
	events []event.Event
	memory []event.Event   // of events, which takers make shorter
	fields [][]event.Field // of Event.Fields, by index, because takers move events about
}

// stage is a taker at work.
type stage struct {
	taker Taker
	in    chan *parcel

	mu     sync.Mutex
	at     event.Position // the last batch it took
	events uint64
	err    error     // of the last try, nil when it took the batch
	since  time.Time // of err
	busy   bool
}

func newPipeline(j *journal.Journal, normal *normaliser, takers []Taker, log *slog.Logger) *pipeline {
	p := &pipeline{journal: j, normal: normal, log: log, changed: make(chan struct{})}
	for _, t := range takers {
		p.stages = append(p.stages, &stage{taker: t, in: make(chan *parcel, ahead), at: t.Done()})
	}
	return p
}

// done gives the last batch that all takers have kept.
func done(takers []Taker) event.Position {
	least := takers[0].Done()
	for _, t := range takers[1:] {
		if d := t.Done(); d.Compare(least) < 0 {
			least = d
		}
	}
	least.Index = 0
	return least
}

// seen gives the last batch that any taker has kept.
func seen(takers []Taker) event.Position {
	var most event.Position
	for _, t := range takers {
		if d := t.Done(); d.Compare(most) > 0 {
			most = d
		}
	}
	most.Index = 0
	return most
}

// run works until ctx ends. What is on its way then stays in the journal.
func (p *pipeline) run(ctx context.Context) error {
	takers := make([]Taker, len(p.stages))
	for i, s := range p.stages {
		takers[i] = s.taker
	}
	r, err := p.journal.Read(done(takers))
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	free, raw := make(chan *parcel, ahead*(len(p.stages)+2)), make(chan *parcel, ahead)
	for range cap(free) {
		free <- &parcel{}
	}
	var wg sync.WaitGroup
	wg.Go(func() { p.normalise(ctx, raw) })
	for i := range p.stages {
		wg.Go(func() { p.take(ctx, i, free) })
	}
	wg.Go(func() { p.purge(ctx, takers) })
	err = p.read(ctx, r, free, raw)
	cancel()
	wg.Wait()
	return err
}

// read decodes batches ahead of the rest.
func (p *pipeline) read(ctx context.Context, r *journal.Reader, free <-chan *parcel, raw chan<- *parcel) error {
	for {
		var b *parcel
		select {
		case b = <-free:
		case <-ctx.Done():
			return nil
		}
		for {
			loss, err := r.Next(ctx, &b.batch)
			if ctx.Err() != nil {
				return nil
			}
			if err != nil {
				return fmt.Errorf("logbook: journal: %w", err)
			}
			if loss == nil {
				break
			}
			if err := p.tell(ctx, *loss); err != nil {
				return err
			}
		}
		select {
		case raw <- b:
		case <-ctx.Done():
			return nil
		}
	}
}

// tell writes a loss down, and tries until it is written: it must not be
// forgotten because the database was busy.
func (p *pipeline) tell(ctx context.Context, loss journal.Loss) error {
	for wait := retryFirst; ; wait = min(2*wait, retryLast) {
		err := p.lost(ctx, loss)
		if err == nil || ctx.Err() != nil {
			return nil
		}
		p.log.Error("logbook: a loss cannot be written down yet", "error", err)
		pause(ctx, wait)
	}
}

func (p *pipeline) normalise(ctx context.Context, raw <-chan *parcel) {
	for {
		select {
		case b := <-raw:
			p.normal.fill(b)
			select {
			case p.stages[0].in <- b:
			case <-ctx.Done():
				return
			}
		case <-ctx.Done():
			return
		}
	}
}

// take lets one taker take batch after batch and hands them on.
func (p *pipeline) take(ctx context.Context, i int, free chan<- *parcel) {
	s := p.stages[i]
	out := free
	if i+1 < len(p.stages) {
		out = p.stages[i+1].in
	}
	for {
		select {
		case b := <-s.in:
			if !s.takeOne(ctx, b, p.log) {
				return
			}
			p.tellTaken()
			select {
			case out <- b:
			case <-ctx.Done():
				return
			}
		case <-ctx.Done():
			return
		}
	}
}

// takeOne gives the batch until it is taken; false means that ctx ended.
func (s *stage) takeOne(ctx context.Context, b *parcel, log *slog.Logger) bool {
	at := event.Position{Epoch: b.batch.Epoch, Seq: b.batch.Seq}
	if at.Epoch < s.taker.Done().Epoch {
		// It has gone on to a newer journal; only a taker that is behind still
		// wants what was left of the old one.
		s.took(at, 0)
		return true
	}
	s.set(true, nil)
	for wait := retryFirst; ; wait = min(2*wait, retryLast) {
		n := len(b.events)
		rest, err := s.taker.Take(ctx, at.Epoch, at.Seq, b.events)
		if err == nil {
			b.events = rest
			s.took(at, n)
			return true
		}
		if ctx.Err() != nil {
			return false
		}
		s.set(true, err)
		if fault.KindOf(err) == fault.Internal {
			log.Error("logbook: a batch is not taken, it is tried again", "taker", s.taker.Name, "position", at, "error", err)
		}
		pause(ctx, wait)
		if ctx.Err() != nil {
			return false
		}
	}
}

func (s *stage) set(busy bool, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err != nil && s.err == nil {
		s.since = time.Now()
	}
	s.busy, s.err = busy, err
}

func (s *stage) took(at event.Position, events int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.at, s.busy, s.err = at, false, nil
	s.events += uint64(events)
}

func (p *pipeline) tellTaken() {
	p.mu.Lock()
	defer p.mu.Unlock()
	close(p.changed)
	p.changed = make(chan struct{})
}

// purge removes from the journal what all takers have kept.
func (p *pipeline) purge(ctx context.Context, takers []Taker) {
	t := time.NewTicker(purgeEvery)
	defer t.Stop()
	var last event.Position
	for {
		select {
		case <-t.C:
		case <-ctx.Done():
			return
		}
		upTo := done(takers)
		if upTo.Compare(last) <= 0 {
			continue
		}
		if err := p.journal.Purge(ctx, upTo); err != nil {
			if ctx.Err() == nil {
				p.log.Warn("logbook: what was kept is not yet purged", "error", err)
			}
			continue
		}
		last = upTo
	}
}

// wait returns when every taker has taken the batch.
func (p *pipeline) wait(ctx context.Context, at event.Position) error {
	for {
		p.mu.Lock()
		changed := p.changed
		p.mu.Unlock()
		behind := false
		for _, s := range p.stages {
			s.mu.Lock()
			behind = behind || s.at.Compare(at) < 0
			s.mu.Unlock()
		}
		if !behind {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// pause waits, shorter when ctx ends.
func pause(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
	}
}
