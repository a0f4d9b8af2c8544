package store

import (
	"testing"
	"time"
)

// Merging has time; what comes in has not.
func TestTick_MergesWhenLessComes(t *testing.T) {
	t.Parallel()
	b := newBench(t).open()
	for seq := range uint64(2) {
		b.take(seq+1, batchOf(seq+1, 3, noon()))
		b.seal()
	}
	files := func(want int) {
		t.Helper()
		b.mu.Lock()
		parts := b.parts
		b.mu.Unlock()
		if len(parts) != want {
			t.Errorf("%d files, want %d", len(parts), want)
		}
	}
	b.clock.Add(2 * time.Hour)
	b.arrived.Store(busyEvents)
	b.tick(time.Second)
	files(2)
	b.arrived.Store(busyEvents - 1)
	b.tick(time.Second)
	files(1)
	b.expect(3, 1, 2)
}

// Where a box is always busy, files do not become ever more.
func TestBusy_NotWithTooManyFiles(t *testing.T) {
	t.Parallel()
	s := &Store{parts: make([]*part, maxMergeFiles)}
	for i := range s.parts {
		s.parts[i] = &part{}
	}
	s.arrived.Store(busyEvents)
	if s.busy() {
		t.Error("waits with as many files as one merge takes")
	}
	s.parts[0].Level = 1
	s.arrived.Store(busyEvents)
	if !s.busy() {
		t.Error("does not wait")
	}
	if s.busy() {
		t.Error("waits though nothing came")
	}
}
