package app

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/torideproject/toride/internal/durable"
	"github.com/torideproject/toride/internal/fault"
)

// lock keeps a data folder for one process. The kernel lets it go when the
// process ends, however it ends.
type lock struct{ file *os.File }

// take takes the lock or says who has it.
func take(path string) (*lock, error) {
	f, err := durable.OpenPlain(path)
	if errors.Is(err, durable.ErrNotPlain) {
		return nil, fault.New(fault.Invalid, "app.data.link", path).With(err)
	}
	if err != nil {
		return nil, fault.New(fault.Invalid, "app.data.unusable", path, err.Error()).With(err)
	}
	if err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != nil {
		holder, _ := io.ReadAll(io.LimitReader(f, 64)) // only for the message
		_ = f.Close()
		if errors.Is(err, unix.EWOULDBLOCK) {
			return nil, fault.New(fault.Conflict, "app.data.locked", strings.TrimSpace(string(holder))).With(err)
		}
		return nil, fmt.Errorf("app: lock: %w", err)
	}
	if err := f.Truncate(0); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	if _, err := f.WriteAt([]byte(strconv.Itoa(os.Getpid())+"\n"), 0); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return &lock{file: f}, nil
}

func (l *lock) release() error { return l.file.Close() }
