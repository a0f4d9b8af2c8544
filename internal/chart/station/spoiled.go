package station

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"

	"github.com/torideproject/toride/internal/fault"
	"github.com/torideproject/toride/internal/ledger"
	"github.com/torideproject/toride/internal/seal"
	"github.com/torideproject/toride/internal/sqlite"
	"github.com/torideproject/toride/internal/text"
	"github.com/torideproject/toride/internal/web"
	"github.com/torideproject/toride/internal/webtls"
)

// What takes the records system away may have been at this PC, too. A viewer
// whose own files were deleted or written over must open charts all the same:
// what cannot be used is put aside under another name, nothing of it is removed,
// and a new one begins. Console, ledger and every page say so, because staff
// list, PINs and the record of viewing are not there then.

// openData opens what stands in the data folder, and everything on it.
func (s *Station) openData(ctx context.Context) error {
	err := s.openParts(ctx)
	if sqlite.Damaged(err) {
		if err := s.closeState(); err != nil {
			s.cfg.Log.Warn("the damaged database did not close", "err", err)
		}
		if aside := sqlite.PutAside(s.cfg.path("state.db"), s.aside()); aside != nil {
			return errors.Join(err, aside)
		}
		s.spoil("state.db", err)
		err = s.openParts(ctx)
	}
	if err == nil && len(s.spoiled) > 0 {
		return s.Witness.Note(ctx, ledger.System("station"), "station.renewed", "station", map[string]any{"files": s.spoiled})
	}
	return err
}

func (s *Station) openParts(ctx context.Context) error {
	if err := s.openState(ctx); err != nil {
		return err
	}
	return s.build(ctx)
}

// openState opens database, ledger and certificate.
func (s *Station) openState(ctx context.Context) (err error) {
	fresh := s.cfg.fresh()
	if _, err := os.Stat(s.cfg.path("station.key")); fresh && err == nil && len(s.spoiled) == 0 {
		s.spoil("state.db", os.ErrNotExist) // there was one: nothing else makes a key
	}
	if err := s.openBox(fresh); err != nil {
		return err
	}
	if s.db, err = sqlite.Open(s.cfg.path("state.db")); err != nil {
		return fault.New(fault.Invalid, "station.data.unusable", s.cfg.path("state.db"), err.Error()).With(err)
	}
	if s.Book, err = ledger.Open(ctx, s.db, s.cfg.Clock); err != nil {
		return newer(err)
	}
	if s.cert, err = webtls.Load(s.cfg.tls()); errors.Is(err, fault.New(fault.Invalid, "webtls.bad")) {
		s.putAside("tls-cert.pem", err)
		s.putAside("tls-key.pem", err)
		s.cert, err = webtls.Load(s.cfg.tls())
	}
	return err
}

// openBox opens the key that seals what is typed and scanned from paper. What was
// sealed with one that is gone waits beside the old database.
func (s *Station) openBox(fresh bool) (err error) {
	cfg := seal.Config{KeyFile: s.cfg.path("station.key"), RecoveryFile: s.cfg.path("recovery.pub"), Create: fresh}
	s.box, err = seal.Open(cfg)
	switch {
	case errors.Is(err, fault.New(fault.Internal, "seal.key.bad")):
		s.putAside("station.key", err)
	case errors.Is(err, fault.New(fault.Internal, "seal.key.missing")):
		s.spoil("station.key", err)
	default:
		return err
	}
	cfg.Create = true
	s.box, err = seal.Open(cfg)
	return err
}

// aside is what is put behind the name of a file that cannot be used.
func (s *Station) aside() string { return ".damaged-" + s.cfg.Clock().UTC().Format("20060102-150405") }

func (s *Station) putAside(name string, cause error) {
	path := s.cfg.path(name)
	if err := os.Rename(path, path+s.aside()); err != nil && !os.IsNotExist(err) {
		s.cfg.Log.Error("a file could not be put aside", "file", name, "err", err)
	}
	s.spoil(name, cause)
}

func (s *Station) spoil(name string, cause error) {
	s.cfg.Log.Error("a file of the station cannot be used and is begun anew", "file", filepath.Join(s.cfg.Data, name), "err", cause)
	s.spoiled = append(s.spoiled, name)
}

// closeState closes what stands on the database.
func (s *Station) closeState() error {
	var errs []error
	if s.Witness != nil {
		errs = append(errs, s.Witness.Close())
		s.Witness = nil
	}
	if s.db != nil {
		errs = append(errs, s.db.Close())
		s.db = nil
	}
	return errors.Join(errs...)
}

// Spoiled names the files of the data folder that were missing or could not be
// read, and were begun anew; damaged ones lie beside them under another name.
func (s *Station) Spoiled() []string { return s.spoiled }

// spoiledBanners say on every page that staff list and ledger are new.
func (s *Station) spoiledBanners() []web.Banner {
	if len(s.spoiled) == 0 {
		return nil
	}
	return []web.Banner{{Level: web.Danger, Say: text.M("station.banner.renewed", strings.Join(s.spoiled, ", "))}}
}
