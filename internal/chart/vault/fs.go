package vault

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"hash"
	"io"
	"io/fs"
	"path"
	"strings"
	"time"
)

var (
	_ fs.ReadDirFS   = (*Reader)(nil)
	_ fs.StatFS      = (*Reader)(nil)
	_ fs.ReadFileFS  = (*Reader)(nil)
	_ fs.ReadDirFile = (*openDir)(nil)
	_ io.ReadSeeker  = (*openFile)(nil)
)

// info describes a file or, with dir, a folder. Folders are not stored: they
// are where files are, and have no time.
type info struct {
	name string
	size int64
	time time.Time
	dir  bool
}

func (i info) Name() string               { return i.name }
func (i info) Size() int64                { return i.size }
func (i info) ModTime() time.Time         { return i.time }
func (i info) IsDir() bool                { return i.dir }
func (i info) Sys() any                   { return nil }
func (i info) Type() fs.FileMode          { return i.Mode().Type() }
func (i info) Info() (fs.FileInfo, error) { return i, nil }
func (i info) String() string             { return fs.FormatFileInfo(i) }
func (i info) Mode() fs.FileMode {
	if i.dir {
		return fs.ModeDir | 0o555
	}
	return 0o444
}

// validName refuses what is no path of an fs.FS, and a 0 byte: keys use it.
func validName(name string) bool { return fs.ValidPath(name) && strings.IndexByte(name, 0) < 0 }

func fileInfo(e *Entry) info { return info{name: path.Base(e.Path), size: e.Size, time: e.ModTime} }

// lister goes through the children of a folder, skipping what stands deeper.
type lister struct {
	c      *cursor
	prefix string // key of the folder with a 0 behind it, "" for the top
	on     bool   // the cursor stands on the next child
}

func (r *Reader) lister(name string) (*lister, error) {
	c, err := r.cursor()
	if err != nil {
		return nil, err
	}
	l := &lister{c: c}
	if name != "." {
		l.prefix = keyFor(name) + "\x00"
	}
	l.on = c.seek(l.prefix)
	return l, c.err
}

// next gives a child; ok is false at the end. A folder costs one seek to get
// over what is in it.
func (l *lister) next() (info, bool, error) {
	if !l.on || !strings.HasPrefix(string(l.c.key()), l.prefix) {
		return info{}, false, l.c.err
	}
	rest := l.c.key()[len(l.prefix):]
	if i := bytes.IndexByte(rest, 0); i >= 0 {
		name := string(rest[:i])
		l.on = l.c.skip(l.prefix + name + "\x01")
		return info{name: name, dir: true}, true, nil
	}
	e := &l.c.leaf().e
	child := info{name: string(rest), size: e.Size, time: e.ModTime}
	l.on = l.c.next()
	return child, true, nil
}

// list gives up to n children, all for n ≤ 0.
func (l *lister) list(n int) ([]fs.DirEntry, error) {
	var all []fs.DirEntry
	for n <= 0 || len(all) < n {
		child, ok, err := l.next()
		if err != nil {
			return all, err
		}
		if !ok {
			break
		}
		all = append(all, child)
	}
	return all, nil
}

// ReadDir lists a folder, sorted by name.
func (r *Reader) ReadDir(name string) ([]fs.DirEntry, error) {
	if !validName(name) {
		return nil, &fs.PathError{Op: "readdir", Path: name, Err: fs.ErrInvalid}
	}
	l, err := r.lister(name)
	if err == nil && name != "." && (!l.on || !strings.HasPrefix(string(l.c.key()), l.prefix)) {
		if _, ok, _ := r.find(name); ok {
			err = errNoFolder
		} else {
			err = fs.ErrNotExist
		}
	}
	if errors.Is(err, errNoFolder) {
		return nil, &fs.PathError{Op: "readdir", Path: name, Err: err}
	}
	if err != nil {
		return nil, r.pathError("readdir", name, err)
	}
	all, err := l.list(0)
	if err != nil {
		return all, r.pathError("readdir", name, err)
	}
	return all, nil
}

var errNoFolder = errors.New("not a folder")

// look gives the entry of a file, or dir for a folder.
func (r *Reader) look(op, name string) (e Entry, dir bool, err error) {
	if !validName(name) {
		return Entry{}, false, &fs.PathError{Op: op, Path: name, Err: fs.ErrInvalid}
	}
	if name == "." {
		return Entry{}, true, nil
	}
	c, err := r.cursor()
	if err != nil {
		return Entry{}, false, r.pathError(op, name, err)
	}
	// A file's key comes before those of a folder of that name, with nothing
	// but longer names without 0 in between: none.
	key := keyFor(name)
	if c.seek(key) {
		switch got := string(c.key()); {
		case got == key:
			e = c.leaf().e
			e.Path = name
			return e, false, nil
		case strings.HasPrefix(got, key+"\x00"):
			return Entry{}, true, nil
		}
	}
	if err = c.err; err == nil {
		err = fs.ErrNotExist
	}
	return Entry{}, false, r.pathError(op, name, err)
}

// Stat describes a file or a folder.
func (r *Reader) Stat(name string) (fs.FileInfo, error) {
	e, dir, err := r.look("stat", name)
	if err != nil {
		return nil, err
	}
	if dir {
		return info{name: path.Base(name), dir: true}, nil
	}
	return fileInfo(&e), nil
}

// Open opens a file or a folder. A file is an io.Seeker too;
// its content is read from the medium at the first Read.
func (r *Reader) Open(name string) (fs.File, error) {
	e, dir, err := r.look("open", name)
	if err != nil {
		return nil, err
	}
	if dir {
		return &openDir{r: r, name: name}, nil
	}
	return &openFile{r: r, e: e}, nil
}

// ReadFile gives the content of a file, checked against its digest.
func (r *Reader) ReadFile(name string) ([]byte, error) {
	e, dir, err := r.look("read", name)
	if err != nil {
		return nil, err
	}
	if dir {
		return nil, &fs.PathError{Op: "read", Path: name, Err: fs.ErrInvalid}
	}
	if e.Size < maxFrame {
		data, err := r.small(&e)
		if err != nil {
			return nil, r.pathError("read", name, err)
		}
		return bytes.Clone(data), nil
	}
	return io.ReadAll(&openFile{r: r, e: e})
}

// openDir is an open folder.
type openDir struct {
	r    *Reader
	name string
	l    *lister
}

func (d *openDir) Stat() (fs.FileInfo, error) {
	return info{name: path.Base(d.name), dir: true}, nil
}

func (d *openDir) Read([]byte) (int, error) {
	return 0, &fs.PathError{Op: "read", Path: d.name, Err: fs.ErrInvalid}
}

func (d *openDir) Close() error { return nil }

// ReadDir lists the next n children; memory does not grow with the folder.
func (d *openDir) ReadDir(n int) ([]fs.DirEntry, error) {
	if d.l == nil {
		l, err := d.r.lister(d.name)
		if err != nil {
			return nil, d.r.pathError("readdir", d.name, err)
		}
		d.l = l
	}
	all, err := d.l.list(n)
	if err != nil {
		return all, d.r.pathError("readdir", d.name, err)
	}
	if n > 0 && len(all) == 0 {
		return nil, io.EOF
	}
	return all, nil
}

// openFile is an open file. A small one is read at once; of a large one it
// holds the frame it stands in.
type openFile struct {
	r    *Reader
	e    Entry
	off  int64
	data []byte // the frame or the small file
	from int64  // where data begins in the file
	next int64  // the frame behind data, of a large file
	sum  hash.Hash
	seen int64 // how far sum has come
}

func (f *openFile) Stat() (fs.FileInfo, error) { return fileInfo(&f.e), nil }
func (f *openFile) Close() error               { f.data = nil; return nil }

// Read reads on. At the end of a large file that was read from front to back
// its digest is compared.
func (f *openFile) Read(p []byte) (int, error) {
	if f.off >= f.e.Size {
		return 0, io.EOF
	}
	if len(p) == 0 {
		return 0, nil
	}
	if err := f.load(); err != nil {
		return 0, f.r.pathError("read", f.e.Path, err)
	}
	n := copy(p, f.data[f.off-f.from:])
	f.off += int64(n)
	return n, nil
}

// load makes data hold the byte at off.
func (f *openFile) load() error {
	if f.data != nil && f.off >= f.from && f.off < f.from+int64(len(f.data)) {
		return nil
	}
	if f.e.Size < maxFrame {
		data, err := f.r.small(&f.e)
		f.data, f.from = data, 0
		return err
	}
	if f.data == nil || f.off < f.from {
		f.data, f.from, f.next = nil, 0, f.e.frame
	}
	for f.off >= f.from+int64(len(f.data)) {
		from := f.from + int64(len(f.data))
		data, next, err := f.r.frame(f.e.pack, f.next)
		if err != nil {
			return err
		}
		if len(data) == 0 || from+int64(len(data)) > f.e.Size {
			return readFault(errFrame, f.r.m.Packs[f.e.pack].Name)
		}
		f.data, f.from, f.next = data, from, next
		if err := f.hash(); err != nil {
			return err
		}
	}
	return nil
}

// hash follows the frames as they are read in order.
func (f *openFile) hash() error {
	if f.sum == nil {
		f.sum = sha256.New()
	}
	if f.from != f.seen {
		return nil
	}
	f.sum.Write(f.data)
	f.seen += int64(len(f.data))
	if f.seen == f.e.Size && [digestSize]byte(f.sum.Sum(nil)) != f.e.SHA256 {
		return readFault(errDigest, f.r.m.Packs[f.e.pack].Name)
	}
	return nil
}

// Seek sets where Read goes on. Going back in a large file unpacks it again
// from its beginning.
func (f *openFile) Seek(offset int64, whence int) (int64, error) {
	switch whence {
	case io.SeekCurrent:
		offset += f.off
	case io.SeekEnd:
		offset += f.e.Size
	}
	if offset < 0 {
		return 0, &fs.PathError{Op: "seek", Path: f.e.Path, Err: fs.ErrInvalid}
	}
	f.off = offset
	return offset, nil
}
