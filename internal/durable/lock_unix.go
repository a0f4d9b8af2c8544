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
// where it is missing and stays. ErrLocked: another process has it.
func Lock(path string) (io.Closer, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
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
