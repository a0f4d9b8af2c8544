package ssmix2_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/fstest"

	"github.com/torideproject/toride/ssmix2"
)

// many makes n patients, every third in two volumes.
func many(n int) fstest.MapFS {
	var paths []string
	for i := range n {
		id := fmt.Sprintf("%03d%03d%04d", i%3, i%7, i)
		paths = append(paths, file("A", id, "-", "ADT-00", nines, "20250401083000000", "-", "1"))
		if i%3 == 0 {
			paths = append(paths, file("B", id, "20250401", "OMP-01", "000000000000001", "20250401083000000", "01", "1"))
		}
	}
	return tree(paths...)
}

func walk(t *testing.T, s *ssmix2.Store, after string, workers int) (ids []string, records int) {
	t.Helper()
	for v, err := range s.Walk(context.Background(), ssmix2.WalkOptions{After: after, Workers: workers}) {
		if err != nil || v.Listing == nil || len(v.Lints) > 0 {
			t.Fatalf("%v %+v", err, v)
		}
		ids = append(ids, v.Patient.ID)
		records += len(v.Listing.Records)
	}
	return ids, records
}

func TestWalk_GoesOnFromAnyPosition(t *testing.T) {
	t.Parallel()
	s := open(t, many(90))
	all, records := walk(t, s, "", 3)
	if len(all) != 90 || records != 120 || !slices.IsSorted(all) {
		t.Fatalf("%d patients, %d records, %v", len(all), records, all)
	}
	for i := range all {
		if rest, _ := walk(t, s, all[i], 2); !slices.Equal(rest, all[i+1:]) {
			t.Fatalf("behind %s: %v", all[i], rest)
		}
	}
	// A patient's folder that stands where it should not does not move the
	// position.
	odd := many(30)
	odd["A/000/000/9990000001/-/ADT-00/x"] = &fstest.MapFile{}
	so := open(t, odd)
	var places []string
	for f, err := range so.Patients(context.Background(), "") {
		if err != nil {
			t.Fatal(err)
		}
		places = append(places, f.Position)
	}
	for i, at := range places {
		n := 0
		for f := range so.Patients(context.Background(), at) {
			if n++; f.Position != places[i+n] {
				t.Fatalf("behind %s: %s", at, f.Position)
			}
		}
		if i+n != len(places)-1 {
			t.Fatalf("behind %s: %d of %d", at, n, len(places))
		}
	}
	// A position whose patient is gone, and ones beside every patient.
	for after, want := range map[string]int{"0000000000": 89, "000000000": 90, "999": 0, "001": 60, "0000000001": 89, "000/000/0000000001": 89, "/": 90, "~": 0} {
		if rest, _ := walk(t, s, after, 1); len(rest) != want {
			t.Errorf("behind %s: %d patients", after, len(rest))
		}
	}
}

func TestWalk_StopsWhenAsked(t *testing.T) {
	t.Parallel()
	s := open(t, many(90))
	n := 0
	for range s.Walk(context.Background(), ssmix2.WalkOptions{Workers: 4}) {
		if n++; n == 5 {
			break
		}
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	var last error
	n = 0
	for _, err := range s.Walk(ctx, ssmix2.WalkOptions{Workers: 4}) {
		if n++; n == 5 {
			cancel()
		}
		last = err
	}
	if !errors.Is(last, context.Canceled) || n > 60 {
		t.Errorf("%d visits, %v", n, last)
	}
	n = 0
	for range s.Patients(context.Background(), "") {
		if n++; n == 5 {
			break
		}
	}
}

// unplugged fails on everything once it was asked for so many folders.
type unplugged struct {
	fs.FS
	left atomic.Int32
}

func (u *unplugged) Open(name string) (fs.File, error) {
	if u.left.Add(-1) < 0 {
		return nil, &fs.PathError{Op: "open", Path: name, Err: errors.New("input/output error")}
	}
	return u.FS.Open(name)
}

func TestWalk_OfADiskThatIsUnplugged(t *testing.T) {
	t.Parallel()
	u := &unplugged{FS: many(300)}
	u.left.Store(1000)
	s := open(t, u)
	u.left.Store(50)
	var last error
	seen := ""
	for v, err := range s.Walk(context.Background(), ssmix2.WalkOptions{Workers: 2}) {
		if last = err; err == nil && v.Listing != nil {
			seen = v.Patient.ID
		}
	}
	if !errors.Is(last, ssmix2.ErrGone) || seen == "" {
		t.Fatalf("%q %v", seen, last)
	}
}

// broken fails on one folder.
type broken struct {
	fs.FS
	at string
}

func (b broken) Open(name string) (fs.File, error) {
	if name == b.at {
		return nil, &fs.PathError{Op: "open", Path: name, Err: errors.New("input/output error")}
	}
	return b.FS.Open(name)
}

func TestWalk_PassesOverABrokenFolder(t *testing.T) {
	t.Parallel()
	whole := open(t, many(30))
	all, _ := walk(t, whole, "", 1)
	for _, c := range []struct {
		at    string
		fewer int
	}{{"A/000/000", 1}, {"A/001", 10}, {"A/000/000/0000000000", 0}, {"A/000/000/0000000000/-", 0}} {
		s := open(t, broken{many(30), c.at})
		n := 0
		var found []ssmix2.Code
		for v, err := range s.Walk(context.Background(), ssmix2.WalkOptions{Workers: 2}) {
			if err != nil {
				t.Fatal(err)
			}
			if v.Patient.ID != "" {
				n++
			}
			found = append(found, codes(v.Lints)...)
			if v.Listing != nil {
				found = append(found, codes(v.Listing.Lints)...)
			}
		}
		if n < len(all)-c.fewer || n > len(all) || !slices.Equal(found, []ssmix2.Code{ssmix2.DirUnreadable}) {
			t.Errorf("%s: %d patients, %v", c.at, n, found)
		}
	}
}

// onlyReads is a file system that can open, list and describe, notes what is
// opened, and whose files can do nothing but what reading needs.
type onlyReads struct {
	fs   fs.FS
	t    *testing.T
	open atomic.Int32
	list atomic.Int32 // how often a folder was listed
}

func (o *onlyReads) Open(name string) (fs.File, error) {
	if !fs.ValidPath(name) {
		o.t.Errorf("opened %q", name)
	}
	f, err := o.fs.Open(name)
	if err != nil {
		return nil, err
	}
	o.open.Add(1)
	if d, ok := f.(fs.ReadDirFile); ok {
		return &readDirOnly{readOnly{o, f}, d}, nil
	}
	return &readOnly{o, f}, nil
}

type readOnly struct {
	o *onlyReads
	f fs.File
}

func (r *readOnly) Stat() (fs.FileInfo, error) { return r.f.Stat() }
func (r *readOnly) Read(b []byte) (int, error) { return r.f.Read(b) }
func (r *readOnly) Close() error               { r.o.open.Add(-1); return r.f.Close() }

type readDirOnly struct {
	readOnly
	d fs.ReadDirFile
}

func (r *readDirOnly) ReadDir(n int) ([]fs.DirEntry, error) {
	r.o.list.Add(1)
	return r.d.ReadDir(n)
}

// Everything that this package can do with a store is done over a file system
// that can only open, list, describe and read; every file is closed again and
// what was there is there as before.
func TestStore_OnlyReads(t *testing.T) {
	t.Parallel()
	under := hospital()
	before := fmt.Sprint(under)
	o := &onlyReads{fs: under, t: t}
	s := open(t, o)
	everything(t, s)
	if o.open.Load() != 0 {
		t.Errorf("%d files are still open", o.open.Load())
	}
	if fmt.Sprint(under) != before {
		t.Error("the store was changed")
	}
}

func everything(t *testing.T, s *ssmix2.Store) {
	t.Helper()
	ctx := context.Background()
	n := 0
	for v, err := range s.Walk(ctx, ssmix2.WalkOptions{Workers: 2}) {
		if err != nil {
			t.Fatal(err)
		}
		ssmix2.Resolve(v.Listing.Records)
		for i := range v.Listing.Records {
			n++
			r := &v.Listing.Records[i]
			if r.Extended {
				c, err := s.Content(ctx, r)
				if err != nil {
					t.Fatal(err)
				}
				for _, f := range c.Files {
					if _, err := s.ReadFile(nil, f.Path); err != nil {
						t.Fatal(err)
					}
				}
				continue
			}
			if data, err := s.ReadFile(nil, r.Path()); err != nil || !strings.HasPrefix(string(data), "MSH") {
				t.Fatal(err)
			}
		}
		if _, _, err := s.Find(ctx, v.Patient.ID); err != nil {
			t.Fatal(err)
		}
	}
	for _, r := range s.Roots() {
		for range s.Transactions(ctx, r) {
			n++
		}
	}
	if n < 5 {
		t.Errorf("only %d records were seen", n)
	}
}

// A patient is found by number, and his details by their path, without a
// listing of any folder above.
func TestFind_ListsNoFolder(t *testing.T) {
	t.Parallel()
	o := &onlyReads{fs: hospital(), t: t}
	s := open(t, o)
	o.list.Store(0)
	p, _, err := s.Find(context.Background(), "1")
	if err != nil || len(p) != 1 || o.list.Load() != 0 {
		t.Fatalf("%v %v, %d folders were listed", p, err, o.list.Load())
	}
	l, err := s.ListOnly(context.Background(), p[0], ssmix2.Filter{Dates: []string{"-"}, Kinds: []string{"ADT-00"}})
	if err != nil || len(l.Records) != 2 || o.list.Load() > 2 { // one folder, asked until it says that there is no more
		t.Errorf("%+v %v, %d listings", l, err, o.list.Load())
	}
}

// Opening a patient's folder once for all that is below it changes nothing of
// what is found.
func TestList_FromTheFolderItself(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for _, name := range []string{"標準化ストレージ/2299999999/000/000/0000000001/-/ADT-00/0000000001_-_ADT-00_999999999999999_20250101120000000_-_1",
		"標準化ストレージ/2299999999/000/000/0000000001/20250102/OML-11/0000000001_20250102_OML-11_000000000000001_20250102120000000_01_1",
		"標準化ストレージ/2299999999/000/000/0000000001/20250103/OML-11/0000000001_20250103_OML-11_000000000000002_20250103120000000_01_1"} {
		at := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(at), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(at, []byte("MSH|^~\\&|\r"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	subs := 0
	plain := ssmix2.RawNames{OpenRaw: func(name string) (fs.File, error) { return root.Open(name) }, LstatRaw: root.Lstat}
	quick := plain
	quick.SubRaw = func(dir string) (ssmix2.RawNames, func() error, error) {
		subs++
		sub, err := root.OpenRoot(dir)
		return ssmix2.RawNames{OpenRaw: func(name string) (fs.File, error) { return sub.Open(name) }, LstatRaw: sub.Lstat}, sub.Close, err
	}
	var lists []*ssmix2.Listing
	for _, fsys := range []fs.FS{plain, quick} {
		s := open(t, fsys)
		for _, only := range []ssmix2.Filter{{}, {Newest: 1}, {Newest: 9}} {
			l, err := s.ListOnly(context.Background(), ssmix2.Patient{ID: "0000000001", Dirs: []ssmix2.Dir{{Path: "標準化ストレージ/2299999999/000/000/0000000001"}}}, only)
			if err != nil || len(l.Dates) != 3 || len(l.Lints) > 0 {
				t.Fatal(err, l)
			}
			lists = append(lists, l)
		}
	}
	if !reflect.DeepEqual(lists[:3], lists[3:]) || subs != 3 {
		t.Errorf("%+v\n%+v (%d)", lists[:3], lists[3:], subs)
	}
	if len(lists[0].Records) != 3 || len(lists[1].Records) != 2 || lists[1].Records[1].Date != "20250103" || len(lists[2].Records) != 3 {
		t.Errorf("%+v", lists)
	}
}
