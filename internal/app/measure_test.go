package app_test

import (
	"bytes"
	"fmt"
	"os"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/torideproject/toride/internal/asset"
	"github.com/torideproject/toride/internal/asset/assettest"
	"github.com/torideproject/toride/internal/reading"
)

// BenchmarkHospitalSize prints the figures of one hospital's size: an awkward
// workbook of 3,000 assets and 40 lines, import to first findings, and the time
// of each page at that size. It is one long measurement, for a quiet box.
//
//	go test -run '^$' -bench HospitalSize -benchtime 1x ./internal/app
func BenchmarkHospitalSize(t *testing.B) {
	h := stories.Demo(t)
	clerk := h.As(t, "suzuki")
	book, err := assettest.Workbook(3000, 40)
	if err != nil {
		t.Fatal(err)
	}
	started := time.Now()
	report, err := h.Parts.Asset.ImportFile(t.Context(), actor(), "台帳.xlsx", bytes.NewReader(book), asset.ImportOptions{})
	if err != nil {
		t.Fatal(err)
	}
	applied := time.Since(started)
	if _, err := h.Parts.Exposure.Sync(t.Context()); err != nil {
		t.Fatal(err)
	}
	set, err := reading.Collect(t.Context(), []reading.Source{h.Parts.Asset.Readings, h.Parts.Exposure.Readings})
	if err != nil {
		t.Fatal(err)
	}
	bad := 0
	for _, r := range set {
		if r.State == reading.Bad {
			bad++
		}
	}
	fmt.Printf("import: %d kB, %v; to %d findings: %.2f s (applied after %.2f s)\n", len(book)/1024, report.Counts, bad, time.Since(started).Seconds(), applied.Seconds())
	for _, path := range []string{"/", "/assets", "/assets?q=windows+2012&page=2", "/assets?gap=duty", "/assets/duties", "/lines", "/vendors", "/systems", "/exposure", "/access", "/audit", "/osaka", "/incident", "/comply", "/chain", "/ledger"} {
		var times []time.Duration
		size := 0
		for range 21 {
			at := time.Now()
			res := clerk.Get(path)
			times = append(times, time.Since(at))
			size = res.Body.Len()
			if res.Code != 200 {
				t.Errorf("%s: %d", path, res.Code)
			}
		}
		slices.Sort(times)
		fmt.Printf("%-32s median %6s  worst %6s  %4d kB\n", path, ms(times[10]), ms(times[20]), size/1024)
	}
	fmt.Printf("memory: %s\n", memory(t))
}

func ms(d time.Duration) string { return fmt.Sprintf("%.1f ms", float64(d.Microseconds())/1000) }

// memory is the resident set of this process, in MiB.
func memory(t testing.TB) string {
	t.Helper()
	data, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		t.Fatal(err)
	}
	pages, err := strconv.Atoi(string(bytes.Fields(data)[1]))
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf("%d MiB resident", pages*os.Getpagesize()>>20)
}
