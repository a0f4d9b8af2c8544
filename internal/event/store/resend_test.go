package store

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/torideproject/toride/internal/event"
)

// keyedBatch makes a batch whose events have natural keys k<first>, k<first+1>…
func keyedBatch(seq uint64, first, n int, at time.Time) []event.Event {
	out := batchOf(seq, n, at)
	for i := range out {
		out[i].Key = fmt.Sprintf("k%d", first+i)
		out[i].Time = noon().Add(-time.Hour) // of its own, the same in a resend
	}
	return out
}

func (b *bench) rows() int64 {
	v, done := b.View()
	defer done()
	n := int64(v.Tail.Len())
	for _, p := range v.Parts {
		n += p.Rows
	}
	return n
}

// A resend is one event, wherever the first is: in the batch, in the tail,
// being sealed, in a file, in a merged file, before a restart.
func TestTake_ResendIsOneEvent(t *testing.T) {
	t.Parallel()
	b := newBench(t).open()
	one := keyedBatch(1, 0, 10, noon())
	one[9].Key = "k0" // twice in one batch
	b.take(1, one)
	if n := b.rows(); n != 9 {
		t.Fatalf("%d events", n)
	}
	b.take(2, keyedBatch(2, 0, 20, noon())) // 9 of them in the tail
	if n := b.rows(); n != 20 {
		t.Fatalf("%d events", n)
	}
	b.seal()
	kept, err := b.TakeNew(t.Context(), 1, 3, keyedBatch(3, 15, 10, noon())) // 5 of them in the file
	if err != nil || len(kept) != 5 || kept[0].Key != "k20" {
		t.Fatalf("%d %v", len(kept), err)
	}
	b.seal()
	b.clock.Add(2 * time.Hour)
	if err := b.Merge(t.Context()); err != nil {
		t.Fatal(err)
	}
	if names := b.names(); !slices.Equal(names, []string{"date=2026-11-20/1-1-3.parquet"}) {
		t.Fatalf("%v", names)
	}
	b.take(4, keyedBatch(4, 0, 25, b.clock.Now())) // all of them in the merged file
	if n := b.rows(); n != 25 {
		t.Fatalf("%d events", n)
	}
	b.seal() // nothing came but resends: no file, but the position counts
	b.done(1, 4)
	b.open()
	b.done(1, 4)
	b.take(5, keyedBatch(5, 24, 2, b.clock.Now()))
	if n := b.rows(); n != 26 {
		t.Fatalf("%d events", n)
	}
	// The index of keys is written, and read again.
	if err := b.flushIndex(t.Context()); err != nil {
		t.Fatal(err)
	}
	b.seal()
	b.open()
	b.take(6, keyedBatch(6, 0, 27, b.clock.Now()))
	if n := b.rows(); n != 27 {
		t.Errorf("%d events", n)
	}
}

// Another source, another peer, no key, or a key for anywhere.
func TestTake_WhatIsNoResend(t *testing.T) {
	t.Parallel()
	b := newBench(t).open()
	seq := uint64(0)
	send := func(want bool, change func(*event.Event)) {
		t.Helper()
		seq++
		e := line(1, seq, 0, b.clock.Now(), "x")
		e.Key, e.Time = "k", noon().Add(-time.Hour)
		change(&e)
		kept, err := b.TakeNew(t.Context(), 1, seq, []event.Event{e})
		if err != nil || len(kept) == 1 != want {
			t.Errorf("event %d: kept %d, %v", seq, len(kept), err)
		}
	}
	for range 2 {
		first := seq == 0
		send(first, func(*event.Event) {})
		send(first, func(e *event.Event) { e.Peer = "192.0.2.8" })
		send(first, func(e *event.Event) { e.Source = "syslog-tcp" })
		send(true, func(e *event.Event) { e.Key = "" })
		win := "win/dc01/security/88/" + fmt.Sprintf("%08x%016x", noon().Unix(), 42)
		send(first, func(e *event.Event) { e.Key, e.Source, e.Peer = win, "bulk", "192.0.2.9" })
		send(false, func(e *event.Event) { e.Key, e.Source, e.Peer = win, "evtxfile", "Security.evtx" })
		b.seal()
	}
}

// Of a batch that was taken before, the same events are new as at the first
// time: rules may see them again after a crash, and must see no resends.
func TestTakeNew_SameAnswerAtReplay(t *testing.T) {
	t.Parallel()
	b := newBench(t).open()
	one, two := keyedBatch(1, 0, 5, noon()), keyedBatch(2, 3, 5, noon())
	check := func(when string) {
		t.Helper()
		for seq, batch := range map[uint64][]event.Event{1: one, 2: two} {
			kept, err := b.TakeNew(t.Context(), 1, seq, slices.Clone(batch))
			want := 5
			if seq == 2 {
				want = 3
			}
			if err != nil || len(kept) != want || kept[want-1].Key != batch[4].Key {
				t.Errorf("%s, batch %d: %d kept, %v", when, seq, len(kept), err)
			}
		}
	}
	b.take(1, one)
	b.take(2, two)
	check("in the tail")
	b.seal()
	check("in a file")
	b.open()
	check("after a restart")
	if n := b.rows(); n != 8 {
		t.Errorf("%d events", n)
	}
}

// The index that is made again from the segments is the one that was written
// along the way, whatever the entries' times are.
func TestOpen_SameIndexFromSegments(t *testing.T) {
	t.Parallel()
	b := newBench(t).open()
	first := keyedBatch(1, 0, 6, noon())
	first[1].Skew, first[1].Time = true, first[1].Received
	first[2].Time = first[2].Received
	first[3].Time = noon().AddDate(-3, 0, 0)
	first[4].Source, first[4].Peer = "bulk", "192.0.2.40"
	first[5].Key = fmt.Sprintf("win/dc01/security/5/%08x%016x", noon().Unix(), 9)
	again := func(seq uint64) []event.Event {
		out := slices.Clone(first)
		for i := range out {
			out[i].At.Seq = seq
			if out[i].Skew || i == 2 { // undated: the time of receipt again
				out[i].Received = noon().Add(time.Hour)
				out[i].Time = out[i].Received
			}
		}
		out[5].Source, out[5].Peer = "evtxfile", "a.evtx"
		return out
	}
	b.take(1, first)
	b.seal()
	for seq := uint64(2); seq < 4; seq++ { // from the segments, then from its files
		b.open()
		if kept, err := b.TakeNew(t.Context(), 1, seq, again(seq)); err != nil || len(kept) > 0 {
			t.Errorf("batch %d: %d are new, %v", seq, len(kept), err)
		}
		must(t, b.flushIndex(t.Context()))
	}
}

// A hash alone never decides: with all hashes the same, nothing is dropped that
// is no resend, and every resend is.
func TestTake_HashesThatCollide(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.cfg.hash = func([]byte) uint64 { return 7 }
	b.open()
	want := int64(0)
	for seq := uint64(1); seq <= 12; seq++ {
		b.take(seq, keyedBatch(seq, int(seq)*10, 15, noon())) // 5 of the next
		if want += 10; seq == 1 {
			want = 15
		}
		if n := b.rows(); n != want {
			t.Fatalf("batch %d: %d events, want %d", seq, n, want)
		}
		switch seq % 4 {
		case 0:
			b.seal()
		case 2:
			b.seal()
			b.open()
		}
	}
}

// An index that is damaged is made again, not believed.
func TestTake_DamagedIndexOfKeys(t *testing.T) {
	t.Parallel()
	b := newBench(t).open()
	b.take(1, keyedBatch(1, 0, 50, noon()))
	b.seal()
	if err := b.flushIndex(t.Context()); err != nil {
		t.Fatal(err)
	}
	b.close()
	flipped := 0
	for name, size := range b.disk.Files() {
		if len(name) > 5 && name[:5] == "_keys" {
			if err := b.disk.Flip(name, size/3); err != nil {
				t.Fatal(err)
			}
			flipped++
		}
	}
	if flipped == 0 {
		t.Fatal("there is no index on the disk")
	}
	b.open()
	b.take(2, keyedBatch(2, 0, 51, noon()))
	if n := b.rows(); n != 51 {
		t.Errorf("%d events", n)
	}
}
