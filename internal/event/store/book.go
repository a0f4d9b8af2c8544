package store

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"path"
	"time"

	"golang.org/x/mod/sumdb/note"

	"github.com/torideproject/toride/internal/event"
	"github.com/torideproject/toride/internal/event/store/files"
	"github.com/torideproject/toride/internal/event/store/tiles"
)

// Names in the events' folder.
const (
	logFolder  = "_log"
	keysFolder = "_keys"
)

// facilityFolder is the folder of a facility's segments.
func facilityFolder(facility string) string { return "facility=" + facility }

// logNames lists the logs of a folder, the oldest first.
func logNames(f files.FS) ([]string, error) {
	list, err := f.List(logFolder)
	if err != nil {
		return nil, err
	}
	var out []string
	for _, e := range list {
		if _, perr := time.Parse(logNameForm, e.Name); e.Dir && perr == nil {
			out = append(out, e.Name)
		}
	}
	return out, nil
}

// logNameForm is the time at which a log began; names sort by it.
const logNameForm = "20060102T150405.000000000Z"

// newLogName gives a name behind those that are there, whatever the clock says.
func newLogName(now time.Time, there []string) string {
	name := now.UTC().Format(logNameForm)
	for len(there) > 0 && name <= there[len(there)-1] {
		last, err := time.Parse(logNameForm, there[len(there)-1])
		if err != nil {
			break
		}
		name = last.Add(time.Nanosecond).Format(logNameForm)
	}
	return name
}

// book is the log that is written to.
type book struct {
	name string // of its folder
	cfg  tiles.Config
	log  *tiles.Log
}

func (s *Store) logConfig(name string) tiles.Config {
	return tiles.Config{FS: s.fs, Dir: path.Join(logFolder, name), Origin: s.cfg.Signer.Name() + "/" + name,
		Signer: s.cfg.Signer, Known: note.VerifierList(s.cfg.Known...)}
}

// append adds an entry, durable on return. When the outcome of an append is
// not known it looks.
func (b *book) append(e *Entry) (int64, error) {
	data, err := e.encode()
	if err != nil {
		return 0, err
	}
	at := b.log.Head().Size
	leaf, err := b.log.Append(data)
	if err == nil {
		return leaf, nil
	}
	again, oerr := tiles.Open(b.cfg)
	if oerr != nil {
		return 0, errors.Join(err, oerr)
	}
	b.log = again
	if again.Head().Size != at+1 {
		return 0, err
	}
	same := false
	rerr := again.Entries(context.Background(), at, func(_ int64, entry []byte) error {
		same = bytes.Equal(entry, data)
		return nil
	})
	if rerr != nil || !same {
		return 0, errors.Join(err, rerr)
	}
	return at, nil
}

// state says how far the catalogue has followed the book.
func (b *book) state() *logState {
	h := b.log.Head()
	return &logState{Log: b.name, Size: h.Size, Root: h.Root.String(), Checkpoint: string(h.Text)}
}

// unfinished is an entry that is in the log, of which the rest is not done yet.
type unfinished struct {
	leaf  int64
	entry *Entry
	hours hours
	named bool
	// then is called when all is done, in the moment in which it becomes visible;
	// mu is held. It may be nil.
	then func(leaf int64)
}

// commit appends an entry and does what it says: its file gets its name, and
// becomes visible, in the place of those that end. logged tells whether the
// entry is in the log; if it is and err is not nil, settle does the rest later.
// bookMu is held.
func (s *Store) commit(ctx context.Context, e *Entry, h hours, then func(leaf int64)) (logged bool, err error) {
	if err := s.settle(ctx); err != nil {
		return false, err
	}
	leaf, err := s.book.append(e)
	if err != nil {
		return false, fmt.Errorf("store: log: %w", err)
	}
	s.unfinished = &unfinished{leaf: leaf, entry: e, hours: h, then: then}
	return true, s.settle(ctx)
}

// settle finishes the entry that is unfinished. Nothing else is appended before,
// so that the catalogue never skips it. bookMu is held.
func (s *Store) settle(ctx context.Context) error {
	u := s.unfinished
	if u == nil {
		return nil
	}
	if u.entry.File != "" && !u.named {
		if err := s.giveName(u.entry.File); err != nil {
			return err
		}
		u.named = true
	}
	s.mu.Lock()
	begin, ended := s.hist.apply(u.leaf, u.entry)
	s.end(ended)
	ch := change{drop: ended}
	if begin != nil {
		s.begin(begin)
		ch.add = []*part{begin}
		if u.hours != nil {
			ch.hours = map[string]hours{begin.Name: u.hours}
		}
	}
	if u.then != nil {
		u.then(u.leaf)
	}
	s.unfinished = nil
	s.mu.Unlock()
	if isMark(u.entry) {
		ch.marks = []mark{{s.book.name, u.leaf, u.entry}}
	}
	s.record(ctx, ch)
	return nil
}

// write appends an entry without a file.
func (s *Store) write(ctx context.Context, e *Entry) error {
	s.bookMu.Lock()
	defer s.bookMu.Unlock()
	_, err := s.commit(ctx, e, nil, nil)
	return err
}

// record puts what the log says by now into the catalogue. The log is the
// truth and the catalogue follows: what cannot be written now is written with the
// next change, or read from the log at the next start. bookMu is held.
func (s *Store) record(ctx context.Context, ch change) {
	ch.log = s.book.state()
	s.mu.Lock()
	done := event.Position{Epoch: s.hist.epoch, Seq: s.hist.seq}
	s.mu.Unlock()
	ch.state = joinMaps(ch.state, map[string]string{stateDone: done.String(), stateAlive: s.cfg.Clock().UTC().Format(time.RFC3339Nano)})
	s.owed = s.owed.and(ch)
	// The log has it already: who asked for it may go away meanwhile, as all do
	// when Toride stops, and the catalogue follows all the same.
	if err := s.cat.commit(context.WithoutCancel(ctx), s.owed); err != nil {
		s.cfg.Log.Warn("store: the catalogue could not be written, it follows later", "error", err)
		return
	}
	s.owed = change{}
}
