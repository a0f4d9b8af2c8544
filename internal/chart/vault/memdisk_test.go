package vault

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"
	"sync"
	"syscall"

	"github.com/torideproject/toride/internal/durable"
)

var errCut = errors.New("the power went")

// memDisk is a medium in memory that can fail at a given step, and says what a
// power cut leaves: what was synced, and names only in folders that were.
type memDisk struct {
	mu     sync.Mutex
	files  map[string]*memFile // as a running system sees them
	safe   map[string]*memFile // names that survive
	dirs   map[string]bool
	locked bool

	steps  int   // changes so far
	failAt int   // from this step on everything that changes fails; 0 never
	cause  error // with this
	reads  int
	read   int64 // bytes
}

type memFile struct {
	mu     sync.Mutex
	data   []byte
	synced []byte
}

func newMemDisk() *memDisk {
	return &memDisk{files: map[string]*memFile{}, safe: map[string]*memFile{}, dirs: map[string]bool{".": true}}
}

// afterCut is the medium as the next start finds it: only what was synced, or
// (lucky) everything that was written.
func (d *memDisk) afterCut(lucky bool) *memDisk {
	d.mu.Lock()
	defer d.mu.Unlock()
	n := newMemDisk()
	maps.Copy(n.dirs, d.dirs)
	names := d.safe
	if lucky {
		names = d.files
	}
	for name, f := range names {
		data := f.synced
		if lucky {
			data = f.data
		}
		data = bytes.Clone(data)
		n.files[name] = &memFile{data: data, synced: data}
	}
	maps.Copy(n.safe, n.files)
	return n
}

func (d *memDisk) step() error {
	d.steps++
	if d.failAt > 0 && d.steps >= d.failAt {
		return d.cause
	}
	return nil
}

func (d *memDisk) change() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.step()
}

func (d *memDisk) Create(name string) (diskFile, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if err := d.step(); err != nil {
		return nil, err
	}
	if d.files[name] != nil {
		return nil, fs.ErrExist
	}
	if !d.dirs[path.Dir(name)] {
		return nil, fs.ErrNotExist
	}
	f := &memFile{}
	d.files[name] = f
	return &memHandle{d, f}, nil
}

func (d *memDisk) Open(name string) (diskFile, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if f := d.files[name]; f != nil {
		return &memHandle{d, f}, nil
	}
	return nil, fs.ErrNotExist
}

func (d *memDisk) Names(dir string) ([]string, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	seen := map[string]bool{}
	for _, names := range []map[string]bool{d.dirs, keysOf(d.files)} {
		for name := range names {
			if rest, ok := strings.CutPrefix(name, dir+"/"); ok {
				first, _, _ := strings.Cut(rest, "/")
				seen[first] = true
			}
		}
	}
	return slices.Sorted(maps.Keys(seen)), nil
}

func keysOf(files map[string]*memFile) map[string]bool {
	out := map[string]bool{}
	for n := range files {
		out[n] = true
	}
	return out
}

func (d *memDisk) Mkdir(name string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if err := d.step(); err != nil {
		return err
	}
	for ; name != "."; name = path.Dir(name) {
		d.dirs[name] = true
	}
	return nil
}

func (d *memDisk) Rename(from, to string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if err := d.step(); err != nil {
		return err
	}
	f := d.files[from]
	if f == nil {
		return fs.ErrNotExist
	}
	delete(d.files, from)
	d.files[to] = f
	return nil
}

func (d *memDisk) Remove(name string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.files[name] == nil && !d.dirs[name] {
		return nil
	}
	if err := d.step(); err != nil {
		return err
	}
	delete(d.files, name)
	delete(d.dirs, name)
	return nil
}

func (d *memDisk) SyncDir(dir string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if err := d.step(); err != nil {
		return err
	}
	maps.DeleteFunc(d.safe, func(name string, _ *memFile) bool { return path.Dir(name) == dir && d.files[name] == nil })
	for name, f := range d.files {
		if path.Dir(name) == dir {
			d.safe[name] = f
		}
	}
	return nil
}

type memLock struct{ d *memDisk }

func (l memLock) Close() error {
	l.d.mu.Lock()
	defer l.d.mu.Unlock()
	l.d.locked = false
	return nil
}

func (d *memDisk) Lock(string) (io.Closer, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.locked {
		return nil, durable.ErrLocked
	}
	d.locked = true
	return memLock{d}, nil
}

type memHandle struct {
	d *memDisk
	f *memFile
}

// Write on a step that fails writes half: a torn write.
func (h *memHandle) Write(p []byte) (int, error) {
	err := h.d.change()
	h.f.mu.Lock()
	defer h.f.mu.Unlock()
	if err != nil {
		h.f.data = append(h.f.data, p[:len(p)/2]...)
		return len(p) / 2, err
	}
	h.f.data = append(h.f.data, p...)
	return len(p), nil
}

func (h *memHandle) ReadAt(p []byte, at int64) (int, error) {
	h.d.mu.Lock()
	h.d.reads++
	h.d.read += int64(len(p))
	h.d.mu.Unlock()
	h.f.mu.Lock()
	defer h.f.mu.Unlock()
	return bytes.NewReader(h.f.data).ReadAt(p, at)
}

func (h *memHandle) Sync() error {
	if err := h.d.change(); err != nil {
		return err
	}
	h.f.mu.Lock()
	defer h.f.mu.Unlock()
	h.f.synced = bytes.Clone(h.f.data)
	return nil
}

func (h *memHandle) Size() (int64, error) {
	h.f.mu.Lock()
	defer h.f.mu.Unlock()
	return int64(len(h.f.data)), nil
}

func (h *memHandle) Close() error { return nil }

var errNoSpace = &fs.PathError{Op: "write", Path: "x", Err: syscall.ENOSPC}
