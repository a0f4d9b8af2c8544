package station

import (
	"context"
	"sync/atomic"
	"time"

	"github.com/torideproject/toride/internal/chart/index"
	"github.com/torideproject/toride/internal/chart/model"
	"github.com/torideproject/toride/internal/chart/shelf"
	"github.com/torideproject/toride/internal/chart/source"
	"github.com/torideproject/toride/internal/fault"
)

// stacks is the shelf, also while its roots are still being opened: a share
// that is dead answers after minutes, and pages must be there before.
type stacks struct {
	shelf  atomic.Pointer[shelf.Shelf]
	ready  chan struct{} // closed once the shelf is there, or could not be opened
	failed atomic.Pointer[error]
	roots  []string
	since  time.Time
}

// openShelf opens the roots in the background; store says where the index is
// kept.
func openShelf(ctx context.Context, cfg shelf.Config, store func() index.Store) *stacks {
	s := &stacks{ready: make(chan struct{}), roots: cfg.Roots, since: cfg.Clock()}
	go func() {
		defer close(s.ready)
		cfg.Store = store()
		opened, err := shelf.Open(ctx, cfg)
		if err != nil {
			s.failed.Store(&err)
			return
		}
		s.shelf.Store(opened)
	}()
	return s
}

// wait waits for the shelf, for so long at most. The fault is that of its
// opening; none if it is not open yet.
func (s *stacks) wait(patience time.Duration) error {
	timer := time.NewTimer(patience)
	defer timer.Stop()
	select {
	case <-s.ready:
	case <-timer.C:
	}
	if err := s.failed.Load(); err != nil {
		return *err
	}
	return nil
}

// open gives the shelf, or the fault that it is being opened.
func (s *stacks) open() (*shelf.Shelf, error) {
	if opened := s.shelf.Load(); opened != nil {
		return opened, nil
	}
	return nil, fault.New(fault.Busy, "station.opening")
}

// Find, Read and Document are those of the shelf.
func (s *stacks) Find(ctx context.Context, id string) ([]source.Found, error) {
	opened, err := s.open()
	if err != nil {
		return nil, err
	}
	return opened.Find(ctx, id)
}

// Read reads one patient.
func (s *stacks) Read(ctx context.Context, id string, want source.Want) (*model.Chart, error) {
	opened, err := s.open()
	if err != nil {
		return nil, err
	}
	return opened.Read(ctx, id, want)
}

// Document opens an item's original.
func (s *stacks) Document(ctx context.Context, ref model.Ref) (*source.Document, error) {
	opened, err := s.open()
	if err != nil {
		return nil, err
	}
	return opened.Document(ctx, ref)
}

// Kind names a kind of items.
func (s *stacks) Kind(sourceName, code string) source.Kind {
	if opened := s.shelf.Load(); opened != nil {
		return opened.Kind(sourceName, code)
	}
	return source.Kind{Code: code}
}

// Until says until when what is shown is true.
func (s *stacks) Until() (time.Time, string) {
	if opened := s.shelf.Load(); opened != nil {
		return opened.Until()
	}
	return time.Time{}, shelf.ByNothing
}

// State says how the roots are.
func (s *stacks) State() []shelf.Root {
	if opened := s.shelf.Load(); opened != nil {
		return opened.State()
	}
	var out []shelf.Root
	for _, label := range s.roots {
		out = append(out, shelf.Root{Label: label, State: shelf.StateGone, Since: s.since, Fault: fault.New(fault.Busy, "station.opening")})
	}
	return out
}

// AsOf is the copies' as-of time.
func (s *stacks) AsOf() time.Time {
	if opened := s.shelf.Load(); opened != nil {
		return opened.AsOf()
	}
	return time.Time{}
}

// finder is the index of the stacks.
type finder struct{ *stacks }

func (f finder) index() *index.Index {
	if opened := f.shelf.Load(); opened != nil {
		return opened.Index()
	}
	return nil
}

// Search finds patients.
func (f finder) Search(q index.Query) index.Result {
	if ix := f.index(); ix != nil {
		return ix.Search(q)
	}
	return index.Result{}
}

// Wards lists wards with patients.
func (f finder) Wards() []index.Ward {
	if ix := f.index(); ix != nil {
		return ix.Wards()
	}
	return nil
}

// Ward lists who lies in a ward.
func (f finder) Ward(code string) []index.Hit {
	if ix := f.index(); ix != nil {
		return ix.Ward(code)
	}
	return nil
}

// Progress says how far the index is.
func (f finder) Progress() index.Progress {
	if ix := f.index(); ix != nil {
		return ix.Progress()
	}
	return index.Progress{Phase: index.PhaseWaiting}
}

// Kinds lists kinds with their totals.
func (f finder) Kinds() []index.KindCount {
	if ix := f.index(); ix != nil {
		return ix.Kinds()
	}
	return nil
}

// Stored tells whether a kind is stored.
func (f finder) Stored(sourceName, kind string) (stored, known bool) {
	if ix := f.index(); ix != nil {
		return ix.Stored(sourceName, kind)
	}
	return false, false
}

// AsOf is when the newest item was sent.
func (f finder) AsOf() time.Time {
	if ix := f.index(); ix != nil {
		return ix.AsOf()
	}
	return time.Time{}
}

// Patient gives a patient of a source.
func (f finder) Patient(sourceName, id string) (index.Hit, bool) {
	if ix := f.index(); ix != nil {
		return ix.Patient(sourceName, id)
	}
	return index.Hit{}, false
}
