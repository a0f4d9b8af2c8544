package station

import (
	"context"
	"errors"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/torideproject/toride/internal/fault"
	"github.com/torideproject/toride/internal/webtls"
)

// drain is how long readers get to finish when the station stops.
const drain = 5 * time.Second

// Run serves the pages until ctx ends, then stops taking requests, lets the
// running ones finish, and returns. It serves at once; roots and index follow
// in the background. ready is called with the address when it listens. The
// fault "station.listen" says that the address is taken.
func (s *Station) Run(ctx context.Context, ready func(net.Addr)) error {
	listener, err := net.Listen("tcp", s.cfg.Listen)
	if err != nil {
		return fault.New(fault.Conflict, "station.listen", s.cfg.Listen, err.Error()).With(err)
	}
	site := webtls.NewServer(s.site.Handler(), s.cfg.Log)
	served := make(chan error, 1)
	go func() { served <- site.Serve(webtls.Listen(listener, s.cert.TLS)) }()
	behind, stopBehind := context.WithCancel(context.WithoutCancel(ctx))
	defer stopBehind()
	var work sync.WaitGroup
	work.Go(func() { s.keepShelf(behind) })
	work.Go(func() {
		if err := s.Paper.Run(behind); err != nil && behind.Err() == nil {
			s.cfg.Log.Error("sheets are not made ahead any more", "err", err)
		}
	})
	ready(listener.Addr())
	over := false
	select {
	case <-ctx.Done():
	case err = <-served:
		over = true
	}
	s.live.Close() // its streams would hold the stop up
	stop, cancel := context.WithTimeout(context.WithoutCancel(ctx), drain)
	defer cancel()
	if stopErr := site.Shutdown(stop); stopErr != nil {
		err = errors.Join(err, site.Close())
	}
	if !over {
		err = errors.Join(err, <-served)
	}
	s.keys.close() // the index does not wait for a key any more
	stopBehind()
	work.Wait()
	if errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return err
}

// keepShelf waits for the roots, then builds the index and looks after media.
func (s *Station) keepShelf(ctx context.Context) {
	select {
	case <-s.stacks.ready:
	case <-ctx.Done():
		return
	}
	opened := s.stacks.shelf.Load()
	if opened == nil {
		s.cfg.Log.Error("the copies cannot be opened", "err", s.stacks.wait(0))
		return
	}
	if err := opened.Run(ctx); err != nil && ctx.Err() == nil {
		s.cfg.Log.Error("the index is not kept any more", "err", err)
	}
}
