//go:build measure

package shelf

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/torideproject/toride/internal/chart/index"
	"github.com/torideproject/toride/internal/chart/source"
	"github.com/torideproject/toride/internal/chart/vault"
	"github.com/torideproject/toride/ssmix2"
	"github.com/torideproject/toride/ssmix2/synth"
)

// TestMeasure_Index writes a made-up hospital's store of about
// TORIDE_MEASURE_FILES files (1,000,000) to a real folder and times: the first
// patient by number without an index, building the index, the second start, and
// a quick refresh after 10,000 new files. The folder is removed in the end.
//
//	TORIDE_MEASURE_FILES=1000000 go test -tags measure -run Measure_Index -v -timeout 30m ./internal/chart/shelf
//
// TORIDE_MEASURE_STORE names a folder that holds such a store already and is left
// there (it is written if there is none, and grows by the new files if
// TORIDE_MEASURE_GROW is set), TORIDE_MEASURE_DIR where it is written else (the
// temporary folder). With TORIDE_MEASURE_COLD the page cache is dropped before
// each first patient, before building and before the second start (Linux, root).
func TestMeasure_Index(t *testing.T) {
	dir := os.Getenv("TORIDE_MEASURE_STORE")
	own := dir == ""
	if own {
		var err error
		if dir, err = os.MkdirTemp(os.Getenv("TORIDE_MEASURE_DIR"), "toride-measure-"); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = os.RemoveAll(dir) })
		fill(t, dir)
	} else if _, err := os.Stat(dir); err != nil {
		if err := os.Mkdir(dir, 0o700); err != nil {
			t.Fatal(err)
		}
		fill(t, dir)
		return
	}
	key, err := vault.NewKey()
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "index")
	cfg := Config{Roots: []string{dir}, Store: index.Sealed{Path: file, Key: key}, Index: index.Config{Quick: -1}, Zone: time.UTC}
	peakFromHere(t)
	for range 2 {
		if err := measureFirst(t, cfg).Close(); err != nil {
			t.Fatal(err)
		}
	}
	s := measureFirst(t, cfg)
	id := measureBuild(t, s)
	fmt.Printf("MEASURE index.build peak_MiB=%d\n", peakMiB(t))
	if info, err := os.Stat(file); err == nil {
		fmt.Printf("MEASURE index.file MiB=%.1f\n", float64(info.Size())/(1<<20))
	}
	cold(t)
	from, busy := time.Now(), cpu()
	again := open(t, cfg)
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- again.Run(ctx) }()
	waitFor(t, func() bool { return again.Index().Progress().Patients > 0 })
	fmt.Printf("MEASURE index.second_start searchable_ms=%d\n", time.Since(from).Milliseconds())
	long(t, func() bool { return again.Index().Progress().Phase == index.PhaseReady })
	fmt.Printf("MEASURE index.second_start refreshed_ms=%d cpu_ms=%d\n", time.Since(from).Milliseconds(), (cpu() - busy).Milliseconds())
	if own || os.Getenv("TORIDE_MEASURE_GROW") != "" {
		n := grow(t, dir, id, 10_000)
		from, busy = time.Now(), cpu()
		items := again.Index().Progress().Items
		again.Index().Refresh(false)
		long(t, func() bool {
			p := again.Index().Progress()
			return p.Phase == index.PhaseReady && p.Items >= items+int64(n)
		})
		fmt.Printf("MEASURE index.refresh new_files=%d ms=%d cpu_ms=%d\n", n, time.Since(from).Milliseconds(), (cpu() - busy).Milliseconds())
	}
	stop()
	<-done
}

// cpu is what the process has computed so far: on a box that others use too it
// says more than the clock.
func cpu() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

func long(t *testing.T, ok func() bool) {
	t.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for end := time.Now().Add(20 * time.Minute); !ok(); <-tick.C {
		if time.Now().After(end) {
			t.Fatal("it does not happen")
		}
	}
}

// fill writes the store.
func fill(t *testing.T, dir string) {
	t.Helper()
	files := 1_000_000
	if n, err := strconv.Atoi(os.Getenv("TORIDE_MEASURE_FILES")); err == nil {
		files = n
	}
	o := synth.Options{Seed: 11, Patients: 400, Years: 3, AsOf: time.Date(2026, 4, 1, 6, 0, 0, 0, time.UTC)}
	h, err := synth.New(o)
	if err != nil {
		t.Fatal(err)
	}
	sample := 0
	for i := range 400 {
		for range h.PatientFiles(i) {
			sample++
		}
	}
	o.Patients = max(10, files*400/sample)
	if h, err = synth.New(o); err != nil {
		t.Fatal(err)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	from := time.Now()
	var last synth.Progress
	err = h.Write(t.Context(), &synth.Folder{MkdirAll: root.MkdirAll, WriteFile: root.WriteFile}, synth.WriteOptions{Workers: 4, Progress: func(p synth.Progress) { last = p }})
	if err != nil {
		t.Fatal(err)
	}
	fmt.Printf("MEASURE index.store files=%d bytes=%d patients=%d written_s=%.0f\n", last.Files, last.Bytes, last.Patients, time.Since(from).Seconds())
}

// measureFirst opens the store and reads a patient without an index.
func measureFirst(t *testing.T, cfg Config) *Shelf {
	t.Helper()
	cold(t)
	from := time.Now()
	s := open(t, cfg)
	opened := time.Since(from)
	found, err := s.Find(t.Context(), "7")
	if err != nil || len(found) != 1 {
		t.Fatal(found, err)
	}
	c, err := s.Read(t.Context(), found[0].ID, source.Want{})
	if err != nil {
		t.Fatal(err)
	}
	fmt.Printf("MEASURE chart.first open_ms=%d chart_ms=%d items=%d\n", opened.Milliseconds(), time.Since(from).Milliseconds(), len(c.Items))
	return s
}

// measureBuild builds the index and closes the shelf.
func measureBuild(t *testing.T, s *Shelf) []string {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error, 1)
	cold(t)
	from, busy := time.Now(), cpu()
	go func() { done <- s.Run(ctx) }()
	long(t, func() bool { return s.Index().Progress().Phase == index.PhaseReady })
	p := s.Index().Progress()
	took := time.Since(from).Seconds()
	fmt.Printf("MEASURE index.build s=%.1f items=%d patients=%d items_per_s=%.0f wards=%d cpu_s=%.1f\n", took, p.Items, p.Patients, float64(p.Items)/took, len(s.Index().Wards()), (cpu() - busy).Seconds())
	var ids []string
	for i := 1; i <= p.Patients; i += max(1, p.Patients/2500) {
		ids = append(ids, fmt.Sprintf("%010d", i))
	}
	stop()
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	return ids
}

// grow writes new prescriptions, copies of old ones with new names, as a
// hospital that works on would: five for a patient, on two new days.
func grow(t *testing.T, dir string, ids []string, n int) int {
	t.Helper()
	roots, _, err := ssmix2.Detect(t.Context(), os.DirFS(dir))
	if err != nil {
		t.Fatal(err)
	}
	top := ""
	for _, r := range roots {
		if r.Kind == ssmix2.StandardStorage {
			top = filepath.Join(dir, filepath.FromSlash(r.Path))
		}
	}
	made := 0
	for _, id := range ids {
		at, ok := ssmix2.PatientPath(id)
		if !ok || made >= n {
			break
		}
		folder := filepath.Join(top, filepath.FromSlash(at))
		any := ""
		err := fs.WalkDir(os.DirFS(folder), ".", func(p string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			any = p
			return fs.SkipAll
		})
		if err != nil || any == "" {
			continue // a number that was not given to anybody
		}
		data, err := os.ReadFile(filepath.Join(folder, any))
		if err != nil {
			t.Fatal(err)
		}
		for i := range 5 {
			day := []string{"20260402", "20260403"}[i%2]
			name := strings.Join([]string{id, day, "OMP-01", fmt.Sprintf("%015d", time.Now().Unix()%1_000_000*100_000+int64(made)), day + fmt.Sprintf("0930%05d", i), "01", "1"}, "_")
			to := filepath.Join(folder, day, "OMP-01")
			if err := os.MkdirAll(to, 0o700); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(to, path.Base(name)), data, 0o600); err != nil {
				t.Fatal(err)
			}
			made++
		}
	}
	return made
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

// peakFromHere begins the process' peak of memory anew.
func peakFromHere(t *testing.T) {
	t.Helper()
	if err := os.WriteFile("/proc/self/clear_refs", []byte("5"), 0o600); err != nil {
		t.Logf("the peak of memory is that of the whole process: %v", err)
	}
}

func peakMiB(t *testing.T) int {
	t.Helper()
	data, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(data)) {
		if rest, ok := strings.CutPrefix(line, "VmHWM:"); ok {
			kb, _ := strconv.Atoi(strings.Fields(rest)[0])
			return kb / 1024
		}
	}
	return 0
}
