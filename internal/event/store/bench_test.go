package store

import (
	"bytes"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"syscall"
	"testing"
	"time"

	"github.com/torideproject/toride/internal/event"
	"github.com/torideproject/toride/internal/event/eventtest"
)

// hospital gives batches of the made-up hospital's log, one after the other in
// the same memory, as the pipeline does.
type hospital struct {
	g     *eventtest.Generator
	batch []event.Event
	keyed bool
	spent time.Duration // of the processor, for making them
}

func newHospital(n int, keyed bool) *hospital {
	return &hospital{g: eventtest.New(7, n, noon(), noon().Add(10*time.Minute)), batch: make([]event.Event, eventtest.BatchRows), keyed: keyed}
}

// next makes a batch, or nothing at the end.
func (h *hospital) next() []event.Event {
	before := used(rusageThread)
	defer func() { h.spent += used(rusageThread) - before }()
	for i := range h.batch {
		e := &h.batch[i]
		fields := e.Fields
		original := e.Original
		if !h.g.Next(nil, e) {
			return h.batch[:i]
		}
		e.Fields = append(fields[:0], e.Fields...)
		e.Original = append(original[:0], e.Original...)
		e.Text = e.Original
		for j := range e.Fields { // as a format gives them: pieces of the original
			e.Fields[j].Value = pieceOf(e.Original, e.Fields[j].Value)
		}
		e.Core.CommandLine, e.Core.Message = pieceOf(e.Original, e.Core.CommandLine), pieceOf(e.Original, e.Core.Message)
		if !h.keyed {
			e.Key = ""
		}
	}
	return h.batch
}

func pieceOf(original []byte, s string) string {
	if at := bytes.Index(original, []byte(s)); at >= 0 && s != "" {
		return unsafeString(original[at : at+len(s)])
	}
	return s
}

const rusageThread = 1 // RUSAGE_THREAD of Linux

func used(who int) time.Duration {
	var u syscall.Rusage
	if syscall.Getrusage(who, &u) != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

func maxRSS() int64 {
	var u syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &u) != nil {
		return 0
	}
	return u.Maxrss << 10
}

// onDisk puts a bench on the real disk.
func (b *bench) onDisk() *bench {
	b.t.Helper()
	dir := b.t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "events"), 0o700); err != nil {
		b.t.Fatal(err)
	}
	b.cfg.FS, b.cfg.Folder, b.cfg.Catalogue = nil, filepath.Join(dir, "events"), filepath.Join(dir, "events.db")
	return b
}

// BenchmarkTake is from Take until all is sealed on the real disk: read back,
// in the log and in the catalogue. One operation is one event; making the events
// is in ns/op, but not in cpu-µs.
func BenchmarkTake(b *testing.B) {
	for _, keyed := range []bool{false, true} {
		b.Run("keys="+strconv.FormatBool(keyed), func(b *testing.B) {
			runtime.LockOSThread()
			defer runtime.UnlockOSThread()
			bench := newBench(b).onDisk().open()
			h := newHospital(b.N+eventtest.BatchRows, keyed)
			b.ReportAllocs()
			before, events := used(syscall.RUSAGE_SELF), 0
			b.ResetTimer()
			for seq := uint64(1); events < b.N; seq++ {
				batch := h.next()
				if err := bench.Take(b.Context(), 1, seq, batch); err != nil {
					b.Fatal(err)
				}
				events += len(batch)
			}
			if err := bench.Seal(b.Context()); err != nil {
				b.Fatal(err)
			}
			b.StopTimer()
			spent := used(syscall.RUSAGE_SELF) - before - h.spent
			u, err := bench.Usage(b.Context())
			if err != nil {
				b.Fatal(err)
			}
			b.ReportMetric(float64(spent.Nanoseconds())/1e3/float64(events), "cpu-µs/event")
			b.ReportMetric(float64(u.Bytes)/float64(u.Rows), "B-stored/event")
			b.ReportMetric(float64(u.Files), "files")
			b.ReportMetric(float64(maxRSS())/(1<<20), "RSS-MiB")
			bench.clock.Add(48 * time.Hour)
			before = used(syscall.RUSAGE_SELF)
			if err := bench.Merge(b.Context()); err != nil {
				b.Fatal(err)
			}
			merged := used(syscall.RUSAGE_SELF) - before
			if u, err = bench.Usage(b.Context()); err != nil {
				b.Fatal(err)
			}
			b.ReportMetric(float64(merged.Nanoseconds())/1e3/float64(events), "merge-cpu-µs/event")
			b.ReportMetric(float64(u.Bytes)/float64(u.Rows), "B-merged/event")
			before = used(syscall.RUSAGE_SELF)
			if r, err := bench.Verify(b.Context(), nil, nil); err != nil || r.Broken() {
				b.Fatal(r, err)
			}
			b.ReportMetric(float64((used(syscall.RUSAGE_SELF)-before).Nanoseconds())/1e3/float64(events), "verify-cpu-µs/event")
		})
	}
}
