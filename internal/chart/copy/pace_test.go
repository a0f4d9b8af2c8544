package copy

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// However many take at once, no more is taken in all than the rate allows; what
// is not bounded costs no time, and who is told to stop does not wait.
func TestPace_HoldsToItsRate(t *testing.T) {
	t.Parallel()
	for name, x := range map[string]struct {
		rate  Rate
		files int
		bytes int64 // of each file
		least time.Duration
		most  time.Duration
	}{
		"unbounded":         {Rate{}, 10_000, 1 << 30, 0, 0},
		"files":             {Rate{Files: 100}, 500, 1 << 20, 4900 * time.Millisecond, 5 * time.Second},
		"bytes":             {Rate{Bytes: 1 << 20}, 20, 512 << 10, 9 * time.Second, 10 * time.Second},
		"the slower counts": {Rate{Files: 10, Bytes: 1 << 30}, 52, 1, 5100 * time.Millisecond, 5200 * time.Millisecond},
	} {
		synctest.Test(t, func(t *testing.T) {
			p := &pace{rate: func(time.Time) Rate { return x.rate }, now: time.Now}
			begin := time.Now()
			var all sync.WaitGroup
			for range 4 {
				all.Go(func() {
					for range x.files / 4 {
						if err := p.wait(t.Context(), 1, x.bytes); err != nil {
							t.Error(err)
						}
					}
				})
			}
			all.Wait()
			if took := time.Since(begin); took < x.least || took > x.most {
				t.Errorf("%s: %s, want %s to %s", name, took, x.least, x.most)
			}
		})
	}
	synctest.Test(t, func(t *testing.T) {
		p := &pace{rate: func(time.Time) Rate { return Rate{Files: 1} }, now: time.Now}
		ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
		defer cancel()
		begin, err := time.Now(), error(nil)
		for err == nil {
			err = p.wait(ctx, 100, 0)
		}
		if !errors.Is(err, context.DeadlineExceeded) || time.Since(begin) != 3*time.Second {
			t.Errorf("%v after %s", err, time.Since(begin))
		}
	})
	if err := (*pace)(nil).wait(t.Context(), 1, 1); err != nil {
		t.Error(err)
	}
}
