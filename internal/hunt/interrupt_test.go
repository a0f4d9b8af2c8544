package hunt

import (
	"context"
	"testing"
)

// Reading from a share that answers no more can hang for good; the end of a run
// must not wait for it.
func TestNext_EndsThoughTheReaderHangs(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	units := make(chan *unit, 1) // never closed
	units <- &unit{}
	n := 0
	for range next(ctx, units) {
		n++
		cancel()
	}
	if n != 1 {
		t.Errorf("%d units", n)
	}
}
