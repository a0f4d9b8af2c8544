package source_test

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"testing/fstest"

	"github.com/torideproject/toride/internal/chart/model"
	"github.com/torideproject/toride/internal/chart/source"
)

func TestOptions_NthCountsOn(t *testing.T) {
	t.Parallel()
	for _, x := range []struct {
		name string
		i    int
		want string
	}{{"s1", 0, "s1"}, {"s1", 2, "s3"}, {"s9", 1, "s10"}, {"s", 0, "s1"}, {"", 1, "2"}} {
		if got := (source.Options{Name: x.name, Label: "l"}).Nth(x.i); got.Name != x.want || got.Label != "l" {
			t.Errorf("%q, %d: %+v, want %s", x.name, x.i, got, x.want)
		}
	}
}

func TestWant_Needs(t *testing.T) {
	t.Parallel()
	if w := (source.Want{}); !w.Needs(model.Labs) {
		t.Error("nothing said means all")
	}
	if w := (source.Want{Only: []model.Part{model.Labs}}); !w.Needs(model.Labs) || w.Needs(model.Meals) {
		t.Error("labs alone")
	}
	if w := (source.Want{Only: []model.Part{}}); w.Needs(model.Labs) {
		t.Error("none")
	}
}

// A folder is a whole file system: what lists and opens it finds everything,
// and neither a name nor a link leads out of it.
func TestFolder_IsAFileSystemOfItsOwn(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for _, name := range []string{"a/b/c.txt", "標準化/x", "a/y"} {
		at := filepath.Join(dir, "in", filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(at), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(at, []byte(name), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(dir, "out"), []byte("no"), 0o644); err != nil {
		t.Fatal(err)
	}
	root, err := os.OpenRoot(filepath.Join(dir, "in"))
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	fsys := source.Folder(root)
	if err := fstest.TestFS(fsys, "a/b/c.txt", "標準化/x", "a/y"); err != nil {
		t.Error(err)
	}
	sub, done, err := fsys.OpenSub("a")
	if err != nil {
		t.Fatal(err)
	}
	defer done()
	if data, err := fs.ReadFile(sub, "b/c.txt"); err != nil || string(data) != "a/b/c.txt" {
		t.Errorf("%q %v", data, err)
	}
	if _, err := fs.ReadFile(sub, "../標準化/x"); err == nil {
		t.Error("a name led out of the folder below")
	}
	if err := os.Symlink(filepath.Join(dir, "out"), filepath.Join(dir, "in", "link")); err == nil {
		if data, err := fs.ReadFile(fsys, "link"); err == nil {
			t.Errorf("a link led out: %q", data)
		}
	}
	f, err := fsys.Open("a")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var names []string
	for {
		entries, err := f.(fs.ReadDirFile).ReadDir(1)
		for _, e := range entries {
			names = append(names, e.Name())
		}
		if errors.Is(err, io.EOF) || len(entries) == 0 {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	slices.Sort(names)
	if !slices.Equal(names, []string{"b", "y"}) {
		t.Error(names)
	}
}
