package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"sync"
	"time"

	"github.com/torideproject/toride/internal/fault"
	"github.com/torideproject/toride/internal/webtls"
)

// drain is how long readers get to finish when Toride stops.
const drain = 10 * time.Second

// Run serves the pages and the admin socket until ctx ends, then stops taking
// requests, lets the running ones finish, and returns. ready is called with
// the address of the pages once both listen.
func (a *App) Run(ctx context.Context, ready func(net.Addr)) error {
	pages, err := net.Listen("tcp", a.cfg.Listen)
	if err != nil {
		return fault.New(fault.Conflict, "app.listen", a.cfg.Listen, err.Error()).With(err)
	}
	admin, err := a.listenAdmin()
	if err != nil {
		return errors.Join(err, pages.Close())
	}
	defer tuneMemory()()
	running := newInFlight()
	site := webtls.NewServer(running.of(a.site.Handler()), a.log)
	commands := &http.Server{Handler: running.of(a.adminHandler()), ReadHeaderTimeout: 10 * time.Second, ConnContext: withConn, ErrorLog: slog.NewLogLogger(a.log.Handler(), slog.LevelWarn)}
	failed := make(chan error, 3)
	go func() { failed <- site.Serve(webtls.Listen(pages, a.cert.TLS)) }()
	go func() { failed <- commands.Serve(admin) }()
	looking, stopLooking := context.WithCancel(context.WithoutCancel(ctx))
	var looked sync.WaitGroup
	looked.Go(func() { a.look(looking) })
	looked.Go(func() { a.Parts.Notify.Run(looking) })
	looked.Go(func() { a.Parts.Chart.run(looking, a.log.Error) })
	looked.Go(func() {
		a.running.Store(true)
		failed <- a.runRecords(looking)
		a.running.Store(false)
	})
	ready(pages.Addr())
	left := 3
	select {
	case <-ctx.Done():
	case err = <-failed:
		left--
	}
	a.live.Close() // its streams would hold the stop up
	err = errors.Join(closed(err), drained(ctx, running, site, commands))
	stopLooking() // intake stops after the last page was answered
	for range left {
		err = errors.Join(err, closed(<-failed))
	}
	looked.Wait()
	return err
}

// drained lets running requests finish, for as long as drain. Those that do not
// are cut off, which ends their contexts, and waited for once more.
func drained(ctx context.Context, running *inFlight, servers ...*http.Server) error {
	stop, cancel := context.WithTimeout(context.WithoutCancel(ctx), drain)
	defer cancel()
	var err error
	for _, s := range servers {
		if serr := s.Shutdown(stop); serr != nil {
			err = errors.Join(err, serr, s.Close())
		}
	}
	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), drain)
	defer cancel()
	return errors.Join(err, running.end(last))
}

// closed hides the error of a server that was told to stop.
func closed(err error) error {
	if errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return err
}

// listenAdmin opens the socket for commands. Only the owner of the data folder
// may connect; whoever can is root or Toride's own user.
func (a *App) listenAdmin() (net.Listener, error) {
	path := a.cfg.Socket()
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) { // left by a killed process; we hold the lock
		return nil, fmt.Errorf("app: %w", err)
	}
	l, err := net.Listen("unix", path)
	if err != nil {
		return nil, fault.New(fault.Invalid, "app.data.unusable", path, err.Error()).With(err)
	}
	if err := os.Chmod(path, 0o600); err != nil {
		return nil, errors.Join(err, l.Close())
	}
	return l, nil
}
