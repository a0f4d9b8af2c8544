package sourcetest

import (
	"context"
	"errors"
	"io/fs"
	"sync/atomic"
	"testing"
	"testing/fstest"

	"github.com/torideproject/toride/internal/chart/model"
	"github.com/torideproject/toride/internal/chart/source"
	"github.com/torideproject/toride/ssmix2/synth"
)

// errPulled is what a disk that was pulled out answers.
var errPulled = errors.New("sourcetest: the disk was pulled out")

// Watch is a file system that counts what was opened and closed, and that can
// be pulled out: then everything fails, also in files that are open. It has no
// function to write, as fs.FS has none.
type Watch struct {
	fsys           fs.FS
	opened, closed atomic.Int64
	pulled         atomic.Bool
}

// NewWatch watches a file system.
func NewWatch(fsys fs.FS) *Watch { return &Watch{fsys: fsys} }

// Pull makes everything fail from now on; Plug ends that.
func (w *Watch) Pull() { w.pulled.Store(true) }

// Plug makes the file system work again.
func (w *Watch) Plug() { w.pulled.Store(false) }

// Opened is how many files and folders were opened.
func (w *Watch) Opened() int64 { return w.opened.Load() }

// Left is how many are open still.
func (w *Watch) Left() int64 { return w.opened.Load() - w.closed.Load() }

// Open opens a file or folder.
func (w *Watch) Open(name string) (fs.File, error) {
	if w.pulled.Load() {
		return nil, &fs.PathError{Op: "open", Path: name, Err: errPulled}
	}
	f, err := w.fsys.Open(name)
	if err != nil {
		return nil, err
	}
	w.opened.Add(1)
	return &watched{File: f, w: w}, nil
}

// Lstat describes a file without following a link.
func (w *Watch) Lstat(name string) (fs.FileInfo, error) {
	if w.pulled.Load() {
		return nil, &fs.PathError{Op: "lstat", Path: name, Err: errPulled}
	}
	return fs.Lstat(w.fsys, name)
}

// ReadLink makes Lstat known to io/fs.
func (w *Watch) ReadLink(name string) (string, error) { return fs.ReadLink(w.fsys, name) }

type watched struct {
	fs.File

	w    *Watch
	once atomic.Bool
}

// Read reads, while the disk is there.
func (f *watched) Read(b []byte) (int, error) {
	if f.w.pulled.Load() {
		return 0, errPulled
	}
	return f.File.Read(b)
}

// ReadDir lists, while the disk is there.
func (f *watched) ReadDir(n int) ([]fs.DirEntry, error) {
	if f.w.pulled.Load() {
		return nil, errPulled
	}
	dir, ok := f.File.(fs.ReadDirFile)
	if !ok {
		return nil, errors.ErrUnsupported
	}
	return dir.ReadDir(n)
}

// Close closes, and is counted once.
func (f *watched) Close() error {
	if !f.once.Swap(true) {
		f.w.closed.Add(1)
	}
	return f.File.Close()
}

// Member asks a member and the only source it opens in a file system what Run
// asks, and besides that nothing stays open, that a disk that is pulled out is
// called so (source.ErrGone), while it is looked for, read and walked, and that a
// store of another format is passed over.
func Member(t *testing.T, m source.Member, fsys fs.FS, ids []string) {
	t.Helper()
	w := NewWatch(fsys)
	open := func(t testing.TB) source.Source {
		list, notes, err := m.Open(context.Background(), w, source.Options{Name: "s1", Label: "sourcetest"})
		if err != nil || len(list) != 1 {
			t.Fatalf("%s: %d sources, %v", m.Format, len(list), err)
		}
		notices(t, notes)
		return list[0]
	}
	s := open(t)
	if s.Info().Format != m.Format || s.Info().Name != "s1" {
		t.Errorf("%s: info %+v", m.Format, s.Info())
	}
	t.Run("source", func(t *testing.T) { Run(t, func(t testing.TB) (source.Source, []string) { return open(t), ids }) })
	t.Run("says", func(t *testing.T) { says(t, m, s) })
	t.Run("gone", func(t *testing.T) { gone(t, w, open(t), ids[0]) })
	if left := w.Left(); left != 0 {
		t.Errorf("%s: %d files are left open", m.Format, left)
	}
	list, _, err := m.Open(context.Background(), fstest.MapFS{"readme.txt": {Data: []byte("nothing of the kind")}}, source.Options{Name: "s1"})
	if err != nil || len(list) > 0 {
		t.Errorf("%s: %d sources where there are none, %v", m.Format, len(list), err)
	}
	if m.Format != "ssmix2" {
		t.Run("of another format", func(t *testing.T) { passedOver(t, m) })
	}
}

// says asks whether the kinds that parts stand and fall with have names.
func says(t *testing.T, m source.Member, s source.Source) {
	if m.Says == nil {
		return
	}
	for _, part := range model.Parts() {
		for _, code := range m.Says(part) {
			if k := s.Kind(code); k.Code != code || k.Japanese == "" || k.Japanese == code || k.English == "" {
				t.Errorf("%s: %s stands and falls with %q, which is %+v", m.Format, part, code, k)
			}
		}
	}
}

// maxLooks is how many files and folders a member may open before it knows that
// a store is not its own: on a disk of which nothing is cached each costs a
// hundredth of a second.
const maxLooks = 40

// passedOver gives a member a store of SS-MIX2: it is none of its own.
func passedOver(t *testing.T, m source.Member) {
	h, err := synth.New(synth.Small(1))
	if err != nil {
		t.Fatal(err)
	}
	w := NewWatch(h.FS())
	list, notes, err := m.Open(context.Background(), w, source.Options{Name: "s1"})
	if err != nil || len(list) > 0 || len(notes) > 0 || w.Left() != 0 {
		t.Errorf("%s: %d sources, %+v, %v, %d left open", m.Format, len(list), notes, err, w.Left())
	}
	if n := w.Opened(); n > maxLooks {
		t.Errorf("%s: %d files and folders were opened", m.Format, n)
	}
}

func gone(t *testing.T, w *Watch, s source.Source, id string) {
	c, err := s.Read(context.Background(), id, source.Want{Today: today()})
	if err != nil || len(c.Items) == 0 {
		t.Fatal(err, "and no item")
	}
	w.Pull()
	if _, err := s.Find(context.Background(), id); !errors.Is(err, source.ErrGone) {
		t.Error("find:", err)
	}
	if _, err := s.Read(context.Background(), id, source.Want{Today: today()}); !errors.Is(err, source.ErrGone) {
		t.Error("read:", err)
	}
	if _, err := s.Document(context.Background(), c.Items[0].Ref); !errors.Is(err, source.ErrGone) {
		t.Error("document:", err)
	}
	if err := s.Walk(context.Background(), source.Walk{}, func(source.Entry) error { return nil }); !errors.Is(err, source.ErrGone) {
		t.Error("walk:", err)
	}
	w.Plug()
	if again, err := s.Read(context.Background(), id, source.Want{Today: today()}); err != nil || len(again.Items) != len(c.Items) {
		t.Error("plugged in again:", err)
	}
	n := 0
	err = s.Walk(context.Background(), source.Walk{Workers: 1}, func(source.Entry) error {
		if n++; n == 1 {
			w.Pull()
		}
		return nil
	})
	if !errors.Is(err, source.ErrGone) {
		t.Error("pulled out while it was walked:", err)
	}
	w.Plug()
}
