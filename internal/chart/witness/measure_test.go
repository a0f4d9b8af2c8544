package witness_test

import (
	"fmt"
	"log/slog"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/torideproject/toride/internal/chart/witness"
	"github.com/torideproject/toride/internal/ledger/ledgertest"
)

// BenchmarkNote_500Readers lets 500 people open a page each second or so, and
// says how long Note held them up. With -benchtime 5000x it takes ten seconds.
func BenchmarkNote_500Readers(b *testing.B) {
	b.ReportAllocs()
	w, err := witness.New(b.Context(), witness.Config{Book: ledgertest.Book(b), Clock: time.Now, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		b.Fatal(err)
	}
	defer w.Close()
	const readers = 500
	each := max(1, b.N/readers)
	var mu sync.Mutex
	var took []time.Duration
	var all sync.WaitGroup
	b.ResetTimer()
	for i := range readers {
		all.Go(func() {
			for n := range each {
				<-time.After(time.Duration(rand.Int64N(int64(2 * time.Second)))) // a reader reads
				at := time.Now()
				if err := w.Note(b.Context(), ledgertest.Actor(), "chart.open", witness.Patient(fmt.Sprint(i, n)), map[string]string{"source": "s1"}); err != nil {
					b.Error(err)
				}
				mu.Lock()
				took = append(took, time.Since(at))
				mu.Unlock()
			}
		})
	}
	all.Wait()
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)/2].Microseconds())/1000, "p50-ms")
	b.ReportMetric(float64(took[len(took)*99/100].Microseconds())/1000, "p99-ms")
	b.ReportMetric(float64(took[len(took)-1].Microseconds())/1000, "max-ms")
}
