package source

import (
	"encoding/binary"
	"errors"
	"io/fs"
	"os"
	"strings"
	"syscall"
)

// Below lists what is below a folder that is open, two levels deep: a patient's
// dates, and the types of a date. It asks the system four times for a folder
// (open, two readings, close), where the general way asks ten times: a store of
// SS-MIX2 has a folder for nearly every file. It is not for several goroutines
// at a time.
//
// Every part of a path is opened from the folder above it and never through a
// link, so that no name leads out.
type Below struct {
	top  *os.File
	date string // the folder of the first level that is held open
	fd   int    // of date, where it is not ""
	buf  []byte
	// lstat tells what an entry is where the system does not say so with the
	// name, and the rest that somebody may ask about an entry.
	lstat func(name string) (fs.FileInfo, error)
}

// NewBelow takes a folder that is open; Close closes it.
func NewBelow(top *os.File, lstat func(name string) (fs.FileInfo, error)) *Below {
	return &Below{top: top, lstat: lstat}
}

// ListBelow lists one folder, which open opens, as List does ".": os.File asks
// the system about every entry of a folder that was opened through os.Root,
// which takes seconds on a cold disk with a folder of ten thousand patients.
func ListBelow(open func() (*os.File, error), lstat func(name string) (fs.FileInfo, error), limit int) ([]fs.DirEntry, bool, error) {
	top, err := open()
	if err != nil {
		return nil, false, err
	}
	b := NewBelow(top, lstat)
	defer b.Close()
	return b.List(".", limit)
}

// Close closes the folders.
func (b *Below) Close() error {
	b.leave()
	return b.top.Close()
}

func (b *Below) leave() {
	if b.date != "" {
		_ = syscall.Close(b.fd) // it was open for reading
		b.date = ""
	}
}

// List lists ".", a folder, or a folder in a folder, at most limit entries, in
// no order; more reports that there are further ones. Deeper it is
// errors.ErrUnsupported.
func (b *Below) List(dir string, limit int) (entries []fs.DirEntry, more bool, err error) {
	if dir == "." {
		fd := int(b.top.Fd())
		if _, err := syscall.Seek(fd, 0, 0); err != nil {
			return nil, false, &fs.PathError{Op: "readdir", Path: dir, Err: err}
		}
		return b.read(fd, dir, limit)
	}
	date, kind, deep := strings.Cut(dir, "/")
	if !fs.ValidPath(dir) || strings.Contains(kind, "/") {
		return nil, false, errors.ErrUnsupported
	}
	fresh := b.date != date
	if fresh {
		b.leave()
		fd, err := openAt(int(b.top.Fd()), date)
		if err != nil {
			return nil, false, &fs.PathError{Op: "open", Path: dir, Err: err}
		}
		b.date, b.fd = date, fd
	}
	if !deep {
		if !fresh {
			if _, err := syscall.Seek(b.fd, 0, 0); err != nil {
				return nil, false, &fs.PathError{Op: "readdir", Path: dir, Err: err}
			}
		}
		return b.read(b.fd, dir, limit)
	}
	fd, err := openAt(b.fd, kind)
	if err != nil {
		return nil, false, &fs.PathError{Op: "open", Path: dir, Err: err}
	}
	defer syscall.Close(fd)
	return b.read(fd, dir, limit)
}

// Nearly every folder has a few names; one that has many is read by larger pieces
// from its second one on.
const smallFolder, largeFolder = 2 << 10, 64 << 10

func openAt(fd int, name string) (int, error) {
	for {
		at, err := syscall.Openat(fd, name, syscall.O_RDONLY|syscall.O_DIRECTORY|syscall.O_NOFOLLOW|syscall.O_CLOEXEC, 0)
		if !errors.Is(err, syscall.EINTR) {
			return at, err
		}
	}
}

// read reads an open folder to its end. A system may give less than would fit
// and have more: only nothing is the end.
func (b *Below) read(fd int, dir string, limit int) (entries []fs.DirEntry, more bool, err error) {
	if b.buf == nil {
		b.buf = make([]byte, smallFolder)
	}
	for {
		n, err := syscall.ReadDirent(fd, b.buf)
		switch {
		case errors.Is(err, syscall.EINTR):
			continue
		case err != nil:
			return nil, false, &fs.PathError{Op: "readdir", Path: dir, Err: err}
		case n <= 0:
			return entries, false, nil
		}
		for rest := b.buf[:n]; ; {
			name, kind, left, ok := dirent(rest)
			if !ok {
				break
			}
			if rest = left; name == "." || name == ".." {
				continue
			}
			if len(entries) >= limit {
				return entries, true, nil
			}
			if e, ok := b.entry(dir, name, kind); ok {
				entries = append(entries, e)
			}
		}
		if n > smallFolder/2 && len(b.buf) < largeFolder {
			b.buf = make([]byte, largeFolder)
		}
	}
}

// dirent takes the first record of linux_dirent64 (getdents64(2)): number of the
// file 8 bytes, offset 8, length 2, type 1, name until a zero.
func dirent(buf []byte) (name string, kind byte, rest []byte, ok bool) {
	const head = 19
	if len(buf) < head {
		return "", 0, nil, false
	}
	n := int(binary.NativeEndian.Uint16(buf[16:18]))
	if n < head || n > len(buf) {
		return "", 0, nil, false
	}
	raw := buf[head:n]
	for i, c := range raw {
		if c == 0 {
			raw = raw[:i]
			break
		}
	}
	return string(raw), buf[18], buf[n:], true
}

// entry makes an entry; none where it went away meanwhile.
func (b *Below) entry(dir, name string, kind byte) (fs.DirEntry, bool) {
	at := name
	if dir != "." {
		at = dir + "/" + name
	}
	e := &belowEntry{b: b, name: name, at: at}
	switch kind {
	case syscall.DT_REG:
	case syscall.DT_DIR:
		e.kind = fs.ModeDir
	case syscall.DT_LNK:
		e.kind = fs.ModeSymlink
	case syscall.DT_UNKNOWN:
		info, err := b.lstat(at)
		if errors.Is(err, fs.ErrNotExist) {
			return nil, false
		}
		if err == nil {
			e.kind = info.Mode().Type()
		} else {
			e.kind = fs.ModeIrregular
		}
	case syscall.DT_FIFO:
		e.kind = fs.ModeNamedPipe
	case syscall.DT_SOCK:
		e.kind = fs.ModeSocket
	default:
		e.kind = fs.ModeDevice
	}
	return e, true
}

type belowEntry struct {
	b        *Below
	name, at string
	kind     fs.FileMode
}

func (e *belowEntry) Name() string               { return e.name }
func (e *belowEntry) IsDir() bool                { return e.kind.IsDir() }
func (e *belowEntry) Type() fs.FileMode          { return e.kind }
func (e *belowEntry) Info() (fs.FileInfo, error) { return e.b.lstat(e.at) }
func (e *belowEntry) String() string             { return fs.FormatDirEntry(e) }
