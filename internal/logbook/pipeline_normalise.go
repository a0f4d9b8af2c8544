package logbook

import (
	"fmt"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/torideproject/toride/internal/event"
	"github.com/torideproject/toride/internal/event/format"
)

// What Event.Unread says of records that no format read. Like those of package
// format they are codes; the page that shows an event has a text for each.
const (
	UnreadFormat = "format" // no format has the name that the record says
	UnreadBroken = "broken" // the format itself failed on it
)

// maxSkew is how far a device's clock may be from ours before its time is not
// believed. Where senders keep entries while the line is down old ones are no
// wrong clock, and format.MaxBehind holds.
const maxSkew = 24 * time.Hour

// normaliser makes events of records. It is used by one goroutine.
type normaliser struct {
	formats map[string]event.Format
	// late says of the ID of a source whether its senders keep entries while
	// the line is down.
	late   func(source string) bool
	log    *slog.Logger
	broken atomic.Uint64
	skewed func(source string, peer string)
}

// fill makes one event of each record of the parcel. It allocates what the
// formats do, once the parcel has been round.
func (n *normaliser) fill(p *parcel) {
	records := p.batch.Records
	for len(p.fields) < len(records) {
		p.fields = append(p.fields, nil)
	}
	if len(p.memory) < len(records) {
		p.memory = make([]event.Event, len(records))
	}
	p.events = p.memory[:len(records)]
	for i := range records {
		e := &p.events[i]
		n.one(&records[i], e, event.Position{Epoch: p.batch.Epoch, Seq: p.batch.Seq, Index: uint32(i)}, p.fields[i][:0])
		p.fields[i] = e.Fields
	}
}

// one makes the event of a record.
func (n *normaliser) one(r *event.Record, e *event.Event, at event.Position, fields []event.Field) {
	*e = event.Event{At: at, Key: r.Key, Received: r.Received, Time: r.Received, Backfill: r.Backfill, Source: r.Source, Peer: r.Peer,
		Original: r.Data, Fields: fields}
	f := n.formats[r.Format]
	if f == nil {
		e.Unread = UnreadFormat
	} else if err := normalise(f, r, e); err != nil {
		n.log.Error("logbook: a format failed", "format", r.Format, "position", at, "error", err)
		n.broken.Add(1)
		*e = event.Event{At: at, Key: r.Key, Received: r.Received, Time: r.Received, Backfill: r.Backfill, Source: r.Source, Peer: r.Peer,
			Original: r.Data, Fields: fields[:0], Unread: UnreadBroken}
	}
	if e.Text == nil {
		e.Text = format.UTF8(r.Data)
	}
	if e.Dataset == "" {
		e.Dataset = "unknown"
	}
	n.clock(e)
	if e.Skew && n.skewed != nil {
		n.skewed(e.Source, e.Peer)
	}
}

// normalise guards against a format that fails: one entry must not stop all
// that follow, and it is kept as it came.
func normalise(f event.Format, r *event.Record, e *event.Event) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v", p)
		}
	}()
	f.Normalise(r, e)
	return nil
}

// clock corrects a time that cannot be: of a live source what is more than
// maxSkew off, of an uploaded one only what no column could hold.
func (n *normaliser) clock(e *event.Event) {
	if e.Time.IsZero() {
		e.Time = e.Received
		return
	}
	behind := time.Duration(maxSkew)
	if n.late(e.Source) {
		behind = format.MaxBehind
	}
	switch {
	case e.Backfill && e.Time.Year() >= 1900 && e.Time.Year() < 2200:
		return
	case !e.Backfill && !e.Time.Before(e.Received.Add(-behind)) && !e.Time.After(e.Received.Add(maxSkew)):
		return
	}
	e.Skew, e.Time = true, e.Received
}
