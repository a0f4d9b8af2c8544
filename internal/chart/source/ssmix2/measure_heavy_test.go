//go:build measure

package ssmix2_test

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/torideproject/toride/internal/chart/source"
)

// TestMeasure_Dialysis measures what the chart of one patient takes who has 3,000
// messages of 29 results: the time, the memory allocated, the most of it in use
// and the process's most. Alone in its process:
//
//	go test -tags measure -run '^TestMeasure_Dialysis$' -v ./internal/chart/source/ssmix2
func TestMeasure_Dialysis(t *testing.T) {
	dir := t.TempDir()
	for name, file := range heavy(t, 3000) {
		at := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(at), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(at, file.Data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	s := open(t, source.Folder(root))
	debug.FreeOSMemory()
	_ = os.WriteFile("/proc/self/clear_refs", []byte("5"), 0) // begins the process's most anew
	base := ofProcess("VmHWM:")
	var before, during, after runtime.MemStats
	runtime.ReadMemStats(&before)
	var most atomic.Uint64
	done := make(chan struct{})
	go func() {
		tick := time.NewTicker(2 * time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case <-done:
				return
			case <-tick.C:
				runtime.ReadMemStats(&during)
				most.Store(max(most.Load(), during.HeapInuse))
			}
		}
	}()
	begun, used := time.Now(), cpu()
	c := read(t, s, number, want())
	took, used := time.Since(begun), cpu()-used
	close(done)
	runtime.ReadMemStats(&after)
	allocated, allocations := after.TotalAlloc-before.TotalAlloc, after.Mallocs-before.Mallocs
	runtime.GC()
	runtime.ReadMemStats(&after)
	fmt.Printf("%d results in %d ms (%.1f s of processors): most in use %d MiB, process %s (%s before), allocated %d MiB in %d, the chart keeps %d MiB\n", len(c.Labs.Rows), took.Milliseconds(), used,
		most.Load()>>20, ofProcess("VmHWM:"), base, allocated>>20, allocations, (after.HeapAlloc-before.HeapAlloc)>>20)
	runtime.KeepAlive(c)
}

// ofProcess is a line of the process's state as Linux tells it.
func ofProcess(name string) string {
	status, _ := os.ReadFile("/proc/self/status")
	_, line, _ := strings.Cut(string(status), name)
	line, _, _ = strings.Cut(line, "\n")
	return strings.TrimSpace(line)
}
