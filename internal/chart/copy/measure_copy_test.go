//go:build measure && linux

package copy_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime/debug"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/torideproject/toride/internal/chart/copy"
	"github.com/torideproject/toride/internal/chart/index"
	"github.com/torideproject/toride/internal/chart/shelf"
	"github.com/torideproject/toride/internal/chart/source"
	"github.com/torideproject/toride/internal/chart/vault"
	"github.com/torideproject/toride/ssmix2/synth"
)

// TestMeasure_NightlyCopy measures a full copy and the incremental one of the
// next night: TORIDE_MEASURE_FILES files (1,000,000), a fiftieth of them new or
// superseded. The store is written below TORIDE_MEASURE_DIR (the temporary
// folder) and removed. With TORIDE_MEASURE_COLD the page cache is dropped
// before the incremental run (Linux, root).
//
//	TORIDE_MEASURE_FILES=1000000 go test -tags measure -run '^TestMeasure_NightlyCopy$' -v -timeout 60m ./internal/chart/copy
func TestMeasure_NightlyCopy(t *testing.T) {
	files, err := strconv.Atoi(os.Getenv("TORIDE_MEASURE_FILES"))
	if err != nil || files <= 0 {
		files = 1_000_000
	}
	dir, err := os.MkdirTemp(os.Getenv("TORIDE_MEASURE_DIR"), "toride-copy-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
	})
	begun := time.Now()
	written := writeHospital(t, filepath.Join(dir, "store"), files)
	fmt.Printf("MEASURE copy.store  %d files written in %.0f s\n", files, time.Since(begun).Seconds())
	s, err := copy.OpenSource(filepath.Join(dir, "store"))
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	b := newBench(t, s)
	b.dir = filepath.Join(dir, "medium")
	if err := os.Mkdir(b.dir, 0o700); err != nil {
		t.Fatal(err)
	}
	if b.plan.Vault, err = vault.Create(b.dir, "架空総合病院", b.plan.Machine, b.now); err != nil {
		t.Fatal(err)
	}
	b.plan.Now = time.Now
	measured(t, b, "full")
	changeFiles(t, filepath.Join(dir, "store"), written)
	written = nil
	cold(t)
	measured(t, b, "incremental")
	b.plan.Rereads = 7
	measured(t, b, "incremental, a seventh read again")
	begun = time.Now()
	res := b.check(t, nil)
	fmt.Printf("MEASURE copy.check  %d generations with the key: %.1f s, newest clean %s\n", len(res.Generations), time.Since(begun).Seconds(), res.NewestClean)
	for range 3 {
		readSealed(t, b, false)
	}
	readSealed(t, b, true)
}

// readSealed opens the medium with its key as the viewer does, reads a patient
// by number, and builds the index where it is asked to.
func readSealed(t *testing.T, b *bench, build bool) {
	t.Helper()
	debug.FreeOSMemory()
	if err := os.WriteFile("/proc/self/clear_refs", []byte("5"), 0); err != nil {
		t.Log(err)
	}
	cold(t)
	begun, before := time.Now(), cpuSeconds(t)
	s, err := shelf.Open(t.Context(), shelf.Config{Roots: []string{b.dir}, Key: func([]string) (*vault.Key, error) { return b.key, nil }, Zone: time.UTC,
		Store: index.Sealed{Path: filepath.Join(t.TempDir(), "index"), Key: b.key}})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	opened := time.Since(begun)
	found, err := s.Find(t.Context(), "7")
	if err != nil || len(found) != 1 {
		t.Fatal(found, err)
	}
	c, err := s.Read(t.Context(), found[0].ID, source.Want{})
	if err != nil || len(c.Items) == 0 {
		t.Fatal(err)
	}
	fmt.Printf("MEASURE sealed.first  open_ms=%d chart_ms=%d items=%d, peak RSS %d MiB\n", opened.Milliseconds(), time.Since(begun).Milliseconds(), len(c.Items), peakRSS(t))
	if !build {
		return
	}
	begun, before = time.Now(), cpuSeconds(t)
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- s.Run(ctx) }()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for s.Index().Progress().Phase != index.PhaseReady {
		<-tick.C
		if time.Since(begun) > 20*time.Minute {
			t.Fatal("the index is not built")
		}
	}
	took := time.Since(begun).Seconds()
	p := s.Index().Progress()
	fmt.Printf("MEASURE sealed.index  %.1f s, %.1f s CPU, %d items of %d patients, %.0f items/s, peak RSS %d MiB\n", took, cpuSeconds(t)-before, p.Items, p.Patients, float64(p.Items)/took, peakRSS(t))
	stop()
	if err := <-done; err != nil {
		t.Fatal(err)
	}
}

// cold drops what the system keeps of the disk.
func cold(t *testing.T) {
	t.Helper()
	if os.Getenv("TORIDE_MEASURE_COLD") == "" {
		return
	}
	syscall.Sync()
	if err := os.WriteFile("/proc/sys/vm/drop_caches", []byte("3"), 0); err != nil {
		t.Fatal(err)
	}
}

func measured(t *testing.T, b *bench, what string) {
	t.Helper()
	debug.FreeOSMemory()
	if err := os.WriteFile("/proc/self/clear_refs", []byte("5"), 0); err != nil { // the peak of what comes now
		t.Log(err)
	}
	begun := time.Now()
	before := cpuSeconds(t)
	rep, err := copy.Run(t.Context(), b.plan, nil)
	if err != nil {
		t.Fatal(err)
	}
	took := time.Since(begun).Seconds()
	fmt.Printf("MEASURE copy.night %s: %.1f s (%.2f min), %.1f s CPU, %.0f files/s, read %d files %.1f MB, written %.1f MB, peak RSS %d MiB, %s\n",
		what, took, took/60, cpuSeconds(t)-before, float64(rep.Counts.Files)/took, rep.Counts.Read, float64(rep.Counts.Taken)/1e6, float64(rep.Written)/1e6, peakRSS(t), rep)
}

// peakRSS is in MiB.
func peakRSS(t *testing.T) int {
	t.Helper()
	data, err := os.ReadFile("/proc/self/status")
	if err != nil {
		t.Fatal(err)
	}
	kib := 0
	for line := range strings.Lines(string(data)) {
		if _, err := fmt.Sscanf(line, "VmHWM: %d kB", &kib); err == nil {
			return kib / 1024
		}
	}
	return 0
}

func cpuSeconds(t *testing.T) float64 {
	t.Helper()
	var use syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &use); err != nil {
		t.Fatal(err)
	}
	return time.Duration(use.Utime.Nano() + use.Stime.Nano()).Seconds()
}

// writeHospital writes patients until there are so many files, and gives the
// path of every fiftieth.
func writeHospital(t *testing.T, dir string, files int) []string {
	t.Helper()
	h, err := synth.New(synth.Options{Seed: 7, Patients: max(100, files/100), Years: 5, AsOf: time.Date(2026, 11, 22, 2, 0, 0, 0, time.UTC), Extended: true})
	if err != nil {
		t.Fatal(err)
	}
	var paths []string
	count := 0
	made := map[string]bool{}
	for f, err := range h.Files(context.Background()) {
		if err != nil {
			t.Fatal(err)
		}
		if f.Dir {
			continue
		}
		full := filepath.Join(dir, filepath.FromSlash(f.Path))
		if folder := filepath.Dir(full); !made[folder] {
			if err := os.MkdirAll(folder, 0o700); err != nil {
				t.Fatal(err)
			}
			if len(made) > 10_000 {
				clear(made)
			}
			made[folder] = true
		}
		if err := os.WriteFile(full, f.Data, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(full, f.Time, f.Time); err != nil {
			t.Fatal(err)
		}
		if count%50 == 0 {
			paths = append(paths, f.Path)
		}
		if count++; count == files {
			break
		}
	}
	return paths
}

// changeFiles makes a night's changes: nine of ten are new files beside old
// ones, one is a new version whose predecessor is renamed.
func changeFiles(t *testing.T, dir string, paths []string) {
	t.Helper()
	done := 0
	for _, name := range paths {
		old := filepath.Join(dir, filepath.FromSlash(name))
		data, err := os.ReadFile(old)
		if err != nil {
			t.Fatal(err)
		}
		stem, ok := strings.CutSuffix(old, "_1")
		if done++; !ok { // a document, or an old version: a file beside it
			if err := os.WriteFile(old+".new", append(data, "new"...), 0o600); err != nil {
				t.Fatal(err)
			}
			continue
		}
		if done%10 == 0 {
			if err := os.Rename(old, stem+"_2"); err != nil {
				t.Fatal(err)
			}
		}
		fields := strings.Split(filepath.Base(stem), "_")
		fields[3] = fmt.Sprintf("%015d", done)
		if err := os.WriteFile(filepath.Join(filepath.Dir(old), strings.Join(fields, "_")+"_1"), append(data, "NTE|1||measured\r"...), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}
