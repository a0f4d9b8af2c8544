package syslog

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"os"
	"sync/atomic"
	"time"
)

// maxPeers is how many names of senders are kept ready.
const maxPeers = 4096

// udp reads datagrams, one message each, until ctx ends; then those that have
// arrived already.
func (s *Source) udp(ctx context.Context, b *batcher) error {
	var lc net.ListenConfig
	pc, err := lc.ListenPacket(ctx, "udp", s.set.Address)
	if err != nil {
		return s.refused(err)
	}
	conn := pc.(*net.UDPConn)
	defer conn.Close()
	if size := enlarge(conn, udpBuffer); size < udpBuffer {
		s.cfg.Log.Warn("the kernel gives a small receive buffer; raise net.core.rmem_max", "source", s.cfg.ID, "bytes", size, "wanted", udpBuffer)
	}
	s.listening("udp", conn.LocalAddr())
	stop := context.AfterFunc(ctx, func() { _ = conn.SetReadDeadline(time.Now().Add(s.lim.drain)) })
	defer stop()
	r := udpReader{s: s, b: b, conn: conn, buf: make([]byte, 64<<10), names: map[netip.Addr]string{}, shares: shares{taken: map[netip.Addr]int{}}}
	defer r.count()
	watch := time.NewTicker(time.Second)
	watched := make(chan struct{})
	done := make(chan struct{})
	go func() {
		defer close(watched)
		r.watch(watch.C, done)
	}()
	defer func() {
		watch.Stop()
		close(done)
		<-watched
	}()
	return r.read(ctx)
}

type udpReader struct {
	s     *Source
	b     *batcher
	conn  *net.UDPConn
	buf   []byte
	names map[netip.Addr]string
	drops dropCounter
	shares
	late atomic.Int64 // until when the kernel is taken to drop, in nanoseconds since 1970
}

// share is how much one sender may put in line now; 0 means any.
func (r *udpReader) share() int {
	if r.b.pressed() {
		return share
	}
	if until := r.late.Load(); until > 0 && time.Now().UnixNano() < until {
		return shareLate
	}
	return 0
}

func (r *udpReader) read(ctx context.Context) error {
	for {
		n, from, err := r.conn.ReadFromUDPAddrPort(r.buf)
		if err != nil {
			if errors.Is(err, os.ErrDeadlineExceeded) || over(ctx, err) {
				return nil
			}
			return wrap("receive", err)
		}
		if most := r.share(); most > 0 && !r.fair(from.Addr(), n, most, time.Now()) {
			r.s.cfg.Stats.Lost.Add(1)
			continue
		}
		r.b.add(r.buf[:n], r.name(from))
	}
}

// shares are what each sender has put in line lately while there is a press.
// Datagrams of one that floods are left out before they fill the line: behind a full
// line the kernel drops whatever comes, of everybody alike.
type shares struct {
	since time.Time
	taken map[netip.Addr]int // cost within shareEvery
}

// fair says whether a sender may put n bytes in line at now, of most.
func (s *shares) fair(from netip.Addr, n, most int, now time.Time) bool {
	if now.Sub(s.since) >= shareEvery {
		s.since = now
		clear(s.taken)
	}
	cost := shareLeast + n
	if s.taken[from]+cost > most {
		return false
	}
	if len(s.taken) < maxPeers {
		s.taken[from] += cost
	}
	return true
}

// name gives the sender's name without making it anew for each datagram.
func (r *udpReader) name(from netip.AddrPort) string {
	name, ok := r.names[from.Addr()]
	if !ok {
		if len(r.names) >= maxPeers {
			clear(r.names)
		}
		name = peer(from)
		r.names[from.Addr()] = name
	}
	return name
}

// watch adds what the kernel dropped to the lost ones, each second.
func (r *udpReader) watch(tick <-chan time.Time, done <-chan struct{}) {
	for {
		select {
		case <-tick:
			r.count()
		case <-done:
			return
		}
	}
}

func (r *udpReader) count() {
	if n := r.drops.since(r.conn); n > 0 {
		r.s.cfg.Stats.Lost.Add(n)
		r.late.Store(time.Now().Add(lateFor).UnixNano())
	}
}
