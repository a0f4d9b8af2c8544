package station

import (
	"context"
	"errors"
	"io"
	"sync"
	"time"

	"github.com/torideproject/toride/internal/chart"
	"github.com/torideproject/toride/internal/chart/backentry"
	"github.com/torideproject/toride/internal/chart/index"
	"github.com/torideproject/toride/internal/chart/paper"
	"github.com/torideproject/toride/internal/chart/rollout"
	"github.com/torideproject/toride/internal/chart/shelf"
	"github.com/torideproject/toride/internal/chart/staff"
	"github.com/torideproject/toride/internal/chart/witness"
	"github.com/torideproject/toride/internal/durable"
	"github.com/torideproject/toride/internal/fault"
	"github.com/torideproject/toride/internal/ledger"
	"github.com/torideproject/toride/internal/seal"
	"github.com/torideproject/toride/internal/sqlite"
	"github.com/torideproject/toride/internal/text"
	"github.com/torideproject/toride/internal/web"
	"github.com/torideproject/toride/internal/webtls"
)

// Station is an open viewer.
type Station struct {
	cfg     Config
	lock    io.Closer
	db      *sqlite.DB
	box     *seal.Box
	cert    webtls.Certificate
	keys    *keyring
	stacks  *stacks
	wards   *index.WardBook
	life    context.Context    // ends with Close
	stop    context.CancelFunc // of life
	check   *checker
	modules []web.Module
	site    *web.Server
	live    *web.Live
	opening sync.Mutex // one unlocking at a time: each takes 256 MiB
	Book    *ledger.Book
	Catalog *text.Catalog
	Staff   *staff.Desk
	Witness *witness.Witness
	Chart   *chart.Desk
	Paper   *paper.Desk
	Entries *backentry.Desk
	Rollout *rollout.Desk
	setup   string
	spoiled []string // files of the data folder that had to be begun anew
}

// patience is how long Open waits for the roots before it goes on without.
const patience = 400 * time.Millisecond

// Open opens the data folder and everything that stands on it. Roots that
// answer late are opened in the background. The caller closes it. Faults:
// "station.roots", "station.data.…", "station.locked", those of the parts.
func Open(ctx context.Context, cfg Config) (s *Station, err error) {
	if cfg, err = cfg.filled(); err != nil {
		return nil, err
	}
	if err := cfg.checkFolders(); err != nil {
		return nil, err
	}
	if err := cfg.makeData(); err != nil {
		return nil, err
	}
	s = &Station{cfg: cfg, live: web.NewLive(), keys: newKeyring(cfg.Keys)}
	s.check = newChecker(cfg, s.keys)
	if s.lock, err = durable.Lock(cfg.path("lock")); err != nil {
		if errors.Is(err, durable.ErrLocked) {
			return nil, fault.New(fault.Conflict, "station.locked", cfg.Data).With(err)
		}
		if errors.Is(err, durable.ErrNotPlain) {
			return nil, fault.New(fault.Invalid, "station.lock.link", cfg.path("lock")).With(err)
		}
		return nil, fault.New(fault.Invalid, "station.data.unusable", cfg.Data, err.Error()).With(err)
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, s.Close())
		}
	}()
	s.openShelf(ctx)
	return s, s.openData(ctx)
}

// openShelf begins to open the roots, beside everything else.
func (s *Station) openShelf(ctx context.Context) {
	s.life, s.stop = context.WithCancel(context.WithoutCancel(ctx))
	choose := s.cfg.Choose
	if choose == nil {
		choose = s.check.choose
	}
	sc := shelf.Config{Roots: s.cfg.Roots, Choose: choose, Key: s.keys.give, Trust: s.cfg.Trust, Clock: s.cfg.Clock, Log: s.cfg.Log, Zone: s.cfg.Zone}
	s.wards = index.OpenWards(ctx, s.cfg.Data, s.cfg.Log)
	sc.Index.Wards = s.wards
	s.stacks = openShelf(s.life, sc, func() index.Store { // even this look may hang on a dead share
		if len(vaults(s.cfg.Roots)) > 0 {
			return sealedStore{path: s.cfg.path("index.sealed"), keys: s.keys}
		}
		return index.Plain{Path: s.cfg.path("index")}
	})
}

// newer turns a schema of a later version into a sentence.
func newer(err error) error {
	if n, ok := errors.AsType[*sqlite.NewerError](err); ok {
		return fault.New(fault.Conflict, "station.data.newer", n.Domain, n.Have, n.Know).With(err)
	}
	return err
}

// Close closes what is open, in the opposite order. Run must have ended.
func (s *Station) Close() error {
	s.keys.close()
	var errs []error
	if s.stop != nil {
		s.stop()
	}
	if s.stacks != nil {
		if opened := s.stacks.shelf.Load(); opened != nil {
			errs = append(errs, opened.Close())
		}
	}
	errs = append(errs, s.closeState())
	if s.lock != nil {
		errs = append(errs, s.lock.Close())
	}
	return errors.Join(errs...)
}

// SetupCode is the code with which the first administrator registers, for the
// console; "" when somebody can manage accounts.
func (s *Station) SetupCode() string { return s.setup }

// Fingerprint is that of the certificate, to compare with what a browser shows.
func (s *Station) Fingerprint() string { return s.cert.Fingerprint }

// Site is the whole site.
func (s *Station) Site() *web.Server { return s.site }

// Modules are the shares of the site.
func (s *Station) Modules() []web.Module { return s.modules }

// Shelf is where charts are read from; nil while its roots are being opened.
func (s *Station) Shelf() *shelf.Shelf { return s.stacks.shelf.Load() }

// Unlock opens sealed copies with what people typed. The line of the ledger
// comes before the first file is read. Faults come as Wrong where they belong
// to one thing typed; "station.unlock.other" says that the key is right and fits
// none of the roots, "station.unlock.busy" that another is being tried.
func (s *Station) Unlock(ctx context.Context, actor ledger.Actor, t Typed) (keyID string, err error) {
	if !s.opening.TryLock() {
		return "", fault.New(fault.Busy, "station.unlock.busy")
	}
	defer s.opening.Unlock()
	var holders []string
	for _, p := range t.Parts {
		if p.Letters != "" {
			holders = append(holders, p.Holder)
		}
	}
	how := map[string]any{"envelope": t.Code != "", "holders": holders}
	key, err := openKey(t, vaults(s.cfg.Roots))
	if err != nil {
		if noteErr := s.Witness.Note(ctx, actor, "station.unlock.failed", "chart/copy", how); noteErr != nil {
			return "", noteErr
		}
		return "", err
	}
	how["key"] = key.ID()
	if !s.keys.fits(key.ID()) {
		return "", fault.New(fault.Conflict, "station.unlock.other", key.ID())
	}
	if err := s.Witness.Note(ctx, actor, "station.unlock", "chart/copy", how); err != nil {
		return "", err
	}
	s.keys.add(key)
	s.look(ctx)
	s.keys.tell()
	return key.ID(), nil
}
