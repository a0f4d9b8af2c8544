package audit

import (
	"context"
	"embed"
	"io/fs"
	"log/slog"
	"time"

	"github.com/torideproject/toride/internal/asset"
	"github.com/torideproject/toride/internal/audit/check"
	"github.com/torideproject/toride/internal/audit/check/all"
	"github.com/torideproject/toride/internal/audit/demodata"
	"github.com/torideproject/toride/internal/audit/osaka"
	"github.com/torideproject/toride/internal/exposure/pack"
	"github.com/torideproject/toride/internal/ledger"
	"github.com/torideproject/toride/internal/reading"
)

//go:embed migrate/*.sql page_*.html text_*.json
var files embed.FS

// Register is what audit asks of the register; *asset.Register is one.
type Register interface {
	Line(ctx context.Context, id string) (asset.Line, error)
	Lines(ctx context.Context) ([]asset.Line, error)
	Asset(ctx context.Context, id string) (asset.Asset, error)
	Assets(ctx context.Context, f asset.Filter) ([]asset.Asset, int, error)
}

// VersionRead is a version that was read from a configuration file.
type VersionRead struct {
	Target  string // "line/ID" or "asset/ID"
	Maker   string
	Model   string
	OS      string
	Version string // 5.4.8
	File    string // file name
}

// Config is what Audit is made of.
type Config struct {
	Book     *ledger.Book
	Clock    func() time.Time
	Log      *slog.Logger
	Register Register
	// OnVersion writes a version that was read into the register with source
	// "file". It is called after the file was stored, in a transaction of its
	// own; its error is shown, and attaching the file again calls it again.
	OnVersion func(ctx context.Context, actor ledger.Actor, v VersionRead) error
	// Readings gives what all domains have read, for the Osaka test.
	Readings func(ctx context.Context) ([]reading.Reading, error)
}

// Audit keeps files, findings and the Osaka test.
type Audit struct {
	cfg       Config
	book      *ledger.Book
	clock     func() time.Time
	checks    []check.Check
	files     fs.FS // pages and texts, with those of the checks
	questions []osaka.Question
}

// New brings the tables up to date.
func New(ctx context.Context, cfg Config) (*Audit, error) {
	if err := cfg.Book.DB().Migrate(ctx, "audit", files); err != nil {
		return nil, err
	}
	ranges, err := pack.FortiOS()
	if err != nil {
		return nil, err
	}
	a := &Audit{cfg: cfg, book: cfg.Book, clock: cfg.Clock, checks: all.All(ranges)}
	if a.files, err = check.Overlay(files, a.checks); err != nil {
		return nil, err
	}
	if a.questions, err = osaka.Questions(); err != nil {
		return nil, err
	}
	return a, nil
}

// DemoConfig gives the configuration file of the made-up meal supplier's VPN
// device, as it was found.
func DemoConfig() []byte { return demodata.Before() }

// DemoConfigRepaired gives the same device's file after the repair.
func DemoConfigRepaired() []byte { return demodata.After() }

// DemoConfigName is the name under which people would have saved it.
const DemoConfigName = demodata.Name

// check gives a check by its ID, or nil.
func (a *Audit) check(id string) check.Check {
	for _, c := range a.checks {
		if c.About().ID == id {
			return c
		}
	}
	return nil
}
