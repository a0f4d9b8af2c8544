package syslog

import (
	"context"
	"sync"
	"time"

	"github.com/torideproject/toride/internal/event"
	"github.com/torideproject/toride/internal/event/source"
	"github.com/torideproject/toride/internal/fault"
)

// batch is records whose bytes stand in one piece of memory, used again.
type batch struct {
	records []event.Record
	arena   []byte
	bytes   uint64
}

// batcher gathers messages of all connections into batches and hands them to
// the sink one after the other, in the order in which they came. When all
// batches are full, add waits, and with it whoever reads.
type batcher struct {
	cfg     source.Config
	format  string
	maxLine int

	mu   sync.Mutex // guards cur; held while add waits for a free batch
	cur  *batch
	free chan *batch
	full chan *batch
	wake chan struct{} // cur has its first record
	soon chan struct{} // whoever wrote to cur has gone: nothing is gained by waiting
}

func newBatcher(cfg source.Config, set source.Settings) *batcher {
	b := &batcher{cfg: cfg, format: set.Format, maxLine: set.MaxLine, free: make(chan *batch, batches), full: make(chan *batch, batches), wake: make(chan struct{}, 1), soon: make(chan struct{}, 1)}
	for range batches {
		b.free <- &batch{}
	}
	return b
}

// add takes one message, cut when it is too long. data may be used again
// afterwards. It waits while the sink refuses and all batches are full.
func (b *batcher) add(data []byte, peer string) {
	if len(data) == 0 {
		return
	}
	if len(data) > b.maxLine {
		data = data[:b.maxLine]
		b.cfg.Stats.Cut.Add(1)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.cur != nil && len(b.cur.arena)+len(data) > batchBytes {
		b.seal()
	}
	if b.cur == nil {
		b.cur = <-b.free
		if b.cur.arena == nil {
			b.cur.arena = make([]byte, 0, batchBytes)
		}
	}
	c := b.cur
	var kept []byte
	if len(c.arena)+len(data) <= cap(c.arena) {
		n := len(c.arena)
		c.arena = append(c.arena, data...)
		kept = c.arena[n:len(c.arena):len(c.arena)]
	} else { // longer than a batch's memory
		kept = append([]byte(nil), data...)
	}
	c.records = append(c.records, event.Record{Source: b.cfg.ID, Format: b.format, Peer: peer, Received: b.cfg.Clock().UTC(), Data: kept})
	c.bytes += uint64(len(data))
	if len(c.records) >= batchRecords || c.bytes >= batchBytes {
		b.seal()
		return
	}
	if len(c.records) == 1 {
		select {
		case b.wake <- struct{}{}:
		default:
		}
	}
}

// hurry lets what is there be handed over as soon as the sink is free. Senders
// that come and go are not made to wait, and under load batches grow as ever.
func (b *batcher) hurry() {
	select {
	case b.soon <- struct{}{}:
	default:
	}
}

// pressed says that more than half of the batches wait for the sink.
func (b *batcher) pressed() bool { return len(b.full) > batches/2 }

// seal puts the current batch in line. There is always room: full holds as many
// as there are. mu is held.
func (b *batcher) seal() {
	b.full <- b.cur
	b.cur = nil
}

// finish seals what is left. Nobody adds any more.
func (b *batcher) finish() {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.cur != nil {
		b.seal()
	}
	close(b.full)
}

// handOver gives batches to the sink until finish was called and all are given.
// The end of ctx does not break off what is under way, or nobody would know
// whether it was made durable; so much later it does.
func (b *batcher) handOver(ctx context.Context, sink source.Sink, later time.Duration) {
	hand, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	stop := context.AfterFunc(ctx, func() {
		late := time.NewTimer(later)
		defer late.Stop()
		select {
		case <-late.C:
			cancel()
		case <-hand.Done():
		}
	})
	defer stop()
	timer := time.NewTimer(time.Hour)
	defer timer.Stop()
	for {
		select {
		case c, more := <-b.full:
			if !more {
				return
			}
			b.give(hand, sink, c.records)
			b.recycle(c)
		case <-b.wake:
			timer.Reset(batchDelay)
		case <-b.soon:
			timer.Reset(0)
		case <-timer.C:
			if !b.mu.TryLock() { // somebody is adding: look again soon
				timer.Reset(time.Millisecond)
				continue
			}
			if b.cur != nil {
				b.seal()
			}
			b.mu.Unlock()
		}
	}
}

// give offers records until they are taken. When the sink will never take them
// (one of them is wrong) they are offered one by one.
func (b *batcher) give(ctx context.Context, sink source.Sink, records []event.Record) {
	for wait := retryFirst; ; wait = min(2*wait, retryMost) {
		err := sink.Take(ctx, records)
		kind := fault.KindOf(err)
		switch {
		case err == nil:
			b.count(records)
			return
		case (kind == fault.Invalid || kind == fault.TooLarge) && len(records) > 1:
			for i := range records {
				b.give(ctx, sink, records[i:i+1])
			}
			return
		case kind == fault.Invalid, kind == fault.TooLarge, ctx.Err() != nil:
			b.cfg.Stats.Lost.Add(uint64(len(records)))
			b.cfg.Log.Warn("records were lost", "source", b.cfg.ID, "peer", records[0].Peer, "count", len(records), "error", err)
			return
		case wait == retryFirst:
			b.cfg.Log.Warn("the sink refuses; senders are held back", "source", b.cfg.ID, "error", err)
		}
		pause(ctx, wait)
	}
}

func pause(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
	}
}

func (b *batcher) count(records []event.Record) {
	var n uint64
	for i := range records {
		n += uint64(len(records[i].Data))
	}
	b.cfg.Stats.Records.Add(uint64(len(records)))
	b.cfg.Stats.Bytes.Add(n)
}

// recycle makes a batch free again; the sink keeps nothing of it.
func (b *batcher) recycle(c *batch) {
	clear(c.records)
	c.records, c.arena, c.bytes = c.records[:0], c.arena[:0], 0
	b.free <- c
}
