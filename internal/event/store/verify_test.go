package store

import (
	"fmt"
	"path"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"

	"github.com/torideproject/toride/internal/event"
	"github.com/torideproject/toride/internal/event/store/files"
	"github.com/torideproject/toride/internal/event/store/files/filestest"
)

// week makes a store with merged files of two days, sealed ones of a third, and
// a deleted day.
func week(t *testing.T) *bench {
	t.Helper()
	b := newBench(t).open()
	seq := uint64(0)
	for day := range 4 {
		for minute := range 3 {
			seq++
			b.clock.Set(noon().AddDate(0, 0, day).Add(time.Duration(minute) * 50 * time.Minute))
			b.take(seq, mixedBatch(seq, b.clock.Now()))
			seq++
			b.take(seq, batchOf(seq, 20, b.clock.Now()))
			b.seal()
		}
		if err := b.Merge(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	b.settings.KeepDays = 2
	b.clock.Add(24 * time.Hour)
	if err := b.Delete(t.Context(), b.Plan(), "tester"); err != nil {
		t.Fatal(err)
	}
	return b
}

func (b *bench) verify(f files.FS, checkpoints ...string) *Report {
	b.t.Helper()
	r, err := VerifyFolder(b.t.Context(), VerifyConfig{FS: f, Keys: b.cfg.Known, Checkpoints: checkpoints, Now: b.clock.Now()})
	if err != nil {
		b.t.Fatal(err)
	}
	return r
}

func TestVerify_NothingToFind(t *testing.T) {
	t.Parallel()
	b := week(t)
	online, err := b.Verify(t.Context(), []string{b.checkpoint()}, nil)
	if err != nil {
		t.Fatal(err)
	}
	var done, total int64
	offline, err := VerifyFolder(t.Context(), VerifyConfig{FS: b.disk, Keys: b.cfg.Known, Now: b.clock.Now(), Progress: func(d, n int64) { done, total = d, n }})
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range []*Report{online, offline} {
		if len(r.Findings) > 0 || r.Broken() {
			t.Errorf("%+v", r.Findings)
		}
		if r.Files < 3 || r.Rows != b.rows() || len(r.Deleted) == 0 || len(r.Logs) != 1 || r.From.IsZero() || r.Facility != facility {
			t.Errorf("%+v", r)
		}
	}
	if done != total || total != offline.Bytes {
		t.Errorf("progress ended at %d of %d", done, total)
	}
	last, err := b.LastVerified(t.Context())
	if err != nil || last.Broken || last.Size != online.Logs[0].Size || last.Checkpoint == "" {
		t.Errorf("%+v %v", last, err)
	}
	fresh := newBench(t).open()
	if last, err := fresh.LastVerified(t.Context()); err != nil || last != nil {
		t.Errorf("never verified, but %+v %v", last, err)
	}
}

func (b *bench) checkpoint() string {
	b.bookMu.Lock()
	defer b.bookMu.Unlock()
	return string(b.book.log.Head().Text)
}

// A bit of any file is changed: segments, log, checkpoint. Every 29th byte of
// the log, every 199th of the segments.
func TestVerify_EveryFlippedBit(t *testing.T) {
	t.Parallel()
	b := week(t)
	b.close()
	flips := 0
	for name, size := range b.disk.Files() {
		if strings.HasPrefix(name, keysFolder) {
			continue // a cache
		}
		step := int64(199)
		if strings.HasPrefix(name, logFolder) {
			step = 29
		}
		if testing.Short() {
			step *= 10
		}
		for at := size % step; at < size; at += step {
			if err := b.disk.Flip(name, at); err != nil {
				t.Fatal(err)
			}
			if r := b.verify(b.disk); !r.Broken() {
				t.Errorf("byte %d of %s was changed and nobody noticed", at, name)
			}
			flips++
			if err := b.disk.Flip(name, at); err != nil {
				t.Fatal(err)
			}
		}
	}
	if flips < 100 {
		t.Errorf("only %d flips", flips)
	}
	if r := b.verify(b.disk); len(r.Findings) > 0 {
		t.Errorf("%+v", r.Findings)
	}
}

// tamper checks that a change is noticed as what it is.
func tamper(t *testing.T, b *bench, want FindingKind, change func(d *filestest.Disk)) *Finding {
	t.Helper()
	d := b.disk.Reboot(filestest.Kept)
	change(d)
	r := b.verify(d)
	for i := range r.Findings {
		if r.Findings[i].Kind == want {
			if want.Notice() == r.Broken() {
				t.Errorf("%s: broken is %v", want, r.Broken())
			}
			return &r.Findings[i]
		}
	}
	t.Errorf("%s was not found, but %+v", want, r.Findings)
	return &Finding{}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestVerify_SaysWhatWhereAndWhen(t *testing.T) {
	t.Parallel()
	b := week(t)
	name := b.parts[0].Name
	rows := b.parts[0].Rows
	b.close()
	full := func(name string) string { return path.Join(facilityFolder(facility), name) }
	read := func(d *filestest.Disk, name string) []byte {
		data, err := files.Read(d, name, 1<<30)
		must(t, err)
		return data
	}

	f := tamper(t, b, Missing, func(d *filestest.Disk) { must(t, d.Remove(full(name))) })
	if f.File != name || f.Rows != rows || f.From.IsZero() || f.To.Before(f.From) || f.First.Seq == 0 {
		t.Errorf("%+v", f)
	}
	f = tamper(t, b, Altered, func(d *filestest.Disk) { must(t, d.Flip(full(name), 100)) })
	if f.File != name || f.Rows != rows || f.From.IsZero() {
		t.Errorf("%+v", f)
	}
	tamper(t, b, Altered, func(d *filestest.Disk) { // cut
		data := read(d, full(name))
		must(t, files.WriteSynced(d, full(name), data[:len(data)/2]))
	})
	tamper(t, b, RowsAltered, func(d *filestest.Disk) { // two files exchanged
		other := full(b.names()[len(b.names())-1])
		one, two := read(d, full(name)), read(d, other)
		must(t, files.WriteSynced(d, full(name), two))
		must(t, files.WriteSynced(d, other, one))
	})
	tamper(t, b, Foreign, func(d *filestest.Disk) {
		must(t, files.WriteSynced(d, full(strings.Replace(name, "/1-", "/1-9", 1)), read(d, full(name))))
	})
	tamper(t, b, Foreign, func(d *filestest.Disk) { must(t, d.MakeDir("facility=other")) })
	tamper(t, b, Leftover, func(d *filestest.Disk) {
		must(t, files.WriteSynced(d, full(path.Join(path.Dir(name), ".tmp-1-1-1.parquet")), []byte("half")))
	})
	tamper(t, b, NoLog, func(d *filestest.Disk) { must(t, files.RemoveAll(d, logFolder)) })
	tamper(t, b, LogForeign, func(d *filestest.Disk) { must(t, files.WriteSynced(d, b.logPath("x"), []byte("x"))) })
}

// logPath is a file of the newest log.
func (b *bench) logPath(name string) string {
	b.t.Helper()
	names, err := logNames(b.disk)
	must(b.t, err)
	return path.Join(logFolder, names[len(names)-1], name)
}

// An original is changed and everything around it made to fit: the file is
// written again, whole and well-formed, but the sealed root is another.
func TestVerify_RewrittenFile(t *testing.T) {
	t.Parallel()
	b := newBench(t).open()
	b.take(1, batchOf(1, 10, noon()))
	b.seal()
	b.clock.Add(time.Minute)
	b.take(2, batchOf(2, 10, b.clock.Now()))
	b.seal()
	b.clock.Add(2 * time.Hour)
	must(t, b.Merge(t.Context()))
	name := b.parts[0].Name
	b.close()

	forged := newBench(t).open()
	one, two := batchOf(1, 10, noon()), batchOf(2, 10, noon().Add(time.Minute))
	two[3].Original = []byte("<13>nothing happened")
	two[3].Text = two[3].Original
	forged.take(1, one)
	forged.seal()
	forged.clock.Add(time.Minute)
	forged.take(2, two)
	forged.seal()
	forged.clock.Add(2 * time.Hour)
	must(t, forged.Merge(t.Context()))
	forged.close()
	f := tamper(t, b, RowsAltered, func(d *filestest.Disk) {
		data, err := files.Read(forged.disk, path.Join(facilityFolder(facility), name), 1<<30)
		must(t, err)
		must(t, files.WriteSynced(d, path.Join(facilityFolder(facility), name), data))
	})
	// Only the minute in which it was changed is named.
	if f.Rows != 10 || !f.From.Equal(noon().Add(time.Minute)) || f.First.Seq != 2 || f.Last.Seq != 2 {
		t.Errorf("%+v", f)
	}
}

// Somebody makes all of it anew, in itself without a fault.
func TestVerify_RewrittenHistory(t *testing.T) {
	t.Parallel()
	b := week(t)
	before := b.checkpoint()
	b.close()

	// With another key.
	other := newBench(t)
	s, v := testKey(t, "b")
	other.cfg.Signer, other.cfg.Known = s, []note.Verifier{v}
	other.open()
	other.take(1, batchOf(1, 10, noon()))
	other.seal()
	other.close()
	if r := b.verify(other.disk); !r.Broken() || !hasKind(r, LogUnsigned) {
		t.Errorf("%+v", r.Findings)
	}

	// With the same key, from an empty folder: a log of another name.
	again := newBench(t)
	again.clock.Add(time.Hour)
	again.open()
	again.take(1, batchOf(1, 10, noon()))
	again.seal()
	again.close()
	if r := b.verify(again.disk); r.Broken() {
		t.Errorf("%+v", r.Findings)
	}
	if r := b.verify(again.disk, before); !hasKind(r, LogGone) || !r.Broken() {
		t.Errorf("%+v", r.Findings)
	}

	// The log is cut back to an earlier state, and the files with it.
	c := newBench(t).open()
	c.take(1, batchOf(1, 10, noon()))
	c.seal()
	early := c.disk.Reboot(filestest.Kept)
	c.take(2, batchOf(2, 10, noon()))
	c.seal()
	late := c.checkpoint()
	c.close()
	if r := c.verify(early); r.Broken() {
		t.Errorf("%+v", r.Findings)
	}
	if r := c.verify(early, late); !hasKind(r, LogShortened) {
		t.Errorf("%+v", r.Findings)
	}
	if r := c.verify(c.disk, "no checkpoint"); !hasKind(r, BadCheckpoint) {
		t.Errorf("%+v", r.Findings)
	}
	// The store itself notices at its next start, by the catalogue, goes on and says so.
	c.disk, c.cfg.FS = early, early
	c.open()
	c.expect(10, 1)
	c.take(3, batchOf(3, 10, noon()))
	c.seal()
	r, err := c.Verify(t.Context(), nil, nil)
	if err != nil || !hasKind(r, LogRenewed) || !hasKind(r, LogShortened) || !r.Broken() {
		t.Errorf("%+v %v", r, err)
	}
}

func hasKind(r *Report, k FindingKind) bool {
	return slices.ContainsFunc(r.Findings, func(f Finding) bool { return f.Kind == k })
}

// Batches that the journal lost are a gap that is named, not a fault of the log.
func TestVerify_GapIsNamed(t *testing.T) {
	t.Parallel()
	b := newBench(t).open()
	b.take(1, batchOf(1, 3, noon()))
	b.take(5, batchOf(5, 3, noon()))
	must(t, b.Take(t.Context(), 2, 3, []event.Event{line(2, 3, 0, noon(), "x")}))
	b.seal()
	b.done(2, 3)
	r, err := b.Verify(t.Context(), nil, nil)
	if err != nil || r.Broken() || len(r.Findings) != 2 {
		t.Fatalf("%+v %v", r, err)
	}
	got := fmt.Sprint(r.Findings[0].First, r.Findings[0].Last, r.Findings[1].First, r.Findings[1].Last)
	if got != "1-2-0 1-4-0 2-1-0 2-2-0" || r.Findings[0].Kind != LostBatches {
		t.Errorf("%s", got)
	}
	if err := b.Take(t.Context(), 1, 9, nil); err == nil {
		t.Error("took a batch of an older journal")
	}
}

// A log that is damaged at its end does not stop anything: a new one begins,
// with all that is there, and the damage is told for ever.
func TestOpen_DamagedLog(t *testing.T) {
	t.Parallel()
	for _, lost := range []bool{false, true} { // the catalogue, too
		b := newBench(t).open()
		b.take(1, keyedBatch(1, 0, 10, noon()))
		b.seal()
		must(t, b.Hold(t.Context(), "case-7", time.Time{}, "tester"))
		b.take(2, keyedBatch(2, 10, 10, noon()))
		b.seal()
		b.close()
		must(t, b.disk.Flip(b.logPath("checkpoint"), 30))
		if lost {
			b.cfg.Catalogue += ".new"
		}
		b.clock.Add(time.Minute)
		b.open()
		b.expect(10, 1, 2)
		b.done(1, 2)
		if h := b.Holds(); len(h) != 1 || h[0].ID != "case-7" {
			t.Errorf("the hold is lost: %+v", h)
		}
		b.take(3, keyedBatch(3, 15, 10, b.clock.Now())) // five resends
		if n := b.rows(); n != 25 {
			t.Errorf("%d events", n)
		}
		b.seal()
		b.clock.Add(3 * time.Hour)
		must(t, b.Merge(t.Context()))
		r, err := b.Verify(t.Context(), nil, nil)
		if err != nil || !hasKind(r, LogUnsigned) || !hasKind(r, LogRenewed) || hasKind(r, Altered) || hasKind(r, RowsAltered) || len(r.Logs) != 2 {
			t.Errorf("%+v %v", r, err)
		}
		b.open()
		if n := b.rows(); n != 25 {
			t.Errorf("%d events", n)
		}
	}
}
