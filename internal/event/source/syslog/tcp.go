package syslog

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"
)

// tcp accepts connections until ctx ends, and returns when all of them have
// handed over what they had.
func (s *Source) tcp(ctx context.Context, b *batcher) error {
	lc := net.ListenConfig{KeepAliveConfig: net.KeepAliveConfig{Enable: true, Idle: time.Minute, Interval: 15 * time.Second, Count: 4}}
	ln, err := lc.Listen(ctx, "tcp", s.set.Address)
	if err != nil {
		return s.refused(err)
	}
	network := "tcp"
	if s.set.TLS != nil {
		network = "tls"
	}
	h := &house{s: s, b: b, conns: map[*conn]struct{}{}, perPeer: map[netip.Addr]int{}}
	s.listening(network, ln.Addr())
	stop := context.AfterFunc(ctx, func() {
		_ = ln.Close()
		h.close()
	})
	defer stop()
	err = h.accept(ctx, ln)
	_ = ln.Close()
	h.close()
	h.wg.Wait()
	return err
}

// house holds the open connections of one source.
type house struct {
	s       *Source
	b       *batcher
	wg      sync.WaitGroup
	long    atomic.Int64 // memory of long messages
	mu      sync.Mutex   // guards what follows
	conns   map[*conn]struct{}
	perPeer map[netip.Addr]int
	closed  time.Time // when connections must end; zero: not yet
	warned  time.Time
}

func (h *house) accept(ctx context.Context, ln net.Listener) error {
	for wait := 5 * time.Millisecond; ; {
		nc, err := ln.Accept()
		if err == nil {
			wait = 5 * time.Millisecond
			h.open(ctx, nc)
			continue
		}
		if over(ctx, err) {
			return nil
		}
		if wait > time.Second { // it does not pass: the supervisor starts anew
			return wrap("accept", err)
		}
		pause(ctx, wait) // too many open files, a connection gone again
		wait *= 2
	}
}

// open lets a connection in, or turns it away.
func (h *house) open(ctx context.Context, nc net.Conn) {
	from, _ := netip.ParseAddrPort(nc.RemoteAddr().String())
	c := &conn{h: h, nc: nc, from: from.Addr(), peer: peer(from)}
	c.read.Store(time.Now().UnixNano())
	if !h.admit(c) {
		_ = nc.Close()
		return
	}
	h.wg.Go(func() {
		defer h.leave(c)
		c.run(ctx)
		h.b.hurry()
	})
}

// admit keeps the limits. When the house is full, the connection that has been
// idle longest makes way, or one of the sender that has the most.
func (h *house) admit(c *conn) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	switch {
	case !h.closed.IsZero():
		return false
	case h.perPeer[c.from] >= h.s.lim.perPeer:
		h.warn("too many connections of one sender", c.peer)
		return false
	case len(h.conns) >= h.s.lim.conns && !h.evict(c.from):
		h.warn("too many connections", c.peer)
		return false
	}
	h.conns[c] = struct{}{}
	h.perPeer[c.from]++
	return true
}

// evict closes a connection to make room for one of from: that which has been
// idle longest, if long enough; otherwise the idlest of the sender that has the
// most, if from has at least two fewer: a few senders that keep all their
// connections busy keep nobody out. It leaves by itself soon; until then there
// is one more. mu is held.
func (h *house) evict(from netip.Addr) bool {
	if len(h.conns) >= h.s.lim.conns+h.s.lim.perPeer {
		return false
	}
	idlest := h.idlest(func(*conn) bool { return true })
	if idlest == nil {
		return false
	}
	if time.Since(time.Unix(0, idlest.read.Load())) < h.s.lim.evict {
		staying, most := h.staying(), 0
		for _, n := range staying {
			most = max(most, n)
		}
		if most < h.perPeer[from]+2 {
			return false
		}
		idlest = h.idlest(func(c *conn) bool { return staying[c.from] == most })
	}
	idlest.leaving.Store(true)
	_ = idlest.nc.SetReadDeadline(time.Now())
	return true
}

// idlest gives the connection among those wanted that has been idle longest and
// does not leave yet. mu is held.
func (h *house) idlest(wanted func(*conn) bool) (idlest *conn) {
	for c := range h.conns {
		if !c.leaving.Load() && wanted(c) && (idlest == nil || c.read.Load() < idlest.read.Load()) {
			idlest = c
		}
	}
	return idlest
}

// staying counts each sender's connections that do not leave yet. mu is held.
func (h *house) staying() map[netip.Addr]int {
	n := make(map[netip.Addr]int, len(h.perPeer))
	for c := range h.conns {
		if !c.leaving.Load() {
			n[c.from]++
		}
	}
	return n
}

// warn writes to the log, once a minute at most. mu is held.
func (h *house) warn(what, peer string) {
	if time.Since(h.warned) > time.Minute {
		h.warned = time.Now()
		h.s.cfg.Log.Warn(what, "source", h.s.cfg.ID, "peer", peer, "connections", len(h.conns))
	}
}

func (h *house) leave(c *conn) {
	_ = c.nc.Close()
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.conns, c)
	if h.perPeer[c.from]--; h.perPeer[c.from] <= 0 {
		delete(h.perPeer, c.from)
	}
}

// close gives every connection a moment to read what has arrived.
func (h *house) close() {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closed.IsZero() {
		h.closed = time.Now().Add(h.s.lim.drain)
	}
	for c := range h.conns {
		c.leaving.Store(true)
		_ = c.nc.SetReadDeadline(h.closed)
	}
}

// deadline gives when a read must end: on is its own wish.
func (h *house) deadline(c *conn, on time.Time) time.Time {
	if !c.leaving.Load() {
		return on
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closed.IsZero() {
		return time.Now() // evicted
	}
	return h.closed
}

// conn is one connection.
type conn struct {
	h       *house
	nc      net.Conn
	from    netip.Addr
	peer    string
	read    atomic.Int64 // when something came last, nanoseconds since 1970
	leaving atomic.Bool
}

func (c *conn) run(ctx context.Context) {
	log := c.h.s.cfg.Log
	var in net.Conn = c.nc
	if cfg := c.h.s.set.TLS; cfg != nil {
		t := tls.Server(c.nc, cfg)
		hctx, cancel := context.WithTimeout(ctx, handshake)
		err := t.HandshakeContext(hctx)
		cancel()
		if err != nil {
			if !over(ctx, err) {
				log.Info("no TLS connection", "source", c.h.s.cfg.ID, "peer", c.peer, "error", err)
			}
			return
		}
		in = t
	}
	f := framer{c: c, in: in, max: c.h.b.maxLine}
	defer f.release()
	if err := f.run(); err != nil && !c.leaving.Load() && !errors.Is(err, errEnd) && !over(ctx, err) {
		log.Info("a connection ended", "source", c.h.s.cfg.ID, "peer", c.peer, "error", err)
	}
}
