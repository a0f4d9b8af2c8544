package store

import (
	"context"
	"time"

	"github.com/torideproject/toride/internal/event"
)

// counts is what is counted at one moment.
type counts struct {
	parts []*part
	hours map[string]hours // by the part's name
	tail  hours            // of what is not sealed
}

// countsBetween gives the counts of everything received between two times, both
// included, and perhaps of some more: each part is given whole. Parts that were
// not counted yet are counted from their files.
func (s *Store) countsBetween(ctx context.Context, from, to time.Time) (*counts, error) {
	a, z := from.UnixMicro(), to.UnixMicro()
	c := &counts{hours: map[string]hours{}, tail: hours{}}
	s.mu.Lock()
	unpin := s.views.pin()
	for _, p := range s.parts {
		if p.Received[1] >= a && p.Received[0] <= z {
			c.parts = append(c.parts, p)
		}
	}
	var tails tails
	for _, b := range s.unsealed() {
		tails = append(tails, b.events.View())
	}
	s.mu.Unlock()
	defer unpin()
	tails.Each(func(e *event.Event) bool { c.tail.event(e); return true })
	// The catalogue may be a moment ahead or behind: what it does not have of
	// these parts is read from their files, which the pin keeps.
	wanted := map[string]bool{}
	for _, p := range c.parts {
		wanted[p.Name] = true
	}
	err := s.cat.eachHours(ctx, a, z, func(name string, h hours) error {
		if wanted[name] && h != nil {
			c.hours[name] = h
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	for _, p := range c.parts {
		if _, ok := c.hours[p.Name]; !ok {
			h, err := s.counted(ctx, p)
			if err != nil {
				s.cfg.Log.Error("store: the events of a segment cannot be counted", "file", p.Name, "error", err)
				h = hours{}
			}
			c.hours[p.Name] = h
		}
	}
	return c, nil
}

// each gives every count, of files and of the tail; p is nil for the tail.
func (c *counts) each(yield func(p *part, k hourKey, n *hourCount)) {
	for _, p := range c.parts {
		for k, n := range c.hours[p.Name] {
			yield(p, k, n)
		}
	}
	for k, n := range c.tail {
		yield(nil, k, n)
	}
}

// SourceCount is what came from one sender.
type SourceCount struct {
	Source, Peer, Dataset string // Peer is Others for senders beyond the limit
	Rows                  int64
	Bytes                 int64 // of the originals
	First, Last           time.Time
}

// Sources counts what was received between two times, both included, by source,
// peer and dataset, in no order; hours are counted as a whole. It costs reading a
// few kilobytes for each file of the time.
func (s *Store) Sources(ctx context.Context, from, to time.Time) ([]SourceCount, error) {
	c, err := s.countsBetween(ctx, from, to)
	if err != nil {
		return nil, err
	}
	sum := map[hourKey]*hourCount{}
	c.each(func(_ *part, k hourKey, n *hourCount) {
		if k.hour < hourOf(from.UnixMicro()) || k.hour > hourOf(to.UnixMicro()) {
			return
		}
		k.hour = 0
		hours(sum).add(k, *n, 1<<30)
	})
	out := make([]SourceCount, 0, len(sum))
	for k, n := range sum {
		out = append(out, SourceCount{Source: k.source, Peer: k.peer, Dataset: k.dataset, Rows: n.rows, Bytes: n.bytes,
			First: time.UnixMicro(n.first).UTC(), Last: time.UnixMicro(n.last).UTC()})
	}
	return out, nil
}
