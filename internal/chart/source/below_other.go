//go:build !linux

package source

import (
	"errors"
	"io/fs"
	"os"
)

// Below would list folders with fewer calls to the system; here the general way
// is as short.
type Below struct{ top *os.File }

// NewBelow takes a folder that is open; Close closes it.
func NewBelow(top *os.File, _ func(name string) (fs.FileInfo, error)) *Below { return &Below{top} }

// Close closes the folder.
func (b *Below) Close() error { return b.top.Close() }

// List is errors.ErrUnsupported: the caller lists in the general way.
func (b *Below) List(string, int) (entries []fs.DirEntry, more bool, err error) {
	return nil, false, errors.ErrUnsupported
}

// ListBelow is errors.ErrUnsupported.
func ListBelow(func() (*os.File, error), func(name string) (fs.FileInfo, error), int) ([]fs.DirEntry, bool, error) {
	return nil, false, errors.ErrUnsupported
}
