package ssmix2_test

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"golang.org/x/text/encoding/japanese"

	"github.com/torideproject/toride/ssmix2"
)

func tarOf(tb testing.TB, files map[string]string, extra ...*tar.Header) []byte {
	tb.Helper()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for _, h := range extra {
		if err := w.WriteHeader(h); err != nil {
			tb.Fatal(err)
		}
	}
	for name, text := range files {
		if err := w.WriteHeader(&tar.Header{Name: name, Size: int64(len(text)), Mode: 0o644, Typeflag: tar.TypeReg}); err != nil {
			tb.Fatal(err)
		}
		if _, err := io.WriteString(w, text); err != nil {
			tb.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		tb.Fatal(err)
	}
	return b.Bytes()
}

func zipOf(tb testing.TB, files map[string]string) []byte {
	tb.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for name, text := range files {
		f, err := w.CreateHeader(&zip.FileHeader{Name: name, NonUTF8: true, Method: zip.Deflate})
		if err != nil {
			tb.Fatal(err)
		}
		if _, err := io.WriteString(f, text); err != nil {
			tb.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		tb.Fatal(err)
	}
	return b.Bytes()
}

func texts(m fstest.MapFS) map[string]string {
	out := map[string]string{}
	for name, f := range m {
		out[name] = string(f.Data)
	}
	return out
}

func archives(tb testing.TB, files map[string]string, extra ...*tar.Header) map[string]*ssmix2.Archive {
	tb.Helper()
	b := tarOf(tb, files, extra...)
	asTar, err := ssmix2.NewTar(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		tb.Fatal(err)
	}
	z := zipOf(tb, files)
	r, err := zip.NewReader(bytes.NewReader(z), int64(len(z)))
	if err != nil && !errors.Is(err, zip.ErrInsecurePath) {
		tb.Fatal(err)
	}
	asZip, err := ssmix2.NewZip(r)
	if err != nil {
		tb.Fatal(err)
	}
	return map[string]*ssmix2.Archive{"tar": asTar, "zip": asZip}
}

func TestArchive_IsAFileSystem(t *testing.T) {
	t.Parallel()
	files := texts(hospital())
	for kind, a := range archives(t, files) {
		for name, text := range files {
			if got, err := fs.ReadFile(a, name); err != nil || string(got) != text {
				t.Errorf("%s: %s: %q %v", kind, name, got, err)
			}
		}
		everything(t, open(t, a))
		if list, n := a.Refused(); n > 0 {
			t.Errorf("%s: refused %v", kind, list)
		}
	}
}

// The library's own test of file systems, with names that its made-up
// patterns can hold: ^ is not one of their characters.
func TestArchive_PassesTheLibrarysTest(t *testing.T) {
	t.Parallel()
	files := texts(many(4))
	names := slices.Collect(maps.Keys(files))
	for kind, a := range archives(t, files) {
		if err := fstest.TestFS(a, names...); err != nil {
			t.Errorf("%s: %v", kind, err)
		}
	}
}

func TestArchive_RepairsNamesAndRefusesPaths(t *testing.T) {
	t.Parallel()
	sjis, err := japanese.ShiftJIS.NewEncoder().String("拡張ストレージ/表示^ソ/報告.pdf")
	if err != nil {
		t.Fatal(err)
	}
	files := map[string]string{sjis: "x", "../../etc/passwd": "bad", "/etc/shadow": "bad", "a/../../b": "bad", "good/file": "x", "back\\slash": "x", "./dot": "x"}
	links := []*tar.Header{{Name: "link", Linkname: "/etc", Typeflag: tar.TypeSymlink}, {Name: "hard", Linkname: "good/file", Typeflag: tar.TypeLink}, {Name: "pipe", Typeflag: tar.TypeFifo}}
	for kind, a := range archives(t, files, links...) {
		var got []string
		err := fs.WalkDir(a, ".", func(p string, e fs.DirEntry, err error) error {
			if err == nil && !e.IsDir() {
				got = append(got, p)
			}
			return err
		})
		if want := []string{"back/slash", "dot", "good/file", "拡張ストレージ/表示^ソ/報告.pdf"}; err != nil || !slices.Equal(got, want) {
			t.Errorf("%s: %q %v", kind, got, err)
		}
		if list, n := a.Refused(); (kind == "tar" && n != 6) || (kind == "zip" && n != 3) {
			t.Errorf("%s: refused %q", kind, list)
		}
	}
}

func TestArchive_DamagedAndCut(t *testing.T) {
	t.Parallel()
	b := tarOf(t, map[string]string{"a/1": strings.Repeat("x", 3000), "a/2": strings.Repeat("y", 3000)})
	a, err := ssmix2.NewTar(bytes.NewReader(b), int64(5000))
	if err == nil || a == nil {
		t.Fatalf("%v %v", a, err)
	}
	if entries, err := fs.ReadDir(a, "a"); err != nil || len(entries) == 0 {
		t.Errorf("%v %v", entries, err)
	}
	if _, err := a.Open("b"); !errors.Is(err, fs.ErrNotExist) {
		t.Error(err)
	}
	if _, err := a.Open("../a"); !errors.Is(err, fs.ErrInvalid) {
		t.Error(err)
	}
	same := tarOf(t, map[string]string{"a": "1"})
	two := append(same[:len(same)-1024:len(same)-1024], tarOf(t, map[string]string{"a": "2", "b/c": "3"})...)
	a, err = ssmix2.NewTar(bytes.NewReader(two), int64(len(two)))
	if err != nil {
		t.Fatal(err)
	}
	if got, err := fs.ReadFile(a, "a"); err != nil || string(got) != "2" {
		t.Errorf("%q %v", got, err)
	}
}

// A file that says it is small and is not, or is too large, is not read.
func TestReadFile_IsBounded(t *testing.T) {
	t.Parallel()
	files := texts(hospital())
	name := file("標準化ストレージ/2212345678_A", "0000000002", "-", "ADT-00", nines, "20250401083000000", "-", "1")
	files[name] = strings.Repeat("A", 1<<20)
	for kind, a := range archives(t, files) {
		roots, _, err := ssmix2.Detect(context.Background(), a)
		if err != nil {
			t.Fatal(err)
		}
		s, err := ssmix2.Open(context.Background(), a, roots, ssmix2.Options{MaxFile: 1 << 16})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.ReadFile(nil, name); !errors.Is(err, ssmix2.ErrTooLarge) {
			t.Errorf("%s: %v", kind, err)
		}
		if _, err := s.ReadFile(nil, "標準化ストレージ"); !errors.Is(err, fs.ErrInvalid) {
			t.Errorf("%s: %v", kind, err)
		}
	}
}

// A copy on Linux whose names are CP932 bytes.
func TestRawNames(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	const kind = "^経過記録^^11506-3^経過記録^LN"
	const doc = "拡張ストレージ/000/000/0000000001/20250401/" + kind + "/0000000001_20250401_11506-3_1_20250401170000000_01_1/報告.pdf"
	raw, err := japanese.ShiftJIS.NewEncoder().String(strings.TrimPrefix(doc, "拡張ストレージ/"))
	if err != nil {
		t.Fatal(err)
	}
	raw = "拡張ストレージ/" + raw
	for _, p := range []string{raw, strings.Replace(doc, "20250401", "20250402", 2), "標準/" + file("", "0000000001", "-", "ADT-00", nines, "20250401083000000", "-", "1")} {
		if err := os.MkdirAll(filepath.Join(dir, filepath.Dir(p)), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, p), []byte("MSH|"+p), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	fsys := ssmix2.RawNames{OpenRaw: func(name string) (fs.File, error) { return root.Open(name) }, LstatRaw: root.Lstat}
	if got, err := fs.ReadFile(fsys, doc); err != nil || string(got) != "MSH|"+raw {
		t.Fatalf("%q %v", got, err)
	}
	s := open(t, fsys)
	p, found, err := s.Find(context.Background(), "1")
	if err != nil || len(p) != 1 || len(found) > 0 {
		t.Fatal(p, found, err)
	}
	l, err := s.List(context.Background(), p[0])
	if err != nil || len(l.Lints) > 0 || len(l.Records) != 3 {
		t.Fatalf("%+v %v", l, err)
	}
	for i := range l.Records {
		if r := &l.Records[i]; r.Extended {
			if c, err := s.Content(context.Background(), r); err != nil || len(c.Files) != 1 || !strings.HasSuffix(c.Files[0].Path, "報告.pdf") || l.Types[r.TypeFolder()].Name != "経過記録" {
				t.Errorf("%+v %v", c, err)
			}
		}
	}
	if _, err := fsys.Open("../x"); !errors.Is(err, fs.ErrInvalid) {
		t.Error(err)
	}
	if _, err := fsys.Open("無い"); !errors.Is(err, fs.ErrNotExist) {
		t.Error(err)
	}
	// Without it the folder is seen and cannot be opened, which is said.
	plain := os.DirFS(dir)
	roots := []ssmix2.Root{{Path: "標準", Kind: ssmix2.StandardStorage}, {Path: ".", Kind: ssmix2.ExtendedStorage}}
	if s, err = ssmix2.Open(context.Background(), plain, roots, ssmix2.Options{}); err != nil {
		t.Fatal(err)
	}
	if _, err := s.List(context.Background(), ssmix2.Patient{ID: "x", Dirs: []ssmix2.Dir{{Root: 1, Path: "."}}}); err != nil {
		t.Error(err)
	}
}
