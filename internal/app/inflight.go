package app

import (
	"context"
	"net/http"
	"sync"
)

// inFlight counts the requests that run, because http.Server does not wait for
// those it could not finish in time: their database must not be closed under
// them.
type inFlight struct {
	mu    sync.Mutex
	n     int
	ended bool
	idle  chan struct{} // closed when ended and none runs
}

func newInFlight() *inFlight { return &inFlight{idle: make(chan struct{})} }

// of counts the requests of a handler, and refuses those that come too late.
func (f *inFlight) of(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !f.begin() {
			http.Error(w, http.StatusText(http.StatusServiceUnavailable), http.StatusServiceUnavailable)
			return
		}
		defer f.done()
		h.ServeHTTP(w, r)
	})
}

func (f *inFlight) begin() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.ended {
		return false
	}
	f.n++
	return true
}

func (f *inFlight) done() {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.n--; f.n == 0 && f.ended {
		close(f.idle)
	}
}

// end refuses what comes from now on, and waits for what runs, at most until ctx
// ends. It is called once.
func (f *inFlight) end(ctx context.Context) error {
	f.mu.Lock()
	if f.ended = true; f.n == 0 {
		close(f.idle)
	}
	f.mu.Unlock()
	select {
	case <-f.idle:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
