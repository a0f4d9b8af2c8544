package source

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path"

	"github.com/torideproject/toride/ssmix2"
)

// Folder is a folder of a disk as a file system that sources are opened in:
// nothing in it can be written, no name leads out of it, names in CP932 are
// found, and a patient's folder is opened once for all that is below it. The
// root stays the caller's to close.
func Folder(root *os.Root) ssmix2.RawNames {
	return ssmix2.RawNames{
		OpenRaw: func(name string) (fs.File, error) {
			f, err := root.Open(name)
			if err != nil {
				return nil, err
			}
			return Opened{f}, nil
		},
		LstatRaw: root.Lstat,
		ListRaw: func(dir string, limit int) ([]fs.DirEntry, bool, error) {
			return ListBelow(func() (*os.File, error) { return root.Open(dir) }, func(name string) (fs.FileInfo, error) { return root.Lstat(path.Join(dir, name)) }, limit)
		},
		SubRaw: func(dir string) (ssmix2.RawNames, func() error, error) {
			sub, err := root.OpenRoot(dir)
			if err != nil {
				return ssmix2.RawNames{}, nil, err
			}
			top, err := sub.Open(".")
			if err != nil {
				_ = sub.Close() // nothing of it was read
				return ssmix2.RawNames{}, nil, err
			}
			below, all := NewBelow(top, sub.Lstat), Folder(sub)
			all.ListRaw = below.List
			return all, func() error { return errors.Join(below.Close(), sub.Close()) }, nil
		},
	}
}

// Opened is a file or folder that is open for reading. It says with the last
// entries of a folder that they are the last: a store has a folder for every
// file, and asking the system once more is a third of all calls of a walk.
type Opened struct{ *os.File }

// ReadDir gives io.EOF beside the last entries where n is positive.
func (f Opened) ReadDir(n int) ([]fs.DirEntry, error) {
	entries, err := f.File.ReadDir(n)
	if err == nil && n > 0 && len(entries) < n { // os.File fills up to n
		err = io.EOF
	}
	return entries, err
}
