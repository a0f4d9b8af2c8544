package shelf

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/torideproject/toride/internal/chart/index"
	"github.com/torideproject/toride/internal/chart/model"
	"github.com/torideproject/toride/internal/chart/source"
	"github.com/torideproject/toride/internal/fault"

	"embed"
)

//go:embed text_*.json
var texts embed.FS

// Texts gives the package's sentences in both languages, for the catalogue.
func Texts() fs.FS { return texts }

// Shelf is all copies that charts are read from. Its methods are for any
// goroutine.
type Shelf struct {
	cfg   Config
	roots []*root
	index *index.Index
	cache *cache
	life  context.Context // ends with Close
	end   context.CancelFunc
}

// Open opens all roots that are there. What is not there, or cannot be opened,
// is no error: State says so, and it is tried again. The fault "shelf.none" says
// that no root was named, others that the index would lie inside a root. It
// takes a few folders' time for each root, whatever their size (of a TAR: all
// headers). Run keeps the index; without it patients are found by number.
func Open(ctx context.Context, cfg Config) (*Shelf, error) {
	cfg = cfg.filled()
	if len(cfg.Roots) == 0 {
		return nil, fault.New(fault.Invalid, "shelf.none")
	}
	if err := outside(cfg); err != nil {
		return nil, err
	}
	s := &Shelf{cfg: cfg}
	s.life, s.end = context.WithCancel(context.WithoutCancel(ctx))
	s.cache = newCache(cfg.CacheBytes, cfg.Keep, cfg.Clock)
	for i, path := range cfg.Roots {
		// Refs and the index name sources, so that the names must come out the
		// same each time: by the root's place.
		name := "s1"
		if i > 0 {
			name = fmt.Sprintf("r%ds1", i+1)
		}
		s.roots = append(s.roots, &root{path: path, name: name, state: StateGone, since: cfg.Clock(),
			opening: make(chan struct{}, 1), fault: fault.New(fault.Busy, "shelf.gone", path), again: s.again, forget: s.cache.clear})
	}
	ic := cfg.Index
	ic.Store, ic.Sources, ic.Changed, ic.Known = cfg.Store, s.sources, s.changed, s.known
	if ic.Clock == nil {
		ic.Clock = cfg.Clock
	}
	if ic.Log == nil {
		ic.Log = cfg.Log
	}
	if ic.Zone == nil {
		ic.Zone = cfg.Zone
	}
	if ic.After == nil {
		ic.After = cfg.After
	}
	s.index = index.New(ic)
	s.openAll(ctx)
	if err := ctx.Err(); err != nil {
		_ = s.Close()
		return nil, err
	}
	return s, nil
}

// openWait is how long Open waits for a root that does not answer; the others
// are not held up by it, and it is taken when it comes.
const openWait = 3 * time.Second

func (s *Shelf) openAll(ctx context.Context) {
	var all sync.WaitGroup
	for _, r := range s.roots {
		all.Go(func() { _ = r.reopen(ctx, &s.cfg) })
	}
	done := make(chan struct{})
	go func() {
		all.Wait()
		close(done)
	}()
	select {
	case <-done:
	case <-s.cfg.After(openWait):
	}
}

// outside refuses to keep the index below a root.
func outside(cfg Config) error {
	switch st := cfg.Store.(type) {
	case index.Plain:
		return index.Outside(st.Path, cfg.Roots...)
	case index.Sealed:
		return index.Outside(st.Path, cfg.Roots...)
	}
	return nil
}

// Run builds the index and looks after media until the context ends, which is
// no error.
func (s *Shelf) Run(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	stop := context.AfterFunc(s.life, cancel)
	defer stop()
	var watch sync.WaitGroup
	watch.Go(func() { s.watch(ctx) })
	err := s.index.Run(ctx)
	cancel()
	watch.Wait()
	return err
}

func (s *Shelf) watch(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-s.cfg.After(s.cfg.Watch):
		}
		s.cache.sweep()
		go s.cfg.Index.Wards.Look(ctx) // nobody waits for it; a second one goes at once
		s.Look(ctx)
	}
}

// Look checks now which media are there, opens what came back and newer
// generations, and closes what may not be read any more. Run does it all the time.
func (s *Shelf) Look(ctx context.Context) {
	var all sync.WaitGroup
	for _, r := range s.roots {
		all.Go(func() { r.look(ctx, &s.cfg) })
	}
	all.Wait()
}

// again is called when a root was opened anew: it may be another copy.
func (s *Shelf) again() {
	s.cache.clear()
	s.index.Refresh(false)
}

// Close ends Run and closes the roots, each when the last who reads from it is
// done: it waits for nobody, because a share that is dead may never answer.
func (s *Shelf) Close() error {
	s.end()
	for _, r := range s.roots {
		r.shut()
	}
	s.cache.clear()
	return nil
}

// Index is the index of everything; Run builds it.
func (s *Shelf) Index() *index.Index { return s.index }

// State says how the roots are, in their order.
func (s *Shelf) State() []Root {
	out := make([]Root, 0, len(s.roots))
	for _, r := range s.roots {
		out = append(out, r.view())
	}
	return out
}

// AsOf is the as-of time that the copies' manifests say, the oldest of them;
// zero if one that is open has none.
func (s *Shelf) AsOf() time.Time {
	var oldest time.Time
	for _, r := range s.State() {
		if r.State != StateOpen {
			continue
		}
		if r.AsOf.IsZero() {
			return time.Time{}
		}
		if oldest.IsZero() || r.AsOf.Before(oldest) {
			oldest = r.AsOf
		}
	}
	return oldest
}

// What Until is based on.
const (
	ByManifest = "manifest" // the copy says so itself
	ByNewest   = "newest"   // when the newest item that the index saw was sent
	ByNothing  = ""
)

// Until says until when what is shown is true, and how that is known. A copy can
// be of last night and hold nothing since last month, if its source stood still:
// once everything was gone through, the newest item counts where it is more than
// a day older than the manifest.
func (s *Shelf) Until() (at time.Time, by string) {
	at, newest := s.AsOf(), s.index.AsOf()
	switch {
	case at.IsZero() && newest.IsZero():
		return time.Time{}, ByNothing
	case at.IsZero(), !newest.IsZero() && at.Sub(newest) > stoodStill && !s.index.Progress().Whole.IsZero():
		return newest, ByNewest
	}
	return at, ByManifest
}

// stoodStill is how much older than its copy the newest item of a hospital may
// be before it is told instead.
const stoodStill = 24 * time.Hour

// known tells whether a source of an earlier run may still come: its root was
// given, and is away or has it.
func (s *Shelf) known(name string) bool {
	place := strings.TrimRight(name, "0123456789")
	for _, r := range s.roots {
		if strings.TrimRight(r.name, "0123456789") != place {
			continue
		}
		r.mu.Lock()
		defer r.mu.Unlock()
		return r.open == nil || slices.ContainsFunc(r.open.sources, func(one source.Source) bool { return one.Info().Name == name })
	}
	return false
}

// sources are those that are open, for the index; it walks them while roots may
// come and go, so that what it holds may fail as gone.
func (s *Shelf) sources() []source.Source {
	var out []source.Source
	for _, r := range s.roots {
		r.mu.Lock()
		if r.open != nil {
			for _, src := range r.open.sources {
				out = append(out, &held{Source: src, r: r, o: r.open, cfg: &s.cfg})
			}
		}
		r.mu.Unlock()
	}
	return out
}

// held is a source whose medium stays open while it is walked.
type held struct {
	source.Source
	r   *root
	o   *opened
	cfg *Config
}

func (h *held) Walk(ctx context.Context, opt source.Walk, yield func(source.Entry) error) error {
	err := h.walk(ctx, opt, yield)
	if err != nil && ctx.Err() == nil && isGone(err) {
		return h.r.lost(h.cfg, h.o, err)
	}
	return err
}

// Count is index.Counter, where the source is one.
func (h *held) Count(ctx context.Context) (int64, error) {
	c, ok := h.Source.(index.Counter)
	if !ok || !h.o.enterIfOpen() {
		return 0, errors.ErrUnsupported
	}
	type answer struct {
		n   int64
		err error
	}
	a, err := patiently(ctx, h.cfg, h.r, h.o, func() answer {
		defer h.o.leave()
		n, err := c.Count(ctx)
		return answer{n, err}
	})
	return a.n, errors.Join(a.err, err)
}

func (o *opened) enterIfOpen() bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.retired {
		return false
	}
	o.users++
	return true
}

// Kind names a kind of items of a source; the code alone if the source is away.
func (s *Shelf) Kind(sourceName, code string) source.Kind {
	for _, src := range s.sources() {
		if src.Info().Name == sourceName {
			return src.Kind(code)
		}
	}
	return source.Kind{Code: code, Japanese: code, English: code}
}

// changed drops what was read of a patient.
func (s *Shelf) changed(_, id string) { s.cache.drop(id) }

// Document opens an item's original. Its faults are "shelf.item" for a ref that
// names nothing, and "shelf.gone".
func (s *Shelf) Document(ctx context.Context, ref model.Ref) (*source.Document, error) {
	for _, r := range s.roots {
		if !r.named(ref.Source) {
			continue
		}
		o, err := r.use(ctx, &s.cfg)
		if err != nil {
			return nil, err
		}
		type answer struct {
			doc *source.Document
			err error
		}
		a, err := patiently(ctx, &s.cfg, r, o, func() answer {
			defer o.leave()
			doc, err := s.document(ctx, r, o, ref)
			return answer{doc, err}
		})
		if err != nil {
			return nil, err
		}
		if a.doc != nil || a.err != nil {
			return a.doc, a.err
		}
	}
	return nil, fault.New(fault.NotFound, "shelf.item")
}

// document opens an item's original in what is open of a root; nil, without a
// fault, if its source is not there.
func (s *Shelf) document(ctx context.Context, r *root, o *opened, ref model.Ref) (*source.Document, error) {
	for _, src := range o.sources {
		if src.Info().Name != ref.Source {
			continue
		}
		doc, err := src.Document(ctx, ref)
		switch {
		case err == nil:
			return o.keepOpen(r, &s.cfg, doc), nil
		case ctx.Err() != nil:
			return nil, ctx.Err()
		case isGone(err):
			return nil, r.lost(&s.cfg, o, err)
		case errors.Is(err, source.ErrNoItem):
			return nil, s.noItem(r, o, err)
		}
		return nil, err
	}
	return nil, nil
}

// noItem tells a ref that names nothing from a medium that gives nothing any
// more.
func (s *Shelf) noItem(r *root, o *opened, cause error) error {
	if err := o.medium.alive(); err != nil {
		return r.lost(&s.cfg, o, errors.Join(err, cause))
	}
	return fault.New(fault.NotFound, "shelf.item").With(cause)
}
