package ssmix2

import (
	"archive/tar"
	"archive/zip"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// MaxArchiveEntries is how many entries of an archive are indexed; beyond it
// is ErrTooLarge. The index takes about 150 bytes for each.
const MaxArchiveEntries = 20_000_000

// Archive is a ZIP or TAR seen as a file system. Names in CP932 or mojibake
// are repaired; names that lead out of the archive, links and special files
// are refused and counted. It implements fs.FS, fs.ReadDirFS and fs.StatFS
// and may be used by several goroutines.
type Archive struct {
	nodes   []node
	at      map[string]int32 // folders by path: a file is found in its folder
	refused []string
	count   int // of refused ones
	open    func(n *node) (io.ReadCloser, error)
}

// node is one file or folder.
type node struct {
	name string
	mod  int64 // seconds
	size int64
	from int64   // where its data begins, or its place in the ZIP
	kids []int32 // sorted by name once the index is made; nil for files
	dir  bool
}

// NewTar indexes a TAR that is not compressed: it reads every header, once,
// and no content. What follows damage is lost; the error says where, and is
// nil for a whole archive.
func NewTar(in io.ReaderAt, size int64) (*Archive, error) {
	a := newArchive()
	section := io.NewSectionReader(in, 0, size)
	a.open = func(n *node) (io.ReadCloser, error) {
		return io.NopCloser(io.NewSectionReader(in, n.from, n.size)), nil
	}
	r := tar.NewReader(section)
	var damage error
	for {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil && !errors.Is(err, tar.ErrInsecurePath) {
			at, _ := section.Seek(0, io.SeekCurrent)
			damage = fmt.Errorf("ssmix2: the archive is damaged before byte %d: %w", at, err)
			break
		}
		at, err := section.Seek(0, io.SeekCurrent)
		if err != nil {
			return nil, err
		}
		sparse := h.PAXRecords["GNU.sparse.major"] != "" || h.PAXRecords["GNU.sparse.map"] != ""
		n := node{mod: h.ModTime.Unix(), size: h.Size, from: at, dir: h.Typeflag == tar.TypeDir}
		plain := h.Typeflag == tar.TypeReg || h.Typeflag == tar.TypeDir
		if err := a.add(h.Name, n, plain && !sparse); err != nil {
			return nil, err
		}
	}
	a.finish()
	return a, damage
}

// NewZip indexes a ZIP. Each opened file is decompressed while it is read.
func NewZip(r *zip.Reader) (*Archive, error) {
	a := newArchive()
	a.open = func(n *node) (io.ReadCloser, error) { return r.File[n.from].Open() }
	for i, f := range r.File {
		mode := f.Mode()
		n := node{mod: f.Modified.Unix(), size: int64(min(f.UncompressedSize64, 1<<62)), from: int64(i), dir: mode.IsDir() || strings.HasSuffix(f.Name, "/")}
		if err := a.add(f.Name, n, n.dir || mode.IsRegular()); err != nil {
			return nil, err
		}
	}
	a.finish()
	return a, nil
}

// Refused lists names that were not taken, at most 100, and how many in all.
func (a *Archive) Refused() ([]string, int) { return a.refused, a.count }

func newArchive() *Archive {
	return &Archive{nodes: []node{{name: ".", dir: true}}, at: map[string]int32{".": 0}}
}

func (a *Archive) refuse(name string) {
	if a.count++; len(a.refused) < 100 {
		a.refused = append(a.refused, strings.ToValidUTF8(name, "\uFFFD"))
	}
}

func (a *Archive) add(name string, n node, plain bool) error {
	if len(a.nodes) >= MaxArchiveEntries {
		return fmt.Errorf("ssmix2: %d entries: %w", len(a.nodes), ErrTooLarge)
	}
	raw := name
	if !utf8.ValidString(name) && strings.Contains(name, "/") {
		// The separator is found before the bytes are decoded, folder by folder:
		// it is no second byte of CP932.
		parts := strings.Split(name, "/")
		for i, p := range parts {
			parts[i], _ = RepairName(p)
		}
		name = strings.Join(parts, "/")
	}
	if s, ok := RepairName(name); ok {
		name = s
	}
	name = strings.TrimSuffix(strings.ReplaceAll(name, "\\", "/"), "/")
	for strings.HasPrefix(name, "./") {
		name = name[2:]
	}
	if name == "." || name == "" {
		return nil
	}
	if !plain || !fs.ValidPath(name) || len(name) > 4096 || strings.Count(name, "/") > 40 || n.size < 0 {
		a.refuse(raw)
		return nil
	}
	parent, ok := a.folder(path.Dir(name))
	if !ok {
		a.refuse(raw)
		return nil
	}
	n.name = path.Base(name)
	if n.dir {
		if _, ok := a.folder(name); !ok {
			a.refuse(raw)
		}
		return nil
	}
	if _, taken := a.at[name]; taken {
		a.refuse(raw) // a file with a folder's name
		return nil
	}
	a.nodes = append(a.nodes, n)
	a.nodes[parent].kids = append(a.nodes[parent].kids, int32(len(a.nodes)-1))
	return nil
}

// folder gives a folder's node, made if it was not there.
func (a *Archive) folder(name string) (int32, bool) {
	if i, ok := a.at[name]; ok {
		return i, true
	}
	parent, ok := a.folder(path.Dir(name))
	if !ok || len(a.nodes) >= MaxArchiveEntries {
		return 0, false
	}
	a.nodes = append(a.nodes, node{name: path.Base(name), dir: true})
	i := int32(len(a.nodes) - 1)
	a.nodes[parent].kids = append(a.nodes[parent].kids, i)
	a.at[name] = i
	return i, true
}

// finish sorts the folders; of several files with one name the last in the
// archive stands, as unpacking would leave it, and a folder stands before a
// file.
func (a *Archive) finish() {
	for i := range a.nodes {
		kids := a.nodes[i].kids
		slices.SortStableFunc(kids, func(x, y int32) int { return strings.Compare(a.nodes[x].name, a.nodes[y].name) })
		out := kids[:0]
		for _, k := range kids {
			if n := len(out); n > 0 && a.nodes[out[n-1]].name == a.nodes[k].name {
				a.refuse(a.nodes[k].name)
				if !a.nodes[out[n-1]].dir {
					out[n-1] = k
				}
				continue
			}
			out = append(out, k)
		}
		a.nodes[i].kids = out
	}
}

func (a *Archive) find(op, name string) (*node, error) {
	if !fs.ValidPath(name) {
		return nil, &fs.PathError{Op: op, Path: name, Err: fs.ErrInvalid}
	}
	if i, ok := a.at[name]; ok {
		return &a.nodes[i], nil
	}
	if d, ok := a.at[path.Dir(name)]; ok {
		base := path.Base(name)
		kids := a.nodes[d].kids
		if i, ok := slices.BinarySearchFunc(kids, base, func(k int32, s string) int { return strings.Compare(a.nodes[k].name, s) }); ok {
			return &a.nodes[kids[i]], nil
		}
	}
	return nil, &fs.PathError{Op: op, Path: name, Err: fs.ErrNotExist}
}

// Open opens a file or a folder.
func (a *Archive) Open(name string) (fs.File, error) {
	n, err := a.find("open", name)
	if err != nil {
		return nil, err
	}
	if n.dir {
		return &openDir{a: a, n: n}, nil
	}
	r, err := a.open(n)
	if err != nil {
		return nil, &fs.PathError{Op: "open", Path: name, Err: err}
	}
	return &openFile{ReadCloser: r, n: n}, nil
}

// Stat describes a file or a folder.
func (a *Archive) Stat(name string) (fs.FileInfo, error) {
	n, err := a.find("stat", name)
	if err != nil {
		return nil, err
	}
	return fileInfo{n}, nil
}

// ReadDir lists a folder, sorted by name.
func (a *Archive) ReadDir(name string) ([]fs.DirEntry, error) {
	n, err := a.find("readdir", name)
	if err != nil {
		return nil, err
	}
	if !n.dir {
		return nil, &fs.PathError{Op: "readdir", Path: name, Err: errors.New("not a directory")}
	}
	return (&openDir{a: a, n: n}).ReadDir(-1)
}

type openFile struct {
	io.ReadCloser
	n *node
}

func (f *openFile) Stat() (fs.FileInfo, error) { return fileInfo{f.n}, nil }

type openDir struct {
	a    *Archive
	n    *node
	next int
}

func (d *openDir) Stat() (fs.FileInfo, error) { return fileInfo{d.n}, nil }
func (d *openDir) Close() error               { return nil }
func (d *openDir) Read([]byte) (int, error) {
	return 0, &fs.PathError{Op: "read", Path: d.n.name, Err: errors.New("is a directory")}
}

func (d *openDir) ReadDir(count int) ([]fs.DirEntry, error) {
	rest := d.n.kids[d.next:]
	if count > 0 {
		if len(rest) == 0 {
			return nil, io.EOF
		}
		rest = rest[:min(count, len(rest))]
	}
	d.next += len(rest)
	out := make([]fs.DirEntry, len(rest))
	for i, k := range rest {
		out[i] = fs.FileInfoToDirEntry(fileInfo{&d.a.nodes[k]})
	}
	return out, nil
}

// fileInfo describes a node.
type fileInfo struct{ n *node }

func (i fileInfo) Name() string       { return i.n.name }
func (i fileInfo) Size() int64        { return i.n.size }
func (i fileInfo) IsDir() bool        { return i.n.dir }
func (i fileInfo) Sys() any           { return nil }
func (i fileInfo) ModTime() time.Time { return time.Unix(i.n.mod, 0) }
func (i fileInfo) Mode() fs.FileMode {
	if i.n.dir {
		return fs.ModeDir | 0o555
	}
	return 0o444
}
