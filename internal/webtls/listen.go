package webtls

import (
	"net"
	"sync"
)

// EachAddress is how many connections one address may hold open. A browser
// opens six; the computers of a whole ward may stand behind one address. Without
// a limit one computer can take all memory by opening connections alone.
const EachAddress = 256

// Fair closes new connections of an address that holds too many.
type Fair struct {
	net.Listener
	mu   sync.Mutex
	open map[string]int
	max  int
}

// NewFair gives a listener whose addresses may hold limit connections each.
func NewFair(l net.Listener, limit int) *Fair {
	return &Fair{Listener: l, open: map[string]int{}, max: limit}
}

// Accept gives the next connection of an address that may have one.
func (f *Fair) Accept() (net.Conn, error) {
	for {
		conn, err := f.Listener.Accept()
		if err != nil {
			return nil, err
		}
		host, _, err := net.SplitHostPort(conn.RemoteAddr().String())
		if err != nil {
			host = conn.RemoteAddr().String()
		}
		if f.take(host) {
			return &fairConn{Conn: conn, leave: sync.OnceFunc(func() { f.leave(host) })}, nil
		}
		_ = conn.Close() // nothing was read or written yet
	}
}

func (f *Fair) take(host string) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.open[host] >= f.max {
		return false
	}
	f.open[host]++
	return true
}

func (f *Fair) leave(host string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.open[host]--; f.open[host] == 0 {
		delete(f.open, host)
	}
}

type fairConn struct {
	net.Conn
	leave func()
}

// Close ends the connection and gives its place back.
func (c *fairConn) Close() error {
	c.leave()
	return c.Conn.Close()
}
