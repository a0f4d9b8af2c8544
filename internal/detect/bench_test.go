package detect_test

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/torideproject/toride/internal/detect/rulepack"
	"github.com/torideproject/toride/internal/event"
	"github.com/torideproject/toride/internal/event/eventtest"
	"github.com/torideproject/toride/internal/ledger/ledgertest"
	"github.com/torideproject/toride/sigma"
)

// withPublic installs the public rules, all of them off, as a hospital would.
func (h *house) withPublic() {
	h.t.Helper()
	dir := filepath.Join("..", "..", "..", "shared", "data", "sigma")
	if _, err := os.Stat(dir); err != nil {
		if os.Getenv("CI") != "" {
			h.t.Fatal(err)
		}
		h.t.Skip("no public rules beside the project: ", err)
	}
	b, problem := rulepack.FromFolder(os.DirFS(dir))
	if problem != nil {
		h.t.Fatal(problem)
	}
	plan, err := h.Stage(h.t.Context(), ledgertest.Actor(), b, rulepack.Manifest{Name: "sigmahq", Version: "1", Title: rulepack.Same("SigmaHQ"), Licence: "DRL 1.1"})
	if err != nil {
		h.t.Fatal(err)
	}
	if err := h.Install(h.t.Context(), ledgertest.Actor(), plan.ID); err != nil {
		h.t.Fatal(err)
	}
}

// BenchmarkTake is the cost of one event on its way, with every public rule
// evaluated and the built-in ones on.
func BenchmarkTake(b *testing.B) {
	h := newHouse(b)
	h.withPublic()
	benchmarkTake(b, h)
}

// BenchmarkTake_AllOn is the same with every public rule on: what matches folds
// into alerts and is written.
func BenchmarkTake_AllOn(b *testing.B) {
	h := newHouse(b)
	h.withPublic()
	for _, l := range []sigma.Level{sigma.Informational, sigma.Low, sigma.Medium, sigma.High, sigma.Critical} {
		if err := h.SwitchLevel(b.Context(), ledgertest.Actor(), "sigmahq", l, true); err != nil {
			b.Fatal(err)
		}
	}
	benchmarkTake(b, h)
	var alerts int
	if err := h.book.DB().Read().QueryRowContext(b.Context(), "SELECT count(*) FROM detect_alert").Scan(&alerts); err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(float64(alerts), "alerts")
}

func benchmarkTake(b *testing.B, h *house) {
	b.Helper()
	var batches [][]event.Event
	var batch []event.Event
	from := h.clock.Now()
	for _, e := range eventtest.Events(7, 100_000, from, from.Add(time.Hour)) {
		if batch = append(batch, *e); len(batch) == eventtest.BatchRows {
			batches, batch = append(batches, batch), nil
		}
	}
	seq := uint64(0)
	next := func() {
		seq++
		if err := h.Take(b.Context(), 1, seq, batches[seq%uint64(len(batches))]); err != nil {
			b.Fatal(err)
		}
		if seq%50 == 0 {
			h.clock.Add(time.Second)
		}
	}
	for range 400 {
		next()
	}
	b.ReportAllocs()
	b.ResetTimer()
	n := 0
	for b.Loop() {
		next()
		n += eventtest.BatchRows
	}
	b.ReportMetric(float64(n)/b.Elapsed().Seconds(), "events/s")
}

// BenchmarkCoverage is the cost of the coverage page with every public rule.
func BenchmarkCoverage(b *testing.B) {
	h := newHouse(b)
	h.withPublic()
	from := h.clock.Now()
	var batch []event.Event
	for _, e := range eventtest.Events(7, 5_000, from, from.Add(time.Hour)) {
		batch = append(batch, *e)
	}
	h.take(batch...)
	b.ReportAllocs()
	for b.Loop() {
		h.clock.Add(2 * time.Minute)
		h.Coverage()
	}
}

// BenchmarkStorm is the cost of a finding while alerts are folded.
func BenchmarkStorm(b *testing.B) {
	h := newHouse(b)
	e := avOff("PC-1")
	e.Received, e.Time = h.clock.Now(), h.clock.Now()
	batch := make([]event.Event, 500)
	for i := range batch {
		batch[i] = e
		batch[i].Core.Host = fmt.Sprint("PC-", i%40)
	}
	seq := uint64(0)
	b.ReportAllocs()
	n := 0
	for b.Loop() {
		seq++
		if err := h.Take(b.Context(), 1, seq, batch); err != nil {
			b.Fatal(err)
		}
		n += len(batch)
		if seq%20 == 0 {
			h.clock.Add(time.Second)
		}
	}
	b.ReportMetric(float64(n)/b.Elapsed().Seconds(), "findings/s")
}
