//go:build measure

package ssmix2_test

import (
	"context"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"syscall"
	"testing"
	"time"

	public "github.com/torideproject/toride/ssmix2"

	"github.com/torideproject/toride/internal/chart/source"
	"github.com/torideproject/toride/ssmix2/synth"
)

// TestMeasure_Walk measures the walk that makes an index, and a quick one after
// 10,000 new files, on a store of TORIDE_MEASURE_FILES files (1,000,000) in
// TORIDE_MEASURE_DIR, which is made where it is not there and left. With
// TORIDE_MEASURE_COLD the page cache is dropped first (Linux, root).
//
//	TORIDE_MEASURE_DIR=/tmp/store go test -tags measure -run '^TestMeasure_Walk$' -v -timeout 30m ./internal/chart/source/ssmix2
func TestMeasure_Walk(t *testing.T) {
	dir := os.Getenv("TORIDE_MEASURE_DIR")
	if dir == "" {
		t.Skip("TORIDE_MEASURE_DIR is not set")
	}
	files, err := strconv.Atoi(os.Getenv("TORIDE_MEASURE_FILES"))
	if err != nil {
		files = 1_000_000
	}
	writeStore(t, dir, files)
	root, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	s := open(t, source.Folder(root))
	marks := map[string]uint64{}
	for _, name := range []string{"whole", "quick, known"} {
		if os.Getenv("TORIDE_MEASURE_COLD") != "" {
			if err := os.WriteFile("/proc/sys/vm/drop_caches", []byte("3"), 0); err != nil {
				t.Log(err)
			}
		}
		opt := source.Walk{Quick: name == "quick, known"}
		if opt.Quick {
			opt.Known = knownBy(marks)
		}
		measureWalk(t, s, name, opt, marks)
	}
	addFiles(t, dir, s, marks)
	opt := source.Walk{Quick: true, Known: knownBy(marks)}
	measureWalk(t, s, "quick, 10,000 new files", opt, marks)
}

// knownBy gives marks as they are now: a walk asks for them while it yields.
func knownBy(marks map[string]uint64) func(string) (uint64, bool) {
	marks = maps.Clone(marks)
	return func(id string) (uint64, bool) { m, ok := marks[id]; return m, ok }
}

func measureWalk(t *testing.T, s source.Source, name string, opt source.Walk, marks map[string]uint64) {
	t.Helper()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	begun, used := time.Now(), cpu()
	patients, files, beds, same := 0, 0, 0, 0
	err := s.Walk(context.Background(), opt, func(e source.Entry) error {
		patients++
		if e.Same {
			same++
		} else {
			files += e.Files
			if e.Stay != nil {
				beds++
			}
		}
		marks[e.ID] = e.Mark
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	runtime.ReadMemStats(&after)
	fmt.Printf("%-24s %6.1f s (%.1f s of processors)  %d patients (%d the same), %d files, %d in bed, heap %d MiB, allocated %d MiB\n", name, time.Since(begun).Seconds(), cpu()-used, patients, same, files, beds,
		after.HeapInuse>>20, (after.TotalAlloc-before.TotalAlloc)>>20)
}

// cpu is how much processor time this process used, in seconds.
func cpu() float64 {
	var r syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &r); err != nil {
		return 0
	}
	return float64(r.Utime.Sec+r.Stime.Sec) + float64(r.Utime.Usec+r.Stime.Usec)/1e6
}

func measureOptions(files int) synth.Options {
	return synth.Options{Seed: 7, Patients: max(10, files/175), Years: 4, Beds: 400, AsOf: time.Date(2025, 10, 26, 3, 12, 55, 0, time.UTC), Extended: true}
}

func writeStore(t *testing.T, dir string, files int) {
	t.Helper()
	if _, err := os.Stat(filepath.Join(dir, synth.StandardFolder)); err == nil {
		return
	}
	h, err := synth.New(measureOptions(files))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	begun, n := time.Now(), int64(0)
	err = h.Write(context.Background(), &synth.Folder{MkdirAll: root.MkdirAll, WriteFile: root.WriteFile, Chtimes: root.Chtimes},
		synth.WriteOptions{Workers: 2, Progress: func(p synth.Progress) { n = p.Files }})
	if err != nil {
		t.Fatal(err)
	}
	fmt.Printf("%d files of %d patients written in %.0f s\n", n, h.Patients(), time.Since(begun).Seconds())
}

// addFiles writes 10,000 results, ten each for a thousand patients, with a date
// behind all others.
func addFiles(t *testing.T, dir string, s source.Source, marks map[string]uint64) {
	t.Helper()
	n := 0
	day := strconv.FormatInt(time.Now().Unix()%100000000, 10) // another one each time
	for id := range marks {
		if n++; n > 1000 {
			return
		}
		at, _ := public.PatientPath(id)
		to := filepath.Join(dir, synth.StandardFolder, s.Info().Facility, at, "20251027", "OML-11")
		if err := os.MkdirAll(to, 0o755); err != nil {
			t.Fatal(err)
		}
		for k := range 10 {
			name := fmt.Sprintf("%s_20251027_OML-11_%08s%07d_20251027%09d_01_1", id, day, k, k)
			if err := os.WriteFile(filepath.Join(to, name), []byte("MSH|^~\\&|\rPID|||"+id+"\r"), 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
}
