package shelf

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/torideproject/toride/internal/chart/source"
	"github.com/torideproject/toride/internal/chart/vault"
	"github.com/torideproject/toride/ssmix2/synth"
)

// hospital is the made-up hospital of all tests of the package.
var hospital = sync.OnceValue(func() *synth.Hospital {
	o := synth.Small(1)
	o.Patients, o.AsOf = 8, time.Date(2026, 4, 1, 6, 0, 0, 0, time.UTC)
	h, err := synth.New(o)
	if err != nil {
		panic(err)
	}
	return h
})

// written is its store on disk, once for all tests, which only read it.
var written = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "toride-shelf-")
	if err != nil {
		return "", err
	}
	return dir, write(dir)
})

func write(dir string) error {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return err
	}
	defer root.Close()
	return hospital().Write(context.Background(), &synth.Folder{MkdirAll: root.MkdirAll, WriteFile: root.WriteFile, Chtimes: root.Chtimes}, synth.WriteOptions{})
}

func TestMain(m *testing.M) {
	code := m.Run()
	if dir, err := written(); err == nil {
		_ = os.RemoveAll(dir)
	}
	os.Exit(code)
}

func store(t testing.TB) string {
	t.Helper()
	dir, err := written()
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

// open opens a shelf and closes it with the test.
func open(t testing.TB, cfg Config) *Shelf {
	t.Helper()
	if cfg.Zone == nil {
		cfg.Zone = time.UTC
	}
	s, err := Open(context.Background(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

// want is what most tests read.
func want() source.Want { return source.Want{} }

var errIO = errors.New("input/output error")

// stick is a medium in memory that can be pulled out and put in again. It counts
// what is done to it.
type stick struct {
	fsys   fs.FS
	out    atomic.Bool
	opens  atomic.Int64
	lists  atomic.Int64
	closed atomic.Int64
	after  atomic.Int64                  // pulled after so many opens; 0: never
	silent atomic.Pointer[chan struct{}] // closed when it answers again; nil: it answers
}

// listen waits while the stick is silent, as a share does whose server died.
func (s *stick) listen() {
	if c := s.silent.Load(); c != nil {
		<-*c
	}
}

func (s *stick) Open(name string) (fs.File, error) {
	s.listen()
	n := s.opens.Add(1)
	if a := s.after.Load(); a > 0 && n >= a {
		s.out.Store(true)
	}
	if s.out.Load() {
		return nil, &fs.PathError{Op: "open", Path: name, Err: errIO}
	}
	f, err := s.fsys.Open(name)
	if err != nil {
		return nil, err
	}
	if d, ok := f.(fs.ReadDirFile); ok {
		s.lists.Add(1)
		return &stickDir{d, s}, nil
	}
	return &stickFile{f, s}, nil
}

type stickFile struct {
	fs.File
	s *stick
}

func (f *stickFile) Read(p []byte) (int, error) {
	f.s.listen()
	if f.s.out.Load() {
		return 0, errIO
	}
	return f.File.Read(p)
}

type stickDir struct {
	fs.ReadDirFile
	s *stick
}

func (d *stickDir) ReadDir(n int) ([]fs.DirEntry, error) {
	if d.s.out.Load() {
		return nil, errIO
	}
	return d.ReadDirFile.ReadDir(n)
}

func (s *stick) Close() error { s.closed.Add(1); return nil }

// opener gives the sticks by path.
func sticks(by map[string]*stick) opener {
	return func(cfg *Config, path string) (*medium, error) {
		s := by[path]
		if s == nil || s.out.Load() {
			return nil, stateError{StateGone, errIO}
		}
		s.listen()
		return &medium{fsys: s, Closer: s, alive: func() error {
			s.listen()
			if s.out.Load() {
				return errIO
			}
			return nil
		}}, nil
	}
}

// sealedStore is the hospital's store in a vault.
func sealedStore(t *testing.T) (dir string, key *vault.Key, m *vault.Machine) {
	t.Helper()
	dir = t.TempDir()
	key, err := vault.NewKey()
	if err != nil {
		t.Fatal(err)
	}
	m, err = vault.NewMachine(key.Recipient())
	if err != nil {
		t.Fatal(err)
	}
	v, err := vault.Create(dir, "2299999999", m, time.Date(2026, 4, 1, 6, 0, 0, 0, time.UTC))
	if err != nil {
		t.Fatal(err)
	}
	seal(t, v, m, time.Date(2026, 4, 1, 6, 0, 0, 0, time.UTC))
	return dir, key, m
}

// seal writes a generation.
func seal(t *testing.T, v *vault.Vault, m *vault.Machine, asOf time.Time) *vault.Manifest {
	t.Helper()
	w, err := v.Begin(context.Background(), m, vault.Options{AsOf: asOf, By: "test", Now: func() time.Time { return asOf }})
	if err != nil {
		t.Fatal(err)
	}
	defer w.Abort()
	fsys := os.DirFS(store(t))
	err = fs.WalkDir(fsys, ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := fs.ReadFile(fsys, path)
		if err != nil {
			return err
		}
		kind := filepath.Base(filepath.Dir(path))
		_, err = w.Add(path, vault.Meta{ModTime: asOf, Kind: kind}, bytes.NewReader(data))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	manifest, err := w.Commit(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	return manifest
}
