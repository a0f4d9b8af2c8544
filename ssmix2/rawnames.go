package ssmix2

import (
	"errors"
	"io/fs"
	"slices"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/japanese"
)

// RawNames is a file system over a folder whose names may be CP932 bytes, as
// a copy from Windows to Linux leaves them: os.DirFS lists such names and
// cannot open them. Here they read as Japanese, and what is opened by the
// Japanese name is found by either. It needs functions that take names as
// bytes, as the methods of os.Root do:
//
//	root, err := os.OpenRoot(dir)
//	fsys := ssmix2.RawNames{
//		OpenRaw:  func(name string) (fs.File, error) { return root.Open(name) },
//		LstatRaw: root.Lstat,
//	}
//
// It keeps nothing; a name of k parts beyond ASCII that is not found as it
// stands takes at most k further looks.
type RawNames struct {
	OpenRaw  func(name string) (fs.File, error)
	LstatRaw func(name string) (fs.FileInfo, error)
	// SubRaw, if not nil, opens a folder for reading what is below it, until
	// done is called. os.Root goes to a file step by step, so that a patient's
	// folders are listed twice as fast from his own:
	//
	//	sub, err := root.OpenRoot(dir)
	//	return ssmix2.RawNames{OpenRaw: …, LstatRaw: sub.Lstat}, sub.Close, err
	SubRaw func(dir string) (sub RawNames, done func() error, err error)
	// ListRaw, if not nil, is a quicker way to list a folder, as ListFS has it
	// but in any order; errors.ErrUnsupported leaves a folder to OpenRaw.
	ListRaw func(dir string, limit int) (entries []fs.DirEntry, more bool, err error)
}

// ListDir makes a ListFS of it. The error is errors.ErrUnsupported without
// ListRaw.
func (r RawNames) ListDir(dir string, limit int) (entries []fs.DirEntry, more bool, err error) {
	if r.ListRaw == nil {
		return nil, false, errors.ErrUnsupported
	}
	entries, more, err = r.ListRaw(dir, limit)
	if !isASCII(dir) && errors.Is(err, fs.ErrNotExist) {
		raw, bad := r.raw("readdir", dir)
		if bad != nil {
			return nil, false, bad
		}
		entries, more, err = r.ListRaw(raw, limit)
	}
	return japaneseNames(entries), more, err
}

// ListFS is a file system that lists a folder in one go: a Store lists by it
// where it is there.
type ListFS interface {
	fs.FS
	// ListDir gives at most limit entries of a folder, more reports that there
	// are further ones. The error may be errors.ErrUnsupported: then the folder
	// is opened and read.
	ListDir(dir string, limit int) (entries []fs.DirEntry, more bool, err error)
}

// OpenSub makes a FolderFS of it. The error is errors.ErrUnsupported without
// SubRaw.
func (r RawNames) OpenSub(dir string) (fs.FS, func() error, error) {
	if r.SubRaw == nil {
		return nil, nil, errors.ErrUnsupported
	}
	raw, err := r.raw("open", dir)
	if err != nil {
		return nil, nil, err
	}
	sub, done, err := r.SubRaw(raw)
	return sub, done, err
}

// FolderFS is a file system that can open a folder once for many looks below
// it. A Store uses it for a patient's folder where it is there.
type FolderFS interface {
	fs.FS
	// OpenSub gives the file system below a folder, good until done is called.
	OpenSub(dir string) (sub fs.FS, done func() error, err error)
}

// Open opens a file or folder.
func (r RawNames) Open(name string) (fs.File, error) {
	if !fs.ValidPath(name) {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrInvalid}
	}
	f, err := r.OpenRaw(name)
	if !isASCII(name) && errors.Is(err, fs.ErrNotExist) {
		raw, bad := r.raw("open", name)
		if bad != nil {
			return nil, bad
		}
		f, err = r.OpenRaw(raw)
	}
	if err != nil {
		return nil, err
	}
	if d, ok := f.(fs.ReadDirFile); ok {
		return rawDir{d}, nil
	}
	return f, nil
}

// Lstat describes a file, folder or link without following it.
func (r RawNames) Lstat(name string) (fs.FileInfo, error) {
	raw, err := r.raw("lstat", name)
	if err != nil {
		return nil, err
	}
	return r.LstatRaw(raw)
}

// ReadLink is refused: this package never follows a link. It makes Lstat known
// to io/fs.
func (r RawNames) ReadLink(name string) (string, error) {
	return "", &fs.PathError{Op: "readlink", Path: name, Err: fs.ErrPermission}
}

// raw finds the bytes of a name: part by part as it stands, else in CP932.
func (r RawNames) raw(op, name string) (string, error) {
	if !fs.ValidPath(name) {
		return "", &fs.PathError{Op: op, Path: name, Err: fs.ErrInvalid}
	}
	if isASCII(name) {
		return name, nil
	}
	parts := strings.Split(name, "/")
	for i, p := range parts {
		if isASCII(p) {
			continue
		}
		if _, err := r.LstatRaw(strings.Join(parts[:i+1], "/")); !errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if b, err := japanese.ShiftJIS.NewEncoder().String(p); err == nil {
			parts[i] = b
		}
	}
	return strings.Join(parts, "/"), nil
}

type rawDir struct{ fs.ReadDirFile }

func (d rawDir) ReadDir(n int) ([]fs.DirEntry, error) {
	entries, err := d.ReadDirFile.ReadDir(n)
	return japaneseNames(entries), err
}

// japaneseNames reads names that are CP932.
func japaneseNames(entries []fs.DirEntry) []fs.DirEntry {
	if !slices.ContainsFunc(entries, func(e fs.DirEntry) bool { return !utf8.ValidString(e.Name()) }) {
		return entries
	}
	taken := map[string]bool{}
	for _, e := range entries {
		taken[e.Name()] = true
	}
	entries = slices.Clone(entries)
	for i, e := range entries {
		// A name that is there in UTF-8 too stays as it is: it cannot be
		// opened, and that is a lint.
		if good, ok := fromCP932([]byte(e.Name())); ok && !utf8.ValidString(e.Name()) && !taken[good] {
			entries[i] = rawEntry{e, good}
			taken[good] = true
		}
	}
	return entries
}

type rawEntry struct {
	fs.DirEntry
	name string
}

func (e rawEntry) Name() string { return e.name }
