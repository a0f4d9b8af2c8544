package app

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"sync/atomic"
	"time"

	"github.com/torideproject/toride/internal/fault"
	"github.com/torideproject/toride/internal/ledger"
	"github.com/torideproject/toride/internal/reading"
	"github.com/torideproject/toride/internal/seal"
	"github.com/torideproject/toride/internal/sqlite"
	"github.com/torideproject/toride/internal/text"
	"github.com/torideproject/toride/internal/web"
	"github.com/torideproject/toride/internal/webtls"
)

// App is a running Toride: one open data folder with all its parts.
type App struct {
	cfg     Config
	log     *slog.Logger
	zone    *time.Location
	lock    *lock
	db      *sqlite.DB
	box     *seal.Box
	Book    *ledger.Book
	Parts   Parts
	Catalog *text.Catalog
	site    *web.Server
	live    *web.Live
	running atomic.Bool // records are taken in
	modules []web.Module
	// readings are the statements of all domains.
	readings []reading.Source
	cert     webtls.Certificate
	public   []string // keys that sign the log of sealed records
}

// Open opens the data folder and builds all parts. The caller closes it.
func Open(ctx context.Context, cfg Config, log *slog.Logger) (a *App, err error) {
	a = &App{cfg: cfg, log: log, live: web.NewLive()}
	if a.zone, err = cfg.prepare(); err != nil {
		return nil, err
	}
	if a.lock, err = take(cfg.path("lock")); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, a.Close())
		}
	}()
	if err := a.openState(ctx); err != nil {
		return a, err
	}
	if a.cert, err = webtls.Load(cfg.tls()); err != nil {
		return a, err
	}
	return a, a.build(ctx)
}

// openState opens key, database and ledger. Before a newer program changes
// the tables of an older one, a copy of the database is put aside.
func (a *App) openState(ctx context.Context) (err error) {
	_, statErr := os.Stat(a.cfg.path("state.db"))
	fresh := errors.Is(statErr, os.ErrNotExist)
	if err := os.MkdirAll(filepath.Dir(a.cfg.Key), 0o700); err != nil {
		return fault.New(fault.Invalid, "app.data.unusable", filepath.Dir(a.cfg.Key), err.Error()).With(err)
	}
	a.box, err = seal.Open(seal.Config{CredentialsDir: os.Getenv("CREDENTIALS_DIRECTORY"), KeyFile: a.cfg.Key,
		RecoveryFile: a.cfg.path("recovery.pub"), Create: fresh})
	if err != nil {
		return err
	}
	if a.db, err = sqlite.Open(a.cfg.path("state.db")); err != nil {
		return err
	}
	if err := a.keepBefore(ctx, fresh); err != nil {
		return err
	}
	a.Book, err = ledger.Open(ctx, a.db, a.cfg.Clock)
	return newer(err)
}

// newer turns a schema of a later version into a sentence.
func newer(err error) error {
	if n, ok := errors.AsType[*sqlite.NewerError](err); ok {
		return fault.New(fault.Conflict, "app.data.newer", n.Domain, n.Have, n.Know).With(err)
	}
	return err
}

// Close closes what is open, in the opposite order.
func (a *App) Close() error {
	errs := []error{a.Parts.Chart.close()}
	if a.Parts.LogDesk != nil {
		a.Parts.LogDesk.Close()
	}
	if a.Parts.Log != nil {
		errs = append(errs, a.Parts.Log.Close())
	}
	if a.Parts.Store != nil {
		errs = append(errs, a.Parts.Store.Close())
	}
	if a.db != nil {
		errs = append(errs, a.db.Close())
	}
	if a.lock != nil {
		errs = append(errs, a.lock.release())
	}
	return errors.Join(errs...)
}

// Fingerprint is that of the certificate, to compare with what a browser
// shows.
func (a *App) Fingerprint() string { return a.cert.Fingerprint }

// Modules are the domains' shares of the site.
func (a *App) Modules() []web.Module { return a.modules }

// Site is the whole site.
func (a *App) Site() *web.Server { return a.site }
