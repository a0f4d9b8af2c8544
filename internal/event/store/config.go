package store

import (
	"context"
	"embed"
	"errors"
	"io/fs"
	"log/slog"
	"slices"
	"time"

	"golang.org/x/mod/sumdb/note"

	"github.com/torideproject/toride/internal/event/segment"
	"github.com/torideproject/toride/internal/event/store/files"
	"github.com/torideproject/toride/internal/event/store/keys"
)

//go:embed text_*.json
var texts embed.FS

// Texts gives the package's sentences in both languages, for the catalogue.
func Texts() fs.FS { return texts }

// Config is what a Store is made of.
type Config struct {
	Folder    string // of the segments and the log, <data>/events
	Catalogue string // file of the catalogue, <data>/events.db
	Facility  string // UUID of the facility

	// Signer signs the checkpoints of the log, with an Ed25519 key; its name begins
	// the origin of every log: "toride/<facility>". Known are the keys whose
	// signature counts: the signer's own, and those of the past.
	Signer note.Signer
	Known  []note.Verifier

	Clock    func() time.Time
	Log      *slog.Logger
	Settings func() Settings // asked often; nil gives the defaults
	// Note writes into the ledger what is deleted, held and released, before it
	// is done; its error stops it. nil notes nothing.
	Note func(context.Context, Note) error
	// Free gives the bytes of the disk that are free for Toride, and all bytes;
	// nil asks the file system of Folder.
	Free func() (free, total uint64, err error)
	Seal Limits
	FS   files.FS // nil is Folder on the disk

	hash func(identity []byte) uint64 // keys.Hash; tests make it collide
	calm func(func() error) error     // lowPriority; tests on a busy machine do not wait
	step func(name string) error      // before each commit of the catalogue; tests cut the power there
}

// Settings are what people decide about the store.
type Settings struct {
	KeepDays int // days of receipt that are kept; DefaultKeepDays when 0
	// Reserve is how many bytes of the disk stay free: at that point nothing is
	// taken any more. 0 is 5 % of the disk, at least 2 GiB and at most 50 GiB.
	Reserve uint64
	Zone    *time.Location // in which days are counted; UTC when nil
}

// DefaultKeepDays is a year, and what it takes to notice that it is over.
const DefaultKeepDays = 400

// Limits say when the tail is sealed: as soon as one of them is reached.
type Limits struct {
	Events int           // at most segment.MaxSealRows; 0 is that
	Bytes  int64         // of memory; 0 is 64 MiB
	Age    time.Duration // of the oldest event; 0 is a minute
	// MergeRows is how many events a merged file has at most; 0 is 2,457,600.
	MergeRows int64
}

const (
	defaultBytes = 64 << 20
	defaultAge   = time.Minute
	defaultMerge = 10 * segment.MaxSealRows
)

// NoteKind is what a Note is about.
type NoteKind string

// The kinds of notes.
const (
	NoteDelete  NoteKind = "delete"
	NoteHold    NoteKind = "hold"
	NoteRelease NoteKind = "release"
)

// Note is an act that the ledger must have before it is done.
type Note struct {
	Kind  NoteKind
	Day   string // Delete: day of receipt, 2006-01-02 in UTC
	Files int
	Rows  int64
	Bytes int64
	ID    string // Hold, Release
	Until time.Time
	By    string // who; empty for Toride itself, by the setting
}

func (c *Config) fill() error {
	if c.Facility == "" || c.Signer == nil || c.Clock == nil || c.Log == nil {
		return errors.New("store: facility, signer, clock and log are needed")
	}
	if !slices.ContainsFunc(c.Known, func(v note.Verifier) bool { return v.Name() == c.Signer.Name() && v.KeyHash() == c.Signer.KeyHash() }) {
		return errors.New("store: the signer's own key is not among the known ones")
	}
	if c.Settings == nil {
		c.Settings = func() Settings { return Settings{} }
	}
	if c.Note == nil {
		c.Note = func(context.Context, Note) error { return nil }
	}
	if c.FS == nil {
		c.FS = files.Disk(c.Folder)
	}
	if c.Free == nil {
		c.Free = func() (uint64, uint64, error) { return freeOf(c.Folder) }
	}
	if c.hash == nil {
		c.hash = keys.Hash
	}
	if c.calm == nil {
		c.calm = lowPriority
	}
	if c.step == nil {
		c.step = func(string) error { return nil }
	}
	l := &c.Seal
	if l.Events == 0 {
		l.Events = segment.MaxSealRows
	}
	if l.Bytes == 0 {
		l.Bytes = defaultBytes
	}
	if l.Age == 0 {
		l.Age = defaultAge
	}
	if l.MergeRows == 0 {
		l.MergeRows = defaultMerge
	}
	return nil
}

// settings gives what people decided, with the defaults filled in.
func (s *Store) settings() Settings {
	return s.cfg.Settings().filled()
}

func (set Settings) filled() Settings {
	if set.KeepDays == 0 {
		set.KeepDays = DefaultKeepDays
	}
	if set.Zone == nil {
		set.Zone = time.UTC
	}
	return set
}
