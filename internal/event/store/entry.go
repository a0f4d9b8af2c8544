package store

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/torideproject/toride/internal/event/store/tiles"
)

// Kind is what an entry of the log says.
type Kind string

// The kinds of entries. They are part of the format and never change.
const (
	Begin   Kind = "begin"   // the log begins; After is the checkpoint of the one before
	Start   Kind = "start"   // Toride started; Down is since when it had not been seen running
	Seal    Kind = "seal"    // events became a segment
	Keep    Kind = "keep"    // a segment of an earlier log goes on in this one
	Merge   Kind = "merge"   // files became one
	Delete  Kind = "delete"  // files of a day were deleted, lawfully
	Gap     Kind = "gap"     // batches of the journal were acknowledged and lost
	Hold    Kind = "hold"    // nothing may be deleted
	Release Kind = "release" // the end of a hold
)

// entryVersion is the version of Entry that is written.
const entryVersion = 1

// Entry is one entry of the log, in JSON. docs/spec/log-seal.md describes it.
type Entry struct {
	V    int       `json:"v"`
	Kind Kind      `json:"kind"`
	At   time.Time `json:"at"` // UTC

	// A segment, for Seal, Keep and Merge. A seal of no events has no file.
	File   string `json:"file,omitempty"` // below the facility's folder
	SHA256 string `json:"sha256,omitempty"`
	Bytes  int64  `json:"bytes,omitempty"`
	Rows   int64  `json:"rows,omitempty"`
	Level  int    `json:"level,omitempty"` // 0 as sealed, 1 merged by the hour, 2 by the day
	Keys   int64  `json:"keys,omitempty"`  // of the events, with a natural key
	// Received and Times are the least and the greatest of the events' times, in
	// microseconds since 1970.
	Received *[2]int64 `json:"received,omitempty"`
	Times    *[2]int64 `json:"times,omitempty"`

	// Batches of the journal, both included; for Seal, Keep, Merge and Gap.
	Epoch uint32 `json:"epoch,omitempty"`
	From  uint64 `json:"from,omitempty"`
	To    uint64 `json:"to,omitempty"`

	Root   []byte   `json:"root,omitempty"`   // Seal: of the tree over its events
	Resent int64    `json:"resent,omitempty"` // Seal: entries that were there already
	Of     []string `json:"of,omitempty"`     // Merge, Delete: files that end
	Day    string   `json:"day,omitempty"`    // Delete: the day of receipt

	Facility string    `json:"facility,omitempty"` // Begin
	After    string    `json:"after,omitempty"`    // Begin
	Down     time.Time `json:"down,omitzero"`      // Start
	ID       string    `json:"id,omitempty"`       // Hold, Release: of the incident
	Until    time.Time `json:"until,omitzero"`     // Hold: its end, if it has one
	By       string    `json:"by,omitempty"`       // who, for acts of people
	Why      string    `json:"why,omitempty"`      // Begin, Delete: a word, see the format
}

func (e *Entry) encode() ([]byte, error) {
	e.V, e.At = entryVersion, e.At.UTC()
	b, err := json.Marshal(e)
	if err == nil && len(b) > tiles.MaxEntry {
		err = fmt.Errorf("store: entry of %d bytes", len(b))
	}
	return b, err
}

func decodeEntry(b []byte) (*Entry, error) {
	e := &Entry{}
	if err := json.Unmarshal(b, e); err != nil {
		return nil, fmt.Errorf("store: entry of the log: %w", err)
	}
	if e.V > entryVersion {
		return nil, fmt.Errorf("store: entry of the log has version %d", e.V)
	}
	if len(e.Root) > 0 && len(e.Root) != tlog.HashSize {
		return nil, fmt.Errorf("store: root of %d bytes", len(e.Root))
	}
	for _, name := range append([]string{e.File}, e.Of...) {
		if name != "" && !validName(name) {
			return nil, fmt.Errorf("store: entry of the log names the file %q", name)
		}
	}
	return e, nil
}

// segmentName is the name of a segment below the facility's folder.
func segmentName(day string, epoch uint32, from, to uint64) string {
	return fmt.Sprintf("date=%s/%d-%d-%d.parquet", day, epoch, from, to)
}

// validName reports whether a name is one that segmentName gives. Names come
// from files that may have been tampered with, and become paths.
func validName(name string) bool {
	var epoch uint32
	var from, to uint64
	folder, base, ok := strings.Cut(name, "/")
	day, ok2 := strings.CutPrefix(folder, "date=")
	if _, err := time.Parse(time.DateOnly, day); err != nil || !ok || !ok2 {
		return false
	}
	if n, err := fmt.Sscanf(base, "%d-%d-%d.parquet", &epoch, &from, &to); err != nil || n != 3 {
		return false
	}
	return segmentName(day, epoch, from, to) == name
}

// dayOf gives the day of receipt of a segment's name.
func dayOf(name string) string { return name[len("date="):len("date=2006-01-02")] }

// part is a segment that counts.
type part struct {
	Name      string
	Level     int
	Epoch     uint32
	From, To  uint64 // batches
	Rows      int64
	Bytes     int64 // of the file
	Keys      int64
	Sum       string // SHA-256, hexadecimal
	LeafFirst int64  // the entries of the log that sealed what is in it
	LeafLast  int64
	Received  [2]int64
	Times     [2]int64
}

// partOf makes the part that an entry says. leaf is the entry's number.
func partOf(e *Entry, leaf int64) *part {
	p := &part{Name: e.File, Level: e.Level, Epoch: e.Epoch, From: e.From, To: e.To, Rows: e.Rows, Bytes: e.Bytes,
		Keys: e.Keys, Sum: e.SHA256, LeafFirst: leaf, LeafLast: leaf}
	if e.Received != nil {
		p.Received = *e.Received
	}
	if e.Times != nil {
		p.Times = *e.Times
	}
	return p
}

// day is the day of receipt in the part's name.
func (p *part) day() string { return dayOf(p.Name) }

// join gives what a merge of parts that follow one another is.
func join(in []*part) *part {
	p := *in[0]
	for _, q := range in[1:] {
		p.Rows, p.Keys = p.Rows+q.Rows, p.Keys+q.Keys
		p.From, p.To = min(p.From, q.From), max(p.To, q.To)
		p.LeafFirst, p.LeafLast = min(p.LeafFirst, q.LeafFirst), max(p.LeafLast, q.LeafLast)
		p.Received = [2]int64{min(p.Received[0], q.Received[0]), max(p.Received[1], q.Received[1])}
		p.Times = [2]int64{min(p.Times[0], q.Times[0]), max(p.Times[1], q.Times[1])}
	}
	return &p
}

// history is what the entries of one log say, applied one after the other.
type history struct {
	live map[string]*part
	// done is the last batch that was sealed, or is known to be lost.
	epoch uint32
	seq   uint64
	holds map[string]*Entry
	last  time.Time // of the last entry
	size  int64     // entries applied
	// complain is told what does not fit together; it may be nil.
	complain func(leaf int64, e *Entry, what string)
}

func newHistory() *history {
	return &history{live: map[string]*part{}, holds: map[string]*Entry{}}
}

// apply applies one entry. It gives the parts that begin and those that end.
func (h *history) apply(leaf int64, e *Entry) (begin *part, end []*part) {
	h.size, h.last = leaf+1, e.At
	switch e.Kind {
	case Seal, Gap:
		h.cover(leaf, e)
	case Hold:
		h.holds[e.ID] = e
	case Release:
		delete(h.holds, e.ID)
	case Keep:
		if e.Epoch > h.epoch || e.Epoch == h.epoch && e.To > h.seq {
			h.epoch, h.seq = e.Epoch, e.To
		}
	}
	for _, name := range e.Of {
		p, ok := h.live[name]
		if !ok {
			h.say(leaf, e, "ends a file that is not there: "+name)
			continue
		}
		end = append(end, p)
		delete(h.live, name)
	}
	if e.File == "" {
		return nil, end
	}
	begin = partOf(e, leaf)
	if e.Kind == Merge && len(end) > 0 {
		slices.SortFunc(end, func(a, b *part) int { return int(a.LeafFirst - b.LeafFirst) })
		joined := join(end)
		if joined.Rows != begin.Rows || joined.From != begin.From || joined.To != begin.To || joined.Epoch != begin.Epoch {
			h.say(leaf, e, "merges files into one that does not have all of them")
		}
		begin.LeafFirst, begin.LeafLast = joined.LeafFirst, joined.LeafLast
	}
	if _, ok := h.live[e.File]; ok {
		h.say(leaf, e, "begins a file that is there already")
	}
	h.live[e.File] = begin
	return begin, end
}

// cover checks that batches follow one another.
func (h *history) cover(leaf int64, e *Entry) {
	switch {
	case e.Epoch < h.epoch || e.Epoch == h.epoch && e.From <= h.seq:
		h.say(leaf, e, "covers batches that were covered before")
	case e.Epoch == h.epoch && e.From != h.seq+1:
		h.say(leaf, e, fmt.Sprintf("begins at batch %d, the one before ended at %d", e.From, h.seq))
	case e.To < e.From:
		h.say(leaf, e, "ends before it begins")
		return
	}
	if e.Epoch > h.epoch || e.To > h.seq {
		h.epoch, h.seq = e.Epoch, e.To
	}
}

func (h *history) say(leaf int64, e *Entry, what string) {
	if h.complain != nil {
		h.complain(leaf, e, what)
	}
}
