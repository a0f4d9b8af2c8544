//go:build unix

package durable

import (
	"errors"
	"io"
	"os"
	"syscall"
)

// Lock keeps what a path stands for to one process until it is closed; the
// system gives it back when the process ends, however it ends. The file is made
// where it is missing and stays. ErrLocked: another process has it. ErrNotPlain:
// see OpenPlain.
func Lock(path string) (io.Closer, error) {
	f, err := OpenPlain(path)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		_ = f.Close()
		if errors.Is(err, syscall.EWOULDBLOCK) {
			return nil, ErrLocked
		}
		return nil, err
	}
	return f, nil
}

// OpenPlain opens a file for reading and writing and makes it, for its owner
// alone, where it is missing. The name must be the file itself: whoever may write
// into the folder could otherwise lead the open, and what is written after it, to
// another file. ErrNotPlain: it is a link, a pipe, a device; none of them is
// opened or waited for.
func OpenPlain(path string) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|syscall.O_NOFOLLOW|syscall.O_NONBLOCK, 0o600)
	if err != nil {
		if info, seen := os.Lstat(path); seen == nil && !info.Mode().IsRegular() && !info.IsDir() {
			return nil, &os.PathError{Op: "open", Path: path, Err: ErrNotPlain}
		}
		return nil, err
	}
	info, err := f.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = &os.PathError{Op: "open", Path: path, Err: ErrNotPlain}
	}
	if err != nil {
		_ = f.Close()
		return nil, err
	}
	return f, nil
}
