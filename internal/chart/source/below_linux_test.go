package source_test

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"syscall"
	"testing"

	"github.com/torideproject/toride/internal/chart/source"
)

// below opens a made-up patient's folder: two dates, names in several encodings,
// a link to outside, and a folder of many files.
func below(t *testing.T) (*source.Below, string) {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "0000000001")
	for _, name := range []string{"-/ADT-00/a_1", "20260401/OMP-01/b_1", "20260401/OMP-01/b_2", "20260401/検査/c", "20260402/OML-11/\x8c\x9f\x8d\xb8", "deep/er/still/d", "loose"} {
		at := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(at), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(at, nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Mkdir(filepath.Join(dir, "many"), 0o700); err != nil {
		t.Fatal(err)
	}
	for i := range 1500 { // more than one reading gives
		if err := os.WriteFile(filepath.Join(dir, "many", fmt.Sprintf("%040d", i)), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink("/etc", filepath.Join(dir, "20260401", "link")); err != nil {
		t.Fatal(err)
	}
	top, err := os.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	b := source.NewBelow(top, func(name string) (fs.FileInfo, error) { return os.Lstat(filepath.Join(dir, name)) })
	t.Cleanup(func() { _ = b.Close() })
	return b, dir
}

func TestBelow_ListsAsTheSystemDoes(t *testing.T) {
	t.Parallel()
	b, dir := below(t)
	// Again and again, to and fro: what is held open is read from its beginning.
	for _, name := range []string{".", "20260401", "20260401/OMP-01", "20260401/検査", "20260401", "20260402", "20260402/OML-11", "-", "-/ADT-00", "many", ".", "many"} {
		entries, more, err := b.List(name, 10_000)
		if err != nil || more {
			t.Fatal(name, more, err)
		}
		want, err := os.ReadDir(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		if got, want := shown(entries), shown(want); !slices.Equal(got, want) {
			t.Errorf("%s: %q instead of %q", name, got, want)
		}
		for _, e := range entries {
			info, err := e.Info()
			if err != nil || info.Name() != e.Name() || info.Mode().Type() != e.Type() {
				t.Error(name, e, info, err)
			}
		}
	}
}

func shown(entries []fs.DirEntry) []string {
	out := make([]string, 0, len(entries))
	for _, e := range entries {
		out = append(out, fs.FormatDirEntry(e))
	}
	slices.Sort(out)
	return out
}

func TestBelow_KeepsToItsFolder(t *testing.T) {
	b, dir := below(t)
	for _, name := range []string{"..", "../0000000001", "20260401/..", "/etc", "", "deep/er/still", "20260401//OMP-01"} {
		if entries, _, err := b.List(name, 10); !errors.Is(err, errors.ErrUnsupported) {
			t.Errorf("%q: %v %v", name, entries, err)
		}
	}
	for name, want := range map[string]error{"20260401/link": syscall.ENOTDIR, "loose": syscall.ENOTDIR, "none": fs.ErrNotExist, "20260401/none": fs.ErrNotExist, "20260401/OMP-01/": errors.ErrUnsupported} {
		if entries, _, err := b.List(name, 10); !errors.Is(err, want) {
			t.Errorf("%q: %v %v", name, entries, err)
		}
	}
	if entries, more, err := b.List("many", 1200); err != nil || !more || len(entries) != 1200 {
		t.Error(len(entries), more, err)
	}
	// The date that is held open may go away: that is no entry, and no harm.
	if _, _, err := b.List("20260402", 10); err != nil {
		t.Fatal(err)
	}
	if err := os.RemoveAll(filepath.Join(dir, "20260402")); err != nil {
		t.Fatal(err)
	}
	if entries, _, err := b.List(path.Join("20260402", "OML-11"), 10); !errors.Is(err, fs.ErrNotExist) {
		t.Error(entries, err)
	}
}

// Not parallel: it counts what the process holds open.
func TestBelow_LeavesNothingOpen(t *testing.T) {
	_, dir := below(t)
	count := func() int {
		open, err := os.ReadDir("/proc/self/fd")
		if err != nil {
			t.Fatal(err)
		}
		n := 0
		for _, e := range open {
			if to, err := os.Readlink("/proc/self/fd/" + e.Name()); err == nil && len(to) > len(dir) && to[:len(dir)] == dir {
				n++
			}
		}
		return n
	}
	root, err := os.OpenRoot(filepath.Dir(dir))
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	fsys := source.Folder(root)
	sub, done, err := fsys.OpenSub("0000000001")
	if err != nil {
		t.Fatal(err)
	}
	list := sub.(interface {
		ListDir(dir string, limit int) ([]fs.DirEntry, bool, error)
	})
	entries, _, err := list.ListDir("20260402/OML-11", 10)
	if err != nil || len(entries) != 1 || entries[0].Name() != "検査" {
		t.Fatal(entries, err)
	}
	before := count()
	if _, _, err := list.ListDir("20260401/none", 10); err == nil || count() != before {
		t.Error(err, before, count())
	}
	if err := done(); err != nil {
		t.Error(err)
	}
	if n := count(); n != 0 { // neither the patient's folder nor the date
		t.Errorf("%d folders below are still open", n)
	}
}

// A cold disk takes a tenth of a millisecond for each thing it is asked: a folder
// of ten thousand patients must not be asked about each of them.
func TestListBelow_AsksAboutNoEntry(t *testing.T) {
	t.Parallel()
	_, dir := below(t)
	entries, more, err := source.ListBelow(func() (*os.File, error) { return os.Open(filepath.Join(dir, "many")) }, func(name string) (fs.FileInfo, error) {
		t.Error("asked about", name)
		return nil, fs.ErrNotExist
	}, 2000)
	if err != nil || more || len(entries) != 1500 {
		t.Error(len(entries), more, err)
	}
	if _, _, err := source.ListBelow(func() (*os.File, error) { return nil, fs.ErrPermission }, nil, 1); !errors.Is(err, fs.ErrPermission) {
		t.Error(err)
	}
}
