package vault

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"runtime"
	"slices"
	"syscall"

	"github.com/torideproject/toride/internal/durable"
	"github.com/torideproject/toride/internal/fault"
)

// disk is the medium, as far as a vault needs it; tests cut it at every step.
// Names are of our making, with slashes, below the vault's folder.
type disk interface {
	Create(name string) (diskFile, error) // refuses what is there
	Open(name string) (diskFile, error)
	Names(dir string) ([]string, error) // sorted; none for a missing folder
	Mkdir(name string) error            // with those above; fine if it is there
	Rename(from, to string) error       // replaces
	Remove(name string) error           // a file or an empty folder; fine if it is gone
	SyncDir(name string) error
	Lock(name string) (io.Closer, error)
}

type diskFile interface {
	io.Writer
	io.ReaderAt
	io.Closer
	Sync() error
	Size() (int64, error)
}

// folder is a disk in a folder. os.Root keeps links on a foreign stick from
// leading out of it.
type folder struct {
	root *os.Root
	path string
}

type osFile struct{ *os.File }

func (f osFile) Size() (int64, error) {
	info, err := f.Stat()
	if err != nil {
		return 0, err
	}
	return info.Size(), nil
}

func openFolder(dir string) (*folder, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, err
	}
	return &folder{root: root, path: dir}, nil
}

func (f *folder) Create(name string) (diskFile, error) {
	file, err := f.root.OpenFile(filepath.FromSlash(name), os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return nil, err
	}
	return osFile{file}, nil
}

// Open looks what the name is before it opens it: a pipe that somebody put in a
// file's place would wait for a writer.
func (f *folder) Open(name string) (diskFile, error) {
	info, err := f.root.Stat(filepath.FromSlash(name))
	if err == nil && !info.Mode().IsRegular() {
		err = &fs.PathError{Op: "open", Path: name, Err: fs.ErrInvalid}
	}
	if err != nil {
		return nil, err
	}
	file, err := f.root.Open(filepath.FromSlash(name))
	if err != nil {
		return nil, err
	}
	return osFile{file}, nil
}

func (f *folder) Names(dir string) ([]string, error) {
	info, err := f.root.Stat(filepath.FromSlash(dir))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err == nil && !info.IsDir() {
		err = &fs.PathError{Op: "readdir", Path: dir, Err: fs.ErrInvalid}
	}
	if err != nil {
		return nil, err
	}
	d, err := f.root.Open(filepath.FromSlash(dir))
	if err != nil {
		return nil, err
	}
	defer d.Close()
	names, err := d.Readdirnames(-1)
	slices.Sort(names)
	return names, err
}

func (f *folder) Mkdir(name string) error { return f.root.MkdirAll(filepath.FromSlash(name), 0o700) }

func (f *folder) Rename(from, to string) error {
	return f.root.Rename(filepath.FromSlash(from), filepath.FromSlash(to))
}

func (f *folder) Remove(name string) error {
	if err := f.root.Remove(filepath.FromSlash(name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// SyncDir makes names durable. Windows has no such call for folders.
func (f *folder) SyncDir(name string) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	d, err := f.root.Open(filepath.FromSlash(name))
	if err != nil {
		return err
	}
	defer d.Close()
	// Some file systems of sticks refuse to sync a folder; their names are
	// written with the file's own sync or at unmounting.
	if err := d.Sync(); err != nil && !errors.Is(err, syscall.EINVAL) && !errors.Is(err, errors.ErrUnsupported) {
		return err
	}
	return nil
}

func (f *folder) Lock(name string) (io.Closer, error) {
	return durable.Lock(filepath.Join(f.path, name))
}

// replace writes a small file so that its name shows the old content or the
// new, never half.
func replace(d disk, name string, data []byte) error {
	tmp := name + ".tmp"
	if err := d.Remove(tmp); err != nil {
		return err
	}
	f, err := d.Create(tmp)
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		_ = d.Remove(tmp)
		return err
	}
	if err := d.Rename(tmp, name); err != nil {
		return err
	}
	return d.SyncDir(path.Dir(name))
}

// slurp reads a small file.
func slurp(d disk, name string, most int64) ([]byte, error) {
	f, err := d.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	size, err := f.Size()
	if err != nil {
		return nil, err
	}
	if size > most {
		return nil, errTooLong
	}
	data := make([]byte, size)
	if n, err := f.ReadAt(data, 0); n < len(data) {
		return nil, errors.Join(err, io.ErrUnexpectedEOF)
	}
	return data, nil
}

var errTooLong = errors.New("vault: the file is longer than it can be")

// writeFault says why the medium was not written to.
func writeFault(err error) error {
	if _, named := errors.AsType[*fault.Error](err); named {
		return err
	}
	if isFull(err) {
		return fault.New(fault.Full, "vault.full").With(err)
	}
	return fault.New(fault.Internal, "vault.write").With(err)
}

func isFull(err error) bool {
	if errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) {
		return true
	}
	number, ok := errors.AsType[syscall.Errno](err)
	// ERROR_HANDLE_DISK_FULL and ERROR_DISK_FULL
	return ok && runtime.GOOS == "windows" && (number == 39 || number == 112)
}

// readFault says why a file of the medium gives nothing: it is gone or the
// medium is, or its bytes are not those that were written.
func readFault(err error, name string) error {
	if _, named := errors.AsType[*fault.Error](err); named {
		return err
	}
	if errors.Is(err, fs.ErrNotExist) {
		// Not wrapped: a file of the chart in a pack that is gone must not look
		// like a file that the chart never had.
		return fault.New(fault.Internal, "vault.missing", name).With(errors.New(err.Error()))
	}
	if _, system := errors.AsType[syscall.Errno](err); system || errors.Is(err, fs.ErrClosed) {
		return fault.New(fault.Internal, "vault.unreadable", name).With(err)
	}
	return fault.New(fault.Internal, "vault.damaged", name).With(err)
}
