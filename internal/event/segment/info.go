package segment

import (
	"time"

	"github.com/torideproject/toride/internal/event"
)

// Version is the version of the schema that Write writes. Readers take every
// version up to it: columns are only added, never retyped. A file with a
// greater one is refused by Open with fault "segment.newer".
const Version = 1

// MaxSealRows is how many events one sealed file has at most; Write holds no
// more than their references, so that its memory stays bounded.
const MaxSealRows = 245_760

// Options say what Write and Merge put into the footer, and how hard they try.
type Options struct {
	Facility string // UUID of the facility
	// Bounds are those of a new file; Merge takes them from its inputs instead.
	Bounds []Bound
	// Small spends about twice the time of compression for about 8 % less. It
	// is meant for merges, which are read often and written once.
	Small bool
	// GroupRows is the greatest number of rows in a row group; 0 is 122,880.
	GroupRows int
}

// Bound is what was sealed together; see the package comment.
type Bound struct {
	First, Last event.Position
	Rows        int64
	Root        []byte // the leaf of the transparency log; the package only keeps it
}

// Info is what the footer says about the whole file. It is read by Open without
// touching any row, and it is everything a catalogue needs.
type Info struct {
	Version     int
	Facility    string
	Rows        int64
	First, Last event.Position // the least and the greatest position
	ReceivedMin time.Time
	ReceivedMax time.Time // inclusive
	TimeMin     time.Time
	TimeMax     time.Time // inclusive
	Bounds      []Bound   // in order of First
	Shares      []Share   // by source, then dataset
}

// Share is the part of a segment that came from one source with one dataset.
type Share struct {
	Source, Dataset string
	Rows            int64
	Backfill        int64 // of those, uploaded or replayed
	Bytes           int64 // of their originals
	ReceivedMin     time.Time
	ReceivedMax     time.Time // inclusive
	TimeMin         time.Time
	TimeMax         time.Time // inclusive
}
