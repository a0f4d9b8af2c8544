package query

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/torideproject/toride/internal/event"
	"github.com/torideproject/toride/internal/event/segment"
	"github.com/torideproject/toride/internal/fault"
)

// MaxLimit is the greatest page.
const MaxLimit = 10_000

// Page is some events, newest first; those of the same time by position, the
// greater first.
type Page struct {
	Outcome // Complete says that no newer event is missing
	Events  []*event.Event
	// Next is the cursor of the page after this, or empty when this is the last.
	Next string
}

// Rows gives the newest limit events that r finds, or those after a cursor. It
// reads newest first and stops as soon as no older event can belong to the page.
// When the context ends it gives what is certain so far.
func Rows(ctx context.Context, v *View, r Request, limit int, after string) (*Page, error) {
	limit = max(1, min(limit, MaxLimit))
	below, err := parseCursor(after)
	if err != nil {
		return nil, err
	}
	run := newRun(ctx, v, r)
	defer run.close()
	page := &Page{}
	for {
		want := limit + 1 - len(page.Events) // one more says whether there is a next page
		found := newScan(run, want, below).newest()
		run.fetch(found)
		page.Events = append(page.Events, run.readable(found)...)
		if len(found) < want || len(page.Events) > limit || ctx.Err() != nil {
			break
		}
		// Some cannot be read: those behind them take their place.
		last := &found[len(found)-1]
		below, run.again = &cursor{at: last.at, pos: last.pos}, true
	}
	if len(page.Events) > limit {
		last := page.Events[limit-1]
		page.Next = cursor{at: run.timeOf(last), pos: last.At}.String()
		page.Events = page.Events[:limit:limit]
	}
	page.Outcome = run.outcome()
	return page, nil
}

// Each gives all events that r finds to yield, newest first. The event is
// yield's to keep. Memory does not grow with what is found: at most 8,192 events
// of at most 48 pages of long values, of usually 2 MiB, are read at once.
func Each(ctx context.Context, v *View, r Request, yield func(*event.Event) error) (Outcome, error) {
	run := newRun(ctx, v, r)
	defer run.close()
	var stop error
	newScan(run, 0, nil).each(func(found []match) bool {
		for _, e := range run.readable(found) {
			if stop = yield(e); stop != nil {
				return false
			}
		}
		return ctx.Err() == nil
	})
	return run.outcome(), stop
}

// Get gives the event at a position, or fault "query.not_found".
func Get(ctx context.Context, v *View, pos event.Position) (*event.Event, error) {
	var found *event.Event
	if v.Tail != nil {
		v.Tail.Each(func(e *event.Event) bool {
			if e.At == pos {
				found = keep(e)
			}
			return found == nil
		})
	}
	var damaged error
	for i := range v.Parts {
		p := &v.Parts[i]
		if found != nil || pos.Compare(p.First) < 0 || pos.Compare(p.Last) > 0 {
			continue
		}
		e, err := getIn(ctx, p, pos)
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if err != nil {
			damaged = err
		}
		found = e
	}
	switch {
	case found != nil:
		return found, nil
	case damaged != nil: // it may have been there
		return nil, damaged
	}
	return nil, fault.New(fault.NotFound, "query.not_found", pos.String())
}

func getIn(ctx context.Context, p *Part, pos event.Position) (*event.Event, error) {
	r, done, err := p.Open()
	if err != nil {
		return nil, err
	}
	defer done()
	e, _, err := r.Event(ctx, pos)
	return e, err
}

// cursor is a place in the order of rows.
type cursor struct {
	at  int64
	pos event.Position
}

func (c cursor) String() string { return fmt.Sprintf("%d_%v", c.at, c.pos) }

// parseCursor reads what String wrote; an empty text is no cursor.
func parseCursor(s string) (*cursor, error) {
	if s == "" {
		return nil, nil
	}
	at, pos, ok := strings.Cut(s, "_")
	n, err := strconv.ParseInt(at, 10, 64)
	p, valid := event.ParsePosition(pos)
	if !ok || err != nil || !valid {
		return nil, fault.New(fault.Invalid, "query.cursor")
	}
	return &cursor{at: n, pos: p}, nil
}

// timeOf gives the time of an event that counts, in microseconds.
func (r *run) timeOf(e *event.Event) int64 {
	if r.column == segment.ColReceived {
		return e.Received.UnixMicro()
	}
	return e.Time.UnixMicro()
}
