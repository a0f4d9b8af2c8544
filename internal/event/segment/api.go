package segment

import (
	"context"
	"errors"
	"io"

	"github.com/torideproject/toride/internal/event"
)

// Write writes events as one segment to w. It neither changes nor keeps events
// or the slice, in whatever order they come; two events at one position are an
// error. Times are kept in microseconds. Nothing is synced or renamed here.
func Write(ctx context.Context, w io.Writer, o Options, events []*event.Event) (*Info, error) {
	return nil, errors.ErrUnsupported
}

// Merge writes the events of all segments as one, streaming; the same position
// in two inputs is kept once. Inputs stay open. The new file's bounds are
// those of the inputs together.
func Merge(ctx context.Context, w io.Writer, o Options, in []*Reader) (*Info, error) {
	return nil, errors.ErrUnsupported
}

// Reader reads one segment. It is safe for several goroutines at the same time.
// Every error about the file's content is a fault: "segment.damaged",
// "segment.newer" or "segment.foreign"; a damaged file never panics.
type Reader struct{}

// Open opens the file at path. It reads the footer only.
func Open(path string) (*Reader, error) { return nil, errors.ErrUnsupported }

// NewReader reads a segment from r, which stays the caller's.
func NewReader(r io.ReaderAt, size int64) (*Reader, error) { return nil, errors.ErrUnsupported }

// Close closes the file that Open opened.
func (r *Reader) Close() error { return nil }

// Info is what the footer says. It is shared: do not change it.
func (r *Reader) Info() *Info { return nil }

// Event gives the event at pos, whole as it was written (times in
// microseconds), or false. It reads the few pages where pos may be.
func (r *Reader) Event(ctx context.Context, pos event.Position) (*event.Event, bool, error) {
	return nil, false, errors.ErrUnsupported
}

// All gives every event in the order of the file. The event and what it points
// to are valid during the call of yield only.
func (r *Reader) All(ctx context.Context, yield func(*event.Event) error) error {
	return errors.ErrUnsupported
}

// Original is the part of an event that is evidence.
type Original struct {
	At       event.Position
	Original []byte // valid during the call only
}

// Originals gives the original bytes of every event, in the order of the file
// (not of positions): sort by At before making a tree of them. It reads three
// columns only.
func (r *Reader) Originals(ctx context.Context, yield func(Original) error) error {
	return errors.ErrUnsupported
}

// FindKey gives the position of the event with that natural key from that
// source and peer, or false. A segment without the key is nearly always
// left after a look into a bloom filter (one read of 32 bytes per row group).
func (r *Reader) FindKey(ctx context.Context, source, peer, key string) (event.Position, bool, error) {
	return event.Position{}, false, errors.ErrUnsupported
}
