package bulk

import (
	"net"
	"net/netip"
	"sync"
	"time"
)

const (
	batchRecords = 500       // handed to the sink at once
	batchBytes   = 512 << 10 // and bytes of them, unless one alone has more
	maxBody      = 100 << 20 // bytes of a body, unpacked; what Elasticsearch allows
	maxItems     = 100_000   // of a request
	maxAction    = 64 << 10  // bytes of an action's line
	maxKey       = 512       // bytes of _id; Elasticsearch's own limit
	maxRequests  = 32        // read at the same time; others wait
	maxTurns     = 8         // of one sender's among them
	minPace      = 16 << 10  // bytes of a body that must come in each limits.chunk
	maxConns     = 4096      // each of 2,200 computers may hold one
	maxPerPeer   = 64
	maxHeader    = 32 << 10
)

// limits are those that tests make small.
type limits struct {
	header time.Duration // for a request's head
	// stranger is for the rest of a request without a token.
	stranger time.Duration
	idle     time.Duration // between two requests
	chunk    time.Duration // for the next minPace bytes of a body
	whole    time.Duration // for a body
	queue    time.Duration // that a request waits for its turn
	drain    time.Duration // for requests under way, when the source stops
	hand     time.Duration // for handing over, when it stops
}

func ordinary() limits {
	return limits{header: 15 * time.Second, stranger: 5 * time.Second, idle: 3 * time.Minute, chunk: 30 * time.Second, whole: 5 * time.Minute, queue: 20 * time.Second, drain: 5 * time.Second, hand: 10 * time.Second}
}

// gate is a listener that turns away whom it has too many of.
type gate struct {
	net.Listener
	mu      sync.Mutex
	all     int
	perPeer map[netip.Addr]int
}

// Accept gives the next connection within the limits.
func (g *gate) Accept() (net.Conn, error) {
	for {
		c, err := g.Listener.Accept()
		if err != nil {
			return nil, err
		}
		from, _ := netip.ParseAddrPort(c.RemoteAddr().String())
		if g.enter(from.Addr()) {
			return &guest{Conn: c, leave: sync.OnceFunc(func() { g.leave(from.Addr()) })}, nil
		}
		_ = c.Close()
	}
}

func (g *gate) enter(a netip.Addr) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.all >= maxConns || g.perPeer[a] >= maxPerPeer {
		return false
	}
	g.all++
	g.perPeer[a]++
	return true
}

func (g *gate) leave(a netip.Addr) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.all--
	if g.perPeer[a]--; g.perPeer[a] <= 0 {
		delete(g.perPeer, a)
	}
}

// guest is a connection that makes room when it closes.
type guest struct {
	net.Conn
	leave func()
}

// Close closes the connection.
func (c *guest) Close() error {
	c.leave()
	return c.Conn.Close()
}
