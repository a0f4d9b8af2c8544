package app

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/torideproject/toride/internal/event"
	"github.com/torideproject/toride/internal/event/query"
	"github.com/torideproject/toride/internal/event/store"
)

// history gives stored events to rules that are tried on the past.
type history struct{ store *store.Store }

// piece is how much of the past is asked for at once, and how many events are
// held at most: a piece with more is cut in two.
const (
	piece     = 10 * time.Minute
	pieceMost = 50_000
	least     = time.Second // pieces are not cut further
)

// errMany ends a piece that holds too much.
var errMany = errors.New("app: too many events in one piece")

// Replay gives the events received in [from, until), oldest first.
func (h history) Replay(ctx context.Context, from, until time.Time, do func([]event.Event) error) error {
	for at := from; at.Before(until); at = at.Add(piece) {
		end := at.Add(piece)
		if end.After(until) {
			end = until
		}
		if err := h.piece(ctx, at, end, do); err != nil {
			return err
		}
	}
	return nil
}

func (h history) piece(ctx context.Context, from, until time.Time, do func([]event.Event) error) error {
	view, done := h.store.View()
	defer done()
	var events []event.Event
	_, err := query.Each(ctx, &view, query.Request{From: from, To: until, Received: true}, func(e *event.Event) error {
		if len(events) >= pieceMost && until.Sub(from) > least {
			return errMany
		}
		events = append(events, *e)
		return nil
	})
	if errors.Is(err, errMany) {
		half := from.Add(until.Sub(from) / 2)
		if err := h.piece(ctx, from, half, do); err != nil {
			return err
		}
		return h.piece(ctx, half, until, do)
	}
	if err != nil || len(events) == 0 {
		return err
	}
	slices.Reverse(events)
	return do(events)
}

// Extent counts the events of a range and finds the first.
func (h history) Extent(ctx context.Context, from, until time.Time) (first time.Time, events int64, err error) {
	view, done := h.store.View()
	defer done()
	sum, err := query.Summarise(ctx, &view, query.SummaryRequest{Request: query.Request{From: from, To: until, Received: true}, Width: time.Hour})
	if err != nil {
		return first, 0, err
	}
	for _, b := range sum.Histogram {
		if b.Count > 0 {
			first = b.From
			break
		}
	}
	return first, sum.Count, nil
}
