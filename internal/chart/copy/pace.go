package copy

import (
	"context"
	"errors"
	"sync"
	"time"
)

var errDeep = errors.New("copy: folders nested too deep")

// Rate bounds how much of the source is used. Zero fields do not bound.
type Rate struct {
	Files int   // folders listed and files read, a second
	Bytes int64 // bytes read, a second
}

// Gentle is the rate by day where nothing else was chosen: a fraction of what
// one person working with the records system causes, so that a copy that runs
// into the morning is not noticed.
func Gentle() Rate { return Rate{Files: 300, Bytes: 8 << 20} }

// pace holds a run to its rate. It works like a debt: who takes is served at
// once, and the next one waits until what was taken is paid.
type pace struct {
	rate func(time.Time) Rate
	now  func() time.Time

	mu   sync.Mutex
	free time.Time // when the debt is paid
}

// wait takes files and bytes, and waits until they may be taken.
func (p *pace) wait(ctx context.Context, files int, bytes int64) error {
	if p == nil || p.rate == nil {
		return ctx.Err()
	}
	now := p.now()
	rate := p.rate(now)
	var cost time.Duration
	if rate.Files > 0 {
		cost = time.Duration(files) * time.Second / time.Duration(rate.Files)
	}
	if rate.Bytes > 0 {
		cost = max(cost, time.Duration(float64(bytes)/float64(rate.Bytes)*float64(time.Second)))
	}
	p.mu.Lock()
	if p.free.Before(now) {
		p.free = now
	}
	until := p.free.Sub(now)
	p.free = p.free.Add(cost)
	p.mu.Unlock()
	if until <= 0 || cost == 0 {
		return ctx.Err()
	}
	t := time.NewTimer(until)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}
