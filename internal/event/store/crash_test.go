package store

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"testing"
	"time"

	"github.com/torideproject/toride/internal/event"
	"github.com/torideproject/toride/internal/event/store/files/filestest"
)

// journal stands for the real one: it keeps batches until the store is done with
// them, and survives everything.
type journal struct {
	sent   uint64 // batches that were acknowledged
	purged uint64
}

func (j *journal) sync(t *testing.T, b *bench) {
	t.Helper()
	if _, seq := b.Done(); seq < j.purged {
		t.Fatalf("the journal forgot %d batches, the store has %d", j.purged, seq)
	} else {
		j.purged = seq
	}
}

const perBatch = 5

func crashBatch(seq uint64) []event.Event {
	return mixedBatch(seq, noon().Add(time.Duration(seq)*40*time.Minute))
}

// mixedBatch makes a batch of events with keys and without, and a resend.
func mixedBatch(seq uint64, at time.Time) []event.Event {
	out := batchOf(seq, perBatch, at)
	for i := range out {
		if i%2 == 0 {
			out[i].Key = fmt.Sprintf("k%d-%d", seq, i)
		}
	}
	// A resend of the batch before: it must never become an event, whatever was
	// interrupted.
	if seq > 1 {
		again := line(1, seq, perBatch, at, "resend")
		again.Key, again.Time = fmt.Sprintf("k%d-0", seq-1), noon().Add(time.Duration(seq-1)*40*time.Minute-time.Second)
		out = append(out, again)
	}
	return out
}

// play takes, seals, merges and deletes. It ends with the first error.
func play(t *testing.T, b *bench, j *journal) error {
	t.Helper()
	send := func() error {
		j.sent++
		if err := b.Take(t.Context(), 1, j.sent, crashBatch(j.sent)); err != nil {
			return err
		}
		b.clock.Add(40 * time.Minute)
		err := b.Seal(t.Context())
		j.sync(t, b)
		return err
	}
	for range 4 { // over two hours
		if err := send(); err != nil {
			return err
		}
	}
	if err := b.flushIndex(t.Context()); err != nil {
		return err
	}
	b.clock.Set(noon().Add(30 * time.Hour))
	if err := b.Merge(t.Context()); err != nil {
		return err
	}
	if err := b.Hold(t.Context(), "case-1", time.Time{}, "tester"); err != nil {
		return err
	}
	j.sent++ // stays in the tail
	return b.Take(t.Context(), 1, j.sent, crashBatch(j.sent))
}

// TestCrash_EveryMoment cuts the power before every operation on the disk and
// every commit of the catalogue, forgets what disks may forget, starts again
// with the catalogue as it was, with an older one and without one, and lets the
// journal send what it still has: every event is there once.
func TestCrash_EveryMoment(t *testing.T) {
	t.Parallel()
	total := 0
	stride := 1
	if testing.Short() {
		stride = 7
	}
	for cut := 0; ; cut += stride {
		b := newBench(t)
		j := &journal{}
		b.disk.Cut(cut)
		b.cfg.step = b.disk.Step
		var err error
		if b.Store, err = Open(t.Context(), b.cfg); err == nil {
			err = play(t, b, j)
		}
		b.close()
		if err != nil && !errors.Is(err, filestest.ErrCut) {
			t.Fatalf("cut %d: %v", cut, err)
		}
		for _, mode := range filestest.Modes() {
			for _, lost := range []bool{false, true} {
				if lost && (mode == filestest.Names || mode == filestest.Torn) {
					continue
				}
				restart{b, *j, mode, lost, cut%4 == 0}.check(t, fmt.Sprintf("cut %d (%s), %s, catalogue lost: %v", cut, last(b.disk.Ops()), mode, lost))
				if t.Failed() {
					return
				}
			}
		}
		if err == nil {
			total = cut
			break
		}
	}
	if total < 150/stride {
		t.Errorf("only %d operations: the scenario does too little", total)
	}
}

func last(ops []string) string {
	if len(ops) == 0 {
		return "at the start"
	}
	return "after " + ops[len(ops)-1]
}

// restart is a start after a power cut.
type restart struct {
	before *bench
	j      journal
	mode   filestest.Mode
	lost   bool // the catalogue
	long   bool // goes on until all is merged again
}

func (r restart) check(t *testing.T, when string) {
	t.Helper()
	b, before, j := newBench(t), r.before, r.j
	b.disk = before.disk.Reboot(r.mode)
	b.cfg.FS = b.disk
	b.clock.Set(before.clock.Now())
	if !r.lost {
		copyDB(t, before.cfg.Catalogue, b.cfg.Catalogue)
	}
	s, err := Open(t.Context(), b.cfg)
	if err != nil {
		t.Errorf("%s: %v", when, err)
		return
	}
	b.Store = s
	defer b.close()
	epoch, done := b.Done()
	if done < j.purged || epoch > 1 || done > j.sent {
		t.Errorf("%s: done %d-%d, the journal forgot %d of %d", when, epoch, done, j.purged, j.sent)
	}
	for seq := j.purged + 1; seq <= j.sent; seq++ {
		if err := b.Take(t.Context(), 1, seq, crashBatch(seq)); err != nil {
			t.Errorf("%s: %v", when, err)
			return
		}
	}
	var want []string
	for seq := uint64(1); seq <= j.sent; seq++ {
		for i := range perBatch {
			want = append(want, event.Position{Epoch: 1, Seq: seq, Index: uint32(i)}.String())
		}
	}
	slices.Sort(want)
	for range 2 { // also after all was sealed and merged
		if got := b.positions(); !slices.Equal(got, want) {
			t.Errorf("%s: %s", when, firstDifference(got, want))
			return
		}
		if !r.long {
			return
		}
		b.clock.Add(48 * time.Hour)
		if err := errors.Join(b.Seal(t.Context()), b.Merge(t.Context())); err != nil {
			t.Errorf("%s: %v", when, err)
			return
		}
	}
	b.clean(when)
}

// clean checks that the disk has exactly the files that count.
func (b *bench) clean(when string) {
	b.t.Helper()
	var want []string
	for _, p := range b.parts {
		want = append(want, p.Name)
	}
	slices.Sort(want)
	if names := b.names(); !slices.Equal(names, want) {
		b.t.Errorf("%s: files %v, want %v", when, names, want)
	}
}

func copyDB(t *testing.T, from, to string) {
	t.Helper()
	for _, suffix := range []string{"", "-wal"} {
		data, err := os.ReadFile(from + suffix)
		if errors.Is(err, os.ErrNotExist) {
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(to+suffix, data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}
