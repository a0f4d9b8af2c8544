package synth_test

import (
	"archive/zip"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"testing/fstest"

	"github.com/torideproject/toride/hl7"
	"github.com/torideproject/toride/ssmix2"
	"github.com/torideproject/toride/ssmix2/synth"
	"github.com/torideproject/toride/ssmix2/view"
)

// digest sums up a store, its files in their order.
func digest(t testing.TB, h *synth.Hospital) string {
	t.Helper()
	sum := sha256.New()
	for f, err := range h.Files(context.Background()) {
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintln(sum, f.Path, f.Time.UnixMilli(), len(f.Data))
		sum.Write(f.Data)
	}
	return hex.EncodeToString(sum.Sum(nil))
}

func few(seed uint64) synth.Options {
	o := synth.Small(seed)
	o.Patients, o.Beds = 12, 6
	return o
}

func TestFiles_SameSeedSameBytes(t *testing.T) {
	t.Parallel()
	o := few(1)
	o.Defects = 0.5
	a, b := digest(t, hospital(t, o)), digest(t, hospital(t, o))
	if a != b {
		t.Error("the same options gave other bytes")
	}
	o.Seed = 2
	if digest(t, hospital(t, o)) == a {
		t.Error("another seed gave the same bytes")
	}
}

// A patient is the same whether made alone or among others, in any order, by
// several goroutines, and however many there are.
func TestPatientFiles_StandAlone(t *testing.T) {
	t.Parallel()
	h := hospital(t, few(1))
	one := func(i int) string {
		sum := sha256.New()
		for f := range h.PatientFiles(i) {
			fmt.Fprintln(sum, f.Path)
			sum.Write(f.Data)
		}
		return hex.EncodeToString(sum.Sum(nil))
	}
	want := make([]string, h.Patients())
	for i := range want {
		want[i] = one(i)
	}
	var wg sync.WaitGroup
	for k := range 4 {
		wg.Go(func() {
			for i := range want {
				if i = (len(want) - 1 - i + k) % len(want); one(i) != want[i] {
					t.Errorf("patient %d is another one", i)
				}
			}
		})
	}
	wg.Wait()
	for range h.PatientFiles(-1) {
		t.Error("a patient who is not there has files")
	}
	if e := h.Expect(99); e.ID != "" {
		t.Error(e)
	}
}

func TestFS_IsAFileSystem(t *testing.T) {
	t.Parallel()
	o := few(4)
	o.Patients, o.Beds, o.Years, o.Defects = 2, 1, 1, 0.5
	h := hospital(t, o)
	var some []string
	for f := range h.PatientFiles(0) {
		if !f.Dir {
			some = append(some, f.Path)
		}
	}
	if err := fstest.TestFS(h.FS(), some...); err != nil {
		t.Error(err)
	}
}

func TestFS_HasTheFilesOfFiles(t *testing.T) {
	t.Parallel()
	o := few(9)
	o.Defects, o.Volumes = 1, 3
	h := hospital(t, o)
	fsys, want := h.FS(), map[string]bool{}
	for f, err := range h.Files(context.Background()) {
		if err != nil {
			t.Fatal(err)
		}
		if f.Dir {
			continue
		}
		want[f.Path] = true
		data, err := fs.ReadFile(fsys, f.Path)
		if err != nil || !bytes.Equal(data, f.Data) {
			t.Fatalf("%s: %v, %d bytes, want %d", f.Path, err, len(data), len(f.Data))
		}
	}
	err := fs.WalkDir(fsys, ".", func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() && !want[path] {
			t.Errorf("%s is in the file system alone", path)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
	for _, bad := range []string{"x", synth.StandardFolder + "/2299999999", synth.StandardFolder + "/2299999999_A/000/001", synth.StandardFolder + "/2299999999_A/000/000/0000000013", synth.StandardFolder + "/2299999999_A/000/000/0000000001/x", synth.TransactionFolder + "/1850", "../x"} {
		if _, err := fsys.Open(bad); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s: %v", bad, err)
		}
	}
}

func TestVolumes_AreReadAsOneStore(t *testing.T) {
	t.Parallel()
	o := few(9)
	o.Volumes = 3
	h := hospital(t, o)
	s := open(t, h)
	volumes := 0
	for _, r := range s.roots {
		if r.Kind == ssmix2.StandardStorage {
			volumes++
		}
	}
	c := s.chart(h.ID(0))
	if volumes != 3 || len(c.listing.Records) != h.Expect(0).Files || len(c.lints) > 0 {
		t.Errorf("%d volumes, %d records of %d, %v", volumes, len(c.listing.Records), h.Expect(0).Files, c.lints)
	}
}

// The log of transactions, replayed, gives the names of the store.
func TestTransactions_ReplayGivesTheStore(t *testing.T) {
	t.Parallel()
	o := synth.Small(21)
	o.Patients, o.Beds = 70, 10 // two files for each year
	h := hospital(t, o)
	s := open(t, h)
	var root ssmix2.Root
	for _, r := range s.roots {
		if r.Kind == ssmix2.TransactionStorage {
			root = r
		}
	}
	replay := &ssmix2.Replay{}
	for x, lints := range s.store.Transactions(context.Background(), root) {
		if len(lints) > 0 {
			t.Fatal(lints)
		}
		if lints := replay.Apply(x); len(lints) > 0 {
			t.Fatal(lints)
		}
	}
	var records []ssmix2.Record
	for v, err := range s.store.Walk(context.Background(), ssmix2.WalkOptions{}) {
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range v.Listing.Records {
			if !r.Extended {
				records = append(records, r)
			}
		}
	}
	if missing, extra := replay.Difference(records); len(missing)+len(extra) > 0 || replay.Len() == 0 {
		t.Errorf("%d replayed; missing %v, extra %v", replay.Len(), missing, extra)
	}
}

func TestWrite_SinksHoldTheSameFiles(t *testing.T) {
	t.Parallel()
	o := few(6)
	o.Defects = 1
	h := hospital(t, o)
	want := map[string][]byte{}
	for f, err := range h.Files(context.Background()) {
		if err != nil {
			t.Fatal(err)
		}
		if !f.Dir {
			want[f.Path] = bytes.Clone(f.Data)
		}
	}
	dir := t.TempDir()
	root, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	var z, tr, tr2 bytes.Buffer
	var last synth.Progress
	for _, w := range []struct {
		sink    synth.Sink
		workers int
	}{{&synth.Folder{MkdirAll: root.MkdirAll, WriteFile: root.WriteFile, Chtimes: root.Chtimes}, 2}, {synth.Zip(&z), 3}, {synth.Tar(&tr), 1}, {synth.Tar(&tr2), 4}} {
		if err := h.Write(context.Background(), w.sink, synth.WriteOptions{Workers: w.workers, Progress: func(p synth.Progress) { last = p }}); err != nil {
			t.Fatal(err)
		}
	}
	if last.Patients != 12 || last.Bytes == 0 || !bytes.Equal(tr.Bytes(), tr2.Bytes()) {
		t.Error("the number of workers changed the bytes", last)
	}
	zr, err := zip.NewReader(bytes.NewReader(z.Bytes()), int64(z.Len()))
	if err != nil {
		t.Fatal(err)
	}
	za, err := ssmix2.NewZip(zr)
	if err != nil {
		t.Fatal(err)
	}
	ta, err := ssmix2.NewTar(bytes.NewReader(tr.Bytes()), int64(tr.Len()))
	if err != nil {
		t.Fatal(err)
	}
	for name, fsys := range map[string]fs.FS{"folder": os.DirFS(dir), "zip": za, "tar": ta} {
		got := 0
		err := fs.WalkDir(fsys, ".", func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			got++
			data, err := fs.ReadFile(fsys, path)
			if w, ok := want[path]; err == nil && ok && !bytes.Equal(data, w) {
				t.Errorf("%s: %s differs", name, path)
			}
			return err
		})
		if err != nil || got != len(want) {
			t.Errorf("%s: %d files of %d, %v", name, got, len(want), err)
		}
	}
	at := slices.Sorted(func(yield func(string) bool) {
		for k := range want {
			if !yield(k) {
				return
			}
		}
	})[0]
	if i, err := os.Stat(filepath.Join(dir, at)); err != nil || i.ModTime().Year() < 2020 || i.ModTime().Year() > 2025 {
		t.Error(at, i, err)
	}
}

type brokenSink struct{ left, closed int }

var errFull = errors.New("full")

func (b *brokenSink) Put(synth.File) error {
	if b.left--; b.left < 0 {
		return errFull
	}
	return nil
}
func (b *brokenSink) Close() error { b.closed++; return nil }

func TestWrite_EndsWithTheSinkAndTheContext(t *testing.T) {
	t.Parallel()
	h := hospital(t, few(6))
	b := &brokenSink{left: 100}
	if err := h.Write(context.Background(), b, synth.WriteOptions{Workers: 4}); !errors.Is(err, errFull) || b.closed != 1 {
		t.Error(err, b.closed)
	}
	ctx, stop := context.WithCancel(context.Background())
	stop()
	if err := h.Write(ctx, synth.Tar(io.Discard), synth.WriteOptions{Workers: 4}); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	for _, err := range h.Files(ctx) {
		if !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
	}
}

func TestCharsets_ArePatientsOwn(t *testing.T) {
	t.Parallel()
	o := few(3)
	o.Charsets = []hl7.Charset{hl7.ISO2022JP, hl7.CP932, hl7.UTF8, hl7.EUCJP}
	h := hospital(t, o)
	for i := range 4 {
		for f := range h.PatientFiles(i) {
			n, _, ok := ssmix2.ParseName(base(f.Path))
			if !ok {
				continue
			}
			m, err := hl7.Parse(f.Data)
			if err != nil || m.Charset() != o.Charsets[i] {
				t.Fatalf("%s: %v, %v", f.Path, m.Charset(), err)
			}
			if v, _ := view.Read(n.Kind, m); fold(v.Patient.Names[0].Full) != fold(h.Expect(i).Kanji) {
				t.Fatal(f.Path, v.Patient.Names)
			}
		}
	}
}

// No two patients lie in one bed, and the census is who the model says it is.
func TestCensus_OnePatientForEachBed(t *testing.T) {
	t.Parallel()
	o := synth.Small(8)
	o.Patients, o.Beds = 200, 60
	o.Wards = []synth.Ward{{Code: "4E", Name: "4階東病棟", Dept: "11", Beds: 20, PerRoom: 4}, {Code: "5W", Name: "5階西病棟", Dept: "05"}}
	h := hospital(t, o)
	in, beds := h.Census(), map[string]bool{}
	for i := range h.Patients() {
		e := h.Expect(i)
		if (e.Stay != nil) != slices.Contains(in, i) {
			t.Errorf("patient %d: %v", i, e.Stay)
		}
		if e.Stay == nil {
			continue
		}
		at := e.Stay.Ward + " " + e.Stay.Room + " " + e.Stay.Bed
		if beds[at] {
			t.Errorf("two patients in %s", at)
		}
		beds[at] = true
	}
	if len(in) < 45 || len(in) > 60 || len(beds) != len(in) {
		t.Errorf("%d in the hospital", len(in))
	}
}

// A message as it stands: reviewed by eye, so that a change of the writing is
// seen.
func TestGolden_AMeal(t *testing.T) {
	t.Parallel()
	h := hospital(t, few(1))
	for i := range h.Patients() {
		for f := range h.PatientFiles(i) {
			n, _, ok := ssmix2.ParseName(base(f.Path))
			if !ok || n.Kind != "OMD" {
				continue
			}
			m, err := hl7.Parse(f.Data)
			if err != nil {
				t.Fatal(err)
			}
			got := base(f.Path) + "\n" + string(bytes.ReplaceAll([]byte(m.Text()), []byte("\r"), []byte("\n")))
			file := filepath.Join("testdata", "meal.txt")
			want, err := os.ReadFile(file)
			if err != nil || got != string(want) {
				t.Errorf("%v\ngot\n%s\nwant\n%s", err, got, want)
			}
			return
		}
	}
	t.Error("nobody eats")
}

func BenchmarkPatient(b *testing.B) {
	o := synth.Options{Seed: 1, Patients: 20_000, Beds: 865, AsOf: synth.Small(1).AsOf, Extended: true}
	h := hospital(b, o)
	b.ReportAllocs()
	files, size, i := 0, 0, 0
	for b.Loop() {
		for f := range h.PatientFiles(i % h.Patients()) {
			files++
			size += len(f.Data)
		}
		i++
	}
	b.ReportMetric(float64(files)/b.Elapsed().Seconds(), "files/s")
	b.ReportMetric(float64(size)/float64(max(files, 1)), "B/file")
}

// Options at their ends make stores that are read without a word.
func TestOptions_AtTheirEnds(t *testing.T) {
	t.Parallel()
	for name, set := range map[string]func(o *synth.Options){
		"one patient":     func(o *synth.Options) { o.Patients, o.Beds = 1, 1 },
		"more beds":       func(o *synth.Options) { o.Patients, o.Beds = 5, synth.MaxBeds },
		"short numbers":   func(o *synth.Options) { o.IDWidth, o.Patients = 7, 20 },
		"long numbers":    func(o *synth.Options) { o.IDWidth = 15 },
		"many volumes":    func(o *synth.Options) { o.Volumes = synth.MaxVolumes },
		"thirty years":    func(o *synth.Options) { o.Years, o.Patients = synth.MaxYears, 3 },
		"nothing besides": func(o *synth.Options) { o.Extended, o.Transactions = false, false },
		"long ago":        func(o *synth.Options) { o.AsOf = o.AsOf.AddDate(-45, 0, 0) },
		"one ward": func(o *synth.Options) {
			o.Wards = []synth.Ward{{Code: "ICU", Name: "集中治療室", Dept: "84", PerRoom: 1}}
		},
		"only defects": func(o *synth.Options) { o.Defects = 1 },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := few(13)
			set(&o)
			h := hospital(t, o)
			s := open(t, h)
			for _, i := range []int{0, h.Patients() / 2, h.Patients() - 1} {
				e, c := h.Expect(i), s.chart(h.ID(i))
				if at, ok := h.Index(e.ID); !ok || at != i {
					t.Error(e.ID, at, ok)
				}
				if o.Defects == 0 && (len(c.lints) > 0 || len(c.listing.Records) != e.Files) {
					t.Errorf("patient %d: %d records of %d, %v", i, len(c.listing.Records), e.Files, c.lints)
				}
				identity(t, &e, c)
				stays(t, &e, c)
			}
		})
	}
}
