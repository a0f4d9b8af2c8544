package source

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"strconv"
	"strings"
	"time"

	"github.com/torideproject/toride/internal/chart/model"
	"github.com/torideproject/toride/ssmix2/view"
)

// Source is one store of patients.
type Source interface {
	// Info says what it is. It does not change.
	Info() Info
	// Find gives the patients that a typed number may mean, straight from paths
	// or a small list; it costs the same whatever the size of the store.
	Find(ctx context.Context, id string) ([]Found, error)
	// Read reads one patient. A patient who is not there is a Chart whose Store
	// is Absent. An error is the context's, or says that the source is away
	// (unplugged); whatever concerns single items is in the chart.
	Read(ctx context.Context, id string, want Want) (*model.Chart, error)
	// Document opens an item's original.
	Document(ctx context.Context, ref model.Ref) (*Document, error)
	// Walk yields every patient, in an order that is always the same, for the
	// index. It stops at yield's error and gives it back.
	Walk(ctx context.Context, opt Walk, yield func(Entry) error) error
	// Kinds names the kinds of items that it knows: the texts do not depend on
	// what is stored.
	Kind(code string) Kind
	io.Closer
}

// Options are what a source is opened with.
type Options struct {
	Name  string // Info.Name, given by who opens several: s1, s2 …
	Label string // for people: the path or the medium
	// AsOf is the copy's own as-of time, where it has one (a manifest); zero:
	// unknown.
	AsOf time.Time
	Zone *time.Location
	// Counts, where they are known before anything was read (a manifest), say
	// how many files of each kind the copy holds; nil: not known.
	Counts map[string]int64
	// Patience is how long Find, Read and Document wait where a source first has
	// to read all its files; then they are ErrNotYet, while reading goes on. 0:
	// as long as it takes (a command). A server that has other sources sets it.
	Patience time.Duration
	// Memory is what charts may take while they are read, all that are read at
	// once, in bytes, estimated; 0: 512 MiB. A member that takes little needs none.
	Memory int64
}

// Nth gives the options of the i-th source, from 0, of those that one Open
// finds: the number that ends the name counts on (s3, s4 …).
func (o Options) Nth(i int) Options {
	head := strings.TrimRight(o.Name, "0123456789")
	n, err := strconv.Atoi(o.Name[len(head):])
	if err != nil {
		n = 1
	}
	o.Name = head + strconv.Itoa(n+i)
	return o
}

// ErrGone reports that a source was there and is no more: unplugged, a share
// that is away. Errors of Find, Read, Document and Walk wrap it.
var ErrGone = errors.New("source: the source is away")

// ErrNotYet reports a source that is still reading its files for the first time:
// it says nothing about the patient.
var ErrNotYet = errors.New("source: the files are still being read")

// ErrNoItem reports a Ref that names nothing this source has.
var ErrNoItem = errors.New("source: there is no such item")

// Member is one kind of source, as package all lists them.
type Member struct {
	Format string // ssmix2, archive, fhir
	// Open looks for stores of the format below the file system's top and opens
	// what it finds; none is no error. It reads a few folders, never all.
	Open func(ctx context.Context, fsys fs.FS, opt Options) ([]Source, []model.Notice, error)
	// Says gives the kinds of items that a part stands and falls with: of a copy
	// that has none of them for anybody it is said that the part is not stored.
	// None: nothing is said. Nil: the format has no kinds of that sort.
	Says func(part model.Part) []string
}

// Info is what a source says of itself.
type Info struct {
	Name     string
	Format   string
	Label    string
	Facility string // as the store names it, or ""
	AsOf     time.Time
	Counts   map[string]int64
	// Counted are the kinds of which Counts says all: one of them that is not in it
	// is stored for nobody. Of other kinds a count that is missing says nothing.
	Counted []string
	Volumes int // how many roots are read as one
}

// Found is a patient that a number may mean.
type Found struct {
	ID string // as the store writes it: what Read takes
	// Person is who the record says he is; zero where it could not be read.
	Person Brief
	// Notices, such as one ID for two people in two volumes.
	Notices []model.Notice
}

// Brief is what is needed to tell a patient from others.
type Brief struct {
	Kanji string
	Kana  string
	Birth string // YYYYMMDD, or less
	Sex   string // M, F, O, U or ""
}

// Want says what to read.
type Want struct {
	Today model.Day // for ages, for drugs in use
	// Limit is how many items are read in all, newest first, after the kinds
	// that say the whole state; 0: DefaultLimit. What was not read counts in
	// List.Unread; names of all items are in the chart whatever the limit.
	Limit int
	// Stored tells whether the copy holds a kind for any patient; known is
	// false while that is still being counted. Nil: never known.
	Stored func(kind string) (stored, known bool)
	// Only, if not nil, are the parts that are needed; others may be left empty
	// with State "". Names of items are always there.
	Only []model.Part
}

// DefaultLimit keeps a patient of 40,000 messages from taking a page's time.
const DefaultLimit = 3000

// Needs reports whether a part is wanted.
func (w Want) Needs(p model.Part) bool {
	if w.Only == nil {
		return true
	}
	for _, o := range w.Only {
		if o == p {
			return true
		}
	}
	return false
}

// StateOf says of kinds of which a patient has nothing whether the copy has them
// for anybody.
func (w Want) StateOf(kinds []string) model.State {
	if w.Stored == nil {
		return model.Unknown
	}
	out := model.NotStored
	for _, k := range kinds {
		switch yes, known := w.Stored(k); {
		case known && yes:
			return model.NoRecord
		case !known:
			out = model.Unknown
		}
	}
	return out
}

// Kind is a kind of items in both languages.
type Kind struct {
	Code     string
	Japanese string
	English  string
	// Document: a row of the matrix that holds documents, not messages.
	Document bool
	// Order of the matrix' rows, lowest first.
	Order int
}

// Document is the original of an item.
type Document struct {
	Ref   model.Ref
	Kind  string // as model.Item.Kind
	Title string // "" shows the kind's name
	Files []File
	Main  int // place in Files; -1: there is none to show first
	// Segments are those of an HL7 message, nil for others.
	Segments []view.Segment
	Notices  []model.Notice
}

// File is one file of a document.
type File struct {
	Name  string // for people and for URLs; unique in the document
	Media string // as model.Item.Media
	MIME  string // for a browser; application/octet-stream where it is not sure
	Size  int64  // -1: not known
	// Open opens it for reading, never more than once at a time.
	Open func() (io.ReadCloser, error)
}

// Walk says how to go through a source.
type Walk struct {
	After   string // Entry.Position of the last one that was taken; "" begins
	Workers int    // 0: as many as fit
	// Known gives the mark under which an earlier index knows a patient. A
	// source that can tell cheaply that nothing changed since yields an Entry
	// with Same. It is asked by several goroutines, also while yield runs.
	Known func(id string) (mark uint64, ok bool)
	// Memo gives the Entry.Memo that an earlier index has of a patient; nil or
	// nothing: none. It is asked as Known is.
	Memo func(id string) []byte
	// Quick allows to pass over what is rarely changed (old dates of patients
	// whose folder did not change): for a refresh of minutes ago. A whole walk
	// finds the rest.
	Quick bool
}

// Entry is one patient in a walk.
type Entry struct {
	ID       string
	Brief    Brief
	Stay     *Bed // of a stay that is not known to have ended
	Kinds    []Count
	Files    int // items and their versions, all kinds
	Notices  int
	Mark     uint64 // of all names that were seen: changes when one of them does
	Position string // where to go on behind
	Same     bool   // Known's mark still holds: only ID, Mark and Position are given
	// Memo is a note of the source's own, which the index keeps for the next
	// quick walk.
	Memo []byte
	// Delta: Files and Kinds say how many more there are than under Known's
	// mark, or fewer, and Stay has not changed and is not given.
	Delta bool
}

// Bed is where a patient lies, as the newest movement or visit says.
type Bed struct {
	Ward, Room, Bed string
	WardName        string
	Dept            string
	Attending       string
	Admitted        model.Stamp
	// Doubt: the messages do not fit together (no admission, two of them).
	Doubt bool
}

// Count is how many items of a kind a patient has, and when the newest was
// sent.
type Count struct {
	Kind   string
	Items  int
	Newest model.Stamp
}
