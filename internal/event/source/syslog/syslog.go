package syslog

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"sync/atomic"

	"github.com/torideproject/toride/internal/event/source"
)

// Kind is the family member. Over TCP it speaks TLS when the settings have it;
// a certificate is asked of senders when the TLS configuration says so.
func Kind() source.Kind {
	k := source.Kind{Name: "syslog", Networks: []string{"udp", "tcp"}, Port: 514, TLS: true}
	k.New = func(cfg source.Config, set source.Settings) (source.Source, error) {
		if err := k.Check(set); err != nil {
			return nil, err
		}
		if set.Format == "" {
			set.Format = "syslog"
		}
		return &Source{cfg: cfg, set: set, lim: ordinary()}, nil
	}
	return k
}

// Source listens on one port.
type Source struct {
	cfg  source.Config
	set  source.Settings
	lim  limits
	addr atomic.Pointer[string]
}

// Addr is where it listens: "udp 0.0.0.0:514"; empty before and after Run.
func (s *Source) Addr() string {
	if a := s.addr.Load(); a != nil {
		return *a
	}
	return ""
}

func (s *Source) listening(network string, a net.Addr) {
	text := network + " " + a.String()
	s.addr.Store(&text)
}

// Run listens until ctx ends. Then it takes what has already arrived, hands
// over all it has, and returns nil.
func (s *Source) Run(ctx context.Context, sink source.Sink) error {
	defer s.addr.Store(nil)
	b := newBatcher(s.cfg, s.set)
	listen := s.tcp
	if s.set.Network == "udp" {
		listen = s.udp
	}
	handed := make(chan struct{})
	go func() {
		defer close(handed)
		b.handOver(ctx, sink, s.lim.hand)
	}()
	err := listen(ctx, b)
	b.finish()
	<-handed
	if ctx.Err() != nil {
		return nil
	}
	return err
}

// refused says why a port cannot be listened on.
func (s *Source) refused(err error) error {
	return source.Refused(s.set.Network+" "+s.set.Address, err)
}

// peer is the sender's address without a port: the port changes with each
// connection and says nothing.
func peer(a netip.AddrPort) string { return a.Addr().Unmap().WithZone("").String() }

// over reports an error that only says that the source was told to stop.
func over(ctx context.Context, err error) bool {
	return ctx.Err() != nil || errors.Is(err, net.ErrClosed)
}

func wrap(what string, err error) error { return fmt.Errorf("syslog: %s: %w", what, err) }
