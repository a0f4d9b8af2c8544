package files

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// FS is one folder tree. Errors about a name that is not there fulfil
// errors.Is(err, fs.ErrNotExist). It is safe for several goroutines.
type FS interface {
	// Open opens a file for reading.
	Open(name string) (File, error)
	// Create makes a file for writing, or empties the one that is there.
	Create(name string) (File, error)
	// Rename gives a file another name in the same tree, over what is there.
	Rename(old, name string) error
	// Remove removes a file or an empty folder.
	Remove(name string) error
	// MakeDir makes one folder; one that is there already is no error.
	MakeDir(name string) error
	// List gives what is in a folder, sorted by name; a folder that is not
	// there is empty.
	List(name string) ([]Entry, error)
	// SyncDir makes the names in a folder durable.
	SyncDir(name string) error
}

// File is an open file.
type File interface {
	io.ReaderAt
	io.Writer
	io.Closer
	Sync() error
	Size() (int64, error)
}

// Entry is one name in a folder.
type Entry struct {
	Name string
	Dir  bool
	Size int64 // of a file, in bytes
}

// Temporary is how the names of files begin that are not whole yet. Readers of
// Hive folders pass over such names.
const Temporary = ".tmp-"

// Disk is the tree at a folder of the machine.
func Disk(root string) FS { return disk(root) }

type disk string

func (d disk) at(name string) string { return filepath.Join(string(d), filepath.FromSlash(name)) }

func (d disk) Open(name string) (File, error) {
	f, err := os.Open(d.at(name))
	if err != nil {
		return nil, err
	}
	return osFile{f}, nil
}

func (d disk) Create(name string) (File, error) {
	f, err := os.OpenFile(d.at(name), os.O_RDWR|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return nil, err
	}
	return osFile{f}, nil
}

func (d disk) Rename(old, name string) error { return os.Rename(d.at(old), d.at(name)) }
func (d disk) Remove(name string) error      { return os.Remove(d.at(name)) }

func (d disk) MakeDir(name string) error {
	if err := os.Mkdir(d.at(name), 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return nil
}

func (d disk) List(name string) ([]Entry, error) {
	all, err := os.ReadDir(d.at(name))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var out []Entry
	for _, e := range all {
		info, err := e.Info()
		if errors.Is(err, fs.ErrNotExist) { // removed since
			continue
		}
		if err != nil {
			return nil, err
		}
		out = append(out, Entry{Name: e.Name(), Dir: e.IsDir(), Size: info.Size()})
	}
	return out, nil
}

func (d disk) SyncDir(name string) error {
	f, err := os.Open(d.at(name))
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

type osFile struct{ *os.File }

func (f osFile) Size() (int64, error) {
	info, err := f.Stat()
	if err != nil {
		return 0, err
	}
	return info.Size(), nil
}

// MakeAll makes a folder with its parents, all of them durable.
func MakeAll(f FS, dir string) error {
	if dir = path.Clean(dir); dir == "." {
		return nil
	}
	done := ""
	for part := range strings.SplitSeq(dir, "/") {
		parent := path.Clean("./" + done)
		done = path.Join(done, part)
		here, err := f.List(parent)
		if err != nil {
			return fmt.Errorf("files: %w", err)
		}
		if slices.ContainsFunc(here, func(e Entry) bool { return e.Name == part && e.Dir }) {
			continue
		}
		if err := f.MakeDir(done); err != nil {
			return fmt.Errorf("files: %w", err)
		}
		if err := f.SyncDir(parent); err != nil {
			return fmt.Errorf("files: %w", err)
		}
	}
	return nil
}

// Replace writes a whole file so that its name has the old content or the new,
// also after a power cut.
func Replace(f FS, name string, data []byte) error {
	dir := path.Dir(name)
	temp := path.Join(dir, Temporary+path.Base(name))
	if err := WriteSynced(f, temp, data); err != nil {
		return err
	}
	if err := f.Rename(temp, name); err != nil {
		return fmt.Errorf("files: %w", err)
	}
	return f.SyncDir(dir)
}

// WriteSynced writes a file under its own name and syncs its content, but not
// its folder.
func WriteSynced(f FS, name string, data []byte) error {
	w, err := f.Create(name)
	if err != nil {
		return fmt.Errorf("files: %w", err)
	}
	_, err = w.Write(data)
	if err == nil {
		err = w.Sync()
	}
	if err := errors.Join(err, w.Close()); err != nil {
		return fmt.Errorf("files: write %s: %w", name, err)
	}
	return nil
}

// Read reads a whole file of at most limit bytes.
func Read(f FS, name string, limit int64) ([]byte, error) {
	r, err := f.Open(name)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	size, err := r.Size()
	if err != nil {
		return nil, err
	}
	if size > limit {
		return nil, fmt.Errorf("files: %s has %d bytes, more than %d", name, size, limit)
	}
	data := make([]byte, size)
	if n, err := r.ReadAt(data, 0); n < len(data) {
		return nil, fmt.Errorf("files: read %s: %w", name, err)
	}
	return data, nil
}

// Exists reports whether there is such a file.
func Exists(f FS, name string) (bool, error) {
	r, err := f.Open(name)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	return true, r.Close()
}

// RemoveAll removes a folder with all that is in it.
func RemoveAll(f FS, dir string) error {
	list, err := f.List(dir)
	if err != nil {
		return err
	}
	for _, e := range list {
		name := path.Join(dir, e.Name)
		if e.Dir {
			err = RemoveAll(f, name)
		} else {
			err = f.Remove(name)
		}
		if err != nil {
			return err
		}
	}
	return f.Remove(dir)
}

// Sum gives the SHA-256 and the size of a file. seen is called with the number
// of bytes of each piece and may be nil; its error stops the reading.
func Sum(f FS, name string, seen func(int) error) (sum [32]byte, size int64, err error) {
	r, err := f.Open(name)
	if err != nil {
		return sum, 0, err
	}
	defer r.Close()
	if size, err = r.Size(); err != nil {
		return sum, 0, err
	}
	h := sha256.New()
	buf := make([]byte, 256<<10)
	in := io.NewSectionReader(r, 0, size)
	for {
		n, err := in.Read(buf)
		h.Write(buf[:n])
		if n > 0 && seen != nil {
			if err := seen(n); err != nil {
				return sum, size, err
			}
		}
		if errors.Is(err, io.EOF) {
			h.Sum(sum[:0])
			return sum, size, nil
		}
		if err != nil {
			return sum, size, fmt.Errorf("files: read %s: %w", name, err)
		}
	}
}

// Hasher passes what is written on to a file and keeps count and SHA-256.
type Hasher struct {
	w    io.Writer
	hash interface {
		io.Writer
		Sum([]byte) []byte
	}
	Bytes int64
}

// NewHasher makes one for w.
func NewHasher(w io.Writer) *Hasher { return &Hasher{w: w, hash: sha256.New()} }

// Write writes to both.
func (h *Hasher) Write(p []byte) (int, error) {
	n, err := h.w.Write(p)
	h.hash.Write(p[:n])
	h.Bytes += int64(n)
	return n, err
}

// Sum gives the SHA-256 of what was written so far.
func (h *Hasher) Sum() (sum [32]byte) {
	h.hash.Sum(sum[:0])
	return sum
}
