package synth

import (
	"bytes"
	"io"
	"io/fs"
	"slices"
	"strings"
	"sync"
	"time"
)

// FS is the whole store as a file system that takes no disk: folders are
// computed, a patient is made when something of his is opened, and a few are
// kept. A store of 20 million files costs as little as a small one. It may be
// used by several goroutines. With several volumes a patient without files in
// one has an empty folder there, which a written store has not.
func (h *Hospital) FS() fs.FS { return &tree{h: h, kept: map[int]*bundle{}} }

const keptPatients = 48

type tree struct {
	h     *Hospital
	mu    sync.Mutex
	kept  map[int]*bundle
	order []int
}

// bundle is a patient with his files in the order of their paths.
type bundle struct {
	c       *course
	entries []entry
}

func (t *tree) bundle(i int) *bundle {
	t.mu.Lock()
	b := t.kept[i]
	t.mu.Unlock()
	if b != nil {
		return b
	}
	c := t.h.course(i)
	b = &bundle{c, c.entries()}
	slices.SortFunc(b.entries, func(x, y entry) int { return strings.Compare(x.path, y.path) })
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.kept[i] == nil {
		t.kept[i] = b
		if t.order = append(t.order, i); len(t.order) > keptPatients {
			delete(t.kept, t.order[0])
			t.order = slices.Delete(t.order, 0, 1)
		}
	}
	return b
}

// children lists what stands below a folder; ok is false if there is no such.
func (b *bundle) children(dir string) (names []node, ok bool) {
	prefix := dir + "/"
	at, _ := slices.BinarySearchFunc(b.entries, prefix, func(e entry, p string) int { return strings.Compare(e.path, p) })
	for _, e := range b.entries[at:] {
		if !strings.HasPrefix(e.path, prefix) {
			break
		}
		name, _, more := strings.Cut(e.path[len(prefix):], "/")
		n := node{name: name, dir: more || e.dir}
		if !slices.ContainsFunc(names[max(0, len(names)-1):], func(o node) bool { return o.name == name }) {
			names = append(names, n)
		}
	}
	slices.SortFunc(names, func(x, y node) int { return strings.Compare(x.name, y.name) })
	return slices.CompactFunc(names, func(x, y node) bool { return x.name == y.name }), len(names) > 0
}

// node is a file or folder; its data and size are made when they are asked for.
type node struct {
	name string
	dir  bool
	mod  time.Time
	kids func() []node
	data func() []byte
}

// Open opens a file or folder of the store.
func (t *tree) Open(name string) (fs.File, error) {
	n, ok := t.find(name)
	if !fs.ValidPath(name) || !ok {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
	}
	return &handle{t: t, path: name, node: n}, nil
}

func (t *tree) find(name string) (node, bool) {
	parts := strings.Split(name, "/")
	last := parts[len(parts)-1]
	folder := func(kids func() []node) (node, bool) { return node{name: last, dir: true, kids: kids}, true }
	if name == "." {
		return folder(t.top)
	}
	if !slices.ContainsFunc(t.top(), func(n node) bool { return n.name == parts[0] }) {
		return node{}, false
	}
	if parts[0] == TransactionFolder {
		return t.transactions(parts)
	}
	roots := t.roots(parts[0])
	switch {
	case len(parts) == 1:
		return folder(func() []node { return roots })
	case !slices.ContainsFunc(roots, func(n node) bool { return n.name == parts[1] }):
		return node{}, false
	case len(parts) < 5:
		if first, last, _ := t.span(parts[2:]); first > last {
			return node{}, false
		}
		return folder(func() []node { return t.numbers(parts[2:]) })
	}
	i, ok := t.h.Index(parts[4])
	if !ok || t.h.patientDir(parts[4]) != strings.Join(parts[2:5], "/") {
		return node{}, false
	}
	if len(parts) == 5 {
		return folder(func() []node { kids, _ := t.bundle(i).children(name); return kids })
	}
	return t.ofPatient(t.bundle(i), name, last)
}

func (t *tree) ofPatient(b *bundle, name, last string) (node, bool) {
	if at, ok := slices.BinarySearchFunc(b.entries, name, func(e entry, p string) int { return strings.Compare(e.path, p) }); ok {
		e := b.entries[at]
		return node{name: last, dir: e.dir, mod: b.c.items[e.item].sent.time(), kids: func() []node { return nil }, data: func() []byte {
			w, _ := t.h.writers.Get().(*writer)
			defer t.h.writers.Put(w)
			return bytes.Clone(b.c.render(w, e))
		}}, true
	}
	kids, ok := b.children(name)
	return node{name: last, dir: true, kids: func() []node { return kids }}, ok
}

func (t *tree) top() []node {
	out := []node{{name: StandardFolder, dir: true}}
	if t.h.o.Extended {
		out = append(out, node{name: ExtendedFolder, dir: true})
	}
	if t.h.o.Transactions {
		out = append(out, node{name: TransactionFolder, dir: true})
	}
	slices.SortFunc(out, func(a, b node) int { return strings.Compare(a.name, b.name) })
	return out
}

func (t *tree) roots(top string) []node {
	if top == ExtendedFolder || t.h.o.Volumes == 1 {
		return []node{{name: t.h.o.Facility, dir: true}}
	}
	var out []node
	for k := range t.h.o.Volumes {
		out = append(out, node{name: t.h.o.Facility + "_" + string(rune('A'+k)), dir: true})
	}
	return out
}

// span gives the numbers that the folders below a root, or below one or both
// prefixes of patients' numbers, are named by: the first, the last and how many
// digits they have; none if first is behind last. Numbers follow each other, so
// nothing is kept.
func (t *tree) span(prefix []string) (first, last, width int) {
	have := strings.Join(prefix, "")
	if len(have) != len(prefix)*3 || strings.Trim(have, "0123456789") != "" {
		return 1, 0, 0
	}
	width = len(have) + 3
	if len(prefix) == 2 {
		width = t.h.o.IDWidth
	}
	scale := 1
	for range t.h.o.IDWidth - width {
		scale *= 10
	}
	for _, c := range []byte(have) {
		first = first*10 + int(c-'0')
	}
	last = first
	for range width - len(have) {
		first, last = first*10, last*10+9
	}
	return max(first, 1/scale), min(last, t.h.o.Patients/scale), width
}

func (t *tree) numbers(prefix []string) []node {
	first, last, width := t.span(prefix)
	var out []node
	for n := first; n <= last; n++ {
		s := pad(n, width)
		if len(prefix) < 2 {
			s = s[len(s)-3:]
		}
		out = append(out, node{name: s, dir: true})
	}
	return out
}

func (t *tree) transactions(parts []string) (node, bool) {
	all := t.h.transactionNames()
	if len(parts) == 3 {
		path := strings.Join(parts, "/")
		at, ok := slices.BinarySearchFunc(all, path, func(at transactionAt, p string) int { return strings.Compare(at.path(), p) })
		if !ok {
			return node{}, false
		}
		return node{name: parts[2], data: func() []byte { return t.h.transactionFile(all[at]).Data }, mod: t.h.asOf.time()}, true
	}
	var kids []node
	for _, at := range all {
		y := pad(at.year, 4)
		switch {
		case len(parts) == 1 && (len(kids) == 0 || kids[len(kids)-1].name != y):
			kids = append(kids, node{name: y, dir: true})
		case len(parts) == 2 && parts[1] == y:
			kids = append(kids, node{name: at.path()[len(TransactionFolder)+6:]})
		}
	}
	return node{name: parts[len(parts)-1], dir: true, kids: func() []node { return kids }}, len(parts) < 3 && len(kids) > 0
}

// handle is an open file or folder.
type handle struct {
	t    *tree
	path string
	node
	in   *bytes.Reader
	list []node
	read bool
}

func (f *handle) load() *bytes.Reader {
	if f.in == nil {
		f.in = bytes.NewReader(f.data())
	}
	return f.in
}

// Stat describes the file; for its size the contents are made.
func (f *handle) Stat() (fs.FileInfo, error) {
	i := info{node: f.node}
	if !f.dir {
		i.size = f.load().Size()
	}
	return i, nil
}

// Read reads the file's contents.
func (f *handle) Read(b []byte) (int, error) {
	if f.dir {
		return 0, &fs.PathError{Op: "read", Path: f.path, Err: fs.ErrInvalid}
	}
	return f.load().Read(b)
}

// Close forgets the contents.
func (f *handle) Close() error { f.in = nil; return nil }

// ReadDir lists the folder.
func (f *handle) ReadDir(n int) ([]fs.DirEntry, error) {
	if !f.dir {
		return nil, &fs.PathError{Op: "readdir", Path: f.path, Err: fs.ErrInvalid}
	}
	if !f.read {
		f.list, f.read = f.kids(), true
	}
	count := len(f.list)
	if n > 0 {
		if count == 0 {
			return nil, io.EOF
		}
		count = min(n, count)
	}
	out := make([]fs.DirEntry, count)
	for i, k := range f.list[:count] {
		out[i] = dirEntry{info{node: k}, f.t, f.path}
	}
	f.list = f.list[count:]
	return out, nil
}

type info struct {
	node
	size int64
}

// The methods of fs.FileInfo.
func (i info) Name() string       { return i.name }
func (i info) Size() int64        { return i.size }
func (i info) ModTime() time.Time { return i.mod }
func (i info) IsDir() bool        { return i.dir }
func (i info) Sys() any           { return nil }

// Mode is read-only.
func (i info) Mode() fs.FileMode {
	if i.dir {
		return fs.ModeDir | 0o555
	}
	return 0o444
}

type dirEntry struct {
	info
	t   *tree
	dir string
}

// Type is the kind of entry.
func (d dirEntry) Type() fs.FileMode { return d.Mode().Type() }

// Info makes the contents of a file, for its size and time.
func (d dirEntry) Info() (fs.FileInfo, error) {
	at := d.name
	if d.dir != "." {
		at = d.dir + "/" + d.name
	}
	return fs.Stat(d.t, at)
}
