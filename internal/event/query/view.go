package query

import (
	"slices"
	"time"

	"github.com/torideproject/toride/internal/event"
	"github.com/torideproject/toride/internal/event/segment"
)

// Part is one segment that may be searched. The times are those of its Info; a
// part outside a query's range is never opened.
type Part struct {
	Name                     string
	Rows                     int64
	ReceivedMin, ReceivedMax time.Time
	TimeMin, TimeMax         time.Time
	First, Last              event.Position
	// Open gives a reader and what to call when it is no longer needed. Opening
	// may be repeated; a store keeps readers open and counts their users. A
	// file that is gone or damaged gives an error; the query goes on without
	// it and says so.
	Open func() (r *segment.Reader, done func(), err error)
}

// Tail is the events that are not in a part yet. It is a snapshot: Each gives
// the same events at every call, newest position first.
type Tail interface {
	Len() int
	// Each calls yield until it returns false. The event and its Fields are valid
	// during the call of yield only; strings and bytes stay as they are.
	Each(yield func(*event.Event) bool)
}

// keep copies an event of a tail, so that it stays after the call.
func keep(e *event.Event) *event.Event {
	kept := *e
	kept.Fields = slices.Clone(e.Fields)
	return &kept
}

// View is everything a query may see, at one moment: no event is in a part
// and in the tail, or in two parts.
type View struct {
	Parts []Part
	Tail  Tail // may be nil
}
