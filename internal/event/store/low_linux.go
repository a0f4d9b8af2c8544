package store

import (
	"runtime"

	"golang.org/x/sys/unix"
)

// lowPriority runs work in a thread that gets what others leave of the
// processor. The thread ends with the goroutine, because a thread may not make
// itself more important again.
func lowPriority(work func() error) error {
	runtime.LockOSThread()
	_ = unix.Setpriority(unix.PRIO_PROCESS, 0, 10) // without it the work is only less polite
	return work()
}
