package syslog

import (
	"net"
	"unsafe"

	"golang.org/x/sys/unix"
)

// enlarge asks for a receive buffer, above the system's limit where Toride has
// the right to, and gives the size it got.
func enlarge(conn *net.UDPConn, size int) int {
	got := 0
	control(conn, func(fd int) {
		if unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_RCVBUFFORCE, size) != nil {
			_ = unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_RCVBUF, size)
		}
		if n, err := unix.GetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_RCVBUF); err == nil {
			got = n / 2 // the kernel doubles it for its own book-keeping
		}
	})
	return got
}

func control(conn *net.UDPConn, do func(fd int)) {
	if raw, err := conn.SyscallConn(); err == nil {
		_ = raw.Control(func(fd uintptr) { do(int(fd)) })
	}
}

// dropCounter reads how many datagrams the kernel had no room for.
type dropCounter struct{ last uint32 }

// Places in the answer to SO_MEMINFO (linux/sock_diag.h).
const (
	memInfoValues = 9
	memInfoDrops  = 8
)

// since gives the datagrams dropped since the last call. The kernel counts
// them for each socket; the counter wraps.
func (d *dropCounter) since(conn *net.UDPConn) uint64 {
	var info [memInfoValues]uint32
	ok := false
	control(conn, func(fd int) {
		size := uint32(unsafe.Sizeof(info))
		_, _, errno := unix.Syscall6(unix.SYS_GETSOCKOPT, uintptr(fd), unix.SOL_SOCKET, unix.SO_MEMINFO, uintptr(unsafe.Pointer(&info[0])), uintptr(unsafe.Pointer(&size)), 0)
		ok = errno == 0 && size == uint32(unsafe.Sizeof(info))
	})
	if !ok {
		return 0
	}
	n := info[memInfoDrops] - d.last
	d.last = info[memInfoDrops]
	return uint64(n)
}
