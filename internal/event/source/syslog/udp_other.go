//go:build !linux

package syslog

import "net"

// enlarge asks for a receive buffer; what the system gave is not known.
func enlarge(conn *net.UDPConn, size int) int {
	_ = conn.SetReadBuffer(size)
	return size
}

// dropCounter knows nothing where the kernel does not tell.
type dropCounter struct{}

func (*dropCounter) since(*net.UDPConn) uint64 { return 0 }
