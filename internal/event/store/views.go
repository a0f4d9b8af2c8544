package store

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/torideproject/toride/internal/event"
	"github.com/torideproject/toride/internal/event/query"
	"github.com/torideproject/toride/internal/event/segment"
	"github.com/torideproject/toride/internal/event/store/files"
	"github.com/torideproject/toride/internal/event/store/tail"
	"github.com/torideproject/toride/internal/fault"
)

// View gives everything that can be searched at this moment: every event that
// was taken, in exactly one part or in the tail. The function gives it back; until
// then no file of it is removed, also when it was merged or deleted since.
func (s *Store) View() (query.View, func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	parts := s.parts
	v := query.View{Parts: make([]query.Part, 0, len(parts))}
	for _, p := range parts {
		v.Parts = append(v.Parts, query.Part{
			Name: p.Name, Rows: p.Rows,
			ReceivedMin: time.UnixMicro(p.Received[0]).UTC(), ReceivedMax: time.UnixMicro(p.Received[1]).UTC(),
			TimeMin: time.UnixMicro(p.Times[0]).UTC(), TimeMax: time.UnixMicro(p.Times[1]).UTC(),
			First: event.Position{Epoch: p.Epoch, Seq: p.From}, Last: event.Position{Epoch: p.Epoch, Seq: p.To, Index: 1<<32 - 1},
			Open: func() (*segment.Reader, func(), error) { return s.readers.open(p) },
		})
	}
	var tails tails
	for _, b := range s.unsealed() {
		tails = append(tails, b.events.View())
	}
	v.Tail = tails
	return v, s.views.pin()
}

// Event gives the event at a position, or fault.NotFound.
func (s *Store) Event(ctx context.Context, at event.Position) (*event.Event, error) {
	v, done := s.View()
	defer done()
	var found *event.Event
	v.Tail.Each(func(e *event.Event) bool {
		if e.At == at {
			own := *e
			segment.Keep(&own)
			found = &own
		}
		return found == nil
	})
	for i := 0; i < len(v.Parts) && found == nil; i++ {
		p := &v.Parts[i]
		if at.Compare(p.First) < 0 || at.Compare(p.Last) > 0 {
			continue
		}
		r, closed, err := p.Open()
		if err != nil {
			return nil, err
		}
		found, _, err = r.Event(ctx, at)
		closed()
		if err != nil {
			return nil, err
		}
	}
	if found == nil {
		return nil, fault.New(fault.NotFound, "event.store.no_event", at.String())
	}
	return found, nil
}

// tails are what is not sealed, the newest first.
type tails []tail.View

// Len is the number of events.
func (t tails) Len() int {
	n := 0
	for i := range t {
		n += t[i].Len()
	}
	return n
}

// Each gives the events, the newest position first, until yield returns false.
// The event and its Fields are valid during the call only; its strings and bytes
// are valid as long as somebody has them.
func (t tails) Each(yield func(*event.Event) bool) {
	more := true
	for i := 0; i < len(t) && more; i++ {
		t[i].Each(func(e *event.Event) bool {
			more = yield(e)
			return more
		})
	}
}

// views remembers which files may not be removed yet. A view pins the state at
// its moment; what ended before every open view began may go.
type views struct {
	now     uint64
	open    map[uint64]int // views by their moment
	retired []retired
	mu      sync.Mutex
}

type retired struct {
	at   uint64
	name string
}

func (v *views) init() { v.open = map[uint64]int{} }

func (v *views) pin() func() {
	v.mu.Lock()
	defer v.mu.Unlock()
	at := v.now
	v.open[at]++
	return sync.OnceFunc(func() {
		v.mu.Lock()
		defer v.mu.Unlock()
		if v.open[at]--; v.open[at] == 0 {
			delete(v.open, at)
		}
	})
}

func (v *views) retire(ended []*part) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.now++
	for _, p := range ended {
		v.retired = append(v.retired, retired{v.now, p.Name})
	}
}

// free gives the names that no view has any more, once.
func (v *views) free() []string {
	v.mu.Lock()
	defer v.mu.Unlock()
	oldest := v.now
	for at := range v.open {
		oldest = min(oldest, at)
	}
	var out []string
	left := v.retired[:0]
	for _, r := range v.retired {
		if r.at <= oldest {
			out = append(out, r.name)
		} else {
			left = append(left, r)
		}
	}
	v.retired = left
	return out
}

// keepReaders is how many segments stay open that nobody reads: opening one
// costs reading its directory, about 10 kB a row group.
const keepReaders = 128

// readers keeps segments open.
type readers struct {
	store *Store
	mu    sync.Mutex
	open_ map[string]*openReader
	used  uint64
}

type openReader struct {
	file  files.File
	r     *segment.Reader
	users int
	used  uint64
	gone  bool
}

func (o *readers) init(s *Store) { o.store, o.open_ = s, map[string]*openReader{} }

// open gives a reader of a part, and what to call when it is not needed.
func (o *readers) open(p *part) (*segment.Reader, func(), error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	have, ok := o.open_[p.Name]
	if !ok {
		file, r, err := o.store.openSegment(p.Name)
		if err != nil {
			return nil, nil, err
		}
		have = &openReader{file: file, r: r}
		o.open_[p.Name] = have
	}
	o.used++
	have.users++
	have.used = o.used
	o.evict()
	return have.r, sync.OnceFunc(func() { o.release(p.Name, have) }), nil
}

func (o *readers) release(name string, have *openReader) {
	o.mu.Lock()
	defer o.mu.Unlock()
	have.users--
	if have.gone && have.users == 0 {
		o.shut(name, have)
	}
	o.evict()
}

// evict closes segments that nobody reads, those that were used longest ago.
func (o *readers) evict() {
	for len(o.open_) > keepReaders {
		var name string
		var oldest *openReader
		for n, have := range o.open_ {
			if have.users == 0 && (oldest == nil || have.used < oldest.used) {
				name, oldest = n, have
			}
		}
		if oldest == nil {
			return
		}
		o.shut(name, oldest)
	}
}

// drop closes a segment whose file is removed.
func (o *readers) drop(name string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if have, ok := o.open_[name]; ok {
		if have.gone = true; have.users == 0 {
			o.shut(name, have)
		}
	}
}

func (o *readers) shut(name string, have *openReader) {
	if o.open_[name] == have {
		delete(o.open_, name)
	}
	if err := have.file.Close(); err != nil {
		o.store.cfg.Log.Warn("store: close", "file", name, "error", err)
	}
}

func (o *readers) close() error {
	o.mu.Lock()
	defer o.mu.Unlock()
	for name, have := range o.open_ {
		o.shut(name, have)
	}
	return nil
}

// openSegment opens a segment's file.
func (s *Store) openSegment(name string) (files.File, *segment.Reader, error) {
	file, err := s.fs.Open(s.segment(name))
	if err != nil {
		return nil, nil, fault.New(fault.Internal, "event.store.missing", name).With(err)
	}
	size, err := file.Size()
	if err == nil {
		var r *segment.Reader
		if r, err = segment.NewReader(file, size); err == nil {
			return file, r, nil
		}
	}
	if cerr := file.Close(); cerr != nil {
		err = fmt.Errorf("%w; %w", err, cerr)
	}
	return nil, nil, err
}
