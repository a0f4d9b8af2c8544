package shelf

import (
	"container/list"
	"errors"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"sync"
	"time"

	"github.com/torideproject/toride/internal/chart/source"
	"github.com/torideproject/toride/ssmix2"
)

// maxFolders is how many folders are held open, and keepFolder for how long: a
// folder that was replaced by another of its name is seen after that.
const (
	maxFolders = 128
	keepFolder = 5 * time.Second
)

// folders is a folder's file system. os.Root keeps whatever a name says from
// leading out of it, and looks at every part of a path for that; files of
// SS-MIX2 stand eight deep, one to a folder. So the folders above are held open,
// each a Root of its own, and a name costs one look. Everything is opened for
// reading only.
type folders struct {
	top  *os.Root
	mu   sync.Mutex
	held map[string]*list.Element
	used *list.List // newest first
	done bool
}

type heldFolder struct {
	name string
	root *os.Root
	at   time.Time
}

func newFolders(top *os.Root) *folders {
	return &folders{top: top, held: map[string]*list.Element{}, used: list.New()}
}

// fs gives the file system, in which names in CP932 can be opened too.
func (f *folders) fs() fs.FS {
	return ssmix2.RawNames{OpenRaw: func(name string) (fs.File, error) { return f.open(name) }, LstatRaw: f.lstat, SubRaw: f.sub, ListRaw: f.list}
}

// list lists a folder by names alone.
func (f *folders) list(dir string, limit int) ([]fs.DirEntry, bool, error) {
	open := func() (*os.File, error) {
		opened, err := f.open(dir)
		return opened.File, err
	}
	return source.ListBelow(open, func(name string) (fs.FileInfo, error) { return f.lstat(path.Join(dir, name)) }, limit)
}

// sub opens a patient's folder for listing what is below it; files are opened by
// way of the folders that are held.
func (f *folders) sub(dir string) (ssmix2.RawNames, func() error, error) {
	opened, err := f.open(dir)
	if err != nil {
		return ssmix2.RawNames{}, nil, err
	}
	lstat := func(name string) (fs.FileInfo, error) { return f.lstat(path.Join(dir, name)) }
	below := source.NewBelow(opened.File, lstat)
	return ssmix2.RawNames{
		OpenRaw:  func(name string) (fs.File, error) { return f.open(path.Join(dir, name)) },
		LstatRaw: lstat,
		ListRaw:  below.List,
	}, below.Close, nil
}

func (f *folders) open(name string) (source.Opened, error) {
	if dir, base := path.Split(name); dir != "" {
		if r := f.folder(path.Clean(dir)); r != nil {
			file, err := r.Open(base)
			if err == nil {
				return source.Opened{File: file}, nil
			}
			if !errors.Is(err, fs.ErrClosed) {
				return source.Opened{}, renamed(err, name)
			}
		}
	}
	file, err := f.top.Open(filepath.FromSlash(name))
	if err != nil {
		return source.Opened{}, err
	}
	return source.Opened{File: file}, nil
}

func (f *folders) lstat(name string) (fs.FileInfo, error) {
	if dir, base := path.Split(name); dir != "" {
		if r := f.folder(path.Clean(dir)); r != nil {
			info, err := r.Lstat(base)
			if err == nil {
				return info, nil
			}
			if !errors.Is(err, fs.ErrClosed) {
				return nil, renamed(err, name)
			}
		}
	}
	return f.top.Lstat(filepath.FromSlash(name))
}

// renamed gives the error with the whole name.
func renamed(err error, name string) error {
	if p, ok := errors.AsType[*fs.PathError](err); ok {
		return &fs.PathError{Op: p.Op, Path: name, Err: p.Err}
	}
	return err
}

// folder gives the Root of a folder, by way of the one above; nil if it cannot be
// opened: then the whole name says why. A Root that is put away meanwhile gives
// fs.ErrClosed.
func (f *folders) folder(name string) *os.Root {
	if name == "." {
		return f.top
	}
	if r := f.get(name); r != nil {
		return r
	}
	dir, base := path.Split(name)
	above := f.top
	if dir != "" {
		if above = f.folder(path.Clean(dir)); above == nil {
			return nil
		}
	}
	r, err := above.OpenRoot(base)
	if err != nil {
		return nil
	}
	return f.put(name, r)
}

func (f *folders) get(name string) *os.Root {
	f.mu.Lock()
	defer f.mu.Unlock()
	e, ok := f.held[name]
	if !ok {
		return nil
	}
	h := e.Value.(*heldFolder)
	if time.Since(h.at) > keepFolder {
		f.drop(e)
		return nil
	}
	f.used.MoveToFront(e)
	return h.root
}

func (f *folders) put(name string, r *os.Root) *os.Root {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.done {
		_ = r.Close()
		return nil
	}
	if e, ok := f.held[name]; ok { // somebody else was quicker
		_ = r.Close()
		return e.Value.(*heldFolder).root
	}
	f.held[name] = f.used.PushFront(&heldFolder{name: name, root: r, at: time.Now()})
	for f.used.Len() > maxFolders {
		f.drop(f.used.Back())
	}
	return r
}

func (f *folders) drop(e *list.Element) {
	h := e.Value.(*heldFolder)
	f.used.Remove(e)
	delete(f.held, h.name)
	_ = h.root.Close()
}

// Close closes all of them. What is read later fails.
func (f *folders) Close() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.done = true
	for f.used.Len() > 0 {
		f.drop(f.used.Back())
	}
	return f.top.Close()
}
