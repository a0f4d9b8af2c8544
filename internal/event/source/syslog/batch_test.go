package syslog

import (
	"context"
	"log/slog"
	"testing"
	"testing/synctest"
	"time"

	"github.com/torideproject/toride/internal/event"
	"github.com/torideproject/toride/internal/event/source"
)

// taken tells when records were handed over.
type taken chan time.Time

func (s taken) Take(context.Context, []event.Record) error {
	s <- time.Now()
	return nil
}

// TestBatcher_WhoHasGoneIsNotWaitedFor uses the clock of a bubble: nothing in it
// depends on how fast the machine is.
func TestBatcher_WhoHasGoneIsNotWaitedFor(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBatcher(source.Config{ID: "a", Clock: time.Now, Log: slog.New(slog.DiscardHandler), Stats: &source.Stats{}}, source.Settings{Format: "syslog", MaxLine: 1000})
		ctx, cancel := context.WithCancel(t.Context())
		got, done := make(taken), make(chan struct{})
		go func() {
			defer close(done)
			b.handOver(ctx, got, time.Second)
		}()
		began := time.Now()
		b.add([]byte("one"), "192.0.2.1")
		if waited := (<-got).Sub(began); waited != batchDelay {
			t.Errorf("a sender that stays is gathered for %v", waited)
		}
		began = time.Now()
		b.add([]byte("two"), "192.0.2.1")
		b.hurry()
		b.hurry()
		if waited := (<-got).Sub(began); waited > time.Millisecond {
			t.Errorf("a sender that has gone waits for %v", waited)
		}
		cancel()
		b.finish()
		<-done
	})
}
