package filestest

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"
	"sync"

	"github.com/torideproject/toride/internal/event/store/files"
)

// ErrCut is what every operation gives once the power is cut.
var ErrCut = errors.New("filestest: the power is cut")

// Mode says what a power cut leaves.
type Mode int

// The modes, from what is promised to what a killed process leaves.
const (
	Lost  Mode = iota // only what was synced
	Names             // all names, of contents only what was synced
	Torn              // all names, of contents that were not synced the first half
	Kept              // everything: the process was killed, not the machine
)

// Modes lists them.
func Modes() []Mode { return []Mode{Lost, Names, Torn, Kept} }

func (m Mode) String() string { return [...]string{"lost", "names", "torn", "kept"}[m] }

// Disk is a files.FS in memory.
type Disk struct {
	mu   sync.Mutex
	root *node
	ops  []string
	cut  int // the number of the operation that fails, or -1
	full bool
}

type node struct {
	dir           bool
	data, synced  []byte
	names, stable map[string]*node
}

func newDir() *node {
	return &node{dir: true, names: map[string]*node{}, stable: map[string]*node{}}
}

// New makes an empty disk that is never cut.
func New() *Disk { return &Disk{root: newDir(), cut: -1} }

// Cut makes the operation of that number (from 0, counted from now) fail, and
// all after it.
func (d *Disk) Cut(op int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.ops, d.cut = nil, op
}

// Full makes writing fail with an error until it is called with false.
func (d *Disk) Full(full bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.full = full
}

// Ops lists the operations since New or Cut, for messages of tests.
func (d *Disk) Ops() []string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return slices.Clone(d.ops)
}

// Step counts an operation that happens elsewhere, such as the commit of a
// database, so that the power can be cut before it as well.
func (d *Disk) Step(name string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.step(name)
}

func (d *Disk) step(op string) error {
	if d.cut >= 0 && len(d.ops) >= d.cut {
		return fmt.Errorf("%s: %w", op, ErrCut)
	}
	d.ops = append(d.ops, op)
	return nil
}

// Reboot gives the disk as the next start finds it.
func (d *Disk) Reboot(m Mode) *Disk {
	d.mu.Lock()
	defer d.mu.Unlock()
	return &Disk{root: d.root.after(m), cut: -1}
}

func (n *node) after(m Mode) *node {
	if !n.dir {
		data := n.synced
		switch {
		case m == Kept:
			data = n.data
		case m == Torn && len(n.data) > len(n.synced):
			data = n.data[:len(n.synced)+(len(n.data)-len(n.synced))/2]
		}
		return &node{data: slices.Clone(data), synced: slices.Clone(data)}
	}
	out, names := newDir(), n.names
	if m == Lost {
		names = n.stable
	}
	for name, child := range names {
		c := child.after(m)
		out.names[name], out.stable[name] = c, c
	}
	return out
}

func (d *Disk) find(name string) (*node, error) {
	at := d.root
	if name = path.Clean(name); name == "." {
		return at, nil
	}
	for part := range strings.SplitSeq(name, "/") {
		if !at.dir {
			return nil, &fs.PathError{Op: "find", Path: name, Err: fs.ErrNotExist}
		}
		next, ok := at.names[part]
		if !ok {
			return nil, &fs.PathError{Op: "find", Path: name, Err: fs.ErrNotExist}
		}
		at = next
	}
	return at, nil
}

// Open opens a file for reading.
func (d *Disk) Open(name string) (files.File, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	n, err := d.find(name)
	if err != nil {
		return nil, err
	}
	if n.dir {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrInvalid}
	}
	return &file{disk: d, node: n, name: name}, nil
}

// Create makes or empties a file.
func (d *Disk) Create(name string) (files.File, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	parent, err := d.find(path.Dir(name))
	if err != nil {
		return nil, err
	}
	if err := d.step("create " + name); err != nil {
		return nil, err
	}
	n, ok := parent.names[path.Base(name)]
	if !ok {
		n = &node{}
		parent.names[path.Base(name)] = n
	}
	n.data = nil
	return &file{disk: d, node: n, name: name}, nil
}

// Rename gives a file another name.
func (d *Disk) Rename(old, name string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	n, err := d.find(old)
	if err != nil {
		return err
	}
	from, _ := d.find(path.Dir(old))
	to, err := d.find(path.Dir(name))
	if err != nil {
		return err
	}
	if err := d.step("rename " + old + " " + name); err != nil {
		return err
	}
	delete(from.names, path.Base(old))
	to.names[path.Base(name)] = n
	return nil
}

// Remove removes a file or an empty folder.
func (d *Disk) Remove(name string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	n, err := d.find(name)
	if err != nil {
		return err
	}
	if n.dir && len(n.names) > 0 {
		return &fs.PathError{Op: "remove", Path: name, Err: errors.New("folder is not empty")}
	}
	if err := d.step("remove " + name); err != nil {
		return err
	}
	parent, _ := d.find(path.Dir(name))
	delete(parent.names, path.Base(name))
	return nil
}

// MakeDir makes one folder.
func (d *Disk) MakeDir(name string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	parent, err := d.find(path.Dir(name))
	if err != nil {
		return err
	}
	if _, ok := parent.names[path.Base(name)]; ok {
		return nil
	}
	if err := d.step("folder " + name); err != nil {
		return err
	}
	parent.names[path.Base(name)] = newDir()
	return nil
}

// List gives what is in a folder.
func (d *Disk) List(name string) ([]files.Entry, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	n, err := d.find(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var out []files.Entry
	for _, part := range slices.Sorted(maps.Keys(n.names)) {
		c := n.names[part]
		out = append(out, files.Entry{Name: part, Dir: c.dir, Size: int64(len(c.data))})
	}
	return out, nil
}

// SyncDir makes the names in a folder durable.
func (d *Disk) SyncDir(name string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	n, err := d.find(name)
	if err != nil {
		return err
	}
	if err := d.step("sync folder " + name); err != nil {
		return err
	}
	n.stable = maps.Clone(n.names)
	return nil
}

// Flip changes one bit of a file, in memory and on the disk.
func (d *Disk) Flip(name string, at int64) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	n, err := d.find(name)
	if err != nil {
		return err
	}
	n.data = slices.Clone(n.data)
	n.data[at] ^= 0x10
	n.synced = slices.Clone(n.data)
	return nil
}

// Files lists the names of all files with their sizes.
func (d *Disk) Files() map[string]int64 {
	d.mu.Lock()
	defer d.mu.Unlock()
	out := map[string]int64{}
	var walk func(n *node, at string)
	walk = func(n *node, at string) {
		for name, c := range n.names {
			if p := path.Join(at, name); c.dir {
				walk(c, p)
			} else {
				out[p] = int64(len(c.data))
			}
		}
	}
	walk(d.root, "")
	return out
}

type file struct {
	disk *Disk
	node *node
	name string
}

func (f *file) ReadAt(p []byte, off int64) (int, error) {
	f.disk.mu.Lock()
	defer f.disk.mu.Unlock()
	if off >= int64(len(f.node.data)) {
		return 0, io.EOF
	}
	n := copy(p, f.node.data[off:])
	if n < len(p) {
		return n, io.EOF
	}
	return n, nil
}

func (f *file) Write(p []byte) (int, error) {
	f.disk.mu.Lock()
	defer f.disk.mu.Unlock()
	if f.disk.full {
		return 0, &fs.PathError{Op: "write", Path: f.name, Err: errors.New("no space left on device")}
	}
	if err := f.disk.step("write " + f.name); err != nil {
		return 0, err
	}
	f.node.data = append(f.node.data, p...)
	return len(p), nil
}

func (f *file) Sync() error {
	f.disk.mu.Lock()
	defer f.disk.mu.Unlock()
	if err := f.disk.step("sync " + f.name); err != nil {
		return err
	}
	f.node.synced = slices.Clone(f.node.data)
	return nil
}

func (f *file) Close() error { return nil }

func (f *file) Size() (int64, error) {
	f.disk.mu.Lock()
	defer f.disk.mu.Unlock()
	return int64(len(f.node.data)), nil
}
