package vault

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// Opening and the first patient take a few reads, whatever the size.
func TestReader_FirstPatientTakesFewReads(t *testing.T) {
	t.Parallel()
	var reads [2]int
	for i, patients := range []int{100, 2000} {
		f := newFixture(t)
		m := f.write(t, store(patients, 6), f.options("", day(2)))
		f.d.reads, f.d.read = 0, 0
		firstPatient(t, f, m.Generation)
		reads[i] = f.d.reads
		t.Logf("%d files: %d reads, %d bytes, directory %d bytes", m.Files, f.d.reads, f.d.read, m.Directory.Bytes)
		if f.d.reads > 40 || f.d.read > 2<<20 {
			t.Errorf("%d patients: %d reads, %d bytes", patients, f.d.reads, f.d.read)
		}
	}
	if reads[1] > reads[0]+10 {
		t.Errorf("reads grow with the store: %v", reads)
	}
}

func firstPatient(t testing.TB, f *fixture, id string) {
	t.Helper()
	r, err := f.v.Read(id, ReadOptions{}, f.k)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	patient := fmt.Sprintf("%010d", 7919*50)
	dir := "2212345678/" + patient[:3] + "/" + patient[3:6] + "/" + patient
	dates, err := r.ReadDir(dir)
	if err != nil || len(dates) != 6 {
		t.Fatalf("%v, %v", dates, err)
	}
	for _, d := range dates {
		kinds, err := r.ReadDir(dir + "/" + d.Name())
		if err != nil {
			t.Fatal(err)
		}
		files, err := r.ReadDir(dir + "/" + d.Name() + "/" + kinds[0].Name())
		if err != nil {
			t.Fatal(err)
		}
		if _, err := r.ReadFile(dir + "/" + d.Name() + "/" + kinds[0].Name() + "/" + files[0].Name()); err != nil {
			t.Fatal(err)
		}
	}
}

// A tree of several levels finds every entry, and what is not there not.
func TestTree_SeveralLevels(t *testing.T) {
	t.Parallel()
	d, k := newMemDisk(), newTestKey(t)
	enc, err := newEncoder()
	if err != nil {
		t.Fatal(err)
	}
	s, err := newSealing(d, "x", enc, k.identity.Recipient())
	if err != nil {
		t.Fatal(err)
	}
	w := treeWriter{to: s}
	const n, long = 40_000, 900 // long names: few entries a block, so many levels
	name := func(i int) string {
		return fmt.Sprintf("%06d%s/%06d", i*2, strings.Repeat(fmt.Sprintf("%x", i*2654435761), long/10), i)
	}
	for i := range n {
		if err := w.add(&Entry{Path: name(i), Size: int64(i), ModTime: time.Unix(int64(i), 0)}); err != nil {
			t.Fatal(err)
		}
	}
	root, err := w.close()
	if err != nil || root.Level < 2 {
		t.Fatalf("%+v, %v", root, err)
	}
	file, err := s.close()
	if err != nil {
		t.Fatal(err)
	}
	r := &Reader{m: &Manifest{Root: root, Directory: file}, disk: d}
	if r.dir, err = openSealed(d, file, "", k.identity); err != nil {
		t.Fatal(err)
	}
	if r.dec, err = newDecoder(); err != nil {
		t.Fatal(err)
	}
	for i := 0; i < n; i += 997 {
		if e, err := r.Lookup(name(i)); err != nil || e.Size != int64(i) {
			t.Fatalf("%d: %+v, %v", i, e, err)
		}
		if _, err := r.Lookup(name(i) + "x"); err == nil {
			t.Fatalf("%d: found what is not there", i)
		}
		seen := i
		for e, err := range r.Entries(name(i)) {
			if err != nil || e.Size != int64(seen) {
				t.Fatalf("%d: %+v, %v", seen, e, err)
			}
			if seen++; seen > i+100 {
				break
			}
		}
	}
	if all, err := r.ReadDir("."); err != nil || len(all) != n {
		t.Fatalf("%d folders, %v", len(all), err)
	}
}

func BenchmarkReader_OpenFirstPatient(b *testing.B) {
	f := newFixture(b)
	m := f.write(b, store(5000, 6), f.options("", day(2)))
	b.ReportAllocs()
	for b.Loop() {
		firstPatient(b, f, m.Generation)
	}
}

func BenchmarkReader_Lookup(b *testing.B) {
	f := newFixture(b)
	files := store(5000, 6)
	r := f.read(b, f.write(b, files, f.options("", day(2))).Generation)
	names := sortedPaths(files)
	b.ReportAllocs()
	i := 0
	for b.Loop() {
		i = (i + 7919) % len(names)
		if _, err := r.Lookup(names[i]); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkWriter(b *testing.B) {
	for _, how := range []string{"add", "keep"} {
		b.Run(how, func(b *testing.B) {
			f := newFixture(b)
			files := store(2000, 10)
			previous := ""
			if how == "keep" {
				previous = f.write(b, files, f.options("", day(2))).Generation
			}
			base := f.d.afterCut(true)
			b.ReportAllocs()
			for b.Loop() {
				x := f.onCopy(b, base.afterCut(true))
				x.write(b, files, f.options(previous, day(3)))
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*len(files)), "ns/file")
		})
	}
}

// More packs than a reader keeps open, and many who read at once.
func TestReader_ManyPacksManyReaders(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	files, id := map[string]string{}, ""
	for n := range maxOpen + 20 {
		files[fmt.Sprintf("p/%03d", n)] = fmt.Sprint("content ", n)
		id = f.write(t, files, f.options(id, day(2))).Generation
	}
	r := f.read(t, id)
	if len(r.Manifest().Packs) <= maxOpen {
		t.Fatal("too few packs")
	}
	done := make(chan error)
	for n := range 8 {
		go func() {
			var err error
			for i := range 200 {
				r.cache.mu.Lock()
				if i%20 == 0 { // so that packs are read, not the cache
					r.cache.byUse.Init()
					clear(r.cache.at)
					r.cache.bytes = 0
				}
				r.cache.mu.Unlock()
				name := fmt.Sprintf("p/%03d", (i*13+n*29)%len(files))
				data, e := r.ReadFile(name)
				if e == nil && string(data) != files[name] {
					e = fmt.Errorf("%s reads %q", name, data)
				}
				if e != nil {
					err = e
				}
			}
			done <- err
		}()
	}
	for range 8 {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
	if len(r.packs) > maxOpen {
		t.Errorf("%d packs are open", len(r.packs))
	}
	if err := r.Close(); err != nil {
		t.Error(err)
	}
	_, err := r.ReadFile("p/000")
	if err == nil {
		t.Error("a closed reader reads")
	}
}
