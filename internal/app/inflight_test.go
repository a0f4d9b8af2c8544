package app

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"
)

func TestInFlight_WaitsForWhatRunsAndRefusesTheRest(t *testing.T) {
	t.Parallel()
	f := newInFlight()
	began, finish, over := make(chan struct{}), make(chan struct{}), make(chan struct{})
	h := f.of(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		close(began)
		<-finish
	}))
	ask := func() int {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil))
		return w.Code
	}
	go func() {
		defer close(over)
		ask()
	}()
	<-began
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	if err := f.end(gone); !errors.Is(err, context.Canceled) {
		t.Errorf("a request runs, and end says %v", err)
	}
	if code := ask(); code != http.StatusServiceUnavailable {
		t.Errorf("a late request got %d", code)
	}
	close(finish)
	<-over
	<-f.idle
	if err := newInFlight().end(t.Context()); err != nil {
		t.Errorf("nothing runs, and end says %v", err)
	}
}
