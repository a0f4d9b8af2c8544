package bulk

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"github.com/torideproject/toride/internal/event/source"
	"github.com/torideproject/toride/internal/turn"
)

// Kind is the family member.
func Kind() source.Kind {
	k := source.Kind{Name: "bulk", Networks: []string{"tcp"}, Port: 9200, TLS: true, Token: true}
	k.New = func(cfg source.Config, set source.Settings) (source.Source, error) {
		if err := k.Check(set); err != nil {
			return nil, err
		}
		if set.Format == "" {
			set.Format = "json"
		}
		return &Source{cfg: cfg, set: set, lim: ordinary(), actions: newActions()}, nil
	}
	return k
}

// Source listens on one port.
type Source struct {
	cfg     source.Config
	set     source.Settings
	lim     limits
	addr    atomic.Pointer[string]
	actions *actions
	work    sync.Pool // of *work
}

// Addr is where it listens: "tcp 0.0.0.0:9200"; empty before and after Run.
func (s *Source) Addr() string {
	if a := s.addr.Load(); a != nil {
		return *a
	}
	return ""
}

// Run listens until ctx ends; then requests under way are finished and
// answered.
func (s *Source) Run(ctx context.Context, sink source.Sink) error {
	defer s.addr.Store(nil)
	lc := net.ListenConfig{KeepAliveConfig: net.KeepAliveConfig{Enable: true, Idle: time.Minute, Interval: 15 * time.Second, Count: 4}}
	ln, err := lc.Listen(ctx, "tcp", s.set.Address)
	if err != nil {
		return source.Refused("tcp "+s.set.Address, err)
	}
	hand, stopHanding := context.WithCancel(context.WithoutCancel(ctx))
	defer stopHanding()
	srv := s.server(hand, sink)
	text := "tcp " + ln.Addr().String()
	s.addr.Store(&text)
	stopped := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		defer close(stopped)
		late := time.AfterFunc(s.lim.hand, stopHanding)
		defer late.Stop()
		s.shut(srv)
	})
	err = s.serve(srv, &gate{Listener: ln, perPeer: map[netip.Addr]int{}})
	if !stop() {
		<-stopped
		return nil
	}
	_ = srv.Close()
	return err
}

// shut lets requests under way come to their end.
func (s *Source) shut(srv *http.Server) {
	ctx, cancel := context.WithTimeout(context.Background(), s.lim.drain)
	defer cancel()
	if srv.Shutdown(ctx) != nil {
		_ = srv.Close()
	}
}

func (s *Source) serve(srv *http.Server, ln net.Listener) error {
	var err error
	if s.set.TLS != nil {
		err = srv.ServeTLS(ln, "", "")
	} else {
		err = srv.Serve(ln)
	}
	if errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return err
}

// server speaks HTTP/1.1 only: senders need no more, and it has fewer ways to
// be abused.
func (s *Source) server(hand context.Context, sink source.Sink) *http.Server {
	var only http.Protocols
	only.SetHTTP1(true)
	h := &handler{s: s, sink: sink, hand: hand, turns: turn.New(maxRequests, maxTurns)}
	srv := &http.Server{
		Handler: h, Protocols: &only, MaxHeaderBytes: maxHeader, ReadHeaderTimeout: s.lim.header, IdleTimeout: s.lim.idle,
		// Of a request as a whole; the handler sets shorter ones. Without them a
		// sender could keep a connection for ever by announcing a body that never
		// comes, or by never reading an answer, before it showed a token.
		ReadTimeout: s.lim.header + s.lim.queue + s.lim.whole, WriteTimeout: s.lim.header + s.lim.queue + s.lim.whole + s.lim.chunk,
		ErrorLog: slog.NewLogLogger(s.cfg.Log.Handler(), slog.LevelDebug), // handshakes that fail, senders that go away
	}
	if s.set.TLS != nil {
		srv.TLSConfig = s.set.TLS.Clone()
	}
	return srv
}
